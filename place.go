package future

import (
	"context"
	"sync"
)

// Places are what tasks hold while they run, and lend while they wait: those under the
// limit of a group, or the workers of a pool. The mutex of their owner guards them.
type places struct {
	size int // how many there are
	used int
	back *node[comeback] // places that are wanted back, which come before all others
}

// A place is what one task has.
type place struct {
	waits  uint32 // of the task's goroutines, for which it is lent
	lent   bool   // others may have it
	wanted bool   // it is in places.back
}

// A comeback is a place that its task wants back.
type comeback struct {
	*place
	home chan struct{} // closed when the task need not wait for it any more
}

func (ps *places) free() bool { return ps.used < ps.size }

// lend begins a wait of a task that has p. It reports whether there is one more place
// for others.
func (ps *places) lend(p *place) bool {
	p.waits++
	ps.giveUp(p) // who wanted it back goes on, while this one waits
	if p.lent {
		return false
	}
	p.lent = true
	ps.used--
	return true
}

// reclaim ends a wait of a task that has p. If there is no place it returns what to wait
// for, see comeBack.
func (ps *places) reclaim(p *place) *node[comeback] {
	p.waits--
	if p.waits > 0 {
		return nil
	}
	if ps.free() {
		ps.take(p)
		return nil
	}
	n := &node[comeback]{value: comeback{p, make(chan struct{})}}
	push(&ps.back, n)
	p.wanted = true
	return n
}

// comeBack waits until the place is there or ctx is done. A task whose ctx ends goes on
// at once, even if there is one too many then: a wait that was to end must end. It is
// called without mu, which guards ps.
func (ps *places) comeBack(ctx context.Context, mu *sync.Mutex, n *node[comeback]) {
	select {
	case <-n.value.home:
	case <-ctx.Done():
		mu.Lock()
		defer mu.Unlock()
		if n.linked() {
			ps.take(n.value.place)
		}
	}
}

// take gives p back to its task, whether there is a place or not.
func (ps *places) take(p *place) {
	ps.giveUp(p)
	if p.lent {
		p.lent = false
		ps.used++
	}
}

// leave is the end of a task that has p.
func (ps *places) leave(p *place) {
	ps.giveUp(p)
	if !p.lent {
		ps.used--
	}
	*p = place{}
}

// giveUp makes nobody wait for p any more.
func (ps *places) giveUp(p *place) {
	if !p.wanted {
		return
	}
	p.wanted = false
	for n := range each(ps.back) {
		if n.value.place == p {
			remove(&ps.back, n)
			close(n.value.home)
			return
		}
	}
}
