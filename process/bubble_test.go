//go:build unix

package process_test

import (
	"testing"
	"testing/synctest"
	"time"
)

// The workers are outside of every bubble. While one is waited for time stands still, and
// nothing of a pool that is shut down stays in its bubble.
func TestAPoolLivesAndEndsInABubble(t *testing.T) {
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			p := newPool(t, 2)
			for _, s := range []string{"a", "b", "c"} {
				if got := await(t, echo.Submit(t.Context(), p, s)); got != s {
					t.Errorf("echo returned %q, want %q", got, s)
				}
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("%v have passed in the bubble, want no time", took)
			}
		})
	}
}
