package future_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// deadContext returns a context that has ended with cause.
func deadContext(cause error) context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(cause)
	return ctx
}

// goroutines returns how many there are. While a collection goes on, NumGoroutine also
// counts ended ones, whose stacks it takes.
func goroutines() int {
	runtime.GC()
	return runtime.NumGoroutine()
}

// heap returns the bytes of live objects.
func heap() int64 {
	for range 3 { // cleanups of the first make garbage for the next
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// many returns n, or less where so much takes too long.
func many(n int) int {
	if testing.Short() || raceEnabled || runtime.GOARCH == "wasm" || runtime.GOARCH == "386" {
		return n / 10
	}
	return n
}

// flatHeap fails the test if doing fn so often makes the heap grow by what cannot be
// noise.
func flatHeap(t *testing.T, times int, fn func()) {
	t.Helper()
	for range 100 {
		fn() // what is allocated once is there now
	}
	before := heap()
	for range times {
		fn()
	}
	var growth int64
	for range 100 {
		// Cleanups take their time. A leak stays.
		if growth = heap() - before; growth < 1<<20 {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("the heap grew by %d bytes in %d times, want nothing to stay", growth, times)
}

func TestAwaitOfADoneFutureGivesItsOutcomeUnderADeadContext(t *testing.T) {
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			f := future.New[int]()
			e.settle(f)
			for range 100 { // a select would choose at random
				v, err := f.Await(deadContext(io.EOF))
				if v != e.value || !errors.Is(err, e.err) || errors.Is(err, io.EOF) {
					t.Fatalf("Await = %v, %v; want %v, %v", v, err, e.value, e.err)
				}
			}
		})
	}
}

func TestAwaitUnderADeadContextDoesNotWait(t *testing.T) {
	f := future.New[int]()
	if _, err := f.Await(deadContext(io.EOF)); !errors.Is(err, io.EOF) || !errors.Is(err, context.Canceled) {
		t.Errorf("Await: %v, want io.EOF and context.Canceled", err)
	}
	if f.Done() {
		t.Errorf("the future is %v, want it pending", f.State())
	}
}

// A settlingContext ends, and settles a future, at the moment when it is asked.
type settlingContext struct {
	context.Context //nolint:containedctx // this is a context

	onDone, onErr func()
}

func (c settlingContext) Done() <-chan struct{} { c.onDone(); return c.Context.Done() }
func (c settlingContext) Err() error            { c.onErr(); return c.Context.Err() }

// An outcome that is there when the waiter looks wins over a context that has ended
// as well, however the two come in.
func TestIfBothHoldTheOutcomeWins(t *testing.T) {
	nothing := func() {}
	for _, e := range endings() {
		for range 50 { // a select would choose at random
			f, g := future.New[int](), future.New[int]()
			_, err := f.Await(settlingContext{deadContext(io.EOF), func() { e.settle(f) }, nothing})
			if !errors.Is(err, e.err) || errors.Is(err, io.EOF) {
				t.Fatalf("%s when the wait begins: %v, want %v", e.name, err, e.err)
			}
			_, err = g.Await(settlingContext{deadContext(io.EOF), nothing, func() { e.settle(g) }})
			if !errors.Is(err, e.err) || errors.Is(err, io.EOF) {
				t.Fatalf("%s when ctx has ended: %v, want %v", e.name, err, e.err)
			}
		}
	}
}

// deadlineContext returns a context whose deadline has passed.
func deadlineContext(t *testing.T, cause error) context.Context {
	t.Helper()
	ctx, cancel := context.WithDeadlineCause(t.Context(), time.Unix(0, 0), cause)
	t.Cleanup(cancel)
	return ctx
}

// Every wait says in the same way that its context has ended, and so that nobody
// can take it for the end of what was awaited.
func TestTheErrorOfAWaitWhoseContextEndedMatchesErrAndCauseAndNeverErrCancelled(t *testing.T) {
	cancelled := &future.CancelledError{Cause: errBoom}
	contexts := map[string]context.Context{
		"without a cause":                   deadContext(nil),
		"with a cause":                      deadContext(io.EOF),
		"deadline":                          deadlineContext(t, nil),
		"deadline with a cause":             deadlineContext(t, io.EOF),
		"the cause is a CancelledError":     deadContext(cancelled),
		"the cause wraps a CancelledError":  deadContext(fmt.Errorf("wrapped: %w", cancelled)),
		"the cause joins a CancelledError":  deadContext(errors.Join(io.EOF, cancelled)),
		"deadline caused by CancelledError": deadlineContext(t, cancelled),
		"the cause is ErrCancelled":         deadContext(future.ErrCancelled),
		"the cause wraps ErrCancelled":      deadContext(fmt.Errorf("wrapped: %w", future.ErrCancelled)),
		"the cause is a wait's error":       deadContext(waitError(deadContext(cancelled))),
		"a child of the dead one":           childOf(deadContext(cancelled)),
	}
	waits := map[string]func(ctx context.Context) error{
		"Await":   waitError,
		"Sleep":   func(ctx context.Context) error { return future.Sleep(ctx, time.Hour) },
		"Sleep 0": func(ctx context.Context) error { return future.Sleep(ctx, 0) },
		"WaitFor": func(ctx context.Context) error {
			_, err := future.WaitFor(ctx, future.New[int](), time.Hour)
			return err
		},
		"WaitFor 0": func(ctx context.Context) error {
			_, err := future.WaitFor(ctx, future.New[int](), 0)
			return err
		},
		"Await2": func(ctx context.Context) error {
			_, _, err := future.Await2(ctx, future.New[int](), future.New[string]())
			return err
		},
		"Wait": func(ctx context.Context) error {
			_, _, err := future.Wait(ctx, future.AllCompleted, future.New[int]())
			return err
		},
		"AsCompleted": func(ctx context.Context) (err error) {
			for _, o := range future.AsCompleted(ctx, future.New[int]()) {
				err = o.Err
			}
			return err
		},
		"TaskGroup": func(ctx context.Context) error {
			return future.TaskGroup(ctx, func(*future.Group) error { return nil })
		},
		"Stream": func(ctx context.Context) (err error) {
			in := func(yield func(int) bool) { yield(1) }
			for _, err = range future.Stream(ctx, nil, in, func(context.Context, int) (int, error) { return 1, nil }) {
			}
			return err
		},
	}
	for waitName, wait := range waits {
		for ctxName, ctx := range contexts {
			t.Run(waitName+" "+ctxName, func(t *testing.T) {
				err := wait(ctx)
				if !errors.Is(err, ctx.Err()) {
					t.Errorf("%v does not match ctx.Err() = %v", err, ctx.Err())
				}
				if cause := context.Cause(ctx); cause != future.ErrCancelled && !errors.Is(err, cause) { //nolint:errorlint // ErrCancelled itself
					t.Errorf("%v does not match the cause %v", err, cause)
				}
				if errors.Is(err, future.ErrCancelled) {
					t.Errorf("%v matches ErrCancelled", err)
				}
				if c := new(future.CancelledError); errors.As(err, &c) {
					t.Errorf("As finds the *CancelledError %v in %v", c, err)
				}
				if c, ok := errors.AsType[*future.CancelledError](err); ok {
					t.Errorf("AsType finds the *CancelledError %v in %v", c, err)
				}
			})
		}
	}
}

func waitError(ctx context.Context) error {
	_, err := future.New[int]().Await(ctx)
	return err
}

func childOf(ctx context.Context) context.Context {
	child, cancel := context.WithCancel(ctx)
	cancel()
	return child
}

func TestTheErrorOfAnEndedWaitStillGivesOutOtherCauses(t *testing.T) {
	cause := &future.InvalidStateError{Op: "x"}
	err := waitError(deadContext(errors.Join(&future.CancelledError{}, cause)))
	if got, ok := errors.AsType[*future.InvalidStateError](err); !ok || got != cause {
		t.Errorf("AsType = %v, %v; want the error in the cause", got, ok)
	}
}

func TestACancelledFutureAndAnEndedContextAreToldApart(t *testing.T) {
	f := future.New[int]()
	f.Cancel(context.Canceled)
	_, err := f.Await(t.Context())
	if !errors.Is(err, future.ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled future: %v, want it to match ErrCancelled and context.Canceled", err)
	}
	err = waitError(deadContext(nil))
	if errors.Is(err, future.ErrCancelled) || !errors.Is(err, context.Canceled) {
		t.Errorf("an ended context: %v, want it to match context.Canceled alone", err)
	}
}

func TestAnAbandonedWaitLeavesTheFutureAndOtherWaitersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := future.New[int]()
		others := make(chan future.Outcome[int], 2)
		for _, ctx := range []context.Context{context.Background(), t.Context()} {
			go func() {
				v, err := f.Await(ctx)
				others <- future.Outcome[int]{Value: v, Err: err}
			}()
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		start := time.Now()
		if _, err := f.Await(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Await: %v, want DeadlineExceeded", err)
		}
		if got := time.Since(start); got != 3*time.Second {
			t.Errorf("Await took %v, want 3s", got)
		}
		synctest.Wait()
		if f.Done() || len(others) != 0 {
			t.Errorf("the future is %v and %d other waits ended, want it pending and none", f.State(), len(others))
		}
		_ = f.SetResult(42)
		for range cap(others) {
			if o := <-others; o.Value != 42 || o.Err != nil {
				t.Errorf("another waiter got %v, want 42", o)
			}
		}
	})
}

func TestTenThousandWaitersGetTheSameOutcome(t *testing.T) {
	const waiters = 10_000
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			f := future.New[int]()
			got := make([]future.Outcome[int], waiters)
			var wg sync.WaitGroup
			for i := range waiters {
				wg.Go(func() {
					ctx := context.Background()
					if i%2 == 0 {
						ctx = t.Context()
					}
					got[i].Value, got[i].Err = f.Await(ctx)
				})
			}
			e.settle(f)
			wg.Wait()
			v, err := f.Result()
			for i, o := range got {
				if o.Value != v || o.Err != err { //nolint:errorlint // the very error
					t.Fatalf("waiter %d got %v, want %v, %v", i, o, v, err)
				}
			}
		})
	}
}

// Those who wait for a task park without a channel, all others share one.
func TestAllWaitersThatBlockWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for waiters := range 5 {
			wakes := func(name string, f *future.Future[int], settle func(), want error) {
				var woken atomic.Int32
				for range waiters {
					go func() {
						if _, err := f.Await(context.Background()); !errors.Is(err, want) {
							t.Errorf("%s: Await returned %v, want %v", name, err, want)
						}
						woken.Add(1)
					}()
				}
				synctest.Wait()
				settle()
				synctest.Wait()
				if n := int(woken.Load()); n != waiters {
					t.Errorf("%s: %d of %d waiters woke", name, n, waiters)
				}
			}
			for _, e := range endings() {
				f := future.New[int]()
				wakes(e.name, f, func() { e.settle(f) }, e.err)
			}
			for name, want := range map[string]error{"a task that succeeds": nil, "a task that fails": errWhy} {
				end := make(chan struct{})
				f := future.Go(t.Context(), func(context.Context) (int, error) { <-end; return 1, want })
				wakes(name, f, func() { close(end) }, want)
			}
		}
	})
}

func TestANilContextPanics(t *testing.T) {
	var none context.Context
	for name, f := range map[string]*future.Future[int]{"pending": future.New[int](), "done": future.FromResult(1)} {
		refusesWithRemedy(t, "Await(nil) of a "+name+" future", func() { _, _ = f.Await(none) })
	}
}

func TestAMillionAbandonedWaitsLeaveNothingBehind(t *testing.T) {
	f := future.New[int]()
	plain, withCause := deadContext(nil), deadContext(errBoom)
	flatHeap(t, many(500_000), func() {
		_, _ = f.Await(plain)
		_, _ = f.Await(withCause)
	})
	runtime.KeepAlive(f)
}

func TestWaitsThatBlockedAndWereAbandonedLeaveNothingBehind(t *testing.T) {
	f := future.New[int]()
	flatHeap(t, many(2000), func() {
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		for range 5 {
			wg.Go(func() { _, _ = f.Await(ctx) })
		}
		cancel()
		wg.Wait()
	})
	if f.Done() {
		t.Errorf("the future is %v, want it pending", f.State())
	}
}

// The future ends at every moment of the way from the look at its state to the block.
func TestNobodyBlocksOnATaskThatEndsMeanwhile(t *testing.T) {
	errFails := errors.New("the task fails")
	tasks := map[string]func(context.Context) (int, error){
		"a task that succeeds": func(context.Context) (int, error) { return 1, nil },
		"a task that fails":    func(context.Context) (int, error) { return 0, errFails },
	}
	waits := map[string]func(f *future.Future[int]){
		"Await":                func(f *future.Future[int]) { _, _ = f.Await(context.Background()) },
		"Await with a context": func(f *future.Future[int]) { _, _ = f.Await(t.Context()) },
		"Shield": func(f *future.Future[int]) {
			s := future.Shield(f)
			<-s.Ready()
			_ = s.Exception()
		},
	}
	for task, fn := range tasks {
		for wait, block := range waits {
			t.Run(wait+" of "+task, func(t *testing.T) {
				for range stressRounds(3000) {
					var gate atomic.Bool
					f := future.Go(context.Background(), func(ctx context.Context) (int, error) {
						for !gate.Load() {
							runtime.Gosched()
						}
						return fn(ctx)
					})
					together(func() { gate.Store(true) }, func() { block(f) })
					_ = f.Exception()
				}
			})
		}
	}
}

func TestManyWaitersOfATaskThatEndsMeanwhileAreReleased(t *testing.T) {
	for range stressRounds(3000) {
		var gate atomic.Bool
		f := future.Go(context.Background(), func(context.Context) (int, error) {
			for !gate.Load() {
				runtime.Gosched()
			}
			return 1, nil
		})
		together(func() { gate.Store(true) }, func() {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() { _, _ = f.Await(context.Background()) })
			}
			wg.Wait()
		})
	}
}

// An uncomparable error panics where it is compared with ==.
type uncomparable []string

func (uncomparable) Error() string { return "uncomparable" }

// An endedContext has ended with an error of its own.
type endedContext struct {
	context.Context //nolint:containedctx // this is a context

	err error
}

func (endedContext) Done() <-chan struct{} { return future.FromResult(0).Ready() }
func (c endedContext) Err() error          { return c.err }

func TestAContextMayEndWithAnErrorThatCannotBeCompared(t *testing.T) {
	_, err := future.New[int]().Await(endedContext{context.Background(), uncomparable{"why"}})
	if _, ok := errors.AsType[uncomparable](err); !ok {
		t.Errorf("got %v", err)
	}
}
