package future

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// A taskContext is the context of a task. It answers from its parent until
// somebody needs more: then it makes a standard one, to which other contexts
// attach as they always do. A task that never asks leaves no trace in its parent.
type taskContext struct {
	own    owner
	parent context.Context //nolint:containedctx // this is a context
	real   atomic.Pointer[realContext]
	more   *membership // nil for most tasks outside of scopes
}

type realContext struct {
	context.Context //nolint:containedctx // this is a context

	cancel context.CancelCauseFunc

	mu    sync.Mutex
	waits *node[waiting] // what the task is blocked on, one for each goroutine; guarded by mu
}

type taskKey struct{}

// taskOf returns the task that ctx comes from, or nil.
func taskOf(ctx context.Context) *taskContext {
	if t, ok := ctx.(*taskContext); ok {
		return t
	}
	t, _ := ctx.Value(taskKey{}).(*taskContext)
	return t
}

// materialise returns the standard context, which it makes if need be.
func (t *taskContext) materialise() *realContext {
	if r := t.real.Load(); r != nil {
		return r
	}
	parent := t.parent
	if t.own.base().word.Load()&(ended|endedDead) == ended {
		parent = context.WithoutCancel(parent) // the task was first
	}
	ctx, cancel := context.WithCancelCause(parent)
	r := &realContext{Context: ctx, cancel: cancel}
	if !t.real.CompareAndSwap(nil, r) {
		cancel(nil)
		return t.real.Load()
	}
	// Either this sees that the function has returned, or close sees r.
	if t.own.base().word.Load()&ended != 0 {
		cancel(nil)
	}
	return r
}

// close cancels the context after ended was set.
func (t *taskContext) close() {
	if r := t.real.Load(); r != nil {
		r.cancel(nil)
	}
}

func (t *taskContext) cancel(cause error) { t.materialise().cancel(cause) }

// Deadline is part of [context.Context].
func (t *taskContext) Deadline() (time.Time, bool) { return t.parent.Deadline() }

// Done is part of [context.Context].
func (t *taskContext) Done() <-chan struct{} { return t.materialise().Done() }

// Err is part of [context.Context].
func (t *taskContext) Err() error {
	if r := t.real.Load(); r != nil {
		return r.Err()
	}
	if t.own.base().word.Load()&ended == 0 && t.parent.Err() == nil {
		return nil
	}
	// Who has seen that the context is done must not see another error or cause
	// later, whoever else ends it meanwhile. The standard context sees to that.
	return t.materialise().Err()
}

// Value is part of [context.Context].
func (t *taskContext) Value(key any) any {
	if key == (taskKey{}) {
		return t
	}
	if r := t.real.Load(); r != nil {
		return r.Value(key)
	}
	return t.parent.Value(key)
}

// String names the context in the text of those derived from it.
func (t *taskContext) String() string { return "future.Go" }

// runner returns the task whose context this is.
func (t *taskContext) runner() runner {
	r, _ := t.own.behaviour.(runner)
	return r
}

// scope returns the scope of the task, or nil.
func (t *taskContext) scope() *scope {
	if t.more == nil {
		return nil
	}
	return t.more.scope
}
