package future_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/future"
)

// Two requests run at the same time; the caller waits for what it needs, when it
// needs it.
func ExampleGo() {
	ctx := context.Background()
	fetch := func(what string) *future.Future[string] {
		return future.Go(ctx, func(ctx context.Context) (string, error) {
			return "the " + what, ctx.Err() // a request that takes ctx
		})
	}
	weather, news := fetch("weather"), fetch("news")
	fmt.Println(weather.Await(ctx))
	fmt.Println(news.Await(ctx))
	// Output:
	// the weather <nil>
	// the news <nil>
}

// A bug in a task does not end the program: the task fails, and its error has the value
// and the stack of the panic.
func ExampleGo_panic() {
	ctx := context.Background()
	var index map[string]int
	task := future.Go(ctx, func(context.Context) (int, error) {
		index["a"] = 1
		return len(index), nil
	})
	_, err := task.Await(ctx)
	fmt.Println(err)
	if p, ok := errors.AsType[*future.PanicError](err); ok {
		fmt.Println("with a stack:", len(p.Stack) > 0)
	}
	// Output:
	// future: panic: assignment to entry in nil map
	// with a stack: true
}

// A value is never thrown away: a task that comes to its end in spite of a request to
// stop has succeeded.
func ExampleGo_lateCancel() {
	ctx := context.Background()
	started := make(chan struct{})
	backup := future.Go(ctx, func(ctx context.Context) (string, error) {
		close(started)
		<-ctx.Done()
		return "the last file is written", nil
	})
	<-started
	fmt.Println(backup.Cancel(nil))
	fmt.Println(backup.Await(ctx))
	// Output:
	// true
	// the last file is written <nil>
}

// A name tells in logs, profiles and traces which task it was.
func ExampleWithName() {
	ctx := context.Background()
	task := future.Go(ctx, func(ctx context.Context) (int, error) {
		fmt.Println(future.CurrentTask(ctx).Name(), "is running")
		return 0, nil
	}, future.WithName("nightly report"))
	_, err := task.Await(ctx)
	fmt.Println(task.Name(), err)
	// Output:
	// nightly report is running
	// nightly report <nil>
}

// A helper deep down in the program finds the task that it works for.
func ExampleCurrentTask() {
	log := func(ctx context.Context, text string) {
		name := "main"
		if t := future.CurrentTask(ctx); t != nil {
			name = t.Name()
		}
		fmt.Printf("[%s] %s\n", name, text)
	}
	ctx := context.Background()
	log(ctx, "starting")
	_, err := future.Go(ctx, func(ctx context.Context) (any, error) {
		log(ctx, "importing")
		return nil, nil
	}, future.WithName("importer")).Await(ctx)
	log(ctx, fmt.Sprint("error: ", err))
	// Output:
	// [main] starting
	// [importer] importing
	// [main] error: <nil>
}

// Before it goes, a program says what it is still waiting for.
func ExampleAllTasks() {
	release := make(chan struct{})
	_, err := future.Run(context.Background(), func(ctx context.Context) (int, error) {
		for _, name := range []string{"mail", "backup"} {
			future.Go(ctx, func(context.Context) (any, error) {
				<-release
				return nil, nil
			}, future.WithName(name))
		}
		for task := range future.AllTasks(ctx) {
			fmt.Println(task.Name(), "is", task.State())
		}
		close(release)
		return 0, nil
	})
	fmt.Println(err)
	// Output:
	// mail is pending
	// backup is pending
	// <nil>
}
