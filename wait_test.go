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

	"example.com/future"
)

// waitModes are the choices for Wait.
var waitModes = []struct {
	name string
	when future.ReturnWhen
}{
	{"AllCompleted", future.AllCompleted},
	{"FirstCompleted", future.FirstCompleted},
	{"FirstException", future.FirstException},
}

// checkSplit checks what Wait has returned against the indexes of the futures that
// should be done; the others should be pending.
func checkSplit(t *testing.T, fs, done, pending []*future.Future[int], wantDone ...int) {
	t.Helper()
	var gotDone, gotPending []int
	for _, f := range done {
		gotDone = append(gotDone, slices.Index(fs, f))
	}
	for _, f := range pending {
		gotPending = append(gotPending, slices.Index(fs, f))
	}
	var wantPending []int
	for i := range fs {
		if !slices.Contains(wantDone, i) {
			wantPending = append(wantPending, i)
		}
	}
	if !slices.Equal(gotDone, wantDone) || !slices.Equal(gotPending, wantPending) {
		t.Errorf("done %v and pending %v, want %v and %v", gotDone, gotPending, wantDone, wantPending)
	}
}

func TestWaitReturnsWhenItsModeSays(t *testing.T) {
	type step func(t *testing.T, f *future.Future[int])
	boom := errors.New("boom")
	succeed := func(t *testing.T, f *future.Future[int]) { mustSet(t, f, 1) }
	fail := func(t *testing.T, f *future.Future[int]) { mustSetException(t, f, boom) }
	cancel := func(_ *testing.T, f *future.Future[int]) { f.Cancel(nil) }
	for _, tt := range []struct {
		name  string
		when  future.ReturnWhen
		steps []step // the i-th ends future 2-i after i+1 seconds
		after time.Duration
		done  []int
	}{
		{"AllCompleted after all have succeeded", future.AllCompleted, []step{succeed, succeed, succeed}, 3, []int{0, 1, 2}},
		{"AllCompleted after all, whatever fails", future.AllCompleted, []step{fail, cancel, succeed}, 3, []int{0, 1, 2}},
		{"FirstCompleted after a success", future.FirstCompleted, []step{succeed, succeed, succeed}, 1, []int{2}},
		{"FirstCompleted after a failure", future.FirstCompleted, []step{fail, succeed, succeed}, 1, []int{2}},
		{"FirstCompleted after a cancellation", future.FirstCompleted, []step{cancel, succeed, succeed}, 1, []int{2}},
		{"FirstException after a failure", future.FirstException, []step{succeed, fail, succeed}, 2, []int{1, 2}},
		{"FirstException not after a cancellation", future.FirstException, []step{cancel, succeed, fail}, 3, []int{0, 1, 2}},
		{"FirstException after all if none fails", future.FirstException, []step{succeed, cancel, succeed}, 3, []int{0, 1, 2}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fs := pendingInts(3)
				for i, s := range tt.steps {
					time.AfterFunc(time.Duration(i+1)*time.Second, func() { s(t, fs[2-i]) })
				}
				start := time.Now()
				done, pending, err := future.Wait(t.Context(), tt.when, fs...)
				if err != nil {
					t.Errorf("Wait: %v", err)
				}
				if d := time.Since(start); d != tt.after*time.Second {
					t.Errorf("took %v, want %v", d, tt.after*time.Second)
				}
				checkSplit(t, fs, done, pending, tt.done...)
				time.Sleep(5 * time.Second)
				for _, f := range fs {
					f.Exception()
				}
			})
		})
	}
}

func TestWaitHonoursWhatIsDoneAlready(t *testing.T) {
	failed := future.FromException[int](errors.New("boom"))
	failed.Exception()
	cancelled := future.New[int]()
	cancelled.Cancel(nil)
	dead, end := context.WithCancel(t.Context())
	end()
	for _, tt := range []struct {
		name string
		when future.ReturnWhen
		fs   []*future.Future[int]
		done []int
	}{
		{"AllCompleted", future.AllCompleted, []*future.Future[int]{future.FromResult(1), failed, cancelled}, []int{0, 1, 2}},
		{"FirstCompleted by a success", future.FirstCompleted, []*future.Future[int]{future.New[int](), future.FromResult(1)}, []int{1}},
		{"FirstCompleted by a cancellation", future.FirstCompleted, []*future.Future[int]{future.New[int](), cancelled}, []int{1}},
		{"FirstException by a failure behind others", future.FirstException, []*future.Future[int]{future.FromResult(1), future.New[int](), failed}, []int{0, 2}},
		{"FirstException of all done", future.FirstException, []*future.Future[int]{future.FromResult(1), cancelled}, []int{0, 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, ctx := range []context.Context{t.Context(), dead} {
				done, pending, err := future.Wait(ctx, tt.when, tt.fs...)
				if err != nil {
					t.Errorf("Wait: %v", err)
				}
				checkSplit(t, tt.fs, done, pending, tt.done...)
			}
		})
	}
}

func TestWaitOfNothingReturnsAtOnce(t *testing.T) {
	dead, end := context.WithCancel(t.Context())
	end()
	for _, m := range waitModes {
		t.Run(m.name, func(t *testing.T) {
			for _, ctx := range []context.Context{t.Context(), dead} {
				done, pending, err := future.Wait[int](ctx, m.when)
				if len(done) != 0 || len(pending) != 0 || err != nil {
					t.Errorf("Wait = %v, %v, %v", done, pending, err)
				}
			}
		})
	}
}

func TestWaitThatItsContextEndsReturnsBothSlicesAndTheError(t *testing.T) {
	for _, m := range waitModes {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				why := &future.CancelledError{Cause: errors.New("why")}
				ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, why)
				defer cancel()
				fs := pendingInts(3)
				var want []int
				if m.when != future.FirstCompleted {
					time.AfterFunc(time.Second, func() { mustSet(t, fs[1], 1) })
					want = []int{1}
				}
				start := time.Now()
				done, pending, err := future.Wait(ctx, m.when, fs...)
				if d := time.Since(start); d != 2*time.Second {
					t.Errorf("took %v, want 2s", d)
				}
				checkSplit(t, fs, done, pending, want...)
				checkIs(t, err, context.DeadlineExceeded, why, why.Cause)
				checkIsNot(t, err, future.ErrCancelled)
				if _, ok := errors.AsType[*future.CancelledError](err); ok {
					t.Error("the error shows the *CancelledError of the cause")
				}
				for _, f := range pending {
					checkState(t, f, future.Pending)
					mustSet(t, f, 1) // nobody has cancelled it
				}
			})
		})
	}
}

func TestWaitUnderADeadContextPolls(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, m := range waitModes {
		t.Run(m.name, func(t *testing.T) {
			fs := pendingInts(2)
			done, pending, err := future.Wait(ctx, m.when, fs...)
			checkSplit(t, fs, done, pending)
			checkIs(t, err, context.Canceled)
			checkIsNot(t, err, future.ErrCancelled)
		})
	}
}

func TestWaitCountsTheSameFutureAtBothPlaces(t *testing.T) {
	a, b := future.New[int](), future.New[int]()
	mustSet(t, a, 1)
	done, pending, err := future.Wait(t.Context(), future.FirstCompleted, a, b, a, b)
	if !slices.Equal(done, []*future.Future[int]{a, a}) || !slices.Equal(pending, []*future.Future[int]{b, b}) || err != nil {
		t.Errorf("Wait = %v, %v, %v", done, pending, err)
	}
	mustSet(t, b, 2)
	done, pending, err = future.Wait(t.Context(), future.AllCompleted, b, b)
	if !slices.Equal(done, []*future.Future[int]{b, b}) || pending != nil || err != nil {
		t.Errorf("Wait = %v, %v, %v", done, pending, err)
	}
}

func TestWaitForTheSameFutureTwiceWhileItIsPending(t *testing.T) {
	for _, m := range waitModes {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := future.After(time.Second, 1)
				done, pending, err := future.Wait(t.Context(), m.when, f, f)
				if !slices.Equal(done, []*future.Future[int]{f, f}) || pending != nil || err != nil {
					t.Errorf("Wait = %v, %v, %v", done, pending, err)
				}
			})
		})
	}
}

func TestWaitPanicsOnBadArguments(t *testing.T) {
	f := future.FromResult(1)
	refusesWithRemedy(t, "the call", func() {
		_, _, _ = future.Wait(nil, future.AllCompleted, f) //nolint:staticcheck // that is the point
	})
	refusesWithRemedy(t, "the call", func() { _, _, _ = future.Wait(t.Context(), future.FirstException+1, f) })
	long := future.New[int]()
	checkSteady(t, 20_000, func() {
		refusesWithRemedy(t, "the call", func() { _, _, _ = future.Wait(t.Context(), future.FirstCompleted, long, nil) })
	})
}

func TestWaitCopiesItsInputs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := pendingInts(2)
		a, b := fs[0], fs[1]
		var done, pending []*future.Future[int]
		var wg sync.WaitGroup
		wg.Go(func() { done, pending, _ = future.Wait(t.Context(), future.FirstCompleted, fs...) })
		synctest.Wait()
		clear(fs)
		mustSet(t, a, 1)
		wg.Wait()
		checkSplit(t, []*future.Future[int]{a, b}, done, pending, 0)
	})
}

// What has become done between the event that ended the wait and its return is among
// the done.
func TestWaitReturnsWhatIsDoneByThen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fs := pendingInts(3)
		// Runs when the first is done, before Wait hears of it.
		future.Map(fs[0], func(int) (int, error) { mustSet(t, fs[2], 2); return 0, nil })
		var (
			wg            sync.WaitGroup
			done, pending []*future.Future[int]
		)
		wg.Go(func() { done, pending, _ = future.Wait(t.Context(), future.FirstCompleted, fs...) })
		synctest.Wait()
		mustSet(t, fs[0], 0)
		wg.Wait()
		checkSplit(t, fs, done, pending, 0, 2)
	})
}

// doneUnheard returns a future that has failed with err, but whose dependants will not
// be told before release is closed. Call settle when they hang on it, in a bubble.
func doneUnheard(err error, release <-chan struct{}) (f *future.Future[int], settle func()) {
	root := future.New[int]()
	f = future.Map(root, func(int) (int, error) { return 0, err })
	future.Map(root, func(int) (int, error) { <-release; return 0, nil })
	return f, func() {
		go func() { _ = root.SetResult(0) }()
		synctest.Wait()
	}
}

// A future is done before those who wait for it hear of that. A context that ends in
// between comes too late.
func TestWaitPrefersWhatIsDoneToTheEndOfItsContext(t *testing.T) {
	for _, m := range waitModes {
		t.Run(m.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release := make(chan struct{})
				f, settle := doneUnheard(errors.New("boom"), release)
				ctx, cancel := context.WithCancel(t.Context())
				fs := []*future.Future[int]{future.New[int](), f}
				if m.when == future.AllCompleted {
					fs = fs[1:]
				}
				var (
					wg            sync.WaitGroup
					done, pending []*future.Future[int]
					err           error
				)
				wg.Go(func() { done, pending, err = future.Wait(ctx, m.when, fs...) })
				synctest.Wait()
				settle()
				checkState(t, f, future.Failed)
				cancel()
				wg.Wait()
				close(release)
				if err != nil {
					t.Errorf("Wait: %v", err)
				}
				checkSplit(t, fs, done, pending, len(fs)-1)
				f.Exception()
			})
		})
	}
}

func TestWaitDoesNotCountAsLookingAtAnError(t *testing.T) {
	boom := errors.New("boom")
	for _, m := range waitModes {
		t.Run(m.name, func(t *testing.T) {
			checkReported(t, reportedIn(t, func(ctx context.Context) {
				f := future.Go(ctx, func(context.Context) (int, error) { return 0, boom })
				if _, _, err := future.Wait(ctx, m.when, f); err != nil {
					t.Errorf("Wait: %v", err)
				}
				if _, _, err := future.Wait(ctx, m.when, f); err != nil { // now that it is done
					t.Errorf("Wait: %v", err)
				}
			}), boom)
		})
	}
}

func TestWaitLeavesNothingRegistered(t *testing.T) {
	n := 300_000
	if testing.Short() || runtime.GOARCH == "wasm" {
		n = 5000
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	long, failed := future.New[int](), future.FromException[int](errors.New("boom"))
	failed.Exception()
	for _, tt := range []struct {
		name  string
		round func() error
	}{
		{"FirstCompleted", func() error {
			_, _, err := future.Wait(t.Context(), future.FirstCompleted, long, failed)
			return err
		}},
		{"FirstException", func() error {
			_, _, err := future.Wait(t.Context(), future.FirstException, long, failed)
			return err
		}},
		{"a context that ends", func() error {
			_, _, err := future.Wait(ctx, future.AllCompleted, long, failed)
			if !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			checkSteady(t, n, func() {
				if err := tt.round(); err != nil {
					t.Fatal(err)
				}
			})
		})
	}
}

// A wake-up that is lost would leave the wait hanging.
func TestWaitLosesNoWakeUpWhenAHundredFuturesFinishAtOnce(t *testing.T) {
	for _, m := range waitModes {
		t.Run(m.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			for range stressRounds(300) {
				// Some are done before the wait begins, some while it does, some later.
				fs := pendingInts(100)
				var wg sync.WaitGroup
				for part := range 4 {
					wg.Go(func() {
						for i := part; i < len(fs); i += 4 {
							mustSet(t, fs[i], i)
						}
					})
				}
				done, pending, err := future.Wait(ctx, m.when, fs...)
				wg.Wait()
				if err != nil || len(done)+len(pending) != len(fs) || len(done) == 0 ||
					m.when != future.FirstCompleted && len(pending) > 0 {
					t.Fatalf("%d done, %d pending, %v", len(done), len(pending), err)
				}
			}
		})
	}
}

func TestWaitIsSafeForConcurrentUse(t *testing.T) {
	for range stressRounds(200) {
		fs := pendingInts(10)
		var wg sync.WaitGroup
		for i := range 6 {
			wg.Go(func() {
				if _, _, err := future.Wait(t.Context(), waitModes[i%3].when, fs...); err != nil {
					t.Errorf("Wait: %v", err)
				}
			})
		}
		for i, f := range fs {
			wg.Go(func() { mustSet(t, f, i) })
		}
		wg.Wait()
	}
}

func TestATaskThatWaitsForItselfAndOthersGetsErrSelfAwait(t *testing.T) {
	for _, m := range waitModes {
		t.Run(m.name, func(t *testing.T) {
			fs := pendingInts(2)
			start := make(chan struct{})
			fs[1] = future.Go(t.Context(), func(ctx context.Context) (int, error) {
				<-start
				done, pending, err := future.Wait(ctx, m.when, fs...)
				checkSplit(t, fs, done, pending)
				return 0, err
			})
			close(start)
			_, err := fs[1].Await(t.Context())
			checkIs(t, err, future.ErrSelfAwait)
		})
	}
}

func TestWaitForVeryManyIsLinear(t *testing.T) {
	n := 100_000
	if runtime.GOARCH == "wasm" {
		n = 50_000
	}
	checkQuick(t, func() {
		fs := pendingInts(n)
		// A task, since tasks do more when they wait.
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			done, _, err := future.Wait(ctx, future.AllCompleted, fs...)
			return len(done), err
		})
		for i, f := range slices.Backward(fs) {
			mustSet(t, f, i)
		}
		if got, err := f.Await(t.Context()); got != n || err != nil {
			t.Errorf("%d done, %v, want %d", got, err, n)
		}
	})
}
