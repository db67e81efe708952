package future

import (
	"context"
	"runtime/pprof"
)

// Places under the limit of a group, which a task gives back while it waits.

// place takes a place for m. If there is none, m waits in the queue, and grant
// starts it.
func (s *scope) place(m *membership) bool {
	if s.limit == 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !m.list.linked() {
		// Settling takes a task out of the queue and its place from it, so a task
		// that is done must not get either any more.
		return false
	}
	if s.used >= s.limit {
		push(&s.waiting, &m.queue)
		return false
	}
	s.used++
	m.placed = true
	return true
}

// grant gives free places away. It is called with mu held.
func (s *scope) grant() {
	for s.used < s.limit {
		if n := pop(&s.back); n != nil {
			s.used++
			close(n.value)
			continue
		}
		n := pop(&s.waiting)
		if n == nil {
			return
		}
		s.used++
		n.value.more.placed = true
		go n.value.granted()
	}
}

// granted runs a task that has waited for its place.
func (t *taskContext) granted() {
	// Whoever gave the place away has labels of its own.
	pprof.SetGoroutineLabels(t.parent)
	t.runner().run()
}

// lend is part of lender.
func (s *scope) lend(t *taskContext, _ *core) <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := t.more
	m.lent++
	if m.placed && m.lent == 1 {
		s.used--
		s.grant()
	}
	return nil
}

// reclaim waits for a place. A task whose ctx ends goes on without one: it is on
// its way out, and a wait that was to end then must end.
func (s *scope) reclaim(ctx context.Context, t *taskContext) {
	m := t.more
	s.mu.Lock()
	m.lent--
	if !m.placed || m.lent > 0 {
		s.mu.Unlock()
		return
	}
	if s.used < s.limit {
		s.used++
		s.mu.Unlock()
		return
	}
	n := &node[chan struct{}]{value: make(chan struct{})}
	push(&s.back, n)
	s.mu.Unlock()
	select {
	case <-n.value:
	case <-ctx.Done():
		s.mu.Lock()
		if n.linked() {
			remove(&s.back, n)
			s.used++
		}
		s.mu.Unlock()
	}
}
