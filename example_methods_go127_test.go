//go:build go1.27

package future_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"example.com/future"
)

// With Go 1.27 the steps of a chain read from left to right.
func ExampleFuture_Map() {
	words := future.FromResult("to be or not to be")
	count := words.
		Map(func(s string) ([]string, error) { return strings.Fields(s), nil }).
		Map(func(w []string) (int, error) { return len(w), nil })
	fmt.Println(count.Result())
	// Output: 6 <nil>
}

// Then starts a task with what the future has brought.
func ExampleFuture_Then() {
	ctx := context.Background()
	user := future.FromResult("ada")
	orders := user.Then(ctx, func(_ context.Context, name string) (int, error) {
		return len(name), nil // a request
	})
	fmt.Println(orders.Await(ctx))
	// Output: 3 <nil>
}

// Catch answers a failure with a value to go on with.
func ExampleFuture_Catch() {
	ctx := context.Background()
	avatar := future.FromException[string](errors.New("no picture")).
		Catch(ctx, func(context.Context, error) (string, error) { return "default.png", nil })
	fmt.Println(avatar.Await(ctx))
	// Output: default.png <nil>
}
