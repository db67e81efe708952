package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// A backend answers after a while, and notices when nobody waits for its answer.
type backend struct {
	name    string
	takes   time.Duration
	asked   chan struct{} // gets a value for each request
	stopped chan struct{} // gets a value for each request whose client went
}

func newBackend(name string, takes time.Duration) *backend {
	const room = 100 // more requests than anybody makes here
	return &backend{name, takes, make(chan struct{}, room), make(chan struct{}, room)}
}

func (b *backend) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.asked <- struct{}{}
	takes := b.takes
	if r.URL.Query().Has("slow") {
		takes = time.Minute
	}
	select {
	case <-time.After(takes):
		fmt.Fprintf(w, "%s: fine", b.name)
	case <-r.Context().Done():
		b.stopped <- struct{}{}
	}
}

// each waits until every backend has told of something.
func each(ctx context.Context, backends []*backend, what string, told func(*backend) <-chan struct{}) error {
	for _, b := range backends {
		select {
		case <-told(b):
		case <-ctx.Done():
			return fmt.Errorf("%s was not %s: %w", b.name, what, context.Cause(ctx))
		}
	}
	return nil
}
