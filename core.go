package future

import (
	"context"
	"sync"
	"sync/atomic"
)

// A core is the part of a future that does not depend on the type of its value.
//
// Settling takes three steps. begin takes the mutex if the future is pending;
// the caller then stores the outcome; commit publishes the state, lets the
// waiters go, starts the callbacks and releases the mutex. It returns the links that
// were registered, for drain.
//
// There is one shortcut: a task that succeeds before anybody has registered with it
// swaps its word and leaves the mutex alone. BenchmarkPool shows what it is for: without the
// shortcut it is slower by a tenth. It may be taken only while watched is not set; who
// sets that holds the mutex, and finds the state in the word that it replaces.
//
// Lock order: a core's mutex before a scope's or a pool's.
type core struct {
	mu        sync.Mutex
	word      atomic.Uint32 // the State and the bits below
	number    atomic.Uint32 // of the automatic name, 0 until somebody asks
	failure   *failure      // written before word says Failed or Cancelled, never after
	ready     chan struct{} // made, under mu, when somebody asks for it; read when word has shared
	links     *link         // what settling this future goes on to settle; guarded by mu
	callbacks *node[caller] // guarded by mu
	owner     *owner        // nil: whoever has the future may settle it
}

// The bits of a core's word. Each is set once and stays, but for dispatching.
const (
	stateMask   uint32 = 1<<2 - 1
	entered     uint32 = 1 << 2  // the function was entered, or a combinator's outcome is decided
	dropped     uint32 = 1 << 3  // the function will never be entered
	ended       uint32 = 1 << 4  // a task's function has returned
	endedDead   uint32 = 1 << 5  // its parent context was done by then
	cancelling  uint32 = 1 << 6  // a combinator that will be cancelled when its inputs have ended
	shared      uint32 = 1 << 7  // there is a ready channel
	watched     uint32 = 1 << 8  // the state changes under mu only
	parked      uint32 = 1 << 9  // somebody waits on the owner's group
	dispatching uint32 = 1 << 10 // a goroutine runs the callbacks; changes under mu
)

// An owner lies in the allocation of a future that the package settles itself, so that a
// core needs no more than a word to refer to it.
type owner struct{ behaviour }

// A behaviour is what one kind of owned future does in its own way.
type behaviour interface {
	// cancel is Future.Cancel.
	cancel(cause error) bool
	// base returns the future's core.
	base() *core
	// waiters returns a group on which to wait for the future without a channel, nil
	// if it has none. Its counter is one while the future is pending and parked.
	waiters() *sync.WaitGroup
	// asTask returns the task of which this is the future, or nil.
	asTask() *taskContext
	// sources calls yield for the futures that this one waits for, until it
	// returns false. It reports whether the first of them to be done may be enough.
	sources(yield func(*core) bool) (first bool)
}

// An owned is the owner of a future that is no task.
type owned struct{ own owner }

func (*owned) waiters() *sync.WaitGroup { return nil }
func (*owned) asTask() *taskContext     { return nil }

// A target hangs on a future by a link and is fired when the future is done. It
// returns the links of what it settles.
type target interface {
	fire(l *link) (more *link)
}

type link = node[target]

// drain fires a ring of links, and those of what they settle. Whoever settles a future
// does it, outside of every lock: a chain of a million steps settles in a loop and on
// one stack. The memberships of tasks come last, when nothing else is left.
func drain(links *link) {
	if links == nil {
		return
	}
	var last *link
	// A user's function can end this goroutine with runtime.Goexit. The rest is
	// settled all the same.
	defer func() {
		splice(&links, last)
		drain(links)
	}()
	for links != nil {
		l := pop(&links)
		if _, ok := l.value.(*membership); ok {
			push(&last, l)
		} else {
			splice(&links, l.value.fire(l))
		}
	}
	for last != nil {
		pop(&last).value.fire(nil)
	}
}

// all calls f for each of xs. If f comes to a user's function that ends this goroutine
// with runtime.Goexit, the rest is done all the same.
func all[T any](xs []T, f func(*T)) {
	defer func() {
		if len(xs) > 0 {
			all(xs, f)
		}
	}()
	for len(xs) > 0 {
		x := &xs[0]
		xs = xs[1:]
		f(x)
	}
}

func (c *core) state() State { return State(c.word.Load() & stateMask) }
func (c *core) base() *core  { return c }

// asTask returns the task of which this is the future, or nil.
func (c *core) asTask() *taskContext {
	if c.owner == nil {
		return nil
	}
	return c.owner.asTask()
}

// enter passes the gate: it reports whether this call claims the future for its
// function, which no call of drop has done before.
func (c *core) enter() bool { return c.claim(entered, entered|dropped) }

// drop closes the gate: it reports whether the function was not entered, and
// now never will be. The caller settles the future.
func (c *core) drop() bool { return c.claim(dropped, entered|dropped) }

// claim sets bit unless one of those in unless is set.
func (c *core) claim(bit, unless uint32) bool {
	for {
		word := c.word.Load()
		if word&unless != 0 {
			return false
		}
		if c.word.CompareAndSwap(word, word|bit) {
			return true
		}
	}
}

// begin locks mu and reports true if the future is pending. It will stay so until
// commit.
func (c *core) begin() bool {
	c.mu.Lock()
	if c.watch() {
		return true
	}
	c.mu.Unlock()
	return false
}

// watch makes changes of the state need mu, which the caller holds, and reports
// whether the future is pending.
func (c *core) watch() bool {
	word := c.word.Load()
	if word&watched == 0 {
		word = c.word.Or(watched)
	}
	return word&stateMask == 0
}

// commit publishes an outcome that was stored since begin, and unlocks mu. It returns
// the links. Waiters are released before the first callback starts.
func (c *core) commit(s State) *link {
	c.word.Or(uint32(s))
	if c.ready != nil {
		close(c.ready)
	}
	if c.word.Load()&parked != 0 {
		c.owner.waiters().Done()
	}
	links := c.links
	c.links = nil
	if c.callbacks != nil {
		c.startDispatcher()
	}
	c.mu.Unlock()
	return links
}

// commitUnwatched is begin and commit in one for a state without an error, where
// nobody has registered; false means that somebody has.
func (c *core) commitUnwatched(bits uint32) bool {
	for {
		word := c.word.Load()
		if word&(watched|stateMask) != 0 {
			return false
		}
		if c.word.CompareAndSwap(word, word|bits) {
			if word&parked != 0 {
				c.owner.waiters().Done()
			}
			return true
		}
	}
}

// commitFailure is commit for the two states that have an error.
func (c *core) commitFailure(s State, f *failure) *link {
	c.failure = f
	return c.commit(s)
}

// settleFailed fails or cancels the future if it is pending.
func (c *core) settleFailed(s State, f *failure) (links *link, ok bool) {
	if !c.begin() {
		return nil, false
	}
	return c.commitFailure(s, f), true
}

// fail is settleFailed for the owner, whom nobody precedes.
func (c *core) fail(f *failure) *link {
	links, _ := c.settleFailed(Failed, f)
	return links
}

func (c *core) cancelNow(cause error) bool {
	if c.state() != Pending {
		return false
	}
	links, ok := c.settleFailed(Cancelled, &failure{err: newCancelled(cause, nil)})
	drain(links)
	return ok
}

// copyFailure ends an owned future as src did, which has failed or was cancelled.
func (c *core) copyFailure(src *core) *link {
	links, _ := c.settleFailed(src.state(), src.failure.pass())
	return links
}

// failureOrigin says where the error of a future comes from that has failed or was
// cancelled. Of a cancellation nobody has been told, unless the task has ended with the
// context that it was started under: who ends that knows.
func (c *core) failureOrigin() (o origin) {
	switch t := c.asTask(); {
	case c.failure.unread != nil:
		return c.failure.unread.origin
	case c.state() == Failed:
		o.silent = true
	case t != nil:
		o = t.origin()
		o.silent = t.parent.Err() != nil
	}
	return o
}

// exception returns the error of a future that had not succeeded when op read its
// state, s. By now it may have.
func (c *core) exception(op string, s State) error {
	if s == Pending {
		return &InvalidStateError{Op: op, State: s}
	}
	return c.failure.look()
}

func (c *core) invalid(op string) error {
	err := &InvalidStateError{Op: op, State: c.state()}
	if c.owner != nil {
		err.note = "its task or combinator settles it"
	}
	return err
}

// register hangs l on the future; false means that it is done and l will not be
// fired.
func (c *core) register(l *link) bool {
	if c.state() != Pending {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.watch() {
		return false
	}
	push(&c.links, l)
	return true
}

// unregister takes l back, unless it was fired, will be, or was never registered.
func (c *core) unregister(l *link) {
	// The links of a done future have left it and are no longer ours to touch. So no
	// lock is needed for those: BenchmarkPool shows what that is for, where a Gather of
	// jobs that are all done is slower by a tenth.
	if c.state() != Pending {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state() == Pending && l.linked() {
		remove(&c.links, l)
	}
}

// closed is the channel of futures that are done. It is made before any
// synctest bubble can exist, so it works in all of them.
var closed = func() chan struct{} { //nolint:gochecknoglobals // never changes
	c := make(chan struct{})
	close(c)
	return c
}()

func (c *core) readyChan() <-chan struct{} {
	switch word := c.word.Load(); {
	case word&stateMask != 0:
		return closed
	case word&shared != 0:
		return c.ready
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.watch() {
		return closed
	}
	if c.ready == nil {
		c.ready = make(chan struct{})
		c.word.Or(shared)
	}
	return c.ready
}

// wait blocks until the future is done or ctx is. It returns nil as soon as the future
// is done, whatever else holds.
func (c *core) wait(ctx context.Context) error {
	if t := taskOf(ctx); t != nil {
		return c.waitInTask(ctx, t)
	}
	if ctx.Done() == nil {
		c.park()
		return nil
	}
	return c.block(ctx, nil)
}

func (c *core) waitInTask(ctx context.Context, t *taskContext) error {
	if t.own.base() == c {
		return ErrSelfAwait
	}
	return t.lending(ctx, waiting{c, ctx}, func(deadlock <-chan struct{}) error {
		return c.block(ctx, deadlock)
	})
}

func (c *core) block(ctx context.Context, deadlock <-chan struct{}) error {
	var err error
	select {
	case <-c.readyChan():
	case <-ctx.Done():
		err = newContextError(ctx)
	case <-deadlock:
		err = ErrDeadlock
	}
	if c.state() != Pending {
		return nil
	}
	return err
}

// errExpired never leaves the package.
var errExpired error = &sentinel{text: "future: bug: expired"}

// park blocks until the future is done, for callers that wait for nothing else.
func (c *core) park() {
	var wg *sync.WaitGroup
	if c.owner != nil {
		wg = c.owner.waiters()
	}
	if wg == nil {
		<-c.readyChan()
		return
	}
	if c.word.Load()&parked == 0 {
		c.mu.Lock()
		if c.word.Load()&(parked|stateMask) == 0 { // so this is the only Add there is
			wg.Add(1)
			if !c.claim(parked, stateMask) {
				wg.Done() // nobody else will
			}
		}
		c.mu.Unlock()
	}
	wg.Wait()
}
