package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"example.com/future"
	"example.com/future/benchmarks/internal/measure"
)

var (
	pid      = future.Register("pid", func(context.Context, struct{}) (int, error) { return os.Getpid(), nil })
	echoJSON = future.Register("echo.json", func(_ context.Context, b []byte) ([]byte, error) { return b, nil })
	echoGob  = future.Register("echo.gob", func(_ context.Context, b []byte) ([]byte, error) { return b, nil }, future.WithCodec(future.GobCodec{}))
)

// start measures from the first call of a new pool to its answer.
func start(times int) []measure.Result {
	ctx := context.Background()
	var took []time.Duration
	for range times {
		pool := newPool(1)
		began := time.Now()
		_, err := pid.Submit(ctx, pool, struct{}{}).Await(ctx)
		check(err)
		took = append(took, time.Since(began))
		check(pool.Close())
	}
	own := series("process.Pool", 1, took...)
	fmt.Printf("start of a worker, to the answer of its first call; %d times\n  %s\n\n", times, spread(own.Spread(measure.Time)))
	return []measure.Result{{Row: measure.Row{Name: "start", Size: 1}, Series: []measure.Series{own}}}
}

// payloads measures one call at a time, there and back.
func payloads(rounds int) []measure.Result {
	ctx := context.Background()
	pool := newPool(1)
	defer pool.Close()
	fmt.Println("one call with a []byte, there and back")
	var results []measure.Result
	for _, size := range []int{1 << 10, 1 << 20, 16 << 20} {
		payload := make([]byte, size)
		for i := range payload {
			payload[i] = byte(i)
		}
		n := max(1, min(100, (8<<20)/size))
		once := func(f *future.Func[[]byte, []byte]) time.Duration {
			began := time.Now()
			for range n {
				out, err := f.Submit(ctx, pool, payload).Await(ctx)
				check(err)
				if len(out) != size {
					check(errors.New("payload: wrong length"))
				}
			}
			return time.Since(began) / time.Duration(n)
		}
		var inJSON, inGob []time.Duration
		for range rounds + 1 {
			inJSON, inGob = append(inJSON, once(echoJSON)), append(inGob, once(echoGob))
		}
		// The first round warms up.
		result := measure.Result{Row: measure.Row{Name: "payload", Size: size}, Series: []measure.Series{
			series("JSON", n, inJSON[1:]...), series("gob", n, inGob[1:]...),
		}}
		results = append(results, result)
		unit := fmt.Sprintf("%d KiB", size>>10)
		if size >= 1<<20 {
			unit = fmt.Sprintf("%d MiB", size>>20)
		}
		fmt.Printf("  %-8s JSON %-28s gob %s\n", unit, spread(result.Series[0].Spread(measure.Time)), spread(result.Series[1].Spread(measure.Time)))
	}
	fmt.Println()
	return results
}
