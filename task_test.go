package future_test

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"example.com/future"
)

var (
	errFn  = errors.New("the function failed")
	errWhy = errors.New("no longer needed")
)

// untilDone is a task's function that answers a cancellation as it should.
func untilDone(ctx context.Context) (int, error) {
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

// returns is a task's function that returns at once.
func returns[T any](v T, err error) func(context.Context) (T, error) {
	return func(context.Context) (T, error) { return v, err }
}

// panics calls f and returns what it panics with.
func panicOf(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}

// refusal is what the text of a panic looks like that is due to a mistake in a program.
var refusal = regexp.MustCompile(`^future: [A-Z][A-Za-z0-9.]+: .*(; pass|; leave|must be) .`)

// refusesWithRemedy checks that f is refused as a programmer's error, by a text that says
// what to do about it.
func refusesWithRemedy(t *testing.T, what string, f func()) {
	t.Helper()
	if text, _ := panicOf(f).(string); !refusal.MatchString(text) {
		t.Errorf("%s: the panic says %q, want a text that matches %v", what, text, refusal)
	}
}

// matches checks what err matches and what it does not.
func matches(t *testing.T, err error, is, not []error) {
	t.Helper()
	for _, target := range is {
		if !errors.Is(err, target) {
			t.Errorf("error %q does not match %q", err, target)
		}
	}
	for _, target := range not {
		if errors.Is(err, target) {
			t.Errorf("error %q matches %q", err, target)
		}
	}
}

// stressed is how often a race is tried.
func stressed(n int) int {
	if testing.Short() || runtime.GOARCH == "wasm" {
		return n / 10
	}
	return n
}

func TestHowTheFunctionOfATaskEndsDecides(t *testing.T) {
	type errs = []error
	answer := errors.New("cleaned up badly")
	foreign := future.New[int]()
	foreign.Cancel(answer)
	expired := func(t *testing.T) context.Context {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errWhy)
		t.Cleanup(cancel)
		return ctx
	}
	tests := []struct {
		name   string
		parent func(t *testing.T) context.Context // t.Context if nil
		ends   bool                               // the parent ends by itself
		cancel bool                               // with errWhy
		fn     func(ctx context.Context) (int, error)
		state  future.State
		same   error // the very error it fails with
		is     errs
		not    errs
	}{
		{
			name: "a value succeeds",
			fn:   returns(7, nil), state: future.Succeeded,
		},
		{
			name: "an error fails",
			fn:   returns(0, errFn), state: future.Failed, same: errFn,
		},
		{
			name: "a value beside an error is dropped",
			fn:   returns(7, errFn), state: future.Failed, same: errFn,
		},
		{
			name:   "a value wins over a request to cancel",
			cancel: true,
			fn:     returns(7, nil), state: future.Succeeded,
		},
		{
			name: "a value wins over the end of the parent",
			ends: true, parent: expired,
			fn: returns(7, nil), state: future.Succeeded,
		},
		{
			name:   "an unrelated error after a request to cancel fails",
			cancel: true,
			fn:     returns(0, errFn), state: future.Failed, same: errFn,
		},
		{
			name:   "the context's error after a request to cancel is a cancellation",
			cancel: true,
			fn:     func(ctx context.Context) (int, error) { return 0, ctx.Err() },
			state:  future.Cancelled, is: errs{errWhy}, not: errs{context.DeadlineExceeded},
		},
		{
			name:   "the cause after a request to cancel is a cancellation",
			cancel: true,
			fn:     func(ctx context.Context) (int, error) { return 0, context.Cause(ctx) },
			state:  future.Cancelled, is: errs{errWhy},
		},
		{
			name:   "ErrCancelled after a request to cancel is a cancellation",
			cancel: true,
			fn:     returns(0, future.ErrCancelled), state: future.Cancelled, is: errs{errWhy},
		},
		{
			name:   "somebody else's CancelledError after a request to cancel is a cancellation",
			cancel: true,
			fn:     func(ctx context.Context) (int, error) { return foreign.Await(context.WithoutCancel(ctx)) },
			state:  future.Cancelled, is: errs{errWhy, answer},
		},
		{
			name:   "an error that wraps the cause is a cancellation and stays visible",
			cancel: true,
			fn: func(ctx context.Context) (int, error) {
				return 0, fmt.Errorf("closing: %w", errors.Join(answer, ctx.Err()))
			},
			state: future.Cancelled, is: errs{errWhy, answer},
		},
		{
			name: "somebody else's context.Canceled fails",
			fn:   returns(0, context.Canceled), state: future.Failed, same: context.Canceled,
			not: errs{future.ErrCancelled},
		},
		{
			name: "somebody else's context.DeadlineExceeded fails",
			fn:   returns(0, context.DeadlineExceeded), state: future.Failed, same: context.DeadlineExceeded,
		},
		{
			name: "ErrCancelled without a request fails",
			fn:   returns(0, future.ErrCancelled), state: future.Failed, same: future.ErrCancelled,
		},
		{
			name: "the cancellation of what the task awaited fails it",
			fn:   func(ctx context.Context) (int, error) { return foreign.Await(ctx) }, state: future.Failed,
			is: errs{future.ErrCancelled, answer},
		},
		{
			name: "the context's error after the parent's deadline is a cancellation",
			ends: true, parent: expired,
			fn:    func(ctx context.Context) (int, error) { return 0, ctx.Err() },
			state: future.Cancelled, is: errs{context.DeadlineExceeded, errWhy},
		},
		{
			name: "the cause of the parent's deadline is a cancellation",
			ends: true, parent: expired,
			fn:    func(ctx context.Context) (int, error) { return 0, context.Cause(ctx) },
			state: future.Cancelled, is: errs{errWhy},
		},
		{
			name: "ErrCancelled after the parent's deadline is a cancellation",
			ends: true, parent: expired,
			fn: returns(0, future.ErrCancelled), state: future.Cancelled, is: errs{errWhy},
		},
		{
			name: "somebody else's context.Canceled after the parent's deadline fails",
			ends: true, parent: expired,
			fn: returns(0, context.Canceled), state: future.Failed, same: context.Canceled,
		},
		{
			name:   "somebody else's context.DeadlineExceeded after a request to cancel fails",
			cancel: true,
			fn:     returns(0, context.DeadlineExceeded), state: future.Failed, same: context.DeadlineExceeded,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				parent := t.Context()
				if test.parent != nil {
					parent = test.parent(t)
				}
				entered := make(chan struct{})
				f := future.Go(parent, func(ctx context.Context) (int, error) {
					close(entered)
					if test.cancel || test.ends {
						<-ctx.Done()
					}
					return test.fn(ctx)
				})
				<-entered
				if test.cancel && !f.Cancel(errWhy) {
					t.Error("Cancel returned false on an unfinished task")
				}
				v, err := f.Await(context.WithoutCancel(t.Context()))
				if f.State() != test.state {
					t.Fatalf("the task is %v with error %v, want %v", f.State(), err, test.state)
				}
				matches(t, err, test.is, test.not)
				switch test.state {
				case future.Succeeded:
					if v != 7 || err != nil {
						t.Errorf("Await = %v, %v, want 7, nil", v, err)
					}
				case future.Cancelled:
					matches(t, err, errs{future.ErrCancelled, context.Canceled}, nil)
					if c, ok := errors.AsType[*future.CancelledError](err); !ok || c.Cause != errWhy {
						t.Errorf("Await returned %#v, want a *CancelledError with the cause %q", err, errWhy)
					}
				default:
					if v != 0 {
						t.Errorf("a failed task has the value %v", v)
					}
					if test.same != nil && err != test.same { //nolint:errorlint // the very error
						t.Errorf("Await returned %q, want the very error %q", err, test.same)
					}
				}
			})
		})
	}
}

func TestTheCauseSeenInACancelledTaskIsTheOneGiven(t *testing.T) {
	for _, test := range []struct {
		name        string
		given, want error
	}{
		{"an error", errWhy, errWhy},
		{"nil", nil, context.Canceled},
		{"a deadline", context.DeadlineExceeded, context.DeadlineExceeded},
	} {
		t.Run(test.name, func(t *testing.T) {
			entered, seen := make(chan struct{}), make(chan error, 1)
			f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
				close(entered)
				<-ctx.Done()
				if ctx.Err() != context.Canceled { //nolint:errorlint // the very error
					t.Errorf("ctx.Err() = %v, want context.Canceled", ctx.Err())
				}
				seen <- context.Cause(ctx)
				return 0, ctx.Err()
			})
			<-entered
			f.Cancel(test.given)
			if got := <-seen; got != test.want { //nolint:errorlint // the very error
				t.Errorf("the cause is %v, want %v", got, test.want)
			}
			_, err := f.Await(t.Context())
			matches(t, err, []error{future.ErrCancelled, context.Canceled, test.want}, nil)
			c, _ := errors.AsType[*future.CancelledError](err)
			if c == nil || c.Cause != test.given { //nolint:errorlint // the very error
				t.Errorf("the outcome is %#v, want a *CancelledError with the cause %v", err, test.given)
			}
		})
	}
}

func TestAPanicFailsTheTask(t *testing.T) {
	type point struct{ x, y int }
	for _, test := range []struct {
		name  string
		panic func()
		check func(value any) bool
		is    error
	}{
		{"a string", func() { panic("boom") }, func(v any) bool { return v == "boom" }, nil},
		{"a number", func() { panic(42) }, func(v any) bool { return v == 42 }, nil},
		{"a struct", func() { panic(point{1, 2}) }, func(v any) bool { return v == point{1, 2} }, nil},
		{"an uncomparable value", func() { panic([]int{1}) }, func(v any) bool { return v.([]int)[0] == 1 }, nil},
		{"an error", func() { panic(errFn) }, func(v any) bool { return v == errFn }, errFn},
		{"a wrapped error", func() { panic(fmt.Errorf("x: %w", errFn)) }, func(v any) bool { return v != nil }, errFn},
		{"nil", func() { panic(nil) }, func(v any) bool { _, ok := v.(*runtime.PanicNilError); return ok }, nil}, //nolint:govet // on purpose
		{"an index out of range", func() { _ = []int{}[len(t.Name())] }, func(v any) bool { _, ok := v.(runtime.Error); return ok }, nil},
		{"context.Canceled", func() { panic(context.Canceled) }, func(v any) bool { return v == context.Canceled }, context.Canceled},
	} {
		t.Run(test.name, func(t *testing.T) {
			entered := make(chan struct{})
			f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
				close(entered)
				<-ctx.Done() // also a panic that answers a cancellation is a failure
				test.panic()
				return 1, nil
			})
			<-entered
			f.Cancel(errWhy)
			v, err := f.Await(t.Context())
			p, ok := errors.AsType[*future.PanicError](err)
			if !ok || v != 0 || f.State() != future.Failed {
				t.Fatalf("Await = %v, %v with the state %v, want a *PanicError and failed", v, err, f.State())
			}
			if !test.check(p.Value) {
				t.Errorf("the panic's value is %#v", p.Value)
			}
			if test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("%q does not match %q", err, test.is)
			}
			if !strings.Contains(string(p.Stack), "TestAPanicFailsTheTask") {
				t.Errorf("the stack is not that of the panic:\n%s", p.Stack)
			}
		})
	}
}

func TestGoexitFailsTheTask(t *testing.T) {
	for name, exit := range map[string]func(){
		"runtime.Goexit":         runtime.Goexit,
		"FailNow of a test":      func() { new(testing.T).FailNow() },
		"SkipNow of a test":      func() { new(testing.T).SkipNow() },
		"Goexit in a deferred":   func() { defer runtime.Goexit() },
		"Goexit after a recover": func() { defer func() { _ = recover(); runtime.Goexit() }(); panic("x") },
	} {
		t.Run(name, func(t *testing.T) {
			cleaned := false
			f := future.Go(t.Context(), func(context.Context) (int, error) {
				defer func() { cleaned = true }()
				exit()
				return 1, nil
			})
			v, err := f.Await(t.Context())
			if f.State() != future.Failed || v != 0 || err != future.ErrGoexit { //nolint:errorlint // the very error
				t.Errorf("Await = %v, %v with the state %v, want ErrGoexit and failed", v, err, f.State())
			}
			if !cleaned {
				t.Error("the task was done before the function's deferred calls had run")
			}
		})
	}
}

func TestATaskIsNeverLeftPending(t *testing.T) {
	for name, fn := range map[string]func(){
		"a panic that a deferred function replaces":    func() { defer func() { panic("second") }(); panic("first") },
		"a panic in a function deferred before Goexit": func() { defer func() { panic("late") }(); runtime.Goexit() },
		"a Goexit while it panics":                     func() { defer runtime.Goexit(); panic("x") },
		"an error whose Error method panics":           func() { panic(brokenError{}) },
	} {
		t.Run(name, func(t *testing.T) {
			f := future.Go(t.Context(), func(context.Context) (int, error) { fn(); return 1, nil })
			select {
			case <-f.Ready():
			case <-time.After(30 * time.Second):
				t.Fatal("the task is pending")
			}
			if f.State() != future.Failed {
				t.Errorf("the task is %v, want failed", f.State())
			}
		})
	}
	t.Run("an error whose Is method panics", func(t *testing.T) {
		entered := make(chan struct{})
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			close(entered)
			<-ctx.Done()
			return 0, brokenError{}
		})
		<-entered
		f.Cancel(nil)
		<-f.Ready()
		if f.State() != future.Failed {
			t.Errorf("the task is %v, want failed", f.State())
		}
	})
}

type brokenError struct{}

func (brokenError) Error() string { return "broken" }
func (brokenError) Is(error) bool { panic("broken Is") }

func TestATaskUnderADeadContextIsCancelledAtOnceAndNeverRuns(t *testing.T) {
	expired, stop := context.WithTimeout(t.Context(), -time.Second)
	defer stop()
	cancelled, cancel := context.WithCancelCause(t.Context())
	cancel(errWhy)
	ended := make(chan context.Context, 1)
	future.Go(t.Context(), func(ctx context.Context) (int, error) { ended <- ctx; return 0, nil }).Await(t.Context()) //nolint:errcheck // cannot fail
	group := make(chan context.Context, 1)
	if err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		g.Cancel(errWhy)
		group <- g
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		ctx  context.Context
		opts []future.TaskOption
		is   error
	}{
		{"after a deadline", expired, nil, context.DeadlineExceeded},
		{"after a cancel", cancelled, nil, errWhy},
		{"with a name", cancelled, []future.TaskOption{future.WithName("n")}, errWhy},
		{"of a task that has ended", <-ended, nil, context.Canceled},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := future.Go(test.ctx, func(context.Context) (int, error) {
				t.Error("the function was called")
				return 0, nil
			}, test.opts...)
			if f.State() != future.Cancelled {
				t.Fatalf("the task is %v when Go returns, want cancelled", f.State())
			}
			matches(t, f.Exception(), []error{future.ErrCancelled, test.is}, nil)
			if f.Cancel(nil) {
				t.Error("Cancel returned true on a done task")
			}
		})
	}
}

func TestCancelOfARunningTaskIsARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			<-release
			return 0, context.Cause(ctx)
		})
		synctest.Wait()
		for i := range 3 {
			if !f.Cancel(fmt.Errorf("cause %d", i)) {
				t.Errorf("request %d returned false on an unfinished task", i)
			}
		}
		synctest.Wait()
		if f.Done() || f.Cancelled() {
			t.Errorf("the task is %v before its function has returned", f.State())
		}
		close(release)
		synctest.Wait()
		c, _ := errors.AsType[*future.CancelledError](f.Exception())
		if c == nil || c.Cause.Error() != "cause 0" {
			t.Errorf("the outcome is %v, want the first cause", f.Exception())
		}
		if f.Cancel(errWhy) {
			t.Error("Cancel returned true on a done task")
		}
	})
}

func TestACancelledTaskIsDoneWhenItsCleaningUpIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			<-ctx.Done()
			cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Hour)
			defer cancel()
			if err := future.Sleep(cleanup, 3*time.Second); err != nil {
				t.Errorf("cleaning up was interrupted: %v", err)
			}
			return 0, ctx.Err()
		})
		synctest.Wait()
		f.Cancel(errWhy)
		<-f.Ready()
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("the task was done after %v, want 3s", d)
		}
		if !f.Cancelled() {
			t.Errorf("the task is %v, want cancelled", f.State())
		}
	})
}

func TestATaskMayCancelItself(t *testing.T) {
	f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
		if !future.CurrentTask(ctx).Cancel(errWhy) {
			t.Error("Cancel returned false")
		}
		return 0, future.Sleep(ctx, time.Hour)
	})
	_, err := f.Await(t.Context())
	matches(t, err, []error{future.ErrCancelled, errWhy}, nil)
	if !f.Cancelled() {
		t.Errorf("the task is %v, want cancelled", f.State())
	}
}

func TestCancellingATaskReachesTheTasksBelowItAndNotTheFuturesItAwaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := future.New[int]()
		var child *future.Future[int]
		parent := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			child = future.Go(ctx, func(ctx context.Context) (int, error) {
				return future.Go(ctx, untilDone).Await(context.WithoutCancel(ctx))
			})
			return own.Await(ctx)
		})
		synctest.Wait()
		parent.Cancel(errWhy)
		synctest.Wait()
		if !parent.Cancelled() || !child.Cancelled() {
			t.Errorf("parent %v, child %v, want both cancelled", parent.State(), child.State())
		}
		matches(t, child.Exception(), []error{errWhy}, nil)
		if own.Done() {
			t.Errorf("the future that the task awaited is %v, want pending", own.State())
		}
	})
}

func TestACancelledChildIsAnOrdinaryErrorToItsParent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var child *future.Future[int]
		parent := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			child = future.Go(ctx, untilDone)
			return child.Await(ctx)
		})
		synctest.Wait()
		child.Cancel(errWhy)
		synctest.Wait()
		if parent.State() != future.Failed || !errors.Is(parent.Exception(), future.ErrCancelled) {
			t.Errorf("the parent is %v with %v, want failed with ErrCancelled", parent.State(), parent.Exception())
		}
	})
}

func TestCancelOfATaskAndOfWhatItAwaitsIsOneCancellation(t *testing.T) {
	for range stressed(500) {
		inner := future.New[int]()
		entered := make(chan struct{})
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
			close(entered)
			return inner.Await(ctx)
		})
		<-entered
		f.Cancel(errWhy)
		inner.Cancel(errFn)
		_, err := f.Await(t.Context())
		if !f.Cancelled() || !errors.Is(err, errWhy) {
			t.Fatalf("the task is %v with %v, want cancelled with the cause of its own Cancel", f.State(), err)
		}
	}
}

// A task is entered, or it is cancelled before: nothing in between, however the
// two meet.
func TestATaskIsEnteredOrCancelledBeforeNeverBoth(t *testing.T) {
	for name, start := range map[string]func(ctx context.Context, fn func(context.Context) (int, error)) *future.Future[int]{
		"Go": func(ctx context.Context, fn func(context.Context) (int, error)) *future.Future[int] {
			return future.Go(ctx, fn)
		},
		"Then": func(ctx context.Context, fn func(context.Context) (int, error)) *future.Future[int] {
			source := future.New[int]()
			f := future.Then(ctx, source, func(ctx context.Context, _ int) (int, error) { return fn(ctx) })
			go source.SetResult(1) //nolint:errcheck // the first
			return f
		},
		"Go in a group with a limit": func(ctx context.Context, fn func(context.Context) (int, error)) *future.Future[int] {
			started := make(chan *future.Future[int], 1)
			go future.TaskGroup(ctx, func(g *future.Group) error { //nolint:errcheck // no task fails
				future.Go(g, returns(0, nil))
				started <- future.Go(g, fn)
				return nil
			}, future.WithLimit(1))
			return <-started
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			for i := range stressed(3000) {
				var entered atomic.Bool
				f := start(ctx, func(context.Context) (int, error) {
					entered.Store(true)
					return 7, nil
				})
				if i%3 == 0 {
					runtime.Gosched()
				}
				cancelled := f.Cancel(errWhy)
				doneAtOnce := f.Done()
				v, err := f.Await(ctx)
				if entered.Load() {
					if v != 7 || err != nil {
						t.Fatalf("entered, but the task is %v with %v, %v", f.State(), v, err)
					}
					continue
				}
				if !cancelled || !doneAtOnce || !f.Cancelled() || !errors.Is(err, errWhy) {
					t.Fatalf("not entered: Cancel returned %v, done at once %v, state %v, error %v", cancelled, doneAtOnce, f.State(), err)
				}
			}
		})
	}
}

func TestGoDoesNotRunTheFunctionOnTheCallersGoroutine(t *testing.T) {
	var unlocked atomic.Bool
	release := make(chan struct{})
	f := future.Go(t.Context(), func(context.Context) (bool, error) {
		<-release
		return unlocked.Load(), nil
	})
	unlocked.Store(true) // only reached if Go does not wait
	close(release)
	if ok, err := f.Await(t.Context()); !ok || err != nil {
		t.Errorf("Await = %v, %v", ok, err)
	}
}

func TestTheSettersOfATaskRefuse(t *testing.T) {
	release := make(chan struct{})
	f := future.Go(t.Context(), func(context.Context) (int, error) { <-release; return 7, nil })
	for name, err := range map[string]error{
		"SetResult":    f.SetResult(1),
		"SetException": f.SetException(errFn),
		"SetOutcome":   f.SetOutcome(1, nil),
	} {
		if !errors.Is(err, future.ErrInvalidState) {
			t.Errorf("%s returned %v, want ErrInvalidState", name, err)
		}
	}
	close(release)
	if v, err := f.Await(t.Context()); v != 7 || err != nil {
		t.Errorf("Await = %v, %v, want 7, nil", v, err)
	}
}

func TestEveryWaitOfATaskForItselfGetsErrSelfAwait(t *testing.T) {
	for name, await := range map[string]func(ctx context.Context, self *future.Future[int]) error{
		"Await": func(ctx context.Context, self *future.Future[int]) error { _, err := self.Await(ctx); return err },
		"Await with deadline": func(ctx context.Context, self *future.Future[int]) error {
			ctx, cancel := context.WithTimeout(ctx, time.Hour)
			defer cancel()
			_, err := self.Await(ctx)
			return err
		},
		"Await in a group's body": func(ctx context.Context, self *future.Future[int]) error {
			return future.TaskGroup(ctx, func(g *future.Group) error { _, err := self.Await(g); return err })
		},
		"Await2": func(ctx context.Context, self *future.Future[int]) error {
			_, _, err := future.Await2(ctx, future.New[int](), self)
			return err
		},
		"Wait": func(ctx context.Context, self *future.Future[int]) error {
			_, _, err := future.Wait(ctx, future.AllCompleted, self)
			return err
		},
		"WaitFor": func(ctx context.Context, self *future.Future[int]) error {
			_, err := future.WaitFor(ctx, self, time.Hour)
			return err
		},
		"AsCompleted": func(ctx context.Context, self *future.Future[int]) error {
			for _, o := range future.AsCompleted(ctx, self) {
				return o.Err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			self := future.New[*future.Future[int]]()
			f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
				me, err := self.Await(ctx)
				if err != nil {
					return 0, err
				}
				if err := await(ctx, me); !errors.Is(err, future.ErrSelfAwait) {
					t.Errorf("the wait returned %v, want ErrSelfAwait", err)
				}
				return 7, ctx.Err() // and the task was not cancelled by that
			})
			if err := self.SetResult(f); err != nil {
				t.Fatal(err)
			}
			if v, err := f.Await(t.Context()); v != 7 || err != nil {
				t.Errorf("the task ended with %v, %v, want 7, nil", v, err)
			}
		})
	}
}

func TestNilArgumentsOfGoAndOfScopesPanic(t *testing.T) {
	fn := returns(0, nil)
	body := func(*future.Group) error { return nil }
	refusesWithRemedy(t, "Go without a context", func() { future.Go(nil, fn) })                         //nolint:staticcheck // on purpose
	refusesWithRemedy(t, "Go without a function", func() { future.Go[int](t.Context(), nil) })          //
	refusesWithRemedy(t, "Run without a context", func() { _, _ = future.Run(nil, fn) })                //nolint:staticcheck // on purpose
	refusesWithRemedy(t, "Run without a function", func() { _, _ = future.Run[int](t.Context(), nil) }) //
	refusesWithRemedy(t, "TaskGroup without a context", func() { _ = future.TaskGroup(nil, body) })     //nolint:staticcheck // on purpose
	refusesWithRemedy(t, "TaskGroup without a body", func() { _ = future.TaskGroup(t.Context(), nil) })
	refusesWithRemedy(t, "Detach without a context", func() { future.Detach(nil) }) //nolint:staticcheck // on purpose
	refusesWithRemedy(t, "WithLimit(0)", func() { future.WithLimit(0) })
	refusesWithRemedy(t, "CurrentTask without a context", func() { future.CurrentTask(nil) })        //nolint:staticcheck // on purpose
	refusesWithRemedy(t, "AllTasks without a context", func() { future.AllTasks(nil) })              //nolint:staticcheck // on purpose
	refusesWithRemedy(t, "CallID without a context", func() { future.CallID(nil) })                  //nolint:staticcheck // on purpose
	refusesWithRemedy(t, "WithCallID without a context", func() { future.WithCallID(nil, "an id") }) //nolint:staticcheck // on purpose
}

func TestATaskThatIsDoneDoesNotKeepItsFunction(t *testing.T) {
	held := errors.New("it was not needed")
	pending := future.New[int]()
	defer runtime.KeepAlive(pending)
	makers := map[string]func(fn func(context.Context) (int, error)) *future.Future[int]{
		"a Then that was cancelled": func(fn func(context.Context) (int, error)) *future.Future[int] {
			f := future.Then(t.Context(), pending, func(ctx context.Context, _ int) (int, error) { return fn(ctx) })
			f.Cancel(held)
			return f
		},
		"a Catch that was cancelled": func(fn func(context.Context) (int, error)) *future.Future[int] {
			f := future.Catch(t.Context(), pending, func(ctx context.Context, _ error) (int, error) { return fn(ctx) })
			f.Cancel(held)
			return f
		},
		"a Map that was cancelled": func(fn func(context.Context) (int, error)) *future.Future[int] {
			f := future.Map(pending, func(int) (int, error) { return fn(t.Context()) })
			f.Cancel(held)
			return f
		},
		"a plain task": func(fn func(context.Context) (int, error)) *future.Future[int] {
			return future.Go(t.Context(), fn)
		},
		"a named task": func(fn func(context.Context) (int, error)) *future.Future[int] {
			return future.Go(t.Context(), fn, future.WithName("name"))
		},
		"a task that was cancelled before its turn": func(fn func(context.Context) (int, error)) (f *future.Future[int]) {
			_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
				release := make(chan struct{})
				future.Go(g, func(context.Context) (int, error) { <-release; return 0, nil })
				f = future.Go(g, fn)
				f.Cancel(held)
				close(release)
				return nil
			}, future.WithLimit(1))
			return f
		},
		"a job": func(fn func(context.Context) (int, error)) *future.Future[int] {
			return future.RunInExecutor(t.Context(), nil, fn)
		},
		"a job that was dropped": func(fn func(context.Context) (int, error)) *future.Future[int] {
			return future.RunInExecutor(t.Context(), future.ExecutorFunc(func(func()) error { return held }), fn)
		},
		"a job that was cancelled in the queue": func(fn func(context.Context) (int, error)) *future.Future[int] {
			p := future.NewPool(1)
			release := make(chan struct{})
			future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { <-release; return 0, nil })
			f := future.RunInExecutor(t.Context(), p, fn)
			f.Cancel(held)
			close(release)
			_ = p.Close()
			return f
		},
	}
	for name, submit := range makers {
		t.Run(name, func(t *testing.T) {
			f, needs := whatItNeeds(t, submit)
			collect(t, "what the function refers to is collected", func() bool { return needs.Value() == nil })
			runtime.KeepAlive(f)
		})
	}
}

// whatItNeeds returns a future that is done, and what its function refers to.
//
//go:noinline
func whatItNeeds(t *testing.T, submit func(func(context.Context) (int, error)) *future.Future[int]) (*future.Future[int], weak.Pointer[[64]int]) {
	t.Helper()
	needs := new([64]int)
	f := submit(func(context.Context) (int, error) { return needs[0], nil })
	_, _ = awaitSoon(t, f)
	return f, weak.Make(needs)
}

func TestATaskThatNobodyRefersToRunsToItsEnd(t *testing.T) {
	entered, release, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	future.Go(t.Context(), func(context.Context) (int, error) {
		close(entered)
		<-release
		close(done)
		return 0, nil
	})
	<-entered
	collectGarbage(t)
	close(release)
	<-done
}
