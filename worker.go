package future

import (
	"context"
	"fmt"
	"runtime"
	"runtime/pprof"
	"time"
)

// A worker is a goroutine of a pool that runs one job after the other. It is several
// goroutines in turn if jobs end it with runtime.Goexit.
//
// All the fields are guarded by the pool's mutex, but for stop.
type worker struct {
	all     node[*worker]
	idle    node[*worker]
	job     Job           // that it runs; nil while it is idle
	from    time.Time     // when the job was given to it, if the pool is timed
	wake    chan struct{} // has room for one; made when the worker is idle for the first time
	stop    func()        // undoes the pool's start
	leaving bool          // it is about to go
}

// mayRun reports whether one more job may run. It is called with mu held.
func (p *Pool) mayRun() bool { return p.idle != nil || p.places.free() }

// tooMany reports whether there are too many workers, without those that are about to go.
// It is called with mu held.
func (p *Pool) tooMany() bool { return p.places.used-p.leaving > p.places.size }

// freeWorker returns an idle worker, or a new one that assign will start. It is called
// with mu held.
func (p *Pool) freeWorker() *worker {
	if n := pop(&p.idle); n != nil {
		return n.value
	}
	w := new(worker)
	w.all.value, w.idle.value = w, w
	push(&p.workers, &w.all)
	p.count++
	p.places.used++
	return w
}

// assign starts job on a worker that is free. It is called with mu held.
func (p *Pool) assign(w *worker, job Job, since time.Time) {
	p.give(w, job, since, p.queue.front.now())
	if w.wake != nil {
		w.wake <- struct{}{}
	} else {
		go p.work(w)
	}
}

// give makes job the job of w from now on. It was in the queue since that time, if that
// is not zero. It is called with mu held.
func (p *Pool) give(w *worker, job Job, since, now time.Time) {
	w.job, w.from = job, now
	p.running++
	p.stalls.version++
	if !since.IsZero() {
		p.stats.Waited += max(0, now.Sub(since)) // it may have come just after the look at the clock
	}
}

// dismiss lets an idle worker go. It is called with mu held.
func (p *Pool) dismiss() {
	w := pop(&p.idle).value
	p.leave(w)
	w.wake <- struct{}{}
}

// leave makes w about to go. It is called with mu held.
func (p *Pool) leave(w *worker) {
	w.leaving = true
	p.leaving++
}

// balance uses the places that are free: for jobs that want to go on, then for those
// in the queue. It is called with mu held.
func (p *Pool) balance() {
	for p.places.free() {
		if n := p.places.back; n != nil {
			p.places.take(n.value.place)
			continue
		}
		job, since := p.take()
		if job == nil {
			return
		}
		p.assign(p.freeWorker(), job, since)
	}
}

// work runs the job of w, and then others while there are any.
func (p *Pool) work(w *worker) {
	pprof.SetGoroutineLabels(context.Background()) // not those of the task that was the first to need w
	if p.locked {
		runtime.LockOSThread() // for good: the thread ends with the goroutine
	}
	if p.start != nil && !p.startWorker(w) {
		return
	}
	returned := false
	defer func() {
		if returned {
			p.remove(w)
		} else if p.next(w, false) {
			go p.work(w) // the job has ended this goroutine
		} else {
			p.remove(w)
		}
	}()
	defer p.stopWorker(w)
	for {
		w.job.head().at.Store(onWorker)
		w.job.Run()
		if !p.next(w, true) {
			break
		}
	}
	returned = true
}

// next ends the job of w and gives it another; if there is none it waits for one, if
// it may. False means that the worker has to go; it still counts until remove.
func (p *Pool) next(w *worker, mayIdle bool) bool {
	p.mu.Lock()
	now := p.queue.front.now() // one job ends and the next begins
	p.finish(w, now)
	if !p.tooMany() && p.places.back == nil {
		if job, since := p.take(); job != nil {
			p.give(w, job, since, now)
			p.mu.Unlock()
			return true
		}
		if mayIdle && p.refusal == nil && (p.locked || p.idleTimeout > 0) {
			return p.rest(w)
		}
	}
	p.leave(w)
	p.mu.Unlock()
	return false
}

// finish accounts for the job of w, which has ended. It is called with mu held.
func (p *Pool) finish(w *worker, now time.Time) {
	h := w.job.head()
	if h.place != (place{}) { // because of goroutines that outlive the job
		p.places.take(&h.place)
		h.place = place{}
	}
	if w.job.base().word.Load()&ended == 0 { // it runs elsewhere, or is just being dropped
		h.at.Store(nowhere)
	}
	if p.locked {
		p.stalls.remove(w.job.asTask()) // as above
	}
	p.account(w.job)
	if p.timed {
		p.stats.Ran += now.Sub(w.from)
	}
	w.job = nil
	p.running--
}

// rest waits for a job. It is called with mu held and releases it.
func (p *Pool) rest(w *worker) bool {
	if w.wake == nil {
		w.wake = make(chan struct{}, 1)
	}
	pushFront(&p.idle, &w.idle) // those that rest longest go first
	p.mu.Unlock()
	var expired <-chan time.Time
	if p.idleTimeout > 0 {
		timer := time.NewTimer(p.idleTimeout)
		defer timer.Stop()
		expired = timer.C
	}
	select {
	case <-w.wake:
	case <-expired:
		p.mu.Lock()
		if w.idle.linked() {
			remove(&p.idle, &w.idle)
			p.leave(w)
			p.mu.Unlock()
			return false
		}
		p.mu.Unlock()
		<-w.wake // somebody was faster than the timer
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return w.job != nil // else it was dismissed
}

// remove is the end of a worker.
func (p *Pool) remove(w *worker) {
	p.mu.Lock()
	p.removeLocked(w)
	p.mu.Unlock()
	p.stalls.check(p)
}

func (p *Pool) removeLocked(w *worker) {
	remove(&p.workers, &w.all)
	p.count--
	p.places.used--
	if w.leaving {
		p.leaving--
	}
	p.balance()
	if p.count == 0 && p.drained != nil {
		close(p.drained)
	}
}

// startWorker calls the pool's start function. If that fails, so do all the jobs that
// wait for a worker.
func (p *Pool) startWorker(w *worker) (ok bool) {
	var err error
	returned := false
	defer func() {
		if !returned {
			err = exitError(recover())
		}
		if err != nil {
			ok = false
			p.breakDown(w, &startError{err})
		}
	}()
	w.stop, err = p.start()
	returned = true
	if p.timed {
		p.mu.Lock()
		w.from = p.queue.front.now() // the job runs from now on
		p.mu.Unlock()
	}
	return true
}

// breakDown fails the job of w, which did not start, and all that wait.
func (p *Pool) breakDown(w *worker, err error) {
	p.mu.Lock()
	job := w.job
	w.job = nil
	job.head().unclaim()
	p.running--
	p.stats.Dropped++
	p.refuse(err)
	dropped := append([]Job{job}, p.dropQueue()...)
	p.removeLocked(w)
	p.mu.Unlock()
	all(dropped, func(job *Job) { (*job).Drop(err) })
}

// stopWorker calls what the start function has returned.
func (p *Pool) stopWorker(w *worker) {
	stop := w.stop
	if stop == nil {
		return
	}
	w.stop = nil
	returned := false
	defer func() {
		if !returned {
			err := exitError(recover())
			report(nil, Report{Message: "future: the stop function of a pool's worker did not return", Err: err})
		}
	}()
	stop()
	returned = true
}

// A startError says that a worker could not be started.
type startError struct{ err error }

func (e *startError) Error() string {
	return fmt.Sprintf("future: a worker of the pool did not start: %v", e.err)
}
func (e *startError) Is(target error) bool { return target == ErrRejected }
func (e *startError) Unwrap() error        { return e.err }
