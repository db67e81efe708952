package future_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"

	"example.com/future"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func sentinels() map[string]error {
	return map[string]error{
		"ErrInvalidState":     future.ErrInvalidState,
		"ErrCancelled":        future.ErrCancelled,
		"ErrTimeout":          future.ErrTimeout,
		"ErrNilException":     future.ErrNilException,
		"ErrGoexit":           future.ErrGoexit,
		"ErrNoFutures":        future.ErrNoFutures,
		"ErrScopeClosed":      future.ErrScopeClosed,
		"ErrExecutorShutdown": future.ErrExecutorShutdown,
		"ErrRejected":         future.ErrRejected,
		"ErrDeadlock":         future.ErrDeadlock,
		"ErrSelfAwait":        future.ErrSelfAwait,
	}
}

func TestEachSentinelMatchesItselfAndNoOther(t *testing.T) {
	for name, err := range sentinels() {
		for other, target := range sentinels() {
			if got, want := errors.Is(err, target), name == other; got != want {
				t.Errorf("errors.Is(%s, %s) = %v, want %v", name, other, got, want)
			}
		}
	}
}

func TestErrorsMatchThoseOfContextAndNotTheOtherWayRound(t *testing.T) {
	for name, err := range sentinels() {
		if got, want := errors.Is(err, context.Canceled), name == "ErrCancelled"; got != want {
			t.Errorf("errors.Is(%s, context.Canceled) = %v, want %v", name, got, want)
		}
		if got, want := errors.Is(err, context.DeadlineExceeded), name == "ErrTimeout"; got != want {
			t.Errorf("errors.Is(%s, context.DeadlineExceeded) = %v, want %v", name, got, want)
		}
		for _, older := range []error{context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded} {
			if errors.Is(older, err) {
				t.Errorf("%v matches %s", older, name)
			}
		}
	}
}

func TestErrTimeoutIsATimeoutInTheSenseOfNet(t *testing.T) {
	for _, err := range []error{future.ErrTimeout, fmt.Errorf("wrapped: %w", future.ErrTimeout)} {
		e, ok := errors.AsType[net.Error](err)
		if !ok || !e.Timeout() || !e.Temporary() { //nolint:staticcheck // as that of context.DeadlineExceeded
			t.Errorf("%v is no net.Error that has timed out", err)
		}
	}
	if !os.IsTimeout(future.ErrTimeout) {
		t.Error("os.IsTimeout(ErrTimeout) = false, want true")
	}
}

// cancelledWith returns what becomes of a task that is cancelled while it runs, and
// then returns the error that answer makes.
func cancelledWith(t *testing.T, cause error, answer func(context.Context) error) (future.State, error) {
	t.Helper()
	entered := make(chan struct{})
	f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
		close(entered)
		<-ctx.Done()
		return 0, answer(ctx)
	})
	receiveSoon(t, entered, "the task is entered")
	f.Cancel(cause)
	_, err := awaitSoon(t, f)
	return f.State(), err
}

// everyError returns errors of every kind that the package makes.
func everyError(t *testing.T) map[string]error {
	t.Helper()
	errs := sentinels()
	cancelled := future.New[int]()
	cancelled.Cancel(nil)
	errs["CancelledError"] = cancelled.Exception()
	withCause := future.New[int]()
	withCause.Cancel(errBoom)
	errs["CancelledError with a cause"] = withCause.Exception()
	_, errs["CancelledError of a task"] = cancelledWith(t, errBoom, func(ctx context.Context) error {
		return fmt.Errorf("stopped: %w", ctx.Err())
	})

	errs["InvalidStateError of a reader"] = future.New[int]().Exception()
	errs["InvalidStateError of a setter"] = cancelled.SetResult(1)
	errs["InvalidStateError of an owned future"] = future.Map(future.New[int](), plusOne).SetResult(1)
	errs["InvalidStateError of Flatten"] = future.Flatten(future.FromResult[*future.Future[int]](nil)).Exception()

	errs["PanicError"] = future.Map(future.FromResult(1), func(int) (int, error) { panic("x") }).Exception()
	errs["PanicError of an error"] = future.Map(future.FromResult(1), func(int) (int, error) { panic(io.EOF) }).Exception()

	one, two := future.FromException[int](errBoom), future.FromException[int](io.EOF)
	errs["GroupError of one"] = future.Any(one).Exception()
	errs["GroupError of two"] = future.Any(one, two).Exception()

	errs["wait with a cause"] = waitError(deadContext(errBoom))
	_, errs["WaitFor"] = future.WaitFor(t.Context(), future.New[int](), 0)

	var g *future.Group
	_ = future.TaskGroup(t.Context(), func(group *future.Group) error { g = group; return nil })
	errs["scope that has ended"] = future.Go(g, func(context.Context) (int, error) { return 1, nil }).Exception()
	_ = future.TaskGroup(t.Context(), func(group *future.Group) error {
		group.Cancel(errBoom)
		errs["scope that aborts"] = future.Go(group, func(context.Context) (int, error) { return 1, nil }).Exception()
		return nil
	})
	return errs
}

func TestTheTextOfEveryErrorBeginsWithTheName(t *testing.T) {
	for name, err := range everyError(t) {
		if err == nil || !strings.HasPrefix(err.Error(), "future: ") {
			t.Errorf("%s: %q, want it to begin with \"future: \"", name, err)
		}
	}
}

func TestTheTextOfAnErrorSaysWhatHappened(t *testing.T) {
	errs := everyError(t)
	for name, want := range map[string]string{
		"CancelledError":                       "future: cancelled",
		"CancelledError with a cause":          "future: cancelled: boom",
		"InvalidStateError of a reader":        "future: Exception: the future is pending",
		"InvalidStateError of a setter":        "future: SetResult: the future is cancelled",
		"InvalidStateError of an owned future": "future: SetResult: the future is pending; its task or combinator settles it",
		"InvalidStateError of Flatten":         "future: Flatten: the future is succeeded; the future inside is nil",
		"PanicError":                           "future: panic: x",
		"PanicError of an error":               "future: panic: EOF",
		"GroupError of one":                    "future: 1 task failed: boom",
		"GroupError of two":                    "future: 2 tasks failed:\n\tboom\n\tEOF",
		"wait with a cause":                    "future: context canceled: boom",
		"scope that aborts":                    "future: the scope has ended: boom",
	} {
		if diff := cmp.Diff(want, errs[name].Error()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestTheTypesOfErrorsAreFoundAndMatchTheirSentinels(t *testing.T) {
	errs := everyError(t)
	for name, err := range errs {
		wrapped := fmt.Errorf("wrapped: %w", err)
		kind, _, _ := strings.Cut(name, " ")
		switch kind {
		case "CancelledError":
			if e, ok := errors.AsType[*future.CancelledError](wrapped); !ok || e != err { //nolint:errorlint // the very error
				t.Errorf("%s: AsType = %v, %v", name, e, ok)
			}
			if !errors.Is(wrapped, future.ErrCancelled) || !errors.Is(wrapped, context.Canceled) {
				t.Errorf("%s does not match ErrCancelled and context.Canceled", name)
			}
		case "InvalidStateError":
			if e, ok := errors.AsType[*future.InvalidStateError](wrapped); !ok || e != err || !errors.Is(wrapped, future.ErrInvalidState) { //nolint:errorlint // the very error
				t.Errorf("%s: AsType = %v, %v, or it does not match ErrInvalidState", name, e, ok)
			}
		case "PanicError":
			if e, ok := errors.AsType[*future.PanicError](wrapped); !ok || e != err || len(e.Stack) == 0 { //nolint:errorlint // the very error
				t.Errorf("%s: AsType = %v, %v, or it has no stack", name, e, ok)
			}
		case "GroupError":
			if e, ok := errors.AsType[*future.GroupError](wrapped); !ok || e != err || !errors.Is(wrapped, errBoom) { //nolint:errorlint // the very error
				t.Errorf("%s: AsType = %v, %v, or it does not match what is inside", name, e, ok)
			}
		case "scope":
			if !errors.Is(wrapped, future.ErrScopeClosed) {
				t.Errorf("%s does not match ErrScopeClosed", name)
			}
		}
	}
	if err := errs["scope that aborts"]; !errors.Is(err, errBoom) {
		t.Errorf("%v does not match the cause of the abort", err)
	}
	if err := errs["CancelledError of a task"]; !errors.Is(err, errBoom) || err.(*future.CancelledError).Cause != errBoom { //nolint:errorlint,forcetypeassert // checked above
		t.Errorf("%v does not have the cause given to Cancel", err)
	}
	if _, ok := errors.AsType[net.Error](errs["PanicError of an error"]); ok {
		t.Error("a panic with io.EOF is a net.Error")
	}
	if !errors.Is(errs["PanicError of an error"], io.EOF) {
		t.Error("a panic with io.EOF does not match it")
	}
}

func TestACancelledErrorUnwrapsToItsCauseAndTheAnswerOfTheTask(t *testing.T) {
	answer := errors.New("answer")
	_, err := cancelledWith(t, errBoom, func(ctx context.Context) error { return errors.Join(ctx.Err(), answer) })
	for _, target := range []error{errBoom, answer, future.ErrCancelled} {
		if !errors.Is(err, target) {
			t.Errorf("%v does not match %v", err, target)
		}
	}
	if got := (&future.CancelledError{}).Unwrap(); len(got) != 0 {
		t.Errorf("Unwrap() = %v, want nothing", got)
	}
	if diff := cmp.Diff([]error{errBoom}, (&future.CancelledError{Cause: errBoom}).Unwrap(), cmpopts.EquateErrors()); diff != "" {
		t.Errorf("Unwrap() (-want +got):\n%s", diff)
	}
}

func TestTheSliceThatAGroupErrorGivesOutIsTheCallers(t *testing.T) {
	one, two := future.FromException[int](errBoom), future.FromException[int](io.EOF)
	e, ok := errors.AsType[*future.GroupError](future.Any(one, two).Exception())
	if !ok {
		t.Fatal("Any did not fail with a *GroupError")
	}
	clear(e.Unwrap())
	if diff := cmp.Diff([]error{errBoom, io.EOF}, e.Unwrap(), cmpopts.EquateErrors()); diff != "" {
		t.Errorf("Unwrap() after a change of the slice (-want +got):\n%s", diff)
	}
}

// A hostileError panics whatever it is asked.
type hostileError struct{ _ []int } // which makes it uncomparable

func (hostileError) Error() string   { panic("Error") }
func (hostileError) Is(error) bool   { panic("Is") }
func (hostileError) As(any) bool     { panic("As") }
func (hostileError) Unwrap() []error { panic("Unwrap") }

// An error is user code. Whatever its methods do, the future settles and nobody
// hangs; whether a text can be made of it is not our affair.
func TestAnErrorWhoseMethodsPanicStillSettlesTheFuture(t *testing.T) {
	var hostile error = hostileError{}
	isHostile := func(err error) bool { _, ok := err.(hostileError); return ok } //nolint:errorlint // As panics
	t.Run("SetException", func(t *testing.T) {
		f := future.New[int]()
		m := future.Map(f, plusOne)
		g := future.Catch(t.Context(), f, recoverTask)
		all := future.GatherSettled(f)
		if err := f.SetException(hostile); err != nil {
			t.Errorf("SetException: %v, want nil", err)
		}
		for _, d := range []*future.Future[int]{f, m} {
			if err := d.Exception(); d.State() != future.Failed || !isHostile(err) {
				t.Errorf("State, error = %v, %T; want failed, the error", d.State(), err)
			}
		}
		if v, err := awaitSoon(t, g); v != -1 || err != nil {
			t.Errorf("Catch: %v, %v; want -1, nil", v, err)
		}
		if os, err := awaitSoon(t, all); err != nil || !isHostile(os[0].Err) {
			t.Error("GatherSettled did not pass the error on")
		}
		_ = f.String()
	})
	t.Run("Cancel", func(t *testing.T) {
		f := future.New[int]()
		m := future.Map(f, plusOne)
		if !f.Cancel(hostile) || !f.Cancelled() || !m.Cancelled() {
			t.Errorf("the futures are %v and %v, want them cancelled", f.State(), m.State())
		}
		e, ok := f.Exception().(*future.CancelledError) //nolint:errorlint // As panics
		if !ok || !isHostile(e.Cause) {
			t.Error("the error has not got the cause")
		}
		if !errors.Is(f.Exception(), future.ErrCancelled) {
			t.Error("the error does not match ErrCancelled")
		}
	})
	t.Run("the error of a function", func(t *testing.T) {
		for kind, start := range userFunctions(t.Context(), func() (int, error) { return 0, hostile }) {
			f := start()
			if _, err := awaitSoon(t, f); f.State() != future.Failed || !isHostile(err) {
				t.Errorf("%s: State, error = %v, %T; want failed, the error", kind, f.State(), err)
			}
		}
	})
	t.Run("the panic of a function", func(t *testing.T) {
		for kind, start := range userFunctions(t.Context(), func() (int, error) { panic(hostile) }) {
			_, err := awaitSoon(t, start())
			if e, ok := err.(*future.PanicError); !ok || e.Error() == "" { //nolint:errorlint // As panics
				t.Errorf("%s: error %T, want a *PanicError with a text", kind, err)
			}
		}
	})
	t.Run("the answer of a cancelled task", func(t *testing.T) {
		state, err := cancelledWith(t, nil, func(context.Context) error { return hostile })
		if state != future.Failed || err == nil {
			t.Errorf("State, error = %v, %T; want failed and an error", state, err)
		}
	})
	t.Run("the cause of a task's cancellation", func(t *testing.T) {
		if _, err := cancelledWith(t, hostile, context.Cause); err == nil {
			t.Error("the error is nil")
		}
	})
	t.Run("the cause of a context", func(t *testing.T) {
		f := future.New[int]()
		if _, err := f.Await(deadContext(hostile)); err == nil || f.Done() {
			t.Errorf("the future is %v and the error %T, want it pending and an error", f.State(), err)
		}
		g := future.Go(deadContext(hostile), func(context.Context) (int, error) { return 1, nil })
		if !g.Cancelled() {
			t.Errorf("a task under that context is %v, want cancelled", g.State())
		}
	})
	t.Run("the report", func(t *testing.T) {
		logged(t, func(written func() string) {
			reportNow(t, hostile, nil)
			if line := written(); !strings.Contains(line, "never looked at") {
				t.Errorf("the log %q lacks the report", line)
			}
		})
	})
}

func TestErrorsThatCannotBeComparedAreFine(t *testing.T) {
	uncomparable := manyErrors{io.EOF}
	f := future.FromException[int](uncomparable)
	if _, ok := errors.AsType[manyErrors](f.Exception()); !ok || errors.Is(f.Exception(), io.EOF) {
		t.Errorf("Exception() = %#v, want the error", f.Exception())
	}
	g := future.New[int]()
	g.Cancel(uncomparable)
	if _, ok := errors.AsType[manyErrors](g.Exception()); !ok || !errors.Is(g.Exception(), future.ErrCancelled) {
		t.Errorf("Exception() = %#v, want a cancellation with the cause", g.Exception())
	}
	err := waitError(deadContext(uncomparable))
	if _, ok := errors.AsType[manyErrors](err); !ok || !errors.Is(err, context.Canceled) {
		t.Errorf("Await: %#v, want context.Canceled and the cause", err)
	}
	if _, err := cancelledWith(t, uncomparable, context.Cause); err == nil {
		t.Error("the error of the task is nil")
	}
	err = future.TaskGroup(t.Context(), func(g *future.Group) error {
		for range 3 {
			future.Go(g, func(context.Context) (int, error) { return 0, uncomparable })
		}
		return nil
	})
	if _, ok := errors.AsType[manyErrors](err); !ok {
		t.Errorf("TaskGroup: %#v, want the error", err)
	}
}

// A labelledError can be compared, or panics when that is tried: it depends on err.
type labelledError struct {
	label string
	err   error
}

func (e labelledError) Error() string { return e.label }

func TestAnErrorThatCannotBeComparedMatchesItself(t *testing.T) {
	for name, err := range map[string]error{
		"a slice":              manyErrors{io.EOF},
		"a struct of a slice":  labelledError{"parse", manyErrors{io.EOF}},
		"a wrapped one":        fmt.Errorf("read: %w", manyErrors{io.EOF}),
		"one that joins":       errors.Join(io.EOF, manyErrors{io.EOF}),
		"one without elements": manyErrors(nil),
	} {
		t.Run(name, func(t *testing.T) {
			t.Run("as a cause that is returned", func(t *testing.T) {
				if state, _ := cancelledWith(t, err, context.Cause); state != future.Cancelled {
					t.Errorf("the task is %v, want cancelled", state)
				}
			})
			t.Run("as the first failure of a group", func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var refused, wrapped *future.Future[int]
					got := future.TaskGroup(t.Context(), func(g *future.Group) error {
						refused = future.Go(g, func(ctx context.Context) (int, error) {
							<-ctx.Done()
							return future.Go(g, returns(1, nil)).Result()
						})
						wrapped = future.Go(g, func(ctx context.Context) (int, error) {
							<-ctx.Done()
							return 0, errors.Join(io.EOF, context.Cause(ctx))
						})
						synctest.Wait()
						_, failure := future.Go(g, returns(1, err)).Await(context.WithoutCancel(g))
						return failure
					})
					if g, ok := errors.AsType[*future.GroupError](got); !ok || len(g.Unwrap()) != 1 {
						t.Errorf("TaskGroup = %v, want one failure", got)
					}
					if !refused.Cancelled() || !wrapped.Cancelled() {
						t.Errorf("the siblings are %v and %v, want them cancelled", refused.State(), wrapped.State())
					}
				})
			})
			t.Run("as what a context ends with", func(t *testing.T) {
				_, got := future.New[int]().Await(endedContext{context.Background(), err})
				if got == nil || got.Error() != err.Error() {
					t.Errorf("Await: %v, want %v", got, err)
				}
			})
		})
	}
	for name, other := range map[string]error{
		"another slice": labelledError{"parse", manyErrors{io.ErrUnexpectedEOF}},
		"another label": labelledError{"scan", manyErrors{io.EOF}},
		"another type":  labelledError{"parse", io.EOF},
		"none":          labelledError{"parse", nil},
	} {
		t.Run(name, func(t *testing.T) {
			state, _ := cancelledWith(t, labelledError{"parse", manyErrors{io.EOF}}, func(context.Context) error { return other })
			if state != future.Failed {
				t.Errorf("the task is %v, want failed", state)
			}
		})
	}
}

// What its Is method does is not the affair of the others in the group.
func TestAnErrorWhoseIsMethodPanicsIsAFailureLikeAnyOther(t *testing.T) {
	state, err := cancelledWith(t, errWhy, func(context.Context) error { return brokenError{} })
	if state != future.Failed || err != (brokenError{}) { //nolint:errorlint // the very error
		t.Errorf("the task is %v with %v, want it failed with its error", state, err)
	}
	got := future.TaskGroup(t.Context(), func(g *future.Group) error {
		future.Go(g, returns(1, errBoom))
		<-g.Done()
		return brokenError{}
	})
	if g, ok := errors.AsType[*future.GroupError](got); !ok || len(g.Unwrap()) != 2 {
		t.Errorf("TaskGroup = %v, want two failures", got)
	}
}

// The error of a future does not refer to the future, which the collector would
// then never report.
func TestAFutureThatFailedWithOneOfOurErrorsCanBeCollected(t *testing.T) {
	makers := map[string]func() *future.Future[int]{
		"panic": func() *future.Future[int] {
			return future.Map(future.FromResult(1), func(int) (int, error) { panic("x") })
		},
		"cancel":  func() *future.Future[int] { f := future.New[int](); f.Cancel(nil); return f },
		"timeout": func() *future.Future[int] { return future.Timeout(future.New[int](), 0) },
		"any":     func() *future.Future[int] { return future.Any(future.FromException[int](errBoom)) },
	}
	for name, makeFuture := range makers {
		t.Run(name, func(t *testing.T) {
			gone := make(chan struct{})
			err := keep(func() error {
				f := makeFuture()
				runtime.AddCleanup(f, func(c chan struct{}) { close(c) }, gone)
				return f.Exception()
			})
			collect(t, "the future is collected while its error is kept", func() bool { return isClosed(gone) })
			runtime.KeepAlive(err)
		})
	}
}

// keep returns what fn does and forgets the rest.
//
//go:noinline
func keep(fn func() error) error { return fn() }
