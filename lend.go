package future

import "context"

// A lender has places that a task gives back while it waits, for others to use: those
// under the limit of a group, or the workers of a pool.
type lender interface {
	// lend gives the place of t back during its wait w, and reports whether t has one.
	// The channel, if there is one, is closed when the wait cannot end.
	lend(t *taskContext, w waiting) (deadlock <-chan struct{}, lent bool)
	// reclaim takes what lend has returned, and blocks until t has a place again or
	// ctx is done. It ends only a wait for which lend has lent a place: t may have got
	// its place since, and lent it for another wait.
	reclaim(ctx context.Context, t *taskContext, deadlock <-chan struct{})
}

// A waiting says what ends a wait of a task.
type waiting struct {
	on    *core           // nil if it is no future
	until context.Context //nolint:containedctx // nil if the wait does not end with one
}

// over reports whether the wait is about to end whatever becomes of the future.
func (w waiting) over() bool { return w.until != nil && w.until.Err() != nil }

// lending runs wait while the place of the task, if it has one, is lent to others. The
// end of ctx ends the wait for a place after that.
// It is called with a nil t where no task waits.
func (t *taskContext) lending(ctx context.Context, w waiting, wait func(deadlock <-chan struct{}) error) error {
	if t == nil {
		return wait(nil)
	}
	return t.lendingTo(ctx, t.runner().lender(), w, wait)
}

func (t *taskContext) lendingTo(ctx context.Context, l lender, w waiting, wait func(deadlock <-chan struct{}) error) error {
	if w.on != nil {
		n := &node[waiting]{value: w}
		t.materialise().beginWait(n)
		defer t.endWait(n)
		checkStalled(w.on)
	}
	if l == nil {
		return wait(nil)
	}
	deadlock, lent := l.lend(t, w)
	if lent {
		defer l.reclaim(ctx, t, deadlock)
	}
	return wait(deadlock)
}

func (r *realContext) beginWait(n *node[waiting]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	push(&r.waits, n)
}

// endWait ends a wait, which may have been the one of the task's goroutines that could
// end.
func (t *taskContext) endWait(n *node[waiting]) {
	r := t.materialise()
	r.mu.Lock()
	remove(&r.waits, n)
	others := r.waits != nil
	r.mu.Unlock()
	if others {
		checkStalled(t.own.base())
	}
}

// waiting returns the waits of the task's goroutines.
func (t *taskContext) waiting() (all []waiting) {
	if r := t.real.Load(); r != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		for n := range each(r.waits) {
			all = append(all, n.value)
		}
	}
	return all
}

// lender is part of runner.
func (t *task[T]) lender() lender {
	if m := t.ctx.more; m != nil && m.scope != nil && m.scope.places.size > 0 {
		return m.scope
	}
	return nil
}

// lend is part of lender.
func (p *Pool) lend(t *taskContext, w waiting) (deadlock <-chan struct{}, lent bool) {
	p.mu.Lock()
	if !p.employs(t) {
		p.mu.Unlock()
		return nil, false
	}
	if p.locked {
		deadlock = p.stalls.add(t, w)
		p.mu.Unlock()
		p.stalls.check(p)
		return deadlock, true
	}
	if p.places.lend(&t.jobHead().place) {
		p.balance()
	}
	p.mu.Unlock()
	return nil, true
}

// reclaim is part of lender.
func (p *Pool) reclaim(ctx context.Context, t *taskContext, deadlock <-chan struct{}) {
	if p.locked {
		p.stalls.end(p, deadlock)
		return
	}
	p.mu.Lock()
	p.resume(ctx, t)
}

// resume blocks until t, which has ended a wait, has a place again or ctx is done. It is
// called with mu held and releases it.
func (p *Pool) resume(ctx context.Context, t *taskContext) {
	var n *node[comeback]
	if p.employs(t) {
		n = p.places.reclaim(&t.jobHead().place)
	}
	if n != nil && p.idle != nil {
		p.dismiss() // it makes room
	}
	p.balance() // if another goroutine of t waits, what runs in its stead has left a place
	p.mu.Unlock()
	if n != nil {
		p.places.comeBack(ctx, &p.mu, n)
	}
}

// employs reports whether t is a job on a worker of p, or in the stead of one, and its
// function has not returned.
func (p *Pool) employs(t *taskContext) bool {
	job, ok := t.own.behaviour.(Job)
	return ok && job.head().pool.Load() == p && job.head().at.Load() == onWorker && job.base().word.Load()&ended == 0
}

// jobHead returns the head of the job that t is.
func (t *taskContext) jobHead() *jobHead {
	job, _ := t.own.behaviour.(Job)
	return job.head()
}
