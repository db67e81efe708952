package future_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"example.com/future"
	"github.com/google/go-cmp/cmp"
)

// drained returns when the callbacks that f has by now have run.
func drained[T any](t *testing.T, f *future.Future[T]) {
	t.Helper()
	done := make(chan struct{})
	f.AddDoneCallback(func(*future.Future[T]) { close(done) })
	receiveSoon(t, done, "the callbacks run")
}

// A diary is a list of words that many goroutines write.
type diary struct {
	mu    sync.Mutex
	words []string
}

func (d *diary) add(word string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.words = append(d.words, word)
}

func (d *diary) check(t *testing.T, want ...string) {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if diff := cmp.Diff(want, d.words); diff != "" {
		t.Errorf("what happened (-want +got):\n%s", diff)
	}
}

func TestCallbacksRunOnceInOrderWithTheFutureThatIsDone(t *testing.T) {
	const callbacks = 1000
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			f := future.New[int]()
			var got []int // only ever touched by one callback at a time
			last := make(chan struct{})
			for i := range callbacks {
				f.AddDoneCallback(func(g *future.Future[int]) {
					if g != f || g.State() != e.state {
						t.Errorf("callback %d got %p, %v; want %p, %v", i, g, g.State(), f, e.state)
					}
					if got = append(got, i); i == callbacks-1 {
						close(last)
					}
				})
			}
			e.settle(f)
			receiveSoon(t, last, "the last callback runs") // also if nobody adds another
			drained(t, f)
			if len(got) != callbacks {
				t.Fatalf("%d callbacks ran, want %d", len(got), callbacks)
			}
			for i, v := range got {
				if i != v {
					t.Fatalf("callback %d ran at place %d", v, i)
				}
			}
		})
	}
}

func TestCallbacksOfOneFutureNeverOverlap(t *testing.T) {
	f := future.New[int]()
	var running, most atomic.Int32
	for range 200 {
		f.AddDoneCallback(func(*future.Future[int]) {
			most.Store(max(most.Load(), running.Add(1)))
			runtime.Gosched()
			running.Add(-1)
		})
	}
	var wg sync.WaitGroup
	wg.Go(func() { _ = f.SetResult(1) })
	for range 4 {
		wg.Go(func() {
			for range 50 {
				f.AddDoneCallback(func(*future.Future[int]) {
					most.Store(max(most.Load(), running.Add(1)))
					runtime.Gosched()
					running.Add(-1)
				})
			}
		})
	}
	wg.Wait()
	drained(t, f)
	if most.Load() != 1 {
		t.Errorf("%d callbacks ran at a time, want 1", most.Load())
	}
}

// A callback that ran inside the setter, or under a lock of the future, would
// deadlock here.
func TestASetterMayHoldALockThatTheCallbackTakes(t *testing.T) {
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			f := future.New[int]()
			var (
				mu sync.Mutex
				d  diary
			)
			f.AddDoneCallback(func(*future.Future[int]) {
				mu.Lock()
				defer mu.Unlock()
				d.add("callback")
			})
			done := make(chan struct{})
			go func() {
				defer close(done)
				mu.Lock()
				defer mu.Unlock()
				e.settle(f)
				d.add("setter returned")
			}()
			receiveSoon(t, done, "the setter returns")
			drained(t, f)
			d.check(t, "setter returned", "callback")
		})
	}
}

func TestAddingToADoneFutureStillDefers(t *testing.T) {
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			f := future.New[int]()
			e.settle(f)
			var (
				mu sync.Mutex
				d  diary
			)
			done := make(chan struct{})
			go func() {
				defer close(done)
				mu.Lock()
				defer mu.Unlock()
				f.AddDoneCallback(func(*future.Future[int]) {
					mu.Lock()
					defer mu.Unlock()
					d.add("callback")
				})
				d.add("added")
			}()
			receiveSoon(t, done, "AddDoneCallback returns")
			drained(t, f)
			d.check(t, "added", "callback")
		})
	}
}

func TestAddingToADoneFutureQueuesBehindWhatIsThere(t *testing.T) {
	f := future.New[int]()
	var d diary
	started, release := make(chan struct{}), make(chan struct{})
	f.AddDoneCallback(func(*future.Future[int]) { close(started); <-release; d.add("first") })
	f.AddDoneCallback(func(*future.Future[int]) { d.add("second") })
	_ = f.SetResult(1)
	receiveSoon(t, started, "the first callback starts")
	f.AddDoneCallback(func(*future.Future[int]) { d.add("third") })
	close(release)
	drained(t, f)
	d.check(t, "first", "second", "third")
}

func TestACallbackAddedInACallbackRunsAfterThoseQueued(t *testing.T) {
	f := future.New[int]()
	var d diary
	all := make(chan struct{})
	f.AddDoneCallback(func(f *future.Future[int]) {
		f.AddDoneCallback(func(f *future.Future[int]) {
			d.add("nested")
			f.AddDoneCallback(func(*future.Future[int]) { d.add("deeper"); close(all) })
		})
		d.add("first")
	})
	f.AddDoneCallback(func(*future.Future[int]) { d.add("second") })
	_ = f.SetResult(1)
	receiveSoon(t, all, "the callbacks run")
	d.check(t, "first", "second", "nested", "deeper")
}

func TestTheSameFunctionAddedTwiceRunsTwice(t *testing.T) {
	f := future.New[int]()
	var d diary
	fn := func(*future.Future[int]) { d.add("called") }
	f.AddDoneCallback(fn)
	stop := f.AddDoneCallback(fn)
	f.AddDoneCallback(fn)
	if !stop() {
		t.Error("stop() = false, want true")
	}
	_ = f.SetResult(1)
	drained(t, f)
	d.check(t, "called", "called")
}

func TestWaitersAreReleasedBeforeTheFirstCallbackStarts(t *testing.T) {
	f := future.New[int]()
	release := make(chan struct{})
	defer close(release)
	ready := f.Ready()
	released := make(chan bool, 1)
	f.AddDoneCallback(func(*future.Future[int]) { released <- isClosed(ready) })
	f.AddDoneCallback(func(*future.Future[int]) { <-release }) // blocks for as long as the test runs
	waited := make(chan error, 4)
	for i := range cap(waited) {
		go func() {
			ctx := context.Background()
			if i%2 == 0 {
				ctx = t.Context()
			}
			_, err := f.Await(ctx)
			waited <- err
		}()
	}
	_ = f.SetResult(1)
	if !receiveSoon(t, released, "the first callback runs") {
		t.Error("a callback ran before the waiters were released")
	}
	for range cap(waited) {
		if err := receiveSoon(t, waited, "a waiter wakes beside a blocked callback"); err != nil {
			t.Errorf("Await: %v, want nil", err)
		}
	}
	if v, err := f.Await(t.Context()); v != 1 || err != nil {
		t.Errorf("Await = %v, %v; want 1, nil", v, err)
	}
}

// No lock is held while a callback runs, so it may call anything.
func TestACallbackMayCallEveryMethodOfItsFuture(t *testing.T) {
	f := future.New[int]()
	var stop func() bool
	called := make(chan struct{})
	stop = f.AddDoneCallback(func(f *future.Future[int]) {
		defer close(called)
		if v, err := f.Await(context.Background()); v != 42 || err != nil {
			t.Errorf("Await = %v, %v; want 42, nil", v, err)
		}
		if err := f.SetResult(1); !errors.Is(err, future.ErrInvalidState) {
			t.Errorf("SetResult: %v, want ErrInvalidState", err)
		}
		if f.Cancel(nil) || stop() {
			t.Error("Cancel() or stop() = true, want false")
		}
		if v, err := future.Map(f, func(v int) (int, error) { return v + 1, nil }).Result(); v != 43 || err != nil {
			t.Errorf("Map: %v, %v; want 43, nil", v, err)
		}
		f.AddDoneCallback(func(*future.Future[int]) {})()
		<-f.Ready()
		_ = f.String()
	})
	_ = f.SetResult(42)
	receiveSoon(t, called, "the callback returns")
}

func TestStopPreventsTheRunAndIsIdempotent(t *testing.T) {
	f := future.New[int]()
	var d diary
	f.AddDoneCallback(func(*future.Future[int]) { d.add("kept") })
	stop := f.AddDoneCallback(func(*future.Future[int]) { d.add("stopped") })
	if !stop() {
		t.Error("stop() = false, want true")
	}
	if stop() {
		t.Error("the second stop() = true, want false")
	}
	_ = f.SetResult(1)
	drained(t, f)
	if stop() {
		t.Error("stop() of a done future = true, want false")
	}
	d.check(t, "kept")
}

func TestStopRemovesFirstMiddleLastAndOnlyEntries(t *testing.T) {
	for n := 1; n <= 4; n++ {
		for removed := range n {
			f := future.New[int]()
			var (
				d    diary
				want []string
			)
			stops := make([]func() bool, n)
			for i := range n {
				stops[i] = f.AddDoneCallback(func(*future.Future[int]) { d.add(fmt.Sprint(i)) })
				if i != removed {
					want = append(want, fmt.Sprint(i))
				}
			}
			stops[removed]()
			_ = f.SetResult(1)
			drained(t, f)
			d.check(t, want...)
		}
	}
}

func TestStopWorksUntilTheCallbackHasStarted(t *testing.T) {
	f := future.New[int]()
	var d diary
	started, release := make(chan struct{}), make(chan struct{})
	stopFirst := f.AddDoneCallback(func(*future.Future[int]) { close(started); <-release; d.add("first") })
	stopSecond := f.AddDoneCallback(func(*future.Future[int]) { d.add("second") })
	_ = f.SetResult(1)
	receiveSoon(t, started, "the first callback starts")
	if stopFirst() {
		t.Error("stop() of a callback that runs = true, want false")
	}
	if !stopSecond() {
		t.Error("stop() of a callback that waits = false, want true")
	}
	close(release)
	drained(t, f)
	if stopFirst() {
		t.Error("stop() of a callback that has run = true, want false")
	}
	d.check(t, "first")
}

func TestStopInsideACallbackPreventsALaterOne(t *testing.T) {
	f := future.New[int]()
	var (
		d    diary
		stop func() bool
	)
	f.AddDoneCallback(func(*future.Future[int]) { d.add(fmt.Sprint("stopped ", stop())) })
	stop = f.AddDoneCallback(func(*future.Future[int]) { d.add("late") })
	_ = f.SetResult(1)
	drained(t, f)
	d.check(t, "stopped true")
}

// Either stop prevented the run or the callback runs, exactly once, whatever else
// goes on.
func TestStopIsExactUnderStress(t *testing.T) {
	const callbacks = 64
	for round := range many(300) {
		f := future.New[int]()
		var (
			wg      sync.WaitGroup
			start   = make(chan struct{})
			ran     [callbacks]atomic.Int32
			stopped [callbacks]atomic.Int32
			stops   [callbacks]func() bool
		)
		add := func(i int) { stops[i] = f.AddDoneCallback(func(*future.Future[int]) { ran[i].Add(1) }) }
		for i := range callbacks / 2 {
			add(i)
		}
		wg.Go(func() { // stops what the others stop as well
			<-start
			for i := range callbacks / 2 {
				if stops[i]() {
					stopped[i].Add(1)
				}
			}
		})
		wg.Go(func() {
			<-start
			for i := callbacks/2 - 1; i >= 0; i -= 2 {
				if stops[i]() {
					stopped[i].Add(1)
				}
			}
		})
		wg.Go(func() { // adds while the future settles
			<-start
			for i := callbacks / 2; i < callbacks; i++ {
				add(i)
				if i%2 == 0 && stops[i]() {
					stopped[i].Add(1)
				}
			}
		})
		wg.Go(func() {
			<-start
			endings()[round%3].settle(f)
		})
		close(start)
		wg.Wait()
		drained(t, f)
		_ = f.Exception()
		for i := range callbacks {
			if r, s := ran[i].Load(), stopped[i].Load(); r+s != 1 {
				t.Fatalf("round %d: callback %d ran %d times and was stopped %d times, want one of the two", round, i, r, s)
			}
		}
	}
}

func TestAMillionAddAndStopPairsLeaveTheFutureAsItWas(t *testing.T) {
	f := future.New[int]()
	fn := func(*future.Future[int]) { t.Error("a stopped callback ran") }
	flatHeap(t, many(1_000_000), func() { f.AddDoneCallback(fn)() })
	_ = f.SetResult(1)
	drained(t, f)
}

func TestAStoppedCallbackDoesNotKeepWhatItRefersTo(t *testing.T) {
	f := future.New[int]()
	var stops []func() bool
	before := heap()
	for range 64 {
		large := make([]byte, 1<<20)
		stop := f.AddDoneCallback(func(*future.Future[int]) { large[0]++ })
		stop()
		stops = append(stops, stop)
	}
	if growth := heap() - before; growth > 8<<20 {
		t.Errorf("%d bytes are kept by %d stopped callbacks", growth, len(stops))
	}
	runtime.KeepAlive(f)
	runtime.KeepAlive(stops)
}

func panicWith(value any) { panic(value) }

func TestACallbackThatDoesNotReturnIsReportedAndTheNextRuns(t *testing.T) {
	var none any
	for name, test := range map[string]struct {
		fn    func()
		check func(t *testing.T, r future.Report)
	}{
		"panic": {
			func() { panicWith("a value") },
			func(t *testing.T, r future.Report) {
				e, ok := errors.AsType[*future.PanicError](r.Err)
				if !ok || e.Value != "a value" {
					t.Fatalf("Err = %#v, want a *PanicError with the value", r.Err)
				}
				if !strings.Contains(string(r.Stack), "panicWith") || !strings.Contains(string(e.Stack), "panicWith") {
					t.Errorf("the stack is not that of the panic:\n%s", r.Stack)
				}
			},
		},
		"panic with an error": {
			func() { panicWith(io.EOF) },
			func(t *testing.T, r future.Report) {
				if !errors.Is(r.Err, io.EOF) {
					t.Errorf("Err = %v, want it to match io.EOF", r.Err)
				}
			},
		},
		"panic with nil": {
			func() { panicWith(none) },
			func(t *testing.T, r future.Report) {
				if _, ok := errors.AsType[*runtime.PanicNilError](r.Err); !ok {
					t.Errorf("Err = %v, want a *runtime.PanicNilError", r.Err)
				}
			},
		},
		"Goexit": {
			runtime.Goexit,
			func(t *testing.T, r future.Report) {
				if !errors.Is(r.Err, future.ErrGoexit) {
					t.Errorf("Err = %v, want ErrGoexit", r.Err)
				}
			},
		},
	} {
		for _, e := range endings() {
			t.Run(name+" of a "+e.name+" future", func(t *testing.T) {
				reports := collectReports(t)
				f := future.New[int]()
				var d diary
				f.AddDoneCallback(func(*future.Future[int]) { test.fn() })
				f.AddDoneCallback(func(*future.Future[int]) { d.add("second") })
				f.AddDoneCallback(func(*future.Future[int]) { test.fn() })
				f.AddDoneCallback(func(*future.Future[int]) { d.add("fourth") })
				e.settle(f)
				drained(t, f)
				d.check(t, "second", "fourth")
				got := reports.ofCallbacks()
				if len(got) != 2 {
					t.Fatalf("%d reports, want 2", len(got))
				}
				for _, r := range got {
					test.check(t, r)
					if !strings.HasPrefix(r.Message, "future: ") || r.Context == nil || r.Task != "" {
						t.Errorf("Message, Context, Task = %q, %v, %q; want a text, a context and no task", r.Message, r.Context, r.Task)
					}
				}
				e.check(t, f)
			})
		}
	}
}

func TestAReportOfATasksCallbackNamesTheTaskAndItsContext(t *testing.T) {
	reports := collectReports(t)
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "value")
	f := future.Go(ctx, func(context.Context) (int, error) { return 1, nil }, future.WithName("fetch"))
	f.AddDoneCallback(func(*future.Future[int]) { panic("x") })
	drained(t, f)
	got := reports.ofCallbacks()
	if len(got) != 1 || got[0].Task != "fetch" || got[0].Context == nil || got[0].Context.Value(key{}) != "value" {
		t.Errorf("reports %+v, want one with the name and the context of the task", got)
	}
}

func TestRunReturnsAfterTheCallbacksOfItsTasks(t *testing.T) {
	var d diary
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		f := future.Go(ctx, func(context.Context) (int, error) { return 1, nil })
		f.AddDoneCallback(func(f *future.Future[int]) {
			runtime.Gosched()
			d.add("callback")
			f.AddDoneCallback(func(*future.Future[int]) { d.add("nested") })
		})
		return f.Await(ctx)
	})
	d.check(t, "callback", "nested")
}

func TestANilCallbackPanics(t *testing.T) {
	f := future.New[int]()
	refusesWithRemedy(t, "a nil callback", func() { f.AddDoneCallback(nil) })
}
