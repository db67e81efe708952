package future

import (
	"context"
	"log/slog"
	"reflect"
)

// A Future is a placeholder for a result that does not exist yet. It is pending
// until it is done, and then it stays as it is: succeeded with a value, failed
// with an error, or cancelled.
//
// The zero value is a pending future, ready to use. A Future must not be copied
// after first use. All methods may be called by multiple goroutines
// simultaneously.
//
// Whoever holds a future made by [New] may settle it, once. A future that comes
// from a task or from a combinator is owned: the package settles it, and its
// setters refuse.
//
// In the terminology of [the Go memory model], settling a future “synchronizes
// before” every [Future.Await], [Future.Result], receive from [Future.Ready] and
// callback that observes it.
//
// [the Go memory model]: https://go.dev/ref/mem
type Future[T any] struct {
	core
	value T // written before word says Succeeded, never after
}

// A State is the state of a future.
type State uint8

// The states of a future. Pending is the only one that changes.
const (
	Pending   State = iota // not done
	Succeeded              // done, with a value
	Failed                 // done, with an error
	Cancelled              // done, by Cancel
)

// String returns "pending", "succeeded", "failed" or "cancelled", and "unknown" for
// anything else.
func (s State) String() string {
	switch s {
	case Pending:
		return "pending"
	case Succeeded:
		return "succeeded"
	case Failed:
		return "failed"
	case Cancelled:
		return "cancelled"
	default:
		return "unknown"
	}
}

// An Outcome is what became of a future: a value, or an error and no value.
type Outcome[T any] struct {
	Value T
	Err   error
}

// Get returns the outcome in the form of a call's results.
func (o Outcome[T]) Get() (T, error) { return o.Value, o.Err }

// An Awaitable is a future of any type: what [CurrentTask] and [AllTasks] give,
// and what code takes that does not care for the value. Every *[Future] is one; no
// other type can be one, except those that embed one. Its methods are those of Future.
type Awaitable interface {
	Done() bool
	Cancelled() bool
	State() State
	Exception() error
	Ready() <-chan struct{}
	Cancel(cause error) bool
	Name() string

	base() *core
}

// New returns a pending future that the caller will settle.
func New[T any]() *Future[T] { return new(Future[T]) }

// FromResult returns a future that has succeeded with v.
func FromResult[T any](v T) *Future[T] {
	f := &Future[T]{value: v}
	f.word.Store(uint32(Succeeded))
	return f
}

// FromException returns a future that has failed with err, or with
// [ErrNilException] if err is nil.
func FromException[T any](err error) *Future[T] {
	f := new(Future[T])
	// Nobody else has f yet, so this cannot be refused.
	_ = f.SetException(err)
	return f
}

// SetResult makes f succeed with v. It never blocks, but for the functions given
// to [Map], which it runs. If f is done or owned it returns an error that matches
// [ErrInvalidState] and f stays as it is.
func (f *Future[T]) SetResult(v T) error {
	if f.owner != nil {
		return f.invalid("SetResult")
	}
	f.mu.Lock()
	if f.state() != Pending {
		f.mu.Unlock()
		return f.invalid("SetResult")
	}
	f.value = v
	if f.ready == nil && f.links == nil && f.callbacks == nil {
		// Nobody to tell: commit, without its calls.
		f.word.Store(uint32(Succeeded))
		f.mu.Unlock()
		return nil
	}
	drain(f.commit(Succeeded))
	return nil
}

// SetException makes f fail with err. A nil err is a bug of the caller, and no waiter
// may hang because of it: f fails with [ErrNilException], and SetException returns
// that. If f is done or owned it returns an error that matches [ErrInvalidState] and f
// stays as it is.
//
// An err that matches [ErrCancelled] makes f failed, not cancelled; for that
// there is [Future.Cancel]. An error at which nobody looks is reported, see
// [SetExceptionHandler].
func (f *Future[T]) SetException(err error) error {
	var result error
	if err == nil {
		err, result = ErrNilException, ErrNilException
	}
	if f.owner != nil || !f.begin() {
		return f.invalid("SetException")
	}
	// Only now: a failure that reaches nobody would be reported.
	drain(f.commitFailure(Failed, newFailure(err, origin{})))
	return result
}

// SetOutcome settles f with what a call returned, as in
//
//	f.SetOutcome(os.ReadFile(name))
//
// It is [Future.SetResult] if err is nil, else [Future.SetException].
func (f *Future[T]) SetOutcome(v T, err error) error {
	if err != nil {
		return f.SetException(err)
	}
	return f.SetResult(v)
}

// Cancel asks for f to be cancelled. It never blocks, but for the functions given to
// [Map], which it may run. What it means depends on who settles f:
//
//   - A future made by [New] is cancelled at once.
//   - A task's context is cancelled with the cause. The task is done when its function
//     has returned; how it returned decides the state. If its function was not entered
//     yet it never is, and the task is cancelled at once.
//   - The future of [RunInExecutor] is cancelled at once, its call's context too.
//   - The future of [Gather], [GatherSettled], [Race] or [Any] cancels its inputs.
//   - Any other derived future is cancelled at once; its source notices nothing.
//
// Cancel reports whether this call cancelled f or, for a task and for a
// combinator with unfinished inputs, passed the request on. False means that f
// was done, or that its outcome was already decided. The first cause stays; nil
// is a fine cause.
func (f *Future[T]) Cancel(cause error) bool {
	if f.owner != nil {
		return f.owner.cancel(cause)
	}
	return f.cancelNow(cause)
}

// settle ends an owned future with what a function returned.
func (f *Future[T]) settle(v T, err error) *link {
	if err != nil {
		return f.fail(newFailure(err, origin{}))
	}
	if !f.begin() {
		return nil
	}
	f.value = v
	return f.commit(Succeeded)
}

// copyFrom ends an owned future as src did, which is done.
func (f *Future[T]) copyFrom(src *Future[T]) *link {
	if src.state() != Succeeded {
		return f.copyFailure(&src.core)
	}
	return f.settle(src.value, nil)
}

// Done reports whether f is succeeded, failed or cancelled.
func (f *Future[T]) Done() bool { return f.state() != Pending }

// Cancelled reports whether f was cancelled. A failure with an error that
// matches [ErrCancelled] is a failure.
func (f *Future[T]) Cancelled() bool { return f.state() == Cancelled }

// State returns the state of f.
func (f *Future[T]) State() State { return f.state() }

// Result returns the value or the error of f. It never blocks: on a pending
// future it returns an error that matches [ErrInvalidState]. On a cancelled one
// it returns a [*CancelledError], on a failed one the very error f failed with.
func (f *Future[T]) Result() (T, error) {
	s := f.state()
	if s == Succeeded {
		return f.value, nil
	}
	var zero T
	return zero, f.exception("Result", s)
}

// Exception returns the error of f, nil if f has succeeded. It never blocks and
// returns the same errors as [Future.Result].
func (f *Future[T]) Exception() error {
	s := f.state()
	if s == Succeeded {
		return nil
	}
	return f.exception("Exception", s)
}

// Await blocks until f is done or ctx is, and returns the outcome of f as
// [Future.Result] does. If both hold, the outcome wins, so a done future gives its
// outcome even under a ctx that has ended.
//
// If ctx ends first, Await returns an error that matches ctx.Err() and
// [context.Cause] of ctx, and never [ErrCancelled]: that one says that f was
// cancelled. The end of ctx does not touch f; to cancel f with it, use [WaitFor].
//
// A task that awaits itself gets [ErrSelfAwait]. A task that waits lends its
// place under [WithLimit], and its worker in a [Pool], to others; in a
// thread-locked pool it may get [ErrDeadlock]. A nil ctx panics.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	need(ctx != nil, "Await", nilContext)
	switch f.state() {
	case Succeeded:
		return f.value, nil // without a call of Result: BenchmarkDone is faster by a quarter
	case Pending:
		if err := f.wait(ctx); err != nil {
			var zero T
			return zero, err
		}
	default:
	}
	return f.Result()
}

// Ready returns a channel that is closed when f is done, for use in a select
// statement. The channel is made on demand and belongs to the synctest bubble of
// the goroutine that first asks for it.
func (f *Future[T]) Ready() <-chan struct{} { return f.readyChan() }

// Name returns the name of a task, given by [WithName] or made up ("Task-1",
// "Task-2", …) when it is first asked for; "" for other futures.
func (f *Future[T]) Name() string {
	if f.owner == nil {
		return ""
	}
	t := f.owner.asTask()
	if t == nil {
		return ""
	}
	return t.name()
}

// String returns the type and the state, as in "Future[int](pending)". It does
// not format the value.
func (f *Future[T]) String() string {
	return "Future[" + reflect.TypeFor[T]().String() + "](" + f.state().String() + ")"
}

// LogValue returns the type, the state and the name of f as a group. It does not
// format the value or the error.
func (f *Future[T]) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("type", reflect.TypeFor[T]().String()),
		slog.String("state", f.state().String()),
	}
	if name := f.Name(); name != "" {
		attrs = append(attrs, slog.String("name", name))
	}
	return slog.GroupValue(attrs...)
}
