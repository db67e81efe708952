package check_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"example.com/future"
)

// A pool is the specification of a Pool that rejects what it has no place for.
type pool struct {
	Workers      int
	Capacity     int  // of the queue
	ContextEnded bool // that of waits
	Shut         bool
	Running      int
	Queue        string // the jobs that were taken, in their order, one byte each
	Jobs         [maxJobs]job
}

const maxJobs = 6

type job struct {
	Outcome  outcome
	Entered  bool
	Returned bool
	Dropped  int // the call that has closed the gate before the job was entered
}

var shutDown = failed(future.ErrExecutorShutdown)

func (s pool) step(e event) (pool, bool) {
	j := &s.Jobs[e.on]
	pending := !j.Outcome.done()
	switch e.what {
	case "submit":
		switch {
		case s.Shut:
			j.Outcome = shutDown
		case e.ok:
			s.Queue += string(rune('0' + e.on))
			return s, s.Running+s.waiting(len(s.Queue)) <= s.Workers+s.Capacity
		default:
			j.Outcome = failed(future.ErrRejected)
			return s, s.waiting(len(s.Queue)) >= s.Capacity
		}
	case "enter":
		legal := s.mayEnter(e.on)
		j.Entered = true
		s.Running++
		return s, legal
	case "leave":
		s.Running--
	case "return":
		if pending {
			j.Outcome = e.with
		}
		j.Returned = true
	case "drop":
		if s.waits(e.on) {
			j.Dropped = e.call
		}
	case "Cancel": // one says true, and then the future is done
		if pending {
			j.Outcome = e.with
		}
		return s, e.ok == pending
	case "shut":
		s.Shut = true
	case "drop now":
		if s.waits(e.on) {
			j.Dropped = e.call
		}
		return s, s.Shut
	case "settle now": // what this call has dropped
		if j.Dropped == e.call && pending {
			j.Outcome = shutDown
		}
	case "drained":
		for _, on := range s.Queue {
			if j := s.Jobs[on-'0']; !j.Returned && j.Dropped == 0 {
				return s, false
			}
		}
		return s, s.Running == 0
	case "Queued": // a worker may have a job that is not entered
		return s, e.n <= s.waiting(len(s.Queue))
	case "end context":
		s.ContextEnded = true
	default:
		return s, j.Outcome.shows(e, s.ContextEnded)
	}
	return s, true
}

// waits reports whether job on was taken and may yet be entered.
func (s pool) waits(on int) bool {
	j := s.Jobs[on]
	return strings.ContainsRune(s.Queue, rune('0'+on)) && !j.Entered && j.Dropped == 0
}

// waiting returns how many of the first n jobs wait.
func (s pool) waiting(n int) (count int) {
	for _, on := range s.Queue[:n] {
		if s.waits(int(on - '0')) {
			count++
		}
	}
	return count
}

// mayEnter reports whether job on may be entered: workers take the jobs in their order,
// and each may have one that it has not entered.
func (s pool) mayEnter(on int) bool {
	before := s.waiting(max(0, strings.IndexRune(s.Queue, rune('0'+on))))
	return s.waits(on) && !s.Jobs[on].Outcome.done() && s.Running+before < s.Workers
}

// A poolRun is one history of a pool.
type poolRun struct {
	*history
	pool      *future.Pool
	counts    bool // what waits; then each job is cancelled only once
	submitted atomic.Int64
	shut      atomic.Bool // by ShutdownNow
	jobs      [maxJobs]atomic.Pointer[future.Future[int]]
	cancelled [maxJobs]atomic.Bool
}

func (r *poolRun) submit(c *client) {
	on := int(r.submitted.Add(1)) - 1
	if on >= maxJobs {
		return
	}
	begin := r.now()
	c.do(func() []event {
		f := future.RunInExecutor(context.Background(), r.pool, func(context.Context) (int, error) {
			c := r.client(100 + on)
			c.began(begin, event{what: "enter", on: on})
			c.dawdle()
			c.dawdle()
			c.happens(event{what: "leave", on: on})
			c.ends(event{what: "return", on: on, with: succeeded(on)})
			return on, nil
		})
		rejected := f.Exception() == future.ErrRejected
		r.jobs[on].Store(f)
		return one(event{what: "submit", on: on, ok: !rejected})
	})
}

func (r *poolRun) cancel(c *client, on int, f *future.Future[int], cause mark) {
	if r.cancelled[on].Swap(true) && r.counts {
		return
	}
	c.do(func() []event {
		call := r.newCall()
		ok := f.Cancel(cause)
		return []event{
			{what: "drop", on: on, call: call},
			{what: "Cancel", on: on, with: cancelled(string(cause)), ok: ok, call: call},
		}
	})
}

// close shuts the pool down and waits for its jobs.
func (r *poolRun) close(c *client) {
	c.do(func() []event {
		call := r.newCall()
		_ = r.pool.Close() // returns nil
		return []event{{what: "shut", call: call}, {what: "drained", call: call}}
	})
}

func (r *poolRun) shutdownNow(c *client) {
	if r.shut.Swap(true) {
		return
	}
	c.do(func() []event {
		r.pool.ShutdownNow()
		events := one(event{what: "shut"})
		for on := range maxJobs {
			call := r.newCall()
			events = append(events, event{what: "drop now", on: on, call: call}, event{what: "settle now", on: on, call: call})
		}
		return events
	})
}

func TestPoolsAreLinearizable(t *testing.T) {
	check(t, func(h *history) porcupine.Model {
		c := h.client(0)
		r := &poolRun{history: h, counts: c.IntN(2) == 0}
		workers, capacity := 1+c.IntN(2), maxJobs
		if r.counts {
			capacity = c.IntN(maxJobs)
		}
		r.pool = future.NewPool(workers, future.WithQueue(capacity), future.WithRejection(future.Reject))
		ctx := newMortal()
		h.clients(2+c.IntN(2), func(c *client) {
			r.submit(c)
			for i := range 4 {
				on := c.IntN(maxJobs)
				f := r.jobs[on].Load()
				switch n := c.IntN(24); {
				case n < 6:
					r.submit(c)
				case n == 6:
					c.endContext(ctx)
				case n == 7:
					r.close(c)
				case n == 8:
					r.shutdownNow(c)
				case n < 12 && r.counts:
					c.do(func() []event {
						return one(event{what: "Queued", n: r.pool.Stats().Queued})
					})
				case f == nil:
				case n < 18:
					r.cancel(c, on, f, mark(fmt.Sprintf("cause %d", 10*c.id+i)))
				default:
					watch(c, on, f, ctx)
				}
			}
		})()
		r.close(c)
		for on := range r.jobs {
			if f := r.jobs[on].Load(); f != nil {
				c.do(func() []event {
					v, err := f.Await(context.Background())
					return one(event{what: "Await", on: on, saw: see(f, v, err)})
				})
			}
		}
		return model(pool{Workers: workers, Capacity: capacity}, pool.step)
	})
}
