package future_test

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"example.com/future"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// mustHave compares the gauges and counters of a pool, and not its times.
func mustHave(t *testing.T, p *future.Pool, want future.PoolStats) {
	t.Helper()
	ignore := cmpopts.IgnoreFields(future.PoolStats{}, "Waited", "Ran")
	if diff := cmp.Diff(want, p.Stats(), ignore, cmpopts.IgnoreUnexported(future.PoolStats{})); diff != "" {
		t.Errorf("the statistics of the pool (-want +got):\n%s", diff)
	}
}

func TestProgrammersErrorsOfPoolsPanic(t *testing.T) {
	p := future.NewPool(1)
	for name, f := range map[string]func(){
		"a pool of no workers":         func() { future.NewPool(0) },
		"a pool of fewer":              func() { future.NewPool(-1) },
		"a resize to no workers":       func() { p.Resize(0) },
		"a queue of a negative length": func() { future.WithQueue(-1) },
		"an unknown rejection":         func() { future.WithRejection(future.DropOldest + 1) },
		"no time to be idle":           func() { future.WithIdleTimeout(0) },
		"a nil start function":         func() { future.WithWorkerInit(nil) },
		"a shutdown without a context": func() { _ = p.Shutdown(nil) }, //nolint:staticcheck // on purpose
	} {
		t.Run(name, func(t *testing.T) { refusesWithRemedy(t, name, f) })
	}
	mustHave(t, p, future.PoolStats{})
}

func TestAPoolRunsAtMostSoManyJobs(t *testing.T) {
	for _, size := range []int{1, 2, 3, 8} {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(size)
			var running, most atomic.Int64
			start := time.Now()
			var fs []*future.Future[int]
			for range 10 * size {
				fs = append(fs, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
					most.Store(max(most.Load(), running.Add(1)))
					time.Sleep(time.Second)
					running.Add(-1)
					return 0, nil
				}))
			}
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Workers: size, Running: size, Queued: 9 * size, Submitted: uint64(10 * size)})
			_, err := future.Gather(fs...).Await(t.Context())
			if d := time.Since(start); d != 10*time.Second || most.Load() != int64(size) || err != nil {
				t.Errorf("%d workers took %v, at most %d jobs at once, %v", size, d, most.Load(), err)
			}
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Submitted: uint64(10 * size), Completed: uint64(10 * size)})
		})
	}
}

func TestAJobThatComesWhenTheLastWorkerHasGoneIsStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		for range 3 {
			h := hold(t.Context(), p)
			f := give(t.Context(), p, 1) // waits in the queue
			h.release()
			mustGive(t, f, 1)
			synctest.Wait()
			if n := p.Stats().Workers; n != 0 {
				t.Errorf("%d workers have nothing to do", n)
			}
		}
		_ = p.Close()
	})
}

func TestWorkersComeOnDemandAndGoWhenThereIsNothingToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(8)
		mustHave(t, p, future.PoolStats{})
		a, b := hold(t.Context(), p), hold(t.Context(), p)
		if n := p.Stats().Workers; n != 2 {
			t.Errorf("%d workers for 2 jobs", n)
		}
		a.release()
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 2, Completed: 1})
		b.release()
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Submitted: 2, Completed: 2})
	}) // without a shutdown; a goroutine that is left fails the test
}

func TestJobsStartInTheOrderInWhichTheyCame(t *testing.T) {
	for name, opts := range map[string][]future.PoolOption{
		"in an unbounded queue":        nil,
		"through a queue that is full": {future.WithQueue(3)},
		"without a queue":              {future.WithQueue(0)},
		"on a thread-locked worker":    {future.WithThreadLock()},
		"on an idle worker":            {future.WithIdleTimeout(time.Second)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := future.NewPool(1, opts...)
				h := hold(t.Context(), p)
				var order []int // one worker writes
				var wg sync.WaitGroup
				for i := range 100 {
					wg.Go(func() {
						f := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
							order = append(order, i)
							return i, nil
						})
						mustGive(t, f, i)
					})
					synctest.Wait() // i is in the queue, or waits for a place
					if i%3 == 1 {
						// One that leaves makes no difference to the others.
						wg.Go(func() {
							ctx, cancel := context.WithCancel(t.Context())
							defer cancel()
							defer time.AfterFunc(time.Second, cancel).Stop()
							never(t, ctx, p)
						})
						synctest.Wait()
					}
				}
				time.Sleep(2 * time.Second)
				h.release()
				wg.Wait()
				if !slices.IsSorted(order) || len(order) != 100 {
					t.Errorf("the order was %v", order)
				}
				_ = p.Close()
			})
		})
	}
}

func TestAWorkerStaysForItsIdleTimeExactly(t *testing.T) {
	for name, locked := range map[string]bool{"in a plain pool": false, "in a thread-locked pool": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				opts := []future.PoolOption{future.WithIdleTimeout(time.Minute)}
				if locked {
					opts = append(opts, future.WithThreadLock())
				}
				starts := 0
				opts = append(opts, future.WithWorkerInit(func() (func(), error) { starts++; return nil, nil }))
				p := future.NewPool(4, opts...)
				mustGive(t, give(t.Context(), p, 1), 1)
				time.Sleep(time.Minute - 1)
				synctest.Wait()
				if n := p.Stats().Workers; n != 1 {
					t.Errorf("%d workers a moment before the time is up", n)
				}
				mustGive(t, give(t.Context(), p, 1), 1) // begins the time again
				time.Sleep(time.Minute - 1)
				synctest.Wait()
				if n := p.Stats().Workers; n != 1 || starts != 1 {
					t.Errorf("%d workers, %d starts: the idle one was not used", n, starts)
				}
				time.Sleep(1)
				synctest.Wait()
				if n := p.Stats().Workers; n != 0 {
					t.Errorf("%d workers when the time is up", n)
				}
				mustGive(t, give(t.Context(), p, 1), 1)
				if starts != 2 {
					t.Errorf("%d starts", starts)
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

// idlePool returns a pool all of whose workers are idle. The test is in a bubble.
func idlePool(t *testing.T, workers int, opts ...future.PoolOption) *future.Pool {
	t.Helper()
	p := future.NewPool(workers, opts...)
	var held []*heldJob
	for range workers {
		held = append(held, hold(t.Context(), p))
	}
	for _, h := range held {
		h.release()
	}
	synctest.Wait()
	return p
}

func TestTheBusiestIdleWorkersAreUsedSoThatOthersCanGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := idlePool(t, 4, future.WithIdleTimeout(time.Minute))
		for range 10 {
			time.Sleep(10 * time.Second)
			mustGive(t, give(t.Context(), p, 1), 1)
		}
		synctest.Wait()
		if n := p.Stats().Workers; n != 1 {
			t.Errorf("%d workers stay for one job every ten seconds", n)
		}
		time.Sleep(time.Minute)
	})
}

func TestAThreadLockedWorkerStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(2, future.WithThreadLock())
		mustGive(t, give(t.Context(), p, 1), 1)
		time.Sleep(1000 * time.Hour)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Submitted: 1, Completed: 1})
		_ = p.Close()
		mustHave(t, p, future.PoolStats{Submitted: 1, Completed: 1})
	})
}

func TestAJobThatEndsItsWorkerLosesNothing(t *testing.T) {
	for name, opts := range map[string][]future.PoolOption{
		"in a plain pool":         nil,
		"in a pool that idles":    {future.WithIdleTimeout(time.Second)},
		"in a thread-locked pool": {future.WithThreadLock()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := future.NewPool(2, opts...)
				var fs []*future.Future[int]
				for i := range 100 {
					fs = append(fs, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
						switch i % 3 {
						case 0:
							runtime.Goexit()
						case 1:
							panic(i)
						}
						return i, nil
					}))
				}
				for i, f := range fs {
					switch i % 3 {
					case 0:
						mustFail(t, f, future.Failed, future.ErrGoexit)
					case 1:
						mustFail(t, f, future.Failed)
					default:
						mustGive(t, f, i)
					}
				}
				_ = p.Close()
				mustHave(t, p, future.PoolStats{Submitted: 100, Completed: 100})
			})
		})
	}
}

func TestResize(t *testing.T) {
	t.Run("up starts workers for the jobs that wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1)
			var held []*heldJob
			for range 5 {
				held = append(held, hold(t.Context(), p))
			}
			p.Resize(4)
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Workers: 4, Running: 4, Queued: 1, Submitted: 5})
			for _, h := range held {
				h.release()
			}
			mustGive(t, held[4].Future, 7)
		})
	})
	t.Run("up lets those in who wait for a place", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithQueue(0))
			a := hold(t.Context(), p)
			go func() { mustGive(t, give(t.Context(), p, 1), 1) }()
			synctest.Wait()
			p.Resize(2)
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 2, Completed: 1})
			a.release()
		})
	})
	t.Run("down lets those go that end their job first", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(4)
			var held []*heldJob
			for range 6 {
				held = append(held, hold(t.Context(), p))
			}
			synctest.Wait()
			p.Resize(2)
			synctest.Wait()
			if n := p.Stats().Running; n != 4 {
				t.Errorf("%d jobs run after the resize, want 4: none is interrupted", n)
			}
			held[0].release()
			held[1].release()
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Workers: 2, Running: 2, Queued: 2, Submitted: 6, Completed: 2})
			held[2].release()
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Workers: 2, Running: 2, Queued: 1, Submitted: 6, Completed: 3})
			for _, h := range held {
				h.release()
			}
			_ = p.Close()
		})
	})
	t.Run("down twice lets no more go than there are too many", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := idlePool(t, 4, future.WithThreadLock())
			p.Resize(3)
			p.Resize(2) // the worker that has to go has not gone
			synctest.Wait()
			if n := p.Stats().Workers; n != 2 {
				t.Errorf("%d workers stay after a resize to 2", n)
			}
			_ = p.Close()
		})
	})
	t.Run("down lets nobody go in place of one that takes its time", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(3, future.WithThreadLock(), future.WithWorkerInit(func() (func(), error) {
				return func() { time.Sleep(time.Minute) }, nil
			}))
			var held []*heldJob
			for range 3 {
				held = append(held, hold(t.Context(), p))
			}
			synctest.Wait()
			held[0].release()
			synctest.Wait()
			p.Resize(2)
			synctest.Wait()
			held[1].release()
			time.Sleep(time.Hour)
			if n := p.Stats().Workers; n != 2 {
				t.Errorf("%d workers stay after a resize to 2", n)
			}
			held[2].release()
			_ = p.Close()
		})
	})
	t.Run("down lets as many idle workers go as there are too many", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := idlePool(t, 4, future.WithThreadLock())
			p.Resize(3)
			synctest.Wait()
			if n := p.Stats().Workers; n != 3 {
				t.Errorf("%d of 4 idle workers stay after a resize to 3", n)
			}
			p.Resize(1)
			synctest.Wait()
			if n := p.Stats().Workers; n != 1 {
				t.Errorf("%d workers stay after a resize to 1", n)
			}
			_ = p.Close()
		})
	})
}

func TestTimingSaysHowLongJobsWaitAndRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithTiming())
		var fs []*future.Future[int]
		for range 40 { // the queue grows meanwhile
			time.Sleep(time.Millisecond)
			fs = append(fs, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
				time.Sleep(time.Second)
				return 0, nil
			}))
		}
		fs[39].Cancel(nil) // its wait does not count, it leads to nothing
		_, _ = future.GatherSettled(fs...).Await(t.Context())
		synctest.Wait()
		s := p.Stats()
		if want := 38 * 39 / 2 * 999 * time.Millisecond; s.Waited != want || s.Ran != 39*time.Second {
			t.Errorf("waited %v, ran %v; want %v and 39s", s.Waited, s.Ran, want)
		}
	})
	t.Run("without the start of the worker", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithTiming(), future.WithWorkerInit(func() (stop func(), err error) {
				time.Sleep(time.Minute)
				return nil, nil
			}))
			mustGive(t, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
				time.Sleep(time.Second)
				return 1, nil
			}), 1)
			_ = p.Close()
			if ran := p.Stats().Ran; ran != time.Second {
				t.Errorf("ran %v, want 1s", ran)
			}
		})
	})
	t.Run("also of a job that its caller runs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithTiming(), future.WithQueue(0), future.WithRejection(future.CallerRuns))
			h := hold(t.Context(), p)
			mustGive(t, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
				time.Sleep(time.Minute)
				return 1, nil
			}), 1)
			h.release() // it has run for a minute too
			_ = p.Close()
			if s := p.Stats(); s.Completed != 2 || s.Ran != 2*time.Minute {
				t.Errorf("%d jobs ran %v, want 2 and 2m0s", s.Completed, s.Ran)
			}
		})
	})
	t.Run("only if it was asked for", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1)
			mustGive(t, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
				time.Sleep(time.Second)
				return 0, nil
			}), 0)
			synctest.Wait()
			if s := p.Stats(); s.Waited != 0 || s.Ran != 0 {
				t.Errorf("%+v", s)
			}
		})
	})
}

func TestAPoolMayBeAsLargeAsAnInt(t *testing.T) {
	p := future.NewPool(math.MaxInt)
	for i := range 10 {
		mustGive(t, give(t.Context(), p, i), i)
	}
	n := 0
	for v, err := range future.Stream(t.Context(), p, slices.Values([]int{0, 1, 2}), func(_ context.Context, v int) (int, error) { return v, nil }) {
		if v != n || err != nil {
			t.Errorf("got %d, %v at %d", v, err, n)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d results", n)
	}
}

func TestAPoolDoesNotKeepTheJobsThatItsCallersHaveRun(t *testing.T) {
	p := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.CallerRuns))
	job := runInStead(t, p)
	collect(t, "the job is collected", func() bool { return job.Value() == nil })
	mustHave(t, p, future.PoolStats{Submitted: 2, Completed: 2})
}

// runInStead returns a job that was run in the stead of another on the worker of p.
//
//go:noinline
func runInStead(t *testing.T, p *future.Pool) weak.Pointer[future.Future[int]] {
	t.Helper()
	var job weak.Pointer[future.Future[int]]
	mustGive(t, future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
		f := give(ctx, p, 2)
		job = weak.Make(f)
		return f.Result()
	}), 2)
	return job
}
