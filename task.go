package future

import (
	"context"
	"iter"
	"runtime/trace"
	"sync"
)

// A TaskOption is an option of [Go] and [RunInExecutor].
type TaskOption func(*taskOptions)

type taskOptions struct{ name string }

// WithName names a task. The name is what [Future.Name] returns, it shows in
// reports and in the execution trace, and it labels the profile of the task's
// goroutine with the key "task". A job that its executor runs on the goroutine of the
// caller leaves that without labels.
func WithName(name string) TaskOption { return func(o *taskOptions) { o.name = name } }

// Go runs fn on a goroutine of its own and returns the future of its result: a
// task. It does not wait for fn to be entered.
//
// fn gets a context derived from ctx, which ends when ctx does, by
// [Future.Cancel] with the cause given there, and when fn returns: what fn has
// started with it and not awaited is cancelled then. For work that goes on, use the
// context of the group or of the Run, or [Detach]. How fn ends decides:
//
//   - With a nil error the task succeeds, also after a request to cancel.
//   - While its context is done, an error that matches [ErrCancelled] or the
//     context's error or cause makes it cancelled, with a [*CancelledError] that
//     matches the cause and the error returned.
//   - Any other error makes it fail, somebody else's [context.Canceled] too.
//   - A panic makes it fail with a [*PanicError], [runtime.Goexit] with
//     [ErrGoexit]. Neither leaves the task pending or ends the process.
//
// A task whose ctx has ended before fn is entered is cancelled and fn is not
// called. The task belongs to the scope of ctx, see [Run] and [TaskGroup]; in a
// scope that has ended the future fails with [ErrScopeClosed] and fn is not
// called. Outside of a scope it is on its own.
//
// The context of a task costs nothing until it is used. Go does not block and is
// safe for concurrent use. A nil ctx or fn panics. It is asyncio's create_task.
func Go[T any](ctx context.Context, fn func(context.Context) (T, error), opts ...TaskOption) *Future[T] {
	need(ctx != nil, "Go", nilContext)
	need(fn != nil, "Go", nilFunction)
	if len(opts) == 0 && scopeOf(ctx) == nil && !trace.IsEnabled() {
		t := &plainTask[T]{}
		t.init(t, ctx)
		if ctx.Err() != nil {
			t.abandon(context.Cause(ctx))
		} else {
			go t.runFunc(fn)
		}
		return &t.Future
	}
	t := &scopedTask[T]{fn: fn}
	if t.open(ctx, t, &t.more, opts) {
		t.more.start()
	}
	return &t.Future
}

// CurrentTask returns the task whose context ctx is or comes from, nil if there is
// none. The body of a [Run] or a [TaskGroup] is no task: there it is the task that
// called them. It never blocks. A nil ctx panics. asyncio calls it current_task.
func CurrentTask(ctx context.Context) Awaitable {
	need(ctx != nil, "CurrentTask", nilContext)
	t := taskOf(ctx)
	if t == nil {
		return nil
	}
	return t.runner().awaitable()
}

// AllTasks returns an iterator over the tasks of ctx's scope that are not done, in
// the order in which they were started: a snapshot, made when the iteration
// begins. Without a scope there are none. A nil ctx panics. asyncio calls it
// all_tasks.
func AllTasks(ctx context.Context) iter.Seq[Awaitable] {
	need(ctx != nil, "AllTasks", nilContext)
	return func(yield func(Awaitable) bool) {
		s := scopeOf(ctx)
		if s == nil {
			return
		}
		for _, t := range s.snapshot() {
			if !yield(t.runner().awaitable()) {
				return
			}
		}
	}
}

// A task is the future of a function that runs behind it.
type task[T any] struct {
	Future[T]
	ctx taskContext
}

// A plainTask is what Go makes where nothing more is needed: with the closure of the
// go statement, which holds the function, the only allocation. It is small for that.
type plainTask[T any] struct {
	task[T]
	parked sync.WaitGroup
}

// A scopedTask is a task that belongs to a scope, has a name, or is traced.
type scopedTask[T any] struct {
	plainTask[T]
	fn   func(context.Context) (T, error) // nil once the gate is passed
	more membership
}

// A runner is the behaviour of a task.
type runner interface {
	behaviour
	run()
	// abandon cancels the task if its function was not entered.
	abandon(cause error) bool
	// abort is what a scope does to its tasks that is more than to cancel their
	// context.
	abort(cause error)
	awaitable() Awaitable
	// lender returns what the task holds a place in, or nil.
	lender() lender
}

func (t *task[T]) init(self runner, ctx context.Context) {
	t.ctx.own.behaviour = self
	t.ctx.parent = ctx
	t.owner = &t.ctx.own
}

// open prepares the task of self, which contains t and more, and enters it into its
// scope; false means that it has been settled instead.
func (t *task[T]) open(ctx context.Context, self runner, more *membership, opts []TaskOption) bool {
	t.init(self, ctx)
	t.ctx.more = more
	more.open(ctx, &t.ctx, opts)
	if s := scopeOf(ctx); s != nil {
		var refusal error
		if more.refused, refusal = s.admit(more); refusal != nil {
			more.refuser = s
			if t.drop() {
				t.refuse(refusal, Failed)
			}
			return false
		}
	}
	if ctx.Err() != nil {
		self.abandon(context.Cause(ctx))
		return false
	}
	return true
}

func (t *scopedTask[T]) run() {
	if t.admitted() {
		fn := t.fn
		t.fn = nil
		t.call(fn)
	}
}

func (t *plainTask[T]) runFunc(fn func(context.Context) (T, error)) {
	if t.admitted() {
		t.call(fn)
	}
}

// run is what only those do not need that Go starts at once.
func (*plainTask[T]) run() { panic("future: bug: a plain task has its function elsewhere") }

// admitted reports whether the function may be entered, now and once. If the context
// has ended it may not, and the task is cancelled.
func (t *task[T]) admitted() bool {
	if t.ctx.parent.Err() != nil {
		t.ctx.runner().abandon(context.Cause(t.ctx.parent))
		return false
	}
	return t.enter()
}

// call calls the function, which passed the gate, and ends the task.
func (t *task[T]) call(fn func(context.Context) (T, error)) {
	var (
		v        T
		err      error
		state    = Failed
		returned bool
	)
	defer func() {
		// Capturing a panic delays it until somebody looks, which is why errgroup
		// refuses to (golang/go#53757, #74275, #74304, #74306). A future has an
		// owner who looks: it keeps the value and the stack of the panic, cancels
		// the siblings at once, and what nobody looks at is reported.
		if !returned {
			err = exitError(recover())
		}
		drain(t.finish(v, err, state))
	}()
	ctx := &t.ctx
	if ctx.more != nil {
		defer ctx.more.annotate()()
	}
	v, err = fn(ctx)
	if err == nil {
		state = Succeeded
	} else if answer := answersCancel(ctx, ctx.parent, err); answer != nil {
		err, state = answer, Cancelled
	}
	returned = true
}

// finish ends the context of the task and settles it, in this order, as its function
// has ended.
func (t *task[T]) finish(v T, err error, s State) *link {
	bits := ended
	if t.ctx.parent.Err() != nil {
		bits |= endedDead
	}
	if s == Succeeded && t.ctx.more == nil && t.ctx.real.Load() == nil {
		t.value = v
		if t.commitUnwatched(bits | uint32(Succeeded)) {
			t.ctx.close() // somebody may have come to need it
			return nil
		}
	}
	t.word.Or(bits)
	t.ctx.close()
	links, _ := t.conclude(v, err, s)
	return links
}

// answersCancel returns the error of a future that is cancelled because err says that ctx
// has ended; nil if err says something else. ctx ends a moment after its parent, when its
// function may have returned already.
func answersCancel(ctx, parent context.Context, err error) error {
	ended := ctx.Err()
	if ended == nil {
		ctx, ended = parent, parent.Err()
	}
	if ended == nil {
		return nil
	}
	cause := context.Cause(ctx)
	if !matches(err, ErrCancelled) && !matches(err, ended) && !matches(err, cause) {
		return nil
	}
	return newCancelled(cause, err)
}

// conclude settles the task if it is pending. Its scope hears of a failure before
// anybody who waits for the task can, begins to abort before the task's links are
// fired, and stops counting the task after that.
func (t *task[T]) conclude(v T, err error, s State) (links *link, ok bool) {
	if !t.begin() {
		return nil, false
	}
	more := t.ctx.more
	if more == nil {
		return t.store(v, err, s), true
	}
	if s == Failed && more.scope != nil && more.scope.note(err, t.ctx.origin()) {
		push(&links, &link{value: more.scope})
	}
	splice(&links, t.store(v, err, s))
	push(&links, &more.last)
	return links, true
}

// refuse ends a task without a value.
func (t *task[T]) refuse(err error, s State) bool {
	var zero T
	links, ok := t.conclude(zero, err, s)
	drain(links)
	return ok
}

// store commits the outcome.
func (t *task[T]) store(v T, err error, s State) *link {
	switch s {
	case Succeeded:
		t.value = v
		return t.commit(s)
	case Failed:
		return t.commitFailure(s, newFailure(err, t.ctx.origin()))
	default:
		return t.commitFailure(s, &failure{err: err})
	}
}

func (t *task[T]) cancel(cause error) bool {
	if t.ctx.runner().abandon(cause) {
		return true
	}
	if t.state() != Pending {
		return false
	}
	t.ctx.cancel(cause)
	return true
}

func (t *task[T]) abandon(cause error) bool {
	return t.drop() && t.refuse(newCancelled(cause, nil), Cancelled)
}

func (t *scopedTask[T]) abandon(cause error) bool {
	if !t.task.abandon(cause) {
		return false
	}
	t.fn = nil
	return true
}

func (t *task[T]) abort(cause error)    { t.ctx.runner().abandon(cause) }
func (t *task[T]) asTask() *taskContext { return &t.ctx }
func (t *task[T]) awaitable() Awaitable { return &t.Future }

func (t *task[T]) waiters() *sync.WaitGroup      { return nil }
func (t *plainTask[T]) waiters() *sync.WaitGroup { return &t.parked }

func (t *task[T]) sources(yield func(*core) bool) (first bool) {
	waits := t.ctx.waiting()
	for _, w := range waits {
		if w.over() {
			return true // it is about to go on
		}
	}
	for _, w := range waits {
		if !yield(w.on) {
			break
		}
	}
	return true
}

func (t *taskContext) origin() origin {
	m := t.more
	if m == nil {
		return origin{ctx: t.parent, number: t.number()}
	}
	o := origin{scope: m.scope, ctx: m.started, name: m.name}
	if o.name == "" {
		o.number = t.number()
	}
	if m.refuser != nil {
		o.scope = m.refuser
	}
	o.silent = m.refused || m.scope != nil && m.scope.group
	return o
}
