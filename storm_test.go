package future_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// A stormJob is what a storm remembers of one job.
type stormJob struct {
	runs   atomic.Int32
	future *future.Future[int]
}

// storm lets goroutines do to p whatever can be done to a pool, all at once, and then
// checks the balance.
func storm(t *testing.T, p *future.Pool, locked bool, seed uint64, goroutines, rounds int) {
	t.Helper()
	quietly(t)
	jobs := make([][]*stormJob, goroutines)
	ctx := t.Context()
	var submitted, refused atomic.Uint64
	ex := executor(func(job future.Job) error {
		submitted.Add(1)
		err := p.Execute(job)
		if err != nil {
			refused.Add(1)
		}
		return err
	})
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(g))) //nolint:gosec // repeatable
			var mine []*stormJob
			defer func() { jobs[g] = mine }()
			for range rounds {
				j := &stormJob{}
				mine = append(mine, j)
				ctx, cancel := context.WithCancel(ctx)
				defer cancel()
				what, n := r.IntN(16), r.IntN(1000)
				fn := func(ctx context.Context) (int, error) {
					if j.runs.Add(1) > 1 {
						t.Error("a job ran twice")
					}
					switch what {
					case 0:
						panic("storm")
					case 1:
						runtime.Goexit()
					case 2:
						return 0, errBroken
					case 3: // waits for another of the same pool
						k := future.RunInExecutor(ctx, ex, func(context.Context) (int, error) { return 1, nil })
						_, err := k.Await(ctx)
						if errors.Is(err, future.ErrDeadlock) && !locked {
							t.Error("a deadlock in a plain pool")
						}
						k.Cancel(nil)
						return 1, err
					case 4:
						_ = future.Sleep(ctx, time.Duration(n))
					case 5:
						p.Resize(1 + n%4)
					case 6:
						// A goroutine that goes on with the job's context.
						go func() { _, _ = future.After(time.Microsecond, 1).Await(ctx) }()
					case 7:
						if n%rounds == 0 {
							p.ShutdownNow()
						}
					case 8:
						if n%rounds == 0 {
							_ = p.Shutdown(ctx)
						}
					}
					return 1, nil
				}
				switch what {
				case 9:
					cancel() // dead at the call
				case 10:
					time.AfterFunc(time.Duration(n), cancel)
				}
				if what == 11 {
					err := future.TaskGroup(ctx, func(g *future.Group) error {
						j.future = future.RunInExecutor(g, ex, fn)
						g.Cancel(errBroken)
						return nil
					})
					if err != nil && !errors.Is(err, future.ErrRejected) && !errors.Is(err, future.ErrExecutorShutdown) {
						t.Error(err)
					}
				} else {
					j.future = future.RunInExecutor(ctx, ex, fn)
				}
				switch what {
				case 12:
					j.future.Cancel(errBroken)
				case 13:
					_, _ = j.future.Await(ctx)
				case 14:
					p.Resize(1 + n%4)
				case 15:
					s := p.Stats()
					if s.Running > s.Workers || s.Completed+s.Dropped+s.Rejected > s.Submitted {
						t.Errorf("a snapshot that cannot be: %+v", s)
					}
				}
			}
		})
	}
	wg.Wait()
	if seed%2 == 0 {
		p.ShutdownNow()
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	runs := 0
	for _, mine := range jobs {
		for _, j := range mine {
			if _, err := j.future.Await(context.Background()); errors.Is(err, future.ErrInvalidState) {
				t.Error("a future is pending")
			}
			runs += int(j.runs.Load())
		}
	}
	s := p.Stats()
	if s.Workers != 0 || s.Running != 0 || s.Queued != 0 {
		t.Errorf("something is left: %+v", s)
	}
	if s.Submitted != s.Completed+s.Rejected+s.Dropped {
		t.Errorf("the sheet does not balance: %+v", s)
	}
	if s.Submitted != submitted.Load() || s.Rejected != refused.Load() {
		t.Errorf("%d jobs were submitted and %d refused: %+v", submitted.Load(), refused.Load(), s)
	}
	if s.Completed < uint64(runs) {
		t.Errorf("%d jobs were completed, %d ran", s.Completed, runs)
	}
}

func TestStorm(t *testing.T) {
	rounds, seeds := 300, uint64(4)
	if testing.Short() || runtime.GOARCH == "wasm" {
		rounds, seeds = 50, 2
	}
	start := func() (func(), error) { return func() {}, nil }
	for name, opts := range map[string][]future.PoolOption{
		"a plain pool":                     nil,
		"a pool that blocks":               {future.WithQueue(2)},
		"a pool without a queue":           {future.WithQueue(0)},
		"a pool that rejects":              {future.WithQueue(2), future.WithRejection(future.Reject)},
		"a pool whose callers run":         {future.WithQueue(2), future.WithRejection(future.CallerRuns)},
		"a pool that drops the oldest":     {future.WithQueue(2), future.WithRejection(future.DropOldest)},
		"a pool that idles":                {future.WithIdleTimeout(time.Microsecond), future.WithTiming()},
		"a pool with a start":              {future.WithWorkerInit(start), future.WithQueue(2)},
		"a thread-locked pool":             {future.WithThreadLock()},
		"a thread-locked pool that idles":  {future.WithThreadLock(), future.WithIdleTimeout(time.Microsecond)},
		"a thread-locked pool that blocks": {future.WithThreadLock(), future.WithQueue(2), future.WithWorkerInit(start)},
	} {
		locked := len(name) > 8 && name[:8] == "a thread"
		t.Run("on "+name, func(t *testing.T) {
			for seed := range seeds {
				storm(t, future.NewPool(1+int(seed), opts...), locked, seed, 8, rounds)
			}
		})
		t.Run("in a bubble on "+name, func(t *testing.T) {
			for seed := range seeds {
				synctest.Test(t, func(t *testing.T) {
					storm(t, future.NewPool(1+int(seed), opts...), locked, seed, 4, rounds/4)
				})
			}
		})
	}
}

func TestStormOnWorkersThatFailToStart(t *testing.T) {
	for seed := range 20 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			var starts atomic.Int64
			p := future.NewPool(3, future.WithQueue(5), future.WithWorkerInit(func() (func(), error) {
				if starts.Add(1) > int64(seed) {
					return nil, errBroken
				}
				return nil, nil
			}))
			storm(t, p, false, uint64(seed), 4, 50)
		})
	}
}
