package future_test

import (
	"context"
	"reflect"
	"slices"
	"time"

	"example.com/future"
)

// The reference of FuzzFutures. It goes through the futures in the order in which they
// were made, so that the sources of each have been found right before, and says what
// each may be, from what the documentation says of its kind.

// check compares every future with the reference after a step.
func (g *fuzzGraph) check() {
	g.t.Helper()
	for _, n := range slices.Backward(g.nodes) {
		if n.observe != nil && n.out.state == future.Pending {
			g.spread(n)
		}
	}
	for _, n := range g.nodes {
		if n.observe == nil {
			continue // forgotten, or its maker was ended by runtime.Goexit
		}
		g.checkNode(n)
		g.checkCallbacks(n)
	}
	for _, n := range g.nodes {
		n.requests, n.asked, n.surely = nil, nil, false
	}
	for _, c := range g.contexts {
		c.was = fuzzEndOf(c.ctx)
	}
}

// spread passes the requests to cancel n on to what n cancels.
func (g *fuzzGraph) spread(n *fuzzNode) {
	switch {
	case n.kind.joint():
		causes := n.causes()
		state := n.future.State()
		surely := n.winner() != nil || n.surely && (state == future.Pending || state == future.Cancelled)
		for _, source := range n.in {
			source.ask(surely, causes...)
		}
	case n.kind == kindWaitFor && n.call.entered.Load() > 0:
		if !time.Now().Before(n.deadline) {
			n.in[0].ask(true, future.ErrTimeout)
		}
		for _, end := range g.ends(n) {
			if end.dead() {
				n.in[0].ask(n.surely || n.winner() != nil || n.context.ctx.Err() != nil, end.cause)
			}
		}
	}
}

func (n *fuzzNode) ask(surely bool, causes ...error) {
	if n.out.state == future.Pending && len(causes) > 0 {
		n.asked = append(n.asked, causes...)
		n.surely = n.surely || surely
	}
}

// causes are those with which n may have been cancelled in this step.
func (n *fuzzNode) causes() []error {
	causes := slices.Clone(n.asked)
	for _, r := range n.requests {
		if r.cancel && r.won {
			causes = append(causes, r.cause)
		}
	}
	return causes
}

// winner is the request of this step that was granted.
func (n *fuzzNode) winner() *fuzzRequest {
	for _, r := range n.requests {
		if r.won || r.exited {
			return r
		}
	}
	return nil
}

func (g *fuzzGraph) checkNode(n *fuzzNode) {
	g.t.Helper()
	o, was := n.observe(), n.out
	if was.state != future.Pending {
		if o.state != was.state || o.err != was.err || !reflect.DeepEqual(o.value, was.value) {
			g.t.Fatalf("step %d: %v was %v and is %v", g.now, n, was, o)
		}
		if n.winner() != nil {
			g.t.Fatalf("step %d: %v was done, and was set or cancelled", g.now, n)
		}
		return
	}
	g.checkRequests(n, o)
	allowed := g.allowed(n, o)
	if !slices.ContainsFunc(allowed, func(w fuzzWant) bool { return w.allows(o) }) {
		g.t.Fatalf("step %d: %v is %v, want one of %v", g.now, n, o, allowed)
	}
	if n.call != nil && n.call.entered.Load() > 1 {
		g.t.Fatalf("step %d: %v has called its function %d times", g.now, n, n.call.entered.Load())
	}
	n.out = o
	if o.state != future.Pending {
		n.done = g.now
		g.checkOrder(n)
	}
}

// checkRequests compares what the setters and Cancel have returned with what has
// become of n, which was pending.
func (g *fuzzGraph) checkRequests(n *fuzzNode, o fuzzOutcome) {
	g.t.Helper()
	won := 0
	for _, r := range n.requests {
		if r.won || r.exited {
			won++
		}
	}
	several := n.kind.task() || n.kind.joint()
	switch {
	case won > 1 && !several:
		g.t.Fatalf("step %d: %v was settled %d times", g.now, n, won)
	case won == 0 && g.alone && n.born < g.now && len(n.requests) > 0:
		g.t.Fatalf("step %d: %v was pending and nobody else settled it, and it was not set or cancelled", g.now, n)
	case won < len(n.requests) && several && o.state == future.Pending:
		g.t.Fatalf("step %d: %v is pending and has refused to be cancelled", g.now, n)
	}
}

// checkOrder looks at the order in which AsCompleted has yielded: first what was done
// when it began, in the order of its arguments, then the others as they came.
func (g *fuzzGraph) checkOrder(n *fuzzNode) {
	g.t.Helper()
	rest := n.order
	for len(rest) > 0 && n.in[rest[0]].done <= n.born && (len(rest) == len(n.order) || rest[0] > n.order[len(n.order)-len(rest)-1]) {
		rest = rest[1:]
	}
	last := n.born
	for _, i := range rest {
		if n.in[i].done < last {
			g.t.Fatalf("step %d: %v yields %v", g.now, n, n.order)
		}
		last = n.in[i].done
	}
}

// allowed says what n, which was pending before this step, may be now.
func (g *fuzzGraph) allowed(n *fuzzNode, o fuzzOutcome) []fuzzWant {
	var source *fuzzNode
	if len(n.in) > 0 {
		source = n.in[0]
	}
	expired := !time.Now().Before(n.deadline)
	var natural []fuzzWant
	switch n.kind {
	case kindNew:
	case kindResult:
		natural = []fuzzWant{wantValue(n.v)}
	case kindException:
		natural = []fuzzWant{wantSame(future.Failed, n.call.err)}
	case kindAfter:
		if expired {
			natural = []fuzzWant{wantValue(n.v)}
		}
	case kindMap:
		switch {
		case n.call.entered.Load() > 0:
			if source.out.state != future.Succeeded || n.call.in != source.out.value {
				return nil
			}
			return []fuzzWant{n.call.want(fuzzEnd{})}
		case source.out.state != future.Succeeded:
			natural = source.passed()
		case n.winner() == nil && len(n.asked) == 0:
			return nil // it has not called its function
		}
	case kindSum:
		natural = source.passed()
		if source.out.state == future.Succeeded {
			if vs, ok := source.out.value.([]int); ok {
				natural = []fuzzWant{wantValue(fuzzSum(vs))}
			} else {
				natural = []fuzzWant{wantValue(reflect.ValueOf(source.out.value).Len())}
			}
		}
	case kindFlatten:
		natural = g.flattened(n)
	case kindShield:
		natural = source.passed()
	case kindTimeout:
		natural = source.passed()
		if expired && (len(natural) == 0 || source.done == g.now) {
			natural = append(natural, wantSame(future.Failed, future.ErrTimeout))
		}
	case kindGo, kindThen, kindCatch:
		return g.ofCall(n, o)
	case kindGather, kindSettled, kindRace, kindAny:
		return g.ofJoint(n, o)
	default:
		return g.ofWait(n, o)
	}
	// Whoever cancels it settles it at once.
	if r := n.winner(); r != nil {
		if r.cancel {
			return []fuzzWant{wantCancelled(r.cause)}
		}
		return []fuzzWant{r.want}
	}
	if len(natural) == 0 && !n.surely && len(n.requests) == 0 {
		natural = []fuzzWant{{}} // it is pending
	}
	for _, cause := range n.asked {
		natural = append(natural, wantCancelled(cause))
	}
	return natural
}

// passed is the outcome of n for one that passes it on; none while n is pending.
func (n *fuzzNode) passed() []fuzzWant {
	switch n.out.state {
	case future.Pending:
		return nil
	case future.Succeeded:
		return []fuzzWant{wantValue(n.out.value)}
	default:
		return []fuzzWant{wantSame(n.out.state, n.out.err)}
	}
}

func (g *fuzzGraph) flattened(n *fuzzNode) []fuzzWant {
	outer := n.in[0]
	if outer.out.state != future.Succeeded {
		return outer.passed()
	}
	null := fuzzWant{state: future.Failed, is: []error{future.ErrInvalidState}}
	switch {
	case len(n.in) > 1:
		return n.in[1].passed()
	case n.v == 0:
		return []fuzzWant{null}
	case n.born == g.now: // it may not have known itself yet
		return []fuzzWant{null, wantSame(future.Failed, future.ErrSelfAwait)}
	default:
		return []fuzzWant{wantSame(future.Failed, future.ErrSelfAwait)}
	}
}

func (g *fuzzGraph) ofJoint(n *fuzzNode, o fuzzOutcome) []fuzzWant {
	all := !slices.ContainsFunc(n.in, func(source *fuzzNode) bool { return source.out.state == future.Pending })
	natural := g.decision(n, all)
	causes := append(slices.Clone(n.cancelled), n.causes()...)
	if len(n.cancelled) > 0 {
		causes = n.cancelled // the first stays
	}
	var wants []fuzzWant
	granted := n.winner() != nil || len(n.cancelled) > 0 && !n.unsure
	if !granted {
		wants = append(wants, natural...)
	}
	if len(causes) > 0 && all {
		for _, cause := range causes {
			wants = append(wants, wantCancelled(cause))
		}
	}
	if !all && (len(natural) == 0 || len(causes) > 0) {
		wants = append(wants, fuzzWant{})
	}
	if o.state == future.Pending {
		n.unsure = !granted && !n.surely && len(natural) == 0
		n.cancelled = causes
	}
	return wants
}

// decision is what the inputs of a joint come to; none while it has to wait.
func (g *fuzzGraph) decision(n *fuzzNode, all bool) (wants []fuzzWant) {
	if len(n.in) == 0 && n.kind >= kindRace {
		return []fuzzWant{wantSame(future.Failed, future.ErrNoFutures)}
	}
	for _, source := range n.in {
		state := source.out.state
		failed := state == future.Failed || state == future.Cancelled
		switch {
		case failed && (n.kind == kindGather || n.kind == kindRace):
			w := wantSame(future.Failed, source.out.err)
			if state == future.Cancelled {
				w = fuzzWant{state: future.Failed, is: []error{future.ErrCancelled, context.Canceled, source.out.err}}
			}
			wants = append(wants, w)
		case state == future.Succeeded && n.kind >= kindRace:
			wants = append(wants, wantValue(source.out.value))
		}
	}
	if len(wants) > 0 || !all {
		if n.born == g.now && g.alone && len(wants) > 0 {
			return wants[:1] // of those that are done already, the first in order
		}
		return wants
	}
	values, outcomes, errs := []int{}, []future.Outcome[int]{}, []error{}
	for _, source := range n.in {
		v, _ := source.out.value.(int)
		values = append(values, v)
		outcomes = append(outcomes, future.Outcome[int]{Value: v, Err: source.out.err})
		errs = append(errs, source.out.err)
	}
	switch n.kind {
	case kindGather:
		return []fuzzWant{wantValue(values)}
	case kindSettled:
		return []fuzzWant{wantValue(outcomes)}
	default:
		return []fuzzWant{{state: future.Failed, group: errs}}
	}
}

// ends says how the context of a task may be, now and at any time of this step.
func (g *fuzzGraph) ends(n *fuzzNode) []fuzzEnd {
	if len(n.ends) > 0 {
		return n.ends
	}
	now := fuzzEndOf(n.context.ctx)
	if n.context.was.dead() {
		return []fuzzEnd{now} // since before the task was started
	}
	ends := []fuzzEnd{{}}
	if now.dead() {
		ends = append(ends, now)
	}
	for _, cause := range n.causes() {
		ends = append(ends, cancelledBy(cause))
	}
	return ends
}

// unentered is what becomes of a task whose function was not called.
func (g *fuzzGraph) unentered(n *fuzzNode) (wants []fuzzWant) {
	for _, end := range g.ends(n) {
		if end.dead() {
			wants = append(wants, wantCancelled(end.cause))
		}
	}
	return wants
}

// ending reports whether the context of a task must have ended in this step.
func (g *fuzzGraph) ending(n *fuzzNode) bool {
	return n.surely || n.winner() != nil || n.context.ctx.Err() != nil
}

// waiting says whether a task may still be pending whose function was entered and waits
// for the end of its context if it heeds that.
func (g *fuzzGraph) waiting(n *fuzzNode, heeds bool) []fuzzWant {
	end := fuzzEndOf(*n.call.ctx.Load())
	ends := g.ends(n)
	if !slices.Contains(ends, end) || g.ending(n) && !end.dead() || heeds && end.dead() {
		return nil
	}
	if end.dead() {
		n.ends = []fuzzEnd{end}
	}
	return []fuzzWant{{}}
}

// ofCall is allowed for the tasks of Go, Then and Catch.
func (g *fuzzGraph) ofCall(n *fuzzNode, o fuzzOutcome) (wants []fuzzWant) {
	c := n.call
	var source *fuzzNode
	on := future.Succeeded
	if n.kind == kindCatch {
		on = future.Failed
	}
	if len(n.in) > 0 {
		source = n.in[0]
	}
	if c.entered.Load() == 0 {
		wants = g.unentered(n)
		if source != nil && source.out.state != on {
			wants = append(wants, source.passed()...)
			if source.out.state == future.Pending && !g.ending(n) {
				wants = append(wants, fuzzWant{})
			}
		}
		return wants
	}
	if n.born == g.now && n.context.was.dead() {
		return nil // it must not be entered
	}
	if source != nil {
		in := source.out.value
		if on == future.Failed {
			in = source.out.err
		}
		if source.out.state != on || c.in != in {
			return nil
		}
	}
	if o.state == future.Pending {
		if c.open {
			return nil
		}
		return g.waiting(n, c.heeds)
	}
	for _, end := range g.ends(n) {
		if c.open || c.heeds && end.dead() {
			wants = append(wants, c.want(end))
		}
	}
	return wants
}

// ofWait is allowed for the tasks that wait for others.
func (g *fuzzGraph) ofWait(n *fuzzNode, o fuzzOutcome) (wants []fuzzWant) {
	if n.call.entered.Load() == 0 {
		return g.unentered(n)
	}
	if n.born == g.now && n.context.was.dead() {
		return nil
	}
	results := g.results(n)
	if o.state == future.Pending {
		if len(results) > 0 {
			return nil
		}
		return g.waiting(n, true)
	}
	for _, end := range g.ends(n) {
		for _, r := range results {
			wants = append(wants, wantOfTask(r.Value, r.Err, end))
		}
		if end.dead() {
			wants = append(wants, wantOfTask(0, end.err, end))
		}
	}
	return wants
}

// results are what a function may return that waits for others, if its context does
// not end; none while it has to wait.
func (g *fuzzGraph) results(n *fuzzNode) (results []future.Outcome[int]) {
	done, failed := 0, 0
	expired := n.kind == kindWaitFor && !time.Now().Before(n.deadline)
	for _, source := range n.in {
		v, _ := source.out.value.(int)
		o := future.Outcome[int]{Value: v, Err: source.out.err}
		if source.out.state == future.Pending {
			continue
		}
		done++
		if source.out.state == future.Failed {
			failed++
		}
		switch n.kind {
		case kindAwait:
			results = append(results, o)
		case kindWaitFor:
			// If this wait, and nobody else, has cancelled it, that is not the answer.
			mine := expired || len(n.ends) > 0 || n.context.ctx.Err() != nil || len(n.causes()) > 0
			mine = mine && source.kind == kindNew && source.done == g.now && len(source.requests) == 0 && len(source.asked) == 1
			if !mine {
				results = append(results, o)
			}
		case kindAwait2:
			if o.Err != nil {
				results = append(results, o)
			}
		}
	}
	all := done == len(n.in)
	switch n.kind {
	case kindWaitFor:
		if expired {
			results = append(results, future.Outcome[int]{Err: future.ErrTimeout})
		}
	case kindAwait2:
		if all && len(results) == 0 {
			a, _ := n.in[0].out.value.(int)
			b, _ := n.in[1].out.value.(int)
			results = append(results, future.Outcome[int]{Value: a + b})
		}
	case kindWait:
		if all || n.when == future.FirstCompleted && done > 0 || n.when == future.FirstException && failed > 0 {
			results = append(results, future.Outcome[int]{})
		}
	case kindAsCompleted:
		if all {
			results = append(results, future.Outcome[int]{})
		}
	}
	return results
}

// checkCallbacks compares the callbacks that were called with those that should be.
func (g *fuzzGraph) checkCallbacks(n *fuzzNode) {
	g.t.Helper()
	n.mu.Lock()
	defer n.mu.Unlock()
	if !slices.IsSortedFunc(n.log, func(a, b *fuzzCallback) int { return a.step - b.step }) {
		g.t.Fatalf("step %d: the callbacks of %v are out of order", g.now, n)
	}
	busy := slices.ContainsFunc(n.log, func(cb *fuzzCallback) bool { return !cb.left.Load() })
	for _, cb := range n.callbacks {
		runs, stops := cb.runs.Load(), cb.stops.Load()
		switch {
		case runs+stops > 1:
			g.t.Fatalf("step %d: a callback of %v was called %d times and stopped %d times", g.now, n, runs, stops)
		case runs > 0 && n.out.state == future.Pending:
			g.t.Fatalf("step %d: a callback of %v was called too early", g.now, n)
		case runs+stops > 0:
		case cb.lost.Load():
			g.t.Fatalf("step %d: a callback of %v was neither called nor could it be stopped", g.now, n)
		case n.out.state != future.Pending && !busy:
			g.t.Fatalf("step %d: a callback of %v was not called", g.now, n)
		}
	}
}
