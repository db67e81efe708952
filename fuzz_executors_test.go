package future_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// FuzzExecutors gives jobs to a pool with any settings, and to executors of other
// kinds, and cancels, resizes and shuts down meanwhile. As in FuzzScopes, the reference
// follows one half of the programs step by step; in the other half everything happens
// at once, jobs wait for other jobs, and what is checked holds in every order.
func FuzzExecutors(f *testing.F) {
	for _, seed := range fuzzSeeds(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzBubble(t, data, func(r *fuzzRun) {
			p := &fuzzPool{fuzzRun: r, strict: !r.in.flag()}
			p.open()
			for steps := 0; len(r.in.data) > 0 && steps < 80; steps++ {
				p.now++
				p.step()
			}
			p.end()
		})
	})
}

// A fuzzJob is a job and what the reference knows of it.
type fuzzJob struct {
	id     int
	call   *fuzzCall
	held   bool     // by an executor that is no pool
	awaits *fuzzJob // only where everything happens at once
	ctx    context.Context
	cancel context.CancelCauseFunc
	future atomic.Pointer[future.Future[int]] // nil while RunInExecutor blocks
	job    future.Job                         // of those that are held

	// The reference.
	where fuzzPlace
	end   fuzzEnd // of the context of the call
	above fuzzEnd // of the context given to RunInExecutor
	out   fuzzOutcome
}

// A fuzzPlace is where a job is.
type fuzzPlace int

const (
	placeDoor   fuzzPlace = iota // its submitter waits
	placeQueue                   // waits for a worker
	placeWorker                  // runs on a worker
	placeCaller                  // runs in its submitter's stead
	placeHeld                    // lies with an executor that is no pool
	placeLoose                   // runs elsewhere
	placeNone                    // its call has ended, or never begins
)

// A fuzzPool is a pool, and the reference.
type fuzzPool struct {
	*fuzzRun

	strict        bool
	now           int
	pool          *future.Pool
	locked        bool
	stays         bool // workers do, when there is nothing to do
	rejection     future.Rejection
	begun, undone atomic.Int32 // workers
	closed        atomic.Bool  // Shutdown has returned
	running, most atomic.Int32 // jobs that have a place for certain
	jobs          []*fuzzJob

	// The reference.
	size, largest int // largest is the most that the size has been
	capacity      int
	refuses       bool
	queue, door   []*fuzzJob
	stats         future.PoolStats
}

func (p *fuzzPool) open() {
	in := p.in
	p.size, p.capacity, p.rejection = 1+in.below(3), math.MaxInt, future.Rejection(in.below(4))
	p.largest = p.size
	opts := []future.PoolOption{future.WithRejection(p.rejection)}
	if n := in.below(4); n < 3 {
		p.capacity = n
		opts = append(opts, future.WithQueue(n))
	}
	if p.locked = in.below(4) == 0; p.locked {
		opts = append(opts, future.WithThreadLock())
		p.stays = true
		if p.rejection == future.CallerRuns {
			p.rejection = future.Block // the caller is on another thread
		}
	}
	if in.below(4) == 0 {
		p.stays = true
		opts = append(opts, future.WithIdleTimeout(time.Second))
	}
	if in.flag() {
		opts = append(opts, future.WithTiming(), future.WithWorkerInit(func() (func(), error) {
			p.begun.Add(1)
			return func() { p.undone.Add(1) }, nil
		}))
	}
	p.pool = future.NewPool(p.size, opts...)
	p.note("a pool of %d, queue %d, rejection %d, locked %t, stays %t", p.size, p.capacity, p.rejection, p.locked, p.stays)
}

// do does one thing, and lets the reference do it if it follows.
func (p *fuzzPool) do(fn, reference func()) {
	go fn()
	if !p.strict {
		return
	}
	synctest.Wait()
	reference()
	p.check()
}

func (p *fuzzPool) step() {
	in := p.in
	switch what := in.below(16); {
	case what <= 5 && len(p.jobs) < 30:
		p.submit()
	case what == 6 && len(p.jobs) < 30:
		p.hold()
	case what == 7:
		n := 1 + in.below(4)
		p.note("resize to %d", n)
		p.largest = max(p.largest, n)
		p.do(func() { p.pool.Resize(n) }, func() {
			p.size = n
			p.balance()
		})
	case what == 8 && in.below(4) == 0:
		p.note("shutdown")
		p.shutdown()
	case what == 9 && in.below(4) == 0:
		p.note("shutdown now")
		p.do(p.pool.ShutdownNow, func() {
			p.refuse()
			for _, j := range p.queue {
				p.stats.Dropped++
				p.settle(j, fuzzWant{state: future.Failed, is: []error{future.ErrExecutorShutdown}}, placeNone)
			}
			p.queue = nil
			for _, j := range p.jobs {
				if j.where == placeWorker && !j.end.dead() {
					j.end = cancelledBy(future.ErrExecutorShutdown)
				}
			}
			p.leave()
		})
	case what == 10:
		p.note("time passes")
		p.do(func() {}, func() {})
		time.Sleep(time.Second)
	case len(p.jobs) == 0:
	default:
		p.touch(p.jobs[len(p.jobs)-1-in.below(len(p.jobs))])
	}
}

func (p *fuzzPool) newJob() *fuzzJob {
	j := &fuzzJob{id: len(p.jobs), call: p.in.call()}
	j.ctx, j.cancel = context.WithCancelCause(context.Background())
	if !p.strict && len(p.jobs) > 0 && p.in.below(3) == 0 {
		j.awaits = p.jobs[p.in.below(len(p.jobs))]
	}
	p.jobs = append(p.jobs, j)
	p.note("job %d: %v, awaits: %t", j.id, j.call, j.awaits != nil)
	return j
}

// run is the function of a job.
func (p *fuzzPool) run(ctx context.Context, j *fuzzJob) (int, error) {
	if j.awaits != nil {
		if f := j.awaits.future.Load(); f != nil {
			_, err := f.Await(ctx)
			if errors.Is(err, future.ErrDeadlock) && !p.locked {
				p.t.Errorf("job %d: a deadlock in a plain pool", j.id)
			}
		}
	}
	if p.placed(ctx, j) {
		n := p.running.Add(1)
		defer p.running.Add(-1)
		for most := p.most.Load(); n > most && !p.most.CompareAndSwap(most, n); most = p.most.Load() {
		}
	}
	return j.call.run(ctx, nil)
}

// placed reports whether j, which will not wait for another job any more, has a place of
// the pool until its function returns. Elsewhere and in the stead of the caller there is
// none, and whoever goes on because ctx has ended may be one too many.
func (p *fuzzPool) placed(ctx context.Context, j *fuzzJob) bool {
	return !j.held && p.rejection != future.CallerRuns && ctx.Err() == nil
}

func (p *fuzzPool) start(j *fuzzJob, ex future.Executor) {
	j.future.Store(future.RunInExecutor(j.ctx, ex, func(ctx context.Context) (int, error) { return p.run(ctx, j) }))
}

func (p *fuzzPool) submit() {
	j := p.newJob()
	p.do(func() { p.start(j, p.pool) }, func() {
		p.stats.Submitted++
		j.where = placeNone
		switch {
		case p.refuses:
			p.reject(j, future.ErrExecutorShutdown)
		case len(p.queue) == 0 && p.active() < p.size:
			j.where = placeWorker
			p.leave()
		case len(p.queue) < p.capacity:
			j.where = placeQueue
			p.queue = append(p.queue, j)
		case p.rejection == future.Block:
			j.where = placeDoor
			p.door = append(p.door, j)
		case p.rejection == future.CallerRuns:
			j.where = placeCaller
			p.leave()
		case p.rejection == future.DropOldest && p.capacity > 0:
			oldest := p.queue[0]
			p.queue = append(p.queue[1:], j)
			j.where = placeQueue
			p.stats.Dropped++
			p.settle(oldest, fuzzWant{state: future.Failed, is: []error{future.ErrRejected}}, placeNone)
		default:
			p.reject(j, future.ErrRejected)
		}
	})
}

// hold gives a job to an executor of another kind.
func (p *fuzzPool) hold() {
	how, err := p.in.below(4), p.in.err()
	j := p.newJob()
	j.held = true
	p.note("\twhose executor is of kind %d", how)
	p.do(func() {
		switch how {
		case 0:
			p.start(j, executor(func(job future.Job) error { j.job = job; return nil }))
		case 1:
			p.start(j, executor(func(future.Job) error { return err }))
		case 2:
			p.start(j, future.ExecutorFunc(func(func()) error { panic(err) }))
		default:
			p.start(j, future.ExecutorFunc(func(run func()) error { go run(); go run(); return nil }))
		}
	}, func() {
		j.where = placeHeld
		switch how {
		case 1:
			p.settle(j, wantSame(future.Failed, err), placeNone)
		case 2:
			p.settle(j, fuzzWant{state: future.Failed, panicked: err, is: []error{err}}, placeNone)
		case 3:
			j.where = placeLoose
			p.leave()
		}
	})
}

func (p *fuzzPool) shutdown() {
	p.do(func() {
		if p.pool.Shutdown(context.Background()) == nil {
			p.closed.Store(true)
		}
	}, p.refuse)
}

// touch does something to a job.
func (p *fuzzPool) touch(j *fuzzJob) {
	cause := p.in.cause()
	switch p.in.below(8) {
	case 0, 1:
		p.note("job %d is cancelled because of %v", j.id, cause)
		p.do(func() {
			if f := j.future.Load(); f != nil {
				if granted := f.Cancel(cause); p.strict && granted != (j.out.state == future.Pending) {
					p.t.Errorf("Cancel of job %d gives %t", j.id, granted)
				}
			}
		}, func() { p.cancelJob(j, cause) })
	case 2:
		p.note("the context of job %d ends because of %v", j.id, cause)
		p.do(func() { j.cancel(cause) }, func() {
			if j.above.dead() {
				return
			}
			j.above = cancelledBy(cause)
			if !j.end.dead() {
				j.end = j.above
			}
			if j.where == placeDoor {
				p.door = slices.DeleteFunc(p.door, func(o *fuzzJob) bool { return o == j })
				p.stats.Rejected++
				p.settle(j, wantCancelled(j.end.cause), placeNone)
			}
			p.leave()
		})
	case 3:
		if j.job != nil {
			p.note("job %d is dropped because of %v", j.id, cause)
			p.do(func() { j.job.Drop(cause) }, func() {
				if j.where == placeHeld && j.out.state == future.Pending {
					err := cause
					if err == nil {
						err = future.ErrRejected
					}
					p.settle(j, wantOfTask(0, err, j.end), placeNone)
				}
			})
		}
	case 4:
		if j.job != nil {
			p.note("job %d is run", j.id)
			p.do(func() { j.job.Run() }, func() {
				switch {
				case j.where != placeHeld || j.out.state != future.Pending:
				case j.above.dead():
					p.settle(j, wantCancelled(j.above.cause), placeNone)
				default:
					j.where = placeLoose
					p.leave()
				}
			})
		}
	default:
		p.release(j)
	}
}

func (p *fuzzPool) release(j *fuzzJob) {
	if !j.call.open {
		p.note("job %d may go on", j.id)
		j.call.open = true
		p.do(func() { close(j.call.gate) }, p.leave)
	}
}

// The reference.

// active counts the jobs that have workers.
func (p *fuzzPool) active() (n int) {
	for _, j := range p.jobs {
		if j.where == placeWorker {
			n++
		}
	}
	return n
}

// settle is the outcome of a job.
func (p *fuzzPool) settle(j *fuzzJob, want fuzzWant, where fuzzPlace) {
	p.t.Helper()
	j.where = where
	f := j.future.Load()
	if f == nil {
		p.t.Fatalf("step %d: job %d has no future, want %v", p.now, j.id, want)
	}
	j.out = fuzzObserve(p.t, f, true, true)
	if !want.allows(j.out) {
		p.t.Fatalf("step %d: job %d is %v, want %v", p.now, j.id, j.out, want)
	}
}

func (p *fuzzPool) reject(j *fuzzJob, err error) {
	p.stats.Rejected++
	p.settle(j, fuzzWant{state: future.Failed, is: []error{err}}, placeNone)
}

func (p *fuzzPool) refuse() {
	p.refuses = true
	for _, j := range p.door {
		p.reject(j, future.ErrExecutorShutdown)
	}
	p.door = nil
}

func (p *fuzzPool) cancelJob(j *fuzzJob, cause error) {
	switch {
	case j.out.state != future.Pending || j.where == placeDoor || j.where == placeCaller:
		return // nobody has the future of the latter two
	case j.where == placeQueue:
		p.queue = slices.DeleteFunc(p.queue, func(o *fuzzJob) bool { return o == j })
		p.stats.Dropped++
		p.settle(j, wantCancelled(cause), placeNone)
		p.refill()
	case j.where == placeHeld:
		p.settle(j, wantCancelled(cause), placeNone)
	default: // the call runs on
		if !j.end.dead() {
			j.end = cancelledBy(cause)
		}
		p.settle(j, wantCancelled(cause), j.where)
		p.leave()
	}
}

// refill lets those in that wait at the door.
func (p *fuzzPool) refill() {
	for len(p.door) > 0 && len(p.queue) < p.capacity {
		p.door[0].where = placeQueue
		p.queue = append(p.queue, p.door[0])
		p.door = p.door[1:]
	}
}

// balance gives free workers to those that wait, in their order.
func (p *fuzzPool) balance() {
	for p.active() < p.size && len(p.queue)+len(p.door) > 0 {
		all := append(slices.Clone(p.queue), p.door...)
		j := all[0]
		if len(p.queue) > 0 {
			p.queue = p.queue[1:]
		} else {
			p.door = p.door[1:]
		}
		p.refill()
		if j.above.dead() {
			p.stats.Dropped++
			p.settle(j, wantCancelled(j.above.cause), placeNone)
			continue
		}
		j.where = placeWorker
	}
	if slices.ContainsFunc(p.jobs, p.mayLeave) {
		p.leave()
	}
}

// mayLeave reports whether the call of j is about to end.
func (p *fuzzPool) mayLeave(j *fuzzJob) bool {
	runs := j.where == placeWorker || j.where == placeCaller || j.where == placeLoose
	return runs && (j.call.open || j.call.heeds && j.end.dead())
}

// leave ends the calls that go on.
func (p *fuzzPool) leave() {
	for _, j := range p.jobs {
		if !p.mayLeave(j) {
			continue
		}
		if j.where != placeLoose {
			p.stats.Completed++
		}
		j.where = placeNone
		if j.out.state == future.Pending {
			p.settle(j, j.call.want(j.end), placeNone)
		}
		if !j.call.left.Load() {
			p.t.Fatalf("step %d: the call of job %d has not ended", p.now, j.id)
		}
	}
	p.balance()
}

func (p *fuzzPool) check() {
	p.t.Helper()
	for _, j := range p.jobs {
		entered := j.call.entered.Load()
		runs := j.where == placeWorker || j.where == placeCaller || j.where == placeLoose
		if entered > 1 || runs && entered == 0 || j.where < placeWorker && entered > 0 || j.where == placeHeld && entered > 0 {
			p.t.Fatalf("step %d: the function of job %d was called %d times at %d", p.now, j.id, entered, j.where)
		}
		f := j.future.Load()
		if blocks := j.where == placeDoor || j.where == placeCaller; blocks != (f == nil) {
			p.t.Fatalf("step %d: job %d at %d: RunInExecutor blocks: %t", p.now, j.id, j.where, f == nil)
		}
		if f != nil && f.State() != j.out.state {
			p.t.Fatalf("step %d: job %d is %v, want %v", p.now, j.id, f, j.out.state)
		}
		if runs {
			if end := fuzzEndOf(*j.call.ctx.Load()); end != j.end {
				p.t.Fatalf("step %d: the context of job %d has ended with %v, want %v", p.now, j.id, end, j.end)
			}
		}
	}
	got, want := p.pool.Stats(), p.stats
	want.Running, want.Queued, want.Workers = p.active(), len(p.queue), p.active()
	if p.stays {
		want.Workers = got.Workers
	}
	want.Waited, want.Ran = got.Waited, got.Ran
	if got != want {
		p.t.Fatalf("step %d: the pool has %+v, want %+v", p.now, got, want)
	}
	if p.closed.Load() && p.active() > 0 {
		p.t.Fatalf("step %d: Shutdown has returned before the jobs have", p.now)
	}
}

// end lets everything end. What is checked here holds in every order.
func (p *fuzzPool) end() {
	p.now++
	p.note("the end")
	for _, j := range p.jobs {
		p.release(j)
	}
	synctest.Wait()
	for _, j := range p.jobs {
		if j.job != nil {
			j.job.Drop(nil)
		}
	}
	if err := p.pool.Close(); err != nil {
		p.t.Errorf("Close gives %v", err)
	}
	synctest.Wait()
	for _, j := range p.jobs {
		f := j.future.Load()
		entered := j.call.entered.Load()
		if f == nil || !f.Done() || entered > 1 || entered == 0 && f.State() == future.Succeeded {
			p.t.Errorf("job %d is %v and was entered %d times", j.id, f, entered)
		}
		j.cancel(nil)
	}
	s := p.pool.Stats()
	if s.Workers+s.Running+s.Queued != 0 || s.Submitted != s.Completed+s.Rejected+s.Dropped {
		p.t.Errorf("the pool that was shut down has %+v", s)
	}
	if most := int(p.most.Load()); most > p.largest {
		p.t.Errorf("%d jobs have run at a time in a pool of at most %d", most, p.largest)
	}
	if p.begun.Load() != p.undone.Load() {
		p.t.Errorf("%d workers have begun and %d have ended", p.begun.Load(), p.undone.Load())
	}
}
