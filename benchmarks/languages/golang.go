package languages

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"example.com/future"
)

// envServe makes the process serve the workloads in Go, in place of what it is.
const envServe = "FUTURE_BENCHMARKS_LANGUAGES_SERVE"

// init turns a copy of this process into the one that serves.
//
//nolint:gochecknoinits // whatever program imports this package is that copy, and need not know
func init() {
	if os.Getenv(envServe) == "" {
		return
	}
	// The goroutine of init is locked to its thread, which costs a switch of threads
	// for each switch of goroutines.
	go func() {
		if err := serve(os.Stdin, os.Stdout); err != nil {
			log.Fatal(err)
		}
		os.Exit(0)
	}()
	select {}
}

// golangSide does the workloads in Go.
type golangSide struct {
	pool *future.Pool
	// What a workload that looks at the memory leaves for the answer.
	retained uint64
	untimed  time.Duration
}

func serve(in io.Reader, out io.Writer) error {
	// A program has a heap. Beside an empty one the collector would run all the time.
	heap := make([]byte, 64<<20)
	defer runtime.KeepAlive(heap)

	side := &golangSide{pool: future.NewPool(8)}
	defer side.pool.Close()
	all := map[string]func(context.Context, int) int{
		"create":          side.create,
		"await-done":      side.awaitDone,
		"task":            side.task,
		"gather":          side.gather,
		"chain":           side.chain,
		"callbacks":       side.callbacks,
		"remove-callback": side.removeCallback,
		"waiters":         side.waiters,
		"pool":            side.throughPool,
		"time-limit":      side.timeLimit,
		"memory":          side.memory,
	}
	_, err := future.Run(context.Background(), func(ctx context.Context) (struct{}, error) {
		var none struct{}
		fmt.Fprintln(out, strings.TrimPrefix(runtime.Version(), "go"))
		for lines := bufio.NewScanner(in); lines.Scan(); {
			var name string
			var n, times, sum int
			if _, err := fmt.Sscan(lines.Text(), &name, &n, &times); err != nil {
				return none, err
			}
			workload := all[name]
			if workload == nil {
				return none, fmt.Errorf("no workload %q", name)
			}
			side.retained, side.untimed = 0, 0
			runtime.GC()
			start := time.Now()
			for range times {
				sum += workload(ctx, n)
			}
			took := time.Since(start) - side.untimed
			retained := math.NaN()
			if side.retained > 0 {
				retained = float64(side.retained)
			}
			fmt.Fprintln(out, took.Nanoseconds(), retained, sum)
		}
		return none, nil
	})
	return err
}

// must returns what cannot have failed.
func must(v int, err error) int {
	if err != nil {
		panic(err)
	}
	return v
}

func identity(i int) func(context.Context) (int, error) {
	return func(context.Context) (int, error) { return i, nil }
}

func (*golangSide) create(_ context.Context, n int) (sum int) {
	for i := range n {
		f := future.New[int]()
		_ = f.SetResult(i)
		sum += must(f.Result())
	}
	return sum
}

func (*golangSide) awaitDone(ctx context.Context, n int) (sum int) {
	f := future.FromResult(1)
	for range n {
		sum += must(f.Await(ctx))
	}
	return sum
}

func (*golangSide) task(ctx context.Context, n int) (sum int) {
	for i := range n {
		sum += must(future.Go(ctx, identity(i)).Await(ctx))
	}
	return sum
}

// total returns the sum of all results.
func total(ctx context.Context, fs []*future.Future[int]) (sum int) {
	vs, err := future.Gather(fs...).Await(ctx)
	must(0, err)
	for _, v := range vs {
		sum += v
	}
	return sum
}

func (*golangSide) gather(ctx context.Context, n int) int {
	fs := make([]*future.Future[int], n)
	for i := range fs {
		fs[i] = future.Go(ctx, identity(i))
	}
	return total(ctx, fs)
}

func (*golangSide) chain(ctx context.Context, n int) int {
	first := future.New[int]()
	last := first
	for range n {
		last = future.Map(last, func(v int) (int, error) { return v + 1, nil })
	}
	_ = first.SetResult(0)
	return must(last.Await(ctx))
}

func (*golangSide) callbacks(_ context.Context, n int) (sum int) {
	f := future.New[int]()
	calls, all := 0, make(chan struct{})
	for range n {
		f.AddDoneCallback(func(f *future.Future[int]) {
			sum += must(f.Result())
			if calls++; calls == n {
				close(all)
			}
		})
	}
	_ = f.SetResult(1)
	<-all
	return sum
}

func (*golangSide) removeCallback(_ context.Context, n int) (removed int) {
	f := future.New[int]()
	for range n {
		stop := f.AddDoneCallback(func(*future.Future[int]) { panic("called") })
		if stop() {
			removed++
		}
	}
	_ = f.SetResult(1)
	return removed
}

func (*golangSide) waiters(ctx context.Context, n int) int {
	f := future.New[int]()
	fs := make([]*future.Future[int], n)
	var started sync.WaitGroup
	started.Add(n)
	for i := range fs {
		fs[i] = future.Go(ctx, func(ctx context.Context) (int, error) {
			started.Done()
			return f.Await(ctx)
		})
	}
	started.Wait() // now all of them wait, but for a few on their last step
	_ = f.SetResult(1)
	return total(ctx, fs)
}

func (s *golangSide) throughPool(ctx context.Context, n int) int {
	fs := make([]*future.Future[int], n)
	for i := range fs {
		fs[i] = future.RunInExecutor(ctx, s.pool, identity(i))
	}
	return total(ctx, fs)
}

func (*golangSide) timeLimit(ctx context.Context, n int) (sum int) {
	for i := range n {
		sum += must(future.WaitFor(ctx, future.Go(ctx, identity(i)), time.Minute))
	}
	return sum
}

func (s *golangSide) memory(_ context.Context, n int) (pending int) {
	start := time.Now()
	fs := make([]*future.Future[int], n)
	before := heapInUse()
	s.untimed += time.Since(start)
	for i := range fs {
		fs[i] = future.New[int]()
	}
	start = time.Now()
	s.retained += heapInUse() - before
	for _, f := range fs {
		if !f.Done() {
			pending++
		}
	}
	s.untimed += time.Since(start)
	return pending
}

// heapInUse returns the bytes of what is reachable.
func heapInUse() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}
