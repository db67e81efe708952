package future_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"example.com/future"
)

// FuzzFutures makes graphs of futures and settles them. One byte begins each step.
// A step is one thing that is done, or several at the same moment, after which the
// program waits until nothing moves any more. Then every future has to be what the
// reference allows, given what its sources are. The reference leaves open only what
// the documentation does: which of several that happen in one step was first.
func FuzzFutures(f *testing.F) {
	for _, seed := range fuzzSeeds(60) {
		f.Add(seed)
	}
	// A race that is won, a map that is cancelled and a gather that has failed are
	// forgotten while an input is pending.
	f.Add([]byte{0, 0, 0, 0, 0, 0, 11, 2, 0, 1, 0, 35, 1, 2, 0, 0, 29})
	f.Add([]byte{0, 0, 0, 0, 5, 0, 0, 0, 0, 0, 30, 0, 0, 0, 29})
	f.Add([]byte{0, 0, 0, 0, 0, 0, 9, 2, 0, 1, 0, 35, 1, 0, 0, 0, 29})
	// A gather of a task that ignores its context is cancelled twice.
	f.Add([]byte{0, 0, 13, 0, 0, 2, 0, 1, 0, 0, 9, 1, 0, 0, 30, 0, 1, 0, 30, 0, 2, 0, 22, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzBubble(t, data, func(r *fuzzRun) {
			g := &fuzzGraph{fuzzRun: r, began: time.Now(), thorough: r.in.flag()}
			g.newContext(context.Background(), 0)
			for steps := 0; len(r.in.data) > 0 && steps < 60; steps++ {
				g.step(g.decodeStep())
			}
			g.end()
		})
	})
}

// A fuzzKind is how a future comes to its outcome.
type fuzzKind int

const (
	kindNew fuzzKind = iota
	kindResult
	kindException
	kindAfter
	kindMap
	kindSum
	kindFlatten
	kindShield
	kindTimeout
	kindGather
	kindSettled
	kindRace
	kindAny
	kindGo
	kindThen
	kindCatch
	kindAwait
	kindWaitFor
	kindWait
	kindAsCompleted
	kindAwait2
)

func (k fuzzKind) String() string {
	return [...]string{
		"New", "FromResult", "FromException", "After", "Map", "Map to the sum", "Flatten", "Shield", "Timeout", "Gather",
		"GatherSettled", "Race", "Any", "Go", "Then", "Catch", "Await", "WaitFor", "Wait", "AsCompleted", "Await2",
	}[k]
}

func (k fuzzKind) joint() bool { return k >= kindGather && k <= kindAny }

func (k fuzzKind) task() bool { return k >= kindGo }

// A fuzzNode is a future of the graph, and what the reference knows of it.
type fuzzNode struct {
	id   int
	kind fuzzKind
	in   []*fuzzNode

	// What it is; only what has the type in question is set.
	future  fuzzFuture
	ints    *future.Future[int]
	vector  *future.Future[[]int]
	settled *future.Future[[]future.Outcome[int]]
	observe func() fuzzOutcome
	add     func(fn func()) (stop func() bool)

	// How it was made.
	v        int
	deadline time.Time
	call     *fuzzCall
	context  *fuzzContext
	when     future.ReturnWhen
	order    []int // in which AsCompleted has yielded
	made     atomic.Bool
	used     bool // other futures and callbacks refer to it

	// The reference.
	born      int // the step
	done      int // the step
	out       fuzzOutcome
	requests  []*fuzzRequest // of this step
	asked     []error        // the causes with which it may have been cancelled in this step
	surely    bool           // at least one of them has come before the step ended
	cancelled []error        // of a joint that waits for its inputs: the possible causes
	unsure    bool           // whether it was cancelled at all
	ends      []fuzzEnd      // of a task's context: the possible ways
	mu        sync.Mutex
	callbacks []*fuzzCallback // guarded by mu
	log       []*fuzzCallback // as they were called; guarded by mu

	forgotten weak.Pointer[future.Future[int]]
}

// A fuzzContext is one that tasks are started under.
type fuzzContext struct {
	ctx    context.Context
	cancel context.CancelCauseFunc
	was    fuzzEnd // at the end of the last step
}

// A fuzzRequest is a call of a setter, or of Cancel.
type fuzzRequest struct {
	want   fuzzWant
	cancel bool
	cause  error
	won    bool
	err    error
	exited bool // the goroutine was ended by a function given to Map
}

type fuzzCallback struct {
	step  int // in which it was added
	exit  fuzzExit
	gate  chan struct{}
	open  bool
	child *fuzzCallback // that it adds
	stop  func() bool
	runs  atomic.Int32
	stops atomic.Int32 // calls of stop that have prevented it
	lost  atomic.Bool  // a call of stop has not
	left  atomic.Bool
}

// A fuzzGraph is the state of a program.
type fuzzGraph struct {
	*fuzzRun

	began    time.Time
	thorough bool
	now      int          // the step
	moment   atomic.Int32 // the same, for callbacks
	nodes    []*fuzzNode
	known    int // nodes that were there before this step
	contexts []*fuzzContext
	calls    []*fuzzCall
	stops    []*fuzzCallback
	gated    []*fuzzCallback
	alone    bool          // one thing is done in this step
	after    time.Duration // so much time
}

// decodeStep reads a step: the things to do, and how long to wait before.
func (g *fuzzGraph) decodeStep() (do []func(), after time.Duration) {
	g.now++
	g.known = len(g.nodes)
	n := 1
	switch what := g.in.below(8); what {
	case 5:
		after = time.Duration(1+g.in.below(4)) * time.Second
		g.note("%v pass", after)
		return nil, after
	case 6, 7:
		n = 2 + g.in.below(3)
		if what == 7 {
			after = time.Duration(g.in.below(4)) * time.Second
		}
		g.note("after %v, at the same moment:", after)
	}
	g.alone, g.after = n == 1, after
	for range n {
		do = append(do, g.decode())
	}
	return do, after
}

// step does all of do at the same moment and checks what has become of everything.
func (g *fuzzGraph) step(do []func(), after time.Duration) {
	g.moment.Store(int32(g.now)) //nolint:gosec // small
	for _, fn := range do {
		go func() {
			time.Sleep(after)
			fn()
		}()
	}
	time.Sleep(after)
	synctest.Wait()
	g.check()
}

// decode reads one thing to do.
func (g *fuzzGraph) decode() func() {
	in := g.in
	const makes = 20
	switch what := in.below(44); {
	case what < makes && len(g.nodes) < 40:
		return g.decodeNode(what)
	case what == 20:
		d := time.Duration(in.below(4)) * time.Second
		parent := g.pickContext()
		g.note("a context under another, for %v", d)
		g.newContext(parent.ctx, d)
		return func() {}
	case what == 21:
		c, cause := g.pickContext(), in.cause()
		g.note("end of a context because of %v", cause)
		return func() { c.cancel(cause) }
	case what <= 24 && len(g.calls) > 0:
		c := g.calls[in.below(len(g.calls))]
		if c.gate == nil || c.open {
			return func() {}
		}
		g.note("a call may go on")
		c.open = true
		return func() { close(c.gate) }
	case what <= 26 && g.known > 0:
		return g.decodeCallback()
	case what == 27 && len(g.stops) > 0:
		return g.decodeStop(g.stops[in.below(len(g.stops))])
	case what == 28 && len(g.gated) > 0:
		cb := g.gated[in.below(len(g.gated))]
		if cb.open {
			return func() {}
		}
		g.note("a callback may go on")
		cb.open = true
		return func() { close(cb.gate) }
	case what == 29:
		if g.alone {
			g.forget()
		}
		return func() {}
	case what <= 34:
		return g.decodeCancel()
	default:
		return g.decodeSet()
	}
}

func (g *fuzzGraph) newContext(parent context.Context, d time.Duration) {
	ctx, cancel := context.WithCancelCause(parent)
	if d > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, d)
		context.AfterFunc(ctx, stop)
	}
	g.contexts = append(g.contexts, &fuzzContext{ctx: ctx, cancel: cancel})
}

func (g *fuzzGraph) pickContext() *fuzzContext { return g.contexts[g.in.below(len(g.contexts))] }

// pick chooses a node that was there before this step and reports false if there is
// none.
func (g *fuzzGraph) pick() (*fuzzNode, bool) {
	if g.known == 0 {
		return nil, false
	}
	// The last are the most interesting.
	n := g.nodes[g.known-1-g.in.below(g.known)]
	return n, n.made.Load() && n.future != nil
}

// pickInt is pick for a future of an int, into which others are mapped.
func (g *fuzzGraph) pickInt() *fuzzNode {
	n, ok := g.pick()
	if !ok {
		n = g.newNode(kindNew)
		g.have(n, future.New[int]())
	}
	n.used = true
	if n.ints != nil {
		return n
	}
	sum := g.newNode(kindSum, n)
	if n.vector != nil {
		g.have(sum, future.Map(n.vector, func(vs []int) (int, error) { return fuzzSum(vs), nil }))
	} else {
		g.have(sum, future.Map(n.settled, func(os []future.Outcome[int]) (int, error) { return len(os), nil }))
	}
	sum.used = true
	return sum
}

func fuzzSum(vs []int) int {
	sum := 0
	for _, v := range vs {
		sum += v
	}
	return sum
}

func (g *fuzzGraph) newNode(kind fuzzKind, in ...*fuzzNode) *fuzzNode {
	n := &fuzzNode{id: len(g.nodes), kind: kind, in: in, born: g.now}
	g.nodes = append(g.nodes, n)
	var ids []int
	for _, source := range in {
		ids = append(ids, source.id)
	}
	g.note("%d: %v of %v", n.id, kind, ids)
	return n
}

// have says what future a node is. It is called by whoever has made it.
func (g *fuzzGraph) have(n *fuzzNode, f *future.Future[int]) {
	n.ints = f
	fuzzHave(g, n, f)
}

func fuzzHave[T any](g *fuzzGraph, n *fuzzNode, f *future.Future[T]) {
	n.future = f
	owned := n.kind > kindException
	if source := n.in; n.kind == kindShield && source[0].ints == n.ints {
		owned = source[0].kind > kindException // it is its own shield
	}
	n.observe = func() fuzzOutcome { return fuzzObserve(g.t, f, owned, g.thorough) }
	n.add = func(fn func()) func() bool {
		return f.AddDoneCallback(func(same *future.Future[T]) {
			if same != f || !f.Done() {
				g.t.Errorf("a callback of %v was called with %v", f, same)
			}
			fn()
		})
	}
	n.made.Store(true)
}

// decodeNode reads a future, which the function that it returns makes.
func (g *fuzzGraph) decodeNode(what int) func() {
	in := g.in
	switch {
	case what <= 2:
		n := g.newNode(kindNew)
		return func() { g.have(n, future.New[int]()) }
	case what == 3:
		if in.flag() {
			n := g.newNode(kindResult)
			n.v = n.id
			return func() { g.have(n, future.FromResult(n.v)) }
		}
		n := g.newNode(kindException)
		n.call = &fuzzCall{err: in.err()}
		return func() { g.have(n, future.FromException[int](n.call.err)) }
	case what == 4:
		n := g.newNode(kindAfter)
		n.v = n.id
		d := g.decodeDeadline(n)
		return func() { g.have(n, future.After(d, n.v)) }
	case what == 5:
		source := g.pickInt()
		n := g.newNode(kindMap, source)
		n.call = in.call()
		n.call.gate, n.call.open = nil, true
		g.note("\t%v", n.call)
		return func() {
			g.have(n, future.Map(source.ints, func(v int) (int, error) { return n.call.run(context.Background(), v) }))
		}
	case what == 6:
		return g.decodeFlatten()
	case what == 7:
		source := g.pickInt()
		n := g.newNode(kindShield, source)
		return func() { g.have(n, future.Shield(source.ints)) }
	case what == 8:
		source := g.pickInt()
		n := g.newNode(kindTimeout, source)
		d := g.decodeDeadline(n)
		return func() { g.have(n, future.Timeout(source.ints, d)) }
	case what <= 12:
		var sources []*fuzzNode
		for range in.below(4) {
			sources = append(sources, g.pickInt())
		}
		n := g.newNode(kindGather+fuzzKind(what-9), sources...)
		fs := futuresOf(sources)
		return func() {
			switch n.kind {
			case kindGather:
				n.vector = future.Gather(fs...)
				fuzzHave(g, n, n.vector)
			case kindSettled:
				n.settled = future.GatherSettled(fs...)
				fuzzHave(g, n, n.settled)
			case kindRace:
				g.have(n, future.Race(fs...))
			default:
				g.have(n, future.Any(fs...))
			}
		}
	case what <= 15:
		return g.decodeTask(kindGo + fuzzKind(what-13))
	default:
		return g.decodeWait()
	}
}

func futuresOf(nodes []*fuzzNode) []*future.Future[int] {
	var fs []*future.Future[int]
	for _, n := range nodes {
		fs = append(fs, n.ints)
	}
	return fs
}

func (g *fuzzGraph) decodeDeadline(n *fuzzNode) time.Duration {
	d := time.Duration(g.in.below(5)) * time.Second
	n.deadline = time.Now().Add(g.after + d)
	g.note("\twith %v", d)
	return d
}

func (g *fuzzGraph) decodeFlatten() func() {
	outer := g.pickInt()
	how := g.in.below(4)
	switch how {
	case 0: // a nil future
		n := g.newNode(kindFlatten, outer)
		n.v = how
		return func() {
			g.have(n, future.Flatten(future.Map(outer.ints, func(int) (*future.Future[int], error) { return nil, nil }))) //nolint:nilnil // that is the point
		}
	case 1: // itself
		n := g.newNode(kindFlatten, outer)
		n.v = how
		return func() {
			var self atomic.Pointer[future.Future[int]]
			f := future.Flatten(future.Map(outer.ints, func(int) (*future.Future[int], error) { return self.Load(), nil }))
			self.Store(f)
			g.have(n, f)
		}
	}
	inner := g.pickInt()
	n := g.newNode(kindFlatten, outer, inner)
	n.v = how
	return func() {
		g.have(n, future.Flatten(future.Map(outer.ints, func(int) (*future.Future[int], error) { return inner.ints, nil })))
	}
}

func (g *fuzzGraph) decodeTask(kind fuzzKind) func() {
	c, under := g.in.call(), g.pickContext()
	g.calls = append(g.calls, c)
	at := g.in.below(8) == 0 // cancelled at once
	cause := g.in.cause()
	var n *fuzzNode
	if kind == kindGo {
		n = g.newNode(kind)
	} else {
		n = g.newNode(kind, g.pickInt())
	}
	n.call, n.context = c, under
	g.note("\t%v under %d", c, slices.Index(g.contexts, under))
	var request *fuzzRequest
	if at {
		g.note("\tcancelled at once because of %v", cause)
		request = &fuzzRequest{cancel: true, cause: cause}
		n.requests = append(n.requests, request)
	}
	return func() {
		var f *future.Future[int]
		switch kind {
		case kindGo:
			f = future.Go(under.ctx, func(ctx context.Context) (int, error) { return c.run(ctx, nil) })
		case kindThen:
			f = future.Then(under.ctx, n.in[0].ints, func(ctx context.Context, v int) (int, error) { return c.run(ctx, v) })
		default:
			f = future.Catch(under.ctx, n.in[0].ints, func(ctx context.Context, err error) (int, error) { return c.run(ctx, err) })
		}
		if at {
			request.won = f.Cancel(cause)
		}
		g.have(n, f)
	}
}

// decodeWait reads a task that waits for others.
func (g *fuzzGraph) decodeWait() func() {
	kind := kindAwait + fuzzKind(g.in.below(5))
	under := g.pickContext()
	how := g.in.below(3)
	var sources []*fuzzNode
	switch kind {
	case kindAwait, kindWaitFor:
		sources = []*fuzzNode{g.pickInt()}
	case kindAwait2:
		sources = []*fuzzNode{g.pickInt(), g.pickInt()}
	default:
		for range g.in.below(4) {
			sources = append(sources, g.pickInt())
		}
	}
	n := g.newNode(kind, sources...)
	n.context, n.call = under, &fuzzCall{}
	n.when = future.ReturnWhen(how)
	var d time.Duration
	if kind == kindWaitFor {
		d = g.decodeDeadline(n)
	}
	fs := futuresOf(sources)
	wait := func(ctx context.Context) (int, error) {
		switch kind {
		case kindAwait:
			return fs[0].Await(ctx)
		case kindWaitFor:
			return future.WaitFor(ctx, fs[0], d)
		case kindWait:
			return 0, g.wait(ctx, n.when, fs)
		case kindAsCompleted:
			return 0, g.asCompleted(ctx, n, fs)
		default:
			a, b, err := future.Await2(ctx, fs[0], fs[1])
			return a + b, err
		}
	}
	return func() {
		g.have(n, future.Go(under.ctx, func(ctx context.Context) (int, error) {
			n.call.enter(ctx, nil)
			defer n.call.left.Store(true)
			return wait(ctx)
		}))
	}
}

// wait checks what Wait returns.
func (g *fuzzGraph) wait(ctx context.Context, when future.ReturnWhen, fs []*future.Future[int]) error {
	done, pending, err := future.Wait(ctx, when, fs...)
	enough := len(pending) == 0 || when == future.FirstCompleted && len(done) > 0
	var merged []*future.Future[int]
	for _, f := range fs {
		switch {
		case len(done) > 0 && done[0] == f:
			done = done[1:]
			enough = enough || when == future.FirstException && f.State() == future.Failed
			if !f.Done() {
				g.t.Errorf("Wait says that %v is done", f)
			}
		case len(pending) > 0 && pending[0] == f:
			pending = pending[1:]
		default:
			continue
		}
		merged = append(merged, f)
	}
	if !slices.Equal(merged, fs) || len(done)+len(pending) > 0 {
		g.t.Errorf("Wait has made %v, %v and %v of %v", merged, done, pending, fs)
	}
	if err == nil && !enough {
		g.t.Errorf("Wait has ended early")
	}
	return err
}

// asCompleted checks what AsCompleted yields and returns the error of a context that
// has ended.
func (g *fuzzGraph) asCompleted(ctx context.Context, n *fuzzNode, fs []*future.Future[int]) (failed error) {
	seen := map[int]bool{}
	for i, o := range future.AsCompleted(ctx, fs...) {
		if seen[i] {
			g.t.Errorf("AsCompleted yields %d twice", i)
		}
		seen[i] = true
		if v, err := fs[i].Result(); fs[i].Done() && v == o.Value && err == o.Err {
			if failed == nil {
				n.order = append(n.order, i)
			}
			continue
		}
		if failed = o.Err; o.Err == nil || !errors.Is(o.Err, ctx.Err()) {
			g.t.Errorf("AsCompleted yields %v for %v", o, fs[i])
		}
	}
	if len(seen) != len(fs) {
		g.t.Errorf("AsCompleted yields %d of %d", len(seen), len(fs))
	}
	return failed
}

func (g *fuzzGraph) decodeCallback() func() {
	n, ok := g.pick()
	if !ok {
		return func() {}
	}
	for n.kind == kindShield && n.ints == n.in[0].ints {
		n = n.in[0] // a future that is done is its own shield
	}
	n.used = true
	cb := &fuzzCallback{step: g.now}
	n.mu.Lock()
	n.callbacks = append(n.callbacks, cb)
	n.mu.Unlock()
	how := g.in.below(8)
	switch how {
	case 0:
		cb.exit = exitPanic
	case 1:
		cb.exit = exitGoexit
	case 2:
		cb.child = &fuzzCallback{}
	case 3:
		cb.gate = make(chan struct{})
		g.gated = append(g.gated, cb)
	}
	g.stops = append(g.stops, cb)
	g.note("callback %d for %d, of kind %d", len(g.stops)-1, n.id, how)
	return func() {
		stop := n.add(func() { g.callback(n, cb) })
		cb.stop = stop
	}
}

// callback is what a callback does.
func (g *fuzzGraph) callback(n *fuzzNode, cb *fuzzCallback) {
	defer cb.left.Store(true)
	cb.runs.Add(1)
	n.mu.Lock()
	n.log = append(n.log, cb)
	n.mu.Unlock()
	if cb.gate != nil {
		<-cb.gate
	}
	if child := cb.child; child != nil {
		child.step = int(g.moment.Load())
		child.stop = n.add(func() { g.callback(n, child) })
		n.mu.Lock()
		n.callbacks = append(n.callbacks, child)
		n.mu.Unlock()
	}
	switch cb.exit {
	case exitPanic:
		panic("a callback")
	case exitGoexit:
		runtime.Goexit()
	}
}

func (g *fuzzGraph) decodeStop(cb *fuzzCallback) func() {
	if cb.step == g.now {
		return func() {}
	}
	g.note("callback %d is stopped", slices.Index(g.stops, cb))
	return func() {
		if cb.stop() {
			cb.stops.Add(1)
		} else {
			cb.lost.Store(true)
		}
	}
}

func (g *fuzzGraph) decodeCancel() func() {
	n, ok := g.pick()
	if !ok {
		return func() {}
	}
	r := &fuzzRequest{cancel: true, cause: g.in.cause()}
	n.requests = append(n.requests, r)
	g.note("%d is cancelled because of %v", n.id, r.cause)
	return func() {
		r.exited = true
		r.won = n.future.Cancel(r.cause)
		r.exited = false
	}
}

func (g *fuzzGraph) decodeSet() func() {
	n, ok := g.pick()
	for i := g.known - 1; ok && i >= 0 && n.kind != kindNew; i-- {
		n = g.nodes[i] // the last that can be set
	}
	if !ok || n.kind != kindNew {
		return func() {}
	}
	r := &fuzzRequest{}
	n.requests = append(n.requests, r)
	how, err, v := g.in.below(5), g.in.err(), 10*g.now+len(n.requests)
	g.note("%d is set in way %d: %d, %v", n.id, how, v, err)
	return func() {
		r.exited = true
		switch how {
		case 0:
			r.want = wantSame(future.Failed, err)
			r.err = n.ints.SetException(err)
		case 1:
			r.want = wantSame(future.Failed, future.ErrNilException)
			if r.err = n.ints.SetException(nil); r.err == future.ErrNilException {
				r.err = nil
			}
		default:
			r.want = wantValue(v)
			r.err = n.ints.SetOutcome(v, nil)
		}
		r.exited, r.won = false, r.err == nil
		if !r.won && !errors.Is(r.err, future.ErrInvalidState) {
			g.t.Errorf("a setter gives %v", r.err)
		}
	}
}

// forget lets go of a joint that is done, and of which only its inputs may know: they
// must not.
func (g *fuzzGraph) forget() {
	for _, n := range g.nodes {
		if !n.kind.joint() && n.kind != kindMap && n.kind != kindShield || n.ints == nil || n.used || n.out.state == future.Pending {
			continue
		}
		if !slices.ContainsFunc(n.in, func(source *fuzzNode) bool { return source.out.state == future.Pending }) {
			continue
		}
		g.note("%d is forgotten", n.id)
		n.forgotten = weak.Make(n.ints)
		n.ints, n.future, n.observe, n.add = nil, nil, nil, nil
		for range 2 {
			runtime.GC()
		}
		if n.forgotten.Value() != nil {
			g.t.Errorf("%v, which is done, is kept by its inputs", n.kind)
		}
	}
}

// end lets everything end, and checks that it has.
func (g *fuzzGraph) end() {
	g.note("the end")
	g.now++
	g.known = len(g.nodes)
	var do []func()
	for _, c := range g.calls {
		if c.gate != nil {
			do = append(do, c.release)
		}
	}
	for _, cb := range g.gated {
		if !cb.open {
			cb.open = true
			do = append(do, func() { close(cb.gate) })
		}
	}
	for _, n := range g.nodes {
		if n.kind == kindNew && n.made.Load() {
			r := &fuzzRequest{want: wantValue(n.id), exited: true}
			n.requests = append(n.requests, r)
			do = append(do, func() {
				r.err = n.ints.SetResult(n.id)
				r.exited, r.won = false, r.err == nil
			})
		}
	}
	// In any order, but the same for the same input.
	order := rand.New(rand.NewPCG(uint64(len(do)), 0)) //nolint:gosec // repeatable
	order.Shuffle(len(do), func(i, j int) { do[i], do[j] = do[j], do[i] })
	g.alone = false
	g.step(do, 0)
	g.now++
	g.step(nil, time.Minute) // the timers
	for _, n := range g.nodes {
		if n.future != nil && !n.future.Done() {
			g.t.Errorf("%d: %v is pending at the end", n.id, n.kind)
		}
	}
	for _, c := range g.contexts {
		c.cancel(nil)
	}
	crashed := 0
	for _, cb := range g.stops {
		if cb.exit != exitValue {
			crashed += int(cb.runs.Load())
		}
	}
	if got := int(g.reports.Load()); got != crashed {
		g.t.Errorf("%d reports of %d callbacks that did not return", got, crashed)
	}
}

func (n *fuzzNode) String() string { return fmt.Sprintf("%d (%v)", n.id, n.kind) }
