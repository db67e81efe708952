package future

import (
	"context"
	"runtime/trace"
	"sync/atomic"

	"example.com/future/internal/carry"
)

func init() { //nolint:gochecknoinits // package carry cannot import this one
	carry.New = func(ctx context.Context, by carry.Carrier) (carry.Call, any) {
		if scopeOf(ctx) == nil && ctx.Done() == nil && !trace.IsEnabled() {
			c := &carried{by: by}
			c.init(c, ctx)
			return c, &c.Future
		}
		c := &scopedCarried{carried: carried{by: by}}
		if !c.open(ctx, c, &c.more, nil) {
			return nil, &c.Future
		}
		c.watch()
		return c, &c.Future
	}
}

// A carried is the future of a call that somebody carries elsewhere and can stop: a task
// without a goroutine.
type carried struct {
	task[[]byte]
	by carry.Carrier

	submitted atomic.Bool // by Func.Submit, whose future is the last to be done
}

// A scopedCarried is one that belongs to a scope, can end with its context, or is traced.
type scopedCarried struct {
	carried
	more membership
}

// watch cancels the call when its context ends. That of the scope need not be watched:
// the scope does.
func (c *scopedCarried) watch() {
	m := &c.more
	ctx := m.started
	if ctx.Done() == nil || m.scope != nil && m.scope.is(ctx) {
		return
	}
	stop := context.AfterFunc(ctx, func() { c.cancel(context.Cause(ctx)) })
	m.unwatch.Store(&stop)
	if c.state() != Pending {
		stop() // it was settled before there was something to stop
	}
}

func (c *carried) Context() context.Context { return &c.ctx }

// Begin lets another goroutine cancel a call whose context has ended: what hangs on it must
// not hold up the carrier.
func (c *carried) Begin() bool {
	if ctx := c.ctx.parent; ctx.Err() != nil {
		go c.abandon(context.Cause(ctx))
		return false
	}
	return c.enter()
}

func (c *carried) End(result []byte, err error) {
	state, returned := Failed, false
	defer func() {
		if !returned {
			err = ErrGoexit // a method of err has called it
		}
		links := c.finish(result, err, state)
		c.tell()
		drain(links)
	}()
	if err == nil {
		state = Succeeded
	} else if stopped, ok := err.(carry.StoppedError); ok { //nolint:errorlint // nobody wraps it
		err, state = newCancelled(context.Cause(&c.ctx), stopped.Err), Cancelled
	} else if answer := answersCancel(&c.ctx, c.ctx.parent, err); answer != nil {
		err, state = answer, Cancelled
	}
	returned = true
}

func (c *carried) asCarried() *carried { return c }

// abandon tells the carrier before it fires the links: a function given to Map may wait
// for the end of the carrier, or call runtime.Goexit.
func (c *carried) abandon(cause error) bool {
	if !c.drop() {
		return false
	}
	links, ok := c.conclude(nil, newCancelled(cause, nil), Cancelled)
	c.by.Withdraw()
	c.tell()
	drain(links)
	return ok
}

// tell says that the future is done, if no other one will be.
func (c *carried) tell() {
	if !c.submitted.Load() {
		c.by.Settled()
	}
}

func (c *carried) cancel(cause error) bool {
	if c.abandon(cause) {
		return true
	}
	if c.state() != Pending {
		return false
	}
	c.ctx.cancel(cause)
	c.by.Stop()
	return true
}

func (c *carried) abort(cause error) { c.cancel(cause) }

// run is for those that have a function here.
func (*carried) run() { panic("future: bug: a carried call runs elsewhere") }
