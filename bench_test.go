package future_test

import (
	"context"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"example.com/future"
)

// Every benchmark does the same job twice, with this package and in the form that a
// good engineer would write by hand, in turn within one run. It reports the medians
// of both and the median of their ratios:
//
//	go test -run '^$' -bench .

// beside runs n rounds of both at a time, n such that a turn takes about a
// millisecond.
func beside(b *testing.B, ours, hand func(n int)) {
	b.Helper()
	// Otherwise the collector, which runs the more often the smaller the heap is,
	// is all that one measures.
	ballast := make([]byte, 64<<20)
	defer runtime.KeepAlive(ballast)

	n := 1
	for ; n < 1<<20; n *= 2 {
		if clock(ours, n)+clock(hand, n) > 2*time.Millisecond {
			break
		}
	}
	var a, h, ratios []float64
	for b.Loop() {
		o, r := float64(clock(ours, n)), float64(clock(hand, n))
		a = append(a, o/float64(n))
		h = append(h, r/float64(n))
		ratios = append(ratios, o/r)
	}
	b.ReportMetric(median(a), "ns/op")
	b.ReportMetric(median(h), "hand-ns/op")
	b.ReportMetric(median(ratios), "ratio")
	b.ReportMetric(allocations(ours, n), "allocs")
	b.ReportMetric(allocations(hand, n), "hand-allocs")
}

func clock(f func(n int), n int) time.Duration {
	start := time.Now()
	f(n)
	return time.Since(start)
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	return xs[len(xs)/2]
}

func allocations(f func(n int), n int) float64 {
	return testing.AllocsPerRun(1, func() { f(n) }) / float64(n)
}

// loop makes a function of n rounds of a function of one.
func loop(f func()) func(int) {
	return func(n int) {
		for range n {
			f()
		}
	}
}

func answer(context.Context) (int, error) { return 42, nil }

var sink int

func BenchmarkSetResult(b *testing.B) {
	beside(b,
		loop(func() {
			f := future.New[int]()
			_ = f.SetResult(42)
			sink, _ = f.Result()
		}),
		loop(func() {
			c := make(chan int, 1)
			c <- 42
			sink = <-c
		}))
}

func BenchmarkDone(b *testing.B) {
	ctx := context.Background()
	f := future.FromResult(42)
	b.Run("Await", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink, _ = f.Await(ctx)
		}
	})
	b.Run("Result", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			sink, _ = f.Result()
		}
	})
	b.Run("Done", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if !f.Done() {
				b.Fatal("not done")
			}
		}
	})
}

func BenchmarkGoAwait(b *testing.B) {
	b.Run("Background", func(b *testing.B) {
		ctx := context.Background()
		beside(b,
			loop(func() { sink, _ = future.Go(ctx, answer).Await(ctx) }),
			loop(func() {
				c := make(chan int, 1)
				go func() {
					v, _ := answer(ctx)
					c <- v
				}()
				sink = <-c
			}))
	})
	b.Run("Cancellable", func(b *testing.B) {
		ctx := b.Context()
		beside(b,
			loop(func() { sink, _ = future.Go(ctx, answer).Await(ctx) }),
			loop(func() {
				ctx, cancel := context.WithCancel(ctx)
				c := make(chan int, 1)
				go func() {
					v, _ := answer(ctx)
					c <- v
				}()
				select {
				case sink = <-c:
				case <-ctx.Done():
				}
				cancel()
			}))
	})
}

func BenchmarkGather(b *testing.B) {
	const tasks = 1000
	ctx := context.Background()
	b.Run("Tasks", func(b *testing.B) {
		beside(b,
			loop(func() {
				fs := make([]*future.Future[int], tasks)
				for i := range fs {
					fs[i] = future.Go(ctx, answer)
				}
				vs, _ := future.Gather(fs...).Await(ctx)
				sink = vs[0]
			}),
			loop(func() {
				vs := make([]int, tasks)
				errs := make([]error, tasks)
				var wg sync.WaitGroup
				for i := range vs {
					wg.Go(func() { vs[i], errs[i] = answer(ctx) })
				}
				wg.Wait()
				sink = vs[0]
			}))
	})
	for n := 1; n <= 1_000_000; n *= 100 {
		b.Run("Pending="+strconv.Itoa(n), func(b *testing.B) {
			b.ReportAllocs()
			fs := make([]*future.Future[int], n)
			for b.Loop() {
				b.StopTimer()
				for i := range fs {
					fs[i] = future.New[int]()
				}
				b.StartTimer()
				g := future.Gather(fs...)
				for i, f := range fs {
					_ = f.SetResult(i)
				}
				if !g.Done() {
					b.Fatal("not done")
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/input")
		})
	}
}

func BenchmarkCallback(b *testing.B) {
	f := future.New[int]()
	callback := func(*future.Future[int]) {}
	ctx := b.Context()
	// By hand, this is what the standard library has of the kind.
	beside(b,
		loop(func() { f.AddDoneCallback(callback)() }),
		loop(func() { context.AfterFunc(ctx, func() {})() }))
}

func BenchmarkMapChain(b *testing.B) {
	increment := func(v int) (int, error) { return v + 1, nil }
	beside(b,
		func(n int) {
			first := future.New[int]()
			last := first
			for range n {
				last = future.Map(last, increment)
			}
			_ = first.SetResult(0)
			sink, _ = last.Result()
		},
		func(n int) {
			cs := make([]chan int, n+1)
			errs := make([]chan error, n+1)
			for i := range cs {
				cs[i], errs[i] = make(chan int, 1), make(chan error, 1)
			}
			cs[0] <- 0
			errs[0] <- nil
			for i := range n {
				v, err := <-cs[i], <-errs[i]
				if err == nil {
					v, err = increment(v)
				}
				cs[i+1] <- v
				errs[i+1] <- err
			}
			sink = <-cs[n]
		})
}

func BenchmarkPool(b *testing.B) {
	const jobs, workers = 10_000, 8
	ctx := context.Background()
	beside(b,
		loop(func() {
			p := future.NewPool(workers)
			fs := make([]*future.Future[int], jobs)
			for i := range fs {
				fs[i] = future.RunInExecutor(ctx, p, answer)
			}
			vs, _ := future.Gather(fs...).Await(ctx)
			sink = vs[0]
			_ = p.Close()
		}),
		loop(func() {
			type result struct {
				v   int
				err error
			}
			results := make([]result, jobs)
			queue := make(chan int)
			var wg sync.WaitGroup
			for range workers {
				wg.Go(func() {
					for i := range queue {
						results[i].v, results[i].err = answer(ctx)
					}
				})
			}
			for i := range jobs {
				queue <- i
			}
			close(queue)
			wg.Wait()
			sink = results[0].v
		}))
}

func BenchmarkWaiters(b *testing.B) {
	const waiters = 10_000
	ctx := context.Background()
	crowd := func(wait func()) *sync.WaitGroup {
		var ready, done sync.WaitGroup
		ready.Add(waiters)
		for range waiters {
			done.Go(func() {
				ready.Done()
				wait()
			})
		}
		ready.Wait()
		runtime.Gosched()
		return &done
	}
	beside(b,
		loop(func() {
			f := future.New[int]()
			done := crowd(func() { _, _ = f.Await(ctx) })
			_ = f.SetResult(42)
			done.Wait()
		}),
		loop(func() {
			c := make(chan struct{})
			done := crowd(func() { <-c })
			close(c)
			done.Wait()
		}))
}

func BenchmarkPendingMemory(b *testing.B) {
	const futures = 1_000_000
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		fs := make([]*future.Future[int], futures)
		for i := range fs {
			fs[i] = future.New[int]()
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc-8*futures)/futures, "B/future")
		runtime.KeepAlive(fs)
	}
}

// Contention: so many goroutines hand jobs to 8 workers and wait for their results.
func BenchmarkPoolSubmitters(b *testing.B) {
	const jobs, workers = 8192, 8
	ctx := context.Background()
	for submitters := 1; submitters <= 64; submitters *= 4 {
		b.Run(strconv.Itoa(submitters), func(b *testing.B) {
			each := jobs / submitters
			beside(b,
				loop(func() {
					p := future.NewPool(workers)
					var wg sync.WaitGroup
					for range submitters {
						wg.Go(func() {
							fs := make([]*future.Future[int], each)
							for i := range fs {
								fs[i] = future.RunInExecutor(ctx, p, answer)
							}
							_, _ = future.Gather(fs...).Await(ctx)
						})
					}
					wg.Wait()
					_ = p.Close()
				}),
				loop(func() {
					queue := make(chan *slot)
					var running, wg sync.WaitGroup
					for range workers {
						running.Go(func() {
							for s := range queue {
								s.v, s.err = answer(ctx)
								s.done.Done()
							}
						})
					}
					for range submitters {
						wg.Go(func() {
							slots := make([]slot, each)
							var done sync.WaitGroup
							done.Add(each)
							for i := range slots {
								slots[i].done = &done
								queue <- &slots[i]
							}
							done.Wait()
						})
					}
					wg.Wait()
					close(queue)
					running.Wait()
				}))
		})
	}
}

// A slot is where a hand-written worker puts a result.
type slot struct {
	v    int
	err  error
	done *sync.WaitGroup
}

// The time from handing a job over to its start, while one goroutine keeps 64 jobs in
// flight on 2 workers, each of which computes for about a microsecond.
func BenchmarkPoolQueueWait(b *testing.B) {
	const inFlight, workers = 64, 2
	ctx := context.Background()
	compute := func() {
		sum := 0
		for i := range 1000 {
			sum += i & 1
		}
		runtime.KeepAlive(sum)
	}
	percentiles := func(b *testing.B, waits []time.Duration) {
		slices.Sort(waits)
		at := func(share float64) float64 { return float64(waits[int(share*float64(len(waits)-1))].Nanoseconds()) }
		b.ReportMetric(at(0.5), "p50-ns")
		b.ReportMetric(at(0.99), "p99-ns")
		b.ReportMetric(at(0.999), "p99.9-ns")
	}
	b.Run("future", func(b *testing.B) {
		p := future.NewPool(workers, future.WithQueue(inFlight-workers))
		defer p.Close()
		var mu sync.Mutex
		var waits []time.Duration
		for b.Loop() {
			given := time.Now()
			future.RunInExecutor(ctx, p, func(context.Context) (int, error) {
				wait := time.Since(given)
				compute()
				mu.Lock()
				waits = append(waits, wait)
				mu.Unlock()
				return 0, nil
			})
		}
		_ = p.Close()
		percentiles(b, waits)
	})
	b.Run("hand", func(b *testing.B) {
		queue := make(chan func(), inFlight-workers)
		var wg sync.WaitGroup
		for range workers {
			wg.Go(func() {
				for run := range queue {
					run()
				}
			})
		}
		var mu sync.Mutex
		var waits []time.Duration
		for b.Loop() {
			given := time.Now()
			queue <- func() {
				wait := time.Since(given)
				compute()
				mu.Lock()
				waits = append(waits, wait)
				mu.Unlock()
			}
		}
		close(queue)
		wg.Wait()
		percentiles(b, waits)
	})
}

func BenchmarkPoolQueuedMemory(b *testing.B) {
	const jobs = 1_000_000
	ctx := context.Background()
	for b.Loop() {
		p := future.NewPool(1)
		release := make(chan struct{})
		future.RunInExecutor(ctx, p, func(context.Context) (int, error) { <-release; return 0, nil })
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		fs := make([]*future.Future[int], jobs)
		for i := range fs {
			fs[i] = future.RunInExecutor(ctx, p, answer)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc-8*jobs)/jobs, "B/job")
		close(release)
		_ = p.Close()
		runtime.KeepAlive(fs)
	}
}
