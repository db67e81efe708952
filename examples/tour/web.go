package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// client makes a connection for each page, so that no way of fetching profits from
// the one before.
var client = &http.Client{
	Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
	Timeout:   30 * time.Second,
}

type page struct{ url, text string }

// fetch returns the page at url, or an error if there is none.
func fetch(ctx context.Context, url string) (page, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return page{}, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return page{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return page{}, fmt.Errorf("%s: %w", url, err)
	}
	if resp.StatusCode != http.StatusOK {
		return page{}, fmt.Errorf("%s: %s", url, resp.Status)
	}
	return page{url, string(text)}, nil
}

// A site is a web server on the loopback address whose pages take their time.
type site struct {
	listener net.Listener
	server   *http.Server
	served   chan error
}

// sitePages has the time that each page takes.
var sitePages = []struct {
	path  string
	delay time.Duration
}{
	{"/news", 110 * time.Millisecond},
	{"/weather", 70 * time.Millisecond},
	{"/recipes", 150 * time.Millisecond},
	{"/timetable", 90 * time.Millisecond},
	{"/library", 130 * time.Millisecond},
	{"/cinema", 60 * time.Millisecond},
	{"/market", 140 * time.Millisecond},
	{"/letters", 100 * time.Millisecond},
}

// openSite starts the server on a free port.
func openSite() (*site, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, p := range sitePages {
		mux.HandleFunc("GET "+p.path, func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-time.After(p.delay):
				fmt.Fprintf(w, "<h1>%s</h1>\n%s", p.path, strings.Repeat("<p>All the best.</p>\n", 100))
			case <-r.Context().Done(): // the reader has gone
			}
		})
	}
	s := &site{
		listener: listener,
		server:   &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second},
		served:   make(chan error, 1),
	}
	go func() { s.served <- s.server.Serve(listener) }()
	return s, nil
}

// urls returns the addresses of the pages.
func (s *site) urls() []string {
	urls := make([]string, len(sitePages))
	for i, p := range sitePages {
		urls[i] = s.root() + p.path
	}
	return urls
}

func (s *site) root() string { return "http://" + s.listener.Addr().String() }

// short returns what tells the page at url from the others: of a nil site all of it.
func (s *site) short(url string) string {
	if s == nil {
		return url
	}
	return strings.TrimPrefix(url, s.root())
}

// close stops the server and waits until it has stopped.
func (s *site) close() {
	err := s.server.Close()
	if served := <-s.served; !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	if err != nil {
		panic(err) // the site is ours: this cannot be
	}
}
