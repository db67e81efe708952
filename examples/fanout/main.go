// Command fanout serves a page that is made of what several other servers say. It
// asks all of them at the same time, gives up on the whole when one of them fails
// or takes too long, and stops asking when its own client goes.
//
// The program starts everything itself, on the loopback address, plays three
// clients and ends.
//
//	go run ./examples/fanout
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/signal"
	"strings"
	"time"

	"example.com/future"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "fanout:", err)
		os.Exit(1)
	}
}

// A fanOut is a handler that asks its backends and joins their answers.
type fanOut struct {
	client   *http.Client
	backends []string // URLs
	patience time.Duration
}

// ServeHTTP is the point of this program. The group's context comes from that of
// the request, which ends when the client goes. So do the calls: the handler does
// not return before each of them has.
func (h *fanOut) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), h.patience)
	defer cancel()
	answers := make([]*future.Future[string], len(h.backends))
	err := future.TaskGroup(ctx, func(g *future.Group) error {
		for i, backend := range h.backends {
			answers[i] = future.Go(g, func(ctx context.Context) (string, error) {
				return get(ctx, h.client, backend+"?"+r.URL.RawQuery)
			})
		}
		return nil
	})
	switch {
	case err == nil:
		for _, answer := range answers {
			text, _ := answer.Result() // there was no error in the group
			fmt.Fprintln(w, text)
		}
	case errors.Is(err, context.DeadlineExceeded):
		http.Error(w, "a backend takes too long", http.StatusGatewayTimeout)
	case r.Context().Err() != nil:
		// Nobody is there to read an answer.
	default:
		http.Error(w, "a backend failed", http.StatusBadGateway)
	}
}

// get returns the text at url.
func get(ctx context.Context, client *http.Client, url string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return "", err
	}
	if resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s: %s", url, resp.Status)
	}
	return string(text), nil
}

// run starts the servers, plays the clients and checks what comes of it.
func run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second) // nothing here takes so long
	defer cancel()
	caller := &http.Client{Transport: &http.Transport{}}
	defer caller.CloseIdleConnections()
	backends := []*backend{
		newBackend("stock", 60*time.Millisecond),
		newBackend("prices", 90*time.Millisecond),
		newBackend("reviews", 120*time.Millisecond),
	}
	var urls []string
	for _, b := range backends {
		server := httptest.NewServer(b)
		defer server.Close()
		urls = append(urls, server.URL)
	}

	for _, client := range []struct {
		play     func(context.Context, io.Writer, *httptest.Server, []*backend) error
		patience time.Duration // of the server with the client
	}{
		{clientThatWaits, 20 * time.Second},
		{clientOfSlowBackends, 500 * time.Millisecond},
		{clientThatGoes, 20 * time.Second},
	} {
		front := httptest.NewServer(&fanOut{client: caller, backends: urls, patience: client.patience})
		err := client.play(ctx, out, front, backends)
		front.Close()
		if err != nil {
			return err
		}
	}
	return nil
}

func clientThatWaits(ctx context.Context, out io.Writer, front *httptest.Server, backends []*backend) error {
	start := time.Now()
	text, err := get(ctx, front.Client(), front.URL)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "A client that waits has its answer after %v:\n%s", since(start), text)
	if want := "stock: fine\nprices: fine\nreviews: fine\n"; text != want {
		return fmt.Errorf("got %q, want %q", text, want)
	}
	return each(ctx, backends, "asked", func(b *backend) <-chan struct{} { return b.asked })
}

func clientOfSlowBackends(ctx context.Context, out io.Writer, front *httptest.Server, backends []*backend) error {
	start := time.Now()
	_, err := get(ctx, front.Client(), front.URL+"?slow")
	if err == nil {
		return errors.New("slow backends: an answer came all the same")
	}
	if !strings.HasSuffix(err.Error(), "504 Gateway Timeout") {
		return fmt.Errorf("slow backends: want a gateway timeout: %w", err)
	}
	fmt.Fprintf(out, "\nWith slow backends the client is told so after %v.\n", since(start))
	return errors.Join(
		each(ctx, backends, "asked", func(b *backend) <-chan struct{} { return b.asked }),
		each(ctx, backends, "stopped", func(b *backend) <-chan struct{} { return b.stopped }),
	)
}

func clientThatGoes(ctx context.Context, out io.Writer, front *httptest.Server, backends []*backend) error {
	impatient, leave := context.WithCancel(ctx)
	defer leave()
	answer := future.Go(impatient, func(ctx context.Context) (string, error) {
		return get(ctx, front.Client(), front.URL+"?slow")
	})
	err := each(ctx, backends, "asked", func(b *backend) <-chan struct{} { return b.asked })
	if err != nil {
		return err
	}
	start := time.Now()
	leave()
	if _, err := answer.Await(ctx); !errors.Is(err, future.ErrCancelled) {
		return fmt.Errorf("the request of a client that goes was not cancelled: %v", answer)
	}
	err = each(ctx, backends, "stopped", func(b *backend) <-chan struct{} { return b.stopped })
	fmt.Fprintf(out, "\nA client goes. %v later every backend has stopped.\n", since(start))
	return err
}

func since(t time.Time) time.Duration { return time.Since(t).Round(100 * time.Microsecond) }
