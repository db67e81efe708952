package future_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

func TestSleepTakesExactlyItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if err := future.Sleep(t.Context(), 1500*time.Millisecond); err != nil {
			t.Errorf("Sleep: %v", err)
		}
		checkElapsed(t, start, 1500*time.Millisecond)
		if err := future.Sleep(context.Background(), time.Second); err != nil {
			t.Errorf("Sleep: %v", err)
		}
		checkElapsed(t, start, 2500*time.Millisecond)
	})
}

func TestSleepForZeroOrLessReturnsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dead, end := context.WithCancelCause(t.Context())
		why := errors.New("why")
		end(why)
		start := time.Now()
		for _, d := range []time.Duration{0, -1, -time.Hour} {
			if err := future.Sleep(t.Context(), d); err != nil {
				t.Errorf("Sleep(%v): %v", d, err)
			}
			checkIs(t, future.Sleep(dead, d), context.Canceled, why)
		}
		checkElapsed(t, start, 0)
	})
}

func TestSleepEndsWithItsContext(t *testing.T) {
	for _, tt := range []struct {
		name string
		dead time.Duration // when the context ends
	}{
		{"that has ended", 0},
		{"that ends meanwhile", time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				why := &future.CancelledError{Cause: errors.New("why")}
				ctx, cancel := context.WithTimeoutCause(t.Context(), tt.dead, why)
				defer cancel()
				start := time.Now()
				err := future.Sleep(ctx, time.Hour)
				checkElapsed(t, start, tt.dead)
				checkIs(t, err, context.DeadlineExceeded, why, why.Cause)
				checkIsNot(t, err, future.ErrCancelled)
			})
		})
	}
}

func TestATaskThatSleepsCanBeCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) { return 0, future.Sleep(ctx, time.Hour) })
		synctest.Wait()
		start := time.Now()
		f.Cancel(why)
		_, err := f.Await(t.Context())
		checkElapsed(t, start, 0)
		checkIs(t, err, future.ErrCancelled, why)
	})
}

func TestSleepPanicsOnANilContext(t *testing.T) {
	refusesWithRemedy(t, "the call", func() {
		_ = future.Sleep(nil, 0) //nolint:staticcheck // that is the point
	})
}

func TestAfterSucceedsAfterExactlyItsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f := future.After(time.Second, "v")
		checkState(t, f, future.Pending)
		time.Sleep(time.Second - 1)
		synctest.Wait()
		checkState(t, f, future.Pending)
		if v, err := f.Await(t.Context()); v != "v" || err != nil {
			t.Errorf("Await = %v, %v", v, err)
		}
		checkElapsed(t, start, time.Second)
	})
}

func TestAfterZeroOrLessIsDoneOnReturn(t *testing.T) {
	for _, d := range []time.Duration{0, -1, -time.Hour} {
		if v, err := future.After(d, 7).Result(); v != 7 || err != nil {
			t.Errorf("After(%v) = %v, %v", d, v, err)
		}
	}
}

func TestCancelOfAnAfterTakesEffectAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		f := future.After(time.Second, 1)
		checkIs(t, f.SetResult(2), future.ErrInvalidState)
		if !f.Cancel(why) {
			t.Error("Cancel returned false")
		}
		checkState(t, f, future.Cancelled)
		checkIs(t, f.Exception(), why)
		if f.Cancel(nil) {
			t.Error("the second Cancel returned true")
		}
		time.Sleep(time.Minute)
		checkState(t, f, future.Cancelled)

		done := future.After(time.Second, 1)
		<-done.Ready()
		if done.Cancel(nil) {
			t.Error("Cancel of a done future returned true")
		}
		checkState(t, done, future.Succeeded)
	})
}

func TestAfterTakesATimerAndNoGoroutineAndCancelStopsTheTimer(t *testing.T) {
	n := 100_000
	if runtime.GOARCH == "wasm" {
		n = 5000
	}
	before := goroutines()
	fs := make([]*future.Future[int], 1000)
	for i := range fs {
		fs[i] = future.After(time.Hour, i)
	}
	if n := goroutines() - before; n > 10 { // some are the runtime's
		t.Errorf("%d goroutines were started", n)
	}
	for _, f := range fs {
		f.Cancel(nil)
	}
	checkSteady(t, n, func() { future.After(time.Hour, 1).Cancel(nil) })
}

func TestCancelOfAnAfterRacesWithItsTimer(t *testing.T) {
	for range stressRounds(3000) {
		f := future.After(time.Microsecond, 1)
		cancelled := f.Cancel(nil)
		_, err := f.Await(t.Context())
		if cancelled != f.Cancelled() || cancelled != errors.Is(err, future.ErrCancelled) {
			t.Fatalf("Cancel returned %v, but the future is %v with %v", cancelled, f.State(), err)
		}
	}
}
