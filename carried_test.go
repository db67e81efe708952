package future_test

import (
	"context"
	"errors"
	"runtime"
	"strconv"
	"testing"
	"testing/synctest"

	"example.com/future"
	"example.com/future/internal/carry"
)

// A carrier counts what it is told.
type carrier struct {
	withdrawn, stopped int
	settled            func()
}

func (c *carrier) Withdraw() { c.withdrawn++ }
func (c *carrier) Stop()     { c.stopped++ }

func (c *carrier) Settled() {
	if c.settled != nil {
		c.settled()
	}
}

// tells counts how often c is told that f is done, which has to be true then.
func (c *carrier) tells(t *testing.T, f *future.Future[[]byte]) *int {
	t.Helper()
	told := 0
	c.settled = func() {
		told++
		if !f.Done() {
			t.Error("it tells while the call is pending")
		}
	}
	return &told
}

func newCarried(ctx context.Context) (*carrier, carry.Call, *future.Future[[]byte]) {
	by := new(carrier)
	call, f := carry.New(ctx, by)
	return by, call, f.(*future.Future[[]byte])
}

// carriedIn are contexts of which each makes another kind of future.
func carriedIn(t *testing.T, test func(t *testing.T, ctx context.Context)) {
	t.Helper()
	t.Run("background", func(t *testing.T) { test(t, context.Background()) })
	t.Run("cancellable", func(t *testing.T) { test(t, t.Context()) })
	t.Run("scope", func(t *testing.T) {
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			test(t, ctx)
			return 0, nil
		})
	})
}

func TestACarriedCallEndsAsATaskDoes(t *testing.T) {
	boom, why := errors.New("boom"), errors.New("why")
	carriedIn(t, func(t *testing.T, ctx context.Context) {
		for _, test := range []struct {
			name   string
			cancel bool
			err    error
			want   future.State
		}{
			{"value", false, nil, future.Succeeded},
			{"error", false, boom, future.Failed},
			{"somebody else's cancellation", false, context.Canceled, future.Failed},
			{"value, cancelled", true, nil, future.Succeeded},
			{"error, cancelled", true, boom, future.Failed},
			{"cancellation", true, context.Canceled, future.Cancelled},
		} {
			by, call, f := newCarried(ctx)
			if !call.Begin() || call.Begin() {
				t.Errorf("%s: it does not begin once", test.name)
			}
			stops := 0
			if test.cancel {
				stops = 2
				for range stops {
					if !f.Cancel(why) {
						t.Errorf("%s: Cancel reports false", test.name)
					}
				}
				if context.Cause(call.Context()) != why { //nolint:errorlint // this very error
					t.Errorf("%s: the cause is %v", test.name, context.Cause(call.Context()))
				}
			}
			if by.stopped != stops || by.withdrawn != 0 || f.Done() {
				t.Errorf("%s: %+v, %v", test.name, *by, f)
			}
			call.End([]byte("result"), test.err)
			v, err := f.Result()
			if f.State() != test.want || !errors.Is(err, test.err) || (string(v) == "result") != (err == nil) {
				t.Errorf("%s: %v with %q, %v", test.name, f.State(), v, err)
			}
			if f.Cancel(nil) || by.stopped != stops || call.Context().Err() == nil {
				t.Errorf("%s: it goes on after its end", test.name)
			}
		}
	})
}

// A nastyError does something else when it is asked what it matches.
type nastyError struct{ is func() }

func (*nastyError) Error() string { return "nasty" }

func (e *nastyError) Is(error) bool {
	e.is()
	return false
}

func TestACarriedCallEndsAlsoByAnErrorWhoseMethodDoesNotReturn(t *testing.T) {
	carriedIn(t, func(t *testing.T, ctx context.Context) {
		for _, is := range []func(){func() { panic(errBoom) }, runtime.Goexit} {
			nasty := &nastyError{is}
			_, call, f := newCarried(ctx)
			call.Begin()
			f.Cancel(nil)
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				call.End(nil, nasty)
			}()
			<-ended
			if err := f.Exception(); err != nasty && err != future.ErrGoexit { //nolint:errorlint // whose methods do not return
				t.Errorf("it is %v with %v", f.State(), err)
			}
		}
	})
}

func TestACarriedCallThatIsCancelledIsNotBegun(t *testing.T) {
	boom := errors.New("boom")
	carriedIn(t, func(t *testing.T, ctx context.Context) {
		by, call, f := newCarried(ctx)
		if !f.Cancel(boom) || f.Cancel(boom) {
			t.Error("it is not cancelled once")
		}
		if call.Begin() || by.withdrawn != 1 || by.stopped != 0 {
			t.Errorf("it begins, %+v", *by)
		}
		if err := f.Exception(); !errors.Is(err, boom) || !f.Cancelled() {
			t.Errorf("%v with %v", f.State(), err)
		}
	})
}

func TestACarriedCallIsWithdrawnBeforeAFunctionOfMapRuns(t *testing.T) {
	carriedIn(t, func(t *testing.T, ctx context.Context) {
		by, _, f := newCarried(ctx)
		told := by.tells(t, f)
		// GatherSettled is there because Map runs its function for values only.
		mapped := future.Map(future.GatherSettled(f), func([]future.Outcome[[]byte]) (int, error) {
			if by.withdrawn != 1 || *told == 0 {
				t.Errorf("the function of Map runs after %+v, and after it has told %d times", *by, *told)
			}
			return 0, nil
		})
		f.Cancel(errBoom)
		if _, err := mapped.Result(); err != nil {
			t.Error(err)
		}
	})
}

func TestACarriedCallHearsOfTheEndOfItsContext(t *testing.T) {
	boom := errors.New("boom")
	for name, end := range map[string]func(inside func(ctx context.Context, end func())){
		"context": func(inside func(context.Context, func())) {
			ctx, cancel := context.WithCancelCause(context.Background())
			inside(ctx, func() { cancel(boom) })
		},
		"group": func(inside func(context.Context, func())) {
			_ = future.TaskGroup(context.Background(), func(g *future.Group) error {
				inside(g, func() { g.Cancel(boom) })
				return nil
			})
		},
		"context in a group": func(inside func(context.Context, func())) {
			_ = future.TaskGroup(context.Background(), func(g *future.Group) error {
				ctx, cancel := context.WithCancelCause(g)
				inside(ctx, func() { cancel(boom) })
				return nil
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				end(func(ctx context.Context, end func()) {
					waits, waiting, f := newCarried(ctx)
					runs, running, g := newCarried(ctx)
					if !running.Begin() {
						t.Fatal("it does not begin")
					}
					end()
					synctest.Wait()
					if waits.withdrawn != 1 || waits.stopped != 0 || waiting.Begin() || !f.Cancelled() {
						t.Errorf("the one that waits: %+v, %v", *waits, f)
					}
					if runs.stopped < 1 || runs.withdrawn != 0 || g.Done() {
						t.Errorf("the one that runs: %+v, %v", *runs, g)
					}
					running.End(nil, context.Cause(running.Context()))
					for _, f := range []*future.Future[[]byte]{f, g} {
						if err := f.Exception(); !f.Cancelled() || !errors.Is(err, boom) {
							t.Errorf("%v with %v", f, err)
						}
					}
					late, call, f := newCarried(ctx)
					if call != nil || !f.Done() || late.stopped != 0 {
						t.Errorf("one that comes later: %v, %+v", f, *late)
					}
				})
			})
		})
	}
}

// A attendedContext counts who waits for its end.
type attendedContext struct {
	context.Context //nolint:containedctx // this is a context

	watchers int
}

func (c *attendedContext) AfterFunc(func()) (stop func() bool) {
	c.watchers++
	return func() bool {
		c.watchers--
		return true
	}
}

func (c *attendedContext) Value(any) any { return nil } // no standard context is seen below

func TestACarriedCallLeavesNothingWithItsContext(t *testing.T) {
	ctx := &attendedContext{Context: t.Context()}
	_, call, _ := newCarried(ctx)
	if ctx.watchers != 1 || !call.Begin() {
		t.Fatalf("%d watchers", ctx.watchers)
	}
	call.End(nil, nil)
	_, _, f := newCarried(ctx)
	f.Cancel(nil)
	if ctx.watchers != 0 {
		t.Errorf("%d watchers are left", ctx.watchers)
	}
}

func TestACarriedCallWhoseContextHasEndedDoesNotBegin(t *testing.T) {
	for range 100 {
		ctx, cancel := context.WithCancelCause(t.Context())
		_, call, f := newCarried(ctx)
		cancel(errBoom)
		if call.Begin() { // whether or not it has heard of the end
			t.Fatal("it has begun")
		}
		if _, err := f.Await(t.Context()); !errors.Is(err, errBoom) || !f.Cancelled() {
			t.Errorf("it is %v: %v", f.State(), err)
		}
	}
}

func TestACarriedCallWhoseContextHasEndedDoesNotHoldUpItsCarrier(t *testing.T) {
	inner, cancel := context.WithCancelCause(t.Context())
	_, call, f := newCarried(&attendedContext{Context: inner}) // it does not hear of the end
	mapped := future.Map(future.GatherSettled(f), func([]future.Outcome[[]byte]) (int, error) {
		runtime.Goexit()
		return 0, nil
	})
	cancel(errBoom)
	returned, ended := false, make(chan struct{})
	go func() {
		defer close(ended)
		if call.Begin() {
			t.Error("it has begun")
		}
		returned = true
	}()
	<-ended
	if !returned {
		t.Error("a function given to Map ends the goroutine of the carrier")
	}
	if _, err := mapped.Await(t.Context()); !errors.Is(err, future.ErrGoexit) || !f.Cancelled() {
		t.Errorf("the function of Map ends with %v, the call is %v", err, f.State())
	}
}

// A carryingInvoker has one call, which the test ends.
type carryingInvoker struct {
	loopback

	call *future.Future[[]byte]
}

func (c carryingInvoker) Invoke(context.Context, future.Call) *future.Future[[]byte] { return c.call }

func TestACarriedCallTellsWhenItsFuturesAreDoneBeforeAFunctionOfMapRuns(t *testing.T) {
	carriedIn(t, func(t *testing.T, ctx context.Context) {
		by, call, f := newCarried(ctx)
		told := by.tells(t, f)
		mapped := future.Map(f, func([]byte) (int, error) { return *told, nil })
		call.Begin()
		call.End(nil, nil)
		if n, err := mapped.Result(); n == 0 || err != nil {
			t.Errorf("the function of Map runs after it has told %d times, %v", n, err)
		}

		for name, test := range map[string]struct {
			how string
			err error
		}{
			"value": {}, "failure": {err: errCallKnown}, "rubbish": {how: "undecodable"}, "goexit": {how: "goexit"},
		} {
			by, call, f := newCarried(ctx)
			submitted := callHarden.Submit(ctx, carryingInvoker{call: f}, "")
			told := 0
			by.settled = func() {
				told++
				if !submitted.Done() {
					t.Errorf("%s: it tells while the submitted future is pending", name)
				}
			}
			mapped := future.Map(submitted, func(callHardValue) (int, error) { return told, nil })
			call.Begin()
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				call.End([]byte(strconv.Quote(test.how)), test.err)
			}()
			<-ended
			if n, err := mapped.Result(); told == 0 || n == 0 && err == nil {
				t.Errorf("%s: it has told %d times, %d before the function of Map, %v", name, told, n, err)
			}
		}
	})
}
