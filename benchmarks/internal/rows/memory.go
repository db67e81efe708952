package rows

import (
	"context"
	"runtime"
	"sync"

	"example.com/future"
	"example.com/future/benchmarks/internal/measure"
	"github.com/alitto/pond/v2"
	failsafego "github.com/failsafe-go/failsafe-go"
	gammazero "github.com/gammazero/workerpool"
	samber "github.com/samber/mo"
)

// Live is the memory that something keeps, stacks included.
const Live = "live-B/op"

// keeps measures what n things keep that make returns, then lets them go.
func keeps(t *measure.Turn, n int, made func() (kept any, release func() error)) error {
	before := live()
	kept, release := made()
	t.Report(Live, (live()-before)/float64(n))
	runtime.KeepAlive(kept)
	t.Finish()
	return release()
}

// live returns how many bytes are in use after a collection.
func live() float64 {
	// What a finalizer or a cleanup held is free after the second.
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}

// heavy bounds how many goroutines wait only to be counted.
const heavy = 100_000

func pendingMemory() Goaled {
	return Goaled{measure.Row{
		Name: "pending-memory", Work: "1,000,000 pending futures", Unit: "future", Size: 1_000_000, N: 1,
		Metrics: []string{Live},
		Note:    "What is in use after a collection, stacks included, without the slices that hold them. Those that need a goroutine for each are measured with 100,000. A task of pond is in a queue while it is pending, for which there is a row.",
		Sides: []measure.Side{
			ours("New", func(t *measure.Turn) error {
				fs := make([]*future.Future[int], t.Size)
				return keeps(t, t.Size, func() (any, func() error) {
					for i := range fs {
						fs[i] = future.New[int]()
					}
					return fs, func() error { return nil }
				})
			}),
			hand("a struct of a channel, a value and an error", "no callbacks, no context", func(t *measure.Turn) error {
				cs := make([]*cell, t.Size)
				return keeps(t, t.Size, func() (any, func() error) {
					for i := range cs {
						cs[i] = &cell{done: make(chan struct{})}
					}
					return cs, func() error { return nil }
				})
			}),
			{Name: "channel", How: "make(chan int, 1)", Less: "one reader, no error, no context", Do: func(t *measure.Turn) error {
				cs := make([]chan int, t.Size)
				return keeps(t, t.Size, func() (any, func() error) {
					for i := range cs {
						cs[i] = make(chan int, 1)
					}
					return cs, func() error { return nil }
				})
			}},
			peer(mo, "NewFuture, and the resolve of each", noCtx+"; "+carriedOut, func(t *measure.Turn) error {
				fs := make([]*samber.Future[int], t.Size)
				resolves := make([]func(int), t.Size)
				return keeps(t, t.Size, func() (any, func() error) {
					pending := moCarrier()
					for i := range fs {
						fs[i], resolves[i] = pending()
					}
					return fs, func() error {
						for i, f := range fs {
							resolves[i](42)
							if err := check(f.Collect()); err != nil {
								return err
							}
						}
						return nil
					}
				})
			}),
			peer(failsafe, "GetAsync", noCtx+"; "+needsRunning, func(t *measure.Turn) error {
				n := min(t.Size, heavy)
				fs := make([]failsafego.ExecutionResult[int], n)
				return keeps(t, n, func() (any, func() error) {
					gate := make(chan struct{})
					executor := failsafego.With[int]()
					for i := range fs {
						fs[i] = executor.GetAsync(func() (int, error) {
							<-gate
							return 42, nil
						})
					}
					return fs, func() error {
						close(gate)
						for _, f := range fs {
							if err := check(f.Get()); err != nil {
								return err
							}
						}
						return nil
					}
				})
			}),
		},
	}, []Goal{atMost(64, 0.5, Live, " bytes each")}}
}

// queueMemory keeps jobs in the queue of a pool whose only worker is busy.
func queueMemory() Goaled {
	return Goaled{measure.Row{
		Name: "queue-memory", Work: "1,000,000 jobs in the queue of a pool, with results", Unit: "job", Size: 1_000_000, N: 1,
		Metrics: []string{Live},
		Note: "What is in use after a collection, stacks included, with the slice of results or futures. ants, conc and errgroup have no queue: their callers wait. " +
			"Those that need a goroutine for each are measured with 100,000.",
		Sides: []measure.Side{
			ours("RunInExecutor", func(t *measure.Turn) error {
				ctx := context.Background()
				p := future.NewPool(1)
				return keeps(t, t.Size, func() (any, func() error) {
					fs := make([]*future.Future[int], t.Size)
					gate := make(chan struct{})
					future.RunInExecutor(ctx, p, func(context.Context) (int, error) {
						<-gate
						return 0, nil
					})
					for i := range fs {
						fs[i] = future.RunInExecutor(ctx, p, answer)
					}
					return fs, func() error {
						close(gate)
						vs, err := future.Gather(fs...).Await(ctx)
						_ = p.Close()
						return checkAll(vs, t.Size, err)
					}
				})
			}),
			hand("a slice of functions under a mutex, a slice of results", "no wait for one job, no cancelling of one, no context; "+panicsCrash, func(t *measure.Turn) error {
				return keeps(t, t.Size, func() (any, func() error) {
					results := make([]result, t.Size)
					var mu sync.Mutex
					var queue []func()
					for i := range results {
						mu.Lock()
						queue = append(queue, func() { results[i].v, results[i].err = plain() })
						mu.Unlock()
					}
					return queue, func() error {
						for _, job := range queue {
							job()
						}
						return checkResults(results)
					}
				})
			}),
			peer(pondTasks, "SubmitErr", noJobCtx, func(t *measure.Turn) error {
				p := pond.NewResultPool[int](1)
				return keeps(t, t.Size, func() (any, func() error) {
					tasks := make([]pond.ResultTask[int], t.Size)
					gate := make(chan struct{})
					p.Submit(func() int {
						<-gate
						return 0
					})
					for i := range tasks {
						tasks[i] = p.SubmitErr(plain)
					}
					return tasks, func() error {
						close(gate)
						for _, task := range tasks {
							if err := check(task.Wait()); err != nil {
								return err
							}
						}
						p.StopAndWait()
						return nil
					}
				})
			}),
			peer(pondName, "a result group", "no wait for one job, "+noJobCtx, func(t *measure.Turn) error {
				p := pond.NewResultPool[int](1)
				return keeps(t, t.Size, func() (any, func() error) {
					gate := make(chan struct{})
					p.Submit(func() int {
						<-gate
						return 0
					})
					g := p.NewGroup()
					for range t.Size {
						g.SubmitErr(plain)
					}
					return g, func() error {
						close(gate)
						vs, err := g.Wait()
						p.StopAndWait()
						return checkAll(vs, t.Size, err)
					}
				})
			}),
			peer(workerpool, "Submit, a slice of results", gammaLess, func(t *measure.Turn) error {
				p := gammazero.New(1)
				return keeps(t, t.Size, func() (any, func() error) {
					results := make([]result, t.Size)
					gate := make(chan struct{})
					p.Submit(func() { <-gate })
					for i := range results {
						p.Submit(func() { results[i].v, results[i].err = plain() })
					}
					return p, func() error {
						close(gate)
						p.StopWait()
						return checkResults(results)
					}
				})
			}),
			peer(failsafe, "a bulkhead: GetAsync", jailLess, func(t *measure.Turn) error {
				n := min(t.Size, heavy)
				return keeps(t, n, func() (any, func() error) {
					fs := make([]failsafego.ExecutionResult[int], n)
					gate, started, executor := make(chan struct{}), make(chan struct{}), jail(1)
					first := executor.GetAsync(func() (int, error) {
						close(started)
						<-gate
						return 42, nil
					})
					<-started
					for i := range fs {
						fs[i] = executor.GetAsync(plain)
					}
					return fs, func() error {
						close(gate)
						for _, f := range fs {
							if err := check(f.Get()); err != nil {
								return err
							}
						}
						return check(first.Get())
					}
				})
			}),
		},
	}, nil}
}
