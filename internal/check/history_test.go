package check_test

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"example.com/future"
)

var (
	each = flag.Duration("each", time.Second/2, "how long to check each model")
	seed = flag.Uint64("seed", 0, "check the history of this seed only, again and again; 0 for many")
)

// patience is for one history. Most are judged in less than a millisecond.
const patience = 20 * time.Second

func TestMain(m *testing.M) {
	flag.Parse()
	// Failures are provoked by the thousand.
	future.SetExceptionHandler(func(future.Report) {})
	os.Exit(m.Run())
}

// check records histories until the time is up and has each of them judged by the
// model that record returns.
func check(t *testing.T, record func(h *history) porcupine.Model) {
	t.Parallel()
	first := *seed
	if first == 0 {
		first = rand.Uint64()
	}
	n := uint64(0)
	for begin := time.Now(); time.Since(begin) < *each; n++ {
		h := &history{seed: first + n}
		if *seed != 0 {
			h.seed = first
		}
		h.judge(t, record(h))
	}
	t.Logf("%d histories", n)
}

// An outcome is what is seen of a future. The zero value is that of a pending one.
type outcome struct {
	state future.State
	text  string // of the value or the error
}

func succeeded(v int) outcome        { return outcome{future.Succeeded, text(v, nil)} }
func failed(err error) outcome       { return outcome{future.Failed, text(0, err)} }
func cancelled(cause string) outcome { return outcome{future.Cancelled, "cancelled by " + cause} }

func (o outcome) done() bool { return o.state != future.Pending }

func (o outcome) String() string { return strings.TrimSpace(o.state.String() + " " + o.text) }

// waitEnded is seen by a wait whose context ended first.
var waitEnded = outcome{future.Pending, "but the context has ended"}

// A mark is an error that is known by its text.
type mark string

func (m mark) Error() string { return string(m) }

// text tells values and errors apart; an error that was wrapped is another.
func text(v any, err error) string {
	switch err := err.(type) {
	case nil:
	case *future.CancelledError:
		return "cancelled by " + fmt.Sprint(err.Cause)
	case *future.PanicError:
		return fmt.Sprint("panic: ", err.Value)
	case *future.GroupError:
		var all []string
		for _, err := range err.Unwrap() {
			all = append(all, text(nil, err))
		}
		return fmt.Sprint(all)
	default:
		return err.Error()
	}
	if outcomes, ok := v.([]future.Outcome[int]); ok {
		var all []string
		for _, o := range outcomes {
			all = append(all, text(o.Value, o.Err))
		}
		return fmt.Sprint(all)
	}
	return fmt.Sprint(v)
}

// see returns the outcome of f, of which v and err were got.
func see[T any](f *future.Future[T], v T, err error) outcome {
	if invalid, ok := err.(*future.InvalidStateError); ok {
		return outcome{state: invalid.State} // which has to be pending
	}
	o := outcome{f.State(), text(v, err)}
	if err != nil && !reflect.ValueOf(&v).Elem().IsZero() {
		o.text += " and a value"
	}
	return o
}

// An event is one step, with what came of it.
type event struct {
	what string
	on   int     // which future, callback or job it concerns
	with outcome // what it brings
	saw  outcome
	n    int  // how many it saw
	ok   bool // what it returned
	call int  // the call of which it is one of several steps; 0 if there is one step
	step uint8
}

func (e event) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s(%d", e.what, e.on)
	if e.with.done() {
		fmt.Fprintf(&b, ", %v", e.with)
	}
	fmt.Fprintf(&b, ") saw %v, %d, %t", e.saw, e.n, e.ok)
	if e.call > 0 {
		fmt.Fprintf(&b, " [step %d of call %d]", e.step, e.call)
	}
	return b.String()
}

// maxCalls bounds the calls of several steps in one history.
const maxCalls = 32

// A position is the state of a model, and how far the calls of several steps have come.
type position[S comparable] struct {
	State S
	Steps [maxCalls]uint8
}

// model makes a model of one step, a function that returns the next state and whether
// the event may happen.
func model[S comparable](first S, step func(s S, e event) (S, bool)) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return position[S]{State: first} },
		Step: func(state, input, _ any) (bool, any) {
			p, e := state.(position[S]), input.(event)
			if e.call > 0 {
				if p.Steps[e.call] != e.step {
					return false, p
				}
				p.Steps[e.call]++
			}
			var ok bool
			p.State, ok = step(p.State, e)
			return ok, p
		},
		DescribeOperation: func(input, _ any) string { return fmt.Sprint(input) },
		DescribeState:     func(state any) string { return fmt.Sprintf("%+v", state.(position[S]).State) },
	}
}

// A history is what several clients saw.
//
// The clock is a counter, so that two readings are never equal and order what they
// stand between. The race detector takes it for synchronization; the tests of the
// package itself are there to find races.
type history struct {
	seed  uint64
	clock atomic.Int64
	calls atomic.Int64

	mu     sync.Mutex
	ops    []porcupine.Operation
	closed bool
}

// untilTheEnd is the end of an event that may happen as late as one likes.
const untilTheEnd = 1 << 62

func (h *history) now() int64 { return h.clock.Add(1) }

// newCall returns the number of a call of several steps.
func (h *history) newCall() int { return int(h.calls.Add(1)) }

// record adds events that happened some time from begin to end. Those that have the
// same call happened in that order.
func (h *history) record(client int, begin, end int64, events ...event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return
	}
	steps := map[int]uint8{}
	for _, e := range events {
		if e.call > 0 {
			e.step = steps[e.call]
			steps[e.call]++
		}
		h.ops = append(h.ops, porcupine.Operation{ClientId: client, Input: e, Call: begin, Return: end})
	}
}

// judge fails the test if the history is not one that the model allows.
func (h *history) judge(t *testing.T, m porcupine.Model) {
	h.mu.Lock()
	h.closed = true
	ops := h.ops
	h.mu.Unlock()
	end := h.now()
	for i := range ops {
		ops[i].Return = min(ops[i].Return, end)
	}
	result := porcupine.CheckOperationsTimeout(m, ops, patience)
	if result == porcupine.Ok {
		return
	}
	_, info := porcupine.CheckOperationsVerbose(m, ops, patience)
	name := "nowhere"
	if file, err := os.CreateTemp("", "future-history-*.html"); err != nil { //nolint:usetesting // it has to outlive the test
		t.Error(err)
	} else {
		name = file.Name()
		if err := errors.Join(porcupine.Visualize(m, info, file), file.Close()); err != nil {
			t.Error(err)
		}
	}
	slices.SortFunc(ops, func(a, b porcupine.Operation) int { return cmp.Compare(a.Call, b.Call) })
	for _, op := range ops {
		t.Logf("client %d, from %d to %d: %v", op.ClientId, op.Call, op.Return, op.Input)
	}
	problem := "is not linearizable"
	if result == porcupine.Unknown {
		problem = "could not be judged in " + patience.String()
	}
	t.Fatalf("the history of seed %d %s; it is shown in %s; to repeat it: go test -run '^%s$' -seed %d",
		h.seed, problem, name, t.Name(), h.seed)
}

// A client is a goroutine that does things and notes what it saw.
type client struct {
	*history
	id int
	*rand.Rand
}

func (h *history) client(id int) *client {
	return &client{h, id, rand.New(rand.NewPCG(h.seed, uint64(id)))}
}

// clients runs n clients at once and waits for them.
func (h *history) clients(n int, run func(c *client)) (wait func()) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			c := h.client(i + 1)
			<-start
			run(c)
		})
	}
	close(start)
	return wg.Wait
}

// do records a call of one step, which returns its event, or of several.
func (c *client) do(call func() []event) {
	c.dawdle()
	begin := c.now()
	events := call()
	c.record(c.id, begin, c.now(), events...)
}

func one(e event) []event { return []event{e} }

// began records an event that happened by now, and not before begin.
func (c *client) began(begin int64, e event) { c.record(c.id, begin, c.now(), e) }

// ends records an event that will happen, and not before now.
func (c *client) ends(events ...event) { c.record(c.id, c.now(), untilTheEnd, events...) }

// happens records an event that happens here and now.
func (c *client) happens(e event) {
	now := c.now()
	c.record(c.id, now, now, e)
}

// dawdle lets others go first, or not.
func (c *client) dawdle() {
	switch n := c.IntN(8); n {
	case 0, 1, 2, 3:
	case 4:
		for range c.IntN(1000) {
			_ = c.clock.Load()
		}
	default:
		for range n - 4 {
			runtime.Gosched()
		}
	}
}

// A mortal is a context that ends in the course of a history.
type mortal struct {
	context.Context
	end context.CancelCauseFunc
}

const errContextEnded mark = "the end of the context"

func newMortal() mortal {
	ctx, end := context.WithCancelCause(context.Background())
	return mortal{ctx, end}
}

// endContext ends the context of waits.
func (c *client) endContext(ctx mortal) {
	c.do(func() []event {
		ctx.end(errContextEnded)
		return one(event{what: "end context"})
	})
}

// watch looks at f, number on, in one of the ways there are.
func watch[T any](c *client, on int, f *future.Future[T], ctx mortal) {
	c.do(func() []event {
		e := event{on: on}
		switch c.IntN(9) {
		case 0:
			e.what, e.saw.state = "State", f.State()
		case 1:
			e.what, e.ok = "Done", f.Done()
		case 2:
			e.what, e.ok = "Cancelled", f.Cancelled()
		case 3:
			e.what = "Exception"
			err := f.Exception()
			e.saw = see(f, *new(T), err)
			if err == nil {
				e.saw.text = ""
			}
		case 4:
			e.what = "Ready"
			<-f.Ready()
		case 5:
			e.what = "poll Ready"
			select {
			case <-f.Ready():
				e.ok = true
			default:
			}
		case 6:
			e.what = "Await"
			v, err := f.Await(context.Background())
			e.saw = see(f, v, err)
		case 7:
			e.what = "Await"
			v, err := f.Await(ctx)
			if errors.Is(err, errContextEnded) && errors.Is(err, context.Canceled) && !errors.Is(err, future.ErrCancelled) {
				e.saw = waitEnded
			} else {
				e.saw = see(f, v, err)
			}
		default:
			return one(result(on, f))
		}
		return one(e)
	})
}

func result[T any](on int, f *future.Future[T]) event {
	v, err := f.Result()
	return event{what: "Result", on: on, saw: see(f, v, err)}
}

// shows reports whether a future of outcome o may be seen as e says.
func (o outcome) shows(e event, contextEnded bool) bool {
	switch e.what {
	case "State":
		return e.saw.state == o.state
	case "Done", "poll Ready":
		return e.ok == o.done()
	case "Cancelled":
		return e.ok == (o.state == future.Cancelled)
	case "Result":
		return e.saw == o
	case "Exception":
		if o.state == future.Succeeded {
			o.text = ""
		}
		return e.saw == o
	case "Ready":
		return o.done()
	case "Await":
		if e.saw == waitEnded {
			return contextEnded && !o.done()
		}
		return o.done() && e.saw == o
	default:
		panic("no such event: " + e.what)
	}
}

// settle settles f, number on, in one of the ways there are. Those that succeed go on
// with the steps of rest.
func settle(c *client, on, v int, f *future.Future[int], rest func(call int) []event) {
	c.do(func() []event {
		e := event{on: on, what: "settle", call: c.newCall()}
		name := mark(fmt.Sprintf("error %d", v))
		switch c.IntN(5) {
		case 0:
			e.with, e.ok = succeeded(v), f.SetResult(v) == nil
		case 1:
			e.with, e.ok = failed(name), f.SetException(name) == nil
		case 2:
			e.with, e.ok = succeeded(v), f.SetOutcome(v, nil) == nil
		case 3:
			e.with, e.ok = failed(future.ErrNilException), f.SetException(nil) == future.ErrNilException
		default:
			e.with, e.ok = cancelled(string(name)), f.Cancel(name)
		}
		events := one(e)
		if e.ok && rest != nil {
			events = append(events, rest(e.call)...)
		}
		return events
	})
}
