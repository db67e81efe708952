package main

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"example.com/future"
)

// A counted executor is a pool that counts what it is asked to do.
type counted struct {
	*future.Pool

	asked, refused atomic.Uint64
}

func (c *counted) Execute(j future.Job) error {
	c.asked.Add(1)
	err := c.Pool.Execute(j)
	if err != nil {
		c.refused.Add(1)
	}
	return err
}

// settle shuts the pool down and compares its books with ours.
func (c *counted) settle(h *hand, w *work) {
	err := c.Close()
	h.expect(err == nil, "Close returned %v", err)
	w.settle()
	entered, _ := w.count()
	s := c.Stats()
	h.expect(s.Workers == 0 && s.Running == 0 && s.Queued == 0, "a closed pool has %+v", s)
	h.expect(s.Submitted == s.Completed+s.Rejected+s.Dropped, "a pool does not balance: %+v", s)
	h.expect(s.Submitted == c.asked.Load() && s.Rejected == c.refused.Load() && s.Completed == uint64(entered), //nolint:gosec // not negative
		"a pool was asked for %d, refused %d and called %d, and says %+v", c.asked.Load(), c.refused.Load(), entered, s)
}

func (c *counted) submit(ctx context.Context, j *job) *future.Future[int] {
	return future.RunInExecutor(ctx, c, j.call)
}

// poolLoad does to pools with these options whatever can be done to one.
func poolLoad(name string, opts ...future.PoolOption) *load {
	return &load{name, 2, func(h *hand) {
		var starts, stops atomic.Int64
		opts := slices.Clone(opts)
		if h.oneIn(3) {
			opts = append(opts, h.workerInit(&starts, &stops))
		}
		if h.oneIn(3) {
			opts = append(opts, future.WithIdleTimeout(time.Microsecond+h.little()))
		}
		c := &counted{Pool: future.NewPool(1+h.IntN(3), opts...)}
		ends := h.oneIn(4) // by ShutdownNow, which cancels
		var w work
		var group []future.Awaitable
		for range 1 + h.IntN(30) {
			ctx, cancel, disturbed := h.context()
			defer cancel()
			j := h.job()
			if h.oneIn(4) {
				j.do = w.nested(h, c.submit)
			}
			stop := h.oneIn(6)
			j.disturbed = disturbed || ends || stop
			f := w.add(j, c.submit(ctx, j))
			switch {
			case stop:
				f.Cancel(errStop)
			case h.oneIn(20):
				c.Resize(1 + h.IntN(4))
			case h.oneIn(20):
				_, _ = f.Await(ctx)
			}
			group = append(group, f)
		}
		switch {
		case ends:
			c.ShutdownNow()
		case h.oneIn(4):
			ctx, cancel := context.WithTimeout(context.Background(), h.little())
			defer cancel()
			err := c.Shutdown(ctx)
			h.expect(err == nil || errors.Is(err, context.DeadlineExceeded), "Shutdown returned %v", err)
		case h.oneIn(4):
			for _, f := range group {
				<-f.Ready()
			}
		}
		c.settle(h, &w)
		h.expect(starts.Load() == stops.Load(), "%d workers were started and %d stopped", starts.Load(), stops.Load())
	}}
}

// workerInit returns an option that makes some workers fail to start, which breaks
// their pool, or to stop, which is reported.
func (h *hand) workerInit(starts, stops *atomic.Int64) future.PoolOption {
	bad, how := int64(h.IntN(20)), h.ending()
	stopsBadly := h.oneIn(4)
	return future.WithWorkerInit(func() (func(), error) {
		if starts.Add(1) == bad {
			starts.Add(-1) // once is enough to break the pool
			j := &job{sheet: h.sheet, how: how}
			if _, err := j.call(context.Background()); err != nil {
				return nil, err
			}
			starts.Add(1)
		}
		return func() {
			stops.Add(1)
			if stopsBadly {
				h.unread.Add(1)
				panic(h.fault)
			}
		}, nil
	})
}

// doLocked has the jobs of a thread-locked pool wait for jobs behind them, and cancels
// others in the queue just then. A deadlock that the pool does not see makes the soak
// hang.
func doLocked(h *hand) {
	c := &counted{Pool: future.NewPool(1+h.IntN(2), future.WithThreadLock())}
	var w work
	var waiting atomic.Int64
	depth := h.IntN(200)
	waits := func(ctx context.Context) error {
		j := h.jobThat(succeeds)
		f := w.add(j, c.submit(context.Background(), j))
		for range depth {
			f = future.Map(f, func(v int) (int, error) { return v, nil })
		}
		waiting.Add(1)
		_, err := f.Await(ctx)
		return err
	}
	var doomed []*future.Future[int]
	for range 1 + h.IntN(3) {
		j, k := h.jobThat(succeeds), h.jobThat(succeeds)
		j.do, k.disturbed = waits, true
		w.add(j, c.submit(context.Background(), j))
		doomed = append(doomed, w.add(k, c.submit(context.Background(), k)))
	}
	for i, f := range doomed {
		for waiting.Load() <= int64(i) { // the job before f, or one behind
			runtime.Gosched()
		}
		for range h.IntN(20_000) { // some microseconds
			waiting.Load()
		}
		f.Cancel(errStop)
	}
	c.settle(h, &w)
}

// doStream reads a stream to some point. What was taken from the input and has not come
// out counts as cancelled.
func doStream(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	var ex future.Executor
	if h.oneIn(2) {
		p := future.NewPool(1+h.IntN(4), future.WithQueue(h.IntN(4)))
		defer func() { _ = p.Close() }()
		ex = p
	}
	var jobs []*job
	in := func(yield func(*job) bool) {
		for range h.IntN(100) {
			jobs = append(jobs, h.job())
			if !yield(jobs[len(jobs)-1]) {
				return
			}
		}
	}
	var running atomic.Int64
	stop := 1 + h.IntN(150)
	out, failed := 0, int64(0)
	for v, err := range future.Stream(ctx, ex, in, func(ctx context.Context, j *job) (int, error) {
		running.Add(1)
		defer running.Add(-1)
		return j.call(ctx)
	}) {
		if disturbed && errors.Is(err, context.Cause(ctx)) {
			continue // a call that was cancelled, or the end of the stream
		}
		if out++; err == nil {
			h.succeeded.Add(1)
			in := slices.IndexFunc(jobs, func(j *job) bool { return j.value == v })
			h.expect(in >= 0 && (disturbed || in == out-1), "a stream gave the result of %d as number %d", in, out)
		} else {
			h.failed.Add(1)
			failed++
			h.expect(errors.Is(err, h.fault) || errors.Is(err, future.ErrGoexit), "a stream gave the error %v", err)
		}
		if stop--; stop == 0 {
			break
		}
	}
	h.cancelled.Add(int64(len(jobs) - out))
	h.unread.Add(-failed)
	for _, j := range jobs {
		if j.entered.Load() > 0 && j.how >= fails {
			h.unread.Add(1) // unless it came out
		}
	}
	h.expect(running.Load() == 0, "a stream has ended before its calls")
}
