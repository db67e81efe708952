package future

import "sync/atomic"

// The workers of a thread-locked pool cannot be replaced while their jobs wait. When
// all of them wait for jobs that are queued behind them, directly or through other
// futures, nothing can go on: then the last wait ends with ErrDeadlock.
//
// That can come about when a job begins to wait, when a job is queued, and when some
// other task, for which a job waits, begins to wait itself.

// stalls are the waits of the jobs of a thread-locked pool, guarded by its mutex.
type stalls struct {
	list    *node[*stall]
	count   int
	version uint64 // changes with the list, and when a job leaves the queue
}

type stall struct {
	task     *taskContext
	awaits   *core // nil if it is no future
	deadlock chan struct{}
}

// stalled counts the waits in all thread-locked pools, so that tasks need not look for
// a deadlock in programs without any.
var stalled atomic.Int64 //nolint:gochecknoglobals // see above

func (s *stalls) add(t *taskContext, c *core) <-chan struct{} {
	n := &node[*stall]{value: &stall{t, c, make(chan struct{})}}
	push(&s.list, n)
	s.count++
	s.version++
	stalled.Add(1)
	return n.value.deadlock
}

func (s *stalls) remove(t *taskContext) {
	for n := range each(s.list) {
		if n.value.task == t {
			remove(&s.list, n)
			s.count--
			s.version++
			stalled.Add(-1)
			return
		}
	}
}

// check ends the last wait if all of them are for jobs that cannot start. If something
// has changed while it looked, it looks again: who has changed it may not.
func (s *stalls) check(p *Pool) {
	for p.locked && !s.settled(p) {
	}
}

// settled is one look; false means that it was in vain.
func (s *stalls) settled(p *Pool) bool {
	p.mu.Lock()
	if queued, _ := p.queue.count(); s.count == 0 || s.count < max(p.size, p.count) || queued == 0 && p.blocked == nil {
		p.mu.Unlock()
		return true
	}
	version := s.version
	var awaited []*core
	for n := range each(s.list) {
		awaited = append(awaited, n.value.awaits)
	}
	p.mu.Unlock()
	stuck := true
	for _, c := range awaited {
		stuck = stuck && c != nil && p.holdsUp(c, map[*core]bool{})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if s.version != version {
		return false
	}
	if stuck {
		last := s.list.prev
		close(last.value.deadlock)
		// It is not one of those that wait any more. Its reclaim finds nothing.
		s.remove(last.value.task)
	}
	return true
}

// holdsUp reports whether c cannot be done before a job starts that waits for a
// worker of p. It keeps what it has found out in seen; what it is just at counts as no.
func (p *Pool) holdsUp(c *core, seen map[*core]bool) (held bool) {
	var chain []*core // a long one must not make the stack grow
	defer func() {
		for _, c := range chain {
			seen[c] = held
		}
	}()
	for {
		if held, ok := seen[c]; ok || c.state() != Pending || c.owner == nil {
			return held
		}
		seen[c] = false
		chain = append(chain, c)
		if t := c.asTask(); t != nil {
			if job, ok := t.own.behaviour.(Job); ok && p.waiting(job.head()) {
				return true
			}
		}
		sources, first := c.awaits()
		if len(sources) != 1 {
			some, all := false, true
			for _, source := range sources {
				held := p.holdsUp(source, seen)
				some, all = some || held, all && held
			}
			return some && (all || !first)
		}
		c = sources[0]
	}
}

// awaits returns what c, which is owned, waits for, and whether one of them may be
// enough.
func (c *core) awaits() (all []*core, first bool) {
	first = c.owner.sources(func(source *core) bool {
		all = append(all, source)
		return true
	})
	return all, first
}

func (p *Pool) waiting(h *jobHead) bool {
	if h.pool.Load() != p {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return h.at.Load() == atDoor || p.queue.has(h)
}

// checkStalled looks for the pools whose jobs c waits for, after some task has begun
// to wait for c.
func checkStalled(c *core) {
	if stalled.Load() == 0 {
		return
	}
	seen := map[*core]bool{}
	for todo := []*core{c}; len(todo) > 0; {
		c, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if c.state() != Pending || c.owner == nil || seen[c] {
			continue
		}
		seen[c] = true
		if t := c.asTask(); t != nil {
			if job, ok := t.own.behaviour.(Job); ok {
				if p := job.head().pool.Load(); p != nil {
					p.stalls.check(p)
				}
			}
		}
		sources, _ := c.awaits()
		todo = append(todo, sources...)
	}
}
