package futuretest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/internal/leak"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	// Where an executor is bad there are failures that nobody looks at.
	future.SetExceptionHandler(func(future.Report) {})
	goleak.VerifyTestMain(leak.Check{M: m})
}

// executor is an Executor by its one method.
type executor func(job future.Job) error

func (ex executor) Execute(job future.Job) error { return ex(job) }

func TestGoodExecutorsPass(t *testing.T) {
	pool := func(size int, opts ...future.PoolOption) func(t *testing.T) future.Executor {
		return func(t *testing.T) future.Executor {
			t.Helper()
			p := future.NewPool(size, opts...)
			t.Cleanup(func() {
				_ = p.Close()
				s := p.Stats()
				if s.Workers != 0 || s.Running != 0 || s.Queued != 0 || s.Submitted != s.Completed+s.Rejected+s.Dropped {
					t.Errorf("after the check: %+v", s)
				}
			})
			return p
		}
	}
	start := future.WithWorkerInit(func() (func(), error) { return func() {}, nil })
	for name, newExecutor := range map[string]func(t *testing.T) future.Executor{
		"the default executor":             func(*testing.T) future.Executor { return nil },
		"a pool":                           pool(4),
		"a pool of one":                    pool(1),
		"a pool with a start":              pool(2, start),
		"a pool that idles":                pool(2, future.WithIdleTimeout(time.Millisecond), future.WithTiming()),
		"a pool that blocks":               pool(2, future.WithQueue(2)),
		"a pool of one without a queue":    pool(1, future.WithQueue(0)),
		"a pool that rejects":              pool(2, future.WithQueue(2), future.WithRejection(future.Reject)),
		"a pool of one that rejects":       pool(1, future.WithQueue(0), future.WithRejection(future.Reject)),
		"a pool whose callers run":         pool(2, future.WithQueue(2), future.WithRejection(future.CallerRuns)),
		"a pool that drops":                pool(2, future.WithQueue(2), future.WithRejection(future.DropOldest)),
		"a thread-locked pool":             pool(2, future.WithThreadLock(), start),
		"a thread-locked pool of one":      pool(1, future.WithThreadLock()),
		"a thread-locked pool that blocks": pool(1, future.WithThreadLock(), future.WithQueue(1)),
		"a thread-locked pool that idles":  pool(2, future.WithThreadLock(), future.WithIdleTimeout(time.Millisecond)),
		"a goroutine for each job":         func(*testing.T) future.Executor { return executor(func(j future.Job) error { go j.Run(); return nil }) },
		"a goroutine for each run": func(*testing.T) future.Executor {
			return future.ExecutorFunc(func(run func()) error { go run(); return nil })
		},
		"one whose Execute waits for the call": waiting,
		"one that refuses most while it works": sparing,
		"one that waits for a place":           semaphore,
	} {
		t.Run(name, func(t *testing.T) { TestExecutor(t, newExecutor) })
	}
}

// waiting does not let a job end its caller.
func waiting(*testing.T) future.Executor {
	return executor(func(j future.Job) error {
		var wg sync.WaitGroup
		wg.Go(j.Run)
		wg.Wait()
		return nil
	})
}

// sparing has one place.
func sparing(*testing.T) future.Executor {
	place := make(chan struct{}, 1)
	return executor(func(j future.Job) error {
		select {
		case place <- struct{}{}:
		default:
			return future.ErrRejected
		}
		go func() {
			defer func() { <-place }()
			j.Run()
		}()
		return nil
	})
}

// semaphore has two places.
func semaphore(*testing.T) future.Executor {
	places := make(chan struct{}, 2)
	return executor(func(j future.Job) error {
		places <- struct{}{}
		go func() {
			defer func() { <-places }()
			j.Run()
		}()
		return nil
	})
}

func TestBadExecutorsAreCaught(t *testing.T) {
	errNo := errors.New("no")
	everyTenth := func(bad, good func(j future.Job) error) future.Executor {
		var mu sync.Mutex
		n := 0
		return executor(func(j future.Job) error {
			mu.Lock()
			n++
			turn := n%10 == 0
			mu.Unlock()
			if turn {
				return bad(j)
			}
			return good(j)
		})
	}
	start := func(j future.Job) error { go j.Run(); return nil }
	for name, test := range map[string]struct {
		ex   func(t *testing.T) future.Executor
		says string
	}{
		"one that runs a job twice": {func(*testing.T) future.Executor {
			return executor(func(j future.Job) error { j.Run(); j.Run(); return nil })
		}, "was called 2 times"},
		"one that runs some jobs twice at once": {func(*testing.T) future.Executor {
			return everyTenth(func(j future.Job) error { go j.Run(); j.Run(); return nil }, start)
		}, "was called 2 times"},
		"one that forgets every job": {func(*testing.T) future.Executor {
			return executor(func(future.Job) error { return nil })
		}, "still pending"},
		"one that forgets some jobs": {func(*testing.T) future.Executor {
			return everyTenth(func(future.Job) error { return nil }, start)
		}, "still pending"},
		"one that refuses what it has run": {func(*testing.T) future.Executor {
			return everyTenth(func(j future.Job) error { j.Run(); return errNo }, start)
		}, "although Execute returned an error"},
		"one that drops what it has run": {func(*testing.T) future.Executor {
			return everyTenth(func(j future.Job) error { j.Run(); j.Drop(errNo); return nil }, start)
		}, "run and dropped"},
		"one that refuses everything": {func(*testing.T) future.Executor {
			return executor(func(future.Job) error { return errNo })
		}, "takes no job"},
		"one that drops everything": {func(*testing.T) future.Executor {
			return executor(func(j future.Job) error { j.Drop(nil); return nil })
		}, "takes no job"},
		"one that panics": {func(*testing.T) future.Executor {
			return everyTenth(func(future.Job) error { panic("x") }, start)
		}, "has panicked"},
		"one that runs jobs under its lock": {func(t *testing.T) future.Executor {
			t.Helper()
			lock, over := make(chan struct{}, 1), make(chan struct{})
			t.Cleanup(func() { close(over) })
			return executor(func(j future.Job) error {
				select {
				case lock <- struct{}{}:
				case <-over:
					return errNo
				}
				defer func() { <-lock }()
				j.Run()
				return nil
			})
		}, "under a lock"},
		"one that lets a job end its caller": {func(*testing.T) future.Executor {
			return executor(func(j future.Job) error { j.Run(); return nil })
		}, "ends the goroutine that has called Execute"},
		"one that loses a worker to Goexit": {func(t *testing.T) future.Executor {
			t.Helper()
			jobs := make(chan future.Job, 10_000)
			t.Cleanup(func() { close(jobs) })
			for range 4 {
				go func() {
					for j := range jobs {
						j.Run()
					}
				}()
			}
			return executor(func(j future.Job) error { jobs <- j; return nil })
		}, "ended with runtime.Goexit"},
		"one that skips jobs whose context has ended": {func(*testing.T) future.Executor {
			place := make(chan struct{}, 1)
			return executor(func(j future.Job) error {
				go func() {
					place <- struct{}{}
					defer func() { <-place }()
					if j.Context().Err() == nil {
						j.Run()
					}
				}()
				return nil
			})
		}, "still pending"},
	} {
		t.Run(name, func(t *testing.T) {
			var all []string
			for _, check := range checks {
				t.Run(check.name, func(t *testing.T) {
					all = append(all, check.apply(t.Context(), test.ex(t), time.Second/10)...)
				})
			}
			if !strings.Contains(strings.Join(all, "\n"), test.says) {
				t.Errorf("nothing was said like %q, but %q", test.says, all)
			}
		})
	}
}

func TestAnExecutorWhoseExecuteBlocksForEverIsCaught(t *testing.T) {
	unblock := make(chan struct{})
	ex := executor(func(j future.Job) error { <-unblock; j.Run(); return nil })
	for _, check := range checks {
		failures := check.apply(context.Background(), ex, time.Second/20)
		if len(failures) == 0 {
			t.Errorf("the check that it %s passed", check.name)
		}
	}
	close(unblock)
}
