package process

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"example.com/future"
	"example.com/future/internal/carry"
)

const (
	// maxFailures is how many workers in a row may fail to start.
	maxFailures = 3

	// retryDelay is how long a pool that still has workers waits after that many,
	// before it tries to start one more.
	retryDelay = time.Second

	// maxAttempts is how many workers in a row a call may find dead.
	maxAttempts = 3
)

// A Pool runs calls in worker processes. It is a [future.Invoker]: give it to
// [future.Func.Submit]. All methods are safe for concurrent use.
//
// A Pool that is no longer needed should be closed; one that is not keeps idle
// workers for a while and nothing after that.
type Pool struct {
	opts  options
	limit int
	sink  sink

	drained future.Future[struct{}] // done when the pool is shut down and nothing is left

	mu       sync.Mutex
	workers  map[*worker]struct{} // whose processes exist
	live     int                  // those, and the ones that are about to
	starting int                  // of the live ones: not ready for a call yet
	idle     []*worker            // the last one was used last
	waiting  list.List            // of *ticket, in order of arrival
	running  int                  // tickets that have a worker
	open     int                  // tickets that were accepted, whose futures are not done
	printing int                  // workers that are gone, whose output is not copied yet
	failures int                  // failed starts in a row since the last good one
	failure  error                // the last of them
	failedAt time.Time
	broken   error
	closed   bool
	killed   bool
	stats    PoolStats // the counters
}

// A ticket is the place of a call in the pool's queue, and then with a worker.
type ticket struct {
	exchange
	pool     *Pool
	attempts int // that found a dead worker; for the goroutine that has the ticket

	// Guarded by the pool's mutex.
	number uint64        // tells in which order calls came
	place  *list.Element // nil while it is not in the queue
	over   bool          // it was withdrawn
	open   bool          // the pool counts it
}

// NewPool returns a pool that runs at most the given number of calls at a time, each
// in a process of its own. It starts none: that happens on the first call.
//
// It returns an error if [Main] was not called in this program, and one that
// matches [errors.ErrUnsupported] on a platform that has no processes. It does not
// block. A number of workers below 1 panics.
func NewPool(workers int, opts ...Option) (*Pool, error) {
	if workers < 1 {
		panic("future: process.NewPool: a pool needs at least 1 worker")
	}
	if err := supported(); err != nil {
		return nil, err
	}
	if !reached.Load() {
		return nil, errors.New("future: process.Main was not called: make it the first statement of main, and of TestMain")
	}
	if _, err := executable(); err != nil {
		return nil, fmt.Errorf("future: the binary of this program cannot be found: %w", err)
	}
	p := &Pool{opts: newOptions(opts), limit: workers, workers: make(map[*worker]struct{})}
	p.sink.w = p.opts.output
	return p, nil
}

// Execute refuses the job: its function cannot leave this process. It returns
// [future.ErrNotRemotable].
func (p *Pool) Execute(future.Job) error { return future.ErrNotRemotable }

// Invoke runs a call in a worker and returns the future of its encoded result. It
// does not block; calls that find no idle worker wait, and get one in the order in
// which they came.
//
// The future is a task of ctx, as of [future.Go]: cancelling it, the end of ctx and
// the end of the scope cancel the call. A call that waits is taken out. One that
// runs is stopped, after the grace by killing its worker, and the future is done
// when that has happened; see the package documentation. What [future.Map] hangs on
// it runs on a goroutine of the pool.
//
// It fails with what the function returned, a [*future.RemoteError], which matches
// [future.ErrNotRegistered] if the worker has no function of that name; with a
// [*WorkerDiedError]; with [future.ErrExecutorShutdown]; with [ErrBroken]; and, if
// a payload is larger than 256 MiB, with an error that says so. A nil ctx panics.
func (p *Pool) Invoke(ctx context.Context, call future.Call) *future.Future[[]byte] {
	if ctx == nil {
		panic("future: process.Pool.Invoke: nil context; pass context.Background() if there is no other")
	}
	t := &ticket{exchange: exchange{request: call, brief: isBrief(call)}, pool: p}
	c, made := carry.New(ctx, t)
	f, _ := made.(*future.Future[[]byte])
	t.call = c
	if err := p.enqueue(t); err != nil && c.Begin() {
		c.End(nil, err)
	}
	return f
}

// enqueue puts a new ticket at the end of the queue, or says why not.
func (p *Pool) enqueue(t *ticket) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Submitted++
	switch {
	case t.call == nil || t.over: // it was cancelled before
	case p.closed:
		return future.ErrExecutorShutdown
	case p.broken != nil:
		return p.broken
	default:
		t.number = p.stats.Submitted
		t.open = true
		p.open++
		t.place = p.waiting.PushBack(t)
		p.dispatch()
		p.grow()
	}
	return nil
}

// Withdraw takes a call out of the queue that is cancelled there.
func (t *ticket) Withdraw() {
	t.pool.mu.Lock()
	defer t.pool.mu.Unlock()
	t.over = true
	t.request.Payload = nil
	t.pool.remove(t)
}

// Stop stops a call that has begun.
func (t *ticket) Stop() {
	p := t.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.remove(t) {
		// It waits once more: the worker that it had was dead.
		go t.call.End(nil, carry.StoppedError{Err: context.Cause(t.call.Context())})
	} else {
		go t.cancel(p.opts.grace)
	}
}

// Settled notes that the futures of a call are done: a shutdown waits for that.
func (t *ticket) Settled() {
	p := t.pool
	p.mu.Lock()
	defer p.mu.Unlock()
	if t.open {
		t.open = false
		p.open--
		p.advance()
	}
}

// requeue puts a call whose worker was dead before it back to where it was in the queue:
// at the head, but for earlier ones that have met with the same. It was accepted, so a
// shutdown still waits for it.
func (p *Pool) requeue(t *ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running-- // which release left to this
	ctx := t.call.Context()
	switch {
	case ctx.Err() != nil: // Stop may have been here
		go t.call.End(nil, carry.StoppedError{Err: context.Cause(ctx)})
	case p.killed:
		go t.call.End(nil, future.ErrExecutorShutdown)
	case p.broken != nil:
		go t.call.End(nil, p.broken)
	default:
		p.putBack(t)
		p.dispatch()
	}
	p.advance()
}

// putBack is part of requeue. mu is held.
func (p *Pool) putBack(t *ticket) {
	for e := p.waiting.Front(); e != nil; e = e.Next() {
		if later, _ := e.Value.(*ticket); later.number > t.number {
			t.place = p.waiting.InsertBefore(t, e)
			return
		}
	}
	t.place = p.waiting.PushBack(t)
}

// serve runs calls in w, first t, until none is waiting or w is not usable any more.
//
// In order not to keep the worker waiting it gets its next call before what hangs on
// the future of the last one. But what may take long to send comes after that, and
// so does every call after a failure, which may cancel it.
func (p *Pool) serve(w *worker, t *ticket) {
	for t != nil && (t.sent || p.send(w, t)) {
		result, v, err := t.receive()
		next := p.release(w, v)
		if next != nil && err == nil && next.brief && !p.send(w, next) {
			next = nil
		}
		if !p.end(w, t, next, result, err) {
			return
		}
		t = next
	}
}

// end ends a call. It reports whether its caller is still the one to serve w: not if a
// function given to Map takes its time or calls runtime.Goexit, for then the next call
// would wait for that.
func (p *Pool) end(w *worker, t, next *ticket, result []byte, err error) bool {
	if next == nil {
		t.call.End(result, err)
		return true
	}
	var taken atomic.Bool
	take := func() {
		if !taken.Swap(true) {
			p.serve(w, next)
		}
	}
	relief := time.AfterFunc(reliefDelay, take)
	t.call.End(result, err)
	relief.Stop()
	return !taken.Swap(true)
}

// send reports whether it could send t to w. If not, the next call for w, if there is
// one, is on another goroutine.
func (p *Pool) send(w *worker, t *ticket) bool {
	v, err := unused, error(nil)
	if t.begin() {
		v, err = t.exchange.send(w)
	}
	if v == stale {
		t.attempts++
		if t.attempts == maxAttempts {
			v, err = dead, w.died(err)
		}
	}
	if v == sent {
		return true
	}
	if next := p.release(w, v); next != nil {
		go p.serve(w, next)
	}
	switch {
	case v == stale:
		p.requeue(t)
	case err != nil:
		go t.call.End(nil, err) // what hangs on it must not hold this one up
	}
	return false
}

// begin reports whether the call may be sent; then it has to be ended. It has passed
// the gate before if it was on its way to a worker that was dead.
func (t *ticket) begin() bool { return t.attempts > 0 || t.call.Begin() }

// remove takes a ticket out of the queue, if it is there. mu is held.
func (p *Pool) remove(t *ticket) bool {
	if t.place == nil {
		return false
	}
	p.waiting.Remove(t.place)
	t.place = nil
	p.advance()
	return true
}

// release ends the time of a call with w. It returns the next call for it, nil if there
// is none or w is not usable any more.
func (p *Pool) release(w *worker, v verdict) *ticket {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v != stale {
		p.running--
	}
	var next *ticket
	switch v {
	case answered:
		w.calls++
		p.stats.Completed++
		next = p.offer(w)
	case unused:
		next = p.offer(w)
	default:
		p.unref(w)
	}
	p.advance()
	return next
}

// offer returns the next call for w. If there is none it lets w rest, or go. It may have
// been killed for the call that it has just answered. mu is held.
func (p *Pool) offer(w *worker) *ticket {
	switch {
	case p.opts.maxCalls > 0 && w.calls >= p.opts.maxCalls || w.gone || w.wasKilled():
		go p.quit(w)
	case p.waiting.Len() > 0:
		p.running++
		return p.take()
	case p.closed:
		go p.quit(w)
	default:
		p.idle = append(p.idle, w)
		p.rest(w)
	}
	return nil
}

// dispatch gives idle workers to waiting calls. mu is held.
func (p *Pool) dispatch() {
	for len(p.idle) > 0 && p.waiting.Len() > 0 {
		w := p.idle[len(p.idle)-1]
		p.unlist(w)
		p.running++
		go p.serve(w, p.take())
	}
}

// take takes the first ticket out of the queue. mu is held.
func (p *Pool) take() *ticket {
	t, _ := p.waiting.Remove(p.waiting.Front()).(*ticket)
	t.place = nil
	return t
}

// refuse fails all calls that wait. mu is held.
func (p *Pool) refuse(err error) {
	for p.waiting.Len() > 0 {
		go p.take().refuse(err) // what hangs on its future must not run under the lock
	}
}

// refuse fails a call that was in the queue.
func (t *ticket) refuse(err error) {
	if t.begin() {
		t.call.End(nil, err)
	}
}

// rest lets an idle worker go when it has been idle for long enough. mu is held.
func (p *Pool) rest(w *worker) {
	w.idleSince = time.Now()
	if w.idle == nil {
		w.idle = time.AfterFunc(p.opts.idle, func() { p.expire(w) })
	} else {
		w.idle.Reset(p.opts.idle)
	}
}

func (p *Pool) expire(w *worker) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case !slices.Contains(p.idle, w) || time.Since(w.idleSince) < p.opts.idle:
		// It was used meanwhile.
	case len(p.idle) == 1 && p.running+p.waiting.Len() > 0:
		p.rest(w) // the spare
	default:
		p.retire(w)
	}
}

// retire lets an idle worker go. mu is held.
func (p *Pool) retire(w *worker) {
	p.unlist(w)
	go p.quit(w)
}

// unlist takes w out of the idle workers and reports whether it was there. mu is
// held.
func (p *Pool) unlist(w *worker) bool {
	i := slices.Index(p.idle, w)
	if i < 0 {
		return false
	}
	p.idle = slices.Delete(p.idle, i, i+1)
	if w.idle != nil {
		w.idle.Stop()
	}
	return true
}
