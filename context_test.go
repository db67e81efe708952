package future_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// A subject is a context to examine and what can happen to it.
type subject struct {
	context.Context //nolint:containedctx // this is a context

	cancel func(cause error)
	end    func() // what its owner does in the end
}

// contexts are the two kinds of context that must behave alike.
var contexts = []struct {
	name string
	open func(parent context.Context) subject
}{
	{"a standard context", func(parent context.Context) subject {
		ctx, cancel := context.WithCancelCause(parent)
		return subject{ctx, cancel, func() { cancel(nil) }}
	}},
	{"a task's context", func(parent context.Context) subject {
		return openTask(parent)
	}},
	{"a named task's context", func(parent context.Context) subject {
		return openTask(parent, future.WithName("named"))
	}},
	{"a job's context", func(parent context.Context) subject {
		started, release := make(chan context.Context, 1), make(chan struct{})
		returned := make(chan struct{})
		f := future.RunInExecutor(parent, future.NewPool(1), func(ctx context.Context) (int, error) {
			defer close(returned)
			started <- ctx
			<-release
			return 0, nil
		})
		return subject{
			<-started,
			func(cause error) { f.Cancel(cause) },
			sync.OnceFunc(func() { close(release); <-returned; <-f.Ready() }),
		}
	}},
}

func openTask(parent context.Context, opts ...future.TaskOption) subject {
	started, release := make(chan context.Context, 1), make(chan struct{})
	f := future.Go(parent, func(ctx context.Context) (int, error) {
		started <- ctx
		<-release
		return 0, nil
	}, opts...)
	return subject{
		<-started,
		func(cause error) { f.Cancel(cause) },
		sync.OnceFunc(func() { close(release); <-f.Ready() }),
	}
}

type contextKey string

// hasEnded checks that ctx is done as it should be, and stays so.
func hasEnded(t *testing.T, what string, ctx context.Context, err, cause error) {
	t.Helper()
	for range 2 {
		if got := ctx.Err(); got != err { //nolint:errorlint // the very error
			t.Errorf("%s: Err() = %v, want %v", what, got, err)
		}
		if got := context.Cause(ctx); got != cause { //nolint:errorlint // the very error
			t.Errorf("%s: Cause() = %v, want %v", what, got, cause)
		}
		select {
		case <-ctx.Done():
		default:
			t.Errorf("%s: Done is open", what)
		}
	}
}

func isAlive(t *testing.T, what string, ctx context.Context) {
	t.Helper()
	if ctx.Err() != nil || context.Cause(ctx) != nil {
		t.Errorf("%s: Err() = %v, Cause() = %v, want none", what, ctx.Err(), context.Cause(ctx))
	}
	select {
	case <-ctx.Done():
		t.Errorf("%s: Done is closed", what)
	default:
	}
}

// Every rule is checked on a standard context and on a task's, side by side.
var contextRules = []struct {
	name  string
	check func(t *testing.T, open func(parent context.Context) subject)
}{
	{"it is alive at first and has what the parent has", func(t *testing.T, open func(context.Context) subject) {
		deadline := time.Now().Add(time.Hour)
		parent, cancel := context.WithDeadline(context.WithValue(t.Context(), contextKey("k"), "v"), deadline)
		defer cancel()
		s := open(parent)
		defer s.end()
		for _, what := range []string{"before Done", "after Done"} {
			if d, ok := s.Deadline(); !ok || !d.Equal(deadline) {
				t.Errorf("%s: Deadline() = %v, %v, want %v", what, d, ok, deadline)
			}
			if v := s.Value(contextKey("k")); v != "v" {
				t.Errorf("%s: Value() = %v, want v", what, v)
			}
			if v := s.Value(contextKey("other")); v != nil {
				t.Errorf("%s: Value() of an unknown key = %v", what, v)
			}
			if s.Err() != nil || context.Cause(s) != nil {
				t.Errorf("%s: Err() = %v, Cause() = %v, want none", what, s.Err(), context.Cause(s))
			}
			isAlive(t, what, s)
		}
		if s.Done() != s.Done() {
			t.Error("Done gives different channels")
		}
	}},
	{"Done asked by many at once is one channel", func(t *testing.T, open func(context.Context) subject) {
		for range stressed(500) {
			s := open(t.Context())
			dones := make([]<-chan struct{}, 4)
			var wg sync.WaitGroup
			for i := range dones {
				wg.Go(func() { dones[i] = s.Done() })
			}
			wg.Wait()
			s.cancel(errWhy)
			for _, done := range dones {
				<-done
			}
			s.end()
		}
	}},
	{"without a deadline above it has none", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		defer s.end()
		if d, ok := s.Deadline(); ok {
			t.Errorf("Deadline() = %v, true", d)
		}
	}},
	{"cancel with a cause before anything was asked", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		defer s.end()
		s.cancel(errWhy)
		s.cancel(errFn)
		hasEnded(t, "the context", s, context.Canceled, errWhy)
	}},
	{"cancel with a cause after Done was asked", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		defer s.end()
		done := s.Done()
		s.cancel(errWhy)
		<-done
		hasEnded(t, "the context", s, context.Canceled, errWhy)
	}},
	{"cancel without a cause", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		defer s.end()
		s.cancel(nil)
		s.cancel(errWhy)
		hasEnded(t, "the context", s, context.Canceled, context.Canceled)
	}},
	{"cancel below leaves the parent and siblings alone", func(t *testing.T, open func(context.Context) subject) {
		parent, cancel := context.WithCancel(t.Context())
		defer cancel()
		s, sibling := open(parent), open(parent)
		defer s.end()
		defer sibling.end()
		s.cancel(errWhy)
		hasEnded(t, "the context", s, context.Canceled, errWhy)
		isAlive(t, "the parent", parent)
		isAlive(t, "the sibling", sibling)
	}},
	{"the parent's end with a cause reaches it", func(t *testing.T, open func(context.Context) subject) {
		for _, asked := range []bool{false, true} {
			parent, cancel := context.WithCancelCause(t.Context())
			s := open(parent)
			if asked {
				isAlive(t, "before the end", s)
			}
			cancel(errWhy)
			hasEnded(t, "the context", s, context.Canceled, errWhy)
			s.cancel(errFn)
			hasEnded(t, "after a late cancel", s, context.Canceled, errWhy)
			s.end()
			hasEnded(t, "after its end", s, context.Canceled, errWhy)
		}
	}},
	{"its own cancel stays when the parent ends later", func(t *testing.T, open func(context.Context) subject) {
		parent, cancel := context.WithCancelCause(t.Context())
		s := open(parent)
		defer s.end()
		s.cancel(errWhy)
		cancel(errFn)
		hasEnded(t, "the context", s, context.Canceled, errWhy)
	}},
	{"the parent's deadline reaches it", func(t *testing.T, open func(context.Context) subject) {
		parent, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errWhy)
		defer cancel()
		unasked, asked := open(parent), open(parent)
		defer unasked.end()
		defer asked.end()
		isAlive(t, "before the deadline", asked)
		<-parent.Done()
		synctest.Wait()
		hasEnded(t, "the one not asked", unasked, context.DeadlineExceeded, errWhy)
		hasEnded(t, "the one asked", asked, context.DeadlineExceeded, errWhy)
	}},
	{"its owner's end ends it", func(t *testing.T, open func(context.Context) subject) {
		parent, cancel := context.WithCancelCause(t.Context())
		s := open(parent)
		done := s.Done()
		s.end()
		<-done
		hasEnded(t, "the context", s, context.Canceled, context.Canceled)
		cancel(errWhy)
		hasEnded(t, "after the parent's end", s, context.Canceled, context.Canceled)
	}},
	{"its owner's end ends it also if Done is asked only then", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		s.end()
		<-s.Done()
		hasEnded(t, "the context", s, context.Canceled, context.Canceled)
	}},
	{"its owner's end ends it also if Err is asked first and the parent ends later", func(t *testing.T, open func(context.Context) subject) {
		parent, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errWhy)
		defer cancel()
		s := open(parent)
		s.end()
		if s.Err() != context.Canceled || context.Cause(s) != context.Canceled { //nolint:errorlint // the very error
			t.Errorf("Err() = %v, Cause() = %v", s.Err(), context.Cause(s))
		}
		<-parent.Done()
		hasEnded(t, "the context", s, context.Canceled, context.Canceled)
	}},
	{"its owner's end counts also if it is asked only after the parent has ended", func(t *testing.T, open func(context.Context) subject) {
		parent, cancel := context.WithTimeoutCause(t.Context(), time.Minute, errWhy)
		defer cancel()
		s := open(parent)
		s.end()
		<-parent.Done()
		hasEnded(t, "the context", s, context.Canceled, context.Canceled)
	}},
	{"a context derived after its owner's end is dead", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		s.end()
		child, cancel := context.WithCancelCause(s)
		defer cancel(nil)
		hasEnded(t, "the child", child, context.Canceled, context.Canceled)
	}},
	{"derived contexts end with it and have its cause", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		defer s.end()
		children := map[string]context.Context{}
		for name, derive := range derivations {
			ctx, stop := derive(s)
			defer stop()
			children[name] = ctx
			isAlive(t, name, ctx)
		}
		grandchild, stop := context.WithTimeout(children["WithCancelCause"], 2*time.Hour)
		defer stop()
		children["a grandchild"] = grandchild
		kept := context.WithoutCancel(s)
		s.cancel(errWhy)
		for name, ctx := range children {
			hasEnded(t, name, ctx, context.Canceled, errWhy)
		}
		if kept.Err() != nil || context.Cause(kept) != nil || kept.Done() != nil {
			t.Errorf("WithoutCancel: Err() = %v, Cause() = %v", kept.Err(), context.Cause(kept))
		}
	}},
	{"derived contexts end when the parent above it does", func(t *testing.T, open func(context.Context) subject) {
		parent, cancel := context.WithCancelCause(t.Context())
		s := open(parent)
		defer s.end()
		for name, derive := range derivations {
			ctx, stop := derive(s)
			defer stop()
			defer hasEnded(t, name, ctx, context.Canceled, errWhy)
		}
		cancel(errWhy)
	}},
	{"the end of derived contexts leaves it alone", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		defer s.end()
		child, cancel := context.WithCancelCause(s)
		short, stop := context.WithTimeoutCause(s, time.Second, errFn)
		defer stop()
		cancel(errWhy)
		<-short.Done()
		hasEnded(t, "the child", child, context.Canceled, errWhy)
		hasEnded(t, "the short one", short, context.DeadlineExceeded, errFn)
		isAlive(t, "the context", s)
	}},
	{"a derived deadline is exact and later ones give way to the parent's", func(t *testing.T, open func(context.Context) subject) {
		start := time.Now()
		parent, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		s := open(parent)
		defer s.end()
		early, stopEarly := context.WithTimeout(s, time.Second)
		defer stopEarly()
		late, stopLate := context.WithTimeout(s, time.Hour)
		defer stopLate()
		<-early.Done()
		if d := time.Since(start); d != time.Second {
			t.Errorf("the early one ended after %v", d)
		}
		<-late.Done()
		if d := time.Since(start); d != time.Minute {
			t.Errorf("the late one ended after %v", d)
		}
		if d, _ := late.Deadline(); d.Sub(start) != time.Minute {
			t.Errorf("the late one has the deadline %v", d)
		}
	}},
	{"AfterFunc runs when it ends, once, and sees the cause", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		defer s.end()
		ran := make(chan error, 2)
		stop := context.AfterFunc(s, func() { ran <- context.Cause(s) })
		synctest.Wait()
		if len(ran) != 0 {
			t.Fatal("AfterFunc ran on a context that is alive")
		}
		s.cancel(errWhy)
		synctest.Wait()
		if len(ran) != 1 || <-ran != errWhy { //nolint:errorlint // the very error
			t.Error("AfterFunc did not run once with the cause")
		}
		if stop() {
			t.Error("stop returned true after the function has run")
		}
	}},
	{"a stopped AfterFunc does not run", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		stop := context.AfterFunc(s, func() { t.Error("a stopped function ran") })
		if !stop() {
			t.Error("stop returned false before the end")
		}
		s.cancel(nil)
		s.end()
		synctest.Wait()
	}},
	{"AfterFunc runs at its owner's end", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		ran := make(chan struct{})
		context.AfterFunc(s, func() { close(ran) })
		s.end()
		<-ran
	}},
	{"derived contexts need no goroutine", func(t *testing.T, open func(context.Context) subject) {
		s := open(t.Context())
		defer s.end()
		before := goroutines()
		const n = 300
		for range n {
			for name, derive := range derivations {
				ctx, stop := derive(s)
				defer stop()
				if ctx.Done() == nil {
					t.Errorf("%s: no Done channel", name)
				}
			}
			defer context.AfterFunc(s, func() {})()
		}
		if after := goroutines(); after-before > n/2 {
			t.Errorf("%d goroutines more", after-before)
		}
	}},
	{"it follows a parent of a type that the standard library does not know", func(t *testing.T, open func(context.Context) subject) {
		for _, asked := range []bool{false, true} {
			parent := &ownContext{Context: context.WithValue(t.Context(), contextKey("k"), "v"), done: make(chan struct{})}
			s := open(parent)
			child, stop := context.WithTimeout(s, time.Hour)
			if asked {
				isAlive(t, "the context", s)
			}
			if s.Value(contextKey("k")) != "v" || s.Value(contextKey("own")) != "own" {
				t.Error("the values of the parent are not there")
			}
			parent.endWith(errFn)
			<-child.Done()
			hasEnded(t, "the context", s, errFn, errFn)
			hasEnded(t, "the child", child, errFn, errFn)
			stop()
			s.end()
			hasEnded(t, "after its end", s, errFn, errFn)
		}
	}},
	{"it lets go of a parent of a type that the standard library does not know", func(t *testing.T, open func(context.Context) subject) {
		parent := &ownContext{Context: t.Context(), done: make(chan struct{})}
		s := open(parent)
		isAlive(t, "the context", s)
		s.end()
		hasEnded(t, "the context", s, context.Canceled, context.Canceled)
		// The bubble reports the goroutine that would still wait for the parent.
	}},
	{"Err and Cause come together, stay, and agree with Done, whoever ends it", func(t *testing.T, open func(context.Context) subject) {
		for range stressed(300) {
			parent, cancelParent := context.WithCancelCause(t.Context())
			s := open(parent)
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() { watchContext(t, s, i%2 == 0) })
			}
			wg.Go(func() { cancelParent(errFn) })
			wg.Go(func() { s.cancel(errWhy) })
			wg.Go(s.end)
			wg.Wait()
			cause := context.Cause(s)
			child, stop := context.WithCancel(s)
			hasEnded(t, "a child", child, context.Canceled, cause)
			stop()
		}
	}},
}

// watchContext looks at ctx until it ends.
func watchContext(t *testing.T, ctx context.Context, useDone bool) {
	var err, cause error
	for after := 0; after < 3; {
		if useDone {
			select {
			case <-ctx.Done():
				if ctx.Err() == nil {
					t.Error("Done is closed and Err is nil")
				}
			default:
			}
		}
		e := ctx.Err()
		if err != nil && e != err { //nolint:errorlint // the very error
			t.Errorf("Err changed from %v to %v", err, e)
		}
		if e != nil {
			c := context.Cause(ctx)
			if c == nil || cause != nil && c != cause { //nolint:errorlint // the very error
				t.Errorf("Cause changed from %v to %v while Err is %v", cause, c, e)
			}
			err, cause = e, c
			after++
		}
		runtime.Gosched()
	}
}

var derivations = map[string]func(context.Context) (context.Context, func()){
	"WithCancel": func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel
	},
	"WithCancelCause": func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithCancelCause(ctx)
		return ctx, func() { cancel(nil) }
	},
	"WithTimeout": func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		return ctx, cancel
	},
	"WithDeadlineCause": func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithDeadlineCause(ctx, time.Now().Add(time.Hour), errFn)
		return ctx, cancel
	},
	"WithValue": func(ctx context.Context) (context.Context, func()) {
		return context.WithValue(ctx, contextKey("x"), 1), func() {}
	},
}

// An ownContext is a context as users write them: with a Done channel of its own.
type ownContext struct {
	context.Context //nolint:containedctx // this is a context

	done chan struct{}
	mu   sync.Mutex
	err  error
}

func (c *ownContext) Done() <-chan struct{} { return c.done }

func (c *ownContext) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *ownContext) Value(key any) any {
	if key == contextKey("own") {
		return "own"
	}
	return c.Context.Value(key)
}

func (c *ownContext) endWith(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	close(c.done)
}

// A hookedContext has the method that context.AfterFunc and its like look for.
type hookedContext struct {
	ownContext

	hooks atomic.Int32
}

func (c *hookedContext) AfterFunc(func()) func() bool {
	c.hooks.Add(1)
	return func() bool { return c.hooks.Add(-1) >= 0 }
}

func TestATasksContextUsesTheAfterFuncMethodOfItsParent(t *testing.T) {
	parent := &hookedContext{ownContext: ownContext{Context: t.Context(), done: make(chan struct{})}}
	s := openTask(parent)
	if n := parent.hooks.Load(); n != 0 {
		t.Errorf("%d functions registered before the context was used, want 0", n)
	}
	isAlive(t, "the context", s)
	if n := parent.hooks.Load(); n != 1 {
		t.Errorf("%d functions registered, want 1", n)
	}
	s.end()
	hasEnded(t, "the context", s, context.Canceled, context.Canceled)
	if n := parent.hooks.Load(); n != 0 {
		t.Errorf("%d functions registered after the end, want 0", n)
	}
}

func TestATasksContextBehavesAsAStandardOne(t *testing.T) {
	for _, kind := range contexts {
		t.Run(kind.name, func(t *testing.T) {
			for _, rule := range contextRules {
				t.Run(rule.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) { rule.check(t, kind.open) })
				})
			}
		})
	}
}

// A quietContext counts who registers with it.
type quietContext struct {
	context.Context //nolint:containedctx // this is a context

	asked atomic.Int32
}

func (c *quietContext) Done() <-chan struct{} {
	c.asked.Add(1)
	return c.Context.Done()
}

func TestATaskThatDoesNotUseItsContextRegistersNothing(t *testing.T) {
	cancellable, cancel := context.WithCancel(t.Context())
	defer cancel()
	parent := &quietContext{Context: cancellable}
	fs := []*future.Future[int]{
		future.Go(parent, returns(7, nil)),
		future.Go(parent, returns(7, nil), future.WithName("named")),
		future.Go(parent, func(ctx context.Context) (int, error) {
			_, _ = ctx.Deadline()
			_ = ctx.Value(contextKey("k"))
			_ = future.CurrentTask(context.WithValue(ctx, contextKey("k"), 1))
			return 7, errors.Join(ctx.Err(), context.Cause(ctx))
		}),
		future.Go(parent, func(ctx context.Context) (int, error) { return future.FromResult(7).Await(ctx) }),
	}
	for i, f := range fs {
		if v, err := f.Await(t.Context()); v != 7 || err != nil {
			t.Errorf("task %d: Await = %v, %v, want 7, nil", i, v, err)
		}
	}
	if n := parent.asked.Load(); n != 0 {
		t.Errorf("the parent's Done was called %d times, want none", n)
	}
	future.Go(parent, func(ctx context.Context) (int, error) { ctx.Done(); return 0, nil }).Await(t.Context()) //nolint:errcheck // cannot fail
	if parent.asked.Load() == 0 {
		t.Error("the parent's Done was not called for a task that calls its own")
	}
}

func TestAMillionTasksUnderOneParentLeaveItsMemoryAsItWas(t *testing.T) {
	for name, test := range map[string]struct {
		n  int
		fn func(ctx context.Context) (int, error)
	}{
		"that use their context":        {1_000_000, func(ctx context.Context) (int, error) { ctx.Done(); return 0, nil }},
		"that do not use their context": {100_000, returns(0, nil)},
		"that derive from it": {100_000, func(ctx context.Context) (int, error) {
			_, cancel := context.WithCancel(ctx)
			defer cancel()
			return 0, nil
		}},
	} {
		t.Run(name, func(t *testing.T) {
			n, fn := test.n, test.fn
			if testing.Short() || runtime.GOARCH == "wasm" || raceEnabled {
				n /= 20
			}
			parent, cancel := context.WithCancel(t.Context())
			defer cancel()
			wave := func() {
				fs := make([]*future.Future[int], 1000)
				for i := range fs {
					fs[i] = future.Go(parent, fn)
				}
				for _, f := range fs {
					if _, err := f.Await(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
			}
			wave()
			before := heap()
			for range n / 1000 {
				wave()
			}
			if grown := heap() - before; grown > 1<<20 {
				t.Errorf("%d tasks have left %d bytes", n, grown)
			}
		})
	}
}

func TestTheContextOfATaskNamesItself(t *testing.T) {
	text, err := future.Go(t.Context(), func(ctx context.Context) (string, error) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		return fmt.Sprint(ctx), nil
	}).Await(t.Context())
	if want := "future.Go.WithCancel"; text != want || err != nil {
		t.Errorf("the text of a derived context is %q, %v, want %q", text, err, want)
	}
}

// Not one of several stages may lose the first cause, and the tasks in between
// may be of any depth.
func TestTheCauseGoesDownThroughTasksOfTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var descend func(ctx context.Context, depth int) (int, error)
		descend = func(ctx context.Context, depth int) (int, error) {
			if depth == 0 {
				return untilDone(ctx)
			}
			f := future.Go(ctx, func(ctx context.Context) (int, error) { return descend(ctx, depth-1) })
			return f.Await(context.WithoutCancel(ctx))
		}
		f := future.Go(t.Context(), func(ctx context.Context) (int, error) { return descend(ctx, 50) })
		synctest.Wait()
		f.Cancel(errWhy)
		_, err := f.Await(t.Context())
		matches(t, err, []error{future.ErrCancelled, errWhy}, nil)
	})
}

// A busyContext never ends. It calls a function when somebody asks how it would.
type busyContext struct {
	context.Context //nolint:containedctx // this is a context

	done chan struct{}
	ask  func() // called once
}

func newBusyContext(ask func()) *busyContext {
	return &busyContext{context.Background(), make(chan struct{}), ask}
}

func (c *busyContext) Done() <-chan struct{} {
	if ask := c.ask; ask != nil {
		c.ask = nil
		ask()
	}
	return c.done
}

// Two goroutines may need the context of a task at once. They get the same one, and
// what was made in vain leaves nothing behind: no goroutine waits for its parent.
func TestAContextThatTwoNeedAtOnceIsOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			ctx   context.Context
			inner <-chan struct{}
		)
		parent := newBusyContext(func() { inner = ctx.Done() })
		entered := make(chan struct{})
		release := make(chan struct{})
		f := future.Go(parent, func(own context.Context) (int, error) {
			ctx = own
			close(entered)
			<-release
			return 0, own.Err()
		})
		<-entered
		outer := ctx.Done() // which asks the parent, where somebody else is faster
		if inner == nil || inner != outer {
			t.Errorf("the context has two channels: %p and %p", inner, outer)
		}
		f.Cancel(nil)
		if !isClosed(inner) || !isClosed(outer) {
			t.Errorf("cancelled, the channels are closed: %v, %v", isClosed(inner), isClosed(outer))
		}
		close(release)
		_, err := f.Await(t.Context())
		checkIs(t, err, future.ErrCancelled)
	})
}

func TestAContextThatIsNeededJustAsItsTaskEndsHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			ctx     context.Context
			f       *future.Future[int]
			entered = make(chan struct{})
			release = make(chan struct{})
		)
		parent := newBusyContext(func() {
			close(release)
			if v, err := f.Await(context.Background()); v != 1 || err != nil {
				t.Errorf("the task ends with %v, %v", v, err)
			}
		})
		f = future.Go(parent, func(own context.Context) (int, error) {
			ctx = own
			close(entered)
			<-release
			return 1, nil
		})
		<-entered
		<-ctx.Done() // which asks the parent, while the task ends
		hasEnded(t, "the context of a task that has ended", ctx, context.Canceled, context.Canceled)
	})
}

func TestTheContextOfATaskRemembersThatItsParentWasTheFirstToEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithTimeoutCause(t.Context(), time.Second, errBoom)
		defer cancel()
		var ctx context.Context
		f := future.Go(parent, func(own context.Context) (int, error) {
			ctx = own
			time.Sleep(time.Minute) // without a look at the context
			return 1, nil
		})
		if v, err := f.Await(t.Context()); v != 1 || err != nil {
			t.Errorf("the task ends with %v, %v", v, err)
		}
		hasEnded(t, "the context of a task that took too long", ctx, context.DeadlineExceeded, errBoom)
	})
}

func TestTheContextOfATaskHasEndedWhenTheTaskIsDone(t *testing.T) {
	for range 20 {
		var last context.Context
		f := future.Go(context.Background(), func(ctx context.Context) (int, error) {
			for range 5000 { // which hear of the end one after the other
				var cancel context.CancelFunc
				last, cancel = context.WithCancel(ctx)
				defer func() { _ = cancel }() // the end of ctx is what ends it
			}
			return 1, nil
		})
		mustGive(t, f, 1)
		if last.Err() == nil {
			t.Fatal("the task is done, and a context below its own has not ended")
		}
	}
}
