package future_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/future"
)

// A pool bounds how many calls run at a time. It has no goroutine while it has nothing
// to do.
func ExampleNewPool() {
	pool := future.NewPool(2)
	defer pool.Close()
	resize := future.Wrap(pool, func(photo string) (string, error) { return "small " + photo, nil })

	ctx := context.Background()
	fmt.Println(future.Gather(resize(ctx, "cat"), resize(ctx, "dog"), resize(ctx, "owl")).Await(ctx))
	// Output: [small cat small dog small owl] <nil>
}

// A pool of one worker is a serial executor: for code that is not safe for concurrent
// use. The counter needs no lock.
func ExampleNewPool_serial() {
	serial := future.NewPool(1)
	defer serial.Close()
	visits := map[string]int{} // touched by jobs only
	count := future.Wrap(serial, func(page string) (int, error) {
		visits[page]++
		return visits[page], nil
	})

	ctx := context.Background()
	err := future.TaskGroup(ctx, func(g *future.Group) error {
		for range 100 {
			future.Go(g, func(ctx context.Context) (int, error) { return count(ctx, "/").Await(ctx) })
		}
		return nil
	})
	fmt.Println(err)
	fmt.Println(count(ctx, "/").Await(ctx))
	// Output:
	// <nil>
	// 101 <nil>
}

// When its queue is full a service should say so at once rather than be late for
// everybody.
func ExampleWithQueue() {
	pool := future.NewPool(1, future.WithQueue(1), future.WithRejection(future.Reject))
	defer pool.Close()
	work := make(chan struct{})
	serve := future.Wrap(pool, func(user string) (string, error) {
		<-work
		return "served " + user, nil
	})

	ctx := context.Background()
	running, waiting, tooMany := serve(ctx, "Ada"), serve(ctx, "Bob"), serve(ctx, "Cyd")
	_, err := tooMany.Await(ctx)
	fmt.Println(err, errors.Is(err, future.ErrRejected))
	close(work)
	fmt.Println(future.Gather(running, waiting).Await(ctx))
	// Output:
	// future: the executor rejected the job true
	// [served Ada served Bob] <nil>
}

// Of prices only the latest is of interest: a full queue drops the oldest one.
func ExampleWithRejection() {
	pool := future.NewPool(1, future.WithQueue(1), future.WithRejection(future.DropOldest))
	defer pool.Close()
	work := make(chan struct{})
	show := future.Wrap(pool, func(cents int) (int, error) {
		<-work
		return cents, nil
	})

	ctx := context.Background()
	first, second, third := show(ctx, 10), show(ctx, 11), show(ctx, 12)
	close(work)
	for _, f := range []*future.Future[int]{first, second, third} {
		fmt.Println(f.Await(ctx))
	}
	// Output:
	// 10 <nil>
	// 0 future: the executor rejected the job
	// 12 <nil>
}

// With CallerRuns whoever brings more than the pool can hold has to do the work, and is
// slowed down by it.
func ExampleWithRejection_callerRuns() {
	pool := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.CallerRuns))
	defer pool.Close()
	ctx := context.Background()
	work := make(chan struct{})
	busy := future.Wrap0(pool, func() (string, error) {
		<-work
		return "by the worker", nil
	})(ctx)

	extra := future.Wrap0(pool, func() (string, error) { return "while the caller waits", nil })(ctx)
	fmt.Println(extra.Done())
	fmt.Println(extra.Await(ctx))
	close(work)
	fmt.Println(busy.Await(ctx))
	// Output:
	// true
	// while the caller waits <nil>
	// by the worker <nil>
}

// A C library with thread-local state is set up, used and torn down on one OS thread,
// which nothing else runs on.
func ExampleWithThreadLock() {
	pool := future.NewPool(1,
		future.WithThreadLock(),
		future.WithWorkerInit(func() (stop func(), err error) {
			fmt.Println("make the context current")
			return func() { fmt.Println("release the context") }, nil
		}),
	)
	draw := future.Wrap(pool, func(what string) (any, error) {
		fmt.Println("draw a", what)
		return nil, nil
	})

	ctx := context.Background()
	_, err := future.Gather(draw(ctx, "circle"), draw(ctx, "square")).Await(ctx)
	pool.Close()
	fmt.Println(err)
	// Output:
	// make the context current
	// draw a circle
	// draw a square
	// release the context
	// <nil>
}

// On a thread-locked pool a job must not wait for a job behind it. It is told so, instead
// of hanging for ever.
func ExampleWithThreadLock_deadlock() {
	pool := future.NewPool(1, future.WithThreadLock())
	defer pool.Close()
	ctx := context.Background()
	outer := future.RunInExecutor(ctx, pool, func(ctx context.Context) (int, error) {
		inner := future.RunInExecutor(ctx, pool, func(context.Context) (int, error) { return 1, nil })
		return inner.Await(ctx)
	})
	_, err := outer.Await(ctx)
	fmt.Println(errors.Is(err, future.ErrDeadlock))
	// Output: true
}

// Where a worker cannot be set up there is no point in trying again for every job: all
// of them are told why.
func ExampleWithWorkerInit() {
	errLicence := errors.New("the licence server does not answer")
	pool := future.NewPool(1, future.WithWorkerInit(func() (func(), error) { return nil, errLicence }))
	defer pool.Close()
	render := future.Wrap0(pool, func() (string, error) { return "a picture", nil })

	ctx := context.Background()
	_, err := render(ctx).Await(ctx)
	fmt.Println(err)
	fmt.Println(errors.Is(err, errLicence), errors.Is(err, future.ErrRejected))
	// Output:
	// future: a worker of the pool did not start: the licence server does not answer
	// true true
}

// A worker with a costly set-up stays for a while when it has nothing to do, so the next
// job finds it ready.
func ExampleWithIdleTimeout() {
	logins := 0
	pool := future.NewPool(1,
		future.WithIdleTimeout(time.Minute),
		future.WithWorkerInit(func() (stop func(), err error) {
			logins++
			return func() { fmt.Println("log out") }, nil
		}),
	)
	ask := future.Wrap(pool, func(q string) (string, error) { return "answer to " + q, nil })

	ctx := context.Background()
	fmt.Println(ask(ctx, "one").Await(ctx))
	fmt.Println(ask(ctx, "two").Await(ctx))
	pool.Close()
	fmt.Println("logins:", logins)
	// Output:
	// answer to one <nil>
	// answer to two <nil>
	// log out
	// logins: 1
}

// Long waits with short calls ask for more workers; long calls do not.
func ExampleWithTiming() {
	pool := future.NewPool(1, future.WithTiming())
	started, answer := make(chan struct{}, 2), make(chan struct{})
	call := future.Wrap0(pool, func() (any, error) {
		started <- struct{}{}
		<-answer // of a slow system
		return nil, nil
	})
	ctx := context.Background()
	both := future.Gather(call(ctx), call(ctx))
	<-started
	time.Sleep(20 * time.Millisecond) // one call runs, the other one waits
	close(answer)
	_, err := both.Await(ctx)
	pool.Close()

	s := pool.Stats()
	fmt.Println(err, s.Completed)
	fmt.Println("some time in calls:", s.Ran > 0)
	fmt.Println("some time in the queue:", s.Waited > 0)
	// Output:
	// <nil> 2
	// some time in calls: true
	// some time in the queue: true
}

// A busy day: the pool grows while jobs wait in its queue.
func ExamplePool_Resize() {
	pool := future.NewPool(1)
	defer pool.Close()
	ctx := context.Background()
	answered := make(chan struct{})
	long := future.Wrap0(pool, func() (string, error) {
		<-answered // keeps the only worker
		return "long call", nil
	})(ctx)
	short := future.Wrap0(pool, func() (string, error) { return "short call", nil })(ctx)

	fmt.Println("waiting:", pool.Stats().Queued)
	pool.Resize(2)
	fmt.Println(short.Await(ctx))
	close(answered)
	fmt.Println(long.Await(ctx))
	// Output:
	// waiting: 1
	// short call <nil>
	// long call <nil>
}

// A status page shows what the pool is doing and what it has done.
func ExamplePool_Stats() {
	pool := future.NewPool(2, future.WithQueue(1), future.WithRejection(future.Reject))
	ctx := context.Background()
	work := make(chan struct{})
	call := future.Wrap0(pool, func() (any, error) { <-work; return nil, nil })
	jobs := []*future.Future[any]{call(ctx), call(ctx), call(ctx), call(ctx)}

	s := pool.Stats()
	fmt.Println("workers:", s.Workers, "running:", s.Running, "queued:", s.Queued)
	close(work)
	_, err := future.GatherSettled(jobs...).Await(ctx)
	pool.Close()
	s = pool.Stats()
	fmt.Println("submitted:", s.Submitted, "completed:", s.Completed, "rejected:", s.Rejected, err)
	// Output:
	// workers: 2 running: 2 queued: 1
	// submitted: 4 completed: 3 rejected: 1 <nil>
}

// A service goes down in order: no new jobs, then the ones it has, and when that takes
// too long, what is left is told to stop.
func ExamplePool_Shutdown() {
	pool := future.NewPool(1)
	serve := func(ctx context.Context, job func(context.Context) error) *future.Future[any] {
		return future.RunInExecutor(ctx, pool, func(ctx context.Context) (any, error) { return nil, job(ctx) })
	}
	ctx := context.Background()
	started := make(chan struct{})
	endless := serve(ctx, func(ctx context.Context) error {
		close(started)
		<-ctx.Done()
		return ctx.Err()
	})
	queued := serve(ctx, func(context.Context) error { return nil })
	<-started

	patience, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if err := pool.Shutdown(patience); errors.Is(err, context.DeadlineExceeded) {
		pool.ShutdownNow()
		fmt.Println("at last:", pool.Shutdown(ctx))
	}
	fmt.Println("running:", endless.State())
	fmt.Println("queued:", queued.Exception())
	fmt.Println("late:", serve(ctx, nil).Exception())
	// Output:
	// at last: <nil>
	// running: cancelled
	// queued: future: the executor is shut down
	// late: future: the executor is shut down
}

// In an emergency the queue is dropped, and the calls that run are asked to stop.
func ExamplePool_ShutdownNow() {
	pool := future.NewPool(1)
	ctx := context.Background()
	started := make(chan struct{})
	running := future.RunInExecutor(ctx, pool, func(ctx context.Context) (string, error) {
		close(started)
		<-ctx.Done()
		return "", context.Cause(ctx)
	})
	queued := future.RunInExecutor(ctx, pool, func(context.Context) (string, error) { return "never runs", nil })
	<-started
	pool.ShutdownNow()

	_, err := running.Await(ctx)
	fmt.Println(err)
	_, err = queued.Await(ctx)
	fmt.Println(err)
	pool.Close()
	// Output:
	// future: cancelled: future: the executor is shut down
	// future: the executor is shut down
}

// Close waits for everything that was given to the pool.
func ExamplePool_Close() {
	pool := future.NewPool(2)
	save := future.Wrap(pool, func(name string) (string, error) { return "saved " + name, nil })
	letter := save(context.Background(), "letter")

	fmt.Println(pool.Close())
	fmt.Println(letter.Result())
	fmt.Println(save(context.Background(), "too late").Exception())
	// Output:
	// <nil>
	// saved letter <nil>
	// future: the executor is shut down
}
