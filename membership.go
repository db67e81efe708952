package future

import (
	"context"
	"runtime/pprof"
	"runtime/trace"
	"sync/atomic"
)

// A membership is what a task has that belongs to a scope, is named, or is
// traced.
type membership struct {
	scope   *scope
	started context.Context //nolint:containedctx // as the caller gave it, for reports
	name    string
	trace   *trace.Task
	last    link                        // fires when all that hangs on the task has settled
	unwatch atomic.Pointer[func() bool] // stops waiting for the end of the context
	refuser *scope                      // that did not admit the task, for reports
	refused bool                        // by a group that aborts, whose error says why

	// Guarded by the scope's mutex.
	list   node[*taskContext] // in the scope's tasks
	queue  node[*taskContext] // in those that wait for a place
	placed bool               // has a place
	place  place
}

// open fills m in and derives the context that carries the name.
func (m *membership) open(ctx context.Context, t *taskContext, opts []TaskOption) {
	var o taskOptions
	for _, opt := range opts {
		opt(&o)
	}
	m.started, m.name = ctx, o.name
	m.list.value, m.queue.value, m.last.value = t, t, m
	if m.name != "" {
		t.parent = pprof.WithLabels(t.parent, pprof.Labels("task", m.name))
	}
	if trace.IsEnabled() {
		t.parent, m.trace = trace.NewTask(t.parent, t.name())
	}
}

// start runs the task as soon as its scope has a place for it.
func (m *membership) start() {
	if m.scope == nil || m.scope.place(m) {
		go m.list.value.runner().run()
	} else {
		m.watch()
	}
}

// watch cancels the task if its context ends before its function is entered. That of
// the scope need not be watched: the scope does.
func (m *membership) watch() {
	ctx, t := m.started, m.list.value
	if ctx.Done() == nil || m.scope != nil && m.scope.is(ctx) || m.unwatch.Load() != nil {
		return
	}
	stop := context.AfterFunc(ctx, func() { t.runner().abandon(context.Cause(ctx)) })
	m.unwatch.Store(&stop)
	if t.own.base().state() != Pending {
		stop() // it was settled before there was something to stop
	}
}

// annotate labels the goroutine that is about to call the function, and returns
// what takes the label off.
func (m *membership) annotate() func() {
	if m.name == "" && m.trace == nil {
		return func() {}
	}
	t := m.list.value
	if m.name != "" {
		pprof.SetGoroutineLabels(t.parent)
	}
	region := trace.StartRegion(t.parent, t.name())
	return func() {
		region.End()
		if m.name != "" {
			pprof.SetGoroutineLabels(context.Background())
		}
	}
}

// fire ends what open began.
func (m *membership) fire(*link) *link {
	if stop := m.unwatch.Load(); stop != nil {
		(*stop)()
	}
	if m.trace != nil {
		m.trace.End()
	}
	if m.scope != nil {
		m.scope.remove(m)
	}
	return nil
}
