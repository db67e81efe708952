// This file is the program of the package documentation, and TestTheProgramsInTheDocsAreExamples
// compares the two: whoever changes one changes the other.

package future_test

import (
	"context"
	"fmt"
	"time"

	"example.com/future"
)

func greet(ctx context.Context, name string) (string, error) {
	err := future.Sleep(ctx, 10*time.Millisecond) // real work, such as a request
	return "hello, " + name, err
}

func Example() {
	greetings, err := future.Run(context.Background(), func(ctx context.Context) ([]string, error) {
		alice := future.Go(ctx, func(ctx context.Context) (string, error) { return greet(ctx, "Alice") })
		bob := future.Go(ctx, func(ctx context.Context) (string, error) { return greet(ctx, "Bob") })
		return future.Gather(alice, bob).Await(ctx) // both wait at the same time
	})
	fmt.Println(greetings, err)
	// Output: [hello, Alice hello, Bob] <nil>
}
