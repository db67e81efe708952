//go:build unix

package process_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"example.com/future"
	"example.com/future/process"
)

// Functions that shall run in workers are registered at package level.
var (
	exampleSum = future.Register("example.sum.v1", func(_ context.Context, ns []int) (int, error) {
		sum := 0
		for _, n := range ns {
			sum += n
		}
		return sum, nil
	})
	exampleHang = future.Register("example.hang.v1", func(context.Context, struct{}) (int, error) {
		for { // it looks at no context
		}
	})
	exampleStuck = future.Register("example.stuck.v1", func(context.Context, struct{}) (int, error) {
		fmt.Println("the lock is taken")
		for {
		}
	})
	exampleExit = future.Register("example.exit.v1", func(_ context.Context, code int) (int, error) {
		fmt.Fprintln(os.Stderr, "the licence has expired")
		os.Exit(code)
		return 0, nil
	})
	exampleGreet = future.Register("example.greet.v1", func(context.Context, struct{}) (string, error) {
		return exampleGreeting, nil
	})
	exampleHello = future.Register("example.hello.v1", func(_ context.Context, name string) (int, error) {
		return fmt.Println("hello", name)
	})
)

// exampleGreeting is loaded once in each worker.
var exampleGreeting string

func loadGreeting() error {
	exampleGreeting = "good morning"
	return nil
}

// mustPool makes the pools of the examples. Their workers print to nowhere.
func mustPool(workers int, opts ...process.Option) *process.Pool {
	p, err := process.NewPool(workers, append([]process.Option{process.WithOutput(io.Discard)}, opts...)...)
	if err != nil {
		panic(err)
	}
	return p
}

// A call that hangs is stopped with its process; the pool goes on. The main function
// of this program begins with process.Main().
func Example() {
	ctx := context.Background()
	pool, err := process.NewPool(2, process.WithGrace(10*time.Millisecond))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()

	hanging := exampleHang.Submit(ctx, pool, struct{}{})
	_, err = future.WaitFor(ctx, hanging, 50*time.Millisecond)
	fmt.Println(errors.Is(err, future.ErrTimeout))

	sum, err := exampleSum.Submit(ctx, pool, []int{1, 2, 3}).Await(ctx)
	fmt.Println(sum, err)
	// Output:
	// true
	// 6 <nil>
}

var parse = future.Register("parse.v1", parseFile)

func parseFile(_ context.Context, name string) (string, error) {
	return "the text of " + name, nil
}

// A whole program: its calls run in processes, and are killed when their time is over.
func Example_program() {
	process.Main() // first: a worker serves calls here and does not return
	pool, err := process.NewPool(4)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()

	ctx := context.Background()
	f := parse.Submit(ctx, pool, "input.pdf")
	text, err := future.WaitFor(ctx, f, 5*time.Second)
	fmt.Println(text, err)
	// Output: the text of input.pdf <nil>
}

// Main stands first in main, and in TestMain where tests use a pool:
//
//	func TestMain(m *testing.M) {
//		process.Main()
//		os.Exit(m.Run())
//	}
func ExampleMain() {
	process.Main() // does nothing in a process that is no worker
	fmt.Println("the program")
	// Output: the program
}

// A pool is made with what its calls need: time to stop, and workers that are replaced.
func ExampleNewPool() {
	pool, err := process.NewPool(4,
		process.WithGrace(5*time.Second),
		process.WithMaxCallsPerWorker(1000),
		process.WithOutput(io.Discard))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer pool.Close()
	ctx := context.Background()
	fmt.Println(exampleSum.Submit(ctx, pool, []int{20, 22}).Await(ctx))
	// Output: 42 <nil>
}

// A pool takes calls from any number of goroutines.
func ExamplePool() {
	ctx := context.Background()
	pool := mustPool(2)
	defer pool.Close()
	var fs []*future.Future[int]
	for i := range 5 {
		fs = append(fs, exampleSum.Submit(ctx, pool, []int{i, i}))
	}
	fmt.Println(future.Gather(fs...).Await(ctx))
	// Output: [0 2 4 6 8] <nil>
}

// Invoke is what Submit uses: arguments and results are bytes.
func ExamplePool_Invoke() {
	ctx := context.Background()
	pool := mustPool(1)
	defer pool.Close()
	call := future.Call{ID: "1", Name: exampleSum.Name(), Payload: []byte("[1,2]")}
	result, err := pool.Invoke(ctx, call).Await(ctx)
	fmt.Println(string(result), err)
	// Output: 3 <nil>
}

// A closure cannot go to another process.
func ExamplePool_Execute() {
	ctx := context.Background()
	pool := mustPool(1)
	defer pool.Close()
	_, err := future.RunInExecutor(ctx, pool, func(context.Context) (int, error) { return 1, nil }).Await(ctx)
	fmt.Println(errors.Is(err, future.ErrNotRemotable))
	// Output: true
}

// Shutdown lets the calls end, for a while.
func ExamplePool_Shutdown() {
	pool := mustPool(1)
	hanging := exampleHang.Submit(context.Background(), pool, struct{}{})
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	if err := pool.Shutdown(ctx); err != nil {
		fmt.Println(err)
		pool.Kill()
	}
	_, err := hanging.Await(context.Background())
	fmt.Println(errors.Is(err, future.ErrExecutorShutdown))
	// Output:
	// context deadline exceeded
	// true
}

// Close waits for all calls.
func ExamplePool_Close() {
	ctx := context.Background()
	pool := mustPool(1)
	f := exampleSum.Submit(ctx, pool, []int{1, 1})
	fmt.Println(pool.Close())
	fmt.Println(f.Await(ctx))
	// Output:
	// <nil>
	// 2 <nil>
}

// Kill waits for nothing but the end of the processes.
func ExamplePool_Kill() {
	ctx := context.Background()
	pool := mustPool(1)
	f := exampleHang.Submit(ctx, pool, struct{}{})
	pool.Kill()
	_, err := f.Await(ctx)
	fmt.Println(errors.Is(err, future.ErrExecutorShutdown))
	// Output: true
}

// A status page shows what the pool has done.
func ExamplePool_Stats() {
	ctx := context.Background()
	pool := mustPool(1)
	_, _ = exampleSum.Submit(ctx, pool, []int{1}).Await(ctx)
	pool.Close()
	s := pool.Stats()
	fmt.Println(s.Submitted, s.Completed, s.Started, s.Workers)
	// Output: 1 1 1 0
}

// The figures of a pool can be published as they are.
func ExamplePoolStats() {
	pool := mustPool(3)
	defer pool.Close()
	fmt.Printf("%+v\n", pool.Stats())
	// Output: {Workers:0 Idle:0 Running:0 Queued:0 Submitted:0 Completed:0 Started:0 Killed:0}
}

// Options may be kept for several pools.
func ExampleOption() {
	opts := []process.Option{process.WithOutput(io.Discard), process.WithMaxCallsPerWorker(1)}
	for range 2 {
		pool := mustPool(1, opts...)
		_, err := exampleSum.Submit(context.Background(), pool, nil).Await(context.Background())
		fmt.Println(err, pool.Close())
	}
	// Output:
	// <nil> <nil>
	// <nil> <nil>
}

// Without a grace, what is cancelled is killed at once.
func ExampleWithGrace() {
	ctx := context.Background()
	pool := mustPool(1, process.WithGrace(0))
	defer pool.Close()
	f := exampleHang.Submit(ctx, pool, struct{}{})
	f.Cancel(nil)
	_, err := f.Await(ctx)
	fmt.Println(f.Cancelled(), errors.Is(err, future.ErrCancelled))
	// Output: true true
}

// Idle workers hold memory, and save the start of the next call.
func ExampleWithIdleTimeout() {
	pool := mustPool(1, process.WithIdleTimeout(time.Minute))
	defer pool.Close()
	fmt.Println(exampleSum.Submit(context.Background(), pool, []int{4}).Await(context.Background()))
	// Output: 4 <nil>
}

// A library that leaks is a reason to replace workers.
func ExampleWithMaxCallsPerWorker() {
	ctx := context.Background()
	pool := mustPool(1, process.WithMaxCallsPerWorker(2))
	for range 6 {
		_, _ = exampleSum.Submit(ctx, pool, []int{1}).Await(ctx)
	}
	pool.Close()
	fmt.Println(pool.Stats().Started)
	// Output: 3
}

// What workers print does not disturb the calls.
func ExampleWithOutput() {
	ctx := context.Background()
	var out bytes.Buffer
	pool := mustPool(1, process.WithOutput(&out))
	n, err := exampleHello.Submit(ctx, pool, "gopher").Await(ctx)
	fmt.Println(n, err)
	pool.Close() // then all output is there
	fmt.Print(out.String())
	// Output:
	// 13 <nil>
	// hello gopher
}

var withGreeting = process.WithStart(loadGreeting)

// The option is a package-level variable, so that the workers have loadGreeting too.
func ExampleWithStart() {
	ctx := context.Background()
	pool := mustPool(1, withGreeting)
	defer pool.Close()
	fmt.Println(exampleGreet.Submit(ctx, pool, struct{}{}).Await(ctx))
	// Output: good morning <nil>
}

// A call whose process ends says how it ended.
func ExampleWorkerDiedError() {
	ctx := context.Background()
	pool := mustPool(1)
	defer pool.Close()
	_, err := exampleExit.Submit(ctx, pool, 3).Await(ctx)
	if died, ok := errors.AsType[*process.WorkerDiedError](err); ok {
		fmt.Println(died.ExitCode)
		fmt.Print(string(died.Stderr))
	}
	// Output:
	// 3
	// the licence has expired
}

// The text says how the process ended and its last words.
func ExampleWorkerDiedError_Error() {
	ctx := context.Background()
	pool := mustPool(1)
	defer pool.Close()
	_, err := exampleExit.Submit(ctx, pool, 3).Await(ctx)
	fmt.Println(err)
	// Output: future: worker process died: exit status 3: the licence has expired
}

// A worker that the pool has killed died for a reason.
func ExampleWorkerDiedError_Unwrap() {
	printed, out := io.Pipe()
	pool := mustPool(1, process.WithGrace(0), process.WithOutput(out))
	defer pool.Close()

	ctx, cancel := context.WithCancelCause(context.Background())
	f := exampleStuck.Submit(ctx, pool, struct{}{})
	_, _ = bufio.NewReader(printed).ReadString('\n') // it runs
	cancel(errors.New("the user has left"))
	<-f.Ready()
	if died, ok := errors.AsType[*process.WorkerDiedError](f.Exception()); ok {
		fmt.Println(died.Unwrap())
	}
	// Output: the user has left
}

var withFailure = process.WithStart(func() error { return errors.New("no model") })

// A pool whose workers do not start tells why.
func ExampleErrBroken() {
	ctx := context.Background()
	pool := mustPool(1, withFailure)
	defer pool.Close()
	_, err := exampleSum.Submit(ctx, pool, nil).Await(ctx)
	fmt.Println(errors.Is(err, process.ErrBroken), strings.HasSuffix(err.Error(), "no model"))
	// Output: true true
}
