package future_test

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// A census checks that a pool has no more workers than its size and those whose jobs
// wait.
type census struct {
	pool         *future.Pool
	size         int
	began, ended atomic.Int64
}

// await awaits f, and takes part in the census.
func (c *census) await(ctx context.Context, f *future.Future[int]) (int, error) {
	c.began.Add(1)
	defer c.ended.Add(1)
	return f.Await(ctx)
}

// check may be called at any time: of those that wait in Await now, none ended before
// and all began by the end.
func (c *census) check(t *testing.T) {
	t.Helper()
	ended := c.ended.Load()
	s := c.pool.Stats()
	if waiting := int(c.began.Load() - ended); s.Workers > c.size+waiting {
		t.Errorf("%d workers in a pool of %d while at most %d wait", s.Workers, c.size, waiting)
	}
}

func (c *census) fib(ctx context.Context, t *testing.T, n int) *future.Future[int] { //nolint:revive // ctx is first
	t.Helper()
	return future.RunInExecutor(ctx, c.pool, func(ctx context.Context) (int, error) {
		c.check(t)
		if n < 2 {
			return n, nil
		}
		a, b := c.fib(ctx, t, n-1), c.fib(ctx, t, n-2)
		x, err := c.await(ctx, a)
		if err != nil {
			return 0, err
		}
		c.check(t)
		y, err := c.await(ctx, b)
		c.check(t)
		return x + y, err
	})
}

func TestJobsCanWaitForJobsOfTheirOwnPoolToAnyDepth(t *testing.T) {
	for name, opts := range map[string][]future.PoolOption{
		"that is plain":         nil,
		"that idles":            {future.WithIdleTimeout(time.Hour)},
		"that is full":          {future.WithQueue(2)},
		"that has no queue":     {future.WithQueue(0)},
		"whose callers help":    {future.WithQueue(1), future.WithRejection(future.CallerRuns)},
		"whose workers are set": {future.WithWorkerInit(func() (func(), error) { return func() {}, nil })},
	} {
		for size := 1; size <= 4; size++ {
			t.Run(fmt.Sprintf("%s with %d workers", name, size), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					c := &census{pool: future.NewPool(size, opts...), size: size}
					if p := name; p == "that is full" || p == "that has no queue" {
						// Their submitters wait at the door as well as in Await.
						c.size = 1 << 20
					}
					v, err := c.fib(t.Context(), t, 11).Await(t.Context())
					if v != 89 || err != nil {
						t.Errorf("got %d, %v", v, err)
					}
					synctest.Wait()
					s := c.pool.Stats()
					if s.Running != 0 || s.Queued != 0 || s.Submitted != s.Completed {
						t.Errorf("%+v", s)
					}
					_ = c.pool.Close()
				})
			})
		}
	}
	t.Run("in a chain", func(t *testing.T) {
		depth := 10_000
		if runtime.GOARCH == "wasm" {
			depth = 1000
		}
		p := future.NewPool(1)
		var down func(ctx context.Context, n int) *future.Future[int]
		down = func(ctx context.Context, n int) *future.Future[int] {
			return future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				if n == 0 {
					return 0, nil
				}
				v, err := down(ctx, n-1).Await(ctx)
				return v + 1, err
			})
		}
		// The contexts do not nest, or each would ask all of those above.
		mustGive(t, down(t.Context(), depth), depth)
	})
}

func TestEveryKindOfWaitLendsTheWorker(t *testing.T) {
	for name, wait := range map[string]func(ctx context.Context, f *future.Future[int]) error{
		"Await": func(ctx context.Context, f *future.Future[int]) error { _, err := f.Await(ctx); return err },
		"WaitFor": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.WaitFor(ctx, f, time.Hour)
			return err
		},
		"Wait": func(ctx context.Context, f *future.Future[int]) error {
			_, _, err := future.Wait(ctx, future.AllCompleted, f)
			return err
		},
		"Await2": func(ctx context.Context, f *future.Future[int]) error {
			_, _, err := future.Await2(ctx, f, f)
			return err
		},
		"AsCompleted": func(ctx context.Context, f *future.Future[int]) error {
			for _, o := range future.AsCompleted(ctx, f) {
				return o.Err
			}
			return nil
		},
		"Gather": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Gather(f).Await(ctx)
			return err
		},
		"a task": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Go(ctx, f.Await).Await(ctx)
			return err
		},
		"TaskGroup": func(ctx context.Context, f *future.Future[int]) error {
			return future.TaskGroup(ctx, func(g *future.Group) error { future.Go(g, f.Await); return nil })
		},
		"Run": func(ctx context.Context, f *future.Future[int]) error { _, err := future.Run(ctx, f.Await); return err },
		"Stream": func(ctx context.Context, f *future.Future[int]) error {
			for _, err := range future.Stream(ctx, future.NewPool(1), slices.Values([]int{1}), func(ctx context.Context, _ int) (int, error) { return f.Await(ctx) }) {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := future.NewPool(1)
				f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
					return 1, wait(ctx, give(ctx, p, 2))
				})
				mustGive(t, f, 1)
			})
		})
	}
}

func TestAJobGoesOnWhenThereIsAPlaceForIt(t *testing.T) {
	t.Run("which an idle worker makes", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithIdleTimeout(time.Hour))
			outside := future.New[int]()
			f := future.RunInExecutor(t.Context(), p, outside.Await)
			synctest.Wait()
			mustGive(t, give(t.Context(), p, 1), 1)
			synctest.Wait()
			if n := p.Stats().Workers; n != 2 {
				t.Fatalf("%d workers, want one that waits and one that is idle", n)
			}
			start := time.Now()
			_ = outside.SetResult(3)
			mustGive(t, f, 3)
			if d := time.Since(start); d != 0 {
				t.Errorf("it went on after %v", d)
			}
			synctest.Wait()
			if n := p.Stats().Workers; n != 1 {
				t.Errorf("%d workers stay", n)
			}
			_ = p.Close()
		})
	})
	t.Run("before those in the queue", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1)
			outside := future.New[int]()
			f := future.RunInExecutor(t.Context(), p, outside.Await)
			synctest.Wait()
			h := hold(t.Context(), p)
			queued := give(t.Context(), p, 5)
			synctest.Wait()
			_ = outside.SetResult(3)
			synctest.Wait()
			if s := p.Stats(); f.Done() || s.Workers != 2 || s.Queued != 1 {
				t.Errorf("two jobs run in a pool of one: %+v", s)
			}
			queued.AddDoneCallback(func(*future.Future[int]) {
				if !f.Done() {
					t.Error("the queue came first")
				}
			})
			h.release()
			mustGive(t, f, 3)
			mustGive(t, queued, 5)
		})
	})
	t.Run("or at once if its context has ended", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1)
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				ctx, cancel := context.WithTimeout(ctx, time.Second)
				defer cancel()
				return future.New[int]().Await(ctx)
			})
			synctest.Wait()
			h := hold(t.Context(), p)
			start := time.Now()
			mustFail(t, f, future.Failed, context.DeadlineExceeded)
			if d := time.Since(start); d != time.Second {
				t.Errorf("the wait took %v", d)
			}
			h.release()
			_ = p.Close()
			mustHave(t, p, future.PoolStats{Submitted: 2, Completed: 2})
		})
	})
}

func TestAGoroutineThatOutlivesItsJobHoldsNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		outside := future.New[int]()
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			for range 3 {
				go func() { _, _ = outside.Await(context.WithoutCancel(ctx)) }()
			}
			synctest.Wait()
			return 1, nil
		})
		mustGive(t, f, 1)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Submitted: 1, Completed: 1})
		a, b := hold(t.Context(), p), give(t.Context(), p, 2)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 1, Submitted: 3, Completed: 1})
		_ = outside.SetResult(1)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 1, Submitted: 3, Completed: 1})
		a.release()
		mustGive(t, b, 2)
	})
}

func TestVeryManyGoroutinesOfAJobMayWait(t *testing.T) {
	if testing.Short() || runtime.GOARCH == "wasm" || runtime.GOARCH == "386" {
		t.Skip("70,000 goroutines")
	}
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		outside := future.New[int]()
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			for range 70_000 {
				go func() { _, _ = outside.Await(ctx) }()
			}
			return outside.Await(ctx)
		})
		synctest.Wait()
		a, b := hold(t.Context(), p), hold(t.Context(), p)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 2, Running: 2, Queued: 1, Submitted: 3})
		_ = outside.SetResult(1)
		a.release()
		b.release()
		mustGive(t, f, 1)
		_ = p.Close()
		mustHave(t, p, future.PoolStats{Submitted: 3, Completed: 3})
	})
}

func TestAJobThatWantsToGoOnComesBeforeThoseInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		outside := future.New[int]()
		var order []string
		waits := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			v, err := outside.Await(ctx)
			order = append(order, "it goes on")
			return v, err
		})
		synctest.Wait()
		runs := hold(t.Context(), p)
		<-runs.entered
		queued := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
			order = append(order, "another starts")
			return 2, nil
		})
		mustSet(t, outside, 1)
		synctest.Wait()
		runs.release()
		mustGive(t, waits, 1)
		mustGive(t, queued, 2)
		if want := []string{"it goes on", "another starts"}; !slices.Equal(order, want) {
			t.Errorf("%q, want %q", order, want)
		}
		_ = p.Close()
	})
}

func TestAGoroutineThatWaitsAfterItsJobHasEndedLendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		outside := future.New[int]()
		ended := make(chan struct{})
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			go func() {
				<-ended
				_, _ = outside.Await(context.WithoutCancel(ctx))
			}()
			return 1, nil
		})
		mustGive(t, f, 1)
		synctest.Wait()
		close(ended)
		synctest.Wait()
		a, b := hold(t.Context(), p), hold(t.Context(), p)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 1, Submitted: 3, Completed: 1})
		mustSet(t, outside, 1)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 1, Submitted: 3, Completed: 1})
		a.release()
		b.release()
		mustGive(t, b.Future, 7)
		_ = p.Close()
	})
}

func TestAGoroutineThatOutlivesAJobThatItsCallerHasRunHoldsNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.CallerRuns))
		outside, goOn := future.New[int](), make(chan struct{})
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			mustGive(t, future.RunInExecutor(ctx, p, func(ctx context.Context) (int, error) {
				go func() { _, _ = outside.Await(context.WithoutCancel(ctx)) }()
				synctestYield() // until it waits
				return 1, nil
			}), 1)
			<-goOn // no wait for a future: the worker is busy
			return 2, nil
		})
		synctestYield()
		synctestYield()
		other := make(chan struct{})
		go func() {
			future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { <-other; return 3, nil })
		}()
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 3, Completed: 1})
		close(other)
		close(goOn)
		mustGive(t, f, 2)
		mustSet(t, outside, 1)
		_ = p.Close()
	})
}

func TestACallerLendsItsPlaceElsewhereToTheJobThatItRuns(t *testing.T) {
	full := func(t *testing.T) (*future.Pool, *heldJob) {
		t.Helper()
		p := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.CallerRuns))
		h := hold(t.Context(), p)
		<-h.entered
		return p, h
	}
	oneAtATime(t, func(t *testing.T, start crowd, inside *gauge) {
		p, h := full(t)
		f := start(func(ctx context.Context) (int, error) {
			return future.RunInExecutor(ctx, p, func(ctx context.Context) (int, error) {
				return start(inside.rival(time.Second)).Await(ctx)
			}).Await(ctx)
		})
		mustGive(t, f, 0)
		h.release()
		_ = p.Close()
	})
	t.Run("in a thread-locked pool, which would wait for itself", func(t *testing.T) {
		lockedJob(t, func(ctx context.Context, locked *future.Pool) (int, error) {
			p, h := full(t)
			defer h.release()
			return future.RunInExecutor(ctx, p, func(ctx context.Context) (int, error) {
				return give(context.WithoutCancel(ctx), locked, 1).Await(ctx)
			}).Await(context.WithoutCancel(ctx))
		}, 0, future.ErrDeadlock)
	})
}

func TestAJobInItsCallersSteadLendsThePlaceOfThat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.CallerRuns))
		outside := future.New[int]()
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			return future.RunInExecutor(ctx, p, outside.Await).Await(ctx)
		})
		synctest.Wait()
		other := hold(t.Context(), p) // gets the place
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 2, Running: 2, Submitted: 3})
		mustSet(t, outside, 1)
		synctest.Wait()
		if f.Done() {
			t.Error("it has gone on without a place")
		}
		other.release()
		mustGive(t, f, 1)
		_ = p.Close()
		mustHave(t, p, future.PoolStats{Submitted: 3, Completed: 3})
	})
}

func TestThePlaceOfAJobInItsCallersSteadIsForOthersIfTheCallerWaitsElsewhere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithQueue(1), future.WithRejection(future.CallerRuns))
		outside, inside := future.New[int](), make(chan struct{})
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			queued := give(t.Context(), p, 3)
			go func() {
				<-inside
				_, _ = outside.Await(ctx)
			}()
			future.RunInExecutor(ctx, p, func(context.Context) (int, error) {
				close(inside)
				synctestYield() // until the other goroutine waits
				return 1, nil
			})
			<-queued.Ready() // which is no wait for a future
			return 2, nil
		})
		mustGive(t, f, 2)
		mustSet(t, outside, 1)
		_ = p.Close()
		mustHave(t, p, future.PoolStats{Submitted: 3, Completed: 3})
	})
}

func TestAJobThatSomebodyElseRunsLendsNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		outside, goOn := future.New[int](), make(chan struct{})
		busy := hold(t.Context(), p)
		f := future.RunInExecutor(t.Context(), executor(func(j future.Job) error {
			err := p.Execute(j)
			go j.Run() // while it is queued
			return err
		}), func(ctx context.Context) (int, error) {
			<-goOn
			return outside.Await(ctx)
		})
		synctest.Wait()
		busy.release()
		synctest.Wait() // the pool has come to the job
		close(goOn)
		synctest.Wait()
		a, b := hold(t.Context(), p), give(t.Context(), p, 2)
		synctest.Wait()
		if s := p.Stats(); s.Workers != 1 || s.Queued != 1 {
			t.Errorf("two jobs run in a pool of one: %+v", s)
		}
		mustSet(t, outside, 1)
		mustGive(t, f, 1)
		a.release()
		mustGive(t, b, 2)
	})
}

func TestACallerDoesNotWaitForAnIdleWorkerBehindTheJobThatItHasRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.CallerRuns), future.WithIdleTimeout(time.Hour))
		outside, inside, end := future.New[int](), make(chan struct{}), make(chan struct{})
		began := time.Now()
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			future.RunInExecutor(ctx, p, func(ctx context.Context) (int, error) {
				go func() {
					close(inside)
					_, _ = outside.Await(context.WithoutCancel(ctx)) // lends the place
				}()
				<-end
				return 1, nil
			})
			checkElapsed(t, began, 0)
			return 2, nil
		})
		<-inside
		synctest.Wait()
		mustGive(t, give(t.Context(), p, 3), 3) // its worker stays, and has the place
		synctest.Wait()
		close(end)
		mustGive(t, f, 2)
		mustSet(t, outside, 1)
		_ = p.Close()
	})
}
