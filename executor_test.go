package future_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// A heldJob is a job that runs until it is released.
type heldJob struct {
	*future.Future[int]
	entered chan struct{} // closed when it runs
	release func()
}

func hold(ctx context.Context, ex future.Executor) *heldJob {
	released := make(chan struct{})
	h := &heldJob{entered: make(chan struct{}), release: sync.OnceFunc(func() { close(released) })}
	h.Future = future.RunInExecutor(ctx, ex, func(context.Context) (int, error) {
		close(h.entered)
		<-released
		return 7, nil
	})
	return h
}

// give submits a job that returns v.
func give(ctx context.Context, ex future.Executor, v int) *future.Future[int] {
	return future.RunInExecutor(ctx, ex, func(context.Context) (int, error) { return v, nil })
}

// never submits a job that must not run.
func never(t *testing.T, ctx context.Context, ex future.Executor) *future.Future[int] { //nolint:revive // t is first in helpers
	t.Helper()
	return future.RunInExecutor(ctx, ex, func(context.Context) (int, error) {
		t.Error("a job ran that was not to run")
		return 0, nil
	})
}

// mustGive checks that f succeeds with want.
func mustGive[T comparable](t *testing.T, f *future.Future[T], want T) {
	t.Helper()
	if v, err := f.Await(context.Background()); v != want || err != nil {
		t.Errorf("got %v, %v; want %v", v, err, want)
	}
}

// mustFail waits for f and checks its state and that its error matches all of want.
func mustFail[T any](t *testing.T, f *future.Future[T], state future.State, want ...error) {
	t.Helper()
	_, err := f.Await(context.Background())
	if f.State() != state {
		t.Errorf("the future is %v with %v, want %v", f.State(), err, state)
	}
	for _, w := range want {
		if !errors.Is(err, w) {
			t.Errorf("the error is %v, want one that matches %v", err, w)
		}
	}
}

// quietly takes the reports of what runs until the end of the test.
func quietly(t *testing.T) *atomic.Int64 {
	t.Helper()
	var n atomic.Int64
	future.SetExceptionHandler(func(future.Report) { n.Add(1) })
	t.Cleanup(func() { future.SetExceptionHandler(nil) })
	return &n
}

var errBroken = errors.New("broken")

// inline runs each job in Execute.
type inline struct{}

func (inline) Execute(job future.Job) error { job.Run(); return nil }

// executor is an Executor by its one method.
type executor func(job future.Job) error

func (ex executor) Execute(job future.Job) error { return ex(job) }

func TestTheEndOfACallDecidesItsFuture(t *testing.T) {
	for name, ex := range map[string]future.Executor{
		"in the default executor": nil,
		"in a pool":               future.NewPool(1),
		"in a thread-less adapter": future.ExecutorFunc(func(run func()) error {
			go run()
			return nil
		}),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			mustGive(t, give(ctx, ex, 42), 42)
			f := future.RunInExecutor(ctx, ex, func(context.Context) (int, error) { return 1, errBroken })
			if v, err := f.Await(ctx); v != 0 || err != errBroken { //nolint:errorlint // the very error
				t.Errorf("a failed call gave %v, %v", v, err)
			}
			f = future.RunInExecutor(ctx, ex, func(context.Context) (int, error) { panic(errBroken) })
			mustFail(t, f, future.Failed, errBroken)
			if p, ok := errors.AsType[*future.PanicError](f.Exception()); !ok || p.Value != errBroken || len(p.Stack) == 0 {
				t.Errorf("a panic came back as %#v", f.Exception())
			}
			f = future.RunInExecutor(ctx, ex, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
			mustFail(t, f, future.Failed, future.ErrGoexit)
			f = future.RunInExecutor(ctx, ex, func(context.Context) (int, error) { return 0, context.Canceled })
			mustFail(t, f, future.Failed, context.Canceled)
		})
	}
}

func TestACallSeesTheValuesOfItsContext(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "v")
	f := future.RunInExecutor(ctx, nil, func(ctx context.Context) (future.Awaitable, error) {
		if ctx.Value(key{}) != "v" {
			t.Error("the value is gone")
		}
		return future.CurrentTask(ctx), nil
	}, future.WithName("reader"))
	current, err := f.Await(ctx)
	if err != nil || current != future.Awaitable(f) || f.Name() != "reader" {
		t.Errorf("the current task of the call is %v, named %q", current, f.Name())
	}
}

func TestAJobRunsThoughNobodyKeepsItsFuture(t *testing.T) {
	p := future.NewPool(1)
	h := hold(t.Context(), p)
	ran := 0
	for range 100 {
		future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { ran++; return 0, nil })
	}
	runtime.GC()
	h.release()
	_ = p.Close()
	if ran != 100 {
		t.Errorf("%d of 100 jobs ran", ran)
	}
}

func TestWrappedFunctionsRunInTheirExecutor(t *testing.T) {
	ctx := t.Context()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	readFile := future.Wrap(nil, os.ReadFile)
	if b, err := readFile(ctx, name).Await(ctx); string(b) != "text" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	mustFail(t, readFile(ctx, name+"x"), future.Failed, fs.ErrNotExist)

	p := future.NewPool(1)
	mustGive(t, future.Wrap0(p, func() (int, error) { return p.Stats().Running, nil })(ctx), 1)
	mustGive(t, future.Wrap2(p, func(a, b int) (int, error) { return a - b + p.Stats().Running, nil })(ctx, 5, 3), 3)
}

func TestTheDefaultExecutorRunsAtMost256Jobs(t *testing.T) {
	for range 3 { // one bubble after the other
		synctest.Test(t, func(t *testing.T) {
			_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
				var running, most atomic.Int64
				var fs []*future.Future[int]
				for range 1000 {
					fs = append(fs, future.RunInExecutor(ctx, nil, func(context.Context) (int, error) {
						most.Store(max(most.Load(), running.Add(1)))
						time.Sleep(time.Second)
						running.Add(-1)
						return 0, nil
					}))
				}
				synctest.Wait()
				if n := running.Load(); n != 256 {
					t.Errorf("%d jobs run at once, want 256", n)
				}
				start := time.Now()
				_, err := future.Gather(fs...).Await(ctx)
				if d := time.Since(start); d != 4*time.Second || most.Load() != 256 {
					t.Errorf("1,000 jobs of a second took %v, at most %d at once", d, most.Load())
				}
				return 0, err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTheProcessWideExecutorWorksInBubblesInARow(t *testing.T) {
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			var fs []*future.Future[int]
			for i := range 256 {
				fs = append(fs, future.RunInExecutor(t.Context(), nil, func(context.Context) (int, error) {
					time.Sleep(time.Hour)
					return i, nil
				}))
			}
			vs, err := future.Gather(fs...).Await(t.Context())
			if len(vs) != 256 || vs[255] != 255 || err != nil {
				t.Errorf("got %d values, %v", len(vs), err)
			}
		}) // which fails if a goroutine is left
	}
}

func TestTheDefaultExecutorBelongsToTheNearestRun(t *testing.T) {
	p := future.NewPool(1)
	kept := context.Background()
	_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
		kept = ctx
		mustGive(t, give(ctx, nil, 1), 1)
		return future.Run(ctx, func(ctx context.Context) (int, error) {
			mustGive(t, give(ctx, nil, 1), 1)
			return 0, nil
		})
	}, future.WithDefaultExecutor(p))
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Stats().Submitted; n != 1 {
		t.Errorf("%d jobs came to the executor of the outer Run, want 1", n)
	}
	mustGive(t, give(t.Context(), p, 2), 2) // it was not shut down
	mustFail(t, never(t, kept, nil), future.Failed, future.ErrScopeClosed)
}

func TestRunWaitsForCallsThatRunInItsExecutor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var f *future.Future[int]
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			f = future.RunInExecutor(ctx, nil, func(context.Context) (int, error) {
				time.Sleep(time.Minute) // looks at no context
				return 1, nil
			})
			synctest.Wait()
			return 0, nil
		})
		if d := time.Since(start); d != time.Minute {
			t.Errorf("Run returned after %v", d)
		}
		mustFail(t, f, future.Cancelled, future.ErrCancelled, future.ErrScopeClosed)
	})
}

func TestCancellingAQueuedJobKeepsItFromRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		h := hold(t.Context(), p)
		f := never(t, t.Context(), p)
		if !f.Cancel(errBroken) || f.Cancel(nil) {
			t.Error("want true from the first Cancel and false from the second")
		}
		mustFail(t, f, future.Cancelled, future.ErrCancelled, errBroken)
		if s := p.Stats(); s.Queued != 0 || s.Dropped != 1 {
			t.Errorf("after the cancel: %+v", s)
		}
		h.release()
		mustGive(t, h.Future, 7)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestOneOfManyCancelsOfAQueuedJobSaysTrue(t *testing.T) {
	p := future.NewPool(1)
	defer p.Close()
	release := make(chan struct{})
	defer close(release)
	future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { <-release; return 0, nil })
	for range 50_000 {
		f := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { return 0, nil })
		var (
			wg    sync.WaitGroup
			start = make(chan struct{})
			said  [3]bool
			cause [3]error
			won   []error
		)
		for i := range said {
			cause[i] = fmt.Errorf("cause %d", i)
			wg.Go(func() {
				<-start
				said[i] = f.Cancel(cause[i])
			})
		}
		close(start)
		wg.Wait()
		for i := range said {
			if said[i] {
				won = append(won, cause[i])
			}
		}
		if err := f.Exception(); len(won) != 1 || !errors.Is(err, won[0]) {
			t.Fatalf("%v of the cancels said true; the future ended with %v", won, err)
		}
	}
}

func TestCancellingARunningCallComesBeforeTheCallHearsOfIt(t *testing.T) {
	p := future.NewPool(1)
	defer p.Close()
	for range 2000 {
		entered := make(chan struct{})
		f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			close(entered)
			<-ctx.Done()
			return 1, nil
		})
		<-entered
		if granted := f.Cancel(nil); !granted || !f.Cancelled() {
			t.Fatalf("Cancel gives %t, and the future is %v", granted, f.State())
		}
	}
}

func TestACallHearsOfItsCancellationWhateverHangsOnItsFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, end := context.WithCancel(t.Context())
		defer end()
		heard := false
		f := future.RunInExecutor(ctx, nil, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			heard = true
			return 0, nil
		})
		fuse(f)
		synctest.Wait()
		go f.Cancel(nil)
		synctest.Wait()
		if !f.Cancelled() || !heard {
			t.Errorf("the future is %v, and the call has heard of it: %t", f.State(), heard)
		}
	})
}

func TestCancellingARunningCallEndsItsFutureAtOnce(t *testing.T) {
	for name, end := range map[string]func() (int, error){
		"and drops its value":  func() (int, error) { return 1, nil },
		"and drops its error":  func() (int, error) { return 0, errors.New("late") },
		"and drops its panic":  func() (int, error) { panic("late") },
		"and drops its Goexit": func() (int, error) { runtime.Goexit(); return 0, nil },
	} {
		t.Run(name, func(t *testing.T) {
			reports := collectReports(t)
			var mine context.Context // earlier tests may have left failures of their own
			synctest.Test(t, func(t *testing.T) {
				mine = t.Context()
				p := future.NewPool(1)
				var cause error
				f := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					cause = context.Cause(ctx)
					time.Sleep(time.Second) // cannot be interrupted
					return end()
				})
				next := give(t.Context(), p, 2)
				synctest.Wait()
				start := time.Now()
				if !f.Cancel(errBroken) || f.Cancel(nil) {
					t.Error("want true from the first Cancel and false from the second")
				}
				mustFail(t, f, future.Cancelled, errBroken)
				synctest.Wait()
				if s := p.Stats(); s.Running != 1 || s.Queued != 1 || next.Done() {
					t.Errorf("the worker is not busy: %+v", s)
				}
				mustGive(t, next, 2)
				if d := time.Since(start); d != time.Second || cause != errBroken {
					t.Errorf("the worker was free after %v; the cause in the call was %v", d, cause)
				}
				mustFail(t, f, future.Cancelled, errBroken)
				_ = p.Close()
			})
			reports.collectAll(t)
			if rs := reports.filter(func(r future.Report) bool { return r.Context == mine }); len(rs) > 0 {
				t.Errorf("reports of an outcome that nobody wants: %v", rs)
			}
		})
	}
}

func TestAJobWhoseContextHasEndedDoesNotRun(t *testing.T) {
	t.Run("if it has at the call", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errBroken)
		ex := executor(func(future.Job) error { t.Error("the executor got the job"); return nil })
		mustFail(t, never(t, ctx, ex), future.Cancelled, future.ErrCancelled, errBroken)
	})
	t.Run("if it has when its turn comes", func(t *testing.T) {
		p := future.NewPool(1)
		ctx, cancel := context.WithCancelCause(t.Context())
		h := hold(t.Context(), p)
		f := never(t, ctx, p)
		cancel(errBroken)
		h.release()
		mustFail(t, f, future.Cancelled, future.ErrCancelled, errBroken)
		_ = p.Close()
		if s := p.Stats(); s.Completed != 1 || s.Dropped != 1 {
			t.Errorf("%+v", s)
		}
	})
	t.Run("if it has when a foreign executor runs it", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		ex := executor(func(job future.Job) error { cancel(errBroken); job.Run(); return nil })
		mustFail(t, never(t, ctx, ex), future.Cancelled, errBroken)
	})
}

func TestAScopeThatAbortsCancelsItsExecutorFuturesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		var running, queued *future.Future[int]
		start := time.Now()
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			running = future.RunInExecutor(g, p, func(context.Context) (int, error) {
				time.Sleep(time.Minute)
				return 1, nil
			})
			queued = never(t, g, p)
			synctest.Wait()
			return errBroken
		})
		if ge, ok := errors.AsType[*future.GroupError](err); !ok || len(ge.Unwrap()) != 1 || !errors.Is(err, errBroken) {
			t.Errorf("the group ended with %v", err)
		}
		if d := time.Since(start); d != 0 {
			t.Errorf("the group waited %v", d)
		}
		mustFail(t, running, future.Cancelled, errBroken)
		mustFail(t, queued, future.Cancelled, errBroken)
		if s := p.Stats(); s.Queued != 0 || s.Running != 1 {
			t.Errorf("%+v", s)
		}
		_ = p.Close()
	})
}

func TestAFailedJobAbortsItsGroup(t *testing.T) {
	p := future.NewPool(2)
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		future.RunInExecutor(g, p, func(context.Context) (int, error) { return 0, errBroken })
		future.RunInExecutor(g, p, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		return nil
	})
	if !errors.Is(err, errBroken) {
		t.Error(err)
	}
	_ = p.Close()
}

func TestARefusedJobIsAFailureOfItsGroup(t *testing.T) {
	p := future.NewPool(1)
	_ = p.Close()
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		never(t, g, p)
		return nil
	})
	if !errors.Is(err, future.ErrExecutorShutdown) {
		t.Error(err)
	}
}

func TestWhateverAnExecutorDoesTheFutureSettles(t *testing.T) {
	quietly(t)
	ctx := t.Context()
	tests := []struct {
		name  string
		ex    executor
		runs  int
		want  error
		state future.State
	}{
		{"it returns an error", func(future.Job) error { return errBroken }, 0, errBroken, future.Failed},
		{"it panics", func(future.Job) error { panic(errBroken) }, 0, errBroken, future.Failed},
		{"it calls Goexit", func(future.Job) error { runtime.Goexit(); return nil }, 0, future.ErrGoexit, future.Failed},
		{"it drops the job with an error", func(j future.Job) error { j.Drop(errBroken); return nil }, 0, errBroken, future.Failed},
		{"it drops the job without one", func(j future.Job) error { j.Drop(nil); return nil }, 0, future.ErrRejected, future.Failed},
		{"it drops the job and runs it", func(j future.Job) error { j.Drop(errBroken); j.Run(); return nil }, 0, errBroken, future.Failed},
		{"it refuses the job and runs it", func(j future.Job) error { go func() { <-j.Context().Done(); j.Run() }(); return errBroken }, 0, errBroken, future.Failed},
		{"it runs the job", func(j future.Job) error { j.Run(); return nil }, 1, nil, future.Succeeded},
		{"it runs the job twice", func(j future.Job) error { j.Run(); j.Run(); return nil }, 1, nil, future.Succeeded},
		{"it runs the job twice at once", func(j future.Job) error {
			go j.Run()
			go j.Run()
			return nil
		}, 1, nil, future.Succeeded},
		{"it runs and drops the job", func(j future.Job) error { j.Run(); j.Drop(errBroken); return nil }, 1, nil, future.Succeeded},
		{"it runs and refuses the job", func(j future.Job) error { j.Run(); return errBroken }, 1, nil, future.Succeeded},
	}
	for _, test := range tests {
		t.Run("if "+test.name, func(t *testing.T) {
			var runs atomic.Int64
			var f future.Awaitable
			var wg sync.WaitGroup
			wg.Go(func() { // which Goexit may end
				future.RunInExecutor(ctx, executor(func(j future.Job) error {
					f = future.CurrentTask(j.Context())
					return test.ex(j)
				}), func(context.Context) (int, error) { runs.Add(1); return 1, nil })
			})
			wg.Wait()
			<-f.Ready()
			if err := f.Exception(); f.State() != test.state || !errors.Is(err, test.want) {
				t.Errorf("the future is %v with %v", f.State(), err)
			}
			if n := runs.Load(); n != int64(test.runs) {
				t.Errorf("the call ran %d times", n)
			}
		})
	}
	t.Run("even for those who wait in a group if it calls Goexit", func(t *testing.T) {
		done := make(chan error)
		go func() {
			// The body ends with the executor; the group must end all the same.
			defer func() { done <- nil }()
			_ = future.TaskGroup(ctx, func(g *future.Group) error {
				never(t, g, executor(func(future.Job) error { runtime.Goexit(); return nil }))
				return nil
			})
		}()
		<-done
	})
	t.Run("also if it panics when a pool has the job", func(t *testing.T) {
		p := future.NewPool(1)
		h := hold(ctx, p)
		<-h.entered
		f := never(t, ctx, executor(func(j future.Job) error { _ = p.Execute(j); panic(errBroken) }))
		h.release()
		mustFail(t, f, future.Failed, errBroken)
		_ = p.Close()
	})
	t.Run("and a panic after the call is reported", func(t *testing.T) {
		reports := collectReports(t)
		f := future.RunInExecutor(ctx, executor(func(j future.Job) error { j.Run(); panic("late") }),
			func(context.Context) (int, error) { return 1, nil })
		mustGive(t, f, 1)
		told := func(r future.Report) bool { return r.Message == "future: an executor panicked" }
		if rs := reports.filter(told); len(rs) != 1 || len(rs[0].Stack) == 0 {
			t.Errorf("got the reports %v", rs)
		}
	})
	t.Run("to the handler of the scope, with the task and the context that it was started under", func(t *testing.T) {
		reports := new(reportBook)
		var started context.Context
		_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
			started = ctx
			future.RunInExecutor(ctx, executor(func(j future.Job) error { j.Run(); panic("late") }),
				func(context.Context) (int, error) { return 1, nil }, future.WithName("job"))
			return 0, nil
		}, future.WithExceptionHandler(reports.add))
		rs := reports.filter(func(future.Report) bool { return true })
		if len(rs) != 1 || rs[0].Task != "job" || rs[0].Context != started || len(rs[0].Stack) == 0 {
			t.Errorf("got the reports %v", rs)
		}
	})
}

// A loggedJob is a wrapped job.
type loggedJob struct {
	future.Job
	log func(string)
}

func (j loggedJob) Run() {
	j.log("run")
	defer j.log("ran")
	j.Job.Run()
}

func (j loggedJob) Drop(err error) {
	j.log("drop")
	j.Job.Drop(err)
}

func TestAJobWrappedByEmbeddingWorksInAPool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var log []string
		p := future.NewPool(1, future.WithQueue(1), future.WithRejection(future.DropOldest))
		ex := executor(func(job future.Job) error {
			return p.Execute(loggedJob{job, func(s string) {
				mu.Lock()
				defer mu.Unlock()
				log = append(log, s)
			}})
		})
		h := hold(t.Context(), ex)
		<-h.entered
		dropped := never(t, t.Context(), ex)
		cancelled := never(t, t.Context(), ex) // drops the other
		mustFail(t, dropped, future.Failed, future.ErrRejected)
		cancelled.Cancel(nil)
		nested := future.RunInExecutor(t.Context(), ex, func(ctx context.Context) (int, error) {
			return give(ctx, ex, 1).Await(ctx)
		})
		h.release()
		mustGive(t, nested, 1)
		synctest.Wait()
		s := p.Stats()
		if s.Queued != 0 || s.Completed != 3 || s.Dropped != 2 {
			t.Errorf("%+v", s)
		}
		runs := 0
		for _, entry := range log {
			if entry == "ran" {
				runs++
			}
		}
		if log[0] != "run" || log[1] != "drop" || runs != 3 {
			t.Errorf("the wrapper saw %v", log)
		}
	})
}

func TestAJobIsTakenByOnePoolOnly(t *testing.T) {
	t.Run("although two are asked at once", func(t *testing.T) {
		a, b := future.NewPool(1), future.NewPool(1)
		hedge := executor(func(job future.Job) error {
			var wg sync.WaitGroup
			var refused atomic.Int64
			for _, p := range []*future.Pool{a, b, a} {
				wg.Go(func() {
					if err := p.Execute(job); errors.Is(err, future.ErrRejected) {
						refused.Add(1)
					}
				})
			}
			wg.Wait()
			if refused.Load() != 2 {
				t.Errorf("%d pools refused the job, want 2", refused.Load())
			}
			return nil
		})
		for i := range 100 {
			mustGive(t, give(t.Context(), hedge, i), i)
		}
		_, _ = a.Close(), b.Close()
		if n := a.Stats().Completed + b.Stats().Completed; n != 100 {
			t.Errorf("100 jobs were completed %d times", n)
		}
	})
	t.Run("and by another if that refuses it", func(t *testing.T) {
		full := future.NewPool(1, future.WithQueue(0), future.WithRejection(future.Reject))
		shut := future.NewPool(1)
		spare := future.NewPool(1)
		_ = shut.Close()
		h := hold(t.Context(), full)
		f := give(t.Context(), executor(func(job future.Job) error {
			if err := full.Execute(job); !errors.Is(err, future.ErrRejected) {
				t.Error(err)
			}
			if err := shut.Execute(job); !errors.Is(err, future.ErrExecutorShutdown) {
				t.Error(err)
			}
			return spare.Execute(job)
		}), 3)
		mustGive(t, f, 3)
		h.release()
		_, _ = full.Close(), spare.Close()
	})
}

func TestAJobThatIsForgottenIsNoticed(t *testing.T) {
	t.Run("when its run is collected", func(t *testing.T) {
		f := never(t, t.Context(), future.ExecutorFunc(func(func()) error { return nil }))
		deadline := time.After(30 * time.Second)
		for {
			runtime.GC()
			select {
			case <-f.Ready():
				mustFail(t, f, future.Failed, future.ErrRejected)
				return
			case <-deadline:
				t.Fatal("the future is pending")
			case <-time.After(time.Millisecond):
			}
		}
	})
	t.Run("but not one that is kept", func(t *testing.T) {
		var kept func()
		f := give(t.Context(), future.ExecutorFunc(func(run func()) error { kept = run; return nil }), 1)
		for range 3 {
			runtime.GC()
		}
		kept()
		kept()
		mustGive(t, f, 1)
	})
	t.Run("and one that was run stays as it is", func(t *testing.T) {
		f := give(t.Context(), future.ExecutorFunc(func(run func()) error { run(); return errBroken }), 1)
		for range 3 {
			runtime.GC()
		}
		mustGive(t, f, 1)
	})
}

func TestExecutorFuncRefusesWithTheErrorOfTheOtherPool(t *testing.T) {
	ex := future.ExecutorFunc(func(func()) error { return errBroken })
	mustFail(t, never(t, t.Context(), ex), future.Failed, errBroken)
}

func TestNilArgumentsOfExecutorsPanic(t *testing.T) {
	p := future.NewPool(1)
	fn := func(context.Context) (int, error) { return 0, nil }
	for name, f := range map[string]func(){
		"RunInExecutor without a context":  func() { future.RunInExecutor(nil, p, fn) }, //nolint:staticcheck // on purpose
		"RunInExecutor without a function": func() { future.RunInExecutor[int](t.Context(), p, nil) },
		"Wrap0":                            func() { future.Wrap0[int](p, nil) },
		"Wrap":                             func() { future.Wrap[int, int](p, nil) },
		"Wrap2":                            func() { future.Wrap2[int, int, int](p, nil) },
	} {
		t.Run(name, func(t *testing.T) { refusesWithRemedy(t, name, f) })
	}
}

func TestTheContextOfAJobThatIsDroppedEnds(t *testing.T) {
	var done <-chan struct{}
	f := future.RunInExecutor(t.Context(), executor(func(j future.Job) error {
		done = j.Context().Done()
		return errors.New("refused")
	}), answer)
	checkState(t, f, future.Failed)
	_ = f.Exception()
	if !isClosed(done) {
		t.Error("the context of the job is open")
	}
}

// The goroutines that run the cleanups of a program are few.
func TestWhatHangsOnAForgottenJobHoldsUpNoCleanup(t *testing.T) {
	const jobs = 100
	var blocked atomic.Int32
	release := make(chan struct{})
	var hanging []*future.Future[int]
	for range jobs {
		f := future.RunInExecutor(t.Context(), future.ExecutorFunc(func(func()) error { return nil }), answer)
		hanging = append(hanging, future.Map(future.Map(future.GatherSettled(f), func([]future.Outcome[int]) (int, error) {
			blocked.Add(1)
			<-release
			return 0, nil
		}), plusOne))
	}
	collect(t, "every job is given up", func() bool { return blocked.Load() == jobs })
	close(release)
	for _, f := range hanging {
		mustGive(t, f, 1)
	}
}

func TestAGroupInARunUsesTheExecutorOfTheRun(t *testing.T) {
	p := future.NewPool(1)
	_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
		return 0, future.TaskGroup(ctx, func(g *future.Group) error {
			mustGive(t, give(g, nil, 1), 1)
			return nil
		})
	}, future.WithDefaultExecutor(p))
	if n := p.Stats().Submitted; n != 1 || err != nil {
		t.Errorf("%d jobs came to the executor of the Run, want 1; %v", n, err)
	}
}

// A lazyJob does something before it runs the job in it.
type lazyJob struct {
	future.Job

	before func()
}

func (j lazyJob) Run() {
	j.before()
	j.Job.Run()
}

func TestAWrappedJobThatTakesItsTimeIsNotForgotten(t *testing.T) {
	goroutines := future.ExecutorFunc(func(run func()) error { go run(); return nil })
	for range 5 {
		f := future.RunInExecutor(t.Context(), executor(func(j future.Job) error {
			return goroutines.Execute(lazyJob{j, func() {
				for range 3 {
					collectGarbage(t)
				}
			}})
		}), answer)
		mustGive(t, f, 42)
	}
}

func TestTheContextOfAJobThatIsCancelledBeforeItRunsHasTheCause(t *testing.T) {
	var job future.Job
	keep := executor(func(j future.Job) error { job = j; return nil })
	t.Run("by Cancel", func(t *testing.T) {
		f := future.RunInExecutor(t.Context(), keep, answer)
		f.Cancel(errWhy)
		hasEnded(t, "the context of the job", job.Context(), context.Canceled, errWhy)
	})
	t.Run("by its context", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		future.RunInExecutor(ctx, keep, answer)
		cancel(errWhy)
		job.Run()
		hasEnded(t, "the context of the job", job.Context(), context.Canceled, errWhy)
	})
	t.Run("it was rejected", func(t *testing.T) {
		f := future.RunInExecutor(t.Context(), keep, answer)
		job.Drop(nil)
		mustFail(t, f, future.Failed, future.ErrRejected)
		hasEnded(t, "the context of the job", job.Context(), context.Canceled, context.Canceled)
	})
}
