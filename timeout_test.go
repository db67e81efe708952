package future_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"example.com/future"
)

// checkElapsed checks how long it is since start, exactly: for tests in bubbles.
func checkElapsed(t *testing.T, start time.Time, want time.Duration) {
	t.Helper()
	if d := time.Since(start); d != want {
		t.Errorf("took %v, want %v", d, want)
	}
}

func TestErrTimeoutMatchesDeadlineExceededAndIsATimeout(t *testing.T) {
	checkIs(t, future.ErrTimeout, context.DeadlineExceeded)
	checkIsNot(t, future.ErrTimeout, context.Canceled)
	checkIsNot(t, future.ErrTimeout, future.ErrCancelled)
	type timeout interface {
		error
		Timeout() bool
	}
	if e, ok := errors.AsType[timeout](future.ErrTimeout); !ok || !e.Timeout() {
		t.Error("ErrTimeout does not say that it is a timeout")
	}
}

func TestWaitForGivesTheOutcomeThatComesInTime(t *testing.T) {
	boom, why := errors.New("boom"), errors.New("why")
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, f *future.Future[int])
		v    int
		err  error
	}{
		{"a value", func(t *testing.T, f *future.Future[int]) { mustSet(t, f, 7) }, 7, nil},
		{"a failure", func(t *testing.T, f *future.Future[int]) { mustSetException(t, f, boom) }, 0, boom},
		{"a cancellation", func(_ *testing.T, f *future.Future[int]) { f.Cancel(why) }, 0, why},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := future.New[int]()
				time.AfterFunc(time.Second, func() { tt.end(t, f) })
				start := time.Now()
				v, err := future.WaitFor(t.Context(), f, 2*time.Second)
				checkElapsed(t, start, time.Second)
				if v != tt.v || !errors.Is(err, tt.err) || errors.Is(err, future.ErrTimeout) {
					t.Errorf("WaitFor = %v, %v", v, err)
				}
			})
		})
		t.Run(tt.name+" that is there already, whatever the time and the context", func(t *testing.T) {
			dead, end := context.WithCancel(t.Context())
			end()
			f := future.New[int]()
			tt.end(t, f)
			for _, d := range []time.Duration{time.Hour, 0, -1} {
				for _, ctx := range []context.Context{t.Context(), dead} {
					if v, err := future.WaitFor(ctx, f, d); v != tt.v || !errors.Is(err, tt.err) {
						t.Errorf("WaitFor(%v) = %v, %v", d, v, err)
					}
				}
			}
		})
	}
}

func TestAtTheDeadlineWaitForCancelsWithErrTimeoutAndReturnsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			<-ctx.Done()
			cause = context.Cause(ctx)
			return 0, ctx.Err()
		})
		start := time.Now()
		v, err := future.WaitFor(t.Context(), f, time.Second)
		checkElapsed(t, start, time.Second)
		checkSame(t, err, future.ErrTimeout)
		if v != 0 {
			t.Errorf("value %v beside an error", v)
		}
		<-f.Ready()
		checkElapsed(t, start, time.Second)
		checkState(t, f, future.Cancelled)
		checkSame(t, cause, future.ErrTimeout)
		checkIs(t, f.Exception(), future.ErrCancelled, future.ErrTimeout)
	})
}

func TestWhenItsContextEndsWaitForCancelsWithTheCauseAndReturnsTheError(t *testing.T) {
	for _, tt := range []struct {
		name string
		dead time.Duration // when the context ends
		d    time.Duration
	}{
		{"meanwhile", time.Second, time.Hour},
		{"before", 0, time.Hour},
		{"before and it polls", 0, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				why := &future.CancelledError{Cause: errors.New("why")}
				ctx, cancel := context.WithTimeoutCause(t.Context(), tt.dead, why)
				defer cancel()
				var cause error
				f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
					<-ctx.Done()
					cause = context.Cause(ctx)
					return 0, ctx.Err()
				})
				synctest.Wait()
				start := time.Now()
				_, err := future.WaitFor(ctx, f, tt.d)
				checkElapsed(t, start, tt.dead)
				checkIs(t, err, context.DeadlineExceeded, why, why.Cause)
				checkIsNot(t, err, future.ErrCancelled)
				checkIsNot(t, err, future.ErrTimeout)
				<-f.Ready()
				checkState(t, f, future.Cancelled)
				checkSame(t, cause, why)
			})
		})
	}
}

// An agreeableError matches everything.
type agreeableError struct{}

func (agreeableError) Error() string { return "agreeable" }
func (agreeableError) Is(error) bool { return true }

func TestWaitForAsksNoCauseWhetherTheTimeIsUp(t *testing.T) {
	for name, cause := range map[string]error{"one that matches everything": agreeableError{}, "one that panics": brokenError{}} {
		t.Run(name, func(t *testing.T) {
			f := future.New[int]()
			_, err := future.WaitFor(deadContext(cause), f, time.Hour)
			if err == future.ErrTimeout || !f.Cancelled() { //nolint:errorlint // the cause matches ErrTimeout
				t.Errorf("WaitFor = %T and the future is %v, want the error of the context, and cancelled", err, f.State())
			}
			c, ok := f.Exception().(*future.CancelledError) //nolint:errorlint // As may panic
			if !ok || c.Cause != cause {                    //nolint:errorlint // the very error
				t.Errorf("the future has %T, want it cancelled with the cause", f.Exception())
			}
		})
	}
}

func TestWaitForZeroOrLessPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		for _, d := range []time.Duration{0, -1, -time.Hour} {
			f := future.New[int]()
			_, err := future.WaitFor(t.Context(), f, d)
			checkSame(t, err, future.ErrTimeout)
			checkState(t, f, future.Cancelled)
			checkIs(t, f.Exception(), future.ErrTimeout)
		}
		checkElapsed(t, start, 0)
	})
}

func TestWaitForZeroNeverStartsWhatWasNotEntered(t *testing.T) {
	entered := false
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		release := make(chan struct{})
		future.Go(g, func(context.Context) (int, error) { <-release; return 0, nil })
		second := future.Go(g, func(context.Context) (int, error) { entered = true; return 0, nil })
		_, err := future.WaitFor(t.Context(), second, 0)
		checkSame(t, err, future.ErrTimeout)
		checkState(t, second, future.Cancelled)
		close(release)
		return nil
	}, future.WithLimit(1))
	if err != nil || entered {
		t.Errorf("TaskGroup: %v; entered: %v", err, entered)
	}
}

// Both at the same instant: the value wins if it is there when the deadline is handled.
// Either way the answer and the future agree.
func TestAValueAtTheInstantOfTheDeadlineIsNotLost(t *testing.T) {
	values := 0
	for round := range stressRounds(500) {
		synctest.Test(t, func(t *testing.T) {
			f := future.New[int]()
			set := func() { _ = f.SetResult(1) }
			if round%2 == 0 {
				time.AfterFunc(time.Second, set)
			}
			var v int
			var err error
			var wg sync.WaitGroup
			wg.Go(func() { v, err = future.WaitFor(t.Context(), f, time.Second) })
			synctest.Wait()
			if round%2 == 1 {
				time.AfterFunc(time.Second, set)
			}
			wg.Wait()
			switch f.State() {
			case future.Succeeded:
				values++
				if v != 1 || err != nil {
					t.Errorf("the future has succeeded, but WaitFor = %v, %v", v, err)
				}
			case future.Cancelled:
				checkSame(t, err, future.ErrTimeout)
			default:
				t.Errorf("the future is %v", f.State())
			}
		})
	}
	t.Logf("%d values", values)
}

// A value that comes between the end of the context and the cancellation is there when
// the end is handled, at whichever of WaitFor's looks at the context it comes.
func TestWaitForPrefersAValueThatComesJustBeforeItCancels(t *testing.T) {
	for look := range 8 {
		synctest.Test(t, func(t *testing.T) {
			f := future.New[int]()
			inner, cancel := context.WithCancel(t.Context())
			ctx := &watchedContext{Context: inner}
			ctx.looked = func() {
				if inner.Err() != nil {
					if look == 0 {
						mustSet(t, f, 3)
					}
					look--
				}
			}
			time.AfterFunc(time.Second, cancel)
			v, err := future.WaitFor(ctx, f, time.Hour)
			switch f.State() {
			case future.Succeeded:
				if v != 3 || err != nil {
					t.Errorf("the future has succeeded, but WaitFor = %v, %v", v, err)
				}
			case future.Cancelled:
				checkIs(t, err, context.Canceled)
				if look < 0 {
					t.Error("the value was lost")
				}
			default:
				t.Errorf("the future is %v", f.State())
			}
		})
	}
}

// watchedContext calls looked when somebody looks at its error, cause or values.
type watchedContext struct {
	context.Context

	looked func()
}

func (c *watchedContext) Err() error {
	c.looked()
	return c.Context.Err()
}

func (c *watchedContext) Value(key any) any {
	c.looked()
	return c.Context.Value(key)
}

// The outcome of a gather whose inputs are done is on its way and cannot be cancelled,
// but it is not there either.
func TestWaitForDoesNotWaitForAnOutcomeThatIsOnItsWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom, release := errors.New("boom"), make(chan struct{})
		f, settle := doneUnheard(boom, release)
		g := future.GatherSettled(f)
		settle()
		start := time.Now()
		_, err := future.WaitFor(t.Context(), g, time.Second)
		checkElapsed(t, start, time.Second)
		checkSame(t, err, future.ErrTimeout)
		close(release)
		if os, err := g.Await(t.Context()); err != nil || len(os) != 1 || !errors.Is(os[0].Err, boom) {
			t.Errorf("the gather ended with %v, %v", os, err)
		}
	})
}

func TestWaitForReturnsAtOnceFromAFunctionThatIgnoresItsContextAndItsScopeWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var f *future.Future[int]
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			f = future.Go(g, func(context.Context) (int, error) {
				time.Sleep(10 * time.Second)
				return 5, nil
			})
			_, err := future.WaitFor(g, f, time.Second)
			checkElapsed(t, start, time.Second)
			checkSame(t, err, future.ErrTimeout)
			checkState(t, f, future.Pending)
			return nil
		})
		checkElapsed(t, start, 10*time.Second)
		if v, ferr := f.Result(); v != 5 || ferr != nil || err != nil {
			t.Errorf("the task ended with %v, %v, the group with %v", v, ferr, err)
		}
	})
}

func TestWhatFailsAfterWaitForHasGoneIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom := errors.New("boom")
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			f := future.Go(ctx, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				return 0, boom
			})
			_, err := future.WaitFor(ctx, f, time.Second)
			checkSame(t, err, future.ErrTimeout)
		}), boom)
	})
}

func TestWaitForOverAShieldLeavesTheSourceAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, d := range []time.Duration{0, time.Second} {
			f := future.After(time.Minute, 5)
			start := time.Now()
			_, err := future.WaitFor(t.Context(), future.Shield(f), d)
			checkSame(t, err, future.ErrTimeout)
			checkElapsed(t, start, d)
			checkState(t, f, future.Pending)
			if v, err := f.Await(t.Context()); v != 5 || err != nil {
				t.Errorf("the source ended with %v, %v", v, err)
			}
		}
	})
}

func TestWaitForOverAGatherCancelsItsInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := pendingInts(3)
		mustSet(t, fs[0], 1)
		g := future.Gather(fs...)
		_, err := future.WaitFor(t.Context(), g, time.Second)
		checkSame(t, err, future.ErrTimeout)
		checkState(t, g, future.Cancelled)
		checkState(t, fs[1], future.Cancelled)
		checkIs(t, fs[2].Exception(), future.ErrCancelled, future.ErrTimeout)
	})
}

func TestOfSeveralWaitForsTheFirstToTimeOutCancelsForAll(t *testing.T) {
	for _, tt := range []struct {
		name string
		of   func(ctx context.Context) *future.Future[int]
	}{
		{"a future", func(context.Context) *future.Future[int] { return future.New[int]() }},
		{"a task", func(ctx context.Context) *future.Future[int] {
			return future.Go(ctx, func(ctx context.Context) (int, error) { return 0, future.Sleep(ctx, time.Hour) })
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := tt.of(t.Context())
				start := time.Now()
				var wg sync.WaitGroup
				for i := range 4 {
					wg.Go(func() {
						_, err := future.WaitFor(t.Context(), f, time.Duration(1+i/2)*time.Second)
						checkElapsed(t, start, time.Second)
						checkIs(t, err, future.ErrTimeout)
						if i >= 2 { // not its own deadline
							checkIs(t, err, future.ErrCancelled)
						}
					})
				}
				wg.Wait()
				checkState(t, f, future.Cancelled)
			})
		})
	}
}

func TestWaitForTheTaskItselfGivesErrSelfAwaitAndCancelsNothing(t *testing.T) {
	start := make(chan struct{})
	var f *future.Future[int]
	f = future.Go(t.Context(), func(ctx context.Context) (int, error) {
		<-start
		_, err := future.WaitFor(ctx, f, time.Hour)
		if ctx.Err() != nil {
			t.Error("the task was cancelled")
		}
		return 0, err
	})
	close(start)
	_, err := f.Await(t.Context())
	checkIs(t, err, future.ErrSelfAwait)
}

func TestWaitForAndTimeoutPanicOnNil(t *testing.T) {
	f := future.FromResult(1)
	refusesWithRemedy(t, "the call", func() {
		_, _ = future.WaitFor(nil, f, 0) //nolint:staticcheck // that is the point
	})
	refusesWithRemedy(t, "the call", func() { _, _ = future.WaitFor[int](t.Context(), nil, 0) })
	refusesWithRemedy(t, "the call", func() { future.Timeout[int](nil, 0) })
	refusesWithRemedy(t, "the call", func() { future.Shield[int](nil) })
}

func TestWaitForLeavesNothingBehind(t *testing.T) {
	n := 50_000
	if runtime.GOARCH == "wasm" {
		n = 2000
	}
	dead, end := context.WithCancel(t.Context())
	end()
	long := future.New[int]()
	checkSteady(t, n, func() {
		if _, err := future.WaitFor(t.Context(), future.Shield(long), 0); !errors.Is(err, future.ErrTimeout) {
			t.Fatal(err)
		}
		if _, err := future.WaitFor(dead, future.Shield(long), time.Hour); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	})
	checkState(t, long, future.Pending)
}

func TestTimeoutEndsAsItsSourceDoesInTime(t *testing.T) {
	boom, why := errors.New("boom"), errors.New("why")
	for _, d := range []time.Duration{0, time.Second} {
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
			t.Run(tt.name+" after "+d.String(), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					f := future.New[int]()
					if d == 0 {
						tt.end(t, f) // and then the time does not matter
					}
					g := future.Timeout(f, 2*d)
					if d > 0 {
						checkState(t, g, future.Pending)
						time.AfterFunc(d, func() { tt.end(t, f) })
					}
					start := time.Now()
					v, err := g.Await(t.Context())
					checkElapsed(t, start, d)
					checkState(t, g, tt.state)
					if v != tt.v || !errors.Is(err, tt.err) {
						t.Errorf("Await = %v, %v", v, err)
					}
					time.Sleep(time.Hour)
					checkState(t, g, tt.state)
				})
			})
		}
	}
}

func TestTimeoutFailsWithErrTimeoutAndItsSourceGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, d := range []time.Duration{time.Second, 0, -time.Second} {
			f := future.New[int]()
			start := time.Now()
			g := future.Timeout(f, d)
			if d <= 0 {
				checkState(t, g, future.Failed)
			}
			_, err := g.Await(t.Context())
			checkElapsed(t, start, max(d, 0))
			checkSame(t, err, future.ErrTimeout)
			checkState(t, g, future.Failed)
			checkState(t, f, future.Pending)
			mustSet(t, f, 1)
			checkSame(t, g.Exception(), future.ErrTimeout) // a late value changes nothing
		}
	})
}

func TestCancelOfATimeoutLeavesItsSourceAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := errors.New("why")
		f := future.New[int]()
		g := future.Timeout(f, time.Second)
		if !g.Cancel(why) {
			t.Error("Cancel returned false")
		}
		checkState(t, g, future.Cancelled)
		checkIs(t, g.Exception(), why)
		time.Sleep(time.Minute)
		checkState(t, g, future.Cancelled)
		checkState(t, f, future.Pending)
		if g.Cancel(nil) {
			t.Error("the second Cancel returned true")
		}
	})
}

func TestFailuresBehindATimeoutAreReportedUnlessSomebodyLooks(t *testing.T) {
	boom := errors.New("boom")
	synctest.Test(t, func(t *testing.T) {
		fails := func(context.Context) (int, error) { time.Sleep(time.Minute); return 0, boom }
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			f := future.Go(ctx, fails)
			checkSame(t, awaitError(ctx, future.Timeout(f, time.Second)), future.ErrTimeout)
			<-f.Ready()
		}), boom)
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			checkSame(t, awaitError(ctx, future.Timeout(future.Go(ctx, fails), time.Hour)), boom)
		}))
	})
}

func awaitError(ctx context.Context, f *future.Future[int]) error {
	_, err := f.Await(ctx)
	return err
}

func TestTimeoutReleasesItsTimerAndItsPlaceAsSoonAsTheAnswerIsKnown(t *testing.T) {
	n := 100_000
	if runtime.GOARCH == "wasm" {
		n = 5000
	}
	long, boom := future.New[int](), errors.New("boom")
	for _, tt := range []struct {
		name  string
		round func()
	}{
		{"by a value", func() {
			f := future.New[int]()
			future.Timeout(f, time.Hour)
			mustSet(t, f, 1)
		}},
		{"by a failure", func() {
			f := future.New[int]()
			g := future.Timeout(f, time.Hour)
			mustSetException(t, f, boom)
			g.Exception()
		}},
		{"by a value that was there", func() { future.Timeout(future.FromResult(1), time.Hour) }},
		{"by Cancel", func() { future.Timeout(long, time.Hour).Cancel(nil) }},
		{"by the time", func() { future.Timeout(long, 0).Exception() }},
	} {
		t.Run(tt.name, func(t *testing.T) { checkSteady(t, n, tt.round) })
	}
	checkState(t, long, future.Pending)
}

// The timer must go also when the source ends while Timeout sets it up. A timer that
// stays keeps the future.
func TestTimeoutWhoseSourceEndsMeanwhileReleasesItsTimer(t *testing.T) {
	var made []weak.Pointer[future.Future[int]]
	for range stressRounds(8000) {
		f := future.New[int]()
		var g *future.Future[int]
		together(func() { mustSet(t, f, 1) }, func() { g = future.Timeout(f, time.Hour) })
		checkState(t, g, future.Succeeded)
		made = append(made, weak.Make(g))
	}
	runtime.GC()
	runtime.GC()
	kept := 0
	for _, g := range made {
		if g.Value() != nil {
			kept++
		}
	}
	if kept > 1 { // the last may still be on the stack
		t.Errorf("%d of %d futures are kept", kept, len(made))
	}
}

func TestTimeoutRacesWithItsSource(t *testing.T) {
	for range stressRounds(2000) {
		f := future.New[int]()
		g := future.Timeout(f, time.Microsecond)
		mustSet(t, f, 1)
		v, err := g.Await(t.Context())
		if err == nil && v != 1 || err != nil && !errors.Is(err, future.ErrTimeout) {
			t.Fatalf("Await = %v, %v", v, err)
		}
	}
}

func TestTimersTakeNoGoroutineWhileTheyRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		before := goroutines()
		f := future.New[int]()
		var gs []*future.Future[int]
		for range 100 {
			gs = append(gs, future.Timeout(f, time.Hour), future.Shield(f), future.After(time.Hour, 1))
		}
		if n := goroutines() - before; n > 10 { // some are the runtime's
			t.Errorf("%d goroutines were started", n)
		}
		if slices.ContainsFunc(gs, func(g *future.Future[int]) bool { return g.Done() }) {
			t.Error("some are done")
		}
		for _, g := range gs {
			g.Cancel(nil)
		}
	})
}

// A failure takes longer to hand on than a value, so that there is more to meet.
func TestTimeoutWhoseSourceFailsMeanwhileReleasesItsTimer(t *testing.T) {
	err := errors.New("an error")
	var made []weak.Pointer[future.Future[int]]
	for range stressRounds(10_000) {
		f := future.New[int]()
		var g *future.Future[int]
		together(func() { _ = f.SetException(err) }, func() { g = future.Timeout(f, time.Hour) })
		checkIs(t, g.Exception(), err)
		made = append(made, weak.Make(g))
	}
	collect(t, "all but the last are collected", func() bool {
		kept := 0
		for _, g := range made {
			if g.Value() != nil {
				kept++
			}
		}
		return kept <= 1
	})
}

func TestWaitForEndsAtTheDeadlineAlthoughItHasLentItsPlaceToWhatItAwaits(t *testing.T) {
	oneAtATime(t, func(t *testing.T, start crowd, inside *gauge) {
		began := time.Now()
		waiter := start(func(ctx context.Context) (int, error) {
			_, err := future.WaitFor(ctx, start(untilDone), time.Second)
			if err != future.ErrTimeout { //nolint:errorlint // as it is
				t.Errorf("got %v, want ErrTimeout", err)
			}
			checkElapsed(t, began, time.Second)
			return 0, nil
		})
		mustGive(t, waiter, 0)
		start(inside.rival(time.Second))
	})
}

func TestWaitForEndsAtTheDeadlineAlthoughItsPlaceIsNotFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
			began, awaited := time.Now(), future.After(time.Second, 1)
			future.Go(g, func(ctx context.Context) (int, error) {
				v, err := future.WaitFor(ctx, awaited, time.Minute)
				if v != 1 || err != nil {
					t.Errorf("got %v, %v", v, err)
				}
				checkElapsed(t, began, time.Minute)
				return 0, nil
			})
			future.Go(g, func(context.Context) (int, error) { time.Sleep(time.Hour); return 0, nil })
			return nil
		}, future.WithLimit(1))
	})
}
