package future

import (
	"context"
	"runtime"
	"runtime/trace"
	"sync/atomic"
)

// A Job is one call handed to an [Executor]. Its methods are safe for concurrent
// use. Only this package makes jobs; an executor may wrap one by embedding it.
type Job interface {
	// Run makes the call and settles its future. It returns when the call does. A
	// panic in the call does not reach the executor; [runtime.Goexit] ends the
	// goroutine of Run after the future has settled. A job that was run, dropped or
	// cancelled before is not run again.
	Run()
	// Drop settles the future of a job that will not be run with err, or with
	// [ErrRejected] if err is nil. If the call was entered Drop does nothing.
	Drop(err error)
	// Context returns the context of the call.
	Context() context.Context

	base() *core
	head() *jobHead
	asTask() *taskContext
}

// An Executor decides where and when jobs run. Execute runs the job once, now or
// later, on any goroutine, or drops it, or returns an error: then the job's future
// fails with that error. An executor that does none of the three leaves the future
// pending. Execute may be called by several goroutines simultaneously, by jobs of the
// same executor too. It should not panic; if it does the future fails with a
// [*PanicError].
//
// Package futuretest checks executors.
type Executor interface {
	Execute(job Job) error
}

// ExecutorFunc makes an [Executor] of the submit function of another pool:
//
//	ants:                 ExecutorFunc(pool.Submit)
//	gammazero/workerpool: ExecutorFunc(func(run func()) error { pool.Submit(run); return nil })
//	errgroup:             ExecutorFunc(func(run func()) error { g.Go(func() error { run(); return nil }); return nil })
//
// The function must call run once, or return an error. If it lets go of run without
// calling it, the future fails with an error that matches [ErrRejected] when the
// garbage collector finds that out; in a synctest bubble, where the collector may
// not wake a waiter, that is fatal if somebody waits.
type ExecutorFunc func(run func()) error

// Execute calls f with the job's Run.
func (f ExecutorFunc) Execute(job Job) error {
	h := &handle{job}
	runtime.AddCleanup(h, forgotten, job)
	return f(h.run)
}

// A handle is what the other pool has of a job. The job does not refer to it.
type handle struct{ job Job }

func (h *handle) run() {
	h.job.Run()
	runtime.KeepAlive(h) // a job that wraps another may take its time before it runs that
}

func forgotten(job Job) {
	// The goroutine of the cleanups must not run what hangs on the future.
	if job.base().word.Load()&(entered|dropped) == 0 {
		go job.Drop(errForgotten)
	}
}

var errForgotten error = &sentinel{text: "future: the executor forgot the job without running it", is: ErrRejected}

// RunInExecutor hands the call of fn to ex and returns the future of its result. If
// ex is nil it is the default executor of the scope of ctx, see
// [WithDefaultExecutor], or the process-wide one, a [Pool] of 256 workers. It is
// asyncio's run_in_executor and to_thread: the way to call what blocks and takes no
// context, and to bound how many such calls there are.
//
// The call gets a context as a task of [Go] does, and how it ends decides in the
// same way. Cancelling the future is different, since such a call may never look at
// its context: the future is cancelled at once. A job that waits in the queue is
// taken out and never runs. A call that runs has its context cancelled and runs on;
// its worker stays busy and its outcome is dropped. A job whose ctx has ended when
// its turn comes is cancelled and does not run.
//
// If ex refuses the job, the future fails with the error of ex: [ErrRejected],
// [ErrExecutorShutdown], [ErrDeadlock] or what it has of its own. In a scope that has ended the
// future fails with [ErrScopeClosed]. RunInExecutor blocks only where ex does: a
// full [Pool] with [Block] does until there is a place, ctx is done or the pool is
// shut down. It is safe for concurrent use. A nil ctx or fn panics.
func RunInExecutor[T any](ctx context.Context, ex Executor, fn func(context.Context) (T, error), opts ...TaskOption) *Future[T] {
	need(ctx != nil, "RunInExecutor", nilContext)
	need(fn != nil, "RunInExecutor", nilFunction)
	s := scopeOf(ctx)
	if ex == nil {
		ex = s.defaultExecutor()
	}
	if s == nil && len(opts) == 0 && !trace.IsEnabled() {
		j := &job[T]{}
		j.fn = fn
		j.init(j, ctx)
		if ctx.Err() != nil {
			j.abandon(context.Cause(ctx))
		} else {
			execute(ex, j)
		}
		return &j.Future
	}
	j := &scopedJob[T]{}
	j.fn = fn
	if j.open(ctx, j, &j.more, opts) {
		execute(ex, j)
	}
	return &j.Future
}

// execute hands j to ex, which is somebody else's code.
func execute(ex Executor, j Job) {
	returned := false
	defer func() {
		if returned {
			return
		}
		err := exitError(recover())
		if err == ErrGoexit && j.head().pool.Load() != nil { //nolint:errorlint // made by exitError
			return // a Pool has taken it: what ended this goroutine hung on another job
		}
		j.Drop(err)
		if err != ErrGoexit && j.base().word.Load()&entered != 0 { //nolint:errorlint // made by exitError
			// The future has the outcome of the call, and no room for this.
			j.asTask().report("future: an executor panicked", err)
		}
	}()
	if err := ex.Execute(j); err != nil {
		j.Drop(err)
	}
	returned = true
}

// Wrap0 returns a function that runs fn in ex, as [RunInExecutor] does; a nil ex is the
// default executor. That function blocks only where RunInExecutor does, is safe for
// concurrent use, and panics if its ctx is nil. A nil fn panics.
func Wrap0[R any](ex Executor, fn func() (R, error)) func(ctx context.Context) *Future[R] {
	need(fn != nil, "Wrap0", nilFunction)
	return func(ctx context.Context) *Future[R] {
		return RunInExecutor(ctx, ex, func(context.Context) (R, error) { return fn() })
	}
}

// Wrap is [Wrap0] for a function of one argument:
//
//	var ReadFile = future.Wrap(nil, os.ReadFile)
//
// It is asyncio's to_thread, with the arguments of the call checked by the compiler.
func Wrap[A, R any](ex Executor, fn func(A) (R, error)) func(ctx context.Context, a A) *Future[R] {
	need(fn != nil, "Wrap", nilFunction)
	return func(ctx context.Context, a A) *Future[R] {
		return RunInExecutor(ctx, ex, func(context.Context) (R, error) { return fn(a) })
	}
}

// Wrap2 is [Wrap0] for a function of two arguments.
func Wrap2[A, B, R any](ex Executor, fn func(A, B) (R, error)) func(ctx context.Context, a A, b B) *Future[R] {
	need(fn != nil, "Wrap2", nilFunction)
	return func(ctx context.Context, a A, b B) *Future[R] {
		return RunInExecutor(ctx, ex, func(context.Context) (R, error) { return fn(a, b) })
	}
}

// defaultPool serves calls outside of every Run. It has no goroutine while it has
// nothing to do. A blocked system call holds an OS thread, and Go ends a process
// that has 10,000 of them.
var defaultPool = NewPool(defaultWorkers) //nolint:gochecknoglobals // owns nothing while idle

const defaultWorkers = 256

// defaultExecutor returns the executor of the nearest Run, or the process-wide one.
func (s *scope) defaultExecutor() Executor {
	if s == nil || s.root == nil {
		return defaultPool
	}
	s = s.root
	if s.executor != nil {
		return s.executor
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.made == nil {
		s.made = NewPool(defaultWorkers)
	}
	return s.made
}

// A job is a task that somebody else runs. Its future does not wait for the call
// once it is cancelled.
type job[T any] struct {
	task[T]
	fn func(context.Context) (T, error)
	jobHead
}

type scopedJob[T any] struct {
	job[T]
	more membership
}

// A jobHead is what a Pool keeps of a job.
type jobHead struct {
	pool  atomic.Pointer[Pool] // that took the job; nil again if it has refused or dropped it
	at    atomic.Uint32        // nowhere, atDoor or onWorker
	slot  uint32               // in the queue; changes under its mutex
	place                      // its worker
}

// Where in its pool a job is, besides the queue.
const (
	nowhere  uint32 = iota
	atDoor          // its submitter waits for a place in the queue
	onWorker        // that is about to run it, runs it, or has; or in the stead of a job there
)

func (h *jobHead) head() *jobHead { return h }

// unclaim lets other pools have the job.
func (h *jobHead) unclaim() { h.pool.Store(nil) }

func (j *job[T]) Run()                     { j.run() }
func (j *job[T]) Context() context.Context { return &j.task.ctx }

func (j *job[T]) run() {
	if j.admitted() {
		fn := j.fn
		j.fn = nil
		j.call(fn)
	}
}

func (j *job[T]) Drop(err error) {
	if err == nil {
		err = ErrRejected
	}
	state := Failed
	if answer := answersCancel(&j.task.ctx, j.task.ctx.parent, err); answer != nil {
		err, state = answer, Cancelled
	}
	if j.drop() {
		j.leave(nil)
		j.refuse(err, state)
	}
}

// leave takes a job that was dropped out of its pool, and ends its context.
func (j *job[T]) leave(cause error) {
	j.fn = nil
	if cause != nil || j.task.ctx.parent.Err() != nil {
		j.task.ctx.cancel(cause)
	}
	j.word.Or(ended)
	j.task.ctx.close()
	if p := j.pool.Load(); p != nil {
		p.discard(&j.jobHead)
	}
}

func (j *job[T]) abandon(cause error) bool {
	if !j.drop() {
		return false
	}
	j.leave(cause)
	return j.refuse(newCancelled(cause, nil), Cancelled)
}

func (j *job[T]) cancel(cause error) bool {
	if j.abandon(cause) {
		return true
	}
	// In this order: a call that hears of its context must not come first.
	var zero T
	links, ok := j.conclude(zero, newCancelled(cause, nil), Cancelled)
	if ok {
		j.task.ctx.cancel(cause)
	}
	drain(links)
	return ok
}

func (j *job[T]) abort(cause error) { j.cancel(cause) }

func (j *job[T]) lender() lender {
	if p := j.pool.Load(); p != nil {
		return p
	}
	return nil
}
