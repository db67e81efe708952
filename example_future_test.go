package future_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"time"

	"example.com/future"
)

// A client library calls back when the answer is there. A future turns that into a
// value which can be passed on, stored and waited for.
func ExampleNew() {
	price := future.New[int]()
	lookUp := func(fruit string, done func(cents int, err error)) { go done(12*len(fruit), nil) }
	lookUp("pear", func(cents int, err error) { price.SetOutcome(cents, err) })

	fmt.Println(price.Await(context.Background()))
	// Output: 48 <nil>
}

// The zero value of a Future is ready to use, so it can be a field: here one that lets
// everybody wait until a server has its port.
func ExampleFuture() {
	var server struct {
		port future.Future[int]
	}
	go server.port.SetResult(8080)

	port, err := server.port.Await(context.Background())
	fmt.Println(port, err)
	// Output: 8080 <nil>
}

// What is in the cache needs no task, but the caller shall not notice.
func ExampleFromResult() {
	cache := map[string]string{"/": "welcome"}
	get := func(ctx context.Context, path string) *future.Future[string] {
		if page, ok := cache[path]; ok {
			return future.FromResult(page)
		}
		return future.Go(ctx, func(context.Context) (string, error) { return "fetched " + path, nil })
	}
	ctx := context.Background()
	fmt.Println(get(ctx, "/").Await(ctx))
	fmt.Println(get(ctx, "/news").Await(ctx))
	// Output:
	// welcome <nil>
	// fetched /news <nil>
}

// A function that returns futures reports bad arguments in the same way as every other
// failure.
func ExampleFromException() {
	fetch := func(url string) *future.Future[string] {
		if url == "" {
			return future.FromException[string](errors.New("no URL given"))
		}
		return future.FromResult("the page")
	}
	fmt.Println(fetch("").Exception())
	// Output: no URL given
}

// The first outcome stays. Whoever comes too late is told so, and may ignore it.
func ExampleFuture_SetResult() {
	winner := future.New[string]()
	fmt.Println(winner.SetResult("Ada"))
	fmt.Println(winner.SetResult("Grace"))
	fmt.Println(winner.Result())
	// Output:
	// <nil>
	// future: SetResult: the future is succeeded
	// Ada <nil>
}

// A failure reaches everybody who waits, as the error that was given.
func ExampleFuture_SetException() {
	connection := future.New[string]()
	go connection.SetException(fs.ErrPermission)

	_, err := connection.Await(context.Background())
	fmt.Println(err, errors.Is(err, fs.ErrPermission))
	// Output: permission denied true
}

// SetOutcome takes what a Go call returns, in one line.
func ExampleFuture_SetOutcome() {
	f, name := future.New[[]byte](), "go.mod"
	go func() {
		f.SetOutcome(os.ReadFile(name))
	}()

	text, err := f.Await(context.Background())
	fmt.Println(bytes.HasPrefix(text, []byte("module ")), err)
	// Output: true <nil>
}

// The user has closed the tab: the search that runs for it is asked to stop, and told
// why. It is done when it has cleaned up.
func ExampleFuture_Cancel() {
	errTabClosed := errors.New("the tab was closed")
	started := make(chan struct{})
	search := future.Go(context.Background(), func(ctx context.Context) (string, error) {
		close(started)
		<-ctx.Done() // or a call that takes ctx
		fmt.Println("cleaning up:", context.Cause(ctx))
		return "", ctx.Err()
	})

	<-started
	asked := search.Cancel(errTabClosed)
	_, err := search.Await(context.Background())
	fmt.Println(asked, search.State(), errors.Is(err, errTabClosed))
	// Output:
	// cleaning up: the tab was closed
	// true cancelled true
}

// A future that was made by hand has no work behind it and is cancelled at once.
func ExampleFuture_Cancel_byHand() {
	answer := future.New[int]()
	fmt.Println(answer.Cancel(nil), answer.Cancel(nil))
	fmt.Println(answer.Result())
	// Output:
	// true false
	// 0 future: cancelled
}

// A status page shows what is there and never waits.
func ExampleFuture_Done() {
	load := future.New[int]()
	fmt.Println(load.Done())
	load.SetResult(7)
	fmt.Println(load.Done())
	// Output:
	// false
	// true
}

// That somebody has cancelled a job is no reason to alarm anyone.
func ExampleFuture_Cancelled() {
	job, other := future.New[int](), future.New[int]()
	job.Cancel(errors.New("not needed any more"))
	other.SetException(errors.New("disk full"))
	for _, f := range []*future.Future[int]{job, other} {
		if f.Cancelled() {
			continue
		}
		fmt.Println("alarm:", f.Exception())
	}
	// Output: alarm: disk full
}

// The state tells the three ways to be done apart.
func ExampleFuture_State() {
	f := future.New[int]()
	fmt.Println(f.State())
	f.SetException(errors.New("no such host"))
	fmt.Println(f.State(), f.State() == future.Failed)
	fmt.Println(f.Exception())
	// Output:
	// pending
	// failed true
	// no such host
}

// States print as words.
func ExampleState_String() {
	for _, s := range []future.State{future.Pending, future.Succeeded, future.Failed, future.Cancelled} {
		fmt.Println(s)
	}
	// Output:
	// pending
	// succeeded
	// failed
	// cancelled
}

// Result does not wait. Before the future is done it says that it is not.
func ExampleFuture_Result() {
	sum := future.New[int]()
	_, err := sum.Result()
	fmt.Println(errors.Is(err, future.ErrInvalidState))

	sum.SetResult(21)
	fmt.Println(sum.Result())
	// Output:
	// true
	// 21 <nil>
}

// Exception is for those who care about the error only.
func ExampleFuture_Exception() {
	good := future.FromResult("saved")
	bad := future.FromException[string](fs.ErrExist)
	fmt.Println(good.Exception())
	fmt.Println(bad.Exception())
	// Output:
	// <nil>
	// file already exists
}

// A waiter that loses patience hurts nobody: the future goes on, and its outcome is
// there for the next one who asks, even under a context that has ended.
func ExampleFuture_Await() {
	report := future.New[string]()

	impatient, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	_, err := report.Await(impatient)
	fmt.Println(errors.Is(err, context.DeadlineExceeded), report.State())

	report.SetResult("42 pages")
	fmt.Println(report.Await(impatient))
	// Output:
	// true pending
	// 42 pages <nil>
}

// "I was cancelled" and "what I wait for was cancelled" are different errors.
func ExampleFuture_Await_whoWasCancelled() {
	tell := func(err error) string {
		if errors.Is(err, future.ErrCancelled) {
			return "the future was cancelled"
		}
		return "my context has ended"
	}

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := future.New[int]().Await(ctx)
	fmt.Println(tell(err), errors.Is(err, context.Canceled))

	f := future.New[int]()
	f.Cancel(nil)
	_, err = f.Await(context.Background())
	fmt.Println(tell(err), errors.Is(err, context.Canceled))
	// Output:
	// my context has ended true
	// the future was cancelled true
}

// Ready puts a future into a select statement, beside anything else.
func ExampleFuture_Ready() {
	upload := future.New[string]()
	hangUp := make(chan struct{})
	go upload.SetResult("3 MB")

	select {
	case <-upload.Ready():
		fmt.Println(upload.Result())
	case <-hangUp:
		upload.Cancel(nil)
	}
	// Output: 3 MB <nil>
}

// Callbacks run in the order in which they were added, one at a time, after everybody
// who waits has been released.
func ExampleFuture_AddDoneCallback() {
	order := future.New[int]()
	finished := make(chan struct{})
	order.AddDoneCallback(func(f *future.Future[int]) {
		id, _ := f.Result()
		fmt.Println("send a mail about order", id)
	})
	order.AddDoneCallback(func(*future.Future[int]) {
		fmt.Println("count it")
		close(finished)
	})

	order.SetResult(17)
	<-finished
	// Output:
	// send a mail about order 17
	// count it
}

// The function that AddDoneCallback returns takes the callback back.
func ExampleFuture_AddDoneCallback_stop() {
	config := future.New[string]()
	reloaded := make(chan struct{})
	stop := config.AddDoneCallback(func(*future.Future[string]) { fmt.Println("refresh the window") })
	config.AddDoneCallback(func(*future.Future[string]) { close(reloaded) })

	fmt.Println("window closed:", stop()) // it will not be called
	config.SetResult("dark mode")
	<-reloaded
	fmt.Println("again:", stop())
	// Output:
	// window closed: true
	// again: false
}

// A task has a name, for logs and reports. Other futures have none.
func ExampleFuture_Name() {
	ctx := context.Background()
	task := future.Go(ctx, func(context.Context) (int, error) { return 1, nil }, future.WithName("invoices"))
	sum := future.Map(task, func(n int) (int, error) { return n, nil })
	fmt.Printf("%q %q\n", task.Name(), sum.Name())
	fmt.Println(sum.Await(ctx))
	// Output:
	// "invoices" ""
	// 1 <nil>
}

// A future prints its type and its state, never its value: that may be secret, or huge,
// or still in somebody's hands.
func ExampleFuture_String() {
	password := future.New[string]()
	fmt.Println(password)
	password.SetResult("correct horse")
	fmt.Println(password)
	// Output:
	// Future[string](pending)
	// Future[string](succeeded)
}

// In a structured log a future is a group of its type, its state and its name.
func ExampleFuture_LogValue() {
	log := slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))
	release := make(chan struct{})
	task := future.Go(context.Background(), func(context.Context) (int, error) {
		<-release
		return 3, nil
	}, future.WithName("invoices"))
	log.Info("waiting", "for", task)
	close(release)
	_, err := task.Await(context.Background())
	log.Info("done", "task", task, "error", err)
	// Output:
	// level=INFO msg=waiting for.type=int for.state=pending for.name=invoices
	// level=INFO msg=done task.type=int task.state=succeeded task.name=invoices error=<nil>
}

// Code that does not care for the value takes an Awaitable, which is a future of any
// type.
func ExampleAwaitable() {
	unfinished := func(all ...future.Awaitable) int {
		n := 0
		for _, f := range all {
			if !f.Done() {
				n++
			}
		}
		return n
	}
	fmt.Println(unfinished(future.New[int](), future.FromResult("text"), future.New[error]()))
	// Output: 2
}

// Get turns an outcome back into the results of a call.
func ExampleOutcome_Get() {
	o := future.Outcome[int]{Value: 7}
	n, err := o.Get()
	fmt.Println(n, err)
	// Output: 7 <nil>
}

// Map is for a quick conversion: it needs no goroutine. Failures pass it by.
func ExampleMap() {
	file := future.New[[]byte]()
	lines := future.Map(file, func(text []byte) (int, error) {
		return bytes.Count(text, []byte("\n")), nil
	})

	file.SetResult([]byte("one\ntwo\n"))
	fmt.Println(lines.Await(context.Background()))
	// Output: 2 <nil>
}

// Map can fail too, and a chain of steps is checked once, at its end.
func ExampleMap_chain() {
	parse := func(text string) (int, error) { return strconv.Atoi(text) }
	half := func(n int) (float64, error) { return float64(n) / 2, nil }

	for _, text := range []string{"9", "nine"} {
		fmt.Println(future.Map(future.Map(future.FromResult(text), parse), half).Result())
	}
	// Output:
	// 4.5 <nil>
	// 0 strconv.Atoi: parsing "nine": invalid syntax
}

// Then starts a second request with what the first one has found.
func ExampleThen() {
	ctx := context.Background()
	user := future.Go(ctx, func(context.Context) (string, error) { return "ada", nil })
	mail := future.Then(ctx, user, func(_ context.Context, name string) (string, error) {
		return name + "@example.com", nil // another request, with the context
	})
	fmt.Println(mail.Await(ctx))
	// Output: ada@example.com <nil>
}

// Catch answers a failure, here with the copy of yesterday.
func ExampleCatch() {
	ctx := context.Background()
	rates := future.Go(ctx, func(context.Context) (string, error) { return "", errors.New("no route to host") })
	either := future.Catch(ctx, rates, func(_ context.Context, err error) (string, error) {
		fmt.Println("using the copy:", err)
		return "rates of yesterday", nil
	})
	fmt.Println(either.Await(ctx))
	// Output:
	// using the copy: no route to host
	// rates of yesterday <nil>
}

// Flatten removes one layer, here from a step that itself returns a future.
func ExampleFlatten() {
	ctx := context.Background()
	leader := future.FromResult("node-2")
	status := future.Flatten(future.Map(leader, func(node string) (*future.Future[string], error) {
		return future.Go(ctx, func(context.Context) (string, error) { return node + " is healthy", nil }), nil
	}))
	fmt.Println(status.Await(ctx))
	// Output: node-2 is healthy <nil>
}
