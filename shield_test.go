package future_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

func TestShieldPassesTheOutcomeOfItsSourceThrough(t *testing.T) {
	boom, why := errors.New("boom"), errors.New("why")
	for _, tt := range []struct {
		name  string
		end   func(t *testing.T, f *future.Future[int])
		state future.State
		v     int
		err   error
	}{
		{"a value", func(t *testing.T, f *future.Future[int]) { mustSet(t, f, 7) }, future.Succeeded, 7, nil},
		{"a failure", func(t *testing.T, f *future.Future[int]) { mustSetException(t, f, boom) }, future.Failed, 0, boom},
		{"a cancellation", func(_ *testing.T, f *future.Future[int]) { f.Cancel(why) }, future.Cancelled, 0, why},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := future.New[int]()
			s := future.Shield(f)
			checkState(t, s, future.Pending)
			tt.end(t, f)
			checkState(t, s, tt.state)
			v, err := s.Result()
			if v != tt.v || !errors.Is(err, tt.err) {
				t.Errorf("Result = %v, %v", v, err)
			}
			checkSame(t, err, f.Exception()) // untouched
		})
		t.Run(tt.name+" that is there already: a done future is its own shield", func(t *testing.T) {
			f := future.New[int]()
			tt.end(t, f)
			s := future.Shield(f)
			if s != f {
				t.Error("the shield of a done future is another one")
			}
			if s.Cancel(nil) {
				t.Error("Cancel returned true")
			}
			checkState(t, f, tt.state)
			f.Exception()
		})
	}
}

func TestCancelOfAShieldIsImmediateAndLeavesItsSourceAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			return 5, future.Sleep(ctx, time.Minute)
		})
		s := future.Shield(f)
		time.AfterFunc(time.Second, func() {
			if !s.Cancel(why) {
				t.Error("Cancel returned false")
			}
			if s.Cancel(nil) {
				t.Error("the second Cancel returned true")
			}
		})
		start := time.Now()
		_, err := s.Await(t.Context())
		checkElapsed(t, start, time.Second)
		checkState(t, s, future.Cancelled)
		checkIs(t, err, future.ErrCancelled, why)
		checkState(t, f, future.Pending)
		if v, err := f.Await(t.Context()); v != 5 || err != nil {
			t.Errorf("the source ended with %v, %v", v, err)
		}
		checkElapsed(t, start, time.Minute)
		checkState(t, s, future.Cancelled)
	})
}

func TestShieldOfAShieldHidesBothFromEachOther(t *testing.T) {
	f := future.New[int]()
	inner := future.Shield(f)
	outer := future.Shield(inner)
	outer.Cancel(nil)
	checkState(t, outer, future.Cancelled)
	checkState(t, inner, future.Pending)
	other := future.Shield(inner)
	inner.Cancel(nil)
	checkState(t, other, future.Cancelled)
	checkState(t, f, future.Pending)
	mustSet(t, f, 1)
}

func TestShieldRefusesToBeSet(t *testing.T) {
	f := future.New[int]()
	s := future.Shield(f)
	checkIs(t, s.SetResult(1), future.ErrInvalidState)
	checkState(t, s, future.Pending)
	mustSet(t, f, 2)
	if v, err := s.Result(); v != 2 || err != nil {
		t.Errorf("Result = %v, %v", v, err)
	}
}

func TestAnErrorBehindCancelledShieldsIsReportedOnceUnlessSomebodyLooks(t *testing.T) {
	boom := errors.New("boom")
	// behindShields starts a task that fails after all of its shields were cancelled.
	behindShields := func(ctx context.Context, err error) *future.Future[int] {
		release := make(chan struct{})
		f := future.Go(ctx, func(context.Context) (int, error) { <-release; return 3, err })
		for range 3 {
			future.Shield(f).Cancel(nil)
		}
		close(release)
		<-f.Ready()
		return f
	}
	t.Run("when nobody does", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) { behindShields(ctx, boom) }), boom)
	})
	t.Run("but not when somebody does later", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			checkSame(t, behindShields(ctx, boom).Exception(), boom)
		}))
	})
	t.Run("and a value is silent", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) { behindShields(ctx, nil) }))
	})
}

func TestAShieldThatHandsAnErrorOnIsWhatHasToBeLookedAt(t *testing.T) {
	boom := errors.New("boom")
	fails := func(context.Context) (int, error) { return 0, boom }
	t.Run("and it was", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			release := make(chan struct{})
			f := future.Go(ctx, func(ctx context.Context) (int, error) { <-release; return fails(ctx) })
			s := future.Shield(f)
			close(release)
			checkSame(t, awaitError(ctx, s), boom)
		}))
	})
	t.Run("and it was not", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			release := make(chan struct{})
			f := future.Go(ctx, func(ctx context.Context) (int, error) { <-release; return fails(ctx) })
			s := future.Shield(f)
			close(release)
			<-s.Ready()
		}), boom)
	})
}

func TestCancelOfAShieldTakesItsRegistrationBack(t *testing.T) {
	n := 100_000
	if runtime.GOARCH == "wasm" {
		n = 5000
	}
	f := future.New[int]()
	checkSteady(t, n, func() { future.Shield(f).Cancel(nil) })
	checkState(t, f, future.Pending)
	mustSet(t, f, 1)
}

func TestCancelOfAShieldRacesWithItsSource(t *testing.T) {
	for range stressRounds(10_000) {
		f := future.New[int]()
		s := future.Shield(f)
		var wg sync.WaitGroup
		wg.Go(func() { mustSet(t, f, 1) })
		cancelled := s.Cancel(nil)
		wg.Wait()
		v, err := s.Result()
		if cancelled != s.Cancelled() || cancelled != errors.Is(err, future.ErrCancelled) || !cancelled && v != 1 {
			t.Fatalf("Cancel returned %v, but the shield is %v with %v, %v", cancelled, s.State(), v, err)
		}
	}
}

func TestAChainOfShieldsOfAnyLengthSettlesWithoutRecursion(t *testing.T) {
	smallStack(t)
	const n = 50_000
	f := future.New[int]()
	last := f
	for range n / 2 {
		last = future.Timeout(future.Shield(last), time.Hour)
	}
	mustSet(t, f, 4)
	if v, err := last.Result(); v != 4 || err != nil {
		t.Errorf("Result = %v, %v", v, err)
	}
}
