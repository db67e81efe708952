package future_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"example.com/future"
)

// The error of an operation that does not fit says what was tried and what state the
// future is in.
func ExampleInvalidStateError_Error() {
	sum := future.Gather(future.New[int]())
	_, err := sum.Result()
	fmt.Println(err)
	fmt.Println(sum.SetResult(nil))
	// Output:
	// future: Result: the future is pending
	// future: SetResult: the future is pending; its task or combinator settles it
}

// Code that settles a future in several places tells "somebody was faster" from other
// errors.
func ExampleInvalidStateError_Is() {
	f := future.FromResult(1)
	err := f.SetResult(2)
	if errors.Is(err, future.ErrInvalidState) {
		fmt.Println("somebody was faster")
	}
	if e, ok := errors.AsType[*future.InvalidStateError](err); ok {
		fmt.Println(e.Op, e.State)
	}
	// Output:
	// somebody was faster
	// SetResult succeeded
}

// A cancelled future says why it was cancelled, if somebody gave a reason.
func ExampleCancelledError_Error() {
	f, g := future.New[int](), future.New[int]()
	f.Cancel(errors.New("the server shuts down"))
	g.Cancel(nil)
	fmt.Println(f.Exception())
	fmt.Println(g.Exception())
	// Output:
	// future: cancelled: the server shuts down
	// future: cancelled
}

// Code that knows contexts only sees a cancelled future as what it is.
func ExampleCancelledError_Is() {
	f := future.New[int]()
	f.Cancel(nil)
	err := f.Exception()
	fmt.Println(errors.Is(err, future.ErrCancelled), errors.Is(err, context.Canceled))
	// Output: true true
}

// The cause of a cancellation is part of the error, and so is what the function
// answered to it.
func ExampleCancelledError_Unwrap() {
	errShutdown := errors.New("the server shuts down")
	errSaved := errors.New("the draft was saved")
	started := make(chan struct{})
	editor := future.Go(context.Background(), func(ctx context.Context) (any, error) {
		close(started)
		<-ctx.Done()
		return nil, fmt.Errorf("%w: %w", errSaved, ctx.Err())
	})
	<-started
	editor.Cancel(errShutdown)
	_, err := editor.Await(context.Background())
	fmt.Println(errors.Is(err, errShutdown), errors.Is(err, errSaved))
	// Output: true true
}

// The text of a panic is short; its stack is in the field Stack.
func ExamplePanicError_Error() {
	ctx := context.Background()
	var scores []int
	_, err := future.Go(ctx, func(context.Context) (int, error) { return scores[3], nil }).Await(ctx)
	fmt.Println(err)
	// Output: future: panic: runtime error: index out of range [3] with length 0
}

// An error that was given to panic is found by errors.Is.
func ExamplePanicError_Unwrap() {
	ctx := context.Background()
	_, err := future.Go(ctx, func(context.Context) (int, error) {
		panic(fmt.Errorf("cannot go on without a configuration: %w", fs.ErrNotExist))
	}).Await(ctx)
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output: true
}

// The error of a group lists all failures.
func ExampleGroupError_Error() {
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		first := future.Go(g, func(context.Context) (any, error) { return nil, errors.New("disk full") })
		future.Go(g, func(context.Context) (any, error) {
			<-first.Ready()
			return nil, errors.New("no route to host")
		})
		return nil
	}, future.WithSupervision())
	fmt.Println(err)
	// Output:
	// future: 2 tasks failed:
	// 	disk full
	// 	no route to host
}

// Each failure of a group can be found in its error, and they can be counted.
func ExampleGroupError_Unwrap() {
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		future.Go(g, func(context.Context) (any, error) { return nil, fs.ErrPermission })
		future.Go(g, func(context.Context) (any, error) { return nil, fs.ErrNotExist })
		return nil
	}, future.WithSupervision())
	fmt.Println(errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist))
	if group, ok := errors.AsType[*future.GroupError](err); ok {
		fmt.Println(len(group.Unwrap()), "failures")
	}
	// Output:
	// true true
	// 2 failures
}
