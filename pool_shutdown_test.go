package future_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

func TestShutdown(t *testing.T) {
	t.Run("finishes what is queued", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2)
			var fs []*future.Future[int]
			for i := range 10 {
				fs = append(fs, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
					time.Sleep(time.Second)
					return i, nil
				}))
			}
			start := time.Now()
			if err := p.Shutdown(t.Context()); err != nil || time.Since(start) != 5*time.Second {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			mustHave(t, p, future.PoolStats{Submitted: 10, Completed: 10})
			for i, f := range fs {
				if v, err := f.Result(); v != i || err != nil {
					t.Errorf("job %d gave %d, %v", i, v, err)
				}
			}
		})
	})
	t.Run("refuses jobs also while others wait for the workers", func(t *testing.T) {
		p := future.NewPool(1)
		first, second, third := hold(t.Context(), p), hold(t.Context(), p), give(t.Context(), p, 3)
		ended, end := context.WithCancel(t.Context())
		end()
		checkIs(t, p.Shutdown(ended), context.Canceled)
		mustFail(t, never(t, t.Context(), p), future.Failed, future.ErrExecutorShutdown)
		first.release()
		<-second.entered
		mustFail(t, never(t, t.Context(), p), future.Failed, future.ErrExecutorShutdown)
		second.release()
		mustGive(t, third, 3)
		_ = p.Close()
		mustHave(t, p, future.PoolStats{Submitted: 5, Completed: 3, Rejected: 2})
	})
	t.Run("refuses jobs from the call on", func(t *testing.T) {
		p := future.NewPool(1)
		if err := p.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
		mustFail(t, never(t, t.Context(), p), future.Failed, future.ErrExecutorShutdown)
		mustHave(t, p, future.PoolStats{Submitted: 1, Rejected: 1})
	})
	t.Run("is bounded by its context and goes on behind it", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1)
			h := hold(t.Context(), p)
			f := give(t.Context(), p, 1)
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errBroken)
			defer cancel()
			start := time.Now()
			err := p.Shutdown(ctx)
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, errBroken) || time.Since(start) != time.Minute {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			if err := p.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("under a dead context: %v", err)
			}
			h.release()
			mustGive(t, f, 1)
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if err := p.Shutdown(ctx); err != nil {
				t.Errorf("with nothing to wait for and a dead context: %v", err)
			}
		})
	})
	t.Run("works for many at once and again", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithThreadLock())
			h := hold(t.Context(), p)
			var wg sync.WaitGroup
			var ended atomic.Int64
			for i := range 10 {
				wg.Go(func() {
					err := p.Shutdown(t.Context())
					if i%2 == 0 {
						err = p.Close()
					}
					if err != nil {
						t.Error(err)
					}
					ended.Add(1)
				})
			}
			synctest.Wait()
			if n := ended.Load(); n != 0 {
				t.Errorf("%d shutdowns ended while a job runs", n)
			}
			p.ShutdownNow()
			p.ShutdownNow()
			h.release()
			wg.Wait()
			p.ShutdownNow()
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("in a job of the pool does not wait for itself", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1)
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				if err := p.Shutdown(ctx); !errors.Is(err, future.ErrDeadlock) {
					t.Errorf("Shutdown in a job gave %v", err)
				}
				mustFail(t, never(t, ctx, p), future.Failed, future.ErrExecutorShutdown)
				return 1, nil
			})
			mustGive(t, f, 1)
		})
	})
	t.Run("in a job of another pool waits and lends that worker", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			outer, inner := future.NewPool(1), future.NewPool(1)
			f := future.RunInExecutor(t.Context(), outer, func(ctx context.Context) (int, error) {
				needed := give(ctx, outer, 1) // runs on the worker that is lent
				future.RunInExecutor(ctx, inner, func(ctx context.Context) (int, error) { return needed.Await(ctx) })
				return 2, inner.Shutdown(ctx)
			})
			mustGive(t, f, 2)
			mustHave(t, inner, future.PoolStats{Submitted: 1, Completed: 1})
		})
	})
	t.Run("lets idle workers go at once", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithIdleTimeout(time.Hour))
			mustGive(t, give(t.Context(), p, 1), 1)
			synctest.Wait()
			start := time.Now()
			_ = p.Close()
			if d := time.Since(start); d != 0 {
				t.Errorf("it took %v", d)
			}
			mustHave(t, p, future.PoolStats{Submitted: 1, Completed: 1})
		})
	})
	t.Run("after a cancel does not hang", func(t *testing.T) {
		for range 200 {
			p := future.NewPool(1)
			var fs []*future.Future[int]
			for range 4 {
				fs = append(fs, give(t.Context(), p, 1))
			}
			var wg sync.WaitGroup
			for _, f := range fs {
				wg.Go(func() { f.Cancel(nil) })
			}
			_ = p.Close()
			wg.Wait()
			for _, f := range fs {
				<-f.Ready()
			}
		}
	})
}

func TestShutdownNow(t *testing.T) {
	t.Run("drops the queue and cancels what runs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2)
			run := func() *future.Future[int] {
				return future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					time.Sleep(time.Second)
					return 0, context.Cause(ctx)
				})
			}
			polite := run()
			stubborn := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				return 5, nil // a produced value is never thrown away
			})
			synctest.Wait()
			queued := never(t, t.Context(), p)
			p.ShutdownNow()
			mustFail(t, queued, future.Failed, future.ErrExecutorShutdown)
			if polite.Done() {
				t.Error("a running future is done before its call is")
			}
			mustFail(t, never(t, t.Context(), p), future.Failed, future.ErrExecutorShutdown)
			mustFail(t, polite, future.Cancelled, future.ErrCancelled, future.ErrExecutorShutdown)
			mustGive(t, stubborn, 5)
			_ = p.Close()
			mustHave(t, p, future.PoolStats{Submitted: 4, Completed: 2, Dropped: 1, Rejected: 1})
		})
	})
	t.Run("drops a job that its worker has not come to", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ready := make(chan struct{})
			p := future.NewPool(1, future.WithWorkerInit(func() (func(), error) { <-ready; return nil, nil }))
			f := never(t, t.Context(), p)
			synctest.Wait()
			p.ShutdownNow()
			mustFail(t, f, future.Failed, future.ErrExecutorShutdown)
			close(ready)
			_ = p.Close()
			mustHave(t, p, future.PoolStats{Submitted: 1, Dropped: 1})
		})
	})
	t.Run("works from inside a job", func(t *testing.T) {
		p := future.NewPool(1)
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			p.ShutdownNow()
			return 0, ctx.Err()
		})
		mustFail(t, f, future.Cancelled, future.ErrExecutorShutdown)
		_ = p.Close()
	})
	t.Run("after Shutdown cuts its wait short", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1)
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				return 0, future.Sleep(ctx, time.Hour)
			})
			queued := never(t, t.Context(), p)
			time.AfterFunc(time.Minute, p.ShutdownNow)
			start := time.Now()
			if err := p.Close(); err != nil || time.Since(start) != time.Minute {
				t.Errorf("%v after %v", err, time.Since(start))
			}
			mustFail(t, f, future.Cancelled, future.ErrExecutorShutdown)
			mustFail(t, queued, future.Failed, future.ErrExecutorShutdown)
		})
	})
}

func TestAGracefulShutdownDrainsForAWhileAndThenCancels(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		quick := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) { return 1, future.Sleep(ctx, time.Second) })
		slow := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) { return 1, future.Sleep(ctx, time.Hour) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Shutdown(ctx); err == nil {
			t.Error("the slow job has ended")
		}
		p.ShutdownNow()
		_ = p.Close()
		mustGive(t, quick, 1)
		mustFail(t, slow, future.Cancelled, future.ErrExecutorShutdown)
	})
}

func TestEachWorkerIsStartedAndStopped(t *testing.T) {
	for name, opts := range map[string][]future.PoolOption{
		"in a plain pool":         nil,
		"in a pool that idles":    {future.WithIdleTimeout(time.Second)},
		"in a thread-locked pool": {future.WithThreadLock()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var live, most, starts atomic.Int64
				p := future.NewPool(3, append(opts, future.WithWorkerInit(func() (func(), error) {
					starts.Add(1)
					most.Store(max(most.Load(), live.Add(1)))
					return func() { live.Add(-1) }, nil
				}))...)
				for i := range 50 {
					future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
						if live.Load() == 0 {
							t.Error("a job runs on a worker that was not started")
						}
						if i%5 == 0 {
							runtime.Goexit()
						}
						return i, nil
					})
				}
				_ = p.Close()
				if live.Load() != 0 || most.Load() > 3 || starts.Load() < 10 {
					t.Errorf("%d workers were not stopped, at most %d lived, %d starts", live.Load(), most.Load(), starts.Load())
				}
				mustHave(t, p, future.PoolStats{Submitted: 50, Completed: 50})
			})
			runtime.GC()
		})
	}
}

func TestAWorkerThatCannotStartBreaksThePool(t *testing.T) {
	for name, test := range map[string]struct {
		start func() (func(), error)
		want  error
	}{
		"by an error":  {func() (func(), error) { return nil, errBroken }, errBroken},
		"by a panic":   {func() (func(), error) { panic(errBroken) }, errBroken},
		"by a Goexit":  {func() (func(), error) { runtime.Goexit(); return nil, nil }, future.ErrGoexit},
		"a stop is no": {func() (func(), error) { return func() { panic("stop") }, errBroken }, errBroken},
	} {
		for locking, opts := range map[string][]future.PoolOption{
			" of plain workers":         {},
			" of thread-locked workers": {future.WithThreadLock()},
		} {
			t.Run(name+locking, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					fail := make(chan struct{})
					p := future.NewPool(1, append(opts, future.WithQueue(1), future.WithWorkerInit(func() (func(), error) {
						<-fail
						return test.start()
					}))...)
					first, queued := never(t, t.Context(), p), never(t, t.Context(), p)
					time.AfterFunc(time.Second, func() { close(fail) })
					atDoor := never(t, t.Context(), p)
					later := never(t, t.Context(), p)
					for _, f := range []*future.Future[int]{first, queued, atDoor, later} {
						mustFail(t, f, future.Failed, future.ErrRejected, test.want)
					}
					synctest.Wait()
					mustHave(t, p, future.PoolStats{Submitted: 4, Dropped: 2, Rejected: 2})
					p.Resize(5)
					p.ShutdownNow()
					if err := p.Close(); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
	t.Run("but its other workers end their jobs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			starts := 0
			p := future.NewPool(2, future.WithWorkerInit(func() (func(), error) {
				if starts++; starts > 1 {
					return nil, errBroken
				}
				return nil, nil
			}))
			h := hold(t.Context(), p)
			<-h.entered
			mustFail(t, never(t, t.Context(), p), future.Failed, errBroken, future.ErrRejected)
			h.release()
			mustGive(t, h.Future, 7)
			mustFail(t, never(t, t.Context(), p), future.Failed, errBroken, future.ErrRejected)
		})
	})
	t.Run("also when it is to replace one that a job has ended", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			starts := 0
			p := future.NewPool(1, future.WithWorkerInit(func() (func(), error) {
				if starts++; starts > 1 {
					return nil, errBroken
				}
				return nil, nil
			}))
			f := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
			next := never(t, t.Context(), p)
			mustFail(t, f, future.Failed, future.ErrGoexit)
			mustFail(t, next, future.Failed, errBroken)
			_ = p.Close()
			mustHave(t, p, future.PoolStats{Submitted: 2, Completed: 1, Dropped: 1})
		})
	})
}

func TestAStopFunctionThatFailsIsReported(t *testing.T) {
	for name, stop := range map[string]func(){
		"by a panic":  func() { panic(errBroken) },
		"by a Goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			reports := collectReports(t)
			synctest.Test(t, func(t *testing.T) {
				p := future.NewPool(1, future.WithWorkerInit(func() (func(), error) { return stop, nil }))
				mustGive(t, give(t.Context(), p, 1), 1)
				f := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
				mustGive(t, give(t.Context(), p, 2), 2)
				mustFail(t, f, future.Failed, future.ErrGoexit)
				_ = p.Close()
				mustHave(t, p, future.PoolStats{Submitted: 3, Completed: 3})
			})
			told := func(r future.Report) bool { return strings.Contains(r.Message, "stop function") }
			if rs := reports.filter(told); len(rs) < 2 {
				t.Errorf("got the reports %v, want one for each worker", rs)
			}
		})
	}
}
