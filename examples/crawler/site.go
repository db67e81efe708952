package main

import (
	"fmt"
	"net/http"
	"sync"
	"time"
)

// A site is a web server that counts who comes. Page n links to the pages 2n and
// 2n+1, back to the first one, to itself and to another site. The last page has a
// link that leads nowhere.
type site struct {
	pages int
	delay time.Duration

	mu    sync.Mutex
	count int // of requests
	now   int // of requests that are being answered
	most  int // of those at any time
}

func (s *site) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count
}

func (s *site) mostAtOnce() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

// enter notes the beginning of a request and returns what notes its end.
func (s *site) enter() (leave func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	s.now++
	s.most = max(s.most, s.now)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.now--
	}
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer s.enter()()
	select {
	case <-time.After(s.delay):
	case <-r.Context().Done(): // the reader has gone
		return
	}
	var n int
	if _, err := fmt.Sscanf(r.URL.Path, "/page/%d", &n); err != nil || n < 1 || n > s.pages {
		http.NotFound(w, r)
		return
	}
	fmt.Fprintf(w, `<h1>Page %d</h1> <a href="/page/1">first</a> <a href="#top">top</a> <a href="http://example.org/">more</a>`, n)
	for _, next := range []int{2 * n, 2*n + 1} {
		if next <= s.pages {
			fmt.Fprintf(w, ` <a href="../page/%d">next</a>`, next)
		}
	}
	if n == s.pages {
		fmt.Fprint(w, ` <a href="/nowhere">and so on</a>`)
	}
}
