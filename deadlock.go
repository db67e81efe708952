package future

import "sync/atomic"

// The workers of a thread-locked pool cannot be replaced while their jobs wait. When
// all of them wait for jobs that are queued behind them, directly or through other
// futures, nothing can go on: then the last wait ends with ErrDeadlock.
//
// That can come about when a job begins to wait, when a job is queued, when some other
// task, for which a job waits, begins to wait itself, and when a future for which a job
// waits comes to depend on another one, or on fewer.

// stalls are the waits of the jobs of a thread-locked pool, guarded by its mutex.
type stalls struct {
	list    *node[*stall]
	jobs    map[*taskContext]int // how many of them each job has: one for each goroutine
	version uint64               // changes with the list, and when a job leaves the queue
}

type stall struct {
	task     *taskContext
	wait     waiting
	deadlock chan struct{}
}

// stalled counts the waits in all thread-locked pools, so that tasks need not look for
// a deadlock in programs without any.
var stalled atomic.Int64 //nolint:gochecknoglobals // see above

func (s *stalls) add(t *taskContext, w waiting) <-chan struct{} {
	n := &node[*stall]{value: &stall{t, w, make(chan struct{})}}
	push(&s.list, n)
	if s.jobs == nil {
		s.jobs = map[*taskContext]int{}
	}
	s.jobs[t]++
	s.version++
	stalled.Add(1)
	return n.value.deadlock
}

// remove ends the waits of t. It is called with the pool's mutex held.
func (s *stalls) remove(t *taskContext) {
	if s.jobs[t] == 0 {
		return
	}
	for n := range each(s.list) {
		if n.value.task == t {
			s.unlink(n)
		}
	}
}

func (s *stalls) unlink(n *node[*stall]) {
	remove(&s.list, n)
	t := n.value.task
	if s.jobs[t]--; s.jobs[t] == 0 {
		delete(s.jobs, t)
	}
	s.version++
	stalled.Add(-1)
}

// end ends the wait to which deadlock was given. It may have been the one of its job
// that could end.
func (s *stalls) end(p *Pool, deadlock <-chan struct{}) {
	p.mu.Lock()
	for n := range each(s.list) {
		if n.value.deadlock == deadlock {
			s.unlink(n)
			break
		}
	}
	p.mu.Unlock()
	s.check(p)
}

// awaited returns what the jobs on the workers of p wait for; none if one may go on.
func (s *stalls) awaited(p *Pool) (all []*core) {
	p.mu.Lock()
	var waits []waiting
	if len(s.jobs) >= max(p.places.size, p.count) {
		waits = s.waits()
	}
	p.mu.Unlock()
	for _, w := range waits {
		if w.on == nil || w.over() {
			return nil
		}
		all = append(all, w.on)
	}
	return all
}

// waits returns the waits in the list. Whether they are over is to be asked without the
// pool's mutex, for a context may be anybody's.
func (s *stalls) waits() (all []waiting) {
	for n := range each(s.list) {
		all = append(all, n.value.wait)
	}
	return all
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
	if queued, _ := p.queue.count(); len(s.jobs) == 0 || len(s.jobs) < max(p.places.size, p.count) || queued == 0 && p.blocked == nil {
		p.mu.Unlock()
		return true
	}
	version := s.version
	waits := s.waits()
	p.mu.Unlock()
	stuck := true
	for _, w := range waits {
		stuck = stuck && w.on != nil && !w.over() && p.holdsUp(w.on, map[*core]bool{})
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
		s.unlink(last)
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
	if t := c.asTask(); t != nil {
		if job, ok := t.own.behaviour.(Job); ok {
			if q := job.head().pool.Load(); q != nil && q.locked && q.waiting(job.head()) {
				return q.stalls.awaited(q), true
			}
		}
	}
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
// to wait for c, or c for something else or for less.
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
