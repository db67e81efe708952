package future_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/future"
)

// A task that pauses between two attempts still stops at once when it is told to.
func ExampleSleep() {
	pausing := make(chan struct{})
	task := future.Go(context.Background(), func(ctx context.Context) (any, error) {
		close(pausing)
		return nil, future.Sleep(ctx, time.Hour)
	})
	<-pausing
	task.Cancel(errors.New("the user has quit"))
	_, err := task.Await(context.Background())
	fmt.Println(err)
	// Output: future: cancelled: the user has quit
}

// After is a value that comes by itself: here an answer for those who will not wait
// any longer. It needs no goroutine.
func ExampleAfter() {
	forecast := future.New[string]() // a service that does not answer
	usual := future.After(time.Millisecond, "as yesterday")
	fmt.Println(future.Race(forecast, usual).Await(context.Background()))
	// Output: as yesterday <nil>
}

// Cancelling stops the timer, so a reminder can be called off.
func ExampleAfter_cancel() {
	reminder := future.After(time.Hour, "drink some water")
	fmt.Println(reminder.Cancel(nil), reminder.State())
	// Output: true cancelled
}

// WaitFor owns the wait: when the time is up, the task is cancelled.
func ExampleWaitFor() {
	ctx := context.Background()
	query := future.Go(ctx, func(ctx context.Context) (int, error) {
		<-ctx.Done() // a slow query that takes ctx
		return 0, ctx.Err()
	})
	_, err := future.WaitFor(ctx, query, time.Millisecond)
	fmt.Println(err)
	fmt.Println(errors.Is(err, future.ErrTimeout), errors.Is(err, context.DeadlineExceeded))

	<-query.Ready()
	fmt.Println(query.State())
	// Output:
	// future: timeout
	// true true
	// cancelled
}

// Timeout gives up and lets the work go on: it warms the cache for the next one who
// asks.
func ExampleTimeout() {
	ctx := context.Background()
	computed := make(chan struct{})
	price := future.Go(ctx, func(context.Context) (int, error) {
		<-computed
		return 42, nil
	})
	_, err := future.Timeout(price, time.Millisecond).Await(ctx)
	fmt.Println(err, "/", price.State())

	close(computed)
	fmt.Println(future.Timeout(price, time.Minute).Await(ctx))
	// Output:
	// future: timeout / pending
	// 42 <nil>
}

// Many callers share one connection attempt. Each may give up without taking it away
// from the others.
func ExampleShield() {
	ctx := context.Background()
	attempt := future.New[string]()

	_, err := future.WaitFor(ctx, future.Shield(attempt), time.Millisecond)
	fmt.Println("first caller:", err)

	attempt.SetResult("connected")
	fmt.Println(future.WaitFor(ctx, future.Shield(attempt), time.Minute))
	// Output:
	// first caller: future: timeout
	// connected <nil>
}
