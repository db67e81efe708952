package future_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/future"
)

// What breaks a synctest bubble: a lock held while the user's code sleeps hangs it,
// for time stands still; a channel, a timer or a goroutine of the package that
// outlives one bubble ends the process in the next.

// bubbles runs body in many bubbles, one after the other in this process.
func bubbles(t *testing.T, body func(t *testing.T)) {
	t.Helper()
	for range 20 {
		synctest.Test(t, body)
	}
}

func TestNoLockIsHeldWhileUserCodeSleepsInABubble(t *testing.T) {
	sleepers := map[string]func(ctx context.Context, f *future.Future[int]){
		"a callback": func(_ context.Context, f *future.Future[int]) {
			f.AddDoneCallback(func(*future.Future[int]) { time.Sleep(time.Hour) })
		},
		"a function of Map": func(_ context.Context, f *future.Future[int]) {
			future.Map(f, func(v int) (int, error) { time.Sleep(time.Hour); return v, nil })
		},
		"a function of Then": func(ctx context.Context, f *future.Future[int]) {
			future.Then(ctx, f, func(_ context.Context, v int) (int, error) { time.Sleep(time.Hour); return v, nil })
		},
	}
	for name, sleep := range sleepers {
		t.Run(name, func(t *testing.T) {
			bubbles(t, func(t *testing.T) {
				f := future.New[int]()
				sleep(t.Context(), f)
				start := time.Now()
				go func() { _ = f.SetResult(42) }()
				synctest.Wait()
				// Each of these needs the mutex of f.
				f.AddDoneCallback(func(*future.Future[int]) {})()
				if v, err := future.Map(f, plusOne).Result(); v != 43 || err != nil {
					t.Errorf("Map: %v, %v; want 43, nil", v, err)
				}
				if err := f.SetResult(1); !errors.Is(err, future.ErrInvalidState) {
					t.Errorf("SetResult: %v, want ErrInvalidState", err)
				}
				if v, err := f.Await(t.Context()); v != 42 || err != nil {
					t.Errorf("Await: %v, %v; want 42, nil", v, err)
				}
				if took := time.Since(start); took != 0 {
					t.Errorf("that took %v, want no time", took)
				}
				time.Sleep(2 * time.Hour) // let it end
			})
		})
	}
}

func TestAReportsHandlerMaySleepInABubble(t *testing.T) {
	bubbles(t, func(t *testing.T) {
		var handled atomic.Int32
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			for range 2 {
				f := future.Go(ctx, func(context.Context) (int, error) { return 1, nil })
				f.AddDoneCallback(func(*future.Future[int]) { panic("x") })
			}
			return 0, future.Sleep(ctx, time.Second)
		}, future.WithExceptionHandler(func(future.Report) { time.Sleep(time.Hour); handled.Add(1) }))
		if got := handled.Load(); got != 2 {
			t.Errorf("the handler returned %d times before Run did, want 2", got)
		}
	})
}

// A wait is durable, or time would not pass here.
func TestEveryWaitForAFutureLetsTimePassInABubble(t *testing.T) {
	waits := map[string]func(ctx context.Context, f *future.Future[int]) error{
		"Await under context.Background": func(_ context.Context, f *future.Future[int]) error {
			_, err := f.Await(context.Background())
			return err
		},
		"Await under the bubble's context": func(ctx context.Context, f *future.Future[int]) error { _, err := f.Await(ctx); return err },
		"Await of a task under context.Background": func(_ context.Context, f *future.Future[int]) error {
			bg := context.Background()
			_, err := future.Go(bg, func(context.Context) (int, error) { return f.Await(bg) }).Await(bg)
			return err
		},
		"Await of Map": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Map(f, plusOne).Await(ctx)
			return err
		},
		"Await of Shield": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Shield(f).Await(ctx)
			return err
		},
		"Await of Race": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Race(f, future.New[int]()).Await(ctx)
			return err
		},
		"AsCompleted": func(ctx context.Context, f *future.Future[int]) error {
			for _, o := range future.AsCompleted(ctx, f) {
				return o.Err
			}
			return nil
		},
		"Ready": func(_ context.Context, f *future.Future[int]) error { <-f.Ready(); return nil },
		"WaitFor": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.WaitFor(ctx, f, 2*time.Hour)
			return err
		},
		"Wait": func(ctx context.Context, f *future.Future[int]) error {
			_, _, err := future.Wait(ctx, future.AllCompleted, f)
			return err
		},
		"Gather": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Gather(f, f).Await(ctx)
			return err
		},
		"Then": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Then(ctx, f, plusOneTask).Await(ctx)
			return err
		},
		"Run": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Run(ctx, f.Await)
			return err
		},
		"TaskGroup": func(ctx context.Context, f *future.Future[int]) error {
			return future.TaskGroup(ctx, func(g *future.Group) error {
				future.Go(g, f.Await)
				return nil
			})
		},
		"RunInExecutor": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.RunInExecutor(ctx, nil, f.Await).Await(ctx)
			return err
		},
	}
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			bubbles(t, func(t *testing.T) {
				f := future.New[int]()
				start := time.Now()
				go func() {
					time.Sleep(time.Hour)
					_ = f.SetResult(1)
				}()
				if err := wait(t.Context(), f); err != nil {
					t.Errorf("the wait: %v, want nil", err)
				}
				if took := time.Since(start); took != time.Hour {
					t.Errorf("the wait took %v, want 1h", took)
				}
			})
		})
	}
}

// Nothing of the package outlives those who use it, so there is nothing that a bubble
// could leave to what comes after it.
func TestWaitersInsideAndOutsideOfBubblesTakeTurns(t *testing.T) {
	park := func() {
		f := future.New[int]()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() { _, _ = f.Await(context.Background()) })
			wg.Go(func() { _, _ = future.Go(context.Background(), f.Await).Await(context.Background()) })
		}
		runtime.Gosched()
		_ = f.SetResult(1)
		wg.Wait()
	}
	for range 100 {
		synctest.Test(t, func(*testing.T) {
			park()
			synctest.Wait()
		})
		park()
	}
}

func TestTimersBelongToTheBubbleThatNeedsThem(t *testing.T) {
	inside := func(t *testing.T) {
		start := time.Now()
		_ = future.Sleep(t.Context(), time.Hour)
		_, _ = future.After(time.Hour, 1).Await(t.Context())
		_, _ = future.WaitFor(t.Context(), future.New[int](), time.Hour)
		_, _ = future.Timeout(future.New[int](), time.Hour).Await(t.Context())
		if took := time.Since(start); took != 4*time.Hour {
			t.Errorf("it took %v, want 4h", took)
		}
	}
	outside := func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_ = future.Sleep(ctx, time.Hour)
		future.After(time.Hour, 1).Cancel(nil)
		_, _ = future.WaitFor(ctx, future.New[int](), time.Hour)
		future.Timeout(future.New[int](), time.Hour).Cancel(nil)
		_ = future.Sleep(context.Background(), time.Microsecond)
	}
	for range 20 {
		outside()
		synctest.Test(t, inside)
	}
	outside()
}

// An execution trace belongs to the whole process, and the tasks and regions in it are
// begun and ended in the bubble. It is started outside: a goroutine of the runtime
// receives from a channel that trace.Start makes.
func TestABubbleIsTheSameWhileATraceIsRecorded(t *testing.T) {
	sleeps := func(d time.Duration, v int) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) { return v, future.Sleep(ctx, d) }
	}
	want := map[string]traced{}
	for _, name := range []string{"one hour", "three hours", "a job", "the job after it"} {
		want[name] = traced{name, "", true, 1, 1}
	}
	want["below"] = traced{"below", "three hours", true, 1, 1}
	inside := func(t *testing.T) {
		ctx, start := t.Context(), time.Now()
		pool := future.NewPool(1)
		defer pool.Close()
		vs, err := future.Gather(
			future.Go(ctx, sleeps(time.Hour, 1), future.WithName("one hour")),
			future.Go(ctx, func(ctx context.Context) (int, error) {
				return future.Go(ctx, sleeps(3*time.Hour, 2), future.WithName("below")).Await(ctx)
			}, future.WithName("three hours")),
			future.RunInExecutor(ctx, pool, sleeps(2*time.Hour, 3), future.WithName("a job")),
			future.RunInExecutor(ctx, pool, sleeps(2*time.Hour, 4), future.WithName("the job after it")),
		).Await(ctx)
		if !slices.Equal(vs, []int{1, 2, 3, 4}) || err != nil {
			t.Errorf("Gather: %v, %v; want 1 to 4, nil", vs, err)
		}
		// The second job waits for the only worker.
		if took := time.Since(start); took != 4*time.Hour {
			t.Errorf("it took %v, want 4h", took)
		}
	}
	for range 3 {
		got := record(t, func() { synctest.Test(t, inside) })
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("tasks in the trace (-want +got):\n%s", diff)
		}
		synctest.Test(t, inside) // the next does not remember the trace
	}
}

// What is done is read without touching a channel, so it may cross bubbles.
func TestFuturesThatAreDoneCrossBubblesFreely(t *testing.T) {
	read := func(t *testing.T, f *future.Future[int], e ending) {
		t.Helper()
		e.check(t, f)
		if v, err := f.Await(t.Context()); v != e.value || !errors.Is(err, e.err) {
			t.Errorf("Await = %v, %v; want %v, %v", v, err, e.value, e.err)
		}
		if got := future.Map(f, func(v int) (int, error) { return v, nil }).State(); got != e.state {
			t.Errorf("Map: %v, want %v", got, e.state)
		}
		if got := future.Shield(f).State(); got != e.state {
			t.Errorf("Shield: %v, want %v", got, e.state)
		}
		<-future.GatherSettled(f, f).Ready()
		drained(t, f)
	}
	for _, e := range endings() {
		outer := future.New[int]()
		outer.Ready()
		e.settle(outer)
		var inner *future.Future[int]
		bubbles(t, func(t *testing.T) {
			read(t, outer, e)
			if inner != nil {
				read(t, inner, e) // from an earlier bubble
			}
			inner = future.New[int]()
			inner.Ready() // a channel of this bubble
			go func() { _, _ = inner.Await(context.Background()) }()
			synctest.Wait()
			e.settle(inner)
			synctest.Wait()
		})
		read(t, inner, e)
	}
}

func TestReadyOfADoneFutureWorksInEveryBubble(t *testing.T) {
	bubbles(t, func(*testing.T) { <-future.FromResult(1).Ready() })
	<-future.FromResult(1).Ready()
}

// No worker, ticker or watchdog stays behind: synctest would report it as a deadlock.
func TestNoGoroutineOfThePackageStaysInABubble(t *testing.T) {
	bubbles(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		f := future.New[int]()
		future.After(time.Hour, 1)
		future.Timeout(f, time.Hour)
		future.Then(ctx, f, plusOneTask)
		future.Catch(ctx, f, recoverTask)
		future.Gather(f, future.New[int]())
		f.AddDoneCallback(func(*future.Future[int]) {})
		_, _ = future.RunInExecutor(ctx, nil, func(context.Context) (int, error) { return 1, nil }).Await(ctx)
		_, _ = future.Go(ctx, func(context.Context) (int, error) { return 1, nil }).Await(ctx)
		_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
			return future.RunInExecutor(ctx, nil, func(context.Context) (int, error) { return 1, nil }).Await(ctx)
		})
		cancel()
	})
}

func TestALimitHoldsInEveryBubble(t *testing.T) {
	bubbles(t, func(t *testing.T) {
		start := time.Now()
		_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
			for range 6 {
				future.Go(g, func(ctx context.Context) (int, error) { return 1, future.Sleep(ctx, time.Hour) })
			}
			return nil
		}, future.WithLimit(2))
		if took := time.Since(start); took != 3*time.Hour {
			t.Errorf("6 sleeps of an hour, two at a time, took %v, want 3h", took)
		}
	})
}

// More calls than the default executor of the process may run would wait for one
// another across bubbles; a Run has an executor of its own.
func TestTheDefaultExecutorOfARunMayBeFullInABubble(t *testing.T) {
	for range 3 {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			_, err := future.Run(t.Context(), func(ctx context.Context) ([]int, error) {
				calls := make([]*future.Future[int], 600)
				for i := range calls {
					calls[i] = future.RunInExecutor(ctx, nil, func(context.Context) (int, error) { time.Sleep(time.Hour); return i, nil })
				}
				return future.Gather(calls...).Await(ctx)
			})
			if took := time.Since(start); err != nil || took != 3*time.Hour {
				t.Errorf("%v after %v, want 600 calls of an hour, 256 at a time, in 3h", err, took)
			}
		})
	}
}

func TestGoexitInABubbleLeavesNobodyWaiting(t *testing.T) {
	reports := collectReports(t)
	bubbles(t, func(t *testing.T) {
		for kind, start := range userFunctions(t.Context(), func() (int, error) { runtime.Goexit(); return 0, nil }) {
			if _, err := start().Await(context.Background()); !errors.Is(err, future.ErrGoexit) {
				t.Errorf("%s: %v, want ErrGoexit", kind, err)
			}
		}
		f := future.FromResult(1)
		f.AddDoneCallback(func(*future.Future[int]) { runtime.Goexit() })
		drained(t, f)
	})
	if got := len(reports.ofCallbacks()); got != 20 {
		t.Errorf("%d reports of callbacks, want 20", got)
	}
}

// The collector runs outside of every bubble. It must not touch a channel of one.
func TestAFailureOfABubbleMayBeCollectedOutside(t *testing.T) {
	reports := collectReports(t)
	err := uniqueError(t)
	synctest.Test(t, func(t *testing.T) {
		drop(func() int {
			f := future.New[int]()
			f.Ready()
			go func() { _, _ = f.Await(context.Background()) }()
			g := future.Map(f, plusOne)
			synctest.Wait()
			_ = f.SetException(err)
			synctest.Wait()
			_ = g.Done()
			return 0
		})
		for range 3 {
			runtime.GC()
		}
	})
	collect(t, "the failure is reported", func() bool { return len(reports.of(err)) == 1 })
}

// It works in real time, as long as the channel was made outside.
func TestAFutureWaitedForOutsideMayBeSettledOutsideWhileABubbleWaits(t *testing.T) {
	f := future.New[int]()
	f.Ready()
	go func() {
		time.Sleep(time.Millisecond)
		_ = f.SetResult(42)
	}()
	synctest.Test(t, func(t *testing.T) {
		if v, err := f.Await(t.Context()); v != 42 || err != nil {
			t.Errorf("Await = %v, %v; want 42, nil", v, err)
		}
	})
}

// The answer of a context that was made outside comes when it comes. Time stands still
// until then.
func TestAnOuterContextMayEndAWaitInABubble(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	ctx.Done() // made outside
	go func() {
		time.Sleep(time.Millisecond)
		cancel(errBoom)
	}()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		alarm := time.NewTimer(time.Hour)
		defer alarm.Stop()
		if _, err := future.New[int]().Await(ctx); !errors.Is(err, errBoom) {
			t.Errorf("Await: %v, want the cause of the context", err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("%v have passed in a wait that could be ended from outside", took)
		}
	})
}

// Nobody who waits for a function that sleeps holds up anybody else who does.
func TestManyMayWaitForAFunctionThatSleepsInABubble(t *testing.T) {
	bubbles(t, func(t *testing.T) {
		source := future.New[int]()
		slow := future.Map(source, func(v int) (int, error) { time.Sleep(time.Hour); return v, nil })
		start := time.Now()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() { mustGive(t, slow, 42) })
			wg.Go(func() { mustGive(t, future.Shield(slow), 42) })
		}
		_ = source.SetResult(42)
		wg.Wait()
		if took := time.Since(start); took != time.Hour {
			t.Errorf("all the waits took %v, want 1h", took)
		}
	})
}

// Its channel was made outside, and any bubble may close such a channel.
func TestAFutureFirstAwaitedOutsideMayBeSettledInABubble(t *testing.T) {
	for range 20 {
		f := future.New[int]()
		ready := f.Ready()
		waiting := future.Go(t.Context(), f.Await)
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Hour)
			_ = f.SetResult(42)
			mustGive(t, f, 42)
		})
		<-ready
		mustGive(t, waiting, 42)
	}
}

// A future has no channel before somebody asks for it, so nothing binds it to where it
// was made.
func TestAFutureThatNobodyAwaitsInItsBubbleMayBeSettledOutside(t *testing.T) {
	for _, e := range endings() {
		var f, mapped, race *future.Future[int]
		synctest.Test(t, func(*testing.T) {
			f = future.New[int]()
			mapped = future.Map(f, func(v int) (int, error) { return v, nil })
			race = future.Race(f, future.New[int]())
		})
		e.settle(f)
		drained(t, f)
		e.check(t, f)
		e.check(t, mapped)
		if err := race.Exception(); !errors.Is(err, e.err) {
			t.Errorf("Race: %v, want %v", err, e.err)
		}
	}
}

// The default executor has no goroutine of one place that could serve another.
func TestTheDefaultExecutorServesInsideAndOutsideInTurn(t *testing.T) {
	call := func(t *testing.T) {
		calls := make([]*future.Future[int], 8)
		for i := range calls {
			calls[i] = give(context.Background(), nil, i)
		}
		for i, f := range calls {
			mustGive(t, f, i)
		}
	}
	for range 50 {
		synctest.Test(t, call)
		call(t)
	}
}

func TestAPoolLivesAndEndsInItsBubble(t *testing.T) {
	for name, opts := range map[string][]future.PoolOption{
		"plain":           nil,
		"idle":            {future.WithIdleTimeout(time.Hour)},
		"locked":          {future.WithThreadLock()},
		"locked and idle": {future.WithThreadLock(), future.WithIdleTimeout(time.Hour)},
		"full":            {future.WithQueue(0)},
		"caller runs":     {future.WithQueue(0), future.WithRejection(future.CallerRuns)},
	} {
		t.Run(name, func(t *testing.T) {
			bubbles(t, func(t *testing.T) {
				start := time.Now()
				p := future.NewPool(2, opts...)
				calls := make([]*future.Future[int], 6)
				for i := range calls {
					calls[i] = future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { time.Sleep(time.Minute); return i, nil })
				}
				for i, f := range calls {
					mustGive(t, f, i)
				}
				if took := time.Since(start); took < 2*time.Minute || took > 3*time.Minute {
					t.Errorf("6 calls of a minute, two or three at a time, took %v", took)
				}
				_ = p.Close()
			})
		})
	}
}

// A plain pool that is idle has no goroutine and no channel that could be of a bubble,
// and it keeps no time but that which a job is in.
func TestAPoolMadeOutsideServesOneBubbleAfterTheOther(t *testing.T) {
	p := future.NewPool(1, future.WithQueue(1), future.WithTiming())
	bubbles(t, func(t *testing.T) {
		before := p.Stats()
		calls := make([]*future.Future[int], 4) // some find the queue full
		var wg sync.WaitGroup
		for i := range calls {
			wg.Go(func() {
				calls[i] = future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { time.Sleep(time.Hour); return i, nil })
			})
		}
		wg.Wait()
		for i, f := range calls {
			mustGive(t, f, i)
		}
		synctest.Wait()
		after := p.Stats()
		if ran, waited := after.Ran-before.Ran, after.Waited-before.Waited; ran != 4*time.Hour || waited != 3*time.Hour {
			t.Errorf("the jobs ran for %v and were queued for %v, want 4h and 3h", ran, waited)
		}
	})
}

// Workers start and stop with functions of the user.
func TestNoLockOfAPoolIsHeldWhileAWorkerStartsOrStopsInABubble(t *testing.T) {
	bubbles(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithWorkerInit(func() (func(), error) {
			time.Sleep(time.Hour)
			return func() { time.Sleep(time.Hour) }, nil
		}))
		start := time.Now()
		look := func() {
			synctest.Wait()
			dropped := give(t.Context(), p, 2)
			if !dropped.Cancel(nil) || p.Stats().Workers != 1 {
				t.Errorf("Cancel says false, or there is more than one worker: %+v", p.Stats())
			}
		}
		f := give(t.Context(), p, 1)
		look() // while it starts
		mustGive(t, f, 1)
		look() // while it stops
		if took := time.Since(start); took != time.Hour {
			t.Errorf("that took %v, want the hour that a worker needs to start", took)
		}
		_ = p.Close()
		if took := time.Since(start); took != 2*time.Hour {
			t.Errorf("Close returned after %v, want 2h", took)
		}
	})
}

// What waits for the end of a context from outside waits no longer than its bubble.
func TestAnOuterContextMayEndAfterTheBubblesThatUsedIt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	ctx.Done() // made outside
	bubbles(t, func(t *testing.T) {
		mustGive(t, future.Go(ctx, func(ctx context.Context) (int, error) { ctx.Done(); return 1, nil }), 1)
		mustGive(t, future.Go(ctx, func(context.Context) (int, error) { return 1, nil }, future.WithName("a")), 1)
		mustGive(t, future.Then(ctx, future.FromResult(1), plusOneTask), 2)
		mustGive(t, give(ctx, future.NewPool(1), 1), 1)
		_, _ = future.WaitFor(ctx, future.FromResult(1), time.Hour)
		if _, err := future.Run(ctx, func(ctx context.Context) (int, error) {
			return future.Go(ctx, func(context.Context) (int, error) { return 1, nil }, future.WithName("a")).Await(ctx)
		}); err != nil {
			t.Errorf("Run: %v, want nil", err)
		}
		if err := future.TaskGroup(ctx, func(g *future.Group) error {
			future.Go(g, func(context.Context) (int, error) { return 1, nil })
			future.Go(g, func(context.Context) (int, error) { return 1, nil }) // waits for the place of the first
			return nil
		}, future.WithLimit(1)); err != nil {
			t.Errorf("TaskGroup: %v, want nil", err)
		}
	})
	cancel()
}

// They have channels of their own, in no parent that outlives the bubble.
func TestTheContextsOfTasksAndScopesBelongToTheirBubble(t *testing.T) {
	bubbles(t, func(t *testing.T) {
		bg := context.Background()
		sleeper := future.Go(bg, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		time.Sleep(time.Second)
		sleeper.Cancel(errBoom)
		mustFail(t, sleeper, future.Cancelled, errBoom)
		_, err := future.Run(bg, func(ctx context.Context) (int, error) {
			return future.WaitFor(ctx, future.Go(ctx, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }), time.Second)
		})
		if !errors.Is(err, future.ErrTimeout) {
			t.Errorf("Run: %v, want ErrTimeout", err)
		}
	})
}

// That it was thrown away is found out outside of the bubble, where only its state may be
// touched.
func TestAJobThatAForeignExecutorDropsInABubbleFailsIfNobodyWaits(t *testing.T) {
	var f *future.Future[int]
	synctest.Test(t, func(t *testing.T) {
		f = give(t.Context(), future.ExecutorFunc(func(func()) error { return nil }), 1)
	})
	collect(t, "the job fails", f.Done)
	mustFail(t, f, future.Failed, future.ErrRejected)
}

func TestPanicsNamesAndPulledIteratorsWorkInABubble(t *testing.T) {
	bubbles(t, func(t *testing.T) {
		sleep := func(_ context.Context, v int) (int, error) { time.Sleep(time.Duration(v) * time.Hour); return v, nil }
		_, err := future.Go(t.Context(), func(context.Context) (int, error) { panic("x") }, future.WithName("a")).Await(t.Context())
		if _, ok := errors.AsType[*future.PanicError](err); !ok {
			t.Errorf("got %v, want a PanicError", err)
		}
		next, stop := iter.Pull2(future.Stream(t.Context(), nil, slices.Values([]int{3, 2, 1}), sleep))
		defer stop()
		for _, want := range []int{3, 2, 1} {
			if v, err, ok := next(); v != want || err != nil || !ok {
				t.Errorf("next = %v, %v, %v; want %v", v, err, ok, want)
			}
		}
	})
}

// Several bubbles at a time do not meet in anything that the package shares.
func TestBubblesSideBySideDoNotMeet(t *testing.T) {
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			bubbles(t, func(t *testing.T) {
				start := time.Now()
				tasks := make([]*future.Future[int], 10)
				for i := range tasks {
					tasks[i] = future.Go(t.Context(), func(ctx context.Context) (int, error) {
						return future.After(time.Duration(i)*time.Second, i).Await(context.Background())
					})
				}
				vs, err := future.Gather(tasks...).Await(context.Background())
				if took := time.Since(start); len(vs) != 10 || err != nil || took != 9*time.Second {
					t.Errorf("%v, %v after %v; want ten values after 9s", vs, err, took)
				}
			})
		})
	}
}

// Items of the derived futures that have to do with time.
func TestTimeoutFailsOnTimeAndLeavesItsSourceAlone(t *testing.T) {
	bubbles(t, func(t *testing.T) {
		f := future.New[int]()
		g := future.Timeout(f, time.Minute)
		start := time.Now()
		_, err := g.Await(t.Context())
		if took := time.Since(start); !errors.Is(err, future.ErrTimeout) || took != time.Minute {
			t.Errorf("%v after %v, want ErrTimeout after 1m", err, took)
		}
		if err := f.SetResult(42); err != nil {
			t.Errorf("SetResult: %v, want nil: the source goes on", err)
		}
		if _, err := g.Result(); !errors.Is(err, future.ErrTimeout) {
			t.Errorf("the late value changed the outcome to %v", err)
		}
	})
}

func TestTimeoutOfAFutureThatIsDoneInTimeIsItsOutcome(t *testing.T) {
	for _, e := range endings() {
		bubbles(t, func(t *testing.T) {
			f := future.New[int]()
			g := future.Timeout(f, time.Minute)
			time.Sleep(time.Minute - 1)
			e.settle(f)
			e.check(t, g)
			time.Sleep(time.Hour)
			e.check(t, g)
		})
	}
}

func TestATimeoutThatIsDecidedReleasesItsTimer(t *testing.T) {
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			flatHeap(t, many(20_000), func() {
				f := future.New[int]()
				g := future.Timeout(f, time.Hour)
				e.settle(f)
				_, _ = f.Exception(), g.Exception()
			})
		})
	}
}
