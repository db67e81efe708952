package rows

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"example.com/future"
	"example.com/future/benchmarks/internal/measure"
	"github.com/alitto/pond/v2"
	failsafego "github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/bulkhead"
	gammazero "github.com/gammazero/workerpool"
	antsv2 "github.com/panjf2000/ants/v2"
	concpool "github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

// What the pools leave out.
const (
	noJobCtx   = "no context"
	antsLess   = "no results, no queue, no context; panics are logged"
	gammaLess  = "no results, no context; " + panicsCrash
	concLess   = "no wait for one job, no queue, no context"
	groupLess  = "no wait for one job, no queue, no context; " + panicsCrash
	jailLess   = "a goroutine for each waiting job, no order, no context; " + panicsCrash
	byHandLess = "no wait for one job, no cancelling of one; " + panicsCrash
)

const poolWorkers = 8

// pool is a pool's whole life.
func pool() Goaled {
	return Goaled{measure.Row{
		Name: "pool", Work: "10,000 small jobs through an 8-worker pool, with results", Unit: "job", Size: 10_000,
		Note: "From the making of the pool to its end.",
		Sides: []measure.Side{
			ours("NewPool, RunInExecutor, Gather, Close", each(func(n int) error {
				ctx := context.Background()
				p := future.NewPool(poolWorkers)
				fs := make([]*future.Future[int], n)
				for i := range fs {
					fs[i] = future.RunInExecutor(ctx, p, answer)
				}
				vs, err := future.Gather(fs...).Await(ctx)
				if err := p.Close(); err != nil {
					return err
				}
				return checkAll(vs, n, err)
			})),
			hand("workers that read indices from a channel, a slice of results", byHandLess, each(func(n int) error {
				ctx := context.Background()
				results := make([]result, n)
				queue := make(chan int)
				var wg sync.WaitGroup
				for range poolWorkers {
					wg.Go(func() {
						for i := range queue {
							results[i].v, results[i].err = answer(ctx)
						}
					})
				}
				for i := range n {
					queue <- i
				}
				close(queue)
				wg.Wait()
				return checkResults(results)
			})),
			peer(ants, "NewPool, Submit, a slice of results, Release", antsLess, each(func(n int) error {
				p, err := antsv2.NewPool(poolWorkers)
				if err != nil {
					return err
				}
				defer p.Release()
				results := make([]result, n)
				var wg sync.WaitGroup
				wg.Add(n)
				for i := range results {
					if err := p.Submit(func() {
						defer wg.Done()
						results[i].v, results[i].err = plain()
					}); err != nil {
						return err
					}
				}
				wg.Wait()
				return checkResults(results)
			})),
			peer(pondName, "NewResultPool, a result group, StopAndWait", "no wait for one job, "+noJobCtx, each(func(n int) error {
				p := pond.NewResultPool[int](poolWorkers)
				g := p.NewGroup()
				for range n {
					g.SubmitErr(plain)
				}
				vs, err := g.Wait()
				p.StopAndWait()
				return checkAll(vs, n, err)
			})),
			peer(pondTasks, "NewResultPool, SubmitErr, Wait for each, StopAndWait", noJobCtx, each(func(n int) error {
				p := pond.NewResultPool[int](poolWorkers)
				tasks := make([]pond.ResultTask[int], n)
				for i := range tasks {
					tasks[i] = p.SubmitErr(plain)
				}
				for _, task := range tasks {
					if err := check(task.Wait()); err != nil {
						return err
					}
				}
				p.StopAndWait()
				return nil
			})),
			peer(workerpool, "New, Submit, a slice of results, StopWait", gammaLess, each(func(n int) error {
				p := gammazero.New(poolWorkers)
				results := make([]result, n)
				for i := range results {
					p.Submit(func() { results[i].v, results[i].err = plain() })
				}
				p.StopWait()
				return checkResults(results)
			})),
			peer(conc, "pool.NewWithResults.WithErrors.WithMaxGoroutines, Go, Wait", concLess, each(func(n int) error {
				p := concpool.NewWithResults[int]().WithErrors().WithMaxGoroutines(poolWorkers)
				for range n {
					p.Go(plain)
				}
				vs, err := p.Wait()
				return checkAll(vs, n, err)
			})),
			peer(errGroup, "SetLimit, Go, Wait, a slice of results", groupLess, each(func(n int) error {
				var g errgroup.Group
				g.SetLimit(poolWorkers)
				vs := make([]int, n)
				for i := range vs {
					g.Go(func() (err error) {
						vs[i], err = plain()
						return err
					})
				}
				return checkAll(vs, n, g.Wait())
			})),
			peer(failsafe, "a bulkhead: GetAsync, Get of each", jailLess, each(func(n int) error {
				executor := jail(poolWorkers)
				fs := make([]failsafego.ExecutionResult[int], n)
				for i := range fs {
					fs[i] = executor.GetAsync(plain)
				}
				for _, f := range fs {
					if err := check(f.Get()); err != nil {
						return err
					}
				}
				return nil
			})),
		},
	}, []Goal{ratioAtMost(1.25), lessThan(ants, pondName, conc, workerpool, errGroup)}}
}

// jail lets so many executions run at a time.
func jail(n uint) failsafego.Executor[int] {
	return failsafego.With(bulkhead.NewBuilder[int](n).WithMaxWaitTime(time.Hour).Build())
}

// A shared pool takes jobs from many goroutines.
type shared struct {
	submit func(job func()) // returns when the pool has the job
	run    func(job func()) // returns when the job has run
	end    func()
}

// An opener starts a pool of so many workers.
type opener func(workers int) shared

// sharedSides has each of the shared pools do the same.
func sharedSides(do func(t *measure.Turn, open opener) error) []measure.Side {
	side := func(s measure.Side, open opener) measure.Side {
		s.Do = func(t *measure.Turn) error { return do(t, open) }
		return s
	}
	return []measure.Side{
		side(ours("RunInExecutor, Await", nil), func(workers int) shared {
			ctx := context.Background()
			p := future.NewPool(workers)
			submit := func(job func()) *future.Future[struct{}] {
				return future.RunInExecutor(ctx, p, func(context.Context) (struct{}, error) {
					job()
					return struct{}{}, nil
				})
			}
			return shared{
				submit: func(job func()) { submit(job) },
				run:    func(job func()) { _, _ = submit(job).Await(ctx) },
				end:    func() { _ = p.Close() },
			}
		}),
		side(hand("workers that read functions from a channel, a channel for each job's end", "no context; "+panicsCrash, nil), func(workers int) shared {
			queue := make(chan func(), 64)
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					for job := range queue {
						job()
					}
				})
			}
			return signalled(func(job func()) { queue <- job }, func() {
				close(queue)
				wg.Wait()
			})
		}),
		side(peer(ants, "Submit, a channel for each job's end", antsLess, nil), func(workers int) shared {
			p, err := antsv2.NewPool(workers)
			if err != nil {
				panic(err)
			}
			return signalled(func(job func()) {
				if err := p.Submit(job); err != nil {
					panic(err)
				}
			}, p.Release)
		}),
		side(peer(pondName, "Go; Submit, Wait", noJobCtx, nil), func(workers int) shared {
			p := pond.NewPool(workers)
			return shared{
				submit: func(job func()) {
					if err := p.Go(job); err != nil {
						panic(err)
					}
				},
				run: func(job func()) { _ = p.Submit(job).Wait() },
				end: p.StopAndWait,
			}
		}),
		side(peer(workerpool, "Submit; SubmitWait", gammaLess, nil), func(workers int) shared {
			p := gammazero.New(workers)
			return shared{p.Submit, p.SubmitWait, p.StopWait}
		}),
		side(peer(conc, "WithMaxGoroutines, Go, a channel for each job's end", "no results, no queue, no context", nil), func(workers int) shared {
			p := concpool.New().WithMaxGoroutines(workers)
			return signalled(p.Go, p.Wait)
		}),
		side(peer(errGroup, "SetLimit, Go, a channel for each job's end", groupLess, nil), func(workers int) shared {
			var g errgroup.Group
			g.SetLimit(workers)
			return signalled(func(job func()) {
				g.Go(func() error {
					job()
					return nil
				})
			}, func() { _ = g.Wait() })
		}),
		side(peer(failsafe, "a bulkhead: RunAsync, Error", jailLess, nil), func(workers int) shared {
			executor := jail(uint(workers))
			submit := func(job func()) failsafego.ExecutionResult[int] {
				return executor.RunAsync(func() error {
					job()
					return nil
				})
			}
			return shared{
				submit: func(job func()) { submit(job) },
				run:    func(job func()) { _ = submit(job).Error() },
				end:    func() {},
			}
		}),
	}
}

// signalled completes those who do not tell when a job has run.
func signalled(submit func(job func()), end func()) shared {
	return shared{
		submit: submit,
		run: func(job func()) {
			done := make(chan struct{})
			submit(func() {
				defer close(done)
				job()
			})
			<-done
		},
		end: end,
	}
}

// poolSubmitters hands jobs over from so many goroutines at once.
func poolSubmitters(submitters int) Goaled {
	work := fmt.Sprintf("%d goroutines that each hand one small job after the other to %d shared workers, and wait for it", submitters, poolWorkers)
	if submitters == 1 {
		work = fmt.Sprintf("one goroutine that hands one small job after the other to %d shared workers, and waits for it", poolWorkers)
	}
	return Goaled{measure.Row{
		Name: fmt.Sprintf("pool-submitters-%d", submitters), Work: work, Unit: "job",
		Sides: sharedSides(func(t *measure.Turn, open opener) error {
			p := open(poolWorkers)
			defer p.end()
			defer t.Finish()
			counts := make([]int, submitters)
			t.Restart()
			var wg sync.WaitGroup
			for s := range submitters {
				share := (t.N + s) / submitters
				wg.Go(func() {
					for range share {
						p.run(func() { counts[s]++ })
					}
				})
			}
			wg.Wait()
			total := 0
			for _, n := range counts {
				total += n
			}
			if total != t.N {
				return errWrong
			}
			return nil
		}),
	}, nil}
}

// The wait of a job for its start.
const (
	P50  = "p50-ns"
	P99  = "p99-ns"
	P999 = "p99.9-ns"
)

// queueWait gives more jobs at once than there are workers, again and again.
func queueWait() Goaled {
	const burst, workers = 64, 2
	return Goaled{measure.Row{
		Name: "queue-wait", Unit: "job", N: 20_000, Metrics: []string{P50, P99, P999, measure.Time},
		Work: "wait for a worker: 64 jobs of about a microsecond at once, on 2 workers",
		Note: "From the moment when one goroutine begins to hand 64 jobs over to the start of each, so that it is the same " +
			"whether a job waits in a queue or its submitter in a call that blocks.",
		Sides: sharedSides(func(t *measure.Turn, open opener) error {
			p := open(workers)
			defer p.end()
			defer t.Finish()
			waits := make([]time.Duration, t.N)
			t.Restart()
			for first := 0; first < t.N; first += burst {
				some := waits[first:min(first+burst, t.N)]
				var done sync.WaitGroup
				done.Add(len(some))
				given := time.Now()
				for i := range some {
					p.submit(func() {
						some[i] = time.Since(given)
						compute()
						done.Done()
					})
				}
				done.Wait()
			}
			t.Finish()
			sorted := make([]float64, len(waits))
			for i, wait := range waits {
				if wait == 0 {
					return errWrong
				}
				sorted[i] = float64(wait.Nanoseconds())
			}
			slices.Sort(sorted)
			t.Report(P50, measure.Quantile(sorted, 0.5))
			t.Report(P99, measure.Quantile(sorted, 0.99))
			t.Report(P999, measure.Quantile(sorted, 0.999))
			return nil
		}),
	}, nil}
}

// compute takes about a microsecond.
func compute() {
	sum := 0
	for i := range 1000 {
		sum += i & 1
	}
	runtime.KeepAlive(sum)
}
