package future_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/future"
)

// completionOrder collects the indexes that an iteration yields.
func completionOrder(t *testing.T, ctx context.Context, fs ...*future.Future[int]) []int {
	t.Helper()
	var is []int
	for i, o := range future.AsCompleted(ctx, fs...) {
		if v, err := fs[i].Result(); o.Value != v || !errors.Is(err, o.Err) {
			t.Errorf("outcome of %d is %v, but its result is %v, %v", i, o, v, err)
		}
		is = append(is, i)
	}
	return is
}

func TestAsCompletedYieldsInOrderOfCompletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		delays := []time.Duration{3, 1, 5, 2, 4}
		var fs []*future.Future[int]
		for i, d := range delays {
			fs = append(fs, future.After(d*time.Second, i*10))
		}
		start := time.Now()
		var got []int
		for i, o := range future.AsCompleted(t.Context(), fs...) {
			if d := time.Since(start); d != delays[i]*time.Second {
				t.Errorf("%d came after %v, want %ds", i, d, delays[i])
			}
			if v, err := o.Get(); v != i*10 || err != nil {
				t.Errorf("outcome of %d is %v, %v", i, v, err)
			}
			got = append(got, i)
		}
		if diff := cmp.Diff([]int{1, 3, 0, 4, 2}, got); diff != "" {
			t.Errorf("order (-want +got):\n%s", diff)
		}
	})
}

func TestAsCompletedYieldsFailuresAndCancellationsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom, why := errors.New("boom"), errors.New("why")
		fs := pendingInts(3)
		time.AfterFunc(1*time.Second, func() { fs[2].Cancel(why) })
		time.AfterFunc(2*time.Second, func() { mustSetException(t, fs[0], boom) })
		time.AfterFunc(3*time.Second, func() { mustSet(t, fs[1], 1) })
		outcomes := map[int]future.Outcome[int]{}
		var got []int
		for i, o := range future.AsCompleted(t.Context(), fs...) {
			got, outcomes[i] = append(got, i), o
		}
		if !slices.Equal(got, []int{2, 0, 1}) {
			t.Errorf("order is %v, want 2, 0, 1", got)
		}
		checkSame(t, outcomes[0].Err, boom)
		if outcomes[1] != (future.Outcome[int]{Value: 1}) {
			t.Errorf("outcome of 1 is %v", outcomes[1])
		}
		checkIs(t, outcomes[2].Err, future.ErrCancelled, why)
	})
}

func TestAsCompletedYieldsWhatIsDoneFirstInInputOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := pendingInts(5)
		mustSet(t, fs[4], 4)
		mustSet(t, fs[1], 1)
		mustSet(t, fs[3], 3)
		time.AfterFunc(time.Second, func() { mustSet(t, fs[2], 2) })
		time.AfterFunc(2*time.Second, func() { mustSet(t, fs[0], 0) })
		if got := completionOrder(t, t.Context(), fs...); !slices.Equal(got, []int{1, 3, 4, 2, 0}) {
			t.Errorf("order is %v, want 1, 3, 4, 2, 0", got)
		}
	})
}

// What is done before the iteration begins counts as done already, also if it was not
// at the call of AsCompleted.
func TestAsCompletedLooksWhenTheIterationBegins(t *testing.T) {
	fs := pendingInts(3)
	seq := future.AsCompleted(t.Context(), fs...)
	for i := range slices.Backward(fs) {
		mustSet(t, fs[i], i)
	}
	var got []int
	for i := range seq {
		got = append(got, i)
	}
	if !slices.Equal(got, []int{0, 1, 2}) {
		t.Errorf("order is %v, want 0, 1, 2", got)
	}
}

func TestAsCompletedOfNothingEndsAtOnce(t *testing.T) {
	if got := completionOrder(t, t.Context()); got != nil {
		t.Errorf("yielded %v", got)
	}
}

func TestAsCompletedYieldsTheSameFutureOnceForEachPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, done := future.After(time.Second, 1), future.FromResult(2)
		if got := completionOrder(t, t.Context(), f, done, f, done); !slices.Equal(got, []int{1, 3, 0, 2}) {
			t.Errorf("order is %v, want 1, 3, 0, 2", got)
		}
	})
}

func TestAsCompletedCopiesItsInputs(t *testing.T) {
	fs := pendingInts(2)
	a, b := fs[0], fs[1]
	seq := future.AsCompleted(t.Context(), fs...)
	clear(fs)
	mustSet(t, a, 1)
	mustSet(t, b, 2)
	sum := 0
	for _, o := range seq {
		sum += o.Value
	}
	if sum != 3 {
		t.Errorf("the values add up to %d, want 3", sum)
	}
}

func TestAsCompletedPanicsOnANilContextOrFuture(t *testing.T) {
	refusesWithRemedy(t, "the call", func() {
		future.AsCompleted(nil, future.FromResult(1)) //nolint:staticcheck // that is the point
	})
	refusesWithRemedy(t, "the call", func() { future.AsCompleted(t.Context(), future.FromResult(1), nil) })
}

func TestWhenItsContextEndsAsCompletedYieldsTheRestWithTheError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		why := &future.CancelledError{Cause: errors.New("why")}
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, why)
		defer cancel()
		fs := pendingInts(4)
		time.AfterFunc(time.Second, func() { mustSet(t, fs[2], 2) })
		start := time.Now()
		var got []int
		for i, o := range future.AsCompleted(ctx, fs...) {
			got = append(got, i)
			if i == 2 {
				if v, err := o.Get(); v != 2 || err != nil {
					t.Errorf("outcome of 2 is %v, %v", v, err)
				}
				continue
			}
			checkIs(t, o.Err, context.DeadlineExceeded, why, why.Cause)
			checkIsNot(t, o.Err, future.ErrCancelled)
		}
		if d := time.Since(start); d != 2*time.Second {
			t.Errorf("took %v, want 2s", d)
		}
		if !slices.Equal(got, []int{2, 0, 1, 3}) {
			t.Errorf("order is %v, want 2, 0, 1, 3", got)
		}
		for _, i := range []int{0, 1, 3} {
			checkState(t, fs[i], future.Pending) // nothing was cancelled
			mustSet(t, fs[i], i)
		}
	})
}

func TestAsCompletedUnderADeadContextStillYieldsWhatIsDone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fs := []*future.Future[int]{future.New[int](), future.FromResult(1), future.New[int](), future.FromResult(3)}
	var got []int
	for i, o := range future.AsCompleted(ctx, fs...) {
		got = append(got, i)
		if i%2 == 1 {
			if v, err := o.Get(); v != i || err != nil {
				t.Errorf("outcome of %d is %v, %v", i, v, err)
			}
		} else {
			checkIs(t, o.Err, context.Canceled)
			checkIsNot(t, o.Err, future.ErrCancelled)
		}
	}
	if !slices.Equal(got, []int{1, 3, 0, 2}) {
		t.Errorf("order is %v, want 1, 3, 0, 2", got)
	}
}

// What becomes done while the loop deals with the error of another is yielded with its
// outcome.
func TestWhatIsDoneAfterItsContextHasEndedAsCompletedYieldsWithItsOutcome(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fs := pendingInts(3)
	got := map[int]future.Outcome[int]{}
	for i, o := range future.AsCompleted(ctx, fs...) {
		if len(got) == 0 {
			mustSet(t, fs[2], 7)
		}
		got[i] = o
	}
	if len(got) != 3 || got[2] != (future.Outcome[int]{Value: 7}) {
		t.Errorf("outcomes are %v", got)
	}
	checkIs(t, got[0].Err, context.Canceled)
	checkIs(t, got[1].Err, context.Canceled)
}

func TestWhenItsContextHasEndedAsCompletedYieldsInInputOrder(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	fs := pendingInts(5)
	mustSet(t, fs[3], 3)
	var got []int
	for i, o := range future.AsCompleted(ctx, fs...) {
		if i == 0 {
			mustSet(t, fs[4], 4)
			mustSet(t, fs[2], 2)
		}
		if want := i >= 2; (o.Err == nil) != want {
			t.Errorf("future %d is yielded with %v", i, o)
		}
		got = append(got, i)
	}
	if !slices.Equal(got, []int{3, 0, 1, 2, 4}) {
		t.Errorf("order is %v, want what was done first, then the rest in order: 3, 0, 1, 2, 4", got)
	}
}

func TestAsCompletedPrefersWhatIsDoneToTheEndOfItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		boom, release := errors.New("boom"), make(chan struct{})
		f, settle := doneUnheard(boom, release)
		ctx, cancel := context.WithCancel(t.Context())
		got := map[int]error{}
		var wg sync.WaitGroup
		wg.Go(func() {
			for i, o := range future.AsCompleted(ctx, future.New[int](), f) {
				got[i] = o.Err
			}
		})
		synctest.Wait()
		settle()
		cancel()
		wg.Wait()
		close(release)
		checkIs(t, got[0], context.Canceled)
		checkSame(t, got[1], boom)
	})
}

// An input that is told of late, after it was yielded, is not yielded again.
func TestAsCompletedYieldsEveryIndexOnceAlsoWhenItIsToldLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f, settle := doneUnheard(errors.New("boom"), release)
		fs := []*future.Future[int]{f, future.New[int](), future.New[int]()}
		ctx, cancel := context.WithCancel(t.Context())
		var got []int
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range future.AsCompleted(ctx, fs...) {
				got = append(got, i)
				if len(got) == 1 {
					close(release)
					synctest.Wait()
				}
			}
		})
		synctest.Wait()
		settle()
		cancel()
		wg.Wait()
		if !slices.Equal(got, []int{0, 1, 2}) {
			t.Errorf("order is %v, want 0, 1, 2", got)
		}
	})
}

func TestBreakingOutOfAsCompletedLeavesNothingRegistered(t *testing.T) {
	n := 300_000
	if testing.Short() || runtime.GOARCH == "wasm" {
		n = 5000
	}
	long, done := future.New[int](), future.FromResult(1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name  string
		round func()
	}{
		{"by break", func() {
			for range future.AsCompleted(t.Context(), long, done) {
				break
			}
		}},
		{"by a panic", func() {
			defer func() { _ = recover() }()
			for range future.AsCompleted(t.Context(), long, done) {
				panic("the loop's own")
			}
		}},
		{"by the end of its context", func() {
			for range future.AsCompleted(ctx, long, done) { //nolint:revive // runs to the end
			}
		}},
		{"by not beginning", func() { future.AsCompleted(t.Context(), long, done) }},
	} {
		t.Run(tt.name, func(t *testing.T) { checkSteady(t, n, tt.round) })
	}
	checkState(t, long, future.Pending)
}

func TestTheIteratorOfAsCompletedMayBeUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := []*future.Future[int]{future.After(2*time.Second, 0), future.After(time.Second, 1), future.After(3*time.Second, 2)}
		seq := future.AsCompleted(t.Context(), fs...)
		for i := range seq {
			if i != 1 {
				t.Errorf("the first is %d, want 1", i)
			}
			break
		}
		var got []int
		for i := range seq { // begins anew
			got = append(got, i)
		}
		if !slices.Equal(got, []int{1, 0, 2}) {
			t.Errorf("order is %v, want 1, 0, 2", got)
		}
	})
}

func TestTheIteratorOfAsCompletedIsSafeForConcurrentUse(t *testing.T) {
	for range stressRounds(100) {
		fs := pendingInts(20)
		seq := future.AsCompleted(t.Context(), fs...)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				seen := make([]bool, len(fs))
				for i, o := range seq {
					if seen[i] || o.Err != nil || o.Value != i {
						t.Errorf("index %d: %v, seen before: %v", i, o, seen[i])
					}
					seen[i] = true
				}
				if slices.Contains(seen, false) {
					t.Errorf("not all were yielded: %v", seen)
				}
			})
		}
		for _, i := range rand.Perm(len(fs)) {
			wg.Go(func() { mustSet(t, fs[i], i) })
		}
		wg.Wait()
	}
}

func TestAsCompletedYieldsAHundredFuturesThatFinishAtOnceOnceEach(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for range stressRounds(300) {
		fs := pendingInts(100)
		var wg sync.WaitGroup
		for part := range 4 {
			wg.Go(func() {
				for i := part; i < len(fs); i += 4 {
					mustSet(t, fs[i], i)
				}
			})
		}
		got := completionOrder(t, ctx, fs...)
		wg.Wait()
		slices.Sort(got)
		if len(got) != len(fs) || got[0] != 0 || got[99] != 99 || len(slices.Compact(got)) != len(fs) {
			t.Fatalf("yielded %v", got)
		}
	}
}

// One that ends while the iteration begins comes where it was found, or last.
func TestAsCompletedBeginsWhileAnInputEnds(t *testing.T) {
	fs := slices.Repeat([]*future.Future[int]{future.FromResult(1)}, 1000)
	for range stressRounds(500) {
		f := future.New[int]()
		fs[0] = f
		var got []int
		together(func() { mustSet(t, f, 0) }, func() { got = completionOrder(t, t.Context(), fs...) })
		if at := slices.Index(got, 0); at != 0 && at != len(fs)-1 {
			t.Fatalf("it came at place %d", at)
		}
		if got = slices.Delete(got, slices.Index(got, 0), slices.Index(got, 0)+1); len(got) != len(fs)-1 || !slices.IsSorted(got) {
			t.Fatalf("the others came as %v", got)
		}
	}
}

// The end of the context races with the last completions: still every index comes
// once.
func TestAsCompletedYieldsEveryIndexOnceWhileItsContextEnds(t *testing.T) {
	for range stressRounds(2000) {
		ctx, cancel := context.WithCancel(t.Context())
		fs := pendingInts(8)
		var wg sync.WaitGroup
		wg.Go(cancel)
		wg.Go(func() {
			for i, f := range fs {
				mustSet(t, f, i)
			}
		})
		seen := make([]int, len(fs))
		for i, o := range future.AsCompleted(ctx, fs...) {
			seen[i]++
			if o.Err != nil && !errors.Is(o.Err, context.Canceled) || o.Err == nil && o.Value != i {
				t.Errorf("outcome of %d is %v", i, o)
			}
		}
		wg.Wait()
		if !slices.Equal(seen, []int{1, 1, 1, 1, 1, 1, 1, 1}) {
			t.Fatalf("the indexes were yielded so often: %v", seen)
		}
	}
}

func TestAsCompletedCountsAsLookingAtWhatItYields(t *testing.T) {
	first, late := errors.New("first"), errors.New("late")
	checkReported(t, reportedIn(t, func(ctx context.Context) {
		release := make(chan struct{})
		a := future.Go(ctx, func(context.Context) (int, error) { return 0, first })
		b := future.Go(ctx, func(context.Context) (int, error) { <-release; return 0, late })
		for _, o := range future.AsCompleted(ctx, b, a) {
			checkSame(t, o.Err, first)
			break
		}
		close(release)
		<-b.Ready()
	}), late)
}

// Others that are pending are waited for, and do not get an error that is not theirs.
func TestATaskAmongItsOwnAsCompletedIsYieldedWithErrSelfAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := []*future.Future[int]{future.After(time.Second, 0), nil, future.After(2*time.Second, 2)}
		start := make(chan struct{})
		got := map[int]error{}
		fs[1] = future.Go(t.Context(), func(ctx context.Context) (int, error) {
			<-start
			for i, o := range future.AsCompleted(ctx, fs...) {
				got[i] = o.Err
			}
			return 0, nil
		})
		close(start)
		if _, err := fs[1].Await(t.Context()); err != nil {
			t.Error(err)
		}
		checkIs(t, got[1], future.ErrSelfAwait)
		if len(got) != 3 || got[0] != nil || got[2] != nil {
			t.Errorf("errors are %v", got)
		}
	})
}

func TestAsCompletedOfVeryManyIsLinear(t *testing.T) {
	n := 100_000
	if runtime.GOARCH == "wasm" {
		n = 50_000
	}
	for _, tt := range []struct {
		name string
		end  func(ctx context.CancelFunc, t *testing.T, fs []*future.Future[int])
	}{
		{"done in reverse", func(_ context.CancelFunc, t *testing.T, fs []*future.Future[int]) {
			for i, f := range slices.Backward(fs) {
				mustSet(t, f, i)
			}
		}},
		{"cut off by their context", func(cancel context.CancelFunc, _ *testing.T, _ []*future.Future[int]) { cancel() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			checkQuick(t, func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				fs := pendingInts(n)
				entered := make(chan struct{})
				f := future.Go(t.Context(), func(taskCtx context.Context) (int, error) {
					close(entered)
					// Both the task's context and one that can end.
					taskCtx, stop := context.WithCancel(taskCtx)
					defer stop()
					defer context.AfterFunc(ctx, stop)()
					count := 0
					for range future.AsCompleted(taskCtx, fs...) {
						count++
					}
					return count, nil
				})
				<-entered
				tt.end(cancel, t, fs)
				if got, err := f.Await(t.Context()); got != n || err != nil {
					t.Errorf("%d were yielded, %v, want %d", got, err, n)
				}
			})
		})
	}
}
