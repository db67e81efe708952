package process

import (
	"io"
	"os"
	"time"
)

// An Option is an option of [NewPool].
type Option func(*options)

type options struct {
	grace    time.Duration
	idle     time.Duration
	maxCalls int
	output   io.Writer
	setup    setup

	// startTimeout is how long a process may take to reach Main. It has to be
	// bounded: a binary whose main does not call Main in a worker runs for ever.
	startTimeout time.Duration

	// reaped is called when a worker has ended, before the pool hears of it: for tests.
	reaped func()
}

func newOptions(opts []Option) options {
	o := options{
		grace:        time.Second,
		idle:         10 * time.Second,
		output:       os.Stderr,
		startTimeout: 30 * time.Second,
		reaped:       func() {},
	}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// WithGrace sets how long a function may run on after its context has ended,
// before its worker is killed: one second if left out. With 0 it is killed at once.
// A negative d panics.
func WithGrace(d time.Duration) Option {
	if d < 0 {
		panic("future: WithGrace: the grace must not be negative")
	}
	return func(o *options) { o.grace = d }
}

// WithIdleTimeout sets how long a worker without a call stays: ten seconds if left
// out. It panics if d is not positive.
func WithIdleTimeout(d time.Duration) Option {
	if d < 1 {
		panic("future: WithIdleTimeout: the time must be positive")
	}
	return func(o *options) { o.idle = d }
}

// WithMaxCallsPerWorker replaces each worker after n calls, against what leaks in
// them. Without it a worker is used for as long as it lives. An n below 1 panics.
func WithMaxCallsPerWorker(n int) Option {
	if n < 1 {
		panic("future: WithMaxCallsPerWorker: the number must be at least 1")
	}
	return func(o *options) { o.maxCalls = n }
}

// WithOutput sends what the workers write to their standard output and standard
// error to w; the parent's standard error is used if it is left out. One Write is
// called at a time, with what a worker has written so far, not with whole lines. A
// Write that fails or panics is not repeated: the rest of that worker's output is
// thrown away. A Write that blocks will block the workers that print and the end of the
// pool, but not the end of a call: that may be done before w has all that its worker has
// written. When [Pool.Close] returns, w has everything and is not used any more. A Write
// must not wait for that. A nil w panics; use [io.Discard].
func WithOutput(w io.Writer) Option {
	if w == nil {
		panic("future: WithOutput: nil writer: use io.Discard to drop the output")
	}
	return func(o *options) { o.output = w }
}

// WithStart runs fn once in each worker, before its first call: to load a model or
// to open a connection. A worker whose fn fails, panics or exits has failed to
// start, see [ErrBroken]. There is no limit to how long it may take, but a pool that
// shuts down kills a worker that is still in it and that no call waits for.
//
// A function cannot be sent to a worker; a worker has to have it. So, as with
// [future.Register], call WithStart to initialise a package-level variable:
//
//	var warm = process.WithStart(loadModel)
//
// and give that to [NewPool]. WithStart panics if fn is nil, and after [Main]: then no
// worker would know the function.
func WithStart(fn func() error) Option {
	if fn == nil {
		panic("future: WithStart: nil function")
	}
	if reached.Load() {
		panic("future: WithStart: no worker would know the function: call it to initialise a package-level variable")
	}
	s := registerStart(fn)
	return func(o *options) { o.setup = s }
}
