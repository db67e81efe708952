package check_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/future"
)

// A derivation is the specification of a future that follows another one. It is decided
// first, by one call, which then makes it done.
type derivation struct {
	Map          bool
	Source       outcome
	ContextEnded bool
	Linked       bool // made while the source was pending
	Decided      outcome
	By           int  // the call that has decided it
	Running      bool // the function of Map has to run before it is done
	Done         bool
}

const source, derived = 0, 1

func (s derivation) step(e event) (derivation, bool) {
	switch e.what {
	case "settle":
		pending := !s.Source.done()
		if pending {
			s.Source = e.with
		}
		return s, e.ok == pending
	case "end context":
		s.ContextEnded = true
	case "derive": // from a source that may be done
		if s.Source.done() {
			s = s.follow(e.call)
		} else {
			s.Linked = true
		}
	case "fire": // goes on from the source, which this call has settled
		if s.Linked && s.By == 0 {
			s = s.follow(e.call)
		}
	case "run":
		running := s.Running
		s.Running = false
		return s, running
	case "Cancel", "expire":
		undecided := s.By == 0
		if undecided {
			s.Decided, s.By = e.with, e.call
		}
		return s, e.ok == undecided
	case "publish":
		if s.By == e.call {
			s.Done = true
		}
		return s, !s.Running
	default:
		o := s.Source
		if e.on == derived {
			o = outcome{}
			if s.Done {
				o = s.Decided
			}
		}
		return s, o.shows(e, s.ContextEnded)
	}
	return s, true
}

// follow decides as the source has.
func (s derivation) follow(call int) derivation {
	s.By, s.Decided = call, s.Source
	if s.Map && s.Source.state == future.Succeeded {
		s.Decided.text = mapped(s.Source.text)
		s.Running = true
	}
	return s
}

func mapped(text string) string { return text + "0" }

func TestDerivedFuturesAreLinearizable(t *testing.T) {
	check(t, func(h *history) porcupine.Model {
		c := h.client(0)
		src, ctx := future.New[int](), newMortal()
		var d atomic.Pointer[future.Future[int]]
		rest := func(call int) []event {
			return []event{{what: "fire", call: call}, {what: "publish", call: call}}
		}
		wait := h.clients(2+c.IntN(2), func(c *client) {
			for i := range 3 {
				switch c.IntN(6) {
				case 0:
					settle(c, source, 10*c.id+i, src, rest)
				case 1:
					c.endContext(ctx)
				case 2:
					watch(c, source, src, ctx)
				default:
					d := d.Load()
					if d == nil {
						c.dawdle()
						continue
					}
					if c.IntN(2) == 0 {
						watch(c, derived, d, ctx)
						continue
					}
					cause := mark(fmt.Sprintf("cause %d", 10*c.id+i))
					c.do(func() []event {
						e := event{what: "Cancel", on: derived, with: cancelled(string(cause)), call: c.newCall()}
						if e.ok = d.Cancel(cause); !e.ok {
							return one(e)
						}
						return []event{e, {what: "publish", call: e.call}}
					})
				}
			}
		})
		begin := h.now()
		kind := c.IntN(3)
		c.do(func() []event {
			call := h.newCall()
			switch kind {
			case 0:
				d.Store(future.Map(src, func(v int) (int, error) {
					c := h.client(100)
					c.began(begin, event{what: "run", on: derived})
					c.dawdle()
					return 10 * v, nil
				}))
			case 1:
				d.Store(future.Shield(src))
			default:
				limits := []time.Duration{0, time.Duration(c.IntN(50)) * time.Microsecond, time.Hour}
				d.Store(future.Timeout(src, limits[c.IntN(3)]))
			}
			return []event{{what: "derive", call: call}, {what: "publish", call: call}}
		})
		c.dawdle()
		settle(c, source, 1, src, rest)
		wait()
		_, err := d.Load().Await(context.Background())
		if timeout := failed(future.ErrTimeout); err == future.ErrTimeout {
			call := h.newCall()
			h.record(0, begin, untilTheEnd,
				event{what: "expire", with: timeout, ok: true, call: call}, event{what: "publish", call: call})
		}
		c.do(func() []event { return []event{result(source, src), result(derived, d.Load())} })
		return model(derivation{Map: kind == 0}, derivation.step)
	})
}
