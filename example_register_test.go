package future_test

import (
	"context"
	"fmt"

	"example.com/future"
)

type rectangle struct{ Width, Height int }

var area = future.Register("area.v1", func(_ context.Context, r rectangle) (int, error) {
	return r.Width * r.Height, nil
})

func square(_ context.Context, n int) (int, error) { return n * n, nil }

var Square = future.Register("square.v1", square)

// A function that the program has already is registered as it is.
func ExampleRegister_function() {
	ctx := context.Background()
	fmt.Println(square(ctx, 5))
	fmt.Println(Square.Submit(ctx, nil, 5).Await(ctx))
	// Output:
	// 25 <nil>
	// 25 <nil>
}

// A registered function is called here and now, or in an executor: a pool of goroutines,
// or one of processes. The program says where by what it gives to Submit.
func Example_leavingTheProcess() {
	ctx := context.Background()
	fmt.Println(area.Call(ctx, rectangle{Width: 2, Height: 3}))

	executor := future.NewPool(4) // or the pool of package process
	defer executor.Close()
	result := area.Submit(ctx, executor, rectangle{Width: 6, Height: 7})
	fmt.Println(result.Await(ctx))
	// Output:
	// 6 <nil>
	// 42 <nil>
}
