package process

import (
	"context"

	"example.com/future"
)

// Shutdown makes the pool take no new calls and waits until those that it has are
// done, all its workers are gone and their output is written, see [WithOutput]. It does
// not wait for what [future.Map] hangs on the calls: that may call it. It may be called
// more than once.
//
// If ctx ends first the error matches ctx.Err() and the cause, and not
// [future.ErrCancelled]; the pool goes on to shut down, and [Pool.Kill] ends what is
// left. Calls that come later fail with [future.ErrExecutorShutdown]. A nil ctx
// panics.
func (p *Pool) Shutdown(ctx context.Context) error {
	if ctx == nil {
		panic("future: process.Pool.Shutdown: nil context; pass context.Background() if there is no other")
	}
	p.close(false)
	_, err := p.drained.Await(ctx)
	return err
}

// Close is [Pool.Shutdown] without a limit: it waits for all calls. It returns nil.
func (p *Pool) Close() error { return p.Shutdown(context.Background()) }

// Kill shuts the pool down at once. Calls that wait fail with
// [future.ErrExecutorShutdown]. The workers are killed; the calls that run fail with
// a [*WorkerDiedError] that matches [future.ErrExecutorShutdown] too. Kill waits for
// the processes to be gone, the calls to be done and the output to be written, for two
// seconds at most. It may be called at any time, and more than once.
func (p *Pool) Kill() {
	p.close(true)
	ctx, cancel := context.WithTimeout(context.Background(), deathTimeout)
	defer cancel()
	_, _ = p.drained.Await(ctx)
}

func (p *Pool) close(kill bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if kill {
		p.killed = true
		p.refuse(future.ErrExecutorShutdown)
	}
	for len(p.idle) > 0 {
		p.retire(p.idle[0])
	}
	p.advance()
}

// PoolStats is a snapshot of a [Pool]: what there is now, and counters that never
// go down.
type PoolStats struct {
	Workers int // processes, with those that start or end at the moment
	Idle    int // of these: ready for a call
	Running int // calls that have a worker
	Queued  int // calls that wait for one

	Submitted uint64 // calls
	Completed uint64 // of these: answered by their worker, also with an error
	Started   uint64 // workers
	Killed    uint64 // of these: killed by the pool, by a cancelled call or by Kill
}

// Stats returns a snapshot. It does not block.
func (p *Pool) Stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Workers, s.Idle = p.live, len(p.idle)
	s.Running, s.Queued = p.running, p.waiting.Len()
	return s
}
