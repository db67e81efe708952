package future_test

import (
	"context"
	"fmt"

	"example.com/future"
)

// A router has two pools, so that long reports cannot keep users waiting.
type router struct{ quick, slow *future.Pool }

type slowJob struct{}

func (r *router) Execute(job future.Job) error {
	if job.Context().Value(slowJob{}) != nil {
		return r.slow.Execute(job)
	}
	return r.quick.Execute(job)
}

// Execute puts a pool behind an executor of one's own.
func ExamplePool_Execute() {
	r := &router{quick: future.NewPool(8), slow: future.NewPool(1)}
	query := future.Wrap(r, func(q string) (string, error) { return "result of " + q, nil })

	ctx := context.Background()
	night := context.WithValue(ctx, slowJob{}, true)
	page, yearly := query(ctx, "page"), query(night, "yearly report")
	fmt.Println(future.Gather(page, yearly).Await(ctx))

	r.quick.Close()
	r.slow.Close()
	fmt.Println("quick:", r.quick.Stats().Completed, "slow:", r.slow.Stats().Completed)
	// Output:
	// [result of page result of yearly report] <nil>
	// quick: 1 slow: 1
}
