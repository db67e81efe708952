// Adapters shows how pools of other packages run the calls of package future: a
// function that submits is an executor, see [future.ExecutorFunc].
//
//	go run .
//
// An adapted pool keeps what it is: a job that waits for another job of the same full
// pool can wait for ever there, which a [future.Pool] prevents.
package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"time"

	"example.com/future"
)

func main() {
	for _, a := range adapters {
		if err := show(context.Background(), a); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// show squares a few numbers on the pool.
func show(ctx context.Context, a adapter) error {
	ex, stop, err := a.make(3)
	if err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	defer stop()
	fmt.Printf("%-21s", a.name)
	numbers := slices.Values([]int{1, 2, 3, 4, 5, 6})
	for square, err := range future.Stream(ctx, ex, numbers, slowSquare) {
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		fmt.Printf(" %d", square)
	}
	fmt.Println()
	return nil
}

func slowSquare(_ context.Context, n int) (int, error) {
	time.Sleep(time.Duration(7-n) * time.Millisecond) // the last are the first to be done
	return n * n, nil
}
