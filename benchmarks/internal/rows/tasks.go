package rows

import (
	"context"
	"sync"

	"example.com/future"
	"example.com/future/benchmarks/internal/measure"
	"github.com/alitto/pond/v2"
	failsafego "github.com/failsafe-go/failsafe-go"
	samberlo "github.com/samber/lo"
	"github.com/samber/lo/parallel"
	samber "github.com/samber/mo"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// goBackground starts one task after the other, and waits for each.
func goBackground() Goaled {
	return Goaled{measure.Row{
		Name: "go-await", Work: "`Go` and `Await` under `context.Background()`", Unit: "task",
		Sides: []measure.Side{
			ours("Go, Await", each(func(int) error {
				ctx := context.Background()
				return check(future.Go(ctx, answer).Await(ctx))
			})),
			hand("go, buffered channel", handLess, each(func(int) error {
				ctx := context.Background()
				c := make(chan int, 1)
				go func() {
					v, _ := answer(ctx)
					c <- v
				}()
				return check(<-c, nil)
			})),
			peer(errGroup, "Go, Wait", "one wait for all; the result goes into a variable; "+panicsCrash, each(func(int) error {
				var g errgroup.Group
				var v int
				g.Go(func() (err error) {
					v, err = plain()
					return err
				})
				return check(v, g.Wait())
			})),
			peer(conc, "pool.NewWithResults.WithErrors, Go, Wait", "one wait for all, without context", each(func(int) error {
				p := concpool.NewWithResults[int]().WithErrors()
				p.Go(plain)
				vs, err := p.Wait()
				return checkAll(vs, 1, err)
			})),
			peer(lo, "Async2", "one reader; the wait has a channel, no context; "+panicsCrash, each(func(int) error {
				return check((<-samberlo.Async2(plain)).Unpack())
			})),
			peer(mo, "NewFuture, Collect", noCtx+"; "+panicsCrash, each(func(int) error {
				return check(moGo().Collect())
			})),
			peer(failsafe, "GetAsync, Get", noCtx+"; "+panicsCrash, func(t *measure.Turn) error {
				executor := failsafego.With[int]()
				t.Restart()
				for range t.N {
					if err := check(executor.GetAsync(plain).Get()); err != nil {
						return err
					}
				}
				return nil
			}),
			peer(pondName, "an unbounded pool: SubmitErr, Wait", noCtx, func(t *measure.Turn) error {
				p := pond.NewResultPool[int](0)
				defer p.StopAndWait()
				defer t.Finish()
				t.Restart()
				for range t.N {
					if err := check(p.SubmitErr(plain).Wait()); err != nil {
						return err
					}
				}
				return nil
			}),
		},
	}, []Goal{ratioAtMost(1.2), allocsAtMost(2, "")}}
}

// moGo starts a function the way mo does it.
func moGo() *samber.Future[int] {
	return samber.NewFuture(func(resolve func(int), reject func(error)) {
		v, err := plain()
		if err != nil {
			reject(err)
			return
		}
		resolve(v)
	})
}

// goCancellable is goBackground where each task has a context of its own.
func goCancellable() Goaled {
	return Goaled{measure.Row{
		Name: "go-await-cancellable", Work: "`Go` and `Await` under a cancellable context, task context included", Unit: "task",
		Note: "samber/lo and samber/mo know no context.",
		Sides: []measure.Side{
			ours("Go, Await", func(t *measure.Turn) error {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				t.Restart()
				for range t.N {
					if err := check(future.Go(ctx, answer).Await(ctx)); err != nil {
						return err
					}
				}
				return nil
			}),
			hand("context.WithCancel, go, buffered channel, select", "one reader, no error; "+panicsCrash, func(t *measure.Turn) error {
				parent, cancel := context.WithCancel(context.Background())
				defer cancel()
				t.Restart()
				for range t.N {
					ctx, cancel := context.WithCancel(parent)
					c := make(chan int, 1)
					go func() {
						v, _ := answer(ctx)
						c <- v
					}()
					var v int
					var err error
					select {
					case v = <-c:
					case <-ctx.Done():
						err = ctx.Err()
					}
					cancel()
					if err := check(v, err); err != nil {
						return err
					}
				}
				return nil
			}),
			peer(errGroup, "WithContext, Go, Wait", "the wait does not end with the context; "+panicsCrash, func(t *measure.Turn) error {
				parent, cancel := context.WithCancel(context.Background())
				defer cancel()
				t.Restart()
				for range t.N {
					g, ctx := errgroup.WithContext(parent)
					var v int
					g.Go(func() (err error) {
						v, err = answer(ctx)
						return err
					})
					if err := check(v, g.Wait()); err != nil {
						return err
					}
				}
				return nil
			}),
			peer(conc, "pool.NewWithResults.WithContext, Go, Wait", "the wait does not end with the context", func(t *measure.Turn) error {
				parent, cancel := context.WithCancel(context.Background())
				defer cancel()
				t.Restart()
				for range t.N {
					p := concpool.NewWithResults[int]().WithContext(parent)
					p.Go(answer)
					vs, err := p.Wait()
					if err := checkAll(vs, 1, err); err != nil {
						return err
					}
				}
				return nil
			}),
			peer(failsafe, "WithContext, GetAsyncWithExecution, Get", "the wait does not end with the context; "+panicsCrash, func(t *measure.Turn) error {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				executor := failsafego.With[int]().WithContext(ctx)
				t.Restart()
				for range t.N {
					f := executor.GetAsyncWithExecution(func(e failsafego.Execution[int]) (int, error) { return answer(e.Context()) })
					if err := check(f.Get()); err != nil {
						return err
					}
				}
				return nil
			}),
			peer(pondName, "an unbounded pool WithContext: SubmitErr, Wait", "no context for each task", func(t *measure.Turn) error {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				p := pond.NewResultPool[int](0, pond.WithContext(ctx))
				defer p.StopAndWait()
				defer t.Finish()
				t.Restart()
				for range t.N {
					if err := check(p.SubmitErr(func() (int, error) { return answer(ctx) }).Wait()); err != nil {
						return err
					}
				}
				return nil
			}),
		},
	}, []Goal{ratioAtMost(0.8), allocsAtMost(3, "")}}
}

// gatherTasks starts many tasks and has all their results.
func gatherTasks() Goaled {
	return Goaled{measure.Row{
		Name: "gather-tasks", Work: "`Gather` of 1,000 `Go` tasks", Unit: "task", Size: 1_000,
		Sides: []measure.Side{
			ours("Go, Gather, Await", each(func(n int) error {
				ctx := context.Background()
				fs := make([]*future.Future[int], n)
				for i := range fs {
					fs[i] = future.Go(ctx, answer)
				}
				vs, err := future.Gather(fs...).Await(ctx)
				return checkAll(vs, n, err)
			})),
			hand("WaitGroup.Go, a slice of results and one of errors", "no wait for one of them, no context; "+panicsCrash, each(func(n int) error {
				ctx := context.Background()
				vs := make([]int, n)
				errs := make([]error, n)
				var wg sync.WaitGroup
				for i := range vs {
					wg.Go(func() { vs[i], errs[i] = answer(ctx) })
				}
				wg.Wait()
				for _, err := range errs {
					if err != nil {
						return err
					}
				}
				return checkAll(vs, n, nil)
			})),
			peer(conc, "pool.NewWithResults.WithErrors, Go, Wait", "no wait for one of them, no context", each(func(n int) error {
				p := concpool.NewWithResults[int]().WithErrors()
				for range n {
					p.Go(plain)
				}
				vs, err := p.Wait()
				return checkAll(vs, n, err)
			})),
			peer(errGroup, "Go, Wait, a slice of results", "no wait for one of them, no context; "+panicsCrash, each(func(n int) error {
				var g errgroup.Group
				vs := make([]int, n)
				for i := range vs {
					g.Go(func() (err error) {
						vs[i], err = plain()
						return err
					})
				}
				return checkAll(vs, n, g.Wait())
			})),
			peer(lo, "parallel.Map", "no wait for one of them, no context; "+panicsCrash, each(func(n int) error {
				return checkResults(parallel.Map(make([]struct{}, n), func(struct{}, int) result {
					v, err := plain()
					return result{v, err}
				}))
			})),
			peer(mo, "NewFuture, Collect of each", noCtx+"; "+panicsCrash, each(func(n int) error {
				fs := make([]*samber.Future[int], n)
				for i := range fs {
					fs[i] = moGo()
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
			peer(failsafe, "GetAsync, Get of each", noCtx+"; "+panicsCrash, each(func(n int) error {
				executor := failsafego.With[int]()
				fs := make([]failsafego.ExecutionResult[int], n)
				for i := range fs {
					fs[i] = executor.GetAsync(plain)
				}
				vs := make([]int, n)
				for i, f := range fs {
					var err error
					if vs[i], err = f.Get(); err != nil {
						return err
					}
				}
				return checkAll(vs, n, nil)
			})),
			peer(pondName, "an unbounded pool: a result group", "no wait for one of them", each(func(n int) error {
				p := pond.NewResultPool[int](0)
				defer p.StopAndWait()
				g := p.NewGroup()
				for range n {
					g.SubmitErr(plain)
				}
				vs, err := g.Wait()
				return checkAll(vs, n, err)
			})),
		},
	}, []Goal{ratioAtMost(1.3), lessThan(conc)}}
}
