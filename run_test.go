package future_test

import (
	"context"
	"errors"
	"iter"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/future"
)

// A reportLog is an exception handler that remembers.
type reportLog struct {
	mu      sync.Mutex
	reports []future.Report
}

func (l *reportLog) handle(r future.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reports = append(l.reports, r)
}

// tasks returns the names in the reports, sorted.
func (l *reportLog) tasks() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	names := []string{}
	for _, r := range l.reports {
		names = append(names, r.Task)
	}
	slices.Sort(names)
	return names
}

func TestRunReturnsWhatMainReturns(t *testing.T) {
	for _, test := range []struct {
		v   int
		err error
	}{{7, nil}, {0, errFn}, {7, errFn}, {0, context.Canceled}, {0, future.ErrCancelled}} {
		v, err := future.Run(t.Context(), returns(test.v, test.err))
		if v != test.v || err != test.err { //nolint:errorlint // the very error
			t.Errorf("Run = %v, %v, want %v, %v", v, err, test.v, test.err)
		}
	}
}

func TestRunCallsMainOnTheCallersGoroutine(t *testing.T) {
	// A test of testing.T: Helper and its like find the caller by its stack.
	var stack [1 << 12]byte
	text, _ := future.Run(t.Context(), func(context.Context) (string, error) {
		return string(stack[:runtime.Stack(stack[:], false)]), nil
	})
	if !strings.Contains(text, "TestRunCallsMainOnTheCallersGoroutine(") {
		t.Errorf("the test is not on the stack of main:\n%s", text)
	}
}

// bodyEndings are the ways in which the main function of a Run or the body of a group
// can end, and what then goes on.
var bodyEndings = []struct {
	name string
	end  func() error
	want string // what observe tells
}{
	{"it returns", func() error { return nil }, "returned <nil>"},
	{"it fails", func() error { return errFn }, "returned the function failed"},
	{"it panics", func() error { panic("boom") }, "panicked with boom"},
	{"it calls Goexit", func() error { runtime.Goexit(); return nil }, "exited"},
}

// observe calls f on a goroutine of its own and tells how that ended.
func observe(f func() error) string {
	result := make(chan string)
	go func() {
		text := "exited"
		defer func() { result <- text }()
		defer func() {
			if v := recover(); v != nil {
				text = "panicked with " + v.(string)
			}
		}()
		err := f()
		text = "returned <nil>"
		if err != nil {
			text = "returned " + err.Error()
		}
	}()
	return <-result
}

func TestRunCancelsWhatIsLeftAndWaitsForIt(t *testing.T) {
	for _, ending := range bodyEndings {
		t.Run("when "+ending.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var (
					left    *future.Future[int]
					scope   context.Context
					seen    error
					drained atomic.Bool
				)
				got := observe(func() error {
					_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
						scope = ctx
						left = future.Go(ctx, func(ctx context.Context) (int, error) {
							<-ctx.Done()
							seen = context.Cause(ctx)
							time.Sleep(2 * time.Second)
							return 0, ctx.Err()
						})
						left.AddDoneCallback(func(*future.Future[int]) {
							time.Sleep(3 * time.Second)
							drained.Store(true)
						})
						synctest.Wait()
						return 0, ending.end()
					})
					return err
				})
				if got != ending.want {
					t.Errorf("Run %s, want %s", got, ending.want)
				}
				if d := time.Since(start); d != 5*time.Second {
					t.Errorf("Run took %v, want 2s for the task and 3s for its callback", d)
				}
				if !left.Cancelled() || !drained.Load() {
					t.Errorf("the task is %v, its callback has returned: %v", left.State(), drained.Load())
				}
				if seen != future.ErrScopeClosed { //nolint:errorlint // the very error
					t.Errorf("the task saw the cause %v, want ErrScopeClosed", seen)
				}
				matches(t, left.Exception(), []error{future.ErrCancelled, future.ErrScopeClosed}, nil)
				if context.Cause(scope) != future.ErrScopeClosed { //nolint:errorlint // the very error
					t.Errorf("the scope's context ended with %v", context.Cause(scope))
				}
				assertScopeClosed(t, scope)
			})
		})
	}
}

// assertScopeClosed checks that nothing can be started in the scope of ctx.
func assertScopeClosed(t *testing.T, ctx context.Context, is ...error) {
	t.Helper()
	fn := func(context.Context) (int, error) {
		t.Error("a function was called in a scope that has ended")
		return 0, nil
	}
	for name, f := range map[string]*future.Future[int]{
		"Go":            future.Go(ctx, fn),
		"Go in a child": future.Go(context.WithoutCancel(ctx), fn, future.WithName("late")),
		"Then":          future.Then(ctx, future.FromResult(1), func(ctx context.Context, _ int) (int, error) { return fn(ctx) }),
		"RunInExecutor": future.RunInExecutor(ctx, future.NewPool(1), fn),
	} {
		if f.State() != future.Failed {
			t.Errorf("%s: the future is %v, want failed", name, f.State())
		}
		matches(t, f.Exception(), append([]error{future.ErrScopeClosed}, is...), nil)
	}
}

func TestRunDropsWhatHasNotStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var then, queued *future.Future[int]
		pool := future.NewPool(1)
		busy := make(chan struct{})
		running := future.RunInExecutor(t.Context(), pool, func(context.Context) (int, error) { <-busy; return 1, nil })
		if _, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
			never := func(context.Context) (int, error) { t.Error("called"); return 0, nil }
			then = future.Then(ctx, future.New[int](), func(ctx context.Context, _ int) (int, error) { return never(ctx) })
			queued = future.RunInExecutor(ctx, pool, never)
			return 0, nil
		}); err != nil {
			t.Fatal(err)
		}
		for _, f := range []*future.Future[int]{then, queued} {
			if !f.Cancelled() {
				t.Errorf("the future is %v, want cancelled", f.State())
			}
			matches(t, f.Exception(), []error{future.ErrScopeClosed}, nil)
		}
		close(busy)
		<-running.Ready()
	})
}

func TestNoCallbackStartsAfterRunHasReturned(t *testing.T) {
	for range stressed(300) {
		var returned, late atomic.Bool
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			for range 8 {
				f := future.Go(ctx, func(context.Context) (int, error) { return 0, nil })
				for range 3 {
					f.AddDoneCallback(func(f *future.Future[int]) {
						late.Store(late.Load() || returned.Load())
						f.AddDoneCallback(func(*future.Future[int]) { late.Store(late.Load() || returned.Load()) })
					})
				}
			}
			return 0, nil
		})
		returned.Store(true)
		runtime.Gosched()
		if late.Load() {
			t.Fatal("a callback ran after Run had returned")
		}
	}
}

func TestTheShutdownTimeoutOfRunIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &reportLog{}
		release := make(chan struct{})
		type key struct{}
		var stuck, auto *future.Future[int]
		start := time.Now()
		ignore := func(context.Context) (int, error) { <-release; return 0, nil }
		v, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
			ctx = context.WithValue(ctx, key{}, "mine")
			stuck = future.Go(ctx, ignore, future.WithName("stuck"))
			auto = future.Go(ctx, ignore)
			future.Go(ctx, untilDone, future.WithName("obedient"))
			synctest.Wait()
			return 7, nil
		}, future.WithShutdownTimeout(5*time.Second), future.WithExceptionHandler(log.handle))
		if v != 7 || err != nil {
			t.Errorf("Run = %v, %v, want 7, nil", v, err)
		}
		if d := time.Since(start); d != 5*time.Second {
			t.Errorf("Run took %v, want 5s", d)
		}
		want := []string{auto.Name(), "stuck"}
		if diff := cmp.Diff(want, log.tasks()); diff != "" {
			t.Errorf("tasks reported (-want +got):\n%s", diff)
		}
		for _, r := range log.reports {
			if !strings.Contains(r.Message, "did not stop") || r.Context.Value(key{}) != "mine" {
				t.Errorf("report %+v", r)
			}
		}
		if stuck.Done() {
			t.Errorf("the task that was left behind is %v, want pending", stuck.State())
		}
		close(release)
		<-stuck.Ready()
		<-auto.Ready()
	})
}

func TestRunDoesNotUseUpItsShutdownTimeout(t *testing.T) {
	for _, timeout := range []time.Duration{0, time.Hour} {
		synctest.Test(t, func(t *testing.T) {
			log := &reportLog{}
			start := time.Now()
			_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
				return future.Go(ctx, returns(1, nil)).Await(ctx)
			}, future.WithShutdownTimeout(timeout), future.WithExceptionHandler(log.handle))
			if err != nil || time.Since(start) != 0 || len(log.reports) != 0 {
				t.Errorf("Run took %v, error %v, reports %v", time.Since(start), err, log.reports)
			}
		})
	}
}

func TestRunDoesNotReportACallThatHasReturnedWhoseWorkerIsHeldUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &reportLog{}
		release := make(chan struct{})
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			mapped := make(chan struct{}) // before it returns, else Map calls its function here
			f := future.RunInExecutor(ctx, nil, func(context.Context) (int, error) { <-mapped; return 1, nil }, future.WithName("returned"))
			future.Map(f, func(int) (int, error) { <-release; return 0, nil })
			close(mapped)
			g := future.RunInExecutor(ctx, nil, func(context.Context) (int, error) { <-release; return 0, nil }, future.WithName("stuck"))
			synctest.Wait()
			g.Cancel(nil)
			return 0, nil
		}, future.WithShutdownTimeout(time.Second), future.WithExceptionHandler(log.handle))
		if diff := cmp.Diff([]string{"stuck"}, log.tasks()); diff != "" {
			t.Errorf("calls reported (-want +got):\n%s", diff)
		}
		close(release)
	})
}

func TestRunShutsTheExecutorDownThatItHasMade(t *testing.T) {
	for _, test := range []struct {
		name string
		opts []future.RunOption
		want time.Duration
	}{
		{"waiting for its calls", nil, time.Minute},
		{"waiting no longer than the shutdown timeout", []future.RunOption{future.WithShutdownTimeout(time.Second)}, time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var f *future.Future[int]
				_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
					f = future.RunInExecutor(ctx, nil, func(context.Context) (int, error) {
						time.Sleep(time.Minute) // takes no context
						return 0, nil
					})
					synctest.Wait()
					return 0, nil
				}, test.opts...)
				if d := time.Since(start); d != test.want {
					t.Errorf("Run took %v, want %v", d, test.want)
				}
				if !f.Cancelled() {
					t.Errorf("the call's future is %v, want cancelled", f.State())
				}
				time.Sleep(time.Minute)
			})
		})
	}
}

func TestRunUsesTheExecutorItIsGivenAndLeavesItAlone(t *testing.T) {
	pool := future.NewPool(2)
	defer pool.Close()
	for range 2 {
		v, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
			return future.RunInExecutor(ctx, nil, returns(7, nil)).Await(ctx)
		}, future.WithDefaultExecutor(pool))
		if v != 7 || err != nil {
			t.Errorf("Run = %v, %v, want 7, nil", v, err)
		}
	}
	if n := pool.Stats().Submitted; n != 2 {
		t.Errorf("%d jobs were given to the executor, want 2", n)
	}
	if v, err := future.RunInExecutor(t.Context(), pool, returns(8, nil)).Await(t.Context()); v != 8 || err != nil {
		t.Errorf("after Run the executor gives %v, %v, want 8, nil", v, err)
	}
}

func TestCallsMayStartWhileRunEnds(t *testing.T) {
	for range stressed(500) {
		scope := make(chan context.Context, 1)
		var f *future.Future[int]
		var wg sync.WaitGroup
		wg.Go(func() { f = future.RunInExecutor(<-scope, nil, returns(7, nil)) })
		if _, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
			scope <- ctx
			return 0, nil
		}); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		v, err := f.Await(t.Context())
		if v != 7 && !errors.Is(err, future.ErrScopeClosed) && !errors.Is(err, future.ErrExecutorShutdown) {
			t.Fatalf("the call ended with %v, %v", v, err)
		}
	}
}

func TestTheEndOfItsContextEndsARun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errWhy)
		defer cancel()
		var child *future.Future[int]
		v, err := future.Run(ctx, func(ctx context.Context) (int, error) {
			child = future.Go(ctx, untilDone)
			<-ctx.Done()
			time.Sleep(time.Second) // Run does not return before main does
			return 7, nil
		})
		if v != 7 || err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("Run = %v, %v after %v, want 7, nil after 2s", v, err, time.Since(start))
		}
		matches(t, child.Exception(), []error{future.ErrCancelled, errWhy}, []error{future.ErrScopeClosed})
	})
}

func TestRunReportsTheFailuresThatNobodyLookedAt(t *testing.T) {
	log := &reportLog{}
	type key struct{}
	v, err := future.Run(context.WithValue(t.Context(), key{}, "v"), func(ctx context.Context) (int, error) {
		unread := future.Go(ctx, returns(0, errFn), future.WithName("unread"))
		future.Go(ctx, func(context.Context) (int, error) { panic("boom") }, future.WithName("panics"))
		looked := future.Go(ctx, returns(0, errFn), future.WithName("looked at"))
		_, _ = looked.Await(ctx)
		entered := make(chan struct{})
		future.Go(ctx, func(ctx context.Context) (int, error) {
			close(entered)
			<-ctx.Done()
			return 0, errFn
		}, future.WithName("fails when cancelled"))
		<-entered
		future.Go(ctx, untilDone, future.WithName("cancelled"))
		future.Go(ctx, returns(1, nil), future.WithName("succeeds"))
		<-unread.Ready()
		for f := range future.AllTasks(ctx) {
			if n := f.Name(); n == "panics" || n == "succeeds" {
				<-f.Ready()
			}
		}
		return 7, nil
	}, future.WithExceptionHandler(log.handle))
	if v != 7 || err != nil {
		t.Errorf("Run = %v, %v, want 7, nil: failures of its tasks are not its own", v, err)
	}
	if diff := cmp.Diff([]string{"fails when cancelled", "panics", "unread"}, log.tasks()); diff != "" {
		t.Errorf("tasks reported (-want +got):\n%s", diff)
	}
	for _, r := range log.reports {
		if r.Task == "panics" && !strings.Contains(string(r.Stack), "run_test.go") {
			t.Errorf("the report of a panic has the stack %q", r.Stack)
		}
		if r.Task == "unread" && r.Err != errFn { //nolint:errorlint // the very error
			t.Errorf("the report has the error %v", r.Err)
		}
		if r.Context.Value(key{}) != "v" {
			t.Errorf("the report of %q has a context without the values of the task's", r.Task)
		}
	}
}

func TestANestedRunIsANestedScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &reportLog{}
		_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
			outer := future.Go(ctx, untilDone)
			var inner *future.Future[int]
			v, err := future.Run(ctx, func(ctx context.Context) (int, error) {
				inner = future.Go(ctx, untilDone)
				unread := future.Go(ctx, returns(0, errFn), future.WithName("inner"))
				<-unread.Ready()
				if got := len(slices.Collect(future.AllTasks(ctx))); got != 1 {
					t.Errorf("%d tasks in the inner scope, want 1", got)
				}
				return 7, nil
			})
			if v != 7 || err != nil {
				t.Errorf("the inner Run = %v, %v, want 7, nil", v, err)
			}
			if !inner.Cancelled() || outer.Done() {
				t.Errorf("after the inner Run: inner task %v, outer task %v, want cancelled and pending", inner.State(), outer.State())
			}
			if diff := cmp.Diff([]string{"inner"}, log.tasks()); diff != "" {
				t.Errorf("tasks reported to the outer handler (-want +got):\n%s", diff)
			}
			return future.Go(ctx, returns(8, nil)).Await(ctx)
		}, future.WithExceptionHandler(log.handle))
		if err != nil {
			t.Errorf("the outer Run returned %v", err)
		}
	})
}

func TestDetachLeavesTheScopeAndItsCancellationAndKeepsValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type key struct{}
		start := time.Now()
		var f *future.Future[any]
		ctx, cancel := context.WithTimeout(context.WithValue(t.Context(), key{}, "v"), time.Hour)
		defer cancel()
		_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
			detached := future.Detach(ctx)
			if d, ok := detached.Deadline(); ok || detached.Done() != nil {
				t.Errorf("the detached context has the deadline %v", d)
			}
			if n := len(slices.Collect(future.AllTasks(detached))); n != 0 {
				t.Errorf("%d tasks in no scope", n)
			}
			f = future.Go(detached, func(ctx context.Context) (any, error) {
				time.Sleep(time.Minute)
				return ctx.Value(key{}), ctx.Err()
			})
			if n := len(slices.Collect(future.AllTasks(ctx))); n != 0 {
				t.Errorf("the scope has %d tasks, want none", n)
			}
			return 0, nil
		})
		if d := time.Since(start); d != 0 {
			t.Errorf("Run waited %v for a detached task", d)
		}
		v, err := f.Await(t.Context())
		if v != "v" || err != nil || time.Since(start) != time.Minute {
			t.Errorf("the detached task gave %v, %v after %v", v, err, time.Since(start))
		}
	})
}

func TestCurrentTaskIsTheTaskWhoseContextItIs(t *testing.T) {
	if f := future.CurrentTask(t.Context()); f != nil {
		t.Errorf("outside of every task it is %v", f)
	}
	check := func(what string, ctx context.Context, want future.Awaitable) {
		t.Helper()
		if got := future.CurrentTask(ctx); got != want {
			t.Errorf("%s it is %v, want %v", what, got, want)
		}
	}
	self := future.New[future.Awaitable]()
	f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
		me, _ := self.Await(ctx)
		check("inside", ctx, me)
		check("with a value", context.WithValue(ctx, contextKey("k"), 1), me)
		child, cancel := context.WithCancel(ctx)
		defer cancel()
		check("with a derived context", child, me)
		check("without cancellation", context.WithoutCancel(ctx), me)
		check("detached", future.Detach(ctx), me)
		_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
			check("in the main of a nested Run", ctx, me)
			return 0, nil
		})
		if err := future.TaskGroup(ctx, func(g *future.Group) error {
			check("in the body of a group", g, me)
			var inner *future.Future[int]
			started := make(chan struct{})
			inner = future.Go(g, func(ctx context.Context) (int, error) {
				<-started
				check("in a child", ctx, inner)
				return 0, nil
			})
			close(started)
			return nil
		}); err != nil {
			t.Error(err)
		}
		var job *future.Future[int]
		started := make(chan struct{})
		job = future.RunInExecutor(ctx, future.NewPool(1), func(ctx context.Context) (int, error) {
			<-started
			check("in an executor's call", ctx, job)
			return 0, nil
		})
		close(started)
		_, _ = job.Await(ctx)
		check("after all that", ctx, me)
		return 0, nil
	})
	if err := self.SetResult(f); err != nil {
		t.Fatal(err)
	}
	_, _ = f.Await(t.Context())
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		check("in the main of a Run", ctx, nil)
		return 0, nil
	})
	if err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		check("in the body of a group outside of tasks", g, nil)
		return nil
	}); err != nil {
		t.Error(err)
	}
}

func namesOf(seq iter.Seq[future.Awaitable]) []string {
	names := []string{}
	for f := range seq {
		names = append(names, f.Name())
	}
	return names
}

func TestAllTasksAreTheUnfinishedOnesOfTheScope(t *testing.T) {
	if n := namesOf(future.AllTasks(t.Context())); len(n) != 0 {
		t.Errorf("outside of every scope there are %v", n)
	}
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		release := make(chan struct{})
		blocked := func(context.Context) (int, error) { <-release; return 0, nil }
		all := future.AllTasks(ctx)
		a := future.Go(ctx, blocked, future.WithName("a"))
		future.Go(context.WithValue(ctx, contextKey("k"), 1), blocked, future.WithName("b"))
		gone := future.Go(ctx, returns(1, nil), future.WithName("gone"))
		_, _ = gone.Await(ctx)
		future.Then(ctx, future.New[int](), func(context.Context, int) (int, error) { return 0, nil })
		waiting := slices.Collect(all)[2]
		future.RunInExecutor(ctx, nil, blocked, future.WithName("job"))
		_ = future.TaskGroup(ctx, func(g *future.Group) error {
			future.Go(g, blocked, future.WithName("in the group"))
			if diff := cmp.Diff([]string{"in the group"}, namesOf(future.AllTasks(g))); diff != "" {
				t.Errorf("tasks of the group (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{"a", "b", waiting.Name(), "job"}, namesOf(all)); diff != "" {
				t.Errorf("tasks of the Run (-want +got):\n%s", diff)
			}
			for f := range all {
				if f != future.Awaitable(a) {
					t.Errorf("the first task is %v, want %v", f, a)
				}
				break // the others are not asked for
			}
			close(release)
			return nil
		})
		waiting.Cancel(nil)
		return 0, nil
	})
}

func TestATaskThatIsDoneButHasNotLeftItsScopeIsNoneOfItsTasks(t *testing.T) {
	log := &reportLog{}
	start, seen, release := make(chan struct{}), make(chan int), make(chan struct{})
	var mapped *future.Future[int]
	_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
		task := future.Go(ctx, func(context.Context) (int, error) {
			<-start
			return 0, nil
		})
		// Its function runs where the task settles, before the task leaves the scope.
		mapped = future.Map(task, func(int) (int, error) {
			seen <- len(slices.Collect(future.AllTasks(ctx)))
			<-release
			return 0, nil
		})
		close(start)
		if n := <-seen; n != 0 {
			t.Errorf("AllTasks has %d tasks, want none", n)
		}
		return 0, nil
	}, future.WithShutdownTimeout(0), future.WithExceptionHandler(log.handle))
	if err != nil || len(log.reports) != 0 {
		t.Errorf("Run = %v, reports %v, want none", err, log.reports)
	}
	close(release)
	_, _ = mapped.Await(t.Context())
}

func TestAllTasksIsASnapshotUnderStress(t *testing.T) {
	_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
		stay := future.Go(ctx, untilDone)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for range stressed(1000) {
					f := future.Go(ctx, returns(1, nil))
					_, _ = f.Await(ctx)
				}
			})
			wg.Go(func() {
				for range stressed(300) {
					seen := map[future.Awaitable]bool{}
					for f := range future.AllTasks(ctx) {
						if f == nil || seen[f] {
							t.Errorf("%v was given twice", f)
						}
						seen[f] = true
					}
					if !seen[stay] {
						t.Error("an unfinished task is missing")
					}
				}
			})
		}
		wg.Wait()
		stay.Cancel(nil)
		<-stay.Ready()
		return 0, nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestTheShutdownTimeoutReportsTheCallsThatStillRunOnTheDefaultExecutor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			mu    sync.Mutex
			names []string
		)
		handle := func(r future.Report) {
			mu.Lock()
			defer mu.Unlock()
			names = append(names, r.Task)
		}
		release := make(chan struct{})
		defer close(release)
		start := time.Now()
		_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
			entered := make(chan struct{})
			future.RunInExecutor(ctx, nil, func(context.Context) (int, error) {
				close(entered)
				<-release // as what takes no context
				return 0, nil
			}, future.WithName("legacy"))
			<-entered
			return 0, nil
		}, future.WithShutdownTimeout(time.Minute), future.WithExceptionHandler(handle))
		if err != nil || time.Since(start) != time.Minute {
			t.Errorf("Run = %v after %v, want nil after 1m", err, time.Since(start))
		}
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(names, []string{"legacy"}) {
			t.Errorf("the reports name %q, want the call", names)
		}
	})
}

func TestRunDoesNotReportWhatItsHandlerHasLookedAt(t *testing.T) {
	var fs []*future.Future[int]
	reports := 0
	_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
		for range 3 {
			f := future.Go(ctx, func(context.Context) (int, error) { return 0, errors.New("an error") })
			<-f.Ready()
			fs = append(fs, f)
		}
		return 0, nil
	}, future.WithExceptionHandler(func(future.Report) {
		reports++
		for _, f := range fs {
			_ = f.Exception()
		}
	}))
	if err != nil || reports != 1 {
		t.Errorf("Run returns %v after %d reports, want nil after 1", err, reports)
	}
}

// What hangs on a task of the scope runs where the task ends.
func TestRunReturnsAfterWhatItsTasksHaveSettled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var last *future.Future[int]
		_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
			entered := make(chan struct{})
			f := future.Go(ctx, func(ctx context.Context) (int, error) { close(entered); <-ctx.Done(); return 1, nil })
			<-entered
			slow := future.Map(future.Map(f, plusOne), func(v int) (int, error) { time.Sleep(time.Second); return v + 1, nil })
			last = future.Map(slow, plusOne)
			return 0, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if v, err := last.Result(); v != 4 || err != nil {
			t.Errorf("Result() = %v, %v when Run has returned; want 4, nil", v, err)
		}
	})
}

func TestARunWhoseContextHasEndedWaitsForItsTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, opts := range [][]future.RunOption{nil, {future.WithShutdownTimeout(time.Hour)}} {
			ctx, cancel := context.WithCancel(t.Context())
			cleanedUp := false
			start := time.Now()
			_, err := future.Run(ctx, func(ctx context.Context) (int, error) {
				entered := make(chan struct{})
				future.Go(ctx, func(ctx context.Context) (int, error) {
					close(entered)
					<-ctx.Done()
					time.Sleep(time.Minute)
					cleanedUp = true
					return 0, nil
				})
				<-entered
				cancel()
				return 0, nil
			}, opts...)
			if err != nil || !cleanedUp || time.Since(start) != time.Minute {
				t.Errorf("Run = %v after %v, cleaned up: %v", err, time.Since(start), cleanedUp)
			}
		}
	})
}

func TestARunThatHasEndedLeavesNothingBehind(t *testing.T) {
	errFails := errors.New("an error")
	ctx, cancel := context.WithCancel(t.Context()) // which lives on
	defer cancel()
	flatHeap(t, many(20_000), func() {
		_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
			f := future.Go(ctx, func(context.Context) (int, error) { return 0, errFails })
			return f.Await(ctx)
		}, future.WithShutdownTimeout(time.Hour))
		_ = future.TaskGroup(ctx, func(*future.Group) error { return errFails })
		_ = panicOf(func() { _ = future.TaskGroup(ctx, func(*future.Group) error { panic(errFails) }) })
	})
}

func TestALongRunDoesNotKeepTheFailuresSomebodyHasLookedAt(t *testing.T) {
	errFails := errors.New("an error")
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		flatHeap(t, many(20_000), func() {
			_, _ = future.Go(ctx, func(context.Context) (int, error) { return 0, errFails }).Await(ctx)
		})
		return 0, nil
	})
}

func TestTheShutdownTimeoutHoldsAlthoughRunHasLentItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, func(ctx context.Context) (int, error) {
				began := time.Now()
				_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
					entered := make(chan struct{})
					future.Go(ctx, func(context.Context) (int, error) {
						close(entered)
						<-release
						return 0, nil
					})
					<-entered
					return 0, nil
				}, future.WithShutdownTimeout(time.Second), future.WithExceptionHandler(func(future.Report) {}))
				checkElapsed(t, began, time.Second)
				return 0, nil
			})
			future.Go(g, failsAfter(time.Hour, nil)) // gets the place
			return nil
		}, future.WithLimit(1))
		close(release)
	})
}

func TestARefusalAfterTheEndOfTheContextCountsAsCancelled(t *testing.T) {
	// starts something when its context has ended and its scope aborts.
	late := func(ctx context.Context) (int, error) {
		<-ctx.Done()
		time.Sleep(time.Second)
		return future.Go(ctx, returns(1, nil)).Await(context.WithoutCancel(ctx))
	}
	t.Run("in a group", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancelCause(t.Context())
			var f *future.Future[int]
			err := future.TaskGroup(ctx, func(g *future.Group) error {
				f = future.Go(g, late)
				synctest.Wait()
				cancel(errWhy)
				synctest.Wait()
				g.Cancel(errFn)
				return nil
			})
			matches(t, err, []error{errWhy, context.Canceled}, []error{errFn, future.ErrScopeClosed})
			if !f.Cancelled() {
				t.Errorf("the task has %v: %v", f.State(), f.Exception())
			}
		})
	})
	t.Run("in a Run", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			log := &reportLog{}
			ctx, cancel := context.WithCancelCause(t.Context())
			var f *future.Future[int]
			_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
				f = future.Go(ctx, late)
				synctest.Wait()
				cancel(errWhy)
				return 0, nil
			}, future.WithExceptionHandler(log.handle))
			if !f.Cancelled() || len(log.reports) != 0 {
				t.Errorf("the task has %v: %v; reported %+v", f.State(), f.Exception(), log.reports)
			}
		})
	})
}
