//go:build cgo

package main

import (
	"strings"
	"testing"
)

func TestEveryCallFindsTheStateOfItsThread(t *testing.T) {
	for range 20 {
		var out strings.Builder
		if err := run(t.Context(), &out); err != nil {
			t.Fatal(err)
		}
		want := `on any thread: this thread has no account
on the threads of the pool: 1000 calls, paid out in the end: 500500
`
		if out.String() != want {
			t.Errorf("printed %q", out.String())
		}
	}
}
