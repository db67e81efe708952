package future

import (
	"context"
	"runtime/pprof"
)

// Places under the limit of a group.

// place takes a place for m. If there is none, m waits in the queue, and grant
// starts it.
func (s *scope) place(m *membership) bool {
	if s.places.size == 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !m.list.linked() {
		// Settling takes a task out of the queue and its place from it, so a task
		// that is done must not get either any more.
		return false
	}
	if !s.places.free() {
		push(&s.waiting, &m.queue)
		return false
	}
	s.places.used++
	m.placed = true
	return true
}

// grant gives free places away. It is called with mu held.
func (s *scope) grant() {
	for s.places.free() {
		if n := s.places.back; n != nil {
			s.places.take(n.value.place)
			continue
		}
		n := pop(&s.waiting)
		if n == nil {
			return
		}
		s.places.used++
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
func (s *scope) lend(t *taskContext, _ waiting) (deadlock <-chan struct{}, lent bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t.more.placed && s.places.lend(&t.more.place) {
		s.grant()
	}
	return nil, t.more.placed
}

// reclaim is part of lender.
func (s *scope) reclaim(ctx context.Context, t *taskContext, _ <-chan struct{}) {
	s.mu.Lock()
	if !t.more.placed { // it has ended
		s.mu.Unlock()
		return
	}
	n := s.places.reclaim(&t.more.place)
	s.mu.Unlock()
	if n != nil {
		s.places.comeBack(ctx, &s.mu, n)
	}
}
