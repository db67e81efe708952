package future_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// awaits are Await2 to Await5 for futures of one type, so that a table can run all
// of them. TestAwaitNTakesFuturesOfDifferentTypes is for the rest.
var awaits = []struct {
	n     int
	await func(ctx context.Context, fs []*future.Future[int]) ([]int, error)
}{
	{2, func(ctx context.Context, fs []*future.Future[int]) ([]int, error) {
		a, b, err := future.Await2(ctx, fs[0], fs[1])
		return []int{a, b}, err
	}},
	{3, func(ctx context.Context, fs []*future.Future[int]) ([]int, error) {
		a, b, c, err := future.Await3(ctx, fs[0], fs[1], fs[2])
		return []int{a, b, c}, err
	}},
	{4, func(ctx context.Context, fs []*future.Future[int]) ([]int, error) {
		a, b, c, d, err := future.Await4(ctx, fs[0], fs[1], fs[2], fs[3])
		return []int{a, b, c, d}, err
	}},
	{5, func(ctx context.Context, fs []*future.Future[int]) ([]int, error) {
		a, b, c, d, e, err := future.Await5(ctx, fs[0], fs[1], fs[2], fs[3], fs[4])
		return []int{a, b, c, d, e}, err
	}},
}

// forEachAwait runs a test for Await2 to Await5.
func forEachAwait(t *testing.T, fn func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error))) {
	for _, a := range awaits {
		t.Run("Await"+strconv.Itoa(a.n), func(t *testing.T) { fn(t, a.n, a.await) })
	}
}

func TestAwaitNTakesFuturesOfDifferentTypes(t *testing.T) {
	ctx := t.Context()
	a, b, c := future.FromResult(1), future.FromResult("b"), future.FromResult(2.5)
	d, e := future.FromResult('d'), future.FromResult([]byte("e"))
	if va, vb, err := future.Await2(ctx, a, b); va != 1 || vb != "b" || err != nil {
		t.Errorf("Await2 = %v, %v, %v", va, vb, err)
	}
	if va, vb, vc, err := future.Await3(ctx, a, b, c); va != 1 || vb != "b" || vc != 2.5 || err != nil {
		t.Errorf("Await3 = %v, %v, %v, %v", va, vb, vc, err)
	}
	if va, vb, vc, vd, err := future.Await4(ctx, a, b, c, d); va != 1 || vb != "b" || vc != 2.5 || vd != 'd' || err != nil {
		t.Errorf("Await4 = %v, %v, %v, %v, %v", va, vb, vc, vd, err)
	}
	if va, vb, vc, vd, ve, err := future.Await5(ctx, a, b, c, d, e); va != 1 || vb != "b" || vc != 2.5 || vd != 'd' || string(ve) != "e" || err != nil {
		t.Errorf("Await5 = %v, %v, %v, %v, %v, %v", va, vb, vc, vd, ve, err)
	}
}

func TestAwaitNReturnsTheValuesWhenTheLastIsDone(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var fs []*future.Future[int]
			var want []int
			for i := range n {
				fs = append(fs, future.After(time.Duration(n-i)*time.Second, i+1))
				want = append(want, i+1)
			}
			vs, err := await(t.Context(), fs)
			if !slices.Equal(vs, want) || err != nil {
				t.Errorf("got %v, %v, want %v", vs, err, want)
			}
			if d := time.Since(start); d != time.Duration(n)*time.Second {
				t.Errorf("took %v, want %ds", d, n)
			}
		})
	})
}

// The first failure ends the wait whatever place it has and whatever is pending before
// it.
func TestAwaitNReturnsTheFirstFailureAtOnce(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		for at := range n {
			synctest.Test(t, func(t *testing.T) {
				boom := errors.New("boom")
				fs := pendingInts(n)
				time.AfterFunc(time.Second, func() { mustSetException(t, fs[at], boom) })
				start := time.Now()
				vs, err := await(t.Context(), fs)
				checkSame(t, err, boom)
				if !slices.Equal(vs, make([]int, n)) {
					t.Errorf("values beside an error: %v", vs)
				}
				if d := time.Since(start); d != time.Second {
					t.Errorf("took %v, want 1s", d)
				}
				for i, f := range fs {
					if i != at {
						checkState(t, f, future.Pending)
						mustSet(t, f, 1)
					}
				}
			})
		}
	})
}

func TestAwaitNSeesAFailureThatIsThereAlready(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		boom := errors.New("boom")
		for at := range n {
			fs := pendingInts(n)
			mustSet(t, fs[(at+1)%n], 1)
			mustSetException(t, fs[at], boom)
			vs, err := await(ctx, fs) // also under a context that has ended
			checkSame(t, err, boom)
			if !slices.Equal(vs, make([]int, n)) {
				t.Errorf("values beside an error: %v", vs)
			}
		}
		first := errors.New("first")
		fs := pendingInts(n)
		mustSetException(t, fs[n-1], boom)
		mustSetException(t, fs[n-2], first)
		_, err := await(ctx, fs)
		checkSame(t, err, first)
		fs[n-1].Exception()
	})
}

func TestAwaitNOfACancelledFutureMatchesErrCancelledAndTheCause(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		synctest.Test(t, func(t *testing.T) {
			why := errors.New("why")
			fs := pendingInts(n)
			time.AfterFunc(time.Second, func() { fs[n-1].Cancel(why) })
			_, err := await(t.Context(), fs)
			checkIs(t, err, future.ErrCancelled, context.Canceled, why)
			checkState(t, fs[0], future.Pending)
		})
	})
}

func TestAwaitNEndsWithItsContext(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		synctest.Test(t, func(t *testing.T) {
			why := &future.CancelledError{Cause: errors.New("why")}
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, why)
			defer cancel()
			fs := pendingInts(n)
			mustSet(t, fs[0], 5)
			start := time.Now()
			vs, err := await(ctx, fs)
			checkIs(t, err, context.DeadlineExceeded, why, why.Cause)
			checkIsNot(t, err, future.ErrCancelled)
			if !slices.Equal(vs, make([]int, n)) {
				t.Errorf("values beside an error: %v", vs)
			}
			if d := time.Since(start); d != time.Second {
				t.Errorf("took %v, want 1s", d)
			}
			checkState(t, fs[1], future.Pending)
		})
	})
}

func TestAwaitNOfDoneFuturesSucceedsUnderAContextThatHasEnded(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		fs := slices.Repeat([]*future.Future[int]{future.FromResult(1)}, n)
		if vs, err := await(ctx, fs); !slices.Equal(vs, slices.Repeat([]int{1}, n)) || err != nil {
			t.Errorf("got %v, %v", vs, err)
		}
		fs[n-1] = future.New[int]()
		_, err := await(ctx, fs)
		checkIs(t, err, context.Canceled)
		checkIsNot(t, err, future.ErrCancelled)
	})
}

func TestAwaitNPanicsOnANilContextOrFuture(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		refusesWithRemedy(t, "the call", func() {
			_, _ = await(nil, pendingInts(n)) //nolint:staticcheck // that is the point
		})
		for at := range n {
			fs := pendingInts(n)
			fs[at] = nil
			refusesWithRemedy(t, "the call", func() { _, _ = await(t.Context(), fs) })
		}
	})
}

func TestATaskThatAwaitsItselfAmongOthersGetsErrSelfAwait(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		for at := range n {
			fs := pendingInts(n)
			start := make(chan struct{})
			fs[at] = future.Go(t.Context(), func(ctx context.Context) (int, error) {
				<-start
				_, err := await(ctx, fs)
				return 0, err
			})
			close(start)
			_, err := fs[at].Await(t.Context())
			checkIs(t, err, future.ErrSelfAwait)
		}
	})
}

func TestAwaitNLeavesNothingRegistered(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		rounds := 50_000
		if runtime.GOARCH == "wasm" {
			rounds = 2000
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		fs := pendingInts(n)
		checkSteady(t, rounds, func() {
			if _, err := await(ctx, fs); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		})
	})
}

func TestAwaitNDoesNotSwallowTheFailuresItHasNotReturned(t *testing.T) {
	first, late := errors.New("first"), errors.New("late")
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			release := make(chan struct{})
			fs := pendingInts(n)
			fs[0] = future.Go(ctx, func(context.Context) (int, error) { <-release; return 0, late })
			fs[1] = future.Go(ctx, func(context.Context) (int, error) { return 0, first })
			_, err := await(ctx, fs)
			checkSame(t, err, first)
			close(release)
			<-fs[0].Ready()
		}), late)
	})
}

func TestManyWaitersOfTheSameFuturesAllWake(t *testing.T) {
	forEachAwait(t, func(t *testing.T, n int, await func(context.Context, []*future.Future[int]) ([]int, error)) {
		for range stressRounds(100) {
			fs := pendingInts(n)
			var waiters []*future.Future[[]int]
			for range 20 {
				waiters = append(waiters, future.Go(t.Context(), func(ctx context.Context) ([]int, error) { return await(ctx, fs) }))
			}
			for i, f := range fs {
				go func() { _ = f.SetResult(i) }()
			}
			vss, err := future.Gather(waiters...).Await(t.Context())
			if err != nil || len(vss) != 20 || len(vss[19]) != n || vss[19][n-1] != n-1 {
				t.Fatalf("got %v, %v", vss, err)
			}
		}
	})
}
