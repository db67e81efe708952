package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFanOutAnswersGivesUpAndStopsWithItsClient(t *testing.T) {
	var out strings.Builder
	if err := run(t.Context(), &out); err != nil { // run checks what it plays
		t.Error(err)
	}
	for _, want := range []string{"stock: fine\nprices: fine\nreviews: fine\n", "is told so after", "every backend has stopped"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the program does not say %q:\n%s", want, &out)
		}
	}
}

func TestFanOutEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out strings.Builder
	if err := run(ctx, &out); err == nil {
		t.Error("run succeeded under a dead context")
	}
}

func TestHandlerStopsTheOtherCallsWhenABackendFails(t *testing.T) {
	slow := newBackend("slow", time.Minute)
	slowServer := httptest.NewServer(slow)
	defer slowServer.Close()
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		slow.asked <- <-slow.asked // not before the slow one was asked
		http.Error(w, "broken", http.StatusInternalServerError)
	}))
	defer broken.Close()

	h := &fanOut{client: slowServer.Client(), backends: []string{slowServer.URL, broken.URL}, patience: 30 * time.Second}
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody))
	if answer.Code != http.StatusBadGateway {
		t.Errorf("status %d, want %d", answer.Code, http.StatusBadGateway)
	}
	if err := each(t.Context(), []*backend{slow}, "stopped", func(b *backend) <-chan struct{} { return b.stopped }); err != nil {
		t.Error(err)
	}
}

func TestHandlerStopsItsCallsAndReturnsWhenItsClientGoes(t *testing.T) {
	b := newBackend("slow", time.Minute)
	server := httptest.NewServer(b)
	defer server.Close()
	ctx, leave := context.WithCancel(t.Context())
	h := &fanOut{client: server.Client(), backends: []string{server.URL, server.URL}, patience: time.Hour}
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody))
	}()
	<-b.asked
	<-b.asked
	leave()
	for range 2 {
		select {
		case <-b.stopped:
		case <-time.After(10 * time.Second):
			t.Fatal("a call goes on after its client has gone")
		}
	}
	<-returned
}
