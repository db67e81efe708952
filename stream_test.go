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

	"example.com/future"
)

// count is the input 0, 1, …, n-1; pulled says how many were read.
func count(n int, pulled *int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if pulled != nil {
				*pulled = i + 1
			}
			if !yield(i) {
				return
			}
		}
	}
}

func double(_ context.Context, v int) (int, error) { return 2 * v, nil }

func TestStreamKeepsTheOrderOfItsInput(t *testing.T) {
	for name, ex := range map[string]future.Executor{
		"in the default executor": nil,
		"in a pool":               future.NewPool(3),
		"in a pool of one":        future.NewPool(1),
		"in a full pool":          future.NewPool(2, future.WithQueue(0)),
		"in a pool that helps":    future.NewPool(2, future.WithQueue(1), future.WithRejection(future.CallerRuns)),
		"in another executor":     future.ExecutorFunc(func(run func()) error { go run(); return nil }),
		"in the caller":           inline{},
	} {
		t.Run(name, func(t *testing.T) {
			next := 0
			for v, err := range future.Stream(t.Context(), ex, count(1000, nil), func(_ context.Context, v int) (int, error) {
				if v%7 == 0 {
					runtime.Gosched() // the earlier are often the later to end
				}
				return 2 * v, nil
			}) {
				if v != 2*next || err != nil {
					t.Fatalf("got %d, %v in place %d", v, err, next)
				}
				next++
			}
			if next != 1000 {
				t.Errorf("%d results of 1000", next)
			}
		})
	}
}

func TestStreamReadsInNoFurtherThanItsWindow(t *testing.T) {
	for name, test := range map[string]struct {
		ex     future.Executor
		window int
	}{
		"which is twice the workers of a pool": {future.NewPool(5), 10},
		"and 64 in the default executor":       {nil, 64},
		"and 64 in others":                     {future.ExecutorFunc(func(run func()) error { go run(); return nil }), 64},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				pulled, taken := 0, 0
				for _, err := range future.Stream(t.Context(), test.ex, count(200, &pulled), func(context.Context, int) (int, error) {
					time.Sleep(time.Second)
					return 0, nil
				}) {
					if ahead := pulled - taken; ahead > test.window || pulled < 200 && ahead != test.window || err != nil {
						t.Fatalf("%d read in when %d are given out, %v; the window is %d", pulled, taken, err, test.window)
					}
					synctest.Wait()
					taken++
				}
			})
		})
	}
}

func TestStreamPutsErrorsInTheirPlace(t *testing.T) {
	p := future.NewPool(4)
	i := 0
	for v, err := range future.Stream(t.Context(), p, count(50, nil), func(_ context.Context, v int) (int, error) {
		switch v % 5 {
		case 1:
			return v, errBroken
		case 2:
			panic(errBroken)
		case 3:
			runtime.Goexit()
		}
		return v, nil
	}) {
		switch i % 5 {
		case 1:
			if v != 0 || err != errBroken { //nolint:errorlint // the very error
				t.Errorf("got %d, %v", v, err)
			}
		case 2:
			if _, ok := errors.AsType[*future.PanicError](err); !ok {
				t.Errorf("a panic gave %v", err)
			}
		case 3:
			if !errors.Is(err, future.ErrGoexit) {
				t.Errorf("a Goexit gave %v", err)
			}
		default:
			if v != i || err != nil {
				t.Errorf("got %d, %v in place %d", v, err, i)
			}
		}
		i++
	}
	if i != 50 {
		t.Errorf("%d results", i)
	}
}

func TestBreakCancelsAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(3)
		var entered, left atomic.Int64
		pulled := 0
		start := time.Now()
		for v, err := range future.Stream(t.Context(), p, count(100, &pulled), func(ctx context.Context, v int) (int, error) {
			entered.Add(1)
			defer left.Add(1)
			if v == 0 {
				return v, nil
			}
			<-ctx.Done() // the break
			time.Sleep(time.Second)
			return 0, ctx.Err()
		}) {
			if v != 0 || err != nil {
				t.Errorf("got %d, %v", v, err)
			}
			synctest.Wait()
			break
		}
		if d := time.Since(start); d != time.Second {
			t.Errorf("break came back after %v", d)
		}
		if entered.Load() != 4 || left.Load() != 4 || pulled != 6 {
			t.Errorf("%d calls were entered, %d have ended, %d were read in", entered.Load(), left.Load(), pulled)
		}
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Submitted: 6, Completed: 4, Dropped: 2})
	})
}

func TestTheEndOfTheContextEndsAStream(t *testing.T) {
	t.Run("before it begins", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBroken)
		pulled, n := 0, 0
		for v, err := range future.Stream(ctx, nil, count(3, &pulled), double) {
			if v != 0 || !errors.Is(err, context.Canceled) || !errors.Is(err, errBroken) || errors.Is(err, future.ErrCancelled) {
				t.Errorf("got %d, %v", v, err)
			}
			n++
		}
		if n != 1 || pulled != 0 {
			t.Errorf("%d pairs, %d values read", n, pulled)
		}
	})
	t.Run("midway, with an error as the last pair", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), 10*time.Second+1, errBroken)
			defer cancel()
			p := future.NewPool(2)
			var last error
			n, cancelled := 0, atomic.Int64{}
			for _, err := range future.Stream(ctx, p, count(100, nil), func(ctx context.Context, v int) (int, error) {
				if err := future.Sleep(ctx, time.Second); err != nil {
					if !errors.Is(err, errBroken) {
						t.Errorf("the call saw %v", err)
					}
					cancelled.Add(1)
					return 0, err
				}
				return v, nil
			}) {
				if last != nil {
					t.Errorf("a pair after %v", last)
				}
				n, last = n+1, err
			}
			if n != 21 || !errors.Is(last, context.DeadlineExceeded) || !errors.Is(last, errBroken) || errors.Is(last, future.ErrCancelled) || cancelled.Load() != 2 {
				t.Errorf("%d pairs, the last with %v; %d calls were cancelled", n, last, cancelled.Load())
			}
			synctest.Wait()
			if s := p.Stats(); s.Queued != 0 || s.Running != 0 {
				t.Errorf("%+v", s)
			}
		})
	})
	t.Run("but not when everything was given out", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		for _, err := range future.Stream(ctx, nil, count(3, nil), double) {
			if n++; n == 3 {
				cancel()
			}
			if err != nil {
				t.Error(err)
			}
		}
		if n != 3 {
			t.Errorf("%d pairs", n)
		}
	})
}

func TestAnInputThatDoesNotReturnEndsItsStream(t *testing.T) {
	for name, end := range map[string]func(){
		"by a panic":  func() { panic(errBroken) },
		"by a Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := future.NewPool(2)
				var ended atomic.Int64
				in := func(yield func(int) bool) {
					for i := range 2 {
						if !yield(i) {
							return
						}
					}
					synctest.Wait()
					end()
				}
				var wg sync.WaitGroup
				var recovered any
				returned := false
				wg.Go(func() {
					defer func() { recovered = recover() }()
					for range future.Stream(t.Context(), p, in, func(ctx context.Context, v int) (int, error) {
						defer ended.Add(1)
						<-ctx.Done()
						time.Sleep(time.Second)
						return v, nil
					}) {
						t.Error("a result was given out")
					}
					returned = true
				})
				wg.Wait()
				if returned || ended.Load() != 2 {
					t.Errorf("the iteration returned: %t; %d of 2 calls have ended", returned, ended.Load())
				}
				if want := name == "by a panic"; (recovered == errBroken) != want {
					t.Errorf("recovered %v", recovered)
				}
			})
		})
	}
	t.Run("as does a loop body that panics", func(t *testing.T) {
		p := future.NewPool(2)
		func() {
			defer func() { _ = recover() }()
			for range future.Stream(t.Context(), p, count(10, nil), double) {
				panic("the consumer")
			}
		}()
		_ = p.Close()
		if s := p.Stats(); s.Queued != 0 || s.Submitted != s.Completed+s.Dropped {
			t.Errorf("%+v", s)
		}
	})
}

func TestAStreamOfAMillionNeedsNoMoreMemoryThanAShortOne(t *testing.T) {
	n := many(1_000_000)
	p := future.NewPool(4)
	next, first := 0, int64(0)
	for v, err := range future.Stream(t.Context(), p, count(n, nil), double) {
		if v != 2*next || err != nil {
			t.Fatalf("got %d, %v in place %d", v, err, next)
		}
		next++
		if next == n/10 {
			first = heap()
		}
	}
	if last := heap(); next != n || last > first+1<<20 {
		t.Errorf("%d results; %d bytes in use after a tenth, %d at the end", next, first, last)
	}
}

func TestTheCallsOfAStreamAreNoTasksOfTheScope(t *testing.T) {
	for name, ex := range map[string]future.Executor{"in a pool": future.NewPool(2), "in the default executor": nil} {
		t.Run(name, func(t *testing.T) {
			failures := 0
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				for _, err := range future.Stream(g, ex, count(10, nil), func(context.Context, int) (int, error) { return 0, errBroken }) {
					if err != nil {
						failures++
					}
				}
				return g.Err()
			})
			if err != nil || failures != 10 {
				t.Errorf("the group ended with %v after %d failures", err, failures)
			}
		})
	}
	t.Run("but end with it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var last error
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				future.Go(g, func(ctx context.Context) (int, error) { return 0, errBroken })
				for _, err := range future.Stream(g, nil, count(10, nil), func(ctx context.Context, _ int) (int, error) {
					<-ctx.Done()
					return 0, ctx.Err()
				}) {
					last = err
				}
				return nil
			})
			if !errors.Is(err, errBroken) || !errors.Is(last, errBroken) || errors.Is(last, future.ErrCancelled) {
				t.Errorf("the group ended with %v, the stream with %v", err, last)
			}
		})
	})
}

func TestAStreamMayBeReadAgainAndInside(t *testing.T) {
	s := future.Stream(t.Context(), nil, count(3, nil), double)
	for range 2 {
		var got []int
		for v := range s {
			got = append(got, v)
		}
		if !slices.Equal(got, []int{0, 2, 4}) {
			t.Errorf("got %v", got)
		}
	}
	p := future.NewPool(1)
	f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
		sum := 0
		for v, err := range future.Stream(ctx, p, count(10, nil), double) { // in a job of the same pool
			if err != nil {
				return 0, err
			}
			sum += v
		}
		return sum, nil
	})
	mustGive(t, f, 90)
}

func TestWhatAPoolRejectsIsAnErrorInItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(2, future.WithQueue(0), future.WithRejection(future.Reject))
		i := 0
		for v, err := range future.Stream(t.Context(), p, count(4, nil), func(_ context.Context, v int) (int, error) {
			time.Sleep(time.Second)
			return v, nil
		}) {
			if i < 2 && (v != i || err != nil) || i >= 2 && !errors.Is(err, future.ErrRejected) {
				t.Errorf("got %d, %v in place %d", v, err, i)
			}
			i++
		}
	})
}

func TestAStreamOnAPoolThatIsShutDownGivesTheErrorInEachPlace(t *testing.T) {
	p := future.NewPool(2)
	_ = p.Close()
	n := 0
	for _, err := range future.Stream(t.Context(), p, count(5, nil), double) {
		if !errors.Is(err, future.ErrExecutorShutdown) {
			t.Error(err)
		}
		n++
	}
	if n != 5 {
		t.Errorf("%d results", n)
	}
}

func TestNilArgumentsOfStreamPanic(t *testing.T) {
	refusesWithRemedy(t, "Stream without a context", func() { future.Stream(nil, nil, count(1, nil), double) }) //nolint:staticcheck // on purpose
	refusesWithRemedy(t, "Stream without an input", func() { future.Stream[int](t.Context(), nil, nil, double) })
	refusesWithRemedy(t, "Stream without a function", func() { future.Stream[int, int](t.Context(), nil, count(1, nil), nil) })
}

func TestAStreamWhoseContextEndsGivesTheErrorOfACallThatHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var got []error
		for _, err := range future.Stream(ctx, future.NewPool(2), slices.Values([]int{1, 2, 3}), func(ctx context.Context, v int) (int, error) {
			switch v {
			case 2:
				return 0, errBoom
			case 3:
				<-ctx.Done()
			}
			return v, nil
		}) {
			if len(got) == 0 {
				synctest.Wait() // the second has failed
				cancel()
			}
			got = append(got, err)
		}
		if len(got) < 2 || !errors.Is(got[1], errBoom) {
			t.Errorf("got %v, want the error of the second call in its place", got)
		}
	})
}
