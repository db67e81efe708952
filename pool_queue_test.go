package future_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

func TestAMillionQueuedJobsThatAreCancelledLeaveNothing(t *testing.T) {
	n := many(1_000_000)
	p := future.NewPool(1)
	h := hold(t.Context(), p)
	before := heap()
	fs := make([]*future.Future[int], n)
	for i := range fs {
		fs[i] = never(t, t.Context(), p)
	}
	if q := p.Stats().Queued; q != n {
		t.Errorf("%d jobs are queued, want %d", q, n)
	}
	// From the middle, from the end and from the beginning. If one of them took more
	// than constant time, the test would not end.
	for lo, hi := n/2, n-1; lo < hi; lo, hi = lo+1, hi-1 {
		fs[lo].Cancel(nil)
		fs[hi].Cancel(nil)
	}
	if q := p.Stats().Queued; q != n/2 {
		t.Errorf("%d jobs are queued, want %d", q, n/2)
	}
	for _, f := range fs {
		f.Cancel(nil)
	}
	mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: uint64(n) + 1, Dropped: uint64(n)})
	clear(fs)
	fs = nil
	if after := heap(); after > before+1<<20 {
		t.Errorf("%d bytes stay", after-before)
	}
	runtime.KeepAlive(fs)
	h.release()
	_ = p.Close()
}

func TestJobsThatComeAndAreCancelledDoNotMakeTheQueueGrow(t *testing.T) {
	n := 300_000
	if testing.Short() {
		n = 100_000
	}
	p := future.NewPool(1)
	h := hold(t.Context(), p)
	waits := give(t.Context(), p, 1) // so that the queue is never empty
	before := heap()
	for range n {
		never(t, t.Context(), p).Cancel(nil)
	}
	if after := heap(); after > before+1<<19 {
		t.Errorf("the queue of one job takes %d bytes more", after-before)
	}
	h.release()
	mustGive(t, waits, 1)
	_ = p.Close()
}

func TestAJobThatIsDroppedFromOutsideLeavesTheQueue(t *testing.T) {
	p := future.NewPool(1)
	h := hold(t.Context(), p)
	f := never(t, t.Context(), executor(func(job future.Job) error {
		err := p.Execute(job)
		job.Drop(errBroken)
		return err
	}))
	mustFail(t, f, future.Failed, errBroken)
	<-h.entered
	mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 2, Dropped: 1})
	h.release()
	_ = p.Close()
}

func TestAJobThatWasDroppedBeforeItCameTakesNoPlaceBehindOthers(t *testing.T) {
	p := future.NewPool(1)
	h := hold(t.Context(), p)
	<-h.entered
	other := give(t.Context(), p, 1)
	f := never(t, t.Context(), executor(func(job future.Job) error {
		job.Drop(errBroken)
		return p.Execute(job)
	}))
	mustFail(t, f, future.Failed, errBroken)
	mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 1, Submitted: 3, Dropped: 1})
	h.release()
	mustGive(t, other, 1)
	_ = p.Close()
}

func TestAJobThatIsCancelledLeavesTheQueueAlsoIfAnotherCameWithItAndIsGone(t *testing.T) {
	p := future.NewPool(1)
	first, second := hold(t.Context(), p), hold(t.Context(), p)
	third, fourth := never(t, t.Context(), p), give(t.Context(), p, 4)
	first.release()
	<-second.entered
	third.Cancel(nil)
	mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 1, Submitted: 4, Completed: 1, Dropped: 1})
	second.release()
	mustGive(t, fourth, 4)
	_ = p.Close()
}

func TestCancelledJobsMakeRoomInTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithQueue(2))
		h := hold(t.Context(), p)
		a, b := never(t, t.Context(), p), give(t.Context(), p, 2)
		go func() { mustGive(t, give(t.Context(), p, 3), 3) }()
		synctest.Wait()
		a.Cancel(nil)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 2, Submitted: 4, Dropped: 1})
		h.release()
		mustGive(t, b, 2)
		_ = p.Close()
		mustHave(t, p, future.PoolStats{Submitted: 4, Completed: 3, Dropped: 1})
	})
}

func TestAQueueWithHolesKeepsItsOrder(t *testing.T) {
	p := future.NewPool(1)
	h := hold(t.Context(), p)
	var order []int
	kept := 0
	var fs []*future.Future[int]
	for i := range 10_000 {
		fs = append(fs, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
			order = append(order, i)
			return i, nil
		}))
		if i%7 != 0 { // leaves many holes, at every distance from the ends
			fs[i-i%5].Cancel(nil)
		}
	}
	h.release()
	_ = p.Close()
	last := -1
	for i, f := range fs {
		if f.Cancelled() {
			continue
		}
		if order[kept] != i || i <= last {
			t.Fatalf("job %d ran where %d was due", order[kept], i)
		}
		last = i
		kept++
	}
	if kept != len(order) || kept == 0 {
		t.Errorf("%d jobs ran, %d were kept", len(order), kept)
	}
}

func TestReject(t *testing.T) {
	for queue := range 3 {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(2, future.WithQueue(queue), future.WithRejection(future.Reject))
			var held []*heldJob
			for range 2 + queue {
				held = append(held, hold(t.Context(), p))
			}
			mustFail(t, never(t, t.Context(), p), future.Failed, future.ErrRejected)
			mustHave(t, p, future.PoolStats{Workers: 2, Running: 2, Queued: queue, Submitted: uint64(3 + queue), Rejected: 1})
			for _, h := range held {
				h.release()
				mustGive(t, h.Future, 7)
			}
			synctest.Wait()
			mustGive(t, give(t.Context(), p, 1), 1)
			_ = p.Close()
		})
	}
}

func TestAQueueThatAWorkerHasBegunToEmptyTakesNoMoreThanItHasRoomFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithQueue(3), future.WithRejection(future.Reject))
		var held []*heldJob
		for range 4 {
			held = append(held, hold(t.Context(), p))
		}
		held[0].release()
		synctest.Wait() // one of the other three runs
		held = append(held, hold(t.Context(), p))
		mustFail(t, never(t, t.Context(), p), future.Failed, future.ErrRejected)
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 3, Submitted: 6, Completed: 1, Rejected: 1})
		for _, h := range held[1:] {
			h.release()
			mustGive(t, h.Future, 7)
		}
		_ = p.Close()
	})
}

func TestDropOldest(t *testing.T) {
	t.Run("drops the job that has waited longest", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithQueue(2), future.WithRejection(future.DropOldest))
			h := hold(t.Context(), p)
			a, b, c := never(t, t.Context(), p), give(t.Context(), p, 2), give(t.Context(), p, 3)
			mustFail(t, a, future.Failed, future.ErrRejected)
			mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 2, Submitted: 4, Dropped: 1})
			h.release()
			mustGive(t, b, 2)
			mustGive(t, c, 3)
			_ = p.Close()
			mustHave(t, p, future.PoolStats{Submitted: 4, Completed: 3, Dropped: 1})
		})
	})
	t.Run("rejects the new one where nothing can wait", func(t *testing.T) {
		p := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.DropOldest))
		h := hold(t.Context(), p)
		mustFail(t, never(t, t.Context(), p), future.Failed, future.ErrRejected)
		h.release()
		_ = p.Close()
		mustHave(t, p, future.PoolStats{Submitted: 2, Completed: 1, Rejected: 1})
	})
}

func TestCallerRuns(t *testing.T) {
	full := func(t *testing.T, opts ...future.PoolOption) (*future.Pool, *heldJob) {
		t.Helper()
		p := future.NewPool(1, append(opts, future.WithQueue(0), future.WithRejection(future.CallerRuns))...)
		h := hold(t.Context(), p)
		<-h.entered
		return p, h
	}
	t.Run("makes the caller wait for the call", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, h := full(t)
			start := time.Now()
			f := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
				time.Sleep(time.Second)
				return 1, nil
			})
			if d := time.Since(start); !f.Done() || d != time.Second {
				t.Errorf("the call came back after %v, done: %t", d, f.Done())
			}
			mustGive(t, f, 1)
			mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 2, Completed: 1})
			h.release()
		})
	})
	t.Run("survives a panic and a Goexit of the job", func(t *testing.T) {
		p, h := full(t)
		mustFail(t, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { panic(errBroken) }), future.Failed, errBroken)
		mustFail(t, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil }), future.Failed, future.ErrGoexit)
		h.release()
		_ = p.Close()
	})
	t.Run("counts a job as dropped that does not run", func(t *testing.T) {
		p, h := full(t)
		ctx, cancel := context.WithCancel(t.Context())
		f := never(t, ctx, executor(func(job future.Job) error {
			cancel()
			return p.Execute(job)
		}))
		mustFail(t, f, future.Cancelled)
		h.release()
		_ = p.Close()
		mustHave(t, p, future.PoolStats{Submitted: 2, Completed: 1, Dropped: 1})
	})
	t.Run("in a job lends the worker while the other job waits", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithQueue(1), future.WithRejection(future.CallerRuns))
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				queued := give(ctx, p, 1)
				stead := future.RunInExecutor(ctx, p, func(ctx context.Context) (int, error) {
					deeper := future.RunInExecutor(ctx, p, func(ctx context.Context) (int, error) {
						return queued.Await(ctx)
					})
					v, err := deeper.Await(ctx)
					return v + 1, err
				})
				return stead.Await(ctx)
			})
			mustGive(t, f, 2)
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Submitted: 4, Completed: 4})
		})
	})
	t.Run("is Block where jobs must stay on their thread", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, h := full(t, future.WithThreadLock())
			go func() { mustGive(t, give(t.Context(), p, 1), 1) }()
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 2})
			h.release()
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Workers: 1, Submitted: 2, Completed: 2})
			_ = p.Close()
		})
	})
}

func TestBlock(t *testing.T) {
	t.Run("waits for a place", func(t *testing.T) {
		for queue := range 3 {
			synctest.Test(t, func(t *testing.T) {
				p := future.NewPool(1, future.WithQueue(queue))
				var held []*heldJob
				for range 1 + queue {
					held = append(held, hold(t.Context(), p))
				}
				start := time.Now()
				time.AfterFunc(time.Minute, held[0].release)
				f := give(t.Context(), p, 1)
				if d := time.Since(start); d != time.Minute {
					t.Errorf("the call blocked for %v", d)
				}
				for _, h := range held {
					h.release()
				}
				mustGive(t, f, 1)
				_ = p.Close()
				mustHave(t, p, future.PoolStats{Submitted: uint64(2 + queue), Completed: uint64(2 + queue)})
			})
		}
	})
	// The wait at the door of a full pool ends with…
	full := func(t *testing.T) (*future.Pool, *heldJob) {
		t.Helper()
		p := future.NewPool(1, future.WithQueue(0))
		return p, hold(t.Context(), p)
	}
	t.Run("ends with the context", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, h := full(t)
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errBroken)
			defer cancel()
			f := never(t, ctx, p)
			mustFail(t, f, future.Cancelled, future.ErrCancelled, errBroken)
			mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 2, Rejected: 1})
			h.release()
			_ = p.Close()
		})
	})
	for name, shutdown := range map[string]func(p *future.Pool){
		"Shutdown":    func(p *future.Pool) { go func() { _ = p.Shutdown(context.Background()) }() },
		"ShutdownNow": (*future.Pool).ShutdownNow,
		"Close":       func(p *future.Pool) { go func() { _ = p.Close() }() },
	} {
		t.Run("ends with "+name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, h := full(t)
				time.AfterFunc(time.Second, func() { shutdown(p) })
				mustFail(t, never(t, t.Context(), p), future.Failed, future.ErrExecutorShutdown)
				h.release()
				_ = p.Close()
				mustHave(t, p, future.PoolStats{Submitted: 2, Completed: 1, Rejected: 1})
			})
		})
	}
	t.Run("ends with the scope", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, h := full(t)
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				time.AfterFunc(time.Second, func() { g.Cancel(errBroken) })
				mustFail(t, never(t, g, p), future.Cancelled, errBroken)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 2, Rejected: 1})
			h.release()
			_ = p.Close()
		})
	})
	t.Run("ends when the job is cancelled", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, h := full(t)
			f := never(t, t.Context(), executor(func(job future.Job) error {
				self := future.CurrentTask(job.Context())
				time.AfterFunc(time.Second, func() { self.Cancel(errBroken) })
				return p.Execute(job)
			}))
			mustFail(t, f, future.Cancelled, errBroken)
			h.release()
			_ = p.Close()
			mustHave(t, p, future.PoolStats{Submitted: 2, Completed: 1, Rejected: 1})
		})
	})
	t.Run("does not keep a job in the queue that was cancelled before", func(t *testing.T) {
		p := future.NewPool(1)
		h := hold(t.Context(), p)
		f := never(t, t.Context(), executor(func(job future.Job) error {
			job.Drop(errBroken)
			return p.Execute(job)
		}))
		mustFail(t, f, future.Failed, errBroken)
		<-h.entered
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Submitted: 2, Dropped: 1})
		h.release()
		_ = p.Close()
	})
	t.Run("lends the worker of a job that waits for a place", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p := future.NewPool(1, future.WithQueue(1))
			f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				a := give(ctx, p, 1)
				b := give(ctx, p, 2) // there is no place before a runs
				x, y, err := future.Await2(ctx, a, b)
				return x + y, err
			})
			mustGive(t, f, 3)
			synctest.Wait()
			mustHave(t, p, future.PoolStats{Submitted: 3, Completed: 3})
		})
	})
}

func TestTheErrorOfAFullPoolIsNotTheOneOfACancelledJob(t *testing.T) {
	p := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.Reject))
	h := hold(t.Context(), p)
	_, err := never(t, t.Context(), p).Await(t.Context())
	if errors.Is(err, future.ErrCancelled) || errors.Is(err, future.ErrExecutorShutdown) {
		t.Errorf("%v matches too much", err)
	}
	h.release()
	_ = p.Close()
}

// A secondChance gives a job that its pool drops to another pool.
type secondChance struct {
	future.Job

	other future.Executor
}

func (j secondChance) Drop(err error) {
	if e := j.other.Execute(j.Job); e != nil {
		j.Job.Drop(errors.Join(err, e))
	}
}

func TestAJobThatAPoolHasNotKeptMayBeGivenToAnother(t *testing.T) {
	for name, test := range map[string]struct {
		opts []future.PoolOption
		drop func(p *future.Pool)
	}{
		"the oldest": {
			[]future.PoolOption{future.WithQueue(1), future.WithRejection(future.DropOldest)},
			func(p *future.Pool) { give(t.Context(), p, 2) },
		},
		"at a shutdown": {nil, (*future.Pool).ShutdownNow},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, other := future.NewPool(1, test.opts...), future.NewPool(1)
				h := hold(t.Context(), p)
				f := give(t.Context(), executor(func(job future.Job) error { return p.Execute(secondChance{job, other}) }), 1)
				test.drop(p)
				mustGive(t, f, 1)
				h.release()
				_, _ = p.Close(), other.Close()
			})
		})
	}
	t.Run("whose worker does not start", func(t *testing.T) {
		p := future.NewPool(1, future.WithWorkerInit(func() (func(), error) { return nil, errBoom }))
		other := future.NewPool(1)
		mustGive(t, give(t.Context(), executor(func(job future.Job) error { return p.Execute(secondChance{job, other}) }), 1), 1)
	})
	t.Run("at the door", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			p, other := future.NewPool(1, future.WithQueue(0)), future.NewPool(1)
			h := hold(t.Context(), p)
			submitted := make(chan *future.Future[int], 1)
			go func() {
				submitted <- give(t.Context(), executor(func(job future.Job) error {
					if err := p.Execute(job); err != nil {
						return other.Execute(job)
					}
					return nil
				}), 1)
			}()
			synctest.Wait()
			p.ShutdownNow()
			mustGive(t, <-submitted, 1)
			h.release()
			_, _ = p.Close(), other.Close()
		})
	})
}
