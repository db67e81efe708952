package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"example.com/future"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCrawlerFindsEveryPageOnceWithinTheLimit(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil { // run checks what it has found
		t.Error(err)
	}
	if !strings.HasPrefix(out.String(), "61 pages in ") || !strings.Contains(out.String(), "/nowhere\n") {
		t.Errorf("got\n%s", &out)
	}
}

// An inside is a transport without a network, for a bubble: there every request takes
// exactly as long as the site says, however busy the machine is.
type inside struct{ http.Handler }

func (i inside) RoundTrip(r *http.Request) (*http.Response, error) {
	answer := httptest.NewRecorder()
	i.ServeHTTP(answer, r)
	return answer.Result(), nil
}

func TestCrawlUsesTheWholeLimitAndNoMore(t *testing.T) {
	for _, limit := range []int{1, 2, 5} {
		synctest.Test(t, func(t *testing.T) {
			site := &site{pages: 16, delay: 10 * time.Millisecond}
			client := &http.Client{Transport: inside{site}}
			pages, err := crawl(t.Context(), client, "http://example.com/page/1", limit)
			if err != nil || len(pages) != 17 {
				t.Errorf("limit %d: got %d pages and %v, want 17", limit, len(pages), err)
			}
			if most := site.mostAtOnce(); most != limit {
				t.Errorf("limit %d: at most %d requests at once", limit, most)
			}
		})
	}
}

func TestCrawlEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	errEnough := errors.New("enough")
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel(errEnough)
		<-r.Context().Done() // no answer before the crawler has gone
	}))
	defer server.Close()
	if _, err := crawl(ctx, server.Client(), server.URL, 2); !errors.Is(err, errEnough) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, errEnough)
	}
}

func TestCrawlFailsWithASiteThatDoesNotAnswer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	_, err := crawl(t.Context(), server.Client(), server.URL, 2)
	if _, ok := errors.AsType[*future.GroupError](err); !ok {
		t.Errorf("got %v, want a failure of the group", err)
	}
}
