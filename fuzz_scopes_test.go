package future_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// FuzzScopes opens groups and runs, one in the other, starts tasks in them and has
// tasks and bodies end in all ways. One half of the programs do one thing after the
// other, and the reference follows each step. In the other half everything happens at
// once; what is checked then holds in every order.
func FuzzScopes(f *testing.F) {
	for _, seed := range fuzzSeeds(40) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		fuzzBubble(t, data, func(r *fuzzRun) {
			p := &fuzzScopes{fuzzRun: r, strict: !r.in.flag()}
			p.root, p.cancel = context.WithCancelCause(context.Background())
			p.open()
			for steps := 0; len(r.in.data) > 0 && steps < 60; steps++ {
				p.step()
			}
			p.end()
		})
	})
}

// A fuzzMember is a task of a scope.
type fuzzMember struct {
	id     int
	scope  *fuzzScope
	call   *fuzzCall
	source *future.Future[int] // of a task of Then
	opens  *fuzzScope          // what its function opens
	awaits *fuzzMember         // only where everything happens at once
	future atomic.Pointer[future.Future[int]]

	// The reference.
	phase     fuzzPhase
	refused   bool // by its scope
	out       fuzzOutcome
	end       fuzzEnd // of its context
	callbacks []*fuzzCallback
}

// A fuzzPhase is how far a task has come.
type fuzzPhase int

const (
	phaseSource fuzzPhase = iota // waits for its source
	phaseQueue                   // waits for a place
	phaseRuns
	phaseDone
)

// A fuzzScope is a Run or a TaskGroup.
type fuzzScope struct {
	id         int
	group      bool
	limit      int
	supervised bool
	body       *fuzzCall
	member     *fuzzMember                     // whose function it is, nil if it has a goroutine
	scope      atomic.Pointer[context.Context] // nil until the body is called
	running    atomic.Int32                    // calls of its tasks
	over       atomic.Bool                     // it has returned, or panicked
	err        error
	panicked   any

	// The reference.
	end      fuzzEnd // of its context
	aborting bool
	bodyEnd  bool
	crashed  bool // the body has not returned
	ended    bool
	failures []fuzzFailure
	bodyErr  error
}

type fuzzFailure struct {
	err  error
	step int
	lead bool // the step was to let this one go on, so it was the first
}

type fuzzScopes struct {
	*fuzzRun

	strict  bool
	now     int
	root    context.Context
	cancel  context.CancelCauseFunc
	rootEnd fuzzEnd
	scopes  []*fuzzScope
	members []*fuzzMember
	lead    *fuzzCall // that this step lets go on
	gated   []*fuzzCallback
}

// do does one thing, and lets the reference do it if it follows.
func (p *fuzzScopes) do(fn, reference func()) {
	p.now++
	if !p.strict {
		go fn()
		return
	}
	go fn()
	synctest.Wait()
	reference()
	p.settle()
	p.check()
}

func (p *fuzzScopes) step() {
	p.lead = nil
	in := p.in
	scope := p.scopes[len(p.scopes)-1-in.below(len(p.scopes))]
	switch what := in.below(16); {
	case what == 0 && len(p.scopes) < 6:
		p.open()
	case what <= 5 && len(p.members) < 30:
		p.start(scope, &fuzzMember{call: in.call()})
	case what == 6 && len(p.members) < 30:
		p.start(scope, &fuzzMember{call: in.call(), source: future.New[int]()})
	case what == 7:
		cause := in.cause()
		g, ok := scope.ctx().(*future.Group)
		if !ok {
			return
		}
		p.note("scope %d is cancelled because of %v", scope.id, cause)
		p.do(func() { g.Cancel(cause) }, func() { p.abort(scope, cancelledBy(cause).cause) })
	case what == 8 && in.below(4) == 0:
		cause := in.cause()
		p.note("the outermost context is cancelled because of %v", cause)
		p.do(func() { p.cancel(cause) }, func() {
			if !p.rootEnd.dead() {
				p.rootEnd = cancelledBy(cause)
			}
		})
	case what <= 9:
		p.release(scope.body, "the body of scope", scope.id)
	case len(p.members) == 0:
	default:
		p.touch(p.members[len(p.members)-1-in.below(len(p.members))])
	}
}

func (p *fuzzScopes) release(c *fuzzCall, what string, id int) {
	if c.open || c.gate == nil {
		return
	}
	p.note("%s %d may go on", what, id)
	p.lead, c.open = c, true
	p.do(func() { close(c.gate) }, func() {})
}

// touch does something to a task.
func (p *fuzzScopes) touch(m *fuzzMember) {
	switch p.in.below(8) {
	case 0, 1:
		cause := p.in.cause()
		p.note("task %d is cancelled because of %v", m.id, cause)
		p.do(func() { p.cancelMember(m, cause) }, func() {
			if !m.end.dead() && m.phase != phaseDone {
				m.end = cancelledBy(cause)
			}
		})
	case 2:
		cb := &fuzzCallback{gate: make(chan struct{})}
		p.note("a callback for task %d", m.id)
		p.gated = append(p.gated, cb)
		m.callbacks = append(m.callbacks, cb)
		p.do(func() {
			if f := m.future.Load(); f != nil {
				f.AddDoneCallback(func(*future.Future[int]) { <-cb.gate; cb.left.Store(true) })
			}
		}, func() {
			if m.scope.ended || m.refused {
				m.callbacks = m.callbacks[:len(m.callbacks)-1] // the scope does not wait for it
			}
		})
	case 3:
		if len(p.gated) > 0 {
			cb := p.gated[p.in.below(len(p.gated))]
			if !cb.open {
				cb.open = true
				p.note("a callback may go on")
				p.do(func() { close(cb.gate) }, func() {})
			}
		}
	case 4:
		if source := m.source; source != nil {
			err := p.in.cause()
			p.note("the source of task %d is set to %v", m.id, err)
			p.do(func() { source.SetOutcome(m.id, err) }, func() {})
		}
	default:
		p.release(m.call, "task", m.id)
	}
}

func (p *fuzzScopes) cancelMember(m *fuzzMember, cause error) {
	f := m.future.Load()
	if f == nil {
		return
	}
	if granted := f.Cancel(cause); p.strict && granted != (m.phase != phaseDone) {
		p.t.Errorf("Cancel of task %d gives %t", m.id, granted)
	}
}

// open opens a scope, on a goroutine or in a task of another.
func (p *fuzzScopes) open() {
	in := p.in
	s := &fuzzScope{id: len(p.scopes), group: in.below(4) > 0, body: in.call()}
	if s.group {
		s.limit, s.supervised = in.below(4), in.below(4) == 0
	}
	outer := in.below(len(p.scopes) + 1)
	p.scopes = append(p.scopes, s)
	p.note("scope %d: group %t, limit %d, supervised %t, body %v", s.id, s.group, s.limit, s.supervised, s.body)
	if outer > 0 && p.scopes[outer-1].limit == 0 && p.scopes[outer-1].ctx() != nil {
		p.start(p.scopes[outer-1], &fuzzMember{opens: s, call: &fuzzCall{}})
		return
	}
	p.do(func() {
		defer func() { s.panicked = recover() }()
		_, s.err = p.enter(p.root, s)
	}, func() {})
}

// enter calls Run or TaskGroup.
func (p *fuzzScopes) enter(ctx context.Context, s *fuzzScope) (int, error) {
	defer func() {
		if n := s.running.Load(); n != 0 {
			p.t.Errorf("scope %d has ended, and %d of its tasks run", s.id, n)
		}
		s.over.Store(true)
	}()
	if !s.group {
		return future.Run(ctx, func(ctx context.Context) (int, error) {
			s.scope.Store(&ctx)
			return s.body.run(ctx, nil)
		})
	}
	var opts []future.GroupOption
	if s.limit > 0 {
		opts = append(opts, future.WithLimit(s.limit))
	}
	if s.supervised {
		opts = append(opts, future.WithSupervision())
	}
	return fuzzValue, future.TaskGroup(ctx, func(g *future.Group) error {
		var ctx context.Context = g
		s.scope.Store(&ctx)
		_, err := s.body.run(g, nil)
		return err
	}, opts...)
}

// start starts a task in s.
func (p *fuzzScopes) start(s *fuzzScope, m *fuzzMember) {
	m.id, m.scope = len(p.members), s
	if !p.strict {
		// The scope has to have begun, and the task that it waits for as well.
		synctest.Wait()
		if len(p.members) > 0 && p.in.below(4) == 0 {
			m.awaits = p.members[p.in.below(len(p.members))]
			if m.awaits.opens != nil {
				m.awaits = nil // which may wait for m
			}
		}
	}
	if s.ctx() == nil {
		return // it will never begin
	}
	p.members = append(p.members, m)
	if m.opens != nil {
		m.opens.member = m
	}
	p.note("task %d in scope %d: %v, then: %t, opens: %t, awaits: %t", m.id, s.id, m.call, m.source != nil, m.opens != nil, m.awaits != nil)
	p.do(func() {
		if m.source != nil {
			m.future.Store(future.Then(s.ctx(), m.source, func(ctx context.Context, _ int) (int, error) { return p.run(ctx, m) }))
		} else {
			m.future.Store(future.Go(s.ctx(), func(ctx context.Context) (int, error) { return p.run(ctx, m) }))
		}
	}, func() { p.begin(m) })
}

// run is the function of a task.
func (p *fuzzScopes) run(ctx context.Context, m *fuzzMember) (int, error) {
	s := m.scope
	if n := s.running.Add(1); s.over.Load() {
		p.t.Errorf("task %d runs after the end of scope %d", m.id, s.id)
	} else if p.strict && s.limit > 0 && int(n) > s.limit {
		p.t.Errorf("%d tasks run in scope %d, which has a limit of %d", n, s.id, s.limit)
	}
	defer s.running.Add(-1)
	switch {
	case m.opens != nil:
		m.call.enter(ctx, nil)
		v, err := p.enter(ctx, m.opens)
		m.opens.err = err
		return v, err
	case m.awaits != nil && m.awaits.future.Load() != nil:
		if _, err := m.awaits.future.Load().Await(ctx); err != nil && ctx.Err() != nil {
			m.call.enter(ctx, nil)
			return 0, err
		}
	}
	return m.call.run(ctx, nil)
}

// The reference.

// begin is what becomes of a task at its start.
func (p *fuzzScopes) begin(m *fuzzMember) {
	s := m.scope
	m.phase = phaseQueue
	if m.source != nil {
		m.phase = phaseSource
	}
	switch {
	case s.aborting || s.ended:
		m.refused = true
		p.done(m, fuzzWant{state: future.Failed, is: []error{future.ErrScopeClosed}})
	case s.end.dead():
		p.done(m, wantCancelled(s.end.cause))
	}
}

// done is the end of a task.
func (p *fuzzScopes) done(m *fuzzMember, want fuzzWant) {
	p.t.Helper()
	m.out = fuzzObserve(p.t, m.future.Load(), true, true)
	if !want.allows(m.out) {
		p.t.Fatalf("step %d: task %d is %v, want %v", p.now, m.id, m.out, want)
	}
	if entered := m.call.entered.Load(); m.phase != phaseRuns && entered != 0 || m.phase == phaseRuns && entered != 1 {
		p.t.Fatalf("step %d: the function of task %d was called %d times", p.now, m.id, entered)
	}
	m.phase = phaseDone
	if m.out.state == future.Failed && m.scope.group && !m.refused {
		p.fail(m.scope, m.out.err, m.call)
	}
}

// fail notes a failure in a group.
func (p *fuzzScopes) fail(s *fuzzScope, err error, c *fuzzCall) {
	s.failures = append(s.failures, fuzzFailure{err, p.now, p.lead == c})
	if !s.supervised {
		p.abort(s, err)
	}
}

func (p *fuzzScopes) abort(s *fuzzScope, cause error) {
	if s.aborting || s.ended {
		return
	}
	s.aborting = true
	if !s.end.dead() {
		s.end = fuzzEnd{context.Canceled, cause}
	}
}

// settle goes on until nothing moves any more.
func (p *fuzzScopes) settle() {
	for p.moved() {
	}
}

// moved does what is next, if there is something: contexts end first, then tasks that
// were not entered, then those that run; places are given away last.
func (p *fuzzScopes) moved() bool {
	for _, s := range p.scopes {
		if end := p.endAbove(s); !s.end.dead() && !s.ended && s.ctx() != nil && end.dead() {
			s.end = end
			return true
		}
	}
	for _, m := range p.members {
		if m.phase == phaseDone {
			continue
		}
		if !m.end.dead() && m.scope.end.dead() {
			m.end = m.scope.end
			return true
		}
		if m.phase < phaseRuns && m.end.dead() {
			p.done(m, wantCancelled(m.end.cause))
			return true
		}
		if m.phase == phaseSource && m.source.Done() {
			if err := m.source.Exception(); err != nil {
				p.done(m, wantSame(future.Failed, err))
			} else {
				m.phase = phaseQueue
				// It comes after those that wait already.
				p.members = append(slices.DeleteFunc(p.members, func(o *fuzzMember) bool { return o == m }), m)
			}
			return true
		}
	}
	return p.bodyMoved() || p.runnerMoved() || p.granted()
}

// endAbove is the end of the context under which a scope was opened.
func (p *fuzzScopes) endAbove(s *fuzzScope) fuzzEnd {
	if s.member == nil {
		return p.rootEnd
	}
	return s.member.end
}

func (p *fuzzScopes) bodyMoved() bool {
	for _, s := range p.scopes {
		c := s.body
		if s.ctx() == nil || s.bodyEnd && s.ended {
			continue
		}
		if !s.bodyEnd {
			if !c.open && (!c.heeds || !s.end.dead()) {
				continue
			}
			s.bodyEnd = true
			p.leaveBody(s)
			return true
		}
		waits := slices.ContainsFunc(p.members, func(m *fuzzMember) bool {
			return m.scope == s && (m.phase != phaseDone || slices.ContainsFunc(m.callbacks, func(cb *fuzzCallback) bool { return !cb.open }))
		})
		if !waits {
			s.ended = true
			p.checkResult(s)
			if !s.end.dead() {
				s.end = fuzzEnd{context.Canceled, future.ErrScopeClosed}
			}
			return true
		}
	}
	return false
}

// leaveBody is the end of a body.
func (p *fuzzScopes) leaveBody(s *fuzzScope) {
	if s.body.exit.crashes() {
		s.crashed = true
		p.abort(s, future.ErrScopeClosed)
		return
	}
	s.bodyErr = s.body.returns(s.end)
	if !s.group {
		p.abort(s, future.ErrScopeClosed)
		return
	}
	if w := wantOfTask(0, s.bodyErr, s.end); w.state == future.Failed {
		p.fail(s, s.bodyErr, s.body)
	}
}

func (p *fuzzScopes) runnerMoved() bool {
	for _, m := range p.members {
		if m.phase != phaseRuns {
			continue
		}
		c := m.call
		switch {
		case m.opens == nil && (c.open || c.heeds && m.end.dead()):
			p.done(m, c.want(m.end))
			return true
		case m.opens != nil && m.opens.ended:
			inner := m.opens
			want := wantOfTask(fuzzValue, inner.err, m.end) // which was checked
			if inner.crashed {
				want = inner.body.want(m.end)
			}
			p.done(m, want)
			return true
		}
	}
	return false
}

// granted gives a place away.
func (p *fuzzScopes) granted() bool {
	for _, s := range p.scopes {
		used := 0
		for _, m := range p.members {
			if m.scope == s && m.phase == phaseRuns {
				used++
			}
		}
		for _, m := range p.members {
			if m.scope == s && m.phase == phaseQueue && (s.limit == 0 || used < s.limit) {
				m.phase = phaseRuns
				return true
			}
		}
	}
	return false
}

// checkResult looks at what a scope has returned.
func (p *fuzzScopes) checkResult(s *fuzzScope) {
	p.t.Helper()
	if !s.over.Load() {
		p.t.Fatalf("step %d: scope %d has not ended", p.now, s.id)
	}
	above := p.endAbove(s)
	switch {
	case s.crashed:
		if s.member == nil && s.body.exit != exitGoexit && s.panicked != s.body.want(s.end).panicked {
			p.t.Fatalf("step %d: scope %d has panicked with %v", p.now, s.id, s.panicked)
		}
	case !s.group:
		if s.err != s.bodyErr {
			p.t.Fatalf("step %d: scope %d gives %v, want %v", p.now, s.id, s.err, s.bodyErr)
		}
	case len(s.failures) > 0:
		p.checkGroupError(s)
	case above.dead():
		if !errors.Is(s.err, above.err) || !errors.Is(s.err, above.cause) || errors.Is(s.err, future.ErrCancelled) {
			p.t.Fatalf("step %d: scope %d gives %v, want %v", p.now, s.id, s.err, above)
		}
	case s.err != nil:
		p.t.Fatalf("step %d: scope %d gives %v", p.now, s.id, s.err)
	}
}

// checkGroupError looks for the failures of a group, in order, but for echoes of the
// first.
func (p *fuzzScopes) checkGroupError(s *fuzzScope) {
	p.t.Helper()
	var g *future.GroupError
	if !errors.As(s.err, &g) || len(g.Unwrap()) == 0 {
		p.t.Fatalf("step %d: scope %d gives %v", p.now, s.id, s.err)
	}
	got := g.Unwrap()
	first := got[0]
	at := slices.IndexFunc(s.failures, func(f fuzzFailure) bool { return f.err == first })
	lead := slices.IndexFunc(s.failures, func(f fuzzFailure) bool { return f.step == s.failures[0].step && f.lead })
	if at < 0 || s.failures[at].step != s.failures[0].step || lead >= 0 && s.failures[lead].err != first {
		p.t.Fatalf("step %d: the first failure of scope %d is %v, want one of %v", p.now, s.id, first, s.failures)
	}
	rest := slices.Delete(slices.Clone(s.failures), at, at+1)
	rest = slices.DeleteFunc(rest, func(f fuzzFailure) bool { return !s.supervised && errors.Is(f.err, first) })
	last := 0
	for _, err := range got[1:] {
		i := slices.IndexFunc(rest, func(f fuzzFailure) bool { return f.err == err })
		if i < 0 || rest[i].step < last {
			p.t.Fatalf("step %d: scope %d gives %v, want %v", p.now, s.id, got, s.failures)
		}
		last = rest[i].step
		rest = slices.Delete(rest, i, i+1)
	}
	if len(rest) > 0 {
		p.t.Fatalf("step %d: scope %d gives %v, and leaves out %v", p.now, s.id, got, rest)
	}
}

// check compares what the package did with the reference.
func (p *fuzzScopes) check() {
	p.t.Helper()
	for _, m := range p.members {
		if state := m.future.Load().State(); state != m.out.state {
			p.t.Fatalf("step %d: task %d is %v, want %v", p.now, m.id, state, m.out.state)
		}
		if entered := m.call.entered.Load() > 0; m.phase < phaseRuns && entered || m.phase == phaseRuns && !entered {
			p.t.Fatalf("step %d: the function of task %d was entered: %t", p.now, m.id, entered)
		}
		if m.phase == phaseRuns {
			if end := fuzzEndOf(*m.call.ctx.Load()); end != m.end {
				p.t.Fatalf("step %d: the context of task %d has ended with %v, want %v", p.now, m.id, end, m.end)
			}
		}
	}
	for _, s := range p.scopes {
		if s.ctx() == nil {
			continue
		}
		if s.over.Load() != s.ended {
			p.t.Fatalf("step %d: scope %d has ended: %t", p.now, s.id, s.over.Load())
		}
		if end := fuzzEndOf(s.ctx()); end != s.end {
			p.t.Fatalf("step %d: the context of scope %d has ended with %v, want %v", p.now, s.id, end, s.end)
		}
		unfinished := 0
		for range future.AllTasks(s.ctx()) {
			unfinished++
		}
		for _, m := range p.members {
			if m.scope == s && m.phase != phaseDone {
				unfinished--
			}
		}
		if unfinished != 0 {
			p.t.Fatalf("step %d: AllTasks of scope %d is wrong by %d", p.now, s.id, unfinished)
		}
	}
}

// end lets everything end. What is checked here holds in every order.
func (p *fuzzScopes) end() {
	p.note("the end")
	for _, cb := range p.gated {
		if !cb.open {
			cb.open = true
			p.do(func() { close(cb.gate) }, func() {})
		}
	}
	for _, m := range slices.Clone(p.members) {
		if m.source != nil {
			p.do(func() { _ = m.source.SetResult(0) }, func() {})
		}
		p.release(m.call, "task", m.id)
	}
	for _, s := range p.scopes {
		p.release(s.body, "the body of scope", s.id)
	}
	synctest.Wait()
	for _, s := range p.scopes {
		if s.ctx() != nil && !s.over.Load() {
			p.t.Errorf("scope %d does not end", s.id)
		}
	}
	p.cancel(nil)
	time.Sleep(time.Minute)
	for _, m := range p.members {
		f := m.future.Load()
		if f == nil || !f.Done() || m.call.entered.Load() > 1 {
			p.t.Errorf("task %d is %v and was entered %d times", m.id, f, m.call.entered.Load())
			continue
		}
		s, err := m.scope, f.Exception()
		if !s.group || f.State() != future.Failed || m.call.entered.Load() == 0 || s.body.exit.crashes() {
			continue
		}
		var g *future.GroupError
		if !errors.As(s.err, &g) || !errors.Is(g, err) && !errors.Is(err, g.Unwrap()[0]) {
			p.t.Errorf("scope %d gives %v, and leaves out %v of task %d", s.id, s.err, err, m.id)
		}
	}
}

// ctx is the context of the scope, nil until the body is called.
func (s *fuzzScope) ctx() context.Context {
	if ctx := s.scope.Load(); ctx != nil {
		return *ctx
	}
	return nil
}

func (s *fuzzScope) String() string { return fmt.Sprintf("scope %d", s.id) }
