package future

import (
	"context"
	"time"
)

// runHere runs job in the stead of the caller, who waits: a job that calls
// runtime.Goexit must not end the caller. It is called with mu held and releases it.
func (p *Pool) runHere(job Job) {
	p.mu.Unlock()
	var ran time.Duration
	run := func(deadlock <-chan struct{}) error {
		if p.timed {
			from := time.Now()
			defer func() { ran = time.Since(from) }()
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			job.Run()
		}()
		select {
		case <-done:
		case <-deadlock:
			// What ends is the wait of the job.
			job.asTask().cancel(ErrDeadlock)
			<-done
		}
		return nil
	}
	parent := job.asTask().parent
	if caller := taskOf(parent); caller != nil && p.employs(caller) {
		_ = caller.lendingTo(parent, stead{p, job.head()}, waiting{on: job.base()}, run)
	} else {
		_ = caller.lending(parent, waiting{on: job.base()}, run)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.account(job)
	p.stats.Ran += ran
}

// A stead is a job that runs while the one on whose worker it was submitted waits, and
// has the place of that one.
type stead struct {
	pool *Pool
	job  *jobHead
}

// lend is part of lender.
func (s stead) lend(t *taskContext, _ waiting) (deadlock <-chan struct{}, lent bool) {
	p := s.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.employs(t) {
		return nil, false
	}
	s.job.at.Store(onWorker)
	// If another goroutine of t waits, somebody has the place already.
	s.job.place.lent = !p.places.lend(&t.jobHead().place)
	if !s.job.place.lent {
		p.places.used++
	}
	return nil, true
}

// reclaim is part of lender.
func (s stead) reclaim(ctx context.Context, t *taskContext, _ <-chan struct{}) {
	p := s.pool
	p.mu.Lock()
	p.places.leave(&s.job.place)
	s.job.at.Store(nowhere)
	p.resume(ctx, t)
}
