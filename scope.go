package future

import (
	"context"
	"sync"
)

// Detach returns a context with the values of ctx that leaves the scope of ctx and
// its cancellation: a task started with it outlives them. It is
// [context.WithoutCancel] for scopes, for work such as cleaning up. A nil ctx
// panics.
func Detach(ctx context.Context) context.Context {
	need(ctx != nil, "Detach", nilContext)
	return unscoped{context.WithoutCancel(ctx)}
}

// An unscoped is a context without its scope.
type unscoped struct{ context.Context } //nolint:containedctx // this is a context

// Value is part of context.Context.
func (u unscoped) Value(key any) any {
	if key == (scopeKey{}) {
		return (*scope)(nil)
	}
	return u.Context.Value(key)
}

// A scope owns tasks: it is the machinery of Run and TaskGroup, and their context.
type scope struct {
	context.Context //nolint:containedctx // this is a context

	cancel     context.CancelCauseFunc
	unwatch    func() bool
	root       *scope // of the nearest Run, nil outside
	handler    func(Report)
	executor   Executor // the default, nil if the scope makes one itself
	group      bool
	supervised bool

	mu       sync.Mutex
	count    int // of what the scope waits for: tasks, dispatchers, its body
	tasks    *node[*taskContext]
	unread   *node[*unread]
	failures []noted
	aborting bool  // refuses tasks
	cause    error // of aborting
	ended    bool  // count has come to zero
	idle     chan struct{}
	made     *Pool // the default executor, if the scope has made it

	places  places              // under the limit; of size 0 if there is none
	waiting *node[*taskContext] // tasks that wait for one and were not entered
}

type scopeKey struct{}

// scopeOf returns the scope that ctx carries, or nil.
func scopeOf(ctx context.Context) *scope {
	s, _ := ctx.Value(scopeKey{}).(*scope)
	return s
}

// Value is part of context.Context.
func (s *scope) Value(key any) any {
	if key == (scopeKey{}) {
		return s
	}
	return s.Context.Value(key)
}

func (s *scope) String() string { return "future.Run" }

func (s *scope) open(ctx context.Context) {
	if outer := scopeOf(ctx); outer != nil {
		s.root = outer.root
		if s.handler == nil {
			s.handler = outer.handler
		}
	}
	s.count = 1
	s.Context, s.cancel = context.WithCancelCause(ctx)
	// A scope that aborts sees to its waiting tasks itself. This is for the end of
	// ctx, which aborts nothing: it cancels.
	s.unwatch = func() bool { return true }
	if ctx.Done() != nil {
		s.unwatch = context.AfterFunc(ctx, func() {
			<-s.Done()
			s.abortTasks()
		})
	}
}

// close releases what open took, after join.
func (s *scope) close() {
	s.unwatch()
	s.cancel(ErrScopeClosed)
}

// begin makes the scope refuse tasks from now on. It reports whether this call was
// the first; the caller then calls abort.
func (s *scope) begin(cause error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.beginLocked(cause)
}

func (s *scope) beginLocked(cause error) bool {
	if s.aborting || s.ended {
		return false
	}
	s.aborting, s.cause = true, cause
	return true
}

// A noted is a failure of a group, and where it comes from.
type noted struct {
	err    error
	origin origin
}

// note remembers a failure of a group. It reports whether the caller shall abort.
func (s *scope) note(err error, o origin) bool {
	if !s.group {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, noted{err, o})
	return !s.supervised && s.beginLocked(err)
}

// abort cancels the scope's context and its tasks.
func (s *scope) abort() {
	s.cancel(s.cause)
	s.abortTasks()
}

// fire is abort for the task whose failure begins it.
func (s *scope) fire(*link) *link {
	s.abort()
	return nil
}

// abortTasks cancels the tasks of a scope whose context has ended, with the same cause.
func (s *scope) abortTasks() {
	cause := context.Cause(s.Context)
	all(s.snapshot(), func(t **taskContext) { (*t).runner().abort(cause) })
}

// snapshot returns the tasks that are not done. A task leaves the scope only a moment
// after it is done, when those who waited for it may have gone on.
func (s *scope) snapshot() []*taskContext {
	s.mu.Lock()
	defer s.mu.Unlock()
	var tasks []*taskContext
	for n := range each(s.tasks) {
		if n.value.own.base().state() == Pending {
			tasks = append(tasks, n.value)
		}
	}
	return tasks
}

// admit makes m a member, or says why not. Told is whether the one who opened the scope
// will hear of the reason.
func (s *scope) admit(m *membership) (told bool, refusal error) {
	s.mu.Lock()
	if !s.aborting && !s.ended {
		defer s.mu.Unlock()
		m.scope = s
		s.count++
		push(&s.tasks, &m.list)
		return false, nil
	}
	aborting, cause := s.aborting, s.cause
	told = s.group && !s.ended
	s.mu.Unlock()
	if aborting {
		// Who begins to abort may not have come to this yet. A task that returns the
		// refusal counts as cancelled only if its context has ended.
		s.cancel(cause)
	}
	if c := context.Cause(s.Context); c != nil {
		cause = c // it had ended before
	}
	return told, &closedError{cause}
}

// is reports whether ctx is the scope's own context.
func (s *scope) is(ctx context.Context) bool {
	if g, ok := ctx.(*Group); ok {
		return &g.scope == s
	}
	return ctx == context.Context(s)
}

// remove is the end of a member.
func (s *scope) remove(m *membership) {
	s.mu.Lock()
	defer s.mu.Unlock()
	remove(&s.tasks, &m.list)
	if m.queue.linked() {
		remove(&s.waiting, &m.queue)
	}
	if m.placed {
		m.placed = false
		s.places.leave(&m.place)
		s.grant()
	}
	s.leaveLocked()
}

// enter makes the scope wait for something that is no task; false means that it
// has ended.
func (s *scope) enter() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return false
	}
	s.count++
	return true
}

func (s *scope) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.leaveLocked()
}

func (s *scope) leaveLocked() {
	s.count--
	if s.count > 0 {
		return
	}
	s.ended = true
	if s.idle != nil {
		close(s.idle)
	}
}

// join is called once, when the body has returned. It blocks until nothing is left
// to wait for, or expired delivers: then it returns false.
func (s *scope) join(ctx context.Context, expired <-chan struct{}) bool {
	s.mu.Lock()
	s.idle = make(chan struct{})
	s.leaveLocked()
	s.mu.Unlock()
	wait := func(deadlock <-chan struct{}) error {
		for {
			select {
			case <-s.idle:
				return nil
			case <-expired:
				return errExpired
			case <-deadlock:
				// This wait has to go on. What ends is that of the tasks.
				deadlock = nil
				if s.note(ErrDeadlock, origin{ctx: ctx}) || s.begin(ErrDeadlock) {
					go s.abort() // a function given to Map must not end this wait
				}
			}
		}
	}
	if t := taskOf(ctx); t != nil {
		j := &joining{scope: s}
		j.own.behaviour = j
		j.self.owner = &j.own
		return t.lending(ctx, waiting{on: &j.self}, wait) == nil
	}
	return wait(nil) == nil
}

// A joining stands for the tasks of a scope as what a task awaits that has opened it.
type joining struct {
	owned

	scope *scope
	self  core
}

func (j *joining) cancel(error) bool { return false }
func (j *joining) base() *core       { return &j.self }

func (j *joining) sources(yield func(*core) bool) (first bool) {
	for _, t := range j.scope.snapshot() {
		if !yield(t.own.base()) {
			break
		}
	}
	return false
}

func (s *scope) addUnread(u *unread) {
	s.mu.Lock()
	defer s.mu.Unlock()
	push(&s.unread, &u.list)
}

func (s *scope) removeUnread(u *unread) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.list.linked() {
		remove(&s.unread, &u.list)
	}
}

// takeUnread returns the failures nobody has looked at.
func (s *scope) takeUnread() []*unread {
	s.mu.Lock()
	defer s.mu.Unlock()
	var failures []*unread
	for n := pop(&s.unread); n != nil; n = pop(&s.unread) {
		failures = append(failures, n.value)
	}
	return failures
}

// reportUnread reports them, at the end of the scope.
func (s *scope) reportUnread() {
	for _, u := range s.takeUnread() {
		if u.take() {
			u.report()
		}
	}
}
