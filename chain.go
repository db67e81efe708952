package future

import (
	"context"
	"runtime/pprof"
	"sync/atomic"
)

// A derived is an owned future that follows one other future, its source.
type derived[T any] struct {
	Future[T]
	owned
	link   link
	source atomic.Pointer[core] // nil once the source is done
}

// follow registers self, which contains d, with its source, or fires it at once.
func (d *derived[T]) follow(source *core, self interface {
	behaviour
	target
},
) {
	d.own.behaviour = self
	d.Future.owner = &d.own
	d.link.value = self
	d.source.Store(source)
	if !source.register(&d.link) {
		drain(self.fire(&d.link))
	}
}

// decided passes the gate for a source that is done.
func (d *derived[T]) decided() bool {
	d.source.Store(nil)
	return d.enter()
}

// leave closes the gate and takes the link back; the caller settles.
func (d *derived[T]) leave() bool {
	if !d.drop() {
		return false
	}
	if source := d.source.Swap(nil); source != nil {
		source.unregister(&d.link)
	}
	return true
}

func (d *derived[T]) sources(yield func(*core) bool) bool {
	if source := d.source.Load(); source != nil {
		yield(source)
	}
	return false
}

// Map returns a future of what fn makes of the value of f. fn should be quick and
// pure: it runs where f is settled, or right here if f is done. A chain of any
// length settles without recursion.
//
// Failure and cancellation of f pass through untouched. The returned future fails
// with the error of fn, with a [*PanicError] if fn panics, and with [ErrGoexit]
// if fn calls [runtime.Goexit], which ends the goroutine that settles f after
// everything has settled. Cancelling it leaves f alone, and works until fn is
// entered.
//
// Map does not block. A nil f or fn panics. It is the thenApply of Java, the then
// of JavaScript for a function that returns a value.
func Map[T, U any](f *Future[T], fn func(T) (U, error)) *Future[U] {
	need(f != nil, "Map", nilFuture)
	need(fn != nil, "Map", nilFunction)
	m := &mapped[T, U]{src: f, fn: fn}
	m.follow(&f.core, m)
	return &m.Future
}

type mapped[T, U any] struct {
	derived[U]
	src *Future[T] // this and fn are for who passes the gate
	fn  func(T) (U, error)
}

func (m *mapped[T, U]) cancel(cause error) bool {
	if !m.leave() {
		return false
	}
	m.src, m.fn = nil, nil
	return m.cancelNow(cause)
}

func (m *mapped[T, U]) fire(*link) *link {
	if !m.decided() {
		return nil
	}
	src, fn := m.src, m.fn
	m.src, m.fn = nil, nil // a long chain does not keep its beginning
	if src.state() != Succeeded {
		return m.copyFailure(&src.core)
	}
	var (
		v      U
		err    error
		goesOn bool
	)
	defer func() {
		if !goesOn {
			drain(m.settle(v, err)) // nothing returns from here
		}
	}()
	func() {
		returned := false
		defer func() {
			if !returned {
				// Also a panic that was recovered may leave a Goexit that goes on.
				err = exitError(recover())
			}
		}()
		v, err = fn(src.value)
		returned = true
	}()
	goesOn = true
	return m.settle(v, err)
}

// Flatten returns a future of the value of the future in f. Failure and
// cancellation of either pass through. If the inner future is nil the result fails
// with an error that matches [ErrInvalidState], if it is the result itself with
// [ErrSelfAwait]. A cycle through other futures is not noticed: they stay pending until
// one of them is cancelled. Cancelling the result leaves both alone.
//
// A task whose function returns the future must not have started it with its own
// context, which ends when the function returns, and cancels it. See [Then].
//
// Flatten does not block. A nil f panics.
func Flatten[T any](f *Future[*Future[T]]) *Future[T] {
	need(f != nil, "Flatten", nilFuture)
	fl := &flattened[T]{}
	fl.outer.Store(f)
	fl.follow(&f.core, fl)
	return &fl.Future
}

type flattened[T any] struct {
	derived[T]
	outer atomic.Pointer[Future[*Future[T]]] // nil once it is done, or the result was cancelled
	inner atomic.Pointer[Future[T]]          // nil until then, and again once that is done
}

func (fl *flattened[T]) fire(*link) *link {
	outer := fl.outer.Swap(nil)
	if outer == nil {
		if !fl.decided() {
			return nil
		}
		return fl.copyFrom(fl.inner.Swap(nil))
	}
	if outer.state() != Succeeded {
		if !fl.decided() {
			return nil
		}
		return fl.copyFailure(&outer.core)
	}
	inner := outer.value
	if inner == nil || inner == &fl.Future {
		if !fl.decided() {
			return nil
		}
		err := ErrSelfAwait
		if inner == nil {
			err = &InvalidStateError{Op: "Flatten", State: Succeeded, note: "the future inside is nil"}
		}
		return fl.fail(newFailure(err, origin{}))
	}
	fl.inner.Store(inner)
	fl.source.Store(&inner.core)
	if !inner.register(&fl.link) {
		return fl.fire(nil)
	}
	if fl.word.Load()&dropped != 0 { // cancelled between the two
		inner.unregister(&fl.link)
		fl.forget()
	}
	checkStalled(&fl.core)
	return nil
}

func (fl *flattened[T]) forget() {
	fl.outer.Store(nil)
	fl.inner.Store(nil)
	fl.source.Store(nil)
}

func (fl *flattened[T]) cancel(cause error) bool {
	if !fl.leave() {
		return false
	}
	fl.forget()
	return fl.cancelNow(cause)
}

// Then returns the future of a task that runs fn with the value of f once f has
// succeeded. It is [Go] in every other respect: fn runs on a goroutine of its own
// with the context of the task, and the task belongs to the scope of ctx from the
// call on.
//
// Failure and cancellation of f pass through untouched and fn is not called. If
// ctx ends while the task waits for f, the task is cancelled. Cancelling the task
// leaves f alone.
//
// If fn returns a future, as for [Flatten], it must not have started it with the
// context it was given: that ends when fn returns, and cancels it. Start it with ctx.
//
// Then does not block. A nil ctx, f or fn panics.
func Then[T, U any](ctx context.Context, f *Future[T], fn func(context.Context, T) (U, error)) *Future[U] {
	need(ctx != nil, "Then", nilContext)
	need(f != nil, "Then", nilFuture)
	need(fn != nil, "Then", nilFunction)
	c := &chained[U]{
		on: Succeeded,
		bind: func() func(context.Context) (U, error) {
			v := f.value
			return func(ctx context.Context) (U, error) { return fn(ctx, v) }
		},
		pass: func(c *chained[U]) *link { return c.passOn(f.failure.look(), f.state()) },
	}
	c.follow(ctx, &f.core)
	return &c.Future
}

// Catch returns the future of a task that runs fn with the error of f once f has
// failed. It is [Go] in every other respect, as [Then] is. Success and
// cancellation of f pass through untouched and fn is not called. If ctx ends while
// the task waits for f, the task is cancelled. Cancelling the task leaves f alone.
//
// Catch does not block. A nil ctx, f or fn panics.
func Catch[T any](ctx context.Context, f *Future[T], fn func(context.Context, error) (T, error)) *Future[T] {
	need(ctx != nil, "Catch", nilContext)
	need(f != nil, "Catch", nilFuture)
	need(fn != nil, "Catch", nilFunction)
	c := &chained[T]{
		on: Failed,
		bind: func() func(context.Context) (T, error) {
			err := f.failure.look()
			return func(ctx context.Context) (T, error) { return fn(ctx, err) }
		},
		pass: func(c *chained[T]) *link {
			if f.state() != Succeeded {
				return c.passOn(f.failure.look(), Cancelled)
			}
			links, _ := c.conclude(f.value, nil, Succeeded)
			return links
		},
	}
	c.follow(ctx, &f.core)
	return &c.Future
}

// A chained is a task that starts when its source is done.
type chained[T any] struct {
	task[T]
	more   membership
	link   link
	source atomic.Pointer[core] // nil once it is done, or the task was cancelled

	// How it goes on. Whoever passes the gate may use and clear these.
	on   State                                   // the state of the source that starts the task
	bind func() func(context.Context) (T, error) // the task's function
	pass func(c *chained[T]) *link               // what to do in other states
}

func (c *chained[T]) follow(ctx context.Context, source *core) {
	c.link.value = c
	if !c.open(ctx, c, &c.more, nil) {
		return
	}
	c.source.Store(source)
	if source.state() == Pending {
		c.more.watch()
	}
	if !source.register(&c.link) {
		drain(c.fire(&c.link))
	} else if c.word.Load()&dropped != 0 {
		source.unregister(&c.link) // ctx ended before there was a link to take back
	}
}

func (c *chained[T]) fire(*link) *link {
	source := c.source.Swap(nil)
	switch {
	case source == nil: // cancelled
	case source.state() == c.on:
		c.more.start()
	case c.enter():
		pass := c.pass
		c.bind, c.pass = nil, nil
		return pass(c)
	}
	return nil
}

func (c *chained[T]) run() {
	if !c.admitted() {
		return
	}
	// The goroutine has the labels of whoever settled the source.
	pprof.SetGoroutineLabels(c.ctx.parent)
	fn := c.bind()
	c.bind, c.pass = nil, nil
	c.call(fn)
}

// passOn ends the task as its source did.
func (c *chained[T]) passOn(err error, s State) *link {
	var zero T
	links, _ := c.conclude(zero, err, s)
	return links
}

func (c *chained[T]) abandon(cause error) bool {
	if !c.task.abandon(cause) {
		return false
	}
	c.bind, c.pass = nil, nil
	if source := c.source.Swap(nil); source != nil {
		source.unregister(&c.link)
	}
	return true
}

func (c *chained[T]) sources(yield func(*core) bool) bool {
	if source := c.source.Load(); source != nil {
		yield(source)
		return false
	}
	return c.task.sources(yield)
}
