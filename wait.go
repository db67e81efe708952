package future

import (
	"context"
	"iter"
	"sync"
)

// ReturnWhen says when [Wait] returns.
type ReturnWhen uint8

// The choices for [Wait], as in asyncio.
const (
	AllCompleted   ReturnWhen = iota // all futures are done
	FirstCompleted                   // one is done, however it ended
	FirstException                   // one has failed, or all are done; a cancelled future has not failed
)

// Wait blocks until as many of fs are done as when asks for, or until ctx is done. It
// returns those that are done by then and those that are not, both in the order of fs. If ctx
// ends first it returns both and an error as that of [Future.Await]; what is done by
// then wins over ctx.
//
// Wait cancels nothing, and it does not count as looking at an error. Of no futures
// it returns at once. It leaves nothing registered behind and is safe for
// concurrent use. A nil ctx or future, or an unknown when, panics. It is asyncio's
// wait, with a context for the timeout.
func Wait[T any](ctx context.Context, when ReturnWhen, fs ...*Future[T]) (done, pending []*Future[T], err error) {
	need(ctx != nil, "Wait", nilContext)
	need(when <= FirstException, "Wait", "unknown ReturnWhen; pass AllCompleted, FirstCompleted or FirstException")
	fs = append([]*Future[T](nil), fs...)
	w := newMultiwait("Wait", fs)
	w.first = when != AllCompleted // the first to fail ends FirstException
	err = w.until(ctx, func(c *core) bool {
		return when == FirstCompleted || when == FirstException && c.state() == Failed
	})
	for _, f := range fs {
		if f.state() == Pending {
			pending = append(pending, f)
		} else {
			done = append(done, f)
		}
	}
	return done, pending, err
}

// AsCompleted returns an iterator over the outcomes of fs with their index, in the
// order in which they are done: first those that are done when the iteration
// begins, in the order of fs, then the others as they come. Every index is yielded
// once. If ctx ends, the rest are yielded in the order of fs, those that are not
// done with an error as that of [Future.Await].
//
// The iteration blocks until there is a next outcome or ctx is done. It cancels
// nothing. Breaking out of it leaves nothing registered. The iterator may be used
// more than once and is safe for concurrent use. A nil ctx or future panics. It is
// asyncio's as_completed.
func AsCompleted[T any](ctx context.Context, fs ...*Future[T]) iter.Seq2[int, Outcome[T]] {
	need(ctx != nil, "AsCompleted", nilContext)
	for _, f := range fs {
		coreOf("AsCompleted", f)
	}
	fs = append([]*Future[T](nil), fs...)
	return func(yield func(int, Outcome[T]) bool) {
		w := newMultiwait("AsCompleted", fs)
		w.first = true
		w.start(ctx)
		defer w.stop()
		for range fs {
			i, err := w.next(ctx)
			o := Outcome[T]{Err: err}
			if err == nil {
				o.Value, o.Err = fs[i].Result()
			}
			if !yield(i, o) {
				return
			}
		}
	}
}

// awaitAll blocks until all of cs have succeeded, or returns the first error.
func awaitAll(ctx context.Context, op string, cs ...*core) error {
	need(ctx != nil, op, nilContext)
	succeeded := 0
	for _, c := range cs {
		switch c.state() {
		case Succeeded:
			succeeded++
		case Failed, Cancelled:
			return c.failure.look()
		default:
		}
	}
	if succeeded == len(cs) {
		return nil
	}
	w := &multiwait{items: make([]item, len(cs))}
	for i, c := range cs {
		w.items[i].c = c
	}
	var failed *core
	err := w.until(ctx, func(c *core) bool {
		if c.state() != Succeeded {
			failed = c
		}
		return failed != nil
	})
	if failed != nil {
		return failed.failure.look()
	}
	return err
}

// coreOf returns the core of an argument of op, which must not be nil.
func coreOf[T any](op string, f *Future[T]) *core {
	need(f != nil, op, nilFuture)
	return &f.core
}

// A multiwait is a goroutine that waits for several futures.
type multiwait struct {
	items []item
	first bool          // any of them ends the wait
	wake  chan struct{} // has room for one

	rest   int   // where to look for an item that was not given out, when the wait ends early
	selves []int // indexes of items that are the task which waits
	over   error // of ctx, once that has ended the wait

	mu    sync.Mutex
	fired *node[int] // indexes of items that are done and were not given out; guarded by mu

	owned

	self core // stands for all of the items as what a task awaits
}

// An item is the place of a future in a multiwait.
type item struct {
	link  link
	order node[int]
	w     *multiwait
	c     *core
	early bool // done when the wait began
	given bool // changes under the mutex of w
}

func newMultiwait[T any](op string, fs []*Future[T]) *multiwait {
	w := &multiwait{items: make([]item, len(fs))}
	for i, f := range fs {
		w.items[i].c = coreOf(op, f)
	}
	return w
}

// start registers with the futures. Those that are done come first, in order.
func (w *multiwait) start(ctx context.Context) {
	w.wake = make(chan struct{}, 1)
	w.own.behaviour = w
	w.self.owner = &w.own
	t := taskOf(ctx)
	for i := range w.items {
		it := &w.items[i]
		it.w, it.link.value, it.order.value = w, it, i
		it.early = it.c.state() != Pending
		switch {
		case it.early:
			push(&w.fired, &it.order)
		case t != nil && it.c == t.own.base():
			w.selves = append(w.selves, i)
		}
	}
	for i := range w.items {
		it := &w.items[i]
		if !it.early && !it.c.register(&it.link) {
			it.fire(nil)
		}
	}
}

func (w *multiwait) stop() {
	for i := range w.items {
		w.items[i].c.unregister(&w.items[i].link)
	}
}

func (it *item) fire(*link) *link {
	w := it.w
	w.mu.Lock()
	push(&w.fired, &it.order)
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
	return nil
}

// until blocks until all futures are done or enough says so of one.
func (w *multiwait) until(ctx context.Context, enough func(*core) bool) error {
	w.start(ctx)
	defer w.stop()
	for range w.items {
		i, err := w.next(ctx)
		if err != nil {
			for j := range w.items { // what is done by now wins
				if c := w.items[j].c; c.state() != Pending && enough(c) {
					return nil
				}
			}
			return err
		}
		if enough(w.items[i].c) {
			return nil
		}
	}
	return nil
}

// next blocks until there is a future that is done and was not given out, and
// gives its index out. If the wait ends before, it gives out the first of the
// others, with the error unless that one is done by now; once ctx has ended, so it
// goes on. A task that waits for itself is given out with ErrSelfAwait.
func (w *multiwait) next(ctx context.Context) (int, error) {
	for w.over == nil {
		w.mu.Lock()
		n := pop(&w.fired)
		w.mu.Unlock()
		if n != nil {
			if w.give(n.value) {
				return n.value, nil
			}
			continue // it was given out after it was done and before it was fired
		}
		if len(w.selves) > 0 {
			i := w.selves[0]
			w.selves = w.selves[1:]
			w.give(i)
			return i, ErrSelfAwait
		}
		err := w.block(ctx)
		if err == ErrDeadlock { //nolint:errorlint // never wrapped
			return w.giveRest(err)
		}
		w.over = err
	}
	return w.giveRest(w.over)
}

func (w *multiwait) giveRest(err error) (int, error) {
	for w.items[w.rest].given {
		w.rest++
	}
	w.give(w.rest)
	if w.items[w.rest].c.state() != Pending {
		err = nil
	}
	return w.rest, err
}

// give reports whether the item was not given out before.
func (w *multiwait) give(i int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	given := w.items[i].given
	w.items[i].given = true
	return !given
}

func (w *multiwait) block(ctx context.Context) error {
	wait := func(deadlock <-chan struct{}) error {
		select {
		case <-w.wake:
			return nil
		default:
		}
		select {
		case <-w.wake:
			return nil
		case <-ctx.Done():
			return newContextError(ctx)
		case <-deadlock:
			return ErrDeadlock
		}
	}
	return taskOf(ctx).lending(ctx, waiting{&w.self, ctx}, wait)
}

func (w *multiwait) cancel(error) bool { return false }
func (w *multiwait) base() *core       { return &w.self }

func (w *multiwait) sources(yield func(*core) bool) (first bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.items {
		if !w.items[i].given && !yield(w.items[i].c) {
			break
		}
	}
	return w.first
}
