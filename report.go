package future

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"runtime"
	"sync/atomic"
)

// A Report tells of something that went wrong and that no caller was told of:
// a failed future whose error nobody looked at, a panic in a callback, a task
// that would not stop.
//
//nolint:containedctx // a report is about a context
type Report struct {
	Message string          // what happened
	Err     error           // the error, if there is one
	Task    string          // the name of the task concerned, "" if there is none
	Context context.Context // the context the task was started under; never nil
	Stack   []byte          // of a panic
}

// handler is the process-wide exception handler, nil for the default.
var handler atomic.Pointer[func(Report)] //nolint:gochecknoglobals // set by SetExceptionHandler

// SetExceptionHandler makes h receive the reports of everything that runs outside
// of a [Run] with a handler of its own; see [WithExceptionHandler]. A nil h
// restores the default, which logs to [slog.Default] at level Error. It comes
// from asyncio's set_exception_handler.
//
// A failed future is reported when its error was not looked at by the time its
// scope ends or, outside of every scope, by the time it is garbage collected.
// [Future.Result], [Future.Exception] and a [Future.Await] that delivered the
// outcome count as looking, and so does a combinator that handed the error on. Not
// reported is a combinator that fails because its tasks have ended with the context they
// were started under: whoever ended that knows. A failure to which its own error or
// context leads back is never collected: then only the end of its scope reports it.
//
// h is called on a goroutine of its own, by several at a time; whatever reports
// waits for it. If h panics or calls [runtime.Goexit], the report goes to the
// default as well.
//
// SetExceptionHandler may be called by multiple goroutines simultaneously.
func SetExceptionHandler(h func(Report)) {
	if h == nil {
		handler.Store(nil)
		return
	}
	handler.Store(&h)
}

// report hands r to h, or to the process-wide handler if h is nil, and waits for
// it. A user's function runs here, so it gets a goroutine that it may end.
func report(h func(Report), r Report) {
	if r.Context == nil {
		r.Context = context.Background()
	}
	if p, ok := r.Err.(*PanicError); ok && p != nil { //nolint:errorlint // a wrapped one is somebody else's
		r.Stack = p.Stack
	}
	if h == nil {
		if p := handler.Load(); p != nil {
			h = *p
		}
	}
	if h == nil {
		h = logReport
	}
	if !survives(func() { h(r) }) && !survives(func() { logReport(r) }) {
		fmt.Fprintf(os.Stderr, "future: the exception handlers failed: %s\n", r.Message)
	}
}

// report reports what went wrong beside the task, which may be nil.
func (t *taskContext) report(message string, err error) {
	r := Report{Message: message, Err: err}
	var h func(Report)
	if t != nil {
		o := t.origin()
		r.Task, r.Context = o.task(), o.ctx
		if o.scope != nil {
			h = o.scope.handler
		}
	}
	report(h, r)
}

// survives runs f on a goroutine of its own and reports whether it returned.
func survives(f func()) bool {
	returned := make(chan bool, 1)
	go func() {
		ok := false
		defer func() {
			_ = recover() // the caller goes on with the next handler
			returned <- ok
		}()
		f()
		ok = true
	}()
	return <-returned
}

func logReport(r Report) {
	attrs := []slog.Attr{}
	if r.Task != "" {
		attrs = append(attrs, slog.String("task", r.Task))
	}
	if r.Err != nil {
		attrs = append(attrs, slog.Any("error", r.Err))
	}
	if r.Stack != nil {
		attrs = append(attrs, slog.String("stack", string(r.Stack)))
	}
	slog.LogAttrs(r.Context, slog.LevelError, r.Message, attrs...)
}

// An origin says where a failure comes from, for its report.
type origin struct {
	scope  *scope
	ctx    context.Context //nolint:containedctx // the context the task was started under
	name   string
	number uint32 // of an automatic name
	silent bool   // somebody else has been told: the group of the task
}

func (o *origin) task() string {
	if o.name == "" && o.number != 0 {
		return autoName(o.number)
	}
	return o.name
}

// A failure is the error of a future that has failed or was cancelled. Only the
// future refers to it: when it is collected, so is the future.
type failure struct {
	err    error
	unread *unread // nil if nobody has to look
}

// An unread is a failure that will be reported if nobody looks at it.
type unread struct {
	origin
	err  error
	seen atomic.Bool
	list node[*unread] // in the scope; guarded by the scope's mutex
	gone runtime.Cleanup
}

// newFailure returns the failure of a future with err.
func newFailure(err error, o origin) *failure {
	f := &failure{err: err}
	if o.silent {
		return f
	}
	u := &unread{origin: o, err: err}
	u.list.value = u
	f.unread = u
	u.gone = runtime.AddCleanup(f, (*unread).collected, u)
	if o.scope != nil {
		o.scope.addUnread(u)
	}
	return f
}

// look returns the error and remembers that somebody has seen it.
func (f *failure) look() error {
	if u := f.unread; u != nil {
		u.take()
	}
	return f.err
}

// pass returns a failure for a future that hands f's error on. From now on it is
// that one which has to be looked at.
func (f *failure) pass() *failure {
	u := f.unread
	if u == nil {
		return &failure{err: f.err}
	}
	next := newFailure(f.err, u.origin)
	_ = f.look()
	return next
}

// take is settle for those who have the failure. The cleanup is not needed any more: it
// would keep the error and the context, which may lead to the failure and so keep that.
func (u *unread) take() bool {
	if !u.settle() {
		return false
	}
	u.gone.Stop()
	return true
}

// settle reports whether this call is the first to deal with the failure.
func (u *unread) settle() bool {
	if u.seen.Load() || !u.seen.CompareAndSwap(false, true) {
		return false
	}
	if u.scope != nil {
		u.scope.removeUnread(u)
	}
	return true
}

// collected runs when the future is gone. It is called from the goroutine of
// the runtime's cleanups, which must not wait for a handler.
func (u *unread) collected() {
	if u.settle() {
		go u.report()
	}
}

func (u *unread) report() {
	r := Report{
		Message: "future: the error of a failed future was never looked at",
		Err:     u.err,
		Task:    u.task(),
		Context: u.ctx,
	}
	var h func(Report)
	if u.scope != nil {
		h = u.scope.handler
	}
	report(h, r)
}
