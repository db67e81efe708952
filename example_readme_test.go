// This file is the program of README.md, and TestTheProgramsInTheDocsAreExamples compares
// the two: whoever changes one changes the other.

package future_test

import (
	"context"
	"fmt"
	"time"

	"example.com/future"
)

// population is an old function: it blocks, and it takes no context.
func population(city string) (int, error) {
	time.Sleep(10 * time.Millisecond)
	n, ok := map[string]int{"Bern": 134_000, "Oslo": 709_000, "Rome": 2_755_000}[city]
	if !ok {
		return 0, fmt.Errorf("no city %q", city)
	}
	return n, nil
}

func Example_readme() {
	pool := future.NewPool(8) // at most 8 of these calls at a time
	defer pool.Close()
	ask := future.Wrap(pool, population)

	total, err := future.Run(context.Background(), func(ctx context.Context) (int, error) {
		// All three calls start now, and so does a task of our own.
		calls := future.Gather(ask(ctx, "Bern"), ask(ctx, "Oslo"), ask(ctx, "Rome"))
		title := future.Go(ctx, func(context.Context) (string, error) { return "people", nil })

		// After a minute we would give up, and cancel what still waits.
		counts, err := future.WaitFor(ctx, calls, time.Minute)
		if err != nil {
			return 0, err
		}
		total := 0
		for _, n := range counts {
			total += n
		}
		fmt.Println(title.Await(ctx))
		return total, nil
	})
	fmt.Println(total, err)
	// Output:
	// people <nil>
	// 3598000 <nil>
}
