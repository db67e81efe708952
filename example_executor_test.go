package future_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"example.com/future"
)

// A call that blocks and takes no context runs in the default executor, while the
// caller does something else.
func ExampleRunInExecutor() {
	ctx := context.Background()
	sum := future.RunInExecutor(ctx, nil, func(context.Context) (int, error) {
		n := 0
		for i := range 1000 { // a long computation
			n += i
		}
		return n, nil
	})
	fmt.Println("waiting")
	fmt.Println(sum.Await(ctx))
	// Output:
	// waiting
	// 499500 <nil>
}

// An old function that takes no context gets a time limit. Nothing can stop it: when the
// time is up the caller goes on, and its outcome is dropped when it comes.
func ExampleRunInExecutor_timeLimit() {
	device, asked := make(chan string), make(chan struct{})
	readSensor := func() string { // may hang
		close(asked)
		return <-device
	}

	ctx := context.Background()
	pool := future.NewPool(1)
	defer pool.Close()
	reading := future.RunInExecutor(ctx, pool, func(context.Context) (string, error) { return readSensor(), nil })
	<-asked
	_, err := future.WaitFor(ctx, reading, time.Millisecond)
	fmt.Println(errors.Is(err, future.ErrTimeout), reading.State())

	device <- "21 °C" // it was running all the time
	// Output: true cancelled
}

// A slow client without contexts, such as an old database driver, is asked through a
// pool of as many workers as it has connections.
func ExampleRunInExecutor_database() {
	query := func(table string) ([]string, error) { // the driver
		return []string{"row 1 of " + table, "row 2 of " + table}, nil
	}
	connections := future.NewPool(4, future.WithQueue(100), future.WithRejection(future.Reject))
	defer connections.Close()
	ask := future.Wrap(connections, query)

	ctx := context.Background()
	users, orders := ask(ctx, "users"), ask(ctx, "orders")
	tables, err := future.Gather(users, orders).Await(ctx)
	fmt.Println(slices.Concat(tables...), err)
	// Output: [row 1 of users row 2 of users row 1 of orders row 2 of orders] <nil>
}

// A function without arguments becomes one that returns a future.
func ExampleWrap0() {
	loadConfig := func() (map[string]string, error) { return map[string]string{"theme": "dark"}, nil }

	load := future.Wrap0(nil, loadConfig)
	config, err := load(context.Background()).Await(context.Background())
	fmt.Println(config["theme"], err)
	// Output: dark <nil>
}

// Files are read at the same time; os.ReadFile needs no change.
func ExampleWrap() {
	readFile := future.Wrap(nil, os.ReadFile)

	ctx := context.Background()
	files, err := future.Gather(readFile(ctx, "LICENSE"), readFile(ctx, "go.mod")).Await(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, text := range files {
		first, _, _ := bytes.Cut(text, []byte(" "))
		fmt.Printf("%s\n", first)
	}
	// Output:
	// MIT
	// module
}

// ReadFile can take the place of os.ReadFile in a whole package.
var ReadFile = future.Wrap(nil, os.ReadFile)

// A function is wrapped once, at package level, and called as often as one likes.
func ExampleWrap_packageLevel() {
	ctx := context.Background()
	_, err := ReadFile(ctx, "no such file").Await(ctx)
	fmt.Println(errors.Is(err, os.ErrNotExist))
	// Output: true
}

// A method of a client with two arguments.
func ExampleWrap2() {
	get := func(bucket, key string) (string, error) { // of a storage client
		if bucket != "photos" {
			return "", fmt.Errorf("no bucket %q", bucket)
		}
		return "the content of " + key, nil
	}
	fetch := future.Wrap2(nil, get)

	ctx := context.Background()
	fmt.Println(fetch(ctx, "photos", "cat.jpg").Await(ctx))
	fmt.Println(fetch(ctx, "music", "song.ogg").Await(ctx))
	// Output:
	// the content of cat.jpg <nil>
	//  no bucket "music"
}

// A long list of inputs goes through a pool, a window at a time, and comes out in order.
// An error comes in its place.
func ExampleStream() {
	pool := future.NewPool(4)
	defer pool.Close()
	words := slices.Values([]string{"one", "two", "", "four"})
	shout := func(_ context.Context, w string) (string, error) {
		if w == "" {
			return "", errors.New("nothing to say")
		}
		return strings.ToUpper(w), nil
	}
	for word, err := range future.Stream(context.Background(), pool, words, shout) {
		fmt.Println(word, err)
	}
	// Output:
	// ONE <nil>
	// TWO <nil>
	//  nothing to say
	// FOUR <nil>
}

// Progress needs no more than a counter. Whoever has seen enough breaks out: what was
// started is cancelled, and no more inputs are read.
func ExampleStream_progress() {
	files := []string{"a.jpg", "b.jpg", "c.jpg", "d.jpg"}
	thumbnail := func(_ context.Context, name string) (string, error) { return "small " + name, nil }

	done := 0
	for name, err := range future.Stream(context.Background(), nil, slices.Values(files), thumbnail) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		done++
		fmt.Printf("%3d%% %s\n", 100*done/len(files), name)
		if done == 3 {
			break
		}
	}
	// Output:
	//  25% small a.jpg
	//  50% small b.jpg
	//  75% small c.jpg
}

// Any pool with a submit function can be an executor. This one is no more than a
// goroutine for each call and a limit.
func ExampleExecutorFunc() {
	limit := make(chan struct{}, 2)
	var group sync.WaitGroup
	executor := future.ExecutorFunc(func(run func()) error {
		limit <- struct{}{}
		group.Go(func() {
			defer func() { <-limit }()
			run()
		})
		return nil
	})

	ctx := context.Background()
	square := future.Wrap(executor, func(n int) (int, error) { return n * n, nil })
	fmt.Println(future.Gather(square(ctx, 2), square(ctx, 3), square(ctx, 4)).Await(ctx))
	group.Wait()
	// Output: [4 9 16] <nil>
}
