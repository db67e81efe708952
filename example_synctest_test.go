package future_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// The documentation shows this test, see TestTheSnippetsInTheDocsAreExamples.

func TestTheDeadlineOfASlowTaskIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		slow := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			return 0, future.Sleep(ctx, time.Hour)
		})
		_, err := future.WaitFor(t.Context(), slow, time.Minute)
		if !errors.Is(err, future.ErrTimeout) || time.Since(start) != time.Minute {
			t.Errorf("WaitFor returned %v after %v", err, time.Since(start))
		}
	})
}
