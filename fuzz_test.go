package future_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// The fuzz targets read a program from the bytes of their input: what futures there
// are, and what is done to them in which order and what at the same time. Each program
// runs in a bubble of its own and is compared with a reference that does not know how
// the package works. Once a program has ended, so has everything that it has started,
// or the bubble panics.
//
//	go test -fuzz FuzzFutures .

// A fuzzInput gives out the bytes of an input, and zeros after them.
type fuzzInput struct{ data []byte }

func (in *fuzzInput) below(n int) int {
	if len(in.data) == 0 {
		return 0
	}
	b := int(in.data[0])
	in.data = in.data[1:]
	return b % n
}

func (in *fuzzInput) flag() bool { return in.below(2) == 1 }

// fuzzErrors are few, so that by chance a function returns the cause of its
// cancellation.
var fuzzErrors = []error{errors.New("red"), errors.New("green"), errors.New("blue")}

func (in *fuzzInput) err() error { return fuzzErrors[in.below(len(fuzzErrors))] }

// cause is nil now and then.
func (in *fuzzInput) cause() error {
	if i := in.below(len(fuzzErrors) + 1); i > 0 {
		return fuzzErrors[i-1]
	}
	return nil
}

// A fuzzRun is one program at work.
type fuzzRun struct {
	t       *testing.T
	in      *fuzzInput
	text    strings.Builder // of the program, for who has to read it
	reports atomic.Int32    // of callbacks that did not return
}

// fuzzBubble runs program, which is given in data, in a bubble. That nothing is left
// of it is checked by the bubble, which panics. If it does not end it hangs at
// something that bubbles do not know, such as a mutex, or spins.
func fuzzBubble(t *testing.T, data []byte, program func(r *fuzzRun)) {
	t.Helper()
	r := &fuzzRun{in: &fuzzInput{data}}
	watchdog := time.AfterFunc(3*safetyNet, func() {
		stacks := make([]byte, 1<<20)
		stacks = stacks[:runtime.Stack(stacks, true)]
		panic(fmt.Sprintf("the input []byte(%q) does not end\n%s\n%s", data, r.text.String(), stacks))
	})
	defer watchdog.Stop()
	future.SetExceptionHandler(func(report future.Report) {
		if strings.Contains(report.Message, "callback") {
			r.reports.Add(1)
		}
	})
	defer future.SetExceptionHandler(nil)
	defer func() {
		p := recover()
		if p != nil {
			t.Errorf("the bubble ends with: %v", p)
		}
		if t.Failed() {
			t.Logf("the input []byte(%q) is this program:\n%s", data, r.text.String())
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		r.t = t
		program(r)
	})
}

func (r *fuzzRun) note(format string, args ...any) { fmt.Fprintf(&r.text, format+"\n", args...) }

// A fuzzExit is how a function ends.
type fuzzExit int

const (
	exitValue fuzzExit = iota
	exitError
	exitPanic
	exitPanicError
	exitGoexit
	exitCanceled // returns context.Canceled, which may be somebody else's
	exitContext  // returns the error of its context, if there is one
	exitCause    // returns its cause
	fuzzExits
)

func (e fuzzExit) String() string {
	return [...]string{"value", "error", "panic", "panic with an error", "Goexit", "context.Canceled", "ctx.Err()", "context.Cause(ctx)"}[e]
}

// crashes reports whether a function that ends like this does not return.
func (e fuzzExit) crashes() bool { return e == exitPanic || e == exitPanicError || e == exitGoexit }

// A fuzzEnd is how a context has ended; it is zero while the context is alive.
type fuzzEnd struct{ err, cause error }

func fuzzEndOf(ctx context.Context) fuzzEnd { return fuzzEnd{ctx.Err(), context.Cause(ctx)} }

func (e fuzzEnd) dead() bool { return e.err != nil }

// cancelledBy is what Cancel makes of a context.
func cancelledBy(cause error) fuzzEnd {
	if cause == nil {
		cause = context.Canceled
	}
	return fuzzEnd{context.Canceled, cause}
}

// A fuzzCall is a function that waits until the program lets it go on, and then ends
// as it is told.
type fuzzCall struct {
	gate  chan struct{} // nil: does not wait
	heeds bool          // goes on when its context ends, too
	exit  fuzzExit
	err   error

	entered atomic.Int32
	left    atomic.Bool
	ctx     atomic.Pointer[context.Context]
	in      any // what it was called with

	open bool // the gate is
}

func (in *fuzzInput) call() *fuzzCall {
	c := &fuzzCall{exit: fuzzExit(in.below(int(fuzzExits))), err: in.err()}
	switch in.below(4) {
	case 0, 1:
		c.gate, c.heeds = make(chan struct{}), true
	case 2:
		c.gate = make(chan struct{})
	default:
		c.open = true
	}
	return c
}

func (c *fuzzCall) String() string {
	return fmt.Sprintf("{gate: %t, heeds: %t, exit: %v %v}", c.gate != nil, c.heeds, c.exit, c.err)
}

// release lets the call go on.
func (c *fuzzCall) release() {
	if !c.open {
		c.open = true
		close(c.gate)
	}
}

// run is the function.
func (c *fuzzCall) run(ctx context.Context, in any) (int, error) {
	c.enter(ctx, in)
	defer c.left.Store(true)
	c.wait(ctx)
	return c.leave(ctx)
}

func (c *fuzzCall) enter(ctx context.Context, in any) {
	c.in = in
	c.ctx.Store(&ctx)
	c.entered.Add(1)
}

func (c *fuzzCall) wait(ctx context.Context) {
	switch {
	case c.gate == nil:
	case c.heeds:
		select {
		case <-c.gate:
		case <-ctx.Done():
		}
	default:
		<-c.gate
	}
}

const fuzzValue = 7

func (c *fuzzCall) leave(ctx context.Context) (int, error) {
	switch c.exit {
	case exitPanic:
		panic(c.exit)
	case exitPanicError:
		panic(c.err)
	case exitGoexit:
		runtime.Goexit()
	}
	if err := c.returns(fuzzEndOf(ctx)); err != nil {
		return 0, err
	}
	return fuzzValue, nil
}

// returns is the error that the function returns, if it returns.
func (c *fuzzCall) returns(end fuzzEnd) error {
	switch c.exit {
	case exitError:
		return c.err
	case exitCanceled:
		return context.Canceled
	case exitContext:
		return end.err
	case exitCause:
		return end.cause
	}
	return nil
}

// want is what becomes of the task of which this is the function, if its context is as
// end says.
func (c *fuzzCall) want(end fuzzEnd) fuzzWant {
	switch c.exit {
	case exitPanic:
		return fuzzWant{state: future.Failed, panicked: c.exit}
	case exitPanicError:
		return fuzzWant{state: future.Failed, panicked: c.err, is: []error{c.err}}
	case exitGoexit:
		return wantSame(future.Failed, future.ErrGoexit)
	}
	return wantOfTask(fuzzValue, c.returns(end), end)
}

// A fuzzWant is an outcome that the reference allows.
type fuzzWant struct {
	state    future.State
	value    any
	same     error   // the very error
	is       []error // or what it matches
	panicked any     // the value of its PanicError
	group    []error // what is in its GroupError
}

func wantValue(v any) fuzzWant { return fuzzWant{state: future.Succeeded, value: v} }

func wantSame(s future.State, err error) fuzzWant { return fuzzWant{state: s, same: err} }

func wantCancelled(cause error) fuzzWant {
	w := fuzzWant{state: future.Cancelled, is: []error{future.ErrCancelled, context.Canceled}}
	if cause != nil {
		w.is = append(w.is, cause)
	}
	return w
}

// wantOfTask says what becomes of a task whose function returns v and err, and whose
// context then is as end says.
func wantOfTask(v int, err error, end fuzzEnd) fuzzWant {
	switch {
	case err == nil:
		return wantValue(v)
	case end.dead() && (errors.Is(err, future.ErrCancelled) || errors.Is(err, end.err) || errors.Is(err, end.cause)):
		w := wantCancelled(end.cause)
		w.is = append(w.is, err)
		return w
	default:
		return wantSame(future.Failed, err)
	}
}

func (w fuzzWant) String() string {
	return fmt.Sprintf("{%v, value %v, the very error %v, matching %v, panic %v, group %v}", w.state, w.value, w.same, w.is, w.panicked, w.group)
}

// A fuzzOutcome is what a future says of itself.
type fuzzOutcome struct {
	state future.State
	value any
	err   error
}

func (w fuzzWant) allows(o fuzzOutcome) bool {
	switch {
	case w.state != o.state:
		return false
	case w.state == future.Pending:
		return true
	case w.state == future.Succeeded:
		return o.err == nil && reflect.DeepEqual(w.value, o.value)
	case w.same != nil:
		return w.same == o.err
	}
	for _, target := range w.is {
		if !errors.Is(o.err, target) {
			return false
		}
	}
	if w.state == future.Cancelled {
		var cancelled *future.CancelledError
		return errors.As(o.err, &cancelled)
	}
	if w.panicked != nil {
		var p *future.PanicError
		return errors.As(o.err, &p) && p.Value == w.panicked && len(p.Stack) > 0
	}
	if w.group != nil {
		var g *future.GroupError
		return errors.As(o.err, &g) && reflect.DeepEqual(g.Unwrap(), w.group)
	}
	return true
}

// A fuzzFuture is a future of any type.
type fuzzFuture interface {
	future.Awaitable
	fmt.Stringer
}

// fuzzObserve asks a future everything, and compares its answers. Nothing settles it
// meanwhile. A pending one that is not asked thoroughly is as if nobody had waited for
// it.
func fuzzObserve[T any](t *testing.T, f *future.Future[T], owned, thorough bool) fuzzOutcome {
	t.Helper()
	o := fuzzOutcome{state: f.State()}
	if o.state == future.Pending && !thorough {
		return o
	}
	dead, cancel := context.WithCancelCause(context.Background())
	cancel(errBroken)
	v, err := f.Result()
	o.value, o.err = v, err
	pending := o.state == future.Pending
	awaited, awaitErr := f.Await(dead)
	ready := false
	select {
	case <-f.Ready():
		ready = true
	default:
	}
	switch {
	case f.Done() == pending, f.Cancelled() != (o.state == future.Cancelled), ready == pending, (err == nil) != (o.state == future.Succeeded):
		t.Errorf("%v: Done %t, Cancelled %t, ready %t, error %v", f, f.Done(), f.Cancelled(), ready, err)
	case pending:
		if !errors.Is(err, future.ErrInvalidState) || !errors.Is(f.Exception(), future.ErrInvalidState) {
			t.Errorf("%v: Result gives %v", f, err)
		}
		if !errors.Is(awaitErr, context.Canceled) || !errors.Is(awaitErr, errBroken) || errors.Is(awaitErr, future.ErrCancelled) {
			t.Errorf("%v: Await gives %v when its context has ended", f, awaitErr)
		}
	case awaitErr != err, f.Exception() != err, !reflect.DeepEqual(awaited, v):
		t.Errorf("%v: Result gives %v, %v, Await %v, %v, Exception %v", f, v, err, awaited, awaitErr, f.Exception())
	case f.Cancel(errBroken):
		t.Errorf("%v was cancelled", f)
	}
	if owned || !pending {
		var zero T
		for _, err := range []error{f.SetResult(zero), f.SetException(errBroken), f.SetOutcome(zero, nil)} {
			if !errors.Is(err, future.ErrInvalidState) {
				t.Errorf("%v: a setter gives %v", f, err)
			}
		}
	}
	return o
}

// fuzzSeeds returns programs by chance, from short to long.
func fuzzSeeds(n int) [][]byte {
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable
	var seeds [][]byte
	for i := range n {
		seed := make([]byte, 20+4*i)
		for j := range seed {
			seed[j] = byte(r.IntN(256))
		}
		seeds = append(seeds, seed)
	}
	return seeds
}
