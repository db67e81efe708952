package future

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
)

// The errors of this package. They are returned wrapped or as they are: compare
// with [errors.Is], not with ==.
var (
	// ErrInvalidState is matched by the [*InvalidStateError] of a setter called
	// on a future that is done or owned, of [Future.Result] and
	// [Future.Exception] on a pending one, and by the failure of [Flatten] when
	// the future inside is nil.
	ErrInvalidState error = &sentinel{text: "future: invalid state"}

	// ErrCancelled is matched by the [*CancelledError] of a cancelled future. It
	// matches [context.Canceled] too. It says that the thing awaited was
	// cancelled; an error that says "your context ended" never matches it.
	ErrCancelled error = &sentinel{text: "future: cancelled", is: context.Canceled}

	// ErrTimeout is returned by [WaitFor] and fails the future of [Timeout] when
	// the time is up. It matches [context.DeadlineExceeded] and has a
	// Timeout method that reports true, as a [net.Error] has.
	ErrTimeout error = &timeoutError{sentinel{text: "future: timeout", is: context.DeadlineExceeded}}

	// ErrNilException fails the future whose [Future.SetException] was given nil.
	ErrNilException error = &sentinel{text: "future: SetException called with a nil error"}

	// ErrGoexit fails a future whose function ended by [runtime.Goexit], as
	// testing.T.FailNow does, instead of returning.
	ErrGoexit error = &sentinel{text: "future: the function called runtime.Goexit"}

	// ErrNoFutures fails [Race] and [Any] of no futures, which could never end.
	ErrNoFutures error = &sentinel{text: "future: no futures given"}

	// ErrScopeClosed fails a task that was started in a scope ([Run] or
	// [TaskGroup]) which had ended or was ending. It is also the cause seen in
	// the contexts of tasks that are still running when the main function of their
	// Run ends, or when the body of their group does not return. A group whose body
	// has returned waits for its tasks and cancels none.
	ErrScopeClosed error = &sentinel{text: "future: the scope has ended"}

	// ErrExecutorShutdown fails a job given to an executor that was shut down.
	ErrExecutorShutdown error = &sentinel{text: "future: the executor is shut down"}

	// ErrRejected fails a job that its executor had no place for, or dropped.
	ErrRejected error = &sentinel{text: "future: the executor rejected the job"}

	// ErrDeadlock ends a wait on a thread-locked [Pool] when every worker waits,
	// directly or through other futures, for a job that is queued behind it.
	// [Pool.Shutdown] returns it too when called from a job of the same pool.
	ErrDeadlock error = &sentinel{text: "future: deadlock: the pool would wait for itself"}

	// ErrNotRemotable is returned by the Execute method of an [Invoker], and fails what
	// [RunInExecutor] and its relatives were asked to do there: a closure cannot leave
	// its process. Use [Register] and [Func.Submit].
	ErrNotRemotable error = &sentinel{text: "future: a closure cannot leave its process: use Register and Func.Submit"}

	// ErrNotRegistered is the error of a call whose name no function bears where the
	// call arrives: it was registered after the start of the program, in one of several
	// branches, or not at all.
	ErrNotRegistered error = &sentinel{text: "future: no function of this name is registered"}

	// ErrSelfAwait is returned when a task awaits itself, and fails a [Flatten]
	// whose inner future is its own result.
	ErrSelfAwait error = &sentinel{text: "future: a future cannot wait for itself"}
)

// A sentinel is an error value that may match an older one.
type sentinel struct {
	text string
	is   error
}

func (e *sentinel) Error() string        { return e.text }
func (e *sentinel) Is(target error) bool { return e.is != nil && target == e.is }

type timeoutError struct{ sentinel }

func (*timeoutError) Timeout() bool   { return true }
func (*timeoutError) Temporary() bool { return true } // as that of context.DeadlineExceeded

// An InvalidStateError says that an operation does not fit the state a future
// is in. It matches [ErrInvalidState].
type InvalidStateError struct {
	Op    string // the method that was called
	State State  // the state it found

	note string // more than the state
}

// Error describes the operation and the state.
func (e *InvalidStateError) Error() string {
	text := "future: " + e.Op + ": the future is " + e.State.String()
	if e.note != "" {
		text += "; " + e.note
	}
	return text
}

// Is reports whether target is [ErrInvalidState].
func (e *InvalidStateError) Is(target error) bool { return target == ErrInvalidState }

// A CancelledError is the outcome of a cancelled future. It matches
// [ErrCancelled], [context.Canceled], its cause and, for a task, the error with
// which the task's function answered the cancellation.
type CancelledError struct {
	// Cause is what was given to [Future.Cancel], or the cause of the context
	// that ended; nil if there was none.
	Cause error

	answer error // what the function returned, where it adds to the cause
}

// newCancelled leaves out what ErrCancelled says anyway.
func newCancelled(cause, answer error) *CancelledError {
	if cause == context.Canceled { //nolint:errorlint // one that wraps it may say more
		cause = nil
	}
	return &CancelledError{Cause: cause, answer: answer}
}

// Error describes the cause.
func (e *CancelledError) Error() string {
	if e.Cause == nil {
		return "future: cancelled"
	}
	return "future: cancelled: " + e.Cause.Error()
}

// Is reports whether target is [ErrCancelled] or [context.Canceled].
func (e *CancelledError) Is(target error) bool {
	return target == ErrCancelled || target == context.Canceled
}

// Unwrap returns the cause and the error of the task's function, those of the
// two that there are.
func (e *CancelledError) Unwrap() []error { return nonNil(e.Cause, e.answer) }

func nonNil(errs ...error) []error {
	kept := errs[:0]
	for _, err := range errs {
		if err != nil {
			kept = append(kept, err)
		}
	}
	return kept
}

// A PanicError is the outcome of a function that panicked.
type PanicError struct {
	Value any    // what was given to panic
	Stack []byte // the stack of the goroutine at the panic, as of [debug.Stack]
}

// Error describes the value. The stack is left to the field.
func (e *PanicError) Error() string { return fmt.Sprintf("future: panic: %v", e.Value) }

// Unwrap returns the value if it is an error, else nil.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// A GroupError holds the failures of several tasks: those of a [TaskGroup] in
// the order in which they arrived, those of [Any] in the order of its inputs.
type GroupError struct {
	errs []error
}

// Error lists the failures, one a line when there are several.
func (e *GroupError) Error() string {
	if len(e.errs) == 1 {
		return "future: 1 task failed: " + e.errs[0].Error()
	}
	var b strings.Builder
	b.WriteString("future: " + strconv.Itoa(len(e.errs)) + " tasks failed:")
	for _, err := range e.errs {
		b.WriteString("\n\t")
		b.WriteString(strings.ReplaceAll(err.Error(), "\n", "\n\t"))
	}
	return b.String()
}

// Unwrap returns the failures; the slice is the caller's.
func (e *GroupError) Unwrap() []error { return append([]error(nil), e.errs...) }

// A contextError says that a wait ended because its context did. It matches the
// context's error and its cause. A cause that matches ErrCancelled stays hidden
// but for its identity: otherwise "my context ended" could not be told from "the
// thing I awaited was cancelled".
type contextError struct {
	err, cause error
}

func newContextError(ctx context.Context) error {
	err, cause := ctx.Err(), context.Cause(ctx)
	if cause == nil || same(cause, err) {
		return err
	}
	return &contextError{err, cause}
}

// same is ==, but for errors that cannot be compared: those are the same if they are deeply
// equal.
func same(a, b error) bool {
	if reflect.ValueOf(a).Comparable() {
		return a == b //nolint:errorlint // see above
	}
	return reflect.DeepEqual(a, b)
}

// matches is errors.Is for the errors of users: one that cannot be compared matches itself
// too, and methods that panic match nothing.
func matches(err, target error) (yes bool) {
	defer func() { _ = recover() }() // yes is false then
	return contains(err, target)
}

func contains(err, target error) bool {
	if same(err, target) {
		return true
	}
	if e, ok := err.(interface{ Is(target error) bool }); ok && e.Is(target) {
		return true
	}
	switch e := err.(type) { //nolint:errorlint // this is how errors.Is does it
	case interface{ Unwrap() error }:
		return contains(e.Unwrap(), target)
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), func(err error) bool { return contains(err, target) })
	}
	return false
}

func (e *contextError) Error() string { return "future: " + e.err.Error() + ": " + e.cause.Error() }

func (e *contextError) Unwrap() error { return e.err }

func (e *contextError) Is(target error) bool {
	return target != ErrCancelled && errors.Is(e.cause, target)
}

func (e *contextError) As(target any) bool {
	if _, ok := target.(**CancelledError); ok {
		return false
	}
	return errors.As(e.cause, target)
}

// A closedError refuses a task in a scope that has ended or is ending.
type closedError struct{ cause error }

func (e *closedError) Error() string {
	if e.cause == nil || e.cause == ErrScopeClosed { //nolint:errorlint // the very same
		return ErrScopeClosed.Error()
	}
	return ErrScopeClosed.Error() + ": " + e.cause.Error()
}

func (e *closedError) Is(target error) bool { return target == ErrScopeClosed }
func (e *closedError) Unwrap() error        { return e.cause }

// exitError tells how a function ended that did not return. The deferred
// function that calls it passes what recover gave: nothing means
// runtime.Goexit, for panic(nil) arrives as a *runtime.PanicNilError.
func exitError(recovered any) error {
	if recovered == nil {
		return ErrGoexit
	}
	return &PanicError{Value: recovered, Stack: debug.Stack()}
}
