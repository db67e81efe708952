package main

import (
	"context"
	"sync"

	"example.com/future"
	"github.com/alitto/pond/v2"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"
)

// An adapter makes an executor of somebody else's pool of so many workers, and what
// shuts that down.
type adapter struct {
	name string
	make func(workers int) (ex future.Executor, stop func(), err error)
}

var adapters = []adapter{
	{"ants", useAnts},
	{"pond", usePond},
	{"gammazero/workerpool", useWorkerpool},
	{"errgroup", useErrgroup},
	{"x/sync/semaphore", useSemaphore},
}

// ants: Submit fits as it is. It waits while all workers are busy; make the pool with
// ants.WithNonblocking and it returns ants.ErrPoolOverload instead, with which the
// future then fails.
func useAnts(workers int) (future.Executor, func(), error) {
	pool, err := ants.NewPool(workers)
	if err != nil {
		return nil, nil, err
	}
	return future.ExecutorFunc(pool.Submit), pool.Release, nil
}

// pond: Go fits as it is. Its queue is unbounded unless pond.WithQueueSize says
// otherwise, and it returns pond.ErrPoolStopped when the pool is.
func usePond(workers int) (future.Executor, func(), error) {
	pool := pond.NewPool(workers)
	return future.ExecutorFunc(pool.Go), pool.StopAndWait, nil
}

// gammazero/workerpool: Submit returns nothing, and its queue is unbounded. A worker
// does not survive a job that calls runtime.Goexit, so jobs get a goroutine of their
// own; leave that out if no job of yours does, as with t.FailNow. Once it was stopped,
// Submit forgets the job; the future then fails when the garbage collector finds that
// out, so ask Stopped first.
func useWorkerpool(workers int) (future.Executor, func(), error) {
	pool := workerpool.New(workers)
	submit := func(run func()) error {
		if pool.Stopped() {
			return future.ErrExecutorShutdown
		}
		pool.Submit(func() {
			var wg sync.WaitGroup
			wg.Go(run)
			wg.Wait()
		})
		return nil
	}
	return future.ExecutorFunc(submit), pool.StopWait, nil
}

// errgroup: the group limits how many run at once. It sees no errors; those are the
// futures'.
func useErrgroup(workers int) (future.Executor, func(), error) {
	var g errgroup.Group
	g.SetLimit(workers)
	submit := func(run func()) error {
		g.Go(func() error {
			run()
			return nil
		})
		return nil
	}
	return future.ExecutorFunc(submit), func() { _ = g.Wait() }, nil
}

// x/sync/semaphore: a goroutine for each job, so many at a time. TryAcquire instead of
// Acquire, and future.ErrRejected where it fails, makes it refuse instead of wait.
func useSemaphore(workers int) (future.Executor, func(), error) {
	places := semaphore.NewWeighted(int64(workers))
	submit := func(run func()) error {
		if err := places.Acquire(context.Background(), 1); err != nil {
			return err
		}
		go func() {
			defer places.Release(1) // also if the job ends the goroutine
			run()
		}()
		return nil
	}
	stop := func() { _ = places.Acquire(context.Background(), int64(workers)) }
	return future.ExecutorFunc(submit), stop, nil
}
