package check_test

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"example.com/future"
)

// A task is the specification of what Go returns.
type task struct {
	Outcome      outcome
	ContextEnded bool // that of waits
	ParentEnded  bool // the context that the task was given
	Entered      bool
	Dropped      outcome // how the task will end that will not be entered
	Cause        string  // with which the task's own context has ended
}

const errParentEnded mark = "the end of the parent"

func (s task) step(e event) (task, bool) {
	pending := !s.Outcome.done()
	switch e.what {
	case "end context":
		s.ContextEnded = true
	case "end parent":
		s.ParentEnded = true
		if s.Cause == "" {
			s.Cause = string(errParentEnded)
		}
	case "set":
		return s, !e.ok
	case "Cancel": // says true as long as the task is not done
		if e.ok != pending {
			return s, false
		}
		switch {
		case !pending:
		case !s.Entered && !s.Dropped.done():
			s.Dropped = e.with
		case s.Cause == "":
			s.Cause = e.saw.text
		}
	case "abandon": // under a context that has ended
		if !s.ParentEnded || s.Entered || s.Dropped.done() {
			return s, false
		}
		s.Dropped = e.with
	case "drop": // whoever has closed the gate settles the task
		if pending && s.Dropped == e.with {
			s.Outcome = e.with
		}
	case "enter":
		legal := !s.Entered && !s.Dropped.done() && !s.ParentEnded && pending
		s.Entered = true
		return s, legal
	case "Cause":
		return s, e.saw.text == s.Cause
	case "answer":
		e.with = cancelled(s.Cause)
		fallthrough
	case "return":
		s.Outcome = e.with
		return s, pending && s.Entered
	default:
		return s, s.Outcome.shows(e, s.ContextEnded)
	}
	return s, true
}

// perform is the function of a task.
func perform(c *client, ctx context.Context) (int, error) {
	for range c.IntN(3) {
		c.dawdle()
		cause := ""
		c.do(func() []event {
			if ctx.Err() != nil {
				cause = context.Cause(ctx).Error()
			}
			return one(event{what: "Cause", saw: outcome{text: cause}})
		})
		if cause != "" && c.IntN(2) == 0 {
			c.ends(event{what: "answer"})
			return 0, fmt.Errorf("stopped: %w", ctx.Err())
		}
	}
	c.dawdle()
	switch c.IntN(8) {
	case 0:
		c.ends(event{what: "return", with: failed(mark("its error"))})
		return 0, mark("its error")
	case 1:
		c.ends(event{what: "return", with: outcome{future.Failed, "panic: a task"}})
		panic("a task")
	case 2:
		c.ends(event{what: "return", with: failed(future.ErrGoexit)})
		runtime.Goexit()
	}
	c.ends(event{what: "return", with: succeeded(1)})
	return 1, nil
}

func TestTasksAreLinearizable(t *testing.T) {
	check(t, func(h *history) porcupine.Model {
		c := h.client(0)
		ctx, parent := newMortal(), newMortal()
		var opts []future.TaskOption
		if c.IntN(2) == 0 {
			opts = append(opts, future.WithName("task"))
		}
		endParent := func(c *client) {
			c.do(func() []event {
				parent.end(errParentEnded)
				return one(event{what: "end parent"})
			})
		}
		if c.IntN(16) == 0 {
			endParent(c)
		}
		begin := h.now()
		var entered atomic.Bool
		f := future.Go(parent, func(ctx context.Context) (int, error) {
			c := h.client(100)
			entered.Store(true)
			c.began(begin, event{what: "enter"})
			return perform(c, ctx)
		}, opts...)
		h.clients(1+c.IntN(3), func(c *client) {
			for i := range 3 {
				switch c.IntN(8) {
				case 0, 1, 2:
					cause := mark(fmt.Sprintf("cause %d", 10*c.id+i))
					c.do(func() []event {
						call, with := c.newCall(), cancelled(string(cause))
						ok := f.Cancel(cause)
						return []event{
							{what: "Cancel", with: with, saw: outcome{text: string(cause)}, ok: ok, call: call},
							{what: "drop", with: with, call: call},
						}
					})
				case 3:
					c.endContext(ctx)
				case 4:
					if c.IntN(4) == 0 {
						endParent(c)
					}
				case 5:
					c.do(func() []event { return one(event{what: "set", ok: f.SetResult(7) == nil}) })
				default:
					watch(c, 0, f, ctx)
				}
			}
		})()
		_, _ = f.Await(context.Background())
		c.dawdle()
		if with := cancelled(string(errParentEnded)); !entered.Load() && result(0, f).saw == with {
			call := h.newCall()
			h.record(0, begin, untilTheEnd,
				event{what: "abandon", with: with, call: call}, event{what: "drop", with: with, call: call})
		}
		c.do(func() []event { return one(result(0, f)) })
		return model(task{}, task.step)
	})
}
