package future

// A submitter is a goroutine that waits for a place.
type submitter struct {
	job  Job
	done chan struct{}
	err  error
}

// waitForPlace is called with mu held and releases it.
func (p *Pool) waitForPlace(job Job) error {
	s := &submitter{job: job, done: make(chan struct{})}
	n := &node[*submitter]{value: s}
	push(&p.blocked, n)
	p.queue.shut()
	job.head().at.Store(atDoor)
	p.mu.Unlock()
	p.stalls.check(p) // the submitter may be no task
	ctx := job.Context()
	wait := func(deadlock <-chan struct{}) error {
		select {
		case <-s.done:
			return nil
		case <-ctx.Done():
			return newContextError(ctx)
		case <-deadlock:
			return ErrDeadlock
		}
	}
	// The submitter goes on under its own context: that of job ends with job.
	submitter := job.asTask().parent
	err := taskOf(submitter).lending(submitter, waiting{job.base(), ctx}, wait)
	p.mu.Lock()
	defer p.mu.Unlock()
	if n.linked() {
		remove(&p.blocked, n)
		p.stalls.version++
		job.head().at.Store(nowhere)
		p.stats.Rejected++
		s.err = err
	} // else there was a place, or none for anybody, whatever else there was
	if s.err != nil {
		job.head().unclaim()
	}
	return s.err
}

// admit lets the first submitter in, or sends it away with err. It is called with mu
// held.
func (p *Pool) admit(err error) (job Job) {
	n := pop(&p.blocked)
	if n == nil {
		return nil
	}
	n.value.job.head().at.Store(nowhere)
	n.value.err = err
	close(n.value.done)
	return n.value.job
}

// refill lets submitters in while there is room. It is called with mu held.
func (p *Pool) refill() {
	for p.blocked != nil && !p.queue.full() {
		p.enqueue(p.admit(nil))
	}
}
