package future

import (
	"context"
	"time"
)

// A GroupOption is an option of [TaskGroup].
type GroupOption func(*groupOptions)

type groupOptions struct {
	limit      int
	supervised bool
}

// WithLimit lets at most n tasks of the group run at a time. [Go] does not block;
// the tasks beyond the limit start in the order in which they were given, as others
// end. The limit counts Go, [Then] and [Catch], not jobs of executors. A task that
// waits for a future lends its place, so that it can wait for tasks of the same
// group. An n below 1 panics.
func WithLimit(n int) GroupOption {
	need(n >= 1, "WithLimit", "the limit must be at least 1")
	return func(o *groupOptions) { o.limit = n }
}

// WithSupervision makes the failure of a task, or of the body, cancel nobody. All
// failures are still returned at the end.
func WithSupervision() GroupOption { return func(o *groupOptions) { o.supervised = true } }

// A Group is the scope of a [TaskGroup] and its context: pass it to [Go]. All
// methods are safe for concurrent use.
type Group struct{ scope scope }

// Deadline is part of [context.Context].
func (g *Group) Deadline() (time.Time, bool) { return g.scope.Deadline() }

// Done is part of [context.Context]. The channel is closed when the group aborts,
// when it has ended, and when the context given to [TaskGroup] is done.
func (g *Group) Done() <-chan struct{} { return g.scope.Done() }

// Err is part of [context.Context].
func (g *Group) Err() error { return g.scope.Err() }

// Value is part of [context.Context].
func (g *Group) Value(key any) any { return g.scope.Value(key) }

// String names the context in the text of those derived from it.
func (g *Group) String() string { return "future.TaskGroup" }

// Cancel ends the group early and without an error: it cancels the tasks and the
// group's context with the cause, and from now on [Go] refuses. It does not block;
// [TaskGroup] still waits for all. A failure that comes all the same is returned.
// Cancel does nothing in a group that aborts already or has ended. asyncio has it
// since Python 3.15.
func (g *Group) Cancel(cause error) {
	if cause == nil {
		cause = context.Canceled
	}
	if g.scope.begin(cause) {
		g.scope.abort()
	}
}

// TaskGroup calls body with a group and returns when body has returned and every
// task of the group is done, including those that tasks have added with g. body runs
// on the caller's goroutine. It is asyncio's TaskGroup.
//
// A task adds others with g. Those it starts with its own context, and does not await,
// are cancelled when its function returns, as that context ends then; see [Go].
//
// The first failure, of a task or of body, cancels the other tasks and the group's
// context, with that error as the cause. TaskGroup waits for all of them and for
// their callbacks, and returns a [*GroupError] with every failure in the order of
// arrival, also if there is only one. Tasks that were cancelled add nothing to it,
// and an error that matches the first failure counts as its echo. Without a failure
// TaskGroup returns nil or, if ctx has ended, an error that matches ctx.Err() and
// the cause of ctx.
//
// After the group has ended, and from the moment it aborts, [Go] gives a future that
// fails with [ErrScopeClosed] and does not call its function; in a group that aborts
// the error also matches the cause.
//
// If body panics or calls [runtime.Goexit], TaskGroup cancels the tasks, waits for
// them, reports their failures and goes on with the panic. A panic in a task is a
// failure of the task. A nil ctx or body panics. TaskGroup is safe for concurrent
// use.
func TaskGroup(ctx context.Context, body func(*Group) error, opts ...GroupOption) error {
	need(ctx != nil, "TaskGroup", nilContext)
	need(body != nil, "TaskGroup", nilFunction)
	var o groupOptions
	for _, opt := range opts {
		opt(&o)
	}
	g := new(Group)
	s := &g.scope
	s.group, s.places.size, s.supervised = true, o.limit, o.supervised
	s.open(ctx)
	returned := false
	defer func() {
		if !returned {
			defer s.reportFailures(ctx) // also when a function given to Map ends this goroutine
			s.begin(ErrScopeClosed)
			s.abort()
		}
	}()
	err := body(g)
	if err != nil && answersCancel(g, ctx, err) == nil && s.note(err, origin{ctx: ctx}) {
		s.abort()
	}
	returned = true
	s.join(ctx, nil)
	s.close()
	s.reportUnread()
	return s.result(ctx)
}

// reportFailures ends a group whose body did not return.
func (s *scope) reportFailures(ctx context.Context) {
	s.join(ctx, nil)
	s.close()
	s.reportUnread()
	for _, f := range s.failures {
		report(s.handler, Report{
			Message: "future: a task failed in a group whose body did not return",
			Err:     f.err,
			Task:    f.origin.task(),
			Context: f.origin.ctx,
		})
	}
}

// result returns what a group that has ended comes to.
func (s *scope) result(ctx context.Context) error {
	failures := s.failures
	s.failures = nil // whoever keeps the group does not keep them
	if len(failures) > 0 {
		first := failures[0].err
		errs := []error{first}
		for _, f := range failures[1:] {
			if s.supervised || !matches(f.err, first) {
				errs = append(errs, f.err)
			}
		}
		return &GroupError{errs}
	}
	if ctx.Err() != nil {
		return newContextError(ctx)
	}
	return nil
}
