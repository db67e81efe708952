package process

import (
	"fmt"
	"time"

	"example.com/future"
)

// grow starts the workers that are missing: one for each call that runs or waits,
// and one to spare. mu is held.
func (p *Pool) grow() {
	load := p.running + p.waiting.Len()
	if load == 0 || p.broken != nil || p.killed {
		return
	}
	want := min(load+1, p.limit)
	if p.closed {
		want = min(load, p.limit)
	}
	for p.live < want && p.mayStart() {
		p.live++
		p.starting++
		p.stats.Started++
		go p.start(p.failures)
	}
}

// mayStart holds back after failures. mu is held.
func (p *Pool) mayStart() bool {
	switch {
	case p.failures == 0:
		return true
	case p.starting > 0:
		return false
	default:
		return p.failures < maxFailures || time.Since(p.failedAt) >= retryDelay
	}
}

// start starts one worker and makes it available. It is told how many starts had failed
// before, because those that begin together are one in a row: what ends several of them
// may be one bad moment.
func (p *Pool) start(before int) {
	w, err := launch(&p.sink, p.gone)
	if err == nil {
		p.mu.Lock()
		p.workers[w] = struct{}{}
		p.dismiss()
		p.mu.Unlock()
		if err = w.handshake(&p.opts); err != nil {
			w.kill(err)
			<-w.exited
		}
	}

	p.mu.Lock()
	defer p.mu.Unlock()
	p.starting--
	if err == nil {
		p.failures = 0
		w.ready = true
		if t := p.offer(w); t != nil {
			go p.serve(w, t)
		}
	} else {
		p.failures = max(p.failures, before+1)
		p.failure, p.failedAt = err, time.Now()
		if p.failures >= maxFailures && p.live > 1 {
			time.AfterFunc(retryDelay, p.retry)
		}
		if w != nil {
			p.unref(w)
		} else {
			p.live--
		}
	}
	p.advance()
}

// retry starts what mayStart has held back, if nothing else has in the meantime.
func (p *Pool) retry() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.grow()
}

// quit sends a worker away.
func (p *Pool) quit(w *worker) {
	w.quit()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.unref(w)
	p.advance()
}

// gone is called when the process of a worker has ended and is reaped. What it has
// printed may not all be copied yet: calls do not wait for that, the end of the pool does.
func (p *Pool) gone(w *worker) {
	p.opts.reaped()
	p.mu.Lock()
	p.printing++
	p.reaped(w)
	p.mu.Unlock()

	w.output.copied.Wait()

	p.mu.Lock()
	p.printing--
	p.advance()
	p.mu.Unlock()
}

// reaped notes that the process of a worker has ended. mu is held.
func (p *Pool) reaped(w *worker) {
	w.gone = true
	if w.wasKilled() {
		p.stats.Killed++
	}
	if p.unlist(w) {
		p.unref(w)
	}
	p.unref(w)
	p.advance()
}

// dismiss kills what a pool that shuts down has no more use for: all workers after Kill,
// else those that are still being set up, when no call waits for them. mu is held.
func (p *Pool) dismiss() {
	if !p.closed {
		return
	}
	for w := range p.workers {
		if p.killed || !w.ready && p.waiting.Len() == 0 {
			w.kill(future.ErrExecutorShutdown)
		}
	}
}

// unref is called once when the process is reaped and once when its owner lets go.
// Then its place is free. mu is held.
func (p *Pool) unref(w *worker) {
	w.refs--
	if w.refs == 0 {
		w.closePipes()
		delete(p.workers, w)
		p.live--
	}
}

// advance does what a change may have made possible or necessary: to start workers,
// to give up after several failures in a row, to end a shutdown. mu is held.
func (p *Pool) advance() {
	p.grow()
	p.dismiss()
	if p.live > 0 {
		return
	}
	if p.failures >= maxFailures && p.broken == nil && !p.killed {
		p.broken = fmt.Errorf("%w: %d in a row: %w", ErrBroken, p.failures, p.failure)
		p.refuse(p.broken)
	}
	if p.closed && p.waiting.Len() == 0 && p.open == 0 && p.printing == 0 {
		_ = p.drained.SetResult(struct{}{}) // it may be the second time
	}
}
