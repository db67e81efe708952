package future

import (
	"context"
	"math"
	"sync"
	"time"
)

// A Rejection is what a [Pool] does with a job when it has no worker for it and its
// queue is full.
type Rejection uint8

// The choices for [WithRejection], as in Java's ThreadPoolExecutor. A job of the pool
// that is itself the caller lends its worker to what CallerRuns runs. A pool
// [WithThreadLock] blocks instead: the caller is on another thread.
const (
	Block      Rejection = iota // the caller waits for a place
	Reject                      // the job fails with ErrRejected
	CallerRuns                  // the job runs at once, outside the pool, and the caller waits for it
	DropOldest                  // the job that has waited longest fails with ErrRejected
)

// A PoolOption is an option of [NewPool].
type PoolOption func(*poolOptions)

type poolOptions struct {
	capacity    int // of the queue
	rejection   Rejection
	locked      bool
	start       func() (stop func(), err error)
	idleTimeout time.Duration
	timed       bool
}

// WithQueue lets at most n jobs wait for a worker; with 0 a job that finds no free
// worker has no place. Without this option the queue is unbounded. A negative n
// panics.
func WithQueue(n int) PoolOption {
	need(n >= 0, "WithQueue", "the length must not be negative; leave the option out for a queue without a limit")
	return func(o *poolOptions) { o.capacity = n }
}

// WithRejection says what happens to a job when the queue is full; [Block] if it is
// left out.
func WithRejection(r Rejection) PoolOption {
	need(r <= DropOldest, "WithRejection", "unknown Rejection; pass Block, Reject, CallerRuns or DropOldest")
	return func(o *poolOptions) { o.rejection = r }
}

// WithThreadLock makes each worker keep one OS thread for life, which nothing else
// runs on: for C libraries with thread-local state, and with one worker for code that
// must always run on the same thread. Such workers stay until the pool is shut down
// or, [WithIdleTimeout], until they have been idle for so long. A job that waits does
// not get another worker started; where every worker waits for a job that is queued
// behind it, the last wait ends with [ErrDeadlock]. A job that calls [runtime.Goexit]
// ends its worker with the thread; the next worker starts after the old thread has been
// torn down.
func WithThreadLock() PoolOption { return func(o *poolOptions) { o.locked = true } }

// WithWorkerInit makes every worker call start before its first job, and the function
// that start returns when it ends, both on the goroutine of the worker and so on its
// thread. A nil stop is fine. If start fails, panics or calls [runtime.Goexit], the
// pool is broken: every job that waits, and every later one, fails with an error that
// matches [ErrRejected] and that of start. Jobs that run go on.
func WithWorkerInit(start func() (stop func(), err error)) PoolOption {
	need(start != nil, "WithWorkerInit", nilFunction)
	return func(o *poolOptions) { o.start = start }
}

// WithIdleTimeout lets a worker without a job stay for d before it goes. Without this
// option a plain worker goes at once and a thread-locked one stays. It panics if d is
// not positive.
func WithIdleTimeout(d time.Duration) PoolOption {
	need(d > 0, "WithIdleTimeout", "the time must be positive")
	return func(o *poolOptions) { o.idleTimeout = d }
}

// WithTiming makes the pool read the clock twice a job, for Waited and Ran in
// [PoolStats].
func WithTiming() PoolOption { return func(o *poolOptions) { o.timed = true } }

// PoolStats is a snapshot of a [Pool].
type PoolStats struct {
	Workers int // goroutines, with those whose job waits for a future
	Running int // jobs that run on workers
	Queued  int // jobs that wait for a worker

	// Since the pool was made. Every job that was submitted and is not running, queued
	// or waiting for a place is in one of the other three; a job that its caller runs
	// (CallerRuns) is counted when it has ended.
	Submitted uint64 // jobs given to Execute
	Completed uint64 // jobs that were run, however they ended
	Rejected  uint64 // jobs that got no place
	Dropped   uint64 // jobs that had a place and were not run

	// Only WithTiming.
	Waited time.Duration // all the time that jobs spent in the queue
	Ran    time.Duration // all the time that jobs ran

	_ struct{} // so that fields can be added
}

// A Pool is an [Executor] that runs at most the given number of jobs at a time, in the
// order in which they come, each on a worker: a goroutine that is started when there is work
// and goes when there is none. A plain pool that has nothing to do has no goroutine
// and need not be shut down.
//
// A job that waits for a future, with its own context, does not count while it does:
// the pool may start one more worker, so jobs can wait for other jobs of the same
// pool to any depth. Before it goes on it waits until there are few enough again, but
// for no longer than the context of that wait lasts.
//
// All methods are safe for concurrent use.
type Pool struct {
	poolOptions

	mu      sync.Mutex
	places  places // those of workers, but for workers whose job waits or wants to go on
	queue   backlog
	workers *node[*worker] // all of them
	count   int            // of workers
	leaving int            // of them: they are about to go
	running int            // of them: they have a job
	idle    *node[*worker]
	blocked *node[*submitter]
	refusal error         // why the pool takes no jobs, nil if it does
	drained chan struct{} // made by Shutdown; closed when there are no workers
	stats   PoolStats
	stalls  stalls // of a thread-locked pool
}

// NewPool returns a pool of at most the given number of workers. It starts none. A
// number below 1 panics.
func NewPool(workers int, opts ...PoolOption) *Pool {
	need(workers >= 1, "NewPool", "there must be at least 1 worker")
	p := &Pool{places: places{size: workers}, poolOptions: poolOptions{capacity: math.MaxInt}}
	for _, opt := range opts {
		opt(&p.poolOptions)
	}
	p.queue.capacity = p.capacity
	p.queue.front.timed, p.queue.back.timed = p.timed, p.timed
	if p.locked && p.rejection == CallerRuns {
		p.rejection = Block // the caller is on another thread
	}
	return p
}

// Execute hands job to a worker or puts it into the queue. It blocks only when the
// queue is full: with [Block] until there is a place, the job's context is done or the
// pool is shut down, with [CallerRuns] while the job runs. A job of a pool that waits
// for a place lends its worker as it does in [Future.Await].
//
// It returns an error that matches [ErrExecutorShutdown] or [ErrRejected], the error of
// the job's context or, in a thread-locked pool, [ErrDeadlock], if it has not taken the
// job. A job belongs to the first pool that takes it; others reject it. [RunInExecutor] calls
// Execute.
func (p *Pool) Execute(job Job) error {
	mine := job.head().pool.CompareAndSwap(nil, p)
	if mine && p.queue.put(job) {
		return nil
	}
	p.mu.Lock()
	p.stats.Submitted++
	switch {
	case p.refusal != nil || !mine:
	case p.mayRun(): // then nothing is queued
		p.assign(p.freeWorker(), job, time.Time{})
		p.mu.Unlock()
		return nil
	case p.enqueue(job):
		p.mu.Unlock()
		p.stalls.check(p)
		return nil
	case p.rejection == Block:
		return p.waitForPlace(job)
	case p.rejection == CallerRuns:
		p.runHere(job)
		return nil
	case p.rejection == DropOldest && p.queue.capacity > 0:
		p.queue.shut() // or somebody else takes the place
		oldest, _ := p.queue.pop()
		p.stats.Dropped++
		p.stalls.version++
		p.enqueue(job)
		p.mu.Unlock()
		oldest.head().unclaim()
		oldest.Drop(ErrRejected)
		p.stalls.check(p)
		return nil
	}
	defer p.mu.Unlock()
	p.stats.Rejected++
	if mine {
		job.head().unclaim()
	}
	if p.refusal != nil {
		return p.refusal
	}
	return ErrRejected
}

// enqueue puts job into the queue if there is room, unless it was dropped before there
// was a queue to take it out of. It is called with mu held.
func (p *Pool) enqueue(job Job) bool {
	// Nobody overtakes those at the door. And of a thread-locked pool every job has to
	// be looked at, see stalls.
	if !p.queue.push(job, p.blocked == nil && !p.locked) {
		return false
	}
	if job.base().word.Load()&dropped != 0 && p.queue.remove(job.head()) {
		p.stats.Dropped++
	}
	return true
}

// account counts a job that was run. It is called with mu held.
func (p *Pool) account(job Job) {
	if job.base().word.Load()&entered != 0 {
		p.stats.Completed++
	} else {
		p.stats.Dropped++
	}
}

// take takes the next job for a worker, nil if there is none, and says when it came. It
// is called with mu held.
func (p *Pool) take() (Job, time.Time) {
	job, since := p.queue.pop()
	if job == nil {
		return p.admit(nil), time.Time{}
	}
	p.refill()
	return job, since
}

// discard takes a job out of the queue that was dropped while it waited there.
func (p *Pool) discard(h *jobHead) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.queue.remove(h) {
		p.stats.Dropped++
		p.stalls.version++
		p.refill()
	}
}

// Resize changes how many workers there may be. If there are too many now, the first to
// end their jobs go; if there may be more, waiting jobs get workers at once. It does
// not block. A number below 1 panics.
func (p *Pool) Resize(workers int) {
	need(workers >= 1, "Resize", "there must be at least 1 worker")
	p.mu.Lock()
	p.places.size = workers
	for p.idle != nil && p.tooMany() {
		p.dismiss()
	}
	p.balance()
	p.mu.Unlock()
}

// window is how many jobs of one Stream there may be: one that runs and one that waits
// for each worker.
func (p *Pool) window() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return 2 * min(p.places.size, math.MaxInt/2)
}

// Stats returns a snapshot of the pool. It does not block.
func (p *Pool) Stats() PoolStats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Workers, s.Running = p.count, p.running
	queued, taken := p.queue.count()
	s.Queued, s.Submitted = queued, s.Submitted+taken
	return s
}

// Shutdown makes the pool refuse jobs with [ErrExecutorShutdown] and blocks until those
// that it has are done and the workers are gone, or until ctx is done: then it returns
// an error as that of [Future.Await], and the pool goes on with its jobs. It may be
// called any number of times. In a job of the same pool, which it would wait for, it
// returns [ErrDeadlock] and the pool is shut down all the same. A nil ctx panics.
func (p *Pool) Shutdown(ctx context.Context) error {
	need(ctx != nil, "Shutdown", nilContext)
	p.mu.Lock()
	p.refuse(ErrExecutorShutdown)
	if p.drained == nil {
		p.drained = make(chan struct{})
		if p.count == 0 {
			close(p.drained)
		}
	}
	drained := p.drained
	p.mu.Unlock()
	wait := func(<-chan struct{}) error {
		select {
		case <-drained:
			return nil
		default:
		}
		select {
		case <-drained:
			return nil
		case <-ctx.Done():
			return newContextError(ctx)
		}
	}
	t := taskOf(ctx)
	if t != nil && p.employs(t) {
		return ErrDeadlock
	}
	return t.lending(ctx, waiting{until: ctx}, wait)
}

// ShutdownNow makes the pool refuse jobs, drops those in the queue with
// [ErrExecutorShutdown], and cancels the contexts of those that run with it as the
// cause. It does not wait: the futures of running jobs are done when their calls
// return. To wait for that, call [Pool.Shutdown]. Both leave alone what [CallerRuns]
// made its callers run.
func (p *Pool) ShutdownNow() {
	p.mu.Lock()
	p.refuse(ErrExecutorShutdown)
	dropped := p.dropQueue()
	running := p.jobs()
	p.mu.Unlock()
	all(append(dropped, running...), func(each *Job) {
		job := *each
		job.Drop(ErrExecutorShutdown) // also if its worker has not come to it yet
		if job.base().word.Load()&entered != 0 {
			job.asTask().cancel(ErrExecutorShutdown)
		}
	})
}

// jobs returns those that are on workers. It is called with mu held.
func (p *Pool) jobs() []Job {
	var jobs []Job
	for n := range each(p.workers) {
		if n.value.job != nil {
			jobs = append(jobs, n.value.job)
		}
	}
	return jobs
}

// calls returns the tasks that are on workers and whose functions have not returned.
func (p *Pool) calls() []*taskContext {
	p.mu.Lock()
	defer p.mu.Unlock()
	var calls []*taskContext
	for _, job := range p.jobs() {
		if job.base().word.Load()&ended == 0 {
			calls = append(calls, job.asTask())
		}
	}
	return calls
}

// Close is [Pool.Shutdown] without a limit, for a defer statement. It returns nil. A
// job of the same pool would wait for itself: there call Shutdown, with the job's
// context.
func (p *Pool) Close() error { return p.Shutdown(context.Background()) }

// refuse makes the pool take no more jobs because of err, and lets idle workers go. It
// is called with mu held.
func (p *Pool) refuse(err error) {
	if p.refusal != nil {
		return
	}
	p.refusal = err
	p.queue.shut()
	for p.admit(err) != nil {
		p.stats.Rejected++
	}
	for p.idle != nil {
		p.dismiss()
	}
}

// dropQueue empties the queue. The caller drops the jobs when it has released mu.
func (p *Pool) dropQueue() []Job {
	var jobs []Job
	for job, _ := p.queue.pop(); job != nil; job, _ = p.queue.pop() {
		job.head().unclaim()
		jobs = append(jobs, job)
	}
	p.stats.Dropped += uint64(len(jobs))
	p.stalls.version++
	return jobs
}
