package future_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/future"
)

// A catalogue has many pages. All are fetched at the same time, and come back in order.
func ExampleGather() {
	ctx := context.Background()
	var pages []*future.Future[string]
	for n := range 3 {
		pages = append(pages, future.Go(ctx, func(context.Context) (string, error) {
			return fmt.Sprint("page ", n+1), nil // a request
		}))
	}
	texts, err := future.Gather(pages...).Await(ctx)
	fmt.Printf("%q %v\n", texts, err)
	// Output: ["page 1" "page 2" "page 3"] <nil>
}

// The first failure ends the wait. The other requests go on, and somebody may still
// want them.
func ExampleGather_firstError() {
	ctx := context.Background()
	slow, broken := future.New[int](), future.New[int]()
	both := future.Gather(slow, broken)

	broken.SetException(errors.New("connection refused"))
	_, err := both.Await(ctx)
	fmt.Println(err, "/", slow.State())

	slow.SetResult(3)
	fmt.Println(slow.Await(ctx))
	// Output:
	// connection refused / pending
	// 3 <nil>
}

// Cancelling the joint future cancels what it is made of.
func ExampleGather_cancel() {
	a, b := future.New[int](), future.New[int]()
	both := future.Gather(a, b)
	both.Cancel(nil)
	fmt.Println(both.State(), a.State(), b.State())
	// Output: cancelled cancelled cancelled
}

// A health check wants to know about every host, the bad ones above all.
func ExampleGatherSettled() {
	ctx := context.Background()
	hosts := []string{"alpha", "beta", "gamma"}
	var checks []*future.Future[string]
	for _, host := range hosts {
		checks = append(checks, future.Go(ctx, func(context.Context) (string, error) {
			if host == "beta" {
				return "", errors.New("no answer")
			}
			return "fine", nil
		}))
	}
	outcomes, err := future.GatherSettled(checks...).Await(ctx)
	for i, o := range outcomes {
		fmt.Printf("%s: %q %v\n", hosts[i], o.Value, o.Err)
	}
	fmt.Println(err)
	// Output:
	// alpha: "fine" <nil>
	// beta: "" no answer
	// gamma: "fine" <nil>
	// <nil>
}

// A page needs a name and a number, which come from different services.
func ExampleAwait2() {
	ctx := context.Background()
	user := future.Go(ctx, func(context.Context) (string, error) { return "ada", nil })
	orders := future.Go(ctx, func(context.Context) (int, error) { return 3, nil })

	name, n, err := future.Await2(ctx, user, orders)
	fmt.Println(name, n, err)
	// Output: ada 3 <nil>
}

// If one of them fails there is no point in waiting for the others.
func ExampleAwait3() {
	ctx := context.Background()
	user := future.FromResult("ada")
	orders := future.FromException[int](errors.New("orders: service unavailable"))
	discount := future.New[float64]() // which never comes

	_, _, _, err := future.Await3(ctx, user, orders, discount)
	fmt.Println(err)
	// Output: orders: service unavailable
}

// Four parts of an invoice, of four types.
func ExampleAwait4() {
	ctx := context.Background()
	number := future.FromResult(2048)
	customer := future.FromResult("ada")
	lines := future.FromResult([]string{"tea", "milk"})
	paid := future.FromResult(true)

	n, name, items, ok, err := future.Await4(ctx, number, customer, lines, paid)
	fmt.Println(n, name, items, ok, err)
	// Output: 2048 ada [tea milk] true <nil>
}

// Five instruments are read; the first that is broken fails the reading.
func ExampleAwait5() {
	ctx := context.Background()
	speed := future.FromResult(88)
	course := future.FromResult("NNW")
	depth := future.FromResult(12.5)
	lights := future.FromResult([]bool{true, false})
	crew := future.FromResult[rune]('A')

	v, c, d, l, w, err := future.Await5(ctx, speed, course, depth, lights, crew)
	fmt.Println(v, c, d, l, string(w), err)
	// Output: 88 NNW 12.5 [true false] A <nil>
}

// The same file lies on three mirrors. The first answer counts, whatever it is; the
// losers are cancelled with the group.
func ExampleRace() {
	download := func(ctx context.Context, mirror string) (string, error) {
		if mirror != "near" {
			<-ctx.Done() // still on its way
			return "", ctx.Err()
		}
		return "from the mirror that is near", nil
	}
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		var all []*future.Future[string]
		for _, mirror := range []string{"far", "near", "farther"} {
			all = append(all, future.Go(g, func(ctx context.Context) (string, error) { return download(ctx, mirror) }))
		}
		text, err := future.Race(all...).Await(g)
		fmt.Println(text, err)
		g.Cancel(nil)
		return err
	})
	fmt.Println(err)
	// Output:
	// from the mirror that is near <nil>
	// <nil>
}

// Any passes over failures: it takes the first resolver that knows the name.
func ExampleAny() {
	broken := future.FromException[string](errors.New("timeout"))
	ignorant := future.FromException[string](errors.New("no such host"))
	good := future.New[string]()
	address := future.Any(broken, ignorant, good)

	good.SetResult("192.0.2.1")
	fmt.Println(address.Await(context.Background()))
	fmt.Println(future.Any(broken, ignorant).Exception())
	// Output:
	// 192.0.2.1 <nil>
	// future: 2 tasks failed:
	// 	timeout
	// 	no such host
}

// A hedged request: when the first server has not answered after a while, a second one
// is asked as well, and the first good answer counts.
func ExampleAny_hedged() {
	ask := func(ctx context.Context, server string) (string, error) {
		if server == "overloaded" {
			<-ctx.Done()
			return "", ctx.Err()
		}
		return "the answer of the " + server + " server", nil
	}
	err := future.TaskGroup(context.Background(), func(g *future.Group) error {
		defer g.Cancel(nil) // the loser
		first := future.Go(g, func(ctx context.Context) (string, error) { return ask(ctx, "overloaded") })
		answer, err := future.Timeout(first, 10*time.Millisecond).Await(g)
		if errors.Is(err, future.ErrTimeout) {
			second := future.Go(g, func(ctx context.Context) (string, error) { return ask(ctx, "idle") })
			answer, err = future.Any(first, second).Await(g)
		}
		fmt.Println(answer, err)
		return err
	})
	fmt.Println(err)
	// Output:
	// the answer of the idle server <nil>
	// <nil>
}

// A program goes on as soon as one of two sensors has spoken, and knows which.
func ExampleWait() {
	left, right := future.New[int](), future.New[int]()
	right.SetResult(21)
	done, pending, err := future.Wait(context.Background(), future.FirstCompleted, left, right)
	fmt.Println(len(done), done[0] == right, len(pending), pending[0] == left, err)
	// Output: 1 true 1 true <nil>
}

// FirstException returns early when something has gone wrong, so that the rest can be
// cancelled.
func ExampleWait_firstException() {
	parts := []*future.Future[int]{future.New[int](), future.New[int](), future.New[int]()}
	parts[0].SetResult(1)
	parts[2].SetException(errors.New("part 3 is corrupt"))

	done, pending, err := future.Wait(context.Background(), future.FirstException, parts...)
	for _, f := range pending {
		f.Cancel(nil)
	}
	fmt.Println(len(done), "done,", len(pending), "cancelled,", err)
	fmt.Println(parts[2].Exception())
	// Output:
	// 2 done, 1 cancelled, <nil>
	// part 3 is corrupt
}

// A download shows its progress: parts are counted as they come in, in whatever order
// they do.
func ExampleAsCompleted() {
	arrive := []chan struct{}{make(chan struct{}), make(chan struct{}), make(chan struct{})}
	ctx := context.Background()
	var parts []*future.Future[string]
	for i := range arrive {
		parts = append(parts, future.Go(ctx, func(context.Context) (string, error) {
			<-arrive[i] // the network decides
			return fmt.Sprint("part ", i), nil
		}))
	}

	order := []int{2, 0, 1}
	close(arrive[order[0]])
	n := 0
	for i, part := range future.AsCompleted(ctx, parts...) {
		n++
		fmt.Printf("%d/%d: index %d, %s, %v\n", n, len(parts), i, part.Value, part.Err)
		if n < len(order) {
			close(arrive[order[n]])
		}
	}
	// Output:
	// 1/3: index 2, part 2, <nil>
	// 2/3: index 0, part 0, <nil>
	// 3/3: index 1, part 1, <nil>
}

// Whoever has seen enough breaks out; nothing stays behind, and nothing is cancelled.
func ExampleAsCompleted_break() {
	fast, never := future.FromResult("enough"), future.New[string]()
	for _, o := range future.AsCompleted(context.Background(), never, fast) {
		fmt.Println(o.Get())
		break
	}
	fmt.Println(never.State())
	// Output:
	// enough <nil>
	// pending
}
