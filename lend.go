package future

import (
	"context"
	"math"
)

// A lender has places that a task gives back while it waits, for others to use: those
// under the limit of a group, or the workers of a pool.
type lender interface {
	// lend gives the place of t back while it waits for c. The channel, if there
	// is one, is closed when the wait cannot end.
	lend(t *taskContext, c *core) (deadlock <-chan struct{})
	// reclaim blocks until t has a place again or ctx is done.
	reclaim(ctx context.Context, t *taskContext)
}

// lending runs wait while the place of the task, if it has one, is lent to others.
// It is called with a nil t where no task waits.
func (t *taskContext) lending(ctx context.Context, c *core, wait func(deadlock <-chan struct{}) error) error {
	if t == nil {
		return wait(nil)
	}
	if c != nil {
		r := t.materialise()
		r.awaiting.Store(c)
		defer r.awaiting.Store(nil)
		checkStalled(c)
	}
	l := t.runner().lender()
	if l == nil {
		return wait(nil)
	}
	deadlock := l.lend(t, c)
	defer l.reclaim(ctx, t)
	return wait(deadlock)
}

// lender is part of runner.
func (t *task[T]) lender() lender {
	if m := t.ctx.more; m != nil && m.scope != nil && m.scope.limit > 0 {
		return m.scope
	}
	return nil
}

// lend is part of lender.
func (p *Pool) lend(t *taskContext, c *core) <-chan struct{} {
	p.mu.Lock()
	t, h := p.holder(t)
	if h.at.Load() != onWorker || h.lent == math.MaxUint16 {
		p.mu.Unlock()
		return nil
	}
	h.lent++
	if h.lent > 1 {
		p.mu.Unlock()
		return nil
	}
	if p.locked {
		deadlock := p.stalls.add(t, c)
		p.mu.Unlock()
		p.stalls.check(p)
		return deadlock
	}
	p.lent++
	p.balance()
	p.mu.Unlock()
	return nil
}

// unlend ends what lend began for a job that goes on or has ended. It is called with mu
// held.
func (p *Pool) unlend(t *taskContext) {
	if p.locked {
		p.stalls.remove(t)
	} else {
		p.lent--
	}
}

// reclaim is part of lender. A job whose ctx ends goes on at once, even if there is
// one too many then: a wait that was to end must end.
func (p *Pool) reclaim(ctx context.Context, t *taskContext) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t, h := p.holder(t)
	if h.at.Load() != onWorker || h.lent == 0 {
		return
	}
	h.lent--
	if h.lent > 0 {
		return
	}
	if p.locked || p.count-p.lent < p.size {
		p.unlend(t)
		return
	}
	n := &node[chan struct{}]{value: make(chan struct{})}
	push(&p.back, n)
	if p.idle != nil {
		p.dismiss() // it makes room
	}
	p.mu.Unlock()
	select {
	case <-n.value:
	case <-ctx.Done():
	}
	p.mu.Lock()
	if n.linked() {
		remove(&p.back, n)
		p.unlend(t)
	}
}

// runs reports whether t is a job on a worker of p.
func (p *Pool) runs(t *taskContext) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.employs(t)
}

// employs reports whether t is a job that holds a worker of p, its own or that of its
// submitter. It is called with mu held.
func (p *Pool) employs(t *taskContext) bool {
	job, ok := t.own.behaviour.(Job)
	if !ok || job.head().pool.Load() != p {
		return false
	}
	return job.head().at.Load() == onWorker || p.stead[job.head()] != nil
}

// holder returns the job that has the worker on which t runs, and its head. It is
// called with mu held.
func (p *Pool) holder(t *taskContext) (*taskContext, *jobHead) {
	for {
		job, _ := t.own.behaviour.(Job)
		h := job.head()
		caller := p.stead[h]
		if caller == nil {
			return t, h
		}
		t = caller
	}
}
