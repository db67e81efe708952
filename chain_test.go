package future_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"example.com/future"
)

// plusOne and recover0 are functions for chains that need any.
func plusOne(v int) (int, error)                          { return v + 1, nil }
func plusOneTask(_ context.Context, v int) (int, error)   { return v + 1, nil }
func recoverTask(_ context.Context, _ error) (int, error) { return -1, nil }
func nestedMap(f *future.Future[int]) *future.Future[*future.Future[int]] {
	return future.Map(f, func(v int) (*future.Future[int], error) { return future.FromResult(v), nil })
}

// A follower makes a future that follows another.
type follower struct {
	name   string
	derive func(ctx context.Context, f *future.Future[int]) *future.Future[int]
}

func followers() []follower {
	return []follower{
		{"Map", func(_ context.Context, f *future.Future[int]) *future.Future[int] { return future.Map(f, plusOne) }},
		{"Then", func(ctx context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Then(ctx, f, plusOneTask)
		}},
		{"Catch", func(ctx context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Catch(ctx, f, recoverTask)
		}},
		{"Flatten", func(_ context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Flatten(future.FromResult(f))
		}},
		{"Flatten outer", func(_ context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Flatten(nestedMap(f))
		}},
		{"Timeout", func(_ context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Timeout(f, time.Hour)
		}},
		{"Shield", func(_ context.Context, f *future.Future[int]) *future.Future[int] { return future.Shield(f) }},
	}
}

// awaitSoon is Await with a safety net.
func awaitSoon[T any](t *testing.T, f *future.Future[T]) (T, error) {
	t.Helper()
	receiveSoon(t, f.Ready(), "the future ends")
	return f.Result()
}

func TestMapChangesValueAndType(t *testing.T) {
	pending := future.New[int]()
	for name, f := range map[string]*future.Future[int]{"pending": pending, "done": future.FromResult(42)} {
		t.Run(name, func(t *testing.T) {
			m := future.Map(f, func(v int) (string, error) { return strconv.Itoa(v), nil })
			if name == "pending" {
				if m.Done() {
					t.Fatalf("the derived future is %v before its source", m.State())
				}
				_ = f.SetResult(42)
			}
			// It runs where f settles, so it is done by now.
			if v, err := m.Result(); v != "42" || err != nil {
				t.Errorf("Result() = %q, %v; want 42, nil", v, err)
			}
		})
	}
}

// Failure and cancellation pass through untouched, and the function is not called.
func TestTheBranchNotTakenPassesTheOutcomeThroughUntouched(t *testing.T) {
	called := func() { t.Error("the function was called") }
	chains := []struct {
		name   string
		takes  future.State
		derive func(f *future.Future[int]) *future.Future[int]
	}{
		{"Map", future.Succeeded, func(f *future.Future[int]) *future.Future[int] {
			return future.Map(f, func(int) (int, error) { called(); return 0, nil })
		}},
		{"Then", future.Succeeded, func(f *future.Future[int]) *future.Future[int] {
			return future.Then(t.Context(), f, func(context.Context, int) (int, error) { called(); return 0, nil })
		}},
		{"Catch", future.Failed, func(f *future.Future[int]) *future.Future[int] {
			return future.Catch(t.Context(), f, func(context.Context, error) (int, error) { called(); return 0, nil })
		}},
		{"Flatten of a done outer", future.Pending, func(f *future.Future[int]) *future.Future[int] {
			return future.Flatten(future.FromResult(f))
		}},
		{"Flatten of the outer", future.Succeeded, func(f *future.Future[int]) *future.Future[int] {
			return future.Flatten(nestedMap(f))
		}},
	}
	for _, c := range chains {
		for _, e := range endings() {
			if e.state == c.takes {
				continue
			}
			for _, when := range []string{"before", "after"} {
				t.Run(fmt.Sprintf("%s of a future %s %s the call", c.name, e.name, when), func(t *testing.T) {
					f := future.New[int]()
					var d *future.Future[int]
					if when == "before" {
						e.settle(f)
						d = c.derive(f)
					} else {
						d = c.derive(f)
						e.settle(f)
					}
					// Nothing has to run, so it is done by now.
					e.check(t, d)
					if got, want := d.Exception(), f.Exception(); got != want { //nolint:errorlint // the very error
						t.Errorf("the error is %p, want the very error of the source %p", got, want)
					}
				})
			}
		}
	}
}

func TestThenRunsATaskWithTheValueWhenItsSourceHasSucceeded(t *testing.T) {
	f := future.New[int]()
	self := make(chan future.Awaitable, 1)
	g := future.Then(t.Context(), f, func(ctx context.Context, v int) (string, error) {
		self <- future.CurrentTask(ctx)
		return strconv.Itoa(v), nil
	})
	if g.Done() || len(self) != 0 {
		t.Fatal("the task ran before its source was done")
	}
	_ = f.SetResult(42)
	if v, err := awaitSoon(t, g); v != "42" || err != nil {
		t.Errorf("Result() = %q, %v; want 42, nil", v, err)
	}
	if got := <-self; got != future.Awaitable(g) {
		t.Errorf("CurrentTask = %v, want the future that Then returned", got)
	}
	if g.Name() == "" {
		t.Error("the task has no name")
	}
}

// fn must not run on the goroutine that settles, which may hold any lock.
func TestThenAndCatchRunOnAGoroutineOfTheirOwn(t *testing.T) {
	var mu sync.Mutex
	locked := func() (int, error) { mu.Lock(); defer mu.Unlock(); return 1, nil }
	succeeds, fails := future.New[int](), future.New[int]()
	g := future.Then(t.Context(), succeeds, func(context.Context, int) (int, error) { return locked() })
	h := future.Catch(t.Context(), fails, func(context.Context, error) (int, error) { return locked() })
	settled := make(chan struct{})
	go func() {
		defer close(settled)
		mu.Lock()
		defer mu.Unlock()
		_ = succeeds.SetResult(1)
		_ = fails.SetException(errBoom)
		future.Then(t.Context(), succeeds, func(context.Context, int) (int, error) { return locked() })
	}()
	receiveSoon(t, settled, "the setters return")
	for _, f := range []*future.Future[int]{g, h} {
		if v, err := awaitSoon(t, f); v != 1 || err != nil {
			t.Errorf("Result() = %v, %v; want 1, nil", v, err)
		}
	}
}

func TestCatchRunsATaskWithTheErrorWhenItsSourceHasFailed(t *testing.T) {
	f := future.New[int]()
	g := future.Catch(t.Context(), f, func(_ context.Context, err error) (int, error) {
		if err != errBoom { //nolint:errorlint // the very error
			t.Errorf("the function got %v, want the very error of the source", err)
		}
		return -1, nil
	})
	h := future.Catch(t.Context(), f, func(_ context.Context, err error) (int, error) {
		return 0, fmt.Errorf("worse: %w", io.EOF)
	})
	_ = f.SetException(errBoom)
	if v, err := awaitSoon(t, g); v != -1 || err != nil {
		t.Errorf("Result() = %v, %v; want -1, nil", v, err)
	}
	if _, err := awaitSoon(t, h); !errors.Is(err, io.EOF) || errors.Is(err, errBoom) {
		t.Errorf("Result() error = %v, want that of the function", err)
	}
}

func TestCatchDoesNotCatchACancellationButAFailureWithACancelledError(t *testing.T) {
	cancelled := future.New[int]()
	cancelled.Cancel(nil)
	if g := future.Catch(t.Context(), cancelled, recoverTask); !g.Cancelled() {
		t.Errorf("the derived future is %v, want it cancelled", g.State())
	}
	failed := future.FromException[int](future.ErrCancelled)
	if v, err := awaitSoon(t, future.Catch(t.Context(), failed, recoverTask)); v != -1 || err != nil {
		t.Errorf("Result() = %v, %v; want -1, nil", v, err)
	}
}

// userFunctions are the ways to have a function of the user's called.
func userFunctions(ctx context.Context, fn func() (int, error)) map[string]func() *future.Future[int] {
	return map[string]func() *future.Future[int]{
		"Go": func() *future.Future[int] {
			return future.Go(ctx, func(context.Context) (int, error) { return fn() })
		},
		"RunInExecutor": func() *future.Future[int] {
			return future.RunInExecutor(ctx, nil, func(context.Context) (int, error) { return fn() })
		},
		"Map": func() *future.Future[int] {
			f := future.New[int]()
			m := future.Map(f, func(int) (int, error) { return fn() })
			go func() { _ = f.SetResult(1) }()
			return m
		},
		"Then": func() *future.Future[int] {
			return future.Then(ctx, future.FromResult(1), func(context.Context, int) (int, error) { return fn() })
		},
		"Catch": func() *future.Future[int] {
			return future.Catch(ctx, future.FromException[int](errBoom), func(context.Context, error) (int, error) { return fn() })
		},
	}
}

func TestAPanicOrAnErrorInTheFunctionFailsTheDerivedFuture(t *testing.T) {
	type pair struct{ a, b int }
	var nilMap map[string]int
	fail := func(value any) func() (int, error) {
		return func() (int, error) { panicWith(value); return 0, nil }
	}
	isPanic := func(value any) func(*testing.T, error) {
		return func(t *testing.T, err error) {
			t.Helper()
			e, ok := errors.AsType[*future.PanicError](err)
			if !ok || !reflect.DeepEqual(e.Value, value) {
				t.Fatalf("error %#v, want a *PanicError of %#v", err, value)
			}
			if !strings.Contains(string(e.Stack), "panicWith") {
				t.Errorf("the stack is not that of the panic:\n%s", e.Stack)
			}
			if inner, isErr := value.(error); isErr != (e.Unwrap() != nil) {
				t.Errorf("Unwrap() = %v, want %v", e.Unwrap(), inner)
			}
		}
	}
	matches := func(target error) func(*testing.T, error) {
		return func(t *testing.T, err error) {
			t.Helper()
			if !errors.Is(err, target) {
				t.Errorf("error %v, want it to match %v", err, target)
			}
		}
	}
	for name, test := range map[string]struct {
		fn    func() (int, error)
		check func(*testing.T, error)
	}{
		"an error":                    {func() (int, error) { return 7, io.EOF }, matches(io.EOF)},
		"a panic with a text":         {fail("text"), isPanic("text")},
		"a panic with an error":       {fail(io.EOF), isPanic(io.EOF)},
		"a panic with a struct":       {fail(pair{1, 2}), isPanic(pair{1, 2})},
		"a panic with a slice":        {fail([]int{1}), isPanic([]int{1})},
		"a panic with a sliced error": {fail(manyErrors{io.EOF}), isPanic(manyErrors{io.EOF})},
		"a panic with a map":          {fail(map[string]int{}), isPanic(map[string]int{})},
		"a panic with nil": {fail(nil), func(t *testing.T, err error) {
			t.Helper()
			if _, ok := errors.AsType[*runtime.PanicNilError](err); !ok {
				t.Errorf("error %#v, want a *runtime.PanicNilError", err)
			}
		}},
		"a run-time panic": {func() (int, error) { nilMap["x"]++; return 0, nil }, func(t *testing.T, err error) {
			t.Helper()
			if _, ok := errors.AsType[runtime.Error](err); !ok {
				t.Errorf("error %#v, want a runtime.Error", err)
			}
		}},
		"Goexit":        {func() (int, error) { runtime.Goexit(); return 0, nil }, matches(future.ErrGoexit)},
		"another panic": {func() (int, error) { defer func() { panic(recover()) }(); return fail("twice")() }, isPanic("twice")},
	} {
		for kind, start := range userFunctions(t.Context(), test.fn) {
			t.Run(name+" in "+kind, func(t *testing.T) {
				f := start()
				v, err := awaitSoon(t, f)
				if v != 0 || f.State() != future.Failed {
					t.Errorf("Result, State = %v, %v; want 0, failed", v, f.State())
				}
				test.check(t, err)
			})
		}
	}
}

// manyErrors cannot be compared.
type manyErrors []error

func (e manyErrors) Error() string { return "many" }

// A function that calls Goexit ends the goroutine on which it runs, but only when
// everybody has been told.
func TestGoexitInMapEndsTheSettersGoroutineAfterEverythingHasSettled(t *testing.T) {
	f := future.New[int]()
	before := future.Map(f, plusOne)
	first := future.Map(f, func(int) (int, error) { runtime.Goexit(); return 0, nil })
	second := future.Map(f, func(int) (int, error) { runtime.Goexit(); return 0, nil })
	after := future.Map(f, plusOne)
	below := future.Map(first, plusOne)
	next := future.Then(t.Context(), f, plusOneTask)
	all := future.GatherSettled(before, first, second, after, below, next)
	called := make(chan struct{})
	f.AddDoneCallback(func(*future.Future[int]) { close(called) })
	ended := make(chan bool, 1)
	go func() {
		returned := false
		defer func() {
			settled := before.Done() && first.Done() && second.Done() && after.Done() && below.Done()
			ended <- settled && !returned
		}()
		_ = f.SetResult(1)
		returned = true
	}()
	if !receiveSoon(t, ended, "the goroutine ends") {
		t.Error("SetResult returned, or not everything had settled when the goroutine ended")
	}
	receiveSoon(t, called, "the callback runs")
	outcomes, _ := awaitSoon(t, all)
	for i, want := range []error{nil, future.ErrGoexit, future.ErrGoexit, nil, future.ErrGoexit, nil} {
		if got := outcomes[i].Err; !errors.Is(got, want) || got == nil && outcomes[i].Value != 2 {
			t.Errorf("derived future %d: %v, want 2 or %v", i, outcomes[i], want)
		}
	}
}

func TestManyGoexitsInOneSettlingLeaveNothingPending(t *testing.T) {
	f := future.New[int]()
	goexit := func(int) (int, error) { runtime.Goexit(); return 0, nil }
	var derived []*future.Future[int]
	for range 1000 {
		g := future.Map(f, goexit)
		derived = append(derived, g, future.Map(g, plusOne), future.Map(f, plusOne))
		derived = append(derived, future.Map(derived[len(derived)-1], goexit))
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = f.SetResult(1)
	}()
	receiveSoon(t, ended, "the goroutine ends")
	for i, g := range derived {
		want := future.ErrGoexit
		if i%4 == 2 {
			want = nil
		}
		if err := g.Exception(); !errors.Is(err, want) {
			t.Fatalf("derived future %d: %v, want %v", i, err, want)
		}
	}
}

// A panic in a function deferred before runtime.Goexit can be recovered, and then the
// Goexit goes on: nothing returns from there.
func TestAPanicWhileAFunctionOfMapExitsLeavesNothingPending(t *testing.T) {
	exit := func(int) (int, error) {
		defer func() { panic("late") }()
		runtime.Goexit()
		return 0, nil
	}
	f := future.New[int]()
	first := future.Map(f, exit)
	below := future.Map(first, plusOne)
	after := future.Map(f, plusOne)
	ended := make(chan bool, 1)
	go func() {
		returned := false
		defer func() { ended <- !returned }()
		_ = f.SetResult(1)
		returned = true
	}()
	if !receiveSoon(t, ended, "the goroutine ends") {
		t.Error("SetResult returned, want it to end the goroutine")
	}
	if !after.Done() {
		t.Error("a sibling is pending")
	}
	for _, g := range []*future.Future[int]{first, below} {
		if e, ok := errors.AsType[*future.PanicError](g.Exception()); !ok || e.Value != "late" {
			t.Errorf("the future is %v with %v, want it failed with the panic", g.State(), g.Exception())
		}
	}
}

func TestGoexitInMapOfADoneFutureEndsItsCaller(t *testing.T) {
	ended := make(chan bool, 1)
	go func() {
		returned := false
		defer func() { ended <- !returned }()
		future.Map(future.FromResult(1), func(int) (int, error) { runtime.Goexit(); return 0, nil })
		returned = true
	}()
	if !receiveSoon(t, ended, "the goroutine ends") {
		t.Error("Map returned, want it to end the goroutine")
	}
}

func TestAFunctionOfMapRunsWithoutALock(t *testing.T) {
	f := future.New[int]()
	var m *future.Future[int]
	m = future.Map(f, func(v int) (int, error) {
		f.AddDoneCallback(func(*future.Future[int]) {})()
		if w, err := f.Await(context.Background()); w != v || err != nil {
			t.Errorf("Await = %v, %v; want %v, nil", w, err, v)
		}
		if m.Done() || m.Cancel(nil) {
			t.Error("the derived future is done or could be cancelled while its function runs")
		}
		return v + 1, nil
	})
	done := make(chan struct{})
	go func() { _ = f.SetResult(1); close(done) }()
	receiveSoon(t, done, "SetResult returns")
	if v, err := m.Result(); v != 2 || err != nil {
		t.Errorf("Result() = %v, %v; want 2, nil", v, err)
	}
}

func TestThenAndCatchAreCancelledWhenTheirContextEndsWhileTheyWait(t *testing.T) {
	for _, d := range followers()[1:3] {
		t.Run(d.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := future.New[int]()
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errBoom)
				defer cancel()
				g := d.derive(ctx, f)
				start := time.Now()
				_, err := g.Await(t.Context())
				if took := time.Since(start); took != time.Second || !g.Cancelled() {
					t.Errorf("%v after %v, want cancelled after 1s", g.State(), took)
				}
				if !errors.Is(err, future.ErrCancelled) || !errors.Is(err, errBoom) {
					t.Errorf("%v does not match ErrCancelled and the cause", err)
				}
				if f.Done() {
					t.Errorf("the source is %v, want it left alone", f.State())
				}
			})
		})
		t.Run(d.name+" under a context that is dead at the call", func(t *testing.T) {
			for _, e := range endings() {
				f := future.New[int]()
				e.settle(f)
				g := d.derive(deadContext(errBoom), f)
				if !g.Cancelled() || !errors.Is(g.Exception(), errBoom) {
					t.Errorf("of a %s future: %v, %v; want cancelled with the cause", e.name, g.State(), g.Exception())
				}
				_ = f.Exception()
			}
		})
	}
}

func TestCancellingARunningThenAsksItsFunction(t *testing.T) {
	entered := make(chan struct{})
	g := future.Then(t.Context(), future.FromResult(1), func(ctx context.Context, _ int) (int, error) {
		close(entered)
		<-ctx.Done()
		return 42, nil
	})
	receiveSoon(t, entered, "the function is entered")
	if !g.Cancel(nil) {
		t.Error("Cancel() = false, want true")
	}
	if v, err := awaitSoon(t, g); v != 42 || err != nil {
		t.Errorf("Result() = %v, %v; want 42, nil: a value is never thrown away", v, err)
	}
}

func TestCancellingADerivedFutureLeavesItsSourceAndSiblingsAlone(t *testing.T) {
	for _, d := range followers() {
		t.Run(d.name, func(t *testing.T) {
			f := future.New[int]()
			g, sibling := d.derive(t.Context(), f), d.derive(t.Context(), f)
			if !g.Cancel(errBoom) || g.Cancel(io.EOF) {
				t.Error("Cancel() is not true at first and false then")
			}
			if !g.Cancelled() || !errors.Is(g.Exception(), errBoom) {
				t.Errorf("%v, %v; want cancelled with the cause at once", g.State(), g.Exception())
			}
			if f.Done() || sibling.Done() {
				t.Fatalf("source and sibling are %v and %v, want them pending", f.State(), sibling.State())
			}
			if err := f.SetException(errBoom); err != nil {
				t.Errorf("SetException: %v, want nil", err)
			}
			receiveSoon(t, sibling.Ready(), "the sibling ends")
			if !g.Cancelled() {
				t.Errorf("the cancelled future became %v", g.State())
			}
			_, _ = f.Exception(), sibling.Exception()
		})
	}
}

func TestACancelledDerivedFutureDoesNotCallItsFunction(t *testing.T) {
	called := func() (int, error) { t.Error("the function was called"); return 0, nil }
	f, failed := future.New[int](), future.New[int]()
	future.Map(f, func(int) (int, error) { return called() }).Cancel(nil)
	future.Then(t.Context(), f, func(context.Context, int) (int, error) { return called() }).Cancel(nil)
	future.Catch(t.Context(), failed, func(context.Context, error) (int, error) { return called() }).Cancel(nil)
	_ = f.SetResult(1)
	_ = failed.SetException(errBoom)
}

// The derived future is cancelled or has the outcome of its source, never both.
func TestCancellingADerivedFutureRacesWithItsSource(t *testing.T) {
	for _, d := range followers() {
		t.Run(d.name, func(t *testing.T) {
			for range many(300) {
				f := future.New[int]()
				g := d.derive(t.Context(), f)
				var (
					wg  sync.WaitGroup
					won bool
				)
				wg.Go(func() { won = g.Cancel(errBoom) })
				wg.Go(func() { _ = f.SetResult(1) })
				wg.Wait()
				v, err := awaitSoon(t, g)
				switch {
				case !won && err != nil:
					t.Fatalf("Cancel() = false and the error is %v", err)
				case won && err == nil && d.name != "Then" && d.name != "Catch": // a task may succeed all the same
					t.Fatalf("Cancel() = true and the value is %v", v)
				}
				if v, err := f.Result(); v != 1 || err != nil {
					t.Fatalf("the source has %v, %v; want 1, nil", v, err)
				}
			}
		})
	}
}

func TestACancelledDerivedFutureTakesItsRegistrationBack(t *testing.T) {
	for _, d := range followers() {
		t.Run(d.name, func(t *testing.T) {
			f := future.New[int]()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if d.name == "Flatten outer" { // its source is a derived future itself
				outer := future.New[*future.Future[int]]()
				flatHeap(t, many(100_000), func() { future.Flatten(outer).Cancel(nil) })
				runtime.KeepAlive(outer)
				return
			}
			flatHeap(t, many(100_000), func() { d.derive(ctx, f).Cancel(nil) })
			runtime.KeepAlive(f)
		})
	}
}

func TestThenAndCatchTakeTheirRegistrationBackWhenTheirContextEnds(t *testing.T) {
	for _, d := range followers()[1:3] {
		t.Run(d.name, func(t *testing.T) {
			f := future.New[int]()
			flatHeap(t, many(20_000), func() {
				ctx, cancel := context.WithCancel(context.Background())
				g := d.derive(ctx, f)
				cancel()
				<-g.Ready()
			})
			runtime.KeepAlive(f)
		})
	}
}

func TestThenAndCatchLeaveNothingOnTheirContextWhenTheySettle(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for _, d := range followers()[1:3] {
		for _, e := range endings() {
			t.Run(d.name+" of a "+e.name+" future", func(t *testing.T) {
				flatHeap(t, many(20_000), func() {
					f := future.New[int]()
					g := d.derive(ctx, f)
					e.settle(f)
					<-g.Ready()
					_, _ = f.Exception(), g.Exception()
				})
			})
		}
	}
}

func TestFlattenGivesTheOutcomeOfTheInnerFuture(t *testing.T) {
	for _, e := range endings() {
		for _, order := range []string{"outer first", "inner first", "both before"} {
			t.Run(e.name+", "+order, func(t *testing.T) {
				outer, inner := future.New[*future.Future[int]](), future.New[int]()
				var f *future.Future[int]
				switch order {
				case "outer first":
					f = future.Flatten(outer)
					_ = outer.SetResult(inner)
					if f.Done() {
						t.Fatalf("the result is %v before the inner future", f.State())
					}
					e.settle(inner)
				case "inner first":
					f = future.Flatten(outer)
					e.settle(inner)
					_ = outer.SetResult(inner)
				default:
					e.settle(inner)
					_ = outer.SetResult(inner)
					f = future.Flatten(outer)
				}
				e.check(t, f)
				if got, want := f.Exception(), inner.Exception(); got != want { //nolint:errorlint // the very error
					t.Errorf("the error is %v, want the very error of the inner future", got)
				}
			})
		}
	}
}

func TestFlattenOfNilFails(t *testing.T) {
	outer := future.New[*future.Future[int]]()
	pending := future.Flatten(outer)
	_ = outer.SetResult(nil)
	for _, f := range []*future.Future[int]{pending, future.Flatten(outer)} {
		if err := f.Exception(); f.State() != future.Failed || !errors.Is(err, future.ErrInvalidState) || !strings.HasPrefix(err.Error(), "future: ") {
			t.Errorf("%v, %v; want failed with ErrInvalidState", f.State(), err)
		}
	}
}

func TestFlattenOfItselfFailsInsteadOfHanging(t *testing.T) {
	outer := future.New[*future.Future[int]]()
	f := future.Flatten(outer)
	_ = outer.SetResult(f)
	if err := f.Exception(); f.State() != future.Failed || !errors.Is(err, future.ErrSelfAwait) {
		t.Errorf("%v, %v; want failed with ErrSelfAwait", f.State(), err)
	}
}

func TestCancellingAFlattenThatWaitsForTheInnerFutureLeavesBothAlone(t *testing.T) {
	outer, inner := future.New[*future.Future[int]](), future.New[int]()
	f := future.Flatten(outer)
	_ = outer.SetResult(inner)
	if !f.Cancel(errBoom) || !f.Cancelled() {
		t.Errorf("the result is %v, want it cancelled", f.State())
	}
	if inner.Done() || outer.State() != future.Succeeded {
		t.Errorf("inner and outer are %v and %v, want pending and succeeded", inner.State(), outer.State())
	}
}

func TestNilArgumentsOfChainsPanic(t *testing.T) {
	var (
		none   context.Context
		no     *future.Future[int]
		ctx    = t.Context()
		f      = future.New[int]()
		noMap  func(int) (int, error)
		noThen func(context.Context, int) (int, error)
		noCat  func(context.Context, error) (int, error)
	)
	for name, call := range map[string]func(){
		"Map of a nil future":     func() { future.Map(no, plusOne) },
		"Map with a nil fn":       func() { future.Map(f, noMap) },
		"Map with fn and done f":  func() { future.Map(future.FromResult(1), noMap) },
		"Then with a nil ctx":     func() { future.Then(none, f, plusOneTask) },
		"Then of a nil future":    func() { future.Then(ctx, no, plusOneTask) },
		"Then with a nil fn":      func() { future.Then(ctx, f, noThen) },
		"Catch with a nil ctx":    func() { future.Catch(none, f, recoverTask) },
		"Catch of a nil future":   func() { future.Catch(ctx, no, recoverTask) },
		"Catch with a nil fn":     func() { future.Catch(ctx, f, noCat) },
		"Flatten of a nil future": func() { future.Flatten[int](nil) },
		"Timeout of a nil future": func() { future.Timeout(no, time.Hour) },
		"Shield of a nil future":  func() { future.Shield(no) },
	} {
		refusesWithRemedy(t, name, call)
	}
}

func TestAFutureThatIsDoneDoesNotKeepWhatHasFollowedIt(t *testing.T) {
	for _, d := range followers() {
		t.Run(d.name, func(t *testing.T) {
			f := future.New[int]()
			g := follow(t, d, f)
			collect(t, "the derived future is collected", func() bool { return g.Value() == nil })
			runtime.KeepAlive(f)
		})
	}
}

// follow returns a future that has followed f, in a frame that is gone afterwards, and
// makes f succeed.
//
//go:noinline
func follow(t *testing.T, d follower, f *future.Future[int]) weak.Pointer[future.Future[int]] {
	t.Helper()
	g := d.derive(t.Context(), f)
	mustSet(t, f, 1)
	if _, err := awaitSoon(t, g); err != nil {
		t.Fatal(err)
	}
	return weak.Make(g)
}

func TestADerivedFutureThatIsDoneDoesNotKeepItsSource(t *testing.T) {
	for _, d := range followers() {
		for _, e := range endings() {
			t.Run(d.name+" of a "+e.name+" future", func(t *testing.T) {
				g, f := lead(t, d, e)
				collect(t, "the source is collected", func() bool { return f.Value() == nil })
				runtime.KeepAlive(g)
			})
		}
	}
}

func TestADerivedFutureThatWasCancelledDoesNotKeepItsSource(t *testing.T) {
	derived := append(followers(), follower{"Timeout at once", func(_ context.Context, f *future.Future[int]) *future.Future[int] {
		return future.Timeout(f, 0)
	}})
	for _, d := range derived {
		t.Run(d.name, func(t *testing.T) {
			g, f := leave(t, d)
			collect(t, "the source is collected", func() bool { return f.Value() == nil })
			runtime.KeepAlive(g)
		})
	}
}

// leave returns a future that was cancelled while it followed another, and that one.
//
//go:noinline
func leave(t *testing.T, d follower) (*future.Future[int], weak.Pointer[future.Future[int]]) {
	t.Helper()
	f := future.New[int]()
	g := d.derive(t.Context(), f)
	g.Cancel(nil)
	if !g.Done() {
		t.Error("it goes on")
	}
	return g, weak.Make(f)
}

// lead returns a future that has followed another, and that one.
//
//go:noinline
func lead(t *testing.T, d follower, e ending) (*future.Future[int], weak.Pointer[future.Future[int]]) {
	t.Helper()
	f := future.New[int]()
	g := d.derive(t.Context(), f)
	e.settle(f)
	_, _ = awaitSoon(t, g)
	_ = f.Exception()
	return g, weak.Make(f)
}

// An overtakenContext never ends. It calls a function when somebody registers with it.
type overtakenContext struct {
	context.Context //nolint:containedctx // this is a context

	done    chan struct{}
	watched func()
	stopped bool
}

func (c *overtakenContext) Done() <-chan struct{} { return c.done }

// AfterFunc is what context.AfterFunc calls.
func (c *overtakenContext) AfterFunc(func()) (stop func() bool) {
	c.watched()
	return func() bool { c.stopped = true; return true }
}

// The group ends when its task already waits for the end of the context, but not yet for
// that of its source.
func TestAThenThatIsCancelledAtOnceIsRegisteredNowhere(t *testing.T) {
	for _, d := range followers()[1:3] {
		t.Run(d.name, func(t *testing.T) {
			f := future.New[int]()
			g := overtaken(t, d, f)
			collect(t, "the derived future is collected", func() bool { return g.Value() == nil })
			runtime.KeepAlive(f)
		})
	}
}

//go:noinline
func overtaken(t *testing.T, d follower, f *future.Future[int]) (derived weak.Pointer[future.Future[int]]) {
	t.Helper()
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		ctx := &overtakenContext{Context: g, done: make(chan struct{}), watched: func() { g.Cancel(nil) }}
		follower := d.derive(ctx, f)
		checkState(t, follower, future.Cancelled)
		if !ctx.stopped {
			t.Error("it still waits for the end of its context")
		}
		derived = weak.Make(follower)
		return nil
	})
	if err != nil {
		t.Errorf("the group returns %v", err)
	}
	return derived
}
