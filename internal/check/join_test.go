package check_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/anishathalye/porcupine"

	"example.com/future"
)

// A join is the specification of Gather, GatherSettled, Race and Any. As a derived
// future it is decided first, by one call, which then makes it done.
type join struct {
	Kind         kind
	N            int // inputs
	Inputs       [maxInputs]input
	ContextEnded bool
	Seen         int  // inputs that were looked at when the join was made
	Left         int  // inputs that are not done
	Asked        bool // to be cancelled, with the cause below
	Cause        outcome
	Decided      outcome
	By           int // the call that has decided it
	Done         bool
}

type kind int

const (
	gather kind = iota
	gatherSettled
	race
	first // Any
)

const (
	maxInputs = 3
	joined    = maxInputs // the number of the join among the futures
)

type input struct {
	Outcome outcome
	By      int  // the call that has settled it
	Linked  bool // pending when the join was made
}

func (s join) step(e event) (join, bool) {
	switch e.what {
	case "settle":
		pending := !s.Inputs[e.on].Outcome.done()
		s = s.settle(e)
		return s, e.ok == pending
	case "end context":
		s.ContextEnded = true
	case "look": // at the next input, when the join is made
		legal := e.on == s.Seen
		s.Seen++
		if in := &s.Inputs[e.on]; in.Outcome.done() {
			s = s.count(e)
		} else {
			in.Linked = true
		}
		return s, legal
	case "made":
		if s.N == 0 {
			s = s.last(e)
		}
	case "fire": // goes on from an input, if this call has settled it
		if in := s.Inputs[e.on]; in.Linked && in.By == e.call {
			s = s.count(e)
		}
	case "Cancel":
		if !e.ok {
			return s, s.By != 0 || s.allDone()
		}
		if s.By != 0 {
			return s, false
		}
		if !s.Asked {
			s.Asked, s.Cause = true, e.with
		}
	case "cancel input":
		s = s.settle(e)
	case "publish":
		if s.By == e.call {
			s.Done = true
		}
	default:
		var o outcome
		switch {
		case e.on != joined:
			o = s.Inputs[e.on].Outcome
		case s.Done:
			o = s.Decided
		}
		return s, o.shows(e, s.ContextEnded)
	}
	return s, true
}

func (s join) settle(e event) join {
	if in := &s.Inputs[e.on]; !in.Outcome.done() {
		in.Outcome, in.By = e.with, e.call
	}
	return s
}

func (s join) allDone() bool {
	for _, in := range s.Inputs[:s.N] {
		if !in.Outcome.done() {
			return false
		}
	}
	return true
}

// count takes an input that is done into account.
func (s join) count(e event) join {
	o := s.Inputs[e.on].Outcome
	decides := false
	switch s.Kind {
	case gather:
		decides = o.state != future.Succeeded
	case race:
		decides = true
	case first:
		decides = o.state == future.Succeeded
	}
	if decides && !s.Asked && s.By == 0 {
		if o.state == future.Cancelled {
			o.state = future.Failed
		}
		s.Decided, s.By = o, e.call
	}
	s.Left--
	if s.Left == 0 {
		s = s.last(e)
	}
	return s
}

// last decides when all inputs are done.
func (s join) last(e event) join {
	if s.By != 0 {
		return s
	}
	s.By = e.call
	texts := []string{}
	for _, in := range s.Inputs[:s.N] {
		texts = append(texts, in.Outcome.text)
	}
	all := fmt.Sprint(texts)
	switch {
	case s.Asked:
		s.Decided = s.Cause
	case s.Kind == gather || s.Kind == gatherSettled:
		s.Decided = outcome{future.Succeeded, all}
	case s.N == 0:
		s.Decided = failed(future.ErrNoFutures)
	default:
		s.Decided = outcome{future.Failed, all}
	}
	return s
}

// startJoin makes a real one.
func startJoin(k kind, fs []*future.Future[int]) *joinFuture {
	switch k {
	case gather:
		return handle(future.Gather(fs...))
	case gatherSettled:
		return handle(future.GatherSettled(fs...))
	case race:
		return handle(future.Race(fs...))
	default:
		return handle(future.Any(fs...))
	}
}

// A joinFuture is a future of whatever type.
type joinFuture struct {
	cancel func(cause error) bool
	watch  func(c *client, ctx mortal)
	result func() event
}

func handle[T any](f *future.Future[T]) *joinFuture {
	return &joinFuture{
		cancel: f.Cancel,
		watch:  func(c *client, ctx mortal) { watch(c, joined, f, ctx) },
		result: func() event {
			v, err := f.Await(context.Background())
			return event{what: "Await", on: joined, saw: see(f, v, err)}
		},
	}
}

func TestJoinsAreLinearizable(t *testing.T) {
	check(t, func(h *history) porcupine.Model {
		c := h.client(0)
		k, n := kind(c.IntN(4)), min(c.IntN(8), maxInputs)
		ctx := newMortal()
		fs := make([]*future.Future[int], n)
		for i := range fs {
			fs[i] = future.New[int]()
		}
		settleInput := func(c *client, i, v int) {
			settle(c, i, v, fs[i], func(call int) []event {
				return []event{{what: "fire", on: i, call: call}, {what: "publish", call: call}}
			})
		}
		settleSome := func(c *client) {
			for i := range 2 {
				if n > 0 && c.IntN(3) > 0 {
					settleInput(c, c.IntN(n), 10*c.id+i)
				}
			}
		}
		// Some settle inputs while the join is made, others do something to it then.
		early := h.clients(c.IntN(3), settleSome)
		var j *joinFuture
		c.do(func() []event {
			j = startJoin(k, fs)
			call := c.newCall()
			var events []event
			for i := range fs {
				events = append(events, event{what: "look", on: i, call: call})
			}
			return append(events, event{what: "made", call: call}, event{what: "publish", call: call})
		})
		late := h.clients(1+c.IntN(3), func(c *client) {
			for i := range 2 {
				switch c.IntN(6) {
				case 0:
					c.endContext(ctx)
				case 1, 2:
					j.cancelBy(c, n, mark(fmt.Sprintf("cause %d", 10*c.id+i)))
				case 3:
					settleSome(c)
				default:
					j.watch(c, ctx)
				}
			}
		})
		c.dawdle()
		for i := range fs {
			settleInput(c, i, 1+i)
		}
		early()
		late()
		c.do(func() []event { return one(j.result()) })
		for i, f := range fs {
			c.do(func() []event { return one(result(i, f)) })
		}
		return model(join{Kind: k, N: n, Left: n}, join.step)
	})
}

// cancelBy cancels the join and with it the inputs that are not done.
func (j *joinFuture) cancelBy(c *client, n int, cause mark) {
	c.do(func() []event {
		call, with := c.newCall(), cancelled(string(cause))
		e := event{what: "Cancel", on: joined, with: with, ok: j.cancel(cause), call: call}
		events := one(e)
		if e.ok {
			for i := range n {
				events = append(events,
					event{what: "cancel input", on: i, with: with, call: call},
					event{what: "fire", on: i, call: call},
					event{what: "publish", call: call})
			}
		}
		return events
	})
}
