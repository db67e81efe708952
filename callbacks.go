package future

// A caller is a callback with its argument.
type caller interface{ call() }

type callback[T any] struct {
	node[caller]
	f  *Future[T]
	fn func(*Future[T])
}

func (cb *callback[T]) call() { cb.fn(cb.f) }

// stop is what AddDoneCallback returns.
func (cb *callback[T]) stop() bool {
	f := cb.f
	f.mu.Lock()
	defer f.mu.Unlock()
	if !cb.linked() {
		return false
	}
	remove(&f.callbacks, &cb.node)
	cb.fn = nil // whoever keeps stop does not keep what fn refers to
	return true
}

// AddDoneCallback arranges to call fn with f after f is done, even if it is done
// already. The callbacks of one future run in the order in which they were added,
// one at a time, on a goroutine of their own: neither the caller's nor that of whoever
// settles f, so both may hold any lock. A callback added by a callback runs
// after those already queued. Everybody who waits for f is released before the
// first callback starts; a callback that blocks delays those behind it and nobody
// else. A panic or a call of [runtime.Goexit] in fn is reported, see
// [SetExceptionHandler], and the next callback still runs.
//
// The function stop removes the callback. It reports whether it prevented the
// call; false means that the callback has started, or was stopped before. It does
// not wait for fn to return.
//
// AddDoneCallback and stop never block. A nil fn panics. The scope of a task, see
// [Run] and [TaskGroup], does not end before the callbacks of the task have
// returned. asyncio calls the two add_done_callback and remove_done_callback.
func (f *Future[T]) AddDoneCallback(fn func(*Future[T])) (stop func() bool) {
	need(fn != nil, "AddDoneCallback", nilFunction)
	cb := &callback[T]{f: f, fn: fn}
	cb.value = cb
	f.mu.Lock()
	defer f.mu.Unlock()
	push(&f.callbacks, &cb.node)
	if !f.watch() {
		f.startDispatcher()
	}
	return cb.stop
}

// startDispatcher is called with mu held when the future is done and callbacks
// wait.
func (c *core) startDispatcher() {
	if c.word.Load()&dispatching != 0 {
		return
	}
	c.word.Or(dispatching)
	var s *scope
	if t := c.asTask(); t != nil {
		s = t.scope()
	}
	if s != nil && !s.enter() {
		s = nil // too late for the scope to wait
	}
	go c.dispatch(s)
}

// dispatch runs callbacks until there are none.
func (c *core) dispatch(s *scope) {
	finished := false
	defer func() {
		if !finished {
			go c.dispatch(s) // the callback ended this goroutine
		} else if s != nil {
			s.leave()
		}
	}()
	for {
		c.mu.Lock()
		n := pop(&c.callbacks)
		if n == nil {
			c.word.And(^dispatching)
			c.mu.Unlock()
			finished = true
			return
		}
		c.mu.Unlock()
		c.callBack(n.value)
	}
}

func (c *core) callBack(cb caller) {
	returned := false
	defer func() {
		if !returned {
			c.asTask().report("future: a done callback did not return", exitError(recover()))
		}
	}()
	cb.call()
	returned = true
}
