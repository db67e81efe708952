package future_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// lockedJob runs fn on a thread-locked pool of one worker, in a bubble: a deadlock that
// is not noticed fails the test.
func lockedJob(t *testing.T, fn func(ctx context.Context, p *future.Pool) (int, error), want int, errs ...error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithThreadLock())
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) { return fn(ctx, p) })
		if len(errs) > 0 {
			mustFail(t, f, future.Failed, errs...)
		} else {
			mustGive(t, f, want)
		}
		_ = p.Close()
		s := p.Stats()
		if s.Queued != 0 || s.Running != 0 || s.Submitted != s.Completed+s.Dropped+s.Rejected {
			t.Errorf("%+v", s)
		}
	})
}

func TestAWaitThatCannotEndOnAThreadLockedPoolEndsWithErrDeadlock(t *testing.T) {
	type wait = func(ctx context.Context, f *future.Future[int]) error
	for name, wait := range map[string]wait{
		"directly": func(ctx context.Context, f *future.Future[int]) error { _, err := f.Await(ctx); return err },
		"under a timeout": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.WaitFor(ctx, f, time.Hour)
			return err
		},
		"through Map": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Map(f, func(v int) (int, error) { return v, nil }).Await(ctx)
			return err
		},
		"through Then": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Then(ctx, f, func(_ context.Context, v int) (int, error) { return v, nil }).Await(ctx)
			return err
		},
		"through Catch": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Catch(ctx, f, func(context.Context, error) (int, error) { return 0, nil }).Await(ctx)
			return err
		},
		"through Shield": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Shield(f).Await(ctx)
			return err
		},
		"through Flatten": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Flatten(future.FromResult(f)).Await(ctx)
			return err
		},
		"through Gather": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Gather(future.FromResult(1), f).Await(ctx)
			return err
		},
		"through GatherSettled": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.GatherSettled(f, f).Await(ctx)
			return err
		},
		"through a Race of one source": func(ctx context.Context, f *future.Future[int]) error {
			same := func(v int) (int, error) { return v, nil }
			_, err := future.Race(future.Map(f, same), future.Map(f, same), f).Await(ctx)
			return err
		},
		"through Any": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Any(f, future.Shield(f)).Await(ctx)
			return err
		},
		"through Any, another input of which has failed": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Any(future.FromException[int](errBroken), f).Await(ctx)
			return err
		},
		"through Any, another input of which fails later": func(ctx context.Context, f *future.Future[int]) error {
			other := future.New[int]()
			time.AfterFunc(time.Second, func() { _ = other.SetException(errBroken) })
			_, err := future.Any(f, other).Await(ctx)
			_ = other.Exception() // or it would be reported
			return err
		},
		"through a Race that is being cancelled": func(ctx context.Context, f *future.Future[int]) error {
			task := future.Go(ctx, func(ctx context.Context) (int, error) { return f.Await(context.WithoutCancel(ctx)) })
			race := future.Race(task, future.After(time.Hour, 1))
			synctestYield() // until the task waits
			race.Cancel(nil)
			_, err := race.Await(ctx)
			return err
		},
		"in AsCompleted behind another that is done": func(ctx context.Context, f *future.Future[int]) error {
			for _, o := range future.AsCompleted(ctx, future.FromResult(1), f) {
				if o.Err != nil {
					return o.Err
				}
			}
			return nil
		},
		"through a function of Then": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Then(ctx, future.FromResult(1), func(ctx context.Context, _ int) (int, error) { return f.Await(ctx) }).Await(ctx)
			return err
		},
		"through a function of Catch": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Catch(ctx, future.FromException[int](errBoom), func(ctx context.Context, _ error) (int, error) { return f.Await(ctx) }).Await(ctx)
			return err
		},
		"after another goroutine's wait, which ends by itself": func(ctx context.Context, f *future.Future[int]) error {
			go func() { _, _ = future.After(time.Second, 1).Await(ctx) }()
			synctestYield()
			_, err := f.Await(ctx)
			return err
		},
		"in two goroutines": func(ctx context.Context, f *future.Future[int]) error {
			var wg sync.WaitGroup
			var errs [2]error
			for i := range errs {
				wg.Go(func() { _, errs[i] = f.Await(ctx) })
			}
			wg.Wait()
			if !errors.Is(errs[0], future.ErrDeadlock) {
				return errs[0]
			}
			return errs[1]
		},
		"through a task": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Go(ctx, f.Await).Await(ctx)
			return err
		},
		"through a task that waits later": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Go(ctx, func(ctx context.Context) (int, error) {
				_ = future.Sleep(ctx, time.Second)
				return f.Await(ctx)
			}).Await(ctx)
			return err
		},
		"through a task, another goroutine of which has waited": func(ctx context.Context, f *future.Future[int]) error {
			task := future.Go(ctx, func(ctx context.Context) (int, error) {
				go func() {
					synctestYield() // until the task waits
					_, _ = future.After(time.Second, 1).Await(ctx)
				}()
				return f.Await(ctx)
			})
			time.Sleep(time.Minute)
			_, err := task.Await(ctx)
			return err
		},
		"through a task, another goroutine of which waits for what ends by itself": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Go(ctx, func(ctx context.Context) (int, error) {
				go func() { _, _ = future.After(time.Second, 1).Await(ctx) }()
				synctestYield() // until that waits
				return f.Await(ctx)
			}).Await(ctx)
			return err
		},
		"through tasks of tasks": func(ctx context.Context, f *future.Future[int]) error {
			_, err := future.Go(ctx, func(ctx context.Context) (int, error) {
				return future.Go(ctx, future.Map(f, func(v int) (int, error) { return v, nil }).Await).Await(ctx)
			}).Await(ctx)
			return err
		},
		"through Flatten, whose inner future comes later": func(ctx context.Context, f *future.Future[int]) error {
			outer := future.New[*future.Future[int]]()
			time.AfterFunc(time.Second, func() { _ = outer.SetResult(f) })
			_, err := future.Flatten(outer).Await(ctx)
			return err
		},
		"in Await2": func(ctx context.Context, f *future.Future[int]) error {
			_, _, err := future.Await2(ctx, f, future.FromResult(1))
			return err
		},
		"in Wait": func(ctx context.Context, f *future.Future[int]) error {
			_, _, err := future.Wait(ctx, future.AllCompleted, f)
			return err
		},
		"in AsCompleted": func(ctx context.Context, f *future.Future[int]) error {
			for _, o := range future.AsCompleted(ctx, f) {
				return o.Err
			}
			return nil
		},
		"in a TaskGroup": func(ctx context.Context, f *future.Future[int]) error {
			return future.TaskGroup(ctx, func(g *future.Group) error { future.Go(g, f.Await); return nil })
		},
		"in a TaskGroup with supervision": func(ctx context.Context, f *future.Future[int]) error {
			return future.TaskGroup(ctx, func(g *future.Group) error { future.Go(g, f.Await); return nil }, future.WithSupervision())
		},
		"through a long chain": func(ctx context.Context, f *future.Future[int]) error {
			for range 50_000 {
				f = future.Map(f, func(v int) (int, error) { return v, nil })
			}
			_, err := f.Await(ctx)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			lockedJob(t, func(ctx context.Context, p *future.Pool) (int, error) {
				f := give(context.WithoutCancel(ctx), p, 1)
				return 0, wait(ctx, f)
			}, 0, future.ErrDeadlock)
		})
	}
	t.Run("and the job may go on", func(t *testing.T) {
		lockedJob(t, func(ctx context.Context, p *future.Pool) (int, error) {
			f := give(ctx, p, 2)
			if _, err := f.Await(ctx); !errors.Is(err, future.ErrDeadlock) {
				t.Errorf("got %v", err)
			}
			if f.Done() {
				t.Error("the other job is not queued any more")
			}
			return 1, nil
		}, 1)
	})
	t.Run("when the job is queued later", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithThreadLock())
			submit := make(chan struct{})
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				return future.Go(context.WithoutCancel(ctx), func(ctx context.Context) (int, error) {
					<-submit
					return give(ctx, p, 1).Await(ctx)
				}).Await(ctx)
			})
			synctest.Wait()
			close(submit)
			mustFail(t, f, future.Failed, future.ErrDeadlock)
			_ = p.Close()
		})
	})
	t.Run("when the job came before others had their turn", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithThreadLock())
			h := hold(t.Context(), p)
			awaits := make(chan *future.Future[int], 1)
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) { return (<-awaits).Await(ctx) })
			awaits <- give(t.Context(), p, 1)
			h.release()
			mustFail(t, f, future.Failed, future.ErrDeadlock)
			_ = p.Close()
		})
	})
	t.Run("when the last worker begins to wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(3, future.WithThreadLock())
			last := make(chan struct{})
			queued := make(chan *future.Future[int], 1)
			waits := func(ctx context.Context) (int, error) {
				f := <-queued
				queued <- f
				return f.Await(ctx)
			}
			a, b := future.RunInExecutor(t.Context(), p, waits), future.RunInExecutor(t.Context(), p, waits)
			c := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				<-last
				if _, err := waits(ctx); !errors.Is(err, future.ErrDeadlock) {
					t.Errorf("the last wait gave %v", err)
				}
				return 3, nil
			})
			queued <- give(t.Context(), p, 1)
			synctest.Wait()
			if a.Done() || b.Done() {
				t.Error("a wait ended while one worker runs")
			}
			close(last)
			mustGive(t, c, 3)
			mustGive(t, a, 1) // its job has got the worker that did not wait any more
			mustGive(t, b, 1)
			_ = p.Close()
		})
	})
	t.Run("when the worker goes that did not wait", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithThreadLock())
			h := hold(t.Context(), p)
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				return give(context.WithoutCancel(ctx), p, 1).Await(ctx)
			})
			synctest.Wait()
			p.Resize(1)
			synctest.Wait()
			if f.Done() {
				t.Error("the wait ended while a job runs")
			}
			h.release()
			mustFail(t, f, future.Failed, future.ErrDeadlock)
			_ = p.Close()
		})
	})
	t.Run("when jobs wait for a place in a full queue", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithThreadLock(), future.WithQueue(1))
			submit := func(ctx context.Context) (int, error) {
				synctestYield()
				fs := []*future.Future[int]{give(ctx, p, 1), give(ctx, p, 1), give(ctx, p, 1)}
				n := 0
				for _, f := range fs {
					switch _, err := f.Await(ctx); {
					case errors.Is(err, future.ErrDeadlock):
						n++
					case err != nil:
						t.Error(err)
					}
				}
				return n, nil
			}
			a, b := future.RunInExecutor(t.Context(), p, submit), future.RunInExecutor(t.Context(), p, submit)
			x, y, err := future.Await2(t.Context(), a, b)
			if x+y == 0 || err != nil {
				t.Errorf("%d deadlocks, %v", x+y, err)
			}
			_ = p.Close()
			if s := p.Stats(); s.Submitted != s.Completed+s.Rejected+s.Dropped || s.Rejected == 0 {
				t.Errorf("%+v", s)
			}
		})
	})
	t.Run("in Stream, where the error comes in its place", func(t *testing.T) {
		lockedJob(t, func(ctx context.Context, p *future.Pool) (int, error) {
			n := 0
			for _, err := range future.Stream(ctx, p, slices.Values([]int{1, 2, 3, 4, 5}), func(_ context.Context, v int) (int, error) { return v, nil }) {
				if !errors.Is(err, future.ErrDeadlock) {
					t.Errorf("got %v", err)
				}
				n++
			}
			if s := p.Stats(); s.Queued != 0 {
				t.Errorf("the stream has left something: %+v", s)
			}
			return n, nil
		}, 5)
	})
}

// synctestYield lets what else can run in the bubble run first.
func synctestYield() { time.Sleep(1) }

func TestADeadlockIsSeenWhenAJobIsQueuedForWhichAWorkerWaitsAlready(t *testing.T) {
	lockedJob(t, func(ctx context.Context, p *future.Pool) (int, error) {
		return 0, future.TaskGroup(ctx, func(g *future.Group) error {
			future.Go(g, func(ctx context.Context) (int, error) {
				time.Sleep(time.Second) // until the worker waits for the group
				give(t.Context(), p, 1) // nobody waits for this one
				never(t, g, p)
				<-ctx.Done()
				return 0, ctx.Err()
			})
			return nil
		})
	}, 0, future.ErrDeadlock)
}

func TestNoDeadlockIsSeenWhereSomethingElseCanEndTheWait(t *testing.T) {
	for name, fn := range map[string]func(ctx context.Context, p *future.Pool) (int, error){
		"a future that somebody may settle": func(ctx context.Context, p *future.Pool) (int, error) {
			give(ctx, p, 1)
			f := future.New[int]()
			time.AfterFunc(time.Second, func() { _ = f.SetResult(2) })
			return f.Await(ctx)
		},
		"a time limit of its own": func(ctx context.Context, p *future.Pool) (int, error) {
			_, err := future.Timeout(give(ctx, p, 1), time.Second).Await(ctx)
			if !errors.Is(err, future.ErrTimeout) {
				return 0, err
			}
			return 2, nil
		},
		"a worker of another pool that goes on": func(ctx context.Context, p *future.Pool) (int, error) {
			other := future.NewPool(2, future.WithThreadLock())
			future.RunInExecutor(ctx, other, give(ctx, p, 1).Await) // waits for this pool
			h := hold(ctx, other)
			time.AfterFunc(time.Second, h.release)
			f := give(ctx, other, 2)
			defer other.ShutdownNow()
			synctestYield() // until one of its workers waits
			return f.Await(ctx)
		},
		"a race with a timer": func(ctx context.Context, p *future.Pool) (int, error) {
			return future.Race(give(ctx, p, 1), future.After(time.Second, 2)).Await(ctx)
		},
		"the first of several": func(ctx context.Context, p *future.Pool) (int, error) {
			done, pending, err := future.Wait(ctx, future.FirstCompleted, give(ctx, p, 1), future.After(time.Second, 2))
			return len(done) + len(pending), err
		},
		"the first that fails": func(ctx context.Context, p *future.Pool) (int, error) {
			fails := future.Go(ctx, func(ctx context.Context) (int, error) {
				_ = future.Sleep(ctx, time.Second)
				return 0, errBroken
			})
			done, pending, err := future.Wait(ctx, future.FirstException, give(ctx, p, 1), fails)
			_ = fails.Exception() // or it would be reported
			return len(done) + len(pending), err
		},
		"a task that runs": func(ctx context.Context, p *future.Pool) (int, error) {
			give(ctx, p, 1)
			return future.Go(ctx, func(ctx context.Context) (int, error) { return 2, future.Sleep(ctx, time.Second) }).Await(ctx)
		},
		"a task that does not use Await": func(ctx context.Context, p *future.Pool) (int, error) {
			queued := give(ctx, p, 1)
			return future.Go(ctx, func(context.Context) (int, error) {
				select {
				case <-queued.Ready():
				case <-time.After(time.Second):
				}
				return 2, nil
			}).Await(ctx)
		},
		"a job in another pool": func(ctx context.Context, p *future.Pool) (int, error) {
			give(ctx, p, 1)
			return future.RunInExecutor(ctx, nil, func(ctx context.Context) (int, error) { return 2, future.Sleep(ctx, time.Second) }).Await(ctx)
		},
		"a job that is done": func(ctx context.Context, p *future.Pool) (int, error) {
			f := give(ctx, p, 1)
			f.Cancel(nil)
			give(ctx, p, 1)
			_, err := f.Await(ctx)
			if !errors.Is(err, future.ErrCancelled) {
				return 0, err
			}
			return 2, nil
		},
	} {
		t.Run(name, func(t *testing.T) { lockedJob(t, fn, 2) })
	}
	t.Run("another worker that runs", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithThreadLock())
			h := hold(t.Context(), p)
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				return give(ctx, p, 1).Await(ctx)
			})
			time.AfterFunc(time.Minute, h.release)
			mustGive(t, f, 1)
			_ = p.Close()
		})
	})
	t.Run("a resize", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithThreadLock())
			outside := future.New[int]()
			for range 2 {
				f := future.RunInExecutor(t.Context(), p, outside.Await)
				defer func() { mustGive(t, f, 1) }()
			}
			synctest.Wait()
			queued := give(t.Context(), p, 3)
			synctest.Wait()
			p.Resize(3)
			mustGive(t, queued, 3)
			_ = outside.SetResult(1)
			_ = p.Close()
		})
	})
	t.Run("plain workers", func(t *testing.T) {
		p := future.NewPool(1)
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) { return give(ctx, p, 1).Await(ctx) })
		mustGive(t, f, 1)
	})
}

func TestTwoLockedPoolsThatWaitForEachOtherGetErrDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, q := future.NewPool(1, future.WithThreadLock()), future.NewPool(1, future.WithThreadLock())
		// p's job waits for one of q that waits for one of p.
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			return future.RunInExecutor(ctx, q, func(ctx context.Context) (int, error) {
				return give(context.WithoutCancel(ctx), p, 1).Await(ctx)
			}).Await(ctx)
		})
		mustFail(t, f, future.Failed, future.ErrDeadlock)
		_, _ = p.Close(), q.Close()
	})
}

func TestATaskThatHasGivenUpWaitingIsPartOfNoDeadlock(t *testing.T) {
	lockedJob(t, func(ctx context.Context, p *future.Pool) (int, error) {
		behind := future.RunInExecutor(ctx, p, func(context.Context) (int, error) { return 1, nil })
		f := future.Go(ctx, func(ctx context.Context) (int, error) {
			short, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			_, err := behind.Await(short)
			checkIs(t, err, context.DeadlineExceeded)
			return 42, future.Sleep(ctx, time.Hour)
		})
		if err := future.Sleep(ctx, time.Minute); err != nil {
			return 0, err
		}
		return f.Await(ctx)
	}, 42)
}

func TestAJobThatWaitsForAPlaceInItsOwnThreadLockedPoolGetsErrDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithThreadLock(), future.WithQueue(0))
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			return future.RunInExecutor(ctx, p, answer).Await(ctx)
		})
		mustFail(t, f, future.Failed, future.ErrDeadlock)
		_ = p.Close()
	})
}

func TestTwoLockedPoolsWhoseJobsWaitForJobsQueuedInTheOtherGetErrDeadlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, q := future.NewPool(1, future.WithThreadLock()), future.NewPool(1, future.WithThreadLock())
		waiting := func(p, other *future.Pool) *future.Future[int] {
			return future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				synctestYield() // until both run
				return give(context.WithoutCancel(ctx), other, 1).Await(ctx)
			})
		}
		_, err := future.Gather(waiting(p, q), waiting(q, p)).Await(t.Context())
		if !errors.Is(err, future.ErrDeadlock) {
			t.Errorf("got %v", err)
		}
		_, _ = p.Close(), q.Close()
	})
}

func TestADeadlockIsSeenWhenAJobIsQueuedInThePlaceOfTheOldest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithThreadLock(), future.WithQueue(1), future.WithRejection(future.DropOldest))
		var late future.Job
		awaited := future.RunInExecutor(t.Context(), executor(func(j future.Job) error { late = j; return nil }), answer)
		f := future.RunInExecutor(t.Context(), p, awaited.Await)
		synctest.Wait()
		oldest := give(t.Context(), p, 1)
		if err := p.Execute(late); err != nil {
			t.Fatal(err)
		}
		mustFail(t, oldest, future.Failed, future.ErrRejected)
		mustFail(t, f, future.Failed, future.ErrDeadlock)
		_ = p.Close()
	})
}

func TestADeadlockIsSeenWhenAJobComesToTheDoorForWhichAWorkerWaitsAlready(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithThreadLock(), future.WithQueue(0))
		var late future.Job
		awaited := future.RunInExecutor(t.Context(), executor(func(j future.Job) error { late = j; return nil }), answer)
		f := future.RunInExecutor(t.Context(), p, awaited.Await)
		synctest.Wait()
		if err := p.Execute(late); err != nil { // of no task
			t.Fatal(err)
		}
		mustFail(t, f, future.Failed, future.ErrDeadlock)
		_ = p.Close()
	})
}

// rounds is how often to try what depends on who is faster.
const rounds = 50

func TestAWaitWhoseContextHasEndedIsPartOfNoDeadlock(t *testing.T) {
	for range rounds {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithThreadLock())
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				short, cancel := context.WithCancel(ctx)
				other := future.RunInExecutor(short, p, func(ctx context.Context) (int, error) {
					_, err := give(context.WithoutCancel(ctx), p, 1).Await(ctx)
					checkIs(t, err, context.Canceled)
					return 42, nil
				})
				synctestYield() // until it waits
				cancel()
				return other.Await(ctx) // which it will do no more, but may not know
			})
			mustGive(t, f, 42)
			_ = p.Close()
		})
	}
	for range rounds {
		lockedJob(t, func(ctx context.Context, p *future.Pool) (int, error) {
			queued := give(context.WithoutCancel(ctx), p, 1)
			short, cancel := context.WithCancel(ctx)
			task := future.Go(short, func(ctx context.Context) (int, error) {
				_, err := queued.Await(ctx)
				checkIs(t, err, context.Canceled)
				return 42, nil
			})
			synctestYield() // until it waits
			cancel()
			return task.Await(ctx)
		}, 42)
	}
}

func TestAStreamInAThreadLockedPoolWaitsForTheCallsThatItCancels(t *testing.T) {
	for range rounds {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithThreadLock())
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				var returned bool
				for range future.Stream(ctx, p, slices.Values([]int{0, 1}), func(ctx context.Context, v int) (int, error) {
					if v == 1 {
						_, _ = give(context.WithoutCancel(ctx), p, 1).Await(ctx)
						synctestYield()
						returned = true
					}
					return v, nil
				}) {
					synctestYield() // until the second call waits
					break
				}
				if !returned {
					t.Error("a call of the stream still runs")
				}
				return 42, nil
			})
			mustGive(t, f, 42)
			_ = p.Close()
		})
	}
}
