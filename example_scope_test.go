package future_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"sync/atomic"
	"time"

	"example.com/future"
)

// Run is the scope of a program: when it returns, nothing that was started in it is
// left running.
func ExampleRun() {
	answer, err := future.Run(context.Background(), func(ctx context.Context) (int, error) {
		started := make(chan struct{})
		future.Go(ctx, func(ctx context.Context) (any, error) {
			close(started)
			<-ctx.Done() // a background task that nobody waits for
			fmt.Println("background task:", context.Cause(ctx))
			return nil, ctx.Err()
		})
		<-started
		return 42, nil
	})
	fmt.Println(answer, err)
	// Output:
	// background task: future: the scope has ended
	// 42 <nil>
}

// A service stops cleanly on Ctrl-C: the signal ends the context, the tasks finish what
// they have begun, and Run returns when they have.
func ExampleRun_signal() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	served, err := future.Run(ctx, func(ctx context.Context) (int, error) {
		requests := make(chan string)
		server := future.Go(ctx, func(ctx context.Context) (int, error) {
			for n := 0; ; n++ {
				select {
				case r, ok := <-requests:
					if !ok {
						return n, nil
					}
					fmt.Println("serving", r)
				case <-ctx.Done():
					return n, nil
				}
			}
		})
		requests <- "/"
		requests <- "/about"
		close(requests)
		return server.Await(ctx)
	})
	fmt.Println(served, err)
	// Output:
	// serving /
	// serving /about
	// 2 <nil>
}

// What goes wrong without anybody looking ends up in the handler: here a failed task
// that nobody has waited for.
func ExampleWithExceptionHandler() {
	handler := func(r future.Report) { fmt.Printf("%s: %v\n", r.Task, r.Err) }
	_, err := future.Run(context.Background(), func(ctx context.Context) (int, error) {
		task := future.Go(ctx, func(context.Context) (any, error) {
			return nil, errors.New("the certificate has expired")
		}, future.WithName("renewal"))
		<-task.Ready() // and does not look
		return 0, nil
	}, future.WithExceptionHandler(handler))
	fmt.Println(err)
	// Output:
	// renewal: the certificate has expired
	// <nil>
}

// The process-wide handler is for everything outside of a Run: here for a callback with
// a bug, of which it finds out for whom it worked.
func ExampleSetExceptionHandler() {
	type requestID struct{}
	reported := make(chan struct{})
	future.SetExceptionHandler(func(r future.Report) {
		if id, ok := r.Context.Value(requestID{}).(int); ok {
			fmt.Printf("request %d: %v\n", id, r.Err)
			close(reported)
		}
	})
	defer future.SetExceptionHandler(nil)

	ctx := context.WithValue(context.Background(), requestID{}, 17)
	task := future.Go(ctx, func(context.Context) (int, error) { return 0, nil })
	task.AddDoneCallback(func(*future.Future[int]) { panic("division by zero") })
	<-reported
	// Output: request 17: future: panic: division by zero
}

// A program that runs a thousand slow calls has them all run in a pool of its size.
func ExampleWithDefaultExecutor() {
	pool := future.NewPool(4)
	sum, err := future.Run(context.Background(), func(ctx context.Context) (int, error) {
		double := future.Wrap(nil, func(n int) (int, error) { return 2 * n, nil })
		a, b, err := future.Await2(ctx, double(ctx, 20), double(ctx, 1))
		return a + b, err
	}, future.WithDefaultExecutor(pool))
	pool.Close()
	fmt.Println(sum, err)
	fmt.Println("calls in the pool:", pool.Stats().Completed)
	// Output:
	// 42 <nil>
	// calls in the pool: 2
}

// A task that does not listen to its context cannot hold up the end of the program for
// ever. It is reported and left behind.
func ExampleWithShutdownTimeout() {
	hung, ended := make(chan struct{}), make(chan struct{})
	_, err := future.Run(context.Background(), func(ctx context.Context) (int, error) {
		started := make(chan struct{})
		future.Go(ctx, func(context.Context) (any, error) {
			defer close(ended)
			close(started)
			<-hung // a call that takes no context
			return nil, nil
		}, future.WithName("old driver"))
		<-started
		return 0, nil
	},
		future.WithShutdownTimeout(time.Millisecond),
		future.WithExceptionHandler(func(r future.Report) { fmt.Println(r.Task+":", r.Message) }),
	)
	fmt.Println(err)

	close(hung)
	<-ended
	// Output:
	// old driver: future: a task did not stop within the shutdown timeout
	// <nil>
}

// A page needs two things of different types. If one cannot be had, the other is not
// worth waiting for; when TaskGroup returns both are done.
func ExampleTaskGroup() {
	var (
		user   *future.Future[string]
		visits *future.Future[int]
	)
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		user = future.Go(g, func(context.Context) (string, error) { return "ada", nil })
		visits = future.Go(g, func(context.Context) (int, error) { return 3, nil })
		return nil
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	name, _ := user.Result()
	n, _ := visits.Result()
	fmt.Println(name, "was here", n, "times")
	// Output: ada was here 3 times
}

// The first failure cancels the siblings, and the group waits until they have stopped.
func ExampleTaskGroup_failure() {
	errDisk := errors.New("disk full")
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		copying := make(chan struct{})
		future.Go(g, func(ctx context.Context) (any, error) {
			close(copying)
			<-ctx.Done()
			fmt.Println("copy stopped:", context.Cause(ctx))
			return nil, ctx.Err()
		})
		<-copying
		future.Go(g, func(context.Context) (any, error) { return nil, errDisk })
		return nil
	})
	fmt.Println(err)
	fmt.Println(errors.Is(err, errDisk))
	// Output:
	// copy stopped: disk full
	// future: 1 task failed: disk full
	// true
}

// A folder is counted by a task that adds a task for each folder in it. They are added
// with g: the context of a task ends when its function returns, and would cancel them.
func ExampleTaskGroup_tasksThatAddTasks() {
	folders := map[string][]string{"/": {"/home", "/etc"}, "/home": {"/home/ada", "/home/bob"}}
	var counted atomic.Int32
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		var count func(folder string)
		count = func(folder string) {
			future.Go(g, func(context.Context) (struct{}, error) {
				counted.Add(1)
				for _, inner := range folders[folder] {
					count(inner) // does not wait for it: the group does
				}
				return struct{}{}, nil
			})
		}
		count("/")
		return nil
	})
	fmt.Println(counted.Load(), "folders", err)
	// Output: 5 folders <nil>
}

// The first hit ends the search, which is no error. The other searchers are cancelled.
func ExampleGroup_Cancel() {
	shelves := [][]string{{"Emma"}, {"Dune", "Solaris"}, {"Ulysses"}}
	var found atomic.Int32
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		for i, shelf := range shelves {
			future.Go(g, func(ctx context.Context) (any, error) {
				if slices.Contains(shelf, "Solaris") {
					found.Store(int32(i))
					g.Cancel(nil)
					return nil, nil
				}
				<-ctx.Done() // goes on searching
				return nil, ctx.Err()
			})
		}
		return nil
	})
	fmt.Println("shelf", found.Load(), err)
	// Output: shelf 1 <nil>
}

// A group has the deadline of its context: there may be no time for a second attempt.
func ExampleGroup_Deadline() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := future.TaskGroup(ctx, func(g *future.Group) error {
		if end, ok := g.Deadline(); ok && time.Until(end) > time.Second {
			fmt.Println("there is time")
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// there is time
	// <nil>
}

// A body that feeds its tasks stops when one of them has failed.
func ExampleGroup_Done() {
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		lines := make(chan string)
		future.Go(g, func(context.Context) (any, error) {
			return nil, fmt.Errorf("cannot parse %q", <-lines)
		})
		for {
			select {
			case lines <- "1,2,":
			case <-g.Done():
				return g.Err()
			}
		}
	})
	fmt.Println(err)
	// Output: future: 1 task failed: cannot parse "1,2,"
}

// Before each step of a long computation, the body looks whether it is still wanted.
func ExampleGroup_Err() {
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		future.Go(g, func(context.Context) (any, error) { return nil, errors.New("no such table") })
		for g.Err() == nil {
			time.Sleep(time.Millisecond) // a step
		}
		fmt.Println("no longer wanted:", context.Cause(g))
		return nil
	})
	fmt.Println(err)
	// Output:
	// no longer wanted: no such table
	// future: 1 task failed: no such table
}

// Values of the caller's context, such as the id of a request, reach the tasks.
func ExampleGroup_Value() {
	type requestID struct{}
	ctx := context.WithValue(context.Background(), requestID{}, "r-17")
	err := future.TaskGroup(ctx, func(g *future.Group) error {
		fmt.Println("body:", g.Value(requestID{}))
		future.Go(g, func(ctx context.Context) (any, error) {
			fmt.Println("task:", ctx.Value(requestID{}))
			return nil, nil
		})
		return nil
	})
	fmt.Println(err)
	// Output:
	// body: r-17
	// task: r-17
	// <nil>
}

// A group shows in the text of the contexts made from it.
func ExampleGroup_String() {
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		ctx, cancel := context.WithCancel(g)
		defer cancel()
		fmt.Println(g)
		fmt.Println(ctx)
		return nil
	})
	fmt.Println(err)
	// Output:
	// future.TaskGroup
	// future.TaskGroup.WithCancel
	// <nil>
}

// A hundred downloads, at most four at a time. Go does not block: the others start as
// the first ones end.
func ExampleWithLimit() {
	var running, total atomic.Int64
	var tooMany atomic.Bool
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		for range 100 {
			future.Go(g, func(context.Context) (any, error) {
				if running.Add(1) > 4 {
					tooMany.Store(true)
				}
				defer running.Add(-1)
				return total.Add(1), nil // a download
			})
		}
		return nil
	}, future.WithLimit(4))
	fmt.Println(total.Load(), "downloads, too many at a time:", tooMany.Load(), err)
	// Output: 100 downloads, too many at a time: false <nil>
}

// Under supervision a failure cancels nobody: one bad mailbox is no reason to leave the
// others unread.
func ExampleWithSupervision() {
	var read atomic.Int32
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		for box := range 3 {
			future.Go(g, func(context.Context) (any, error) {
				if box == 1 {
					return nil, fmt.Errorf("mailbox %d is locked", box)
				}
				read.Add(1)
				return nil, nil
			})
		}
		return nil
	}, future.WithSupervision())
	fmt.Println("read:", read.Load())
	fmt.Println(err)
	// Output:
	// read: 2
	// future: 1 task failed: mailbox 1 is locked
}

// The audit log has to be written although the request is over. It keeps the values of
// the request's context, not its end.
func ExampleDetach() {
	type requestID struct{}
	ctx := context.WithValue(context.Background(), requestID{}, "r-17")
	answered := make(chan struct{})

	audit, err := future.Run(ctx, func(ctx context.Context) (*future.Future[string], error) {
		return future.Go(future.Detach(ctx), func(ctx context.Context) (string, error) {
			<-answered
			return fmt.Sprint("logged ", ctx.Value(requestID{})), ctx.Err()
		}), nil
	})
	fmt.Println("request is over:", err)
	close(answered)
	fmt.Println(audit.Await(context.Background()))
	// Output:
	// request is over: <nil>
	// logged r-17 <nil>
}
