// Package pools times 10,000 small jobs with results on 8 workers, here and in other
// packages, each in turn with workers that are written by hand:
//
//	go test -run '^$' -bench . ./pools
//
// Of the others, conc and pond keep results. For the rest the job writes into a slice,
// which is less than a future does: no panic is captured, and no result can be awaited
// before all are there.
package pools

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"example.com/future"
	"github.com/alitto/pond/v2"
	"github.com/gammazero/workerpool"
	"github.com/panjf2000/ants/v2"
	"github.com/sourcegraph/conc/pool"
	"golang.org/x/sync/errgroup"
)

const (
	jobs    = 10_000
	workers = 8
)

func answer() (int, error) { return 42, nil }

type result struct {
	v   int
	err error
}

func byHand() {
	results := make([]result, jobs)
	queue := make(chan int)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for i := range queue {
				results[i].v, results[i].err = answer()
			}
		})
	}
	for i := range jobs {
		queue <- i
	}
	close(queue)
	wg.Wait()
}

func BenchmarkPools(b *testing.B) {
	ctx := context.Background()
	for _, of := range []struct {
		name string
		run  func()
	}{
		{"future", func() {
			p := future.NewPool(workers)
			fs := make([]*future.Future[int], jobs)
			for i := range fs {
				fs[i] = future.RunInExecutor(ctx, p, func(context.Context) (int, error) { return answer() })
			}
			if vs, err := future.Gather(fs...).Await(ctx); err != nil || vs[jobs-1] != 42 {
				b.Fatal(vs, err)
			}
			_ = p.Close()
		}},
		{"ants", func() {
			p, err := ants.NewPool(workers)
			if err != nil {
				b.Fatal(err)
			}
			defer p.Release()
			results := make([]result, jobs)
			var wg sync.WaitGroup
			wg.Add(jobs)
			for i := range results {
				if err := p.Submit(func() {
					defer wg.Done()
					results[i].v, results[i].err = answer()
				}); err != nil {
					b.Fatal(err)
				}
			}
			wg.Wait()
		}},
		{"pond", func() {
			p := pond.NewResultPool[int](workers)
			tasks := make([]pond.ResultTask[int], jobs)
			for i := range tasks {
				tasks[i] = p.SubmitErr(answer)
			}
			for _, task := range tasks {
				if _, err := task.Wait(); err != nil {
					b.Fatal(err)
				}
			}
			p.StopAndWait()
		}},
		{"workerpool", func() {
			p := workerpool.New(workers)
			results := make([]result, jobs)
			for i := range results {
				p.Submit(func() { results[i].v, results[i].err = answer() })
			}
			p.StopWait()
		}},
		{"conc", func() {
			p := pool.NewWithResults[int]().WithErrors().WithMaxGoroutines(workers)
			for range jobs {
				p.Go(answer)
			}
			if _, err := p.Wait(); err != nil {
				b.Fatal(err)
			}
		}},
		{"errgroup", func() {
			var g errgroup.Group
			g.SetLimit(workers)
			results := make([]int, jobs)
			for i := range results {
				g.Go(func() (err error) {
					results[i], err = answer()
					return err
				})
			}
			if err := g.Wait(); err != nil {
				b.Fatal(err)
			}
		}},
	} {
		b.Run(of.name, func(b *testing.B) {
			// Otherwise the collector is all that one measures.
			ballast := make([]byte, 64<<20)
			defer runtime.KeepAlive(ballast)
			var took, ratios []float64
			for b.Loop() {
				t, hand := clock(of.run), clock(byHand)
				took = append(took, t)
				ratios = append(ratios, t/hand)
			}
			b.ReportMetric(median(took)/jobs, "ns/job")
			b.ReportMetric(median(ratios), "ratio")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func clock(f func()) float64 {
	start := time.Now()
	f()
	return float64(time.Since(start).Nanoseconds())
}

func median(xs []float64) float64 {
	slices.Sort(xs)
	return xs[len(xs)/2]
}
