package process

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/future"
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
	exe   string
	sink  sink

	drained future.Future[struct{}] // done when the pool is shut down and nothing is left

	mu       sync.Mutex
	workers  map[*worker]struct{} // whose processes exist
	live     int                  // those, and the ones that are about to
	starting int                  // of the live ones: not ready for a call yet
	idle     []*worker            // the last one was used last
	waiting  list.List            // of *ticket, in order of arrival
	running  int                  // tickets that have a worker
	failures int                  // failed starts since the last good one
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
	grant chan grant // gets one, unless the ticket is withdrawn

	// Guarded by the pool's mutex.
	place   *list.Element // nil when it has left the queue
	entered bool          // there is a goroutine that waits for the grant
	unwatch func() bool
}

// A grant is a worker to use and to release, or an error.
type grant struct {
	w   *worker
	err error
}

// NewPool returns a pool that runs at most so many calls at a time, each in a
// process of its own. It starts none: that happens on the first call.
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
	exe, err := executable()
	if err != nil {
		return nil, fmt.Errorf("future: the binary of this program cannot be found: %w", err)
	}
	p := &Pool{opts: newOptions(opts), limit: workers, exe: exe, workers: make(map[*worker]struct{})}
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
// when that has happened; see the package documentation.
//
// It fails with what the function returned, a [*future.RemoteError], which matches
// [future.ErrNotRegistered] if the worker has no function of that name; with a
// [*WorkerDiedError]; with [future.ErrExecutorShutdown]; with [ErrBroken]; and, if
// a payload is larger than 256 MiB, with an error that says so. A nil ctx panics.
func (p *Pool) Invoke(ctx context.Context, call future.Call) *future.Future[[]byte] {
	if ctx == nil {
		panic("future: process.Pool.Invoke: nil context")
	}
	t := p.enqueue()
	f := future.Go(ctx, func(ctx context.Context) ([]byte, error) { return p.run(ctx, t, call) })
	p.watch(t, f)
	return f
}

// run is the task of a call.
func (p *Pool) run(ctx context.Context, t *ticket, call future.Call) ([]byte, error) {
	p.enter(t)
	unwatch := context.AfterFunc(ctx, func() { p.cancel(ctx, t) })
	defer unwatch()
	for attempt := 1; ; attempt++ {
		g := <-t.grant
		if g.err != nil {
			return nil, g.err
		}
		result, v, err := t.do(ctx, g.w, call)
		if v == stale && attempt == maxAttempts {
			v, err = dead, g.w.died(err)
		}
		p.release(g.w, v)
		if v != stale {
			return result, err
		}
		p.requeue(ctx, t)
	}
}

// cancel ends a call whose context has ended: it takes it out of the queue, or has it
// stopped.
func (p *Pool) cancel(ctx context.Context, t *ticket) {
	p.mu.Lock()
	if p.remove(t) {
		t.grant <- grant{err: context.Cause(ctx)}
	}
	p.mu.Unlock()
	t.cancel(ctx, p.opts.grace)
}

// enqueue puts a new ticket at the end of the queue. The order of the calls is that
// of Invoke, not the one in which the scheduler lets their goroutines begin.
func (p *Pool) enqueue() *ticket {
	t := &ticket{grant: make(chan grant, 1)}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Submitted++
	switch {
	case p.closed:
		t.grant <- grant{err: future.ErrExecutorShutdown}
	case p.broken != nil:
		t.grant <- grant{err: p.broken}
	default:
		t.place = p.waiting.PushBack(t)
		p.dispatch()
		p.grow()
	}
	return t
}

// requeue puts a call whose worker had died before it at the head of the queue. It
// was accepted, so a shutdown still waits for it.
func (p *Pool) requeue(ctx context.Context, t *ticket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.running-- // which release left to this
	switch {
	case ctx.Err() != nil: // cancel may have been here
		t.grant <- grant{err: context.Cause(ctx)}
	case p.killed:
		t.grant <- grant{err: future.ErrExecutorShutdown}
	case p.broken != nil:
		t.grant <- grant{err: p.broken}
	default:
		t.place = p.waiting.PushFront(t)
		p.dispatch()
	}
	p.advance()
}

// watch withdraws the ticket of a task that is cancelled before it begins.
func (p *Pool) watch(t *ticket, f *future.Future[[]byte]) {
	p.mu.Lock()
	entered := t.entered
	p.mu.Unlock()
	if entered {
		return
	}
	unwatch := f.AddDoneCallback(func(*future.Future[[]byte]) { p.withdraw(t) })
	p.mu.Lock()
	t.unwatch, entered = unwatch, t.entered
	p.mu.Unlock()
	if entered {
		unwatch()
	}
}

func (p *Pool) enter(t *ticket) {
	p.mu.Lock()
	t.entered = true
	unwatch := t.unwatch
	p.mu.Unlock()
	if unwatch != nil {
		unwatch()
	}
}

// withdraw gives up a ticket for which nobody waits.
func (p *Pool) withdraw(t *ticket) {
	p.mu.Lock()
	mine := !t.entered
	t.entered = true
	queued := mine && p.remove(t)
	p.mu.Unlock()
	if mine && !queued {
		if g := <-t.grant; g.w != nil {
			p.release(g.w, usable)
		}
	}
}

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

// release takes a worker back after a call.
func (p *Pool) release(w *worker, v verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if v != stale {
		p.running--
	}
	if v == usable {
		w.calls++
		p.stats.Completed++
		p.offer(w)
	} else {
		p.unref(w)
	}
	p.advance()
}

// offer makes w available to the next call, or lets it go. mu is held.
func (p *Pool) offer(w *worker) {
	if p.opts.maxCalls > 0 && w.calls >= p.opts.maxCalls || w.gone {
		go p.quit(w)
		return
	}
	p.idle = append(p.idle, w)
	p.dispatch()
	switch {
	case !slices.Contains(p.idle, w):
	case p.closed:
		p.retire(w)
	default:
		p.rest(w)
	}
}

// dispatch gives idle workers to waiting calls. mu is held.
func (p *Pool) dispatch() {
	for len(p.idle) > 0 && p.waiting.Len() > 0 {
		last := len(p.idle) - 1
		w := p.idle[last]
		p.idle[last] = nil
		p.idle = p.idle[:last]
		if w.idle != nil {
			w.idle.Stop()
		}
		p.running++
		p.answer(grant{w: w})
	}
}

// answer takes the first ticket out of the queue. mu is held.
func (p *Pool) answer(g grant) {
	t, _ := p.waiting.Remove(p.waiting.Front()).(*ticket)
	t.place = nil
	t.grant <- g
}

// refuse fails all calls that wait. mu is held.
func (p *Pool) refuse(err error) {
	for p.waiting.Len() > 0 {
		p.answer(grant{err: err})
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
