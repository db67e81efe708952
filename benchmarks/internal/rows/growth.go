package rows

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"example.com/future"
	"example.com/future/benchmarks/internal/measure"
	samber "github.com/samber/mo"
)

// A Curve is work that is measured at sizes from 1 to 1,000,000.
type Curve struct {
	Title string
	measure.Row
	Goals []CurveGoal
}

// A CurveGoal is judged by the results of all sizes, the smallest first.
type CurveGoal struct {
	Want  string
	Judge func([]measure.Result) Finding
}

// Sizes returns the powers of ten from 1 to most.
func Sizes(most int) []int {
	var sizes []int
	for n := 1; n <= most; n *= 10 {
		sizes = append(sizes, n)
	}
	return sizes
}

// Curves returns every curve. Those that leave many goroutines behind come last.
func Curves() []Curve {
	return []Curve{gatherCurve(), {"Map chain", named("growth-chain", mapChain(0).Row), nil}, callbackCurve(), {"waiters on one future", named("growth-waiters", waiters(0).Row), nil}}
}

func named(name string, row measure.Row) measure.Row {
	row.Name = name
	row.Sides = slices.DeleteFunc(row.Sides, func(s measure.Side) bool {
		return s.Name != Ours && s.Name != Hand && s.Name != mo
	})
	return row
}

// gatherCurve makes futures, gathers them while they are pending, settles them all.
func gatherCurve() Curve {
	return Curve{"Gather of pending futures", measure.Row{
		Name: "growth-gather", Work: "`Gather` of n pending futures", Unit: "future",
		Note: "The futures are made, gathered, settled one after the other, and all their results are read.",
		Sides: []measure.Side{
			ours("New, Gather, SetResult, Result", each(func(n int) error {
				fs := make([]*future.Future[int], n)
				for i := range fs {
					fs[i] = future.New[int]()
				}
				all := future.Gather(fs...)
				for _, f := range fs {
					_ = f.SetResult(42)
				}
				vs, err := all.Result()
				return checkAll(vs, n, err)
			})),
			hand("a buffered channel for each, a slice of results", handLess, each(func(n int) error {
				cs := make([]chan int, n)
				for i := range cs {
					cs[i] = make(chan int, 1)
				}
				for _, c := range cs {
					c <- 42
				}
				vs := make([]int, n)
				for i, c := range cs {
					vs[i] = <-c
				}
				return checkAll(vs, n, nil)
			})),
			peer(mo, "NewFuture, resolve, Collect of each", noCtx+"; no future of all; "+carriedOut, each(func(n int) error {
				fs := make([]*samber.Future[int], n)
				resolves := make([]func(int), n)
				pending := moCarrier()
				for i := range fs {
					fs[i], resolves[i] = pending()
				}
				for _, resolve := range resolves {
					resolve(42)
				}
				vs := make([]int, n)
				for i, f := range fs {
					var err error
					if vs[i], err = f.Collect(); err != nil {
						return err
					}
				}
				return checkAll(vs, n, nil)
			})),
		},
	}, []CurveGoal{linear(), constantAllocations()}}
}

// callbackCurve adds many callbacks to one future and waits until all have run.
func callbackCurve() Curve {
	return Curve{"callbacks on one future", measure.Row{
		Name: "growth-callbacks", Work: "n callbacks on one future", Unit: "callback",
		Note: "They are added, the future is settled, and all have run. No future of the other packages measured here has more than one callback.",
		Sides: []measure.Side{
			ours("AddDoneCallback, SetResult", each(func(n int) error {
				f := future.New[int]()
				sum, done := 0, make(chan struct{})
				for i := range n {
					f.AddDoneCallback(func(f *future.Future[int]) {
						v, _ := f.Result()
						sum += v // one at a time, in order
						if i == n-1 {
							close(done)
						}
					})
				}
				_ = f.SetResult(42)
				<-done
				if sum != 42*n {
					return errWrong
				}
				return nil
			})),
			hand("context.AfterFunc, cancel", "no order: a goroutine for each; "+panicsCrash, each(func(n int) error {
				ctx, cancel := context.WithCancel(context.Background())
				c := &cell{result: result{v: 42}}
				var mu sync.Mutex
				var wg sync.WaitGroup
				sum := 0
				wg.Add(n)
				for range n {
					context.AfterFunc(ctx, func() {
						mu.Lock()
						sum += c.v
						mu.Unlock()
						wg.Done()
					})
				}
				cancel()
				wg.Wait()
				if sum != 42*n {
					return errWrong
				}
				return nil
			})),
		},
	}, nil}
}

// linear wants the time of the whole to grow with its size, from 1,000 on. On that way
// the work outgrows the caches of the processor, so no form of it grows with its size
// exactly: the form by hand, in the same run, says what linear is here.
func linear() CurveGoal {
	const slack = 0.05 // between two runs of the same form there is as much
	slope := func(results []measure.Result, side int) float64 {
		var sizes, times []float64
		for _, r := range results {
			if r.Row.Size >= 1000 || len(results) < 4 {
				sizes = append(sizes, float64(r.Row.Size))
				times = append(times, float64(r.Row.Size)*r.Series[side].Spread(measure.Time).Median)
			}
		}
		return measure.Slope(sizes, times)
	}
	return CurveGoal{
		Want: fmt.Sprintf("linear from 1,000 on: as n to a power that is at most %.2f above that of by hand", slack),
		Judge: func(results []measure.Result) Finding {
			own, hand := slope(results, 0), slope(results, 1)
			return Finding{Got: fmt.Sprintf("n to the power of %.2f (by hand %.2f)", own, hand), Met: own <= hand+slack}
		},
	}
}

// constantAllocations wants as many allocations beside the futures, however many
// futures there are. The collector's own are allowed for.
func constantAllocations() CurveGoal {
	const slack = 32
	beyond := func(r measure.Result) float64 {
		return (r.Series[0].Spread(measure.Allocs).Median - 1) * float64(r.Row.Size)
	}
	return CurveGoal{
		Want: "a constant number of allocations beyond the inputs",
		Judge: func(results []measure.Result) Finding {
			first, last := results[0], results[len(results)-1]
			return Finding{
				Got: fmt.Sprintf("%.0f at n = %d, %.0f at n = %d", beyond(first), first.Row.Size, beyond(last), last.Row.Size),
				Met: beyond(last) <= beyond(first)+slack,
			}
		},
	}
}
