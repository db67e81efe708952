package future

import (
	"context"
	"time"
)

// A RunOption is an option of [Run].
type RunOption func(*runOptions)

type runOptions struct {
	handler  func(Report)
	executor Executor
	timeout  time.Duration
	bounded  bool
}

// WithExceptionHandler makes h receive the reports of what runs in the scope and in the
// scopes nested in it, instead of the handler given to [SetExceptionHandler]. A nil h
// changes nothing.
func WithExceptionHandler(h func(Report)) RunOption {
	return func(o *runOptions) { o.handler = h }
}

// WithDefaultExecutor makes ex the executor that [RunInExecutor] uses in the scope
// when it is given none; a nested Run has its own. It stays the caller's to shut down, and
// Run does not wait for the calls that run on it once their futures are cancelled. A nil
// ex changes nothing.
// asyncio calls it set_default_executor.
func WithDefaultExecutor(ex Executor) RunOption {
	return func(o *runOptions) { o.executor = ex }
}

// WithShutdownTimeout bounds how long [Run] waits, after its main function has
// returned, for what it has cancelled. The tasks, and the calls on the default
// executor, that still run when the time is up are reported by name and left behind.
// With a d of zero or less Run does not wait: what still runs is reported. Without this
// option Run waits for as long as it takes.
func WithShutdownTimeout(d time.Duration) RunOption {
	return func(o *runOptions) { o.timeout, o.bounded = d, true }
}

// Run calls main and returns what it returns: the scope of a program or of a
// request, as asyncio.run is. main runs on the caller's goroutine; the context it
// gets is that of the scope, and every task started with it, or with a context
// that comes from it, belongs to the scope.
//
// When main has returned, Run cancels the tasks that are left with the cause
// [ErrScopeClosed], waits for them and for the callbacks of its tasks, shuts down
// the default executor that it has made and waits for the calls that run there,
// and reports the failures that nobody looked at. It waits without limit unless
// there is a [WithShutdownTimeout]. It does so as well when main panics or calls
// [runtime.Goexit], and then goes on with that.
//
// The end of ctx cancels the scope's context, and so its tasks; Run still returns
// only after main has. A nested Run is a nested scope: its tasks are its own.
// Run sets nothing global. It is safe for concurrent use. A nil ctx or main
// panics.
func Run[T any](ctx context.Context, main func(context.Context) (T, error), opts ...RunOption) (T, error) {
	need(ctx != nil, "Run", nilContext)
	need(main != nil, "Run", nilFunction)
	var o runOptions
	for _, opt := range opts {
		opt(&o)
	}
	s := &scope{executor: o.executor, handler: o.handler}
	s.open(ctx)
	s.root = s
	defer s.shutdown(ctx, o)
	return main(s)
}

// shutdown ends the scope of a Run.
func (s *scope) shutdown(ctx context.Context, o runOptions) {
	defer s.finish(ctx, o) // also when a function given to Map ends this goroutine
	s.begin(ErrScopeClosed)
	s.abort()
}

func (s *scope) finish(ctx context.Context, o runOptions) {
	bound, waiting := context.WithoutCancel(ctx), ctx
	if o.bounded {
		var cancel context.CancelFunc
		bound, cancel = context.WithTimeout(bound, o.timeout)
		defer cancel()
		waiting = bound // for a lent place too
	}
	if !s.join(waiting, bound.Done()) {
		s.reportRunning("task", s.snapshot())
	}
	s.mu.Lock()
	made := s.made // others may still ask for it; their jobs are refused
	s.mu.Unlock()
	if made != nil && made.Shutdown(bound) != nil {
		s.reportRunning("call of the default executor", made.calls())
	}
	s.close()
	s.reportUnread()
}

// reportRunning reports what the shutdown leaves behind.
func (s *scope) reportRunning(what string, tasks []*taskContext) {
	for _, t := range tasks {
		report(s.handler, Report{
			Message: "future: a " + what + " did not stop within the shutdown timeout",
			Task:    t.name(),
			Context: t.origin().ctx,
		})
	}
}
