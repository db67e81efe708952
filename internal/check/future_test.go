package check_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/anishathalye/porcupine"

	"example.com/future"
)

// A plain is the specification of a future that nobody owns.
type plain struct {
	Outcome      outcome
	ContextEnded bool
	Queue        string // the callbacks that wait, one byte each
	Running      string // the callback that runs
}

func (s plain) step(e event) (plain, bool) {
	callback := string(rune(e.on))
	switch e.what {
	case "settle":
		pending := !s.Outcome.done()
		if pending {
			s.Outcome = e.with
		}
		return s, e.ok == pending
	case "end context":
		s.ContextEnded = true
		return s, true
	case "add":
		s.Queue += callback
		return s, true
	case "stop":
		before, after, found := strings.Cut(s.Queue, callback)
		s.Queue = before + after
		return s, e.ok == found
	case "start":
		rest, first := strings.CutPrefix(s.Queue, callback)
		free := s.Running == ""
		s.Queue, s.Running = rest, callback
		return s, s.Outcome.done() && first && free && e.ok
	case "return":
		running := s.Running
		s.Running = ""
		return s, running == callback
	case "idle":
		return s, s.Queue == "" && s.Running == ""
	default:
		return s, s.Outcome.shows(e, s.ContextEnded)
	}
}

// callbacks are those of one future.
type callbacks struct {
	h     *history
	f     *future.Future[int]
	ready <-chan struct{} // of f, or nil if nobody has asked for it

	mu    sync.Mutex
	stops []func() bool // by number
}

const maxCallbacks = 12

// add adds a callback that may add others. If wait is not nil the callback closes it at
// the end.
func (cs *callbacks) add(c *client, nested bool, wait chan<- struct{}) {
	cs.mu.Lock()
	i := len(cs.stops)
	if i == maxCallbacks && wait == nil {
		cs.mu.Unlock()
		return
	}
	cs.stops = append(cs.stops, nil)
	cs.mu.Unlock()
	on := 'a' + i
	begin := c.now()
	c.do(func() []event {
		stop := cs.f.AddDoneCallback(func(f *future.Future[int]) {
			c := cs.h.client(100 + i)
			c.began(begin, event{what: "start", on: on, ok: f == cs.f && cs.released()})
			if wait != nil {
				c.happens(event{what: "return", on: on})
				close(wait)
				return
			}
			cs.run(c, i, nested)
			c.happens(event{what: "return", on: on})
			switch c.IntN(8) {
			case 0:
				panic("a callback")
			case 1:
				runtime.Goexit()
			}
		})
		cs.mu.Lock()
		defer cs.mu.Unlock()
		cs.stops[i] = stop
		return one(event{what: "add", on: on})
	})
}

// released reports whether whoever waited for f in a select statement was released.
func (cs *callbacks) released() bool {
	if cs.ready == nil {
		return true
	}
	select {
	case <-cs.ready:
		return true
	default:
		return false
	}
}

// run is what a callback does.
func (cs *callbacks) run(c *client, i int, nested bool) {
	switch c.IntN(4) {
	case 0:
		if !nested {
			cs.add(c, true, nil)
		}
	case 1:
		cs.stop(c, i)
	case 2:
		watch(c, 0, cs.f, newMortal())
	default:
		c.dawdle()
	}
}

func (cs *callbacks) stop(c *client, i int) {
	cs.mu.Lock()
	stop := cs.stops[i]
	cs.mu.Unlock()
	if stop != nil {
		c.do(func() []event { return one(event{what: "stop", on: 'a' + i, ok: stop()}) })
	}
}

func (cs *callbacks) stopAny(c *client) {
	cs.mu.Lock()
	n := len(cs.stops)
	cs.mu.Unlock()
	if n > 0 {
		cs.stop(c, c.IntN(n))
	}
}

// drain waits until all callbacks have run. The first that it adds comes after those
// that others have added, the second after those that these have added.
func (cs *callbacks) drain(c *client) {
	for range 2 {
		wait := make(chan struct{})
		cs.add(c, true, wait)
		<-wait
	}
	c.happens(event{what: "idle"})
}

func TestFuturesAreLinearizable(t *testing.T) {
	check(t, func(h *history) porcupine.Model {
		c := h.client(0)
		cs := &callbacks{h: h, f: future.New[int]()}
		ctx := newMortal()
		if c.IntN(2) == 0 {
			cs.ready = cs.f.Ready()
		}
		wait := h.clients(2+c.IntN(3), func(c *client) {
			for i := range 4 {
				switch c.IntN(8) {
				case 0:
					settle(c, 0, 10*c.id+i, cs.f, nil)
				case 1:
					c.endContext(ctx)
				case 2, 3:
					cs.add(c, false, nil)
				case 4, 5:
					cs.stopAny(c)
				default:
					watch(c, 0, cs.f, ctx)
				}
			}
		})
		c.dawdle()
		settle(c, 0, 1, cs.f, nil)
		wait()
		cs.drain(c)
		c.do(func() []event { return one(result(0, cs.f)) })
		return model(plain{}, plain.step)
	})
}
