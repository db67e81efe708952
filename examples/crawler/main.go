// Command crawler visits every page of a web site, each one once and a few at a
// time. The site is its own, on the loopback address; its pages link to one another
// in circles, and one of the links is broken.
//
//	go run ./examples/crawler
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"sync"
	"time"

	"example.com/future"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "crawler:", err)
		os.Exit(1)
	}
}

// limit is how many pages are fetched at a time.
const limit = 4

// run crawls the site, says what it has found, and checks it.
func run(ctx context.Context, out io.Writer) error {
	site := &site{pages: 60, delay: 20 * time.Millisecond}
	server := httptest.NewServer(site)
	defer server.Close()

	start := time.Now()
	found, err := crawl(ctx, server.Client(), server.URL+"/page/1", limit)
	if err != nil {
		return err
	}
	took := time.Since(start)

	var broken []string
	var alone time.Duration
	for _, p := range found {
		alone += p.took
		if p.status != http.StatusOK {
			broken = append(broken, p.url)
		}
	}
	fmt.Fprintf(out, "%d pages in %v, at most %d at a time\n", len(found), took.Round(time.Millisecond), site.mostAtOnce())
	fmt.Fprintf(out, "one after the other they would have taken %v\n", alone.Round(time.Millisecond))
	for _, url := range broken {
		fmt.Fprintln(out, "broken link:", url)
	}

	switch {
	case len(found) != site.pages+1 || len(broken) != 1:
		return fmt.Errorf("found %d pages and %d broken links", len(found), len(broken))
	case site.requests() != len(found):
		return fmt.Errorf("asked %d times for %d pages", site.requests(), len(found))
	case site.mostAtOnce() > limit:
		return fmt.Errorf("asked for %d pages at once", site.mostAtOnce())
	}
	return nil
}

// A page is what a visit has found.
type page struct {
	url    string
	status int
	links  []string
	took   time.Duration
}

// crawl visits the page at start and every page of the same site that can be
// reached from it, at most limit at a time. A page that is not there is a page with
// another status. The first request that gets no answer at all ends the crawl.
func crawl(ctx context.Context, client *http.Client, start string, limit int) ([]page, error) {
	c := &crawler{client: client, visits: make(map[string]*future.Future[page])}
	// The group ends when every visit has, also those that visits have added.
	err := future.TaskGroup(ctx, func(g *future.Group) error {
		c.visit(g, start)
		return nil
	}, future.WithLimit(limit))
	if err != nil {
		return nil, err
	}
	var pages []page
	for _, visit := range c.visits {
		p, err := visit.Result() // all of them have succeeded, or there was an error
		if err != nil {
			return nil, err
		}
		pages = append(pages, p)
	}
	slices.SortFunc(pages, func(a, b page) int { return len(a.url) - len(b.url) })
	return pages, nil
}

type crawler struct {
	client *http.Client

	mu     sync.Mutex
	visits map[string]*future.Future[page] // by URL
}

// visit starts a task for the page at url, if it is the first to come there. It
// does not wait for a place under the limit: the task does.
func (c *crawler) visit(g *future.Group, url string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.visits[url] != nil {
		return
	}
	c.visits[url] = future.Go(g, func(ctx context.Context) (page, error) {
		p, err := c.fetch(ctx, url)
		if err != nil {
			return page{}, err
		}
		for _, link := range p.links {
			c.visit(g, link)
		}
		return p, nil
	})
}

var href = regexp.MustCompile(`href="([^"]*)"`)

// fetch returns the page at address with its links to pages of the same site.
func (c *crawler) fetch(ctx context.Context, address string) (page, error) {
	start := time.Now()
	base, err := url.Parse(address)
	if err != nil {
		return page{}, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return page{}, err
	}
	resp, err := c.client.Do(req)
	if err != nil {
		return page{}, err
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return page{}, fmt.Errorf("%s: %w", address, err)
	}
	p := page{url: address, status: resp.StatusCode, took: time.Since(start)}
	if p.status != http.StatusOK {
		return p, nil
	}
	for _, match := range href.FindAllSubmatch(text, -1) {
		link, err := base.Parse(string(match[1]))
		if err == nil && link.Host == base.Host {
			link.Fragment = ""
			p.links = append(p.links, link.String())
		}
	}
	return p, nil
}
