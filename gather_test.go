package future_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/google/go-cmp/cmp"

	"example.com/future"
)

// pendingInts returns n pending futures.
func pendingInts(n int) []*future.Future[int] {
	fs := make([]*future.Future[int], n)
	for i := range fs {
		fs[i] = future.New[int]()
	}
	return fs
}

func mustSet(t *testing.T, f *future.Future[int], v int) {
	t.Helper()
	if err := f.SetResult(v); err != nil {
		t.Fatalf("SetResult(%d) = %v", v, err)
	}
}

func mustSetException(t *testing.T, f *future.Future[int], err error) {
	t.Helper()
	if got := f.SetException(err); got != nil {
		t.Fatalf("SetException(%v) = %v", err, got)
	}
}

func checkState(t *testing.T, f future.Awaitable, want future.State) {
	t.Helper()
	if got := f.State(); got != want {
		t.Errorf("state is %v, want %v", got, want)
	}
}

// checkIs checks that err matches all of targets.
func checkIs(t *testing.T, err error, targets ...error) {
	t.Helper()
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("error %v does not match %v", err, target)
		}
	}
}

func checkIsNot(t *testing.T, err, target error) {
	t.Helper()
	if errors.Is(err, target) {
		t.Errorf("error %v matches %v", err, target)
	}
}

// checkSame checks that got is the very error want, and not a wrapped one.
func checkSame(t *testing.T, got, want error) {
	t.Helper()
	if any(got) != any(want) {
		t.Errorf("error is %v, want %v itself", got, want)
	}
}

// reportedIn calls main in a Run, and returns the errors that nobody looked at.
func reportedIn(t *testing.T, main func(ctx context.Context)) []error {
	t.Helper()
	var (
		mu   sync.Mutex
		errs []error
	)
	_, err := future.Run(t.Context(), func(ctx context.Context) (struct{}, error) {
		main(ctx)
		return struct{}{}, nil
	}, future.WithExceptionHandler(func(r future.Report) {
		mu.Lock()
		defer mu.Unlock()
		errs = append(errs, r.Err)
	}))
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	mu.Lock()
	defer mu.Unlock()
	return errs
}

func checkReported(t *testing.T, got []error, want ...error) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("reported %v, want %v", got, want)
	}
}

// times calls fn n times, or fewer where that takes too long, and returns how often
// it did.
func times(n int, fn func()) int {
	start := time.Now()
	for i := range n {
		if i%256 == 255 && time.Since(start) > 400*time.Millisecond {
			return i
		}
		fn()
	}
	return n
}

// checkSteady checks that calling fn many times leaves the heap as it was.
func checkSteady(t *testing.T, n int, fn func()) {
	t.Helper()
	fn()
	before, running := heap(), goroutines()
	n = times(n, fn)
	var heapGrown int64
	var goroutinesGrown int
	// The goroutines of the runtime's cleanups may still have much to do.
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		heapGrown, goroutinesGrown = heap()-before, goroutines()-running
		if heapGrown <= 1<<20 && goroutinesGrown <= 0 || time.Now().After(deadline) {
			break
		}
	}
	if heapGrown > 1<<20 {
		t.Errorf("the heap has grown by %d bytes in %d rounds", heapGrown, n)
	}
	if goroutinesGrown > 0 {
		t.Errorf("there are %d more goroutines after %d rounds", goroutinesGrown, n)
	}
}

// checkQuick checks that fn needs no more time than linear work on some hundred
// thousand futures can on a slow machine.
func checkQuick(t *testing.T, fn func()) {
	t.Helper()
	start := time.Now()
	fn()
	if d := time.Since(start); d > 15*time.Second {
		t.Errorf("took %v", d)
	}
}

// smallStack makes deep recursion fatal for the rest of the test.
func smallStack(t *testing.T) {
	t.Helper()
	old := debug.SetMaxStack(1 << 20)
	t.Cleanup(func() { debug.SetMaxStack(old) })
}

// stressRounds scales the number of rounds of a stress test.
func stressRounds(n int) int {
	if testing.Short() || runtime.GOARCH == "wasm" {
		return n / 10
	}
	return n
}

// together calls b, and a at some moment while b runs or about that.
func together(a, b func()) {
	var (
		wg      sync.WaitGroup
		waiting = make(chan struct{})
		gate    atomic.Bool
	)
	wg.Go(func() {
		close(waiting)
		for !gate.Load() {
			runtime.Gosched()
		}
		for range rand.IntN(10_000) {
			gate.Load()
		}
		a()
	})
	<-waiting
	gate.Store(true)
	b()
	wg.Wait()
}

// joints are the functions that make one future of several.
var joints = []struct {
	name string
	of   func(fs ...*future.Future[int]) future.Awaitable
}{
	{"Gather", func(fs ...*future.Future[int]) future.Awaitable { return future.Gather(fs...) }},
	{"GatherSettled", func(fs ...*future.Future[int]) future.Awaitable { return future.GatherSettled(fs...) }},
	{"Race", func(fs ...*future.Future[int]) future.Awaitable { return future.Race(fs...) }},
	{"Any", func(fs ...*future.Future[int]) future.Awaitable { return future.Any(fs...) }},
}

func TestGatherGivesValuesInInputOrder(t *testing.T) {
	fs := pendingInts(3)
	g := future.Gather(fs...)
	for _, i := range []int{2, 0, 1} {
		checkState(t, g, future.Pending)
		mustSet(t, fs[i], i*10)
	}
	vs, err := g.Result()
	if diff := cmp.Diff([]int{0, 10, 20}, vs); diff != "" || err != nil {
		t.Errorf("err %v, values (-want +got):\n%s", err, diff)
	}
}

func TestGatherSettledGivesOutcomesInInputOrder(t *testing.T) {
	boom, why := errors.New("boom"), errors.New("why")
	fs := pendingInts(4)
	g := future.GatherSettled(fs...)
	fs[3].Cancel(why)
	mustSet(t, fs[2], 2)
	mustSetException(t, fs[1], boom)
	checkState(t, g, future.Pending)
	mustSet(t, fs[0], 7)
	os, err := g.Result()
	if err != nil || len(os) != 4 {
		t.Fatalf("Result() = %v, %v", os, err)
	}
	if os[0] != (future.Outcome[int]{Value: 7}) || os[2] != (future.Outcome[int]{Value: 2}) {
		t.Errorf("outcomes of the successful are %v and %v", os[0], os[2])
	}
	checkSame(t, os[1].Err, boom)
	checkIs(t, os[3].Err, future.ErrCancelled, why)
}

func TestGatherSettledSucceedsEvenIfAllInputsFail(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	cancelled := future.New[int]()
	cancelled.Cancel(nil)
	g := future.GatherSettled(future.FromException[int](a), cancelled, future.FromException[int](b))
	checkState(t, g, future.Succeeded)
	os, err := g.Result()
	if err != nil || len(os) != 3 {
		t.Fatalf("Result() = %v, %v", os, err)
	}
	checkSame(t, os[0].Err, a)
	checkIs(t, os[1].Err, future.ErrCancelled)
	checkSame(t, os[2].Err, b)
}

func TestGatherOfNothingSucceedsWithAnEmptySlice(t *testing.T) {
	if vs, err := future.Gather[int]().Result(); vs == nil || len(vs) != 0 || err != nil {
		t.Errorf("Gather() = %#v, %v", vs, err)
	}
	if os, err := future.GatherSettled[int]().Result(); os == nil || len(os) != 0 || err != nil {
		t.Errorf("GatherSettled() = %#v, %v", os, err)
	}
}

func TestGatherOfDoneFuturesIsDoneOnReturn(t *testing.T) {
	g := future.Gather(future.FromResult(1), future.FromResult(2))
	checkState(t, g, future.Succeeded)
	if vs, err := g.Result(); !slices.Equal(vs, []int{1, 2}) || err != nil {
		t.Errorf("Result() = %v, %v", vs, err)
	}
	f := future.New[int]()
	g = future.Gather(future.FromResult(1), f, future.FromResult(3))
	checkState(t, g, future.Pending)
	mustSet(t, f, 2)
	if vs, err := g.Result(); !slices.Equal(vs, []int{1, 2, 3}) || err != nil {
		t.Errorf("Result() = %v, %v", vs, err)
	}
}

func TestTheSameFutureTwiceCountsAtBothPlaces(t *testing.T) {
	f, other := future.New[int](), future.New[int]()
	g, s := future.Gather(f, other, f), future.GatherSettled(f, other, f)
	mustSet(t, f, 1)
	checkState(t, g, future.Pending)
	checkState(t, s, future.Pending)
	mustSet(t, other, 2)
	if vs, err := g.Result(); !slices.Equal(vs, []int{1, 2, 1}) || err != nil {
		t.Errorf("Gather: %v, %v", vs, err)
	}
	one, two := future.Outcome[int]{Value: 1}, future.Outcome[int]{Value: 2}
	if os, err := s.Result(); !slices.Equal(os, []future.Outcome[int]{one, two, one}) || err != nil {
		t.Errorf("GatherSettled: %v, %v", os, err)
	}
}

func TestJointPanicsOnANilInputBeforeAnythingIsRegistered(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			f := future.New[int]()
			checkSteady(t, 20_000, func() { refusesWithRemedy(t, "the call", func() { j.of(f, f, nil) }) })
			refusesWithRemedy(t, "the call", func() { j.of(nil, f) })
			refusesWithRemedy(t, "the call", func() { j.of(nil) })
			checkState(t, f, future.Pending)
			mustSet(t, f, 1)
		})
	}
}

func TestJointCopiesItsInputs(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			fs := pendingInts(2)
			a, b := fs[0], fs[1]
			g := j.of(fs...)
			clear(fs)
			mustSet(t, a, 1)
			mustSet(t, b, 2)
			checkState(t, g, future.Succeeded)
		})
	}
}

func TestJointRefusesToBeSet(t *testing.T) {
	f := future.New[int]()
	g, r := future.Gather(f), future.Race(f)
	checkIs(t, g.SetResult([]int{2}), future.ErrInvalidState)
	checkIs(t, g.SetException(errors.New("x")), future.ErrInvalidState)
	checkIs(t, r.SetResult(2), future.ErrInvalidState)
	mustSet(t, f, 1)
	if vs, err := g.Result(); !slices.Equal(vs, []int{1}) || err != nil {
		t.Errorf("Gather: %v, %v", vs, err)
	}
	if v, err := r.Result(); v != 1 || err != nil {
		t.Errorf("Race: %v, %v", v, err)
	}
}

func TestOfInputsDoneAlreadyTheFirstFailureInOrderFailsGather(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	fa, fb := future.FromException[int](a), future.FromException[int](b)
	cancelled := future.New[int]()
	cancelled.Cancel(nil)
	checkSame(t, future.Gather(fa, fb).Exception(), a)
	checkSame(t, future.Gather(fb, fa).Exception(), b)
	checkSame(t, future.Gather(future.New[int](), future.FromResult(1), fb, fa).Exception(), b)
	checkIs(t, future.Gather(cancelled, fa).Exception(), future.ErrCancelled)
	checkSame(t, future.Gather(fa, cancelled).Exception(), a)
}

func TestFirstFailureFailsGatherWithThatVeryError(t *testing.T) {
	first, second := errors.New("first"), errors.New("second")
	fs := pendingInts(3)
	g := future.Gather(fs...)
	mustSetException(t, fs[2], first)
	checkState(t, g, future.Failed)
	mustSetException(t, fs[0], second)
	vs, err := g.Result()
	checkSame(t, err, first)
	checkSame(t, g.Exception(), first)
	if vs != nil {
		t.Errorf("a failed Gather has the slice %v, want nil", vs)
	}
	fs[0].Exception() // so that nobody reports it
}

func TestFailureOfGatherLeavesTheOtherInputsAlone(t *testing.T) {
	release := make(chan struct{})
	slow := future.Go(t.Context(), func(ctx context.Context) (int, error) {
		<-release
		return 5, ctx.Err()
	})
	bad, plain := future.New[int](), future.New[int]()
	g := future.Gather(slow, bad, plain)
	mustSetException(t, bad, errors.New("boom"))
	checkState(t, g, future.Failed)
	checkState(t, slow, future.Pending)
	mustSet(t, plain, 1)
	close(release)
	if v, err := slow.Await(t.Context()); v != 5 || err != nil {
		t.Errorf("the sibling ended with %v, %v", v, err)
	}
	g.Exception()
}

func TestCancelledInputMakesGatherFailWithTheCause(t *testing.T) {
	why := errors.New("why")
	fs := pendingInts(2)
	g := future.Gather(fs...)
	fs[1].Cancel(why)
	checkState(t, g, future.Failed)
	if g.Cancelled() {
		t.Error("the gather says that it was cancelled")
	}
	vs, err := g.Result()
	if vs != nil {
		t.Errorf("a failed Gather has the slice %v, want nil", vs)
	}
	checkIs(t, err, future.ErrCancelled, context.Canceled, why)
	checkState(t, fs[0], future.Pending)
}

func TestLateFailuresOfAGatherAreReported(t *testing.T) {
	first, late := errors.New("first"), errors.New("late")
	t.Run("and the one it handed on is not when somebody looks at the gather", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			wait := make(chan struct{})
			a := future.Go(ctx, func(context.Context) (int, error) { return 0, first })
			b := future.Go(ctx, func(context.Context) (int, error) { <-wait; return 0, late })
			_, err := future.Gather(a, b).Await(ctx)
			checkSame(t, err, first)
			close(wait)
			<-b.Ready()
		}), late)
	})
	t.Run("and the one it handed on is once when nobody does", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			a := future.Go(ctx, func(context.Context) (int, error) { return 0, first })
			<-future.Gather(a).Ready()
		}), first)
	})
	t.Run("also those that had failed before the gather was made", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			a := future.Go(ctx, func(context.Context) (int, error) { return 0, first })
			<-a.Ready()
			b := future.Go(ctx, func(context.Context) (int, error) { return 0, late })
			<-b.Ready()
			checkSame(t, future.Gather(a, b).Exception(), first)
		}), late)
	})
	t.Run("but not those that GatherSettled has handed on", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			a := future.Go(ctx, func(context.Context) (int, error) { return 0, first })
			b := future.Go(ctx, func(context.Context) (int, error) { return 0, late })
			if _, err := future.GatherSettled(a, b).Await(ctx); err != nil {
				t.Errorf("GatherSettled: %v", err)
			}
		}))
	})
}

func TestGatherTakesNoGoroutine(t *testing.T) {
	fs := pendingInts(100)
	before := goroutines()
	var gs []future.Awaitable
	for _, j := range joints {
		gs = append(gs, j.of(fs...))
	}
	if n := goroutines() - before; n > 10 { // some are the runtime's
		t.Errorf("%d goroutines were started", n)
	}
	for i, f := range fs {
		mustSet(t, f, i)
	}
	for _, g := range gs {
		checkState(t, g, future.Succeeded)
	}
}

func TestGatherAllocatesTheSameForFewAndForMany(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			count := func(n int) float64 {
				fs := pendingInts(n)
				// The least of several: what earlier tests have left to the collector may be
				// reported meanwhile, which allocates.
				least := testing.AllocsPerRun(20, func() { j.of(fs...) })
				for range 4 {
					least = min(least, testing.AllocsPerRun(20, func() { j.of(fs...) }))
				}
				return least
			}
			few, many := count(4), count(4000)
			if few != many || few > 8 {
				t.Errorf("%v allocations for 4 inputs, %v for 4000; want the same, at most 8", few, many)
			}
		})
	}
}

func TestGatherOfVeryManyIsLinearAndDoesNotRecurse(t *testing.T) {
	smallStack(t)
	n := 100_000
	if runtime.GOARCH == "wasm" {
		n = 50_000
	}
	for _, order := range []struct {
		name  string
		index func(i int) int
	}{
		{"settled in order", func(i int) int { return i }},
		{"settled from the end", func(i int) int { return n - 1 - i }},
	} {
		t.Run(order.name, func(t *testing.T) {
			checkQuick(t, func() {
				fs := pendingInts(n)
				g := future.Gather(fs...)
				for i := range n {
					mustSet(t, fs[order.index(i)], order.index(i))
				}
				vs, err := g.Result()
				if err != nil || len(vs) != n {
					t.Fatalf("%d values, %v", len(vs), err)
				}
				for i, v := range vs {
					if v != i {
						t.Fatalf("value %d is %d", i, v)
					}
				}
			})
		})
	}
	t.Run("cancelled", func(t *testing.T) {
		checkQuick(t, func() {
			fs := pendingInts(n)
			g := future.Gather(fs...)
			if !g.Cancel(nil) {
				t.Error("Cancel returned false")
			}
			checkState(t, g, future.Cancelled)
			checkState(t, fs[0], future.Cancelled)
			checkState(t, fs[n-1], future.Cancelled)
		})
	})
	t.Run("failed", func(t *testing.T) {
		checkQuick(t, func() {
			fs := pendingInts(n)
			g := future.Gather(fs...)
			mustSetException(t, fs[n/2], errors.New("boom"))
			checkState(t, g, future.Failed)
			g.Exception()
		})
	})
	t.Run("the same future", func(t *testing.T) {
		checkQuick(t, func() {
			f := future.New[int]()
			g := future.Gather(slices.Repeat([]*future.Future[int]{f}, n)...)
			mustSet(t, f, 1)
			checkState(t, g, future.Succeeded)
		})
	})
}

func TestGatherOfTasksThatFinishAllAtOnce(t *testing.T) {
	for range stressRounds(200) {
		start := make(chan struct{})
		var fs []*future.Future[int]
		for i := range 100 {
			fs = append(fs, future.Go(t.Context(), func(context.Context) (int, error) {
				<-start
				return i, nil
			}))
		}
		g := future.Gather(fs...)
		close(start)
		vs, err := g.Await(t.Context())
		if err != nil || len(vs) != 100 {
			t.Fatalf("%d values, %v", len(vs), err)
		}
		for i, v := range vs {
			if v != i {
				t.Fatalf("value %d is %d", i, v)
			}
		}
	}
}

// A gather that is made while its inputs settle must count each of them once.
func TestGatherMadeWhileItsInputsSettle(t *testing.T) {
	boom := errors.New("boom")
	for round := range stressRounds(5000) {
		fs := pendingInts(4)
		fails := round%2 == 1
		var wg sync.WaitGroup
		for i, f := range fs {
			wg.Go(func() {
				if fails && i == 3 {
					_ = f.SetException(boom)
				} else {
					_ = f.SetResult(i)
				}
			})
		}
		g := future.Gather(fs...)
		vs, err := g.Await(t.Context())
		wg.Wait()
		if fails && !errors.Is(err, boom) || !fails && (err != nil || !slices.Equal(vs, []int{0, 1, 2, 3})) {
			t.Fatalf("round %d: %v, %v", round, vs, err)
		}
	}
}

func TestGatherComposesWithItself(t *testing.T) {
	fs := pendingInts(4)
	g := future.Gather(future.Gather(fs[:2]...), future.Gather(fs[2:]...))
	for i, f := range fs {
		checkState(t, g, future.Pending)
		mustSet(t, f, i)
	}
	vs, err := g.Result()
	if diff := cmp.Diff([][]int{{0, 1}, {2, 3}}, vs); diff != "" || err != nil {
		t.Errorf("err %v, values (-want +got):\n%s", err, diff)
	}
}

// Reading many gathers of the same inputs from many goroutines gives all of them the
// same.
func TestGatherIsSafeForConcurrentUse(t *testing.T) {
	for range stressRounds(200) {
		fs := pendingInts(8)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				vs, err := future.Gather(fs...).Await(t.Context())
				if err != nil || !slices.Equal(vs, []int{0, 1, 2, 3, 4, 5, 6, 7}) {
					t.Errorf("Gather: %v, %v", vs, err)
				}
			})
		}
		for _, i := range rand.Perm(len(fs)) {
			wg.Go(func() { mustSet(t, fs[i], i) })
		}
		wg.Wait()
	}
}

func TestGatherOfSleepingTasksTakesAsLongAsTheLongest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var fs []*future.Future[string]
		for i := range 5 {
			fs = append(fs, future.Go(t.Context(), func(ctx context.Context) (string, error) {
				return fmt.Sprint(i), future.Sleep(ctx, time.Duration(5-i)*time.Second)
			}))
		}
		vs, err := future.Gather(fs...).Await(t.Context())
		if diff := cmp.Diff([]string{"0", "1", "2", "3", "4"}, vs); diff != "" || err != nil {
			t.Errorf("err %v, values (-want +got):\n%s", err, diff)
		}
		if d := time.Since(start); d != 5*time.Second {
			t.Errorf("took %v, want 5s", d)
		}
	})
}

func TestAJoinThatIsDoneDoesNotKeepItsInputs(t *testing.T) {
	joins := map[string]func(fs ...*future.Future[int]) future.Awaitable{
		"Gather":        func(fs ...*future.Future[int]) future.Awaitable { return future.Gather(fs...) },
		"GatherSettled": func(fs ...*future.Future[int]) future.Awaitable { return future.GatherSettled(fs...) },
		"Race":          func(fs ...*future.Future[int]) future.Awaitable { return future.Race(fs...) },
		"Any":           func(fs ...*future.Future[int]) future.Awaitable { return future.Any(fs...) },
	}
	for name, join := range joins {
		t.Run(name, func(t *testing.T) {
			j, input := joined(t, join)
			collect(t, "the input is collected", func() bool { return input.Value() == nil })
			runtime.KeepAlive(j)
		})
	}
}

// joined returns a join that is done, and one of its inputs.
//
//go:noinline
func joined(t *testing.T, join func(fs ...*future.Future[int]) future.Awaitable) (future.Awaitable, weak.Pointer[future.Future[int]]) {
	t.Helper()
	f, g := future.New[int](), future.New[int]()
	j := join(f, g)
	mustSet(t, f, 1)
	mustSet(t, g, 2)
	checkState(t, j, future.Succeeded)
	return j, weak.Make(f)
}
