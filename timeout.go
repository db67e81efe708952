package future

import (
	"context"
	"sync/atomic"
	"time"
)

// Sleep blocks for d, or until ctx is done: then it returns an error that matches
// ctx.Err() and the cause of ctx. A d of zero or less returns at once, with an error
// if ctx has ended. A nil ctx panics. Unlike a wait for a future, a task that sleeps
// keeps its place under a limit and its worker in a pool. It is asyncio's sleep.
func Sleep(ctx context.Context, d time.Duration) error {
	need(ctx != nil, "Sleep", nilContext)
	if ctx.Err() != nil {
		return newContextError(ctx)
	}
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return newContextError(ctx)
	}
}

// After returns a future that succeeds with v after d; at once if d is zero or less.
// It takes a timer and no goroutine. Cancel stops the timer. After does not block. It is
// asyncio's call_later, as a future.
func After[T any](d time.Duration, v T) *Future[T] {
	if d <= 0 {
		return FromResult(v)
	}
	a := &after[T]{}
	a.own.behaviour = a
	a.owner = &a.own
	// Nobody else has the future before the timer is stored.
	a.timer = time.AfterFunc(d, func() {
		if a.enter() {
			drain(a.settle(v, nil))
		}
	})
	return &a.Future
}

type after[T any] struct {
	Future[T]
	owned
	timer *time.Timer
}

func (a *after[T]) cancel(cause error) bool {
	if !a.drop() {
		return false
	}
	a.timer.Stop()
	return a.cancelNow(cause)
}

func (a *after[T]) sources(func(*core) bool) bool { return false }

// WaitFor waits for f as [Future.Await] does, but for no longer than d, and it owns
// the wait: when the time is up it cancels f with the cause [ErrTimeout] and returns
// ErrTimeout; when ctx ends first it cancels f with the cause of ctx and returns an
// error that matches ctx.Err() and that cause. It returns at once and does not wait
// for f to end: a function may ignore its context, and a timeout that waits for it
// is none. The scope of f still waits.
//
// In a task, d also bounds the wait for the place that the task has lent meanwhile. In
// a thread-locked pool WaitFor may return [ErrDeadlock] at once, as Await does, and
// then leaves f alone.
//
// An outcome that is there when the deadline is handled wins. A d of zero or less
// polls. To leave f alone, give WaitFor a [Shield] of it. WaitFor is safe for
// concurrent use; of several on one future, the first to time out cancels it for
// all. A nil ctx or f panics. It is asyncio's wait_for, which waits for the
// cancelled task without a limit.
func WaitFor[T any](ctx context.Context, f *Future[T], d time.Duration) (T, error) {
	need(ctx != nil, "WaitFor", nilContext)
	need(f != nil, "WaitFor", nilFuture)
	err := f.waitFor(ctx, d)
	if err != nil {
		cause := context.Cause(ctx)
		if err == errExpired { //nolint:errorlint // never wrapped
			err, cause = ErrTimeout, ErrTimeout
		}
		if err == ErrSelfAwait || err == ErrDeadlock || f.Cancel(cause) || f.state() == Pending { //nolint:errorlint // never wrapped
			var zero T
			return zero, err
		}
	}
	return f.Result()
}

func (c *core) waitFor(ctx context.Context, d time.Duration) error {
	if c.state() != Pending {
		return nil
	}
	if d <= 0 {
		if ctx.Err() != nil {
			return newContextError(ctx)
		}
		return errExpired
	}
	// A context, for it ends the wait for a lent place as well.
	timed, cancel := context.WithTimeoutCause(ctx, d, errExpired)
	defer cancel()
	err := c.wait(timed)
	// Not errors.Is: the cause of ctx may match everything, or panic.
	if e, ok := err.(*contextError); ok && e.cause == errExpired { //nolint:errorlint // as newContextError made it
		return errExpired
	}
	return err
}

// Timeout returns a future that ends as f does or, if f is not done after d, fails
// with [ErrTimeout]; f goes on. The timer is released as soon as the answer is known.
// A d of zero or less polls. Cancelling the returned future leaves f alone.
//
// Timeout does not block. A nil f panics. It is the orTimeout of Java, but for a
// future of its own.
func Timeout[T any](f *Future[T], d time.Duration) *Future[T] {
	coreOf("Timeout", f)
	t := &timedOut[T]{}
	t.src = f
	t.follow(&f.core, t)
	switch {
	case t.state() != Pending:
	case d <= 0:
		t.expire()
	default:
		timer := time.AfterFunc(d, t.expire)
		t.timer.Store(timer)
		if t.state() != Pending {
			timer.Stop() // done before there was a timer to stop
		}
	}
	return &t.Future
}

// A timedOut is a shield with a deadline.
type timedOut[T any] struct {
	shield[T]
	timer atomic.Pointer[time.Timer]
}

func (t *timedOut[T]) expire() {
	if t.leave() {
		t.src = nil
		drain(t.fail(newFailure(ErrTimeout, origin{})))
	}
}

func (t *timedOut[T]) stop() {
	if timer := t.timer.Load(); timer != nil {
		timer.Stop()
	}
}

func (t *timedOut[T]) fire(l *link) *link {
	links := t.shield.fire(l)
	t.stop() // after that: see Timeout
	return links
}

// sources has none: it can end by itself.
func (t *timedOut[T]) sources(func(*core) bool) bool { return false }

func (t *timedOut[T]) cancel(cause error) bool {
	defer t.stop()
	return t.shield.cancel(cause)
}

// Shield returns a future that ends as f does. Cancelling it leaves f alone, so it is
// what to hand to [WaitFor] and to others who may cancel. A future that is done is
// its own shield.
//
// Shield does not block. A nil f panics. It is asyncio's shield.
func Shield[T any](f *Future[T]) *Future[T] {
	if coreOf("Shield", f).state() != Pending {
		return f
	}
	s := &shield[T]{src: f}
	s.follow(&f.core, s)
	return &s.Future
}

type shield[T any] struct {
	derived[T]
	src *Future[T] // for who passes the gate
}

func (s *shield[T]) cancel(cause error) bool {
	if !s.leave() {
		return false
	}
	s.src = nil
	return s.cancelNow(cause)
}

func (s *shield[T]) fire(*link) *link {
	if !s.decided() {
		return nil
	}
	src := s.src
	s.src = nil
	return s.copyFrom(src)
}
