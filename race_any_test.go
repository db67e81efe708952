package future_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"testing"

	"example.com/future"
)

func TestRaceEndsAsTheFirstInputToBeDone(t *testing.T) {
	boom, why := errors.New("boom"), errors.New("why")
	for _, tt := range []struct {
		name  string
		end   func(t *testing.T, f *future.Future[int])
		state future.State
		value int
		errs  []error
	}{
		{"a success", func(t *testing.T, f *future.Future[int]) { mustSet(t, f, 7) }, future.Succeeded, 7, nil},
		{"a failure", func(t *testing.T, f *future.Future[int]) { mustSetException(t, f, boom) }, future.Failed, 0, []error{boom}},
		{
			"a cancelled one makes it fail", func(_ *testing.T, f *future.Future[int]) { f.Cancel(why) },
			future.Failed, 0,
			[]error{future.ErrCancelled, context.Canceled, why},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs := pendingInts(3)
			r := future.Race(fs...)
			checkState(t, r, future.Pending)
			tt.end(t, fs[1])
			checkState(t, r, tt.state)
			mustSet(t, fs[0], 1)
			mustSetException(t, fs[2], errors.New("late"))
			v, err := r.Result()
			if v != tt.value || (err == nil) != (tt.errs == nil) {
				t.Errorf("Result() = %v, %v", v, err)
			}
			checkIs(t, err, tt.errs...)
			if tt.state == future.Failed && !errors.Is(err, future.ErrCancelled) {
				checkSame(t, err, boom)
			}
			fs[2].Exception()
		})
	}
}

func TestOfInputsDoneAlreadyTheFirstInOrderWinsTheRace(t *testing.T) {
	boom := errors.New("boom")
	ok, bad := future.FromResult(1), future.FromException[int](boom)
	cancelled := future.New[int]()
	cancelled.Cancel(nil)
	if v, err := future.Race(future.New[int](), ok, bad).Result(); v != 1 || err != nil {
		t.Errorf("Race = %v, %v", v, err)
	}
	checkSame(t, future.Race(bad, ok).Exception(), boom)
	checkIs(t, future.Race(cancelled, ok, bad).Exception(), future.ErrCancelled)
	if v, err := future.Race(future.FromResult(3), future.FromResult(4)).Result(); v != 3 || err != nil {
		t.Errorf("Race = %v, %v", v, err)
	}
}

func TestRaceAndAnyOfNothingFailAtOnce(t *testing.T) {
	for _, j := range joints[2:] {
		t.Run(j.name, func(t *testing.T) {
			g := j.of()
			checkState(t, g, future.Failed)
			checkIs(t, g.Exception(), future.ErrNoFutures)
		})
	}
}

func TestLosersOfARaceGoOn(t *testing.T) {
	for _, j := range joints[2:] {
		t.Run(j.name, func(t *testing.T) {
			release := make(chan struct{})
			slow := future.Go(t.Context(), func(ctx context.Context) (int, error) {
				<-release
				return 5, ctx.Err()
			})
			quick := future.New[int]()
			g := j.of(slow, quick)
			mustSet(t, quick, 1)
			checkState(t, g, future.Succeeded)
			checkState(t, slow, future.Pending)
			close(release)
			if v, err := slow.Await(t.Context()); v != 5 || err != nil {
				t.Errorf("the loser ended with %v, %v", v, err)
			}
		})
	}
}

func TestFailuresOfLosersAreReported(t *testing.T) {
	boom := errors.New("boom")
	fails := func(context.Context) (int, error) { return 0, boom }
	for _, j := range joints[2:] {
		t.Run("that come after "+j.name+" is won", func(t *testing.T) {
			checkReported(t, reportedIn(t, func(ctx context.Context) {
				release := make(chan struct{})
				f := future.Go(ctx, func(ctx context.Context) (int, error) { <-release; return fails(ctx) })
				checkState(t, j.of(f, future.FromResult(1)), future.Succeeded)
				close(release)
				<-f.Ready()
			}), boom)
		})
	}
	t.Run("that come before Any is won", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			f, winner := future.Go(ctx, fails), future.New[int]()
			g := future.Any(f, winner)
			<-f.Ready()
			mustSet(t, winner, 1)
			checkState(t, g, future.Succeeded)
		}), boom)
	})
	t.Run("but not what Race has handed on and somebody has seen", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			_, err := future.Race(future.Go(ctx, fails), future.New[int]()).Await(ctx)
			checkSame(t, err, boom)
		}))
	})
	t.Run("nor what is in the error of Any", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			_, err := future.Any(future.Go(ctx, fails), future.Go(ctx, fails)).Await(ctx)
			checkIs(t, err, boom)
		}))
	})
	t.Run("once if nobody looks at the Race that has handed it on", func(t *testing.T) {
		checkReported(t, reportedIn(t, func(ctx context.Context) {
			<-future.Race(future.Go(ctx, fails)).Ready()
		}), boom)
	})
}

func TestAnyGivesTheFirstSuccess(t *testing.T) {
	fs := pendingInts(4)
	g := future.Any(fs...)
	mustSetException(t, fs[0], errors.New("boom"))
	fs[3].Cancel(nil)
	checkState(t, g, future.Pending)
	mustSet(t, fs[2], 2)
	checkState(t, g, future.Succeeded)
	mustSet(t, fs[1], 1)
	if v, err := g.Result(); v != 2 || err != nil {
		t.Errorf("Result() = %v, %v", v, err)
	}
	fs[0].Exception()
}

func TestOfInputsDoneAlreadyTheFirstSuccessInOrderIsThatOfAny(t *testing.T) {
	bad := future.FromException[int](errors.New("boom"))
	if v, err := future.Any(bad, future.New[int](), future.FromResult(2), future.FromResult(3)).Result(); v != 2 || err != nil {
		t.Errorf("Any = %v, %v", v, err)
	}
	bad.Exception()
}

func TestAnyOfFailuresFailsWithAllOfThemInInputOrder(t *testing.T) {
	why := errors.New("why")
	errs := []error{errors.New("a"), nil, errors.New("c"), errors.New("d")}
	fs := pendingInts(4)
	g := future.Any(fs...)
	mustSetException(t, fs[3], errs[3])
	mustSetException(t, fs[0], errs[0])
	fs[1].Cancel(why)
	checkState(t, g, future.Pending)
	mustSetException(t, fs[2], errs[2])
	checkState(t, g, future.Failed)
	err := g.Exception()
	group, ok := errors.AsType[*future.GroupError](err)
	if !ok {
		t.Fatalf("the error is a %T, want a *GroupError", err)
	}
	got := group.Unwrap()
	if len(got) != len(errs) {
		t.Fatalf("%d errors, want %d: %v", len(got), len(errs), got)
	}
	for i, want := range errs {
		if want != nil {
			checkSame(t, got[i], want)
		}
	}
	checkIs(t, got[1], future.ErrCancelled, why)
	checkIs(t, err, errs[0], errs[2], errs[3], future.ErrCancelled, context.Canceled, why)
}

func TestAnyOfOneFailureOrOfFailuresDoneAlreadyIsAGroupErrorToo(t *testing.T) {
	a, b := errors.New("a"), errors.New("b")
	fa, fb := future.FromException[int](a), future.FromException[int](b)
	for _, tt := range []struct {
		name string
		got  *future.Future[int]
		want []error
	}{
		{"one", future.Any(fa), []error{a}},
		{"two", future.Any(fb, fa), []error{b, a}},
		{"the same twice", future.Any(fa, fa), []error{a, a}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			group, ok := errors.AsType[*future.GroupError](tt.got.Exception())
			if !ok || !slices.Equal(group.Unwrap(), tt.want) {
				t.Errorf("error is %v, want %v", tt.got.Exception(), tt.want)
			}
		})
	}
}

func TestAnyOfCancelledInputsIsFailedNotCancelled(t *testing.T) {
	why := errors.New("why")
	fs := pendingInts(2)
	g := future.Any(fs...)
	fs[0].Cancel(why)
	fs[1].Cancel(nil)
	checkState(t, g, future.Failed)
	checkIs(t, g.Exception(), future.ErrCancelled, why)
}

func TestARaceHasExactlyOneWinner(t *testing.T) {
	for _, j := range []struct {
		name string
		of   func(fs ...*future.Future[int]) *future.Future[int]
	}{{"Race", future.Race[int]}, {"Any", future.Any[int]}} {
		t.Run(j.name, func(t *testing.T) {
			for range stressRounds(2000) {
				fs := pendingInts(4)
				var wg sync.WaitGroup
				for i, f := range fs {
					wg.Go(func() { mustSet(t, f, i+1) })
				}
				g := j.of(fs...)
				first, err := g.Await(t.Context())
				wg.Wait()
				again, errAgain := g.Result()
				if first < 1 || first > 4 || again != first || err != nil || errAgain != nil {
					t.Fatalf("Await gave %v, %v; later Result gave %v, %v", first, err, again, errAgain)
				}
			}
		})
	}
}

// Whatever the answer of a joint comes from, it takes its registrations with the
// others back at once: the memory of a long-lived future does not grow.
func TestJoiningALongLivedFutureAgainAndAgainLeavesNothingOnIt(t *testing.T) {
	n := many(1_000_000)
	boom := errors.New("boom")
	done, failed := future.FromResult(1), future.FromException[int](boom)
	failed.Exception()
	long := future.New[int]()
	later := func(join func(f *future.Future[int]) future.Awaitable, end func(f *future.Future[int])) func() {
		return func() {
			f := future.New[int]()
			g := join(f)
			end(f)
			if !g.Done() {
				t.Fatal("the joint is pending")
			}
			g.Exception()
			f.Exception()
		}
	}
	set := func(f *future.Future[int]) { mustSet(t, f, 1) }
	fail := func(f *future.Future[int]) { mustSetException(t, f, boom) }
	cancel := func(f *future.Future[int]) { f.Cancel(nil) }
	for _, tt := range []struct {
		name  string
		n     int
		round func()
	}{
		{"Race that a done input has won", n, func() { future.Race(long, done) }},
		{"Race that the other input wins", n, later(func(f *future.Future[int]) future.Awaitable { return future.Race(long, f) }, set)},
		{"Race that the other input wins by being cancelled", n / 10, later(func(f *future.Future[int]) future.Awaitable { return future.Race(f, long) }, cancel)},
		{"Race that is won while it registers", n / 100, func() {
			f := future.New[int]()
			fs := append([]*future.Future[int]{f}, slices.Repeat([]*future.Future[int]{long}, 1000)...)
			var g *future.Future[int]
			together(func() { mustSet(t, f, 1) }, func() { g = future.Race(fs...) })
			checkState(t, g, future.Succeeded)
		}},
		{"Any that a done input has won", n / 10, func() { future.Any(long, done) }},
		{"Any that the other input wins", n / 10, later(func(f *future.Future[int]) future.Awaitable { return future.Any(f, long) }, set)},
		{"Gather that has failed already", n / 10, func() { future.Gather(long, failed).Exception() }},
		{"Gather that fails", n / 10, later(func(f *future.Future[int]) future.Awaitable { return future.Gather(long, f) }, fail)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			checkSteady(t, tt.n, tt.round)
			checkState(t, long, future.Pending)
		})
	}
	mustSet(t, long, 1)
}

func TestARaceOfRacesOfAnyDepthSettlesWithoutRecursion(t *testing.T) {
	smallStack(t)
	n := 100_000
	if runtime.GOARCH == "wasm" {
		n = 50_000
	}
	for _, join := range []struct {
		name string
		of   func(fs ...*future.Future[int]) *future.Future[int]
	}{{"Race", future.Race[int]}, {"Any", future.Any[int]}} {
		t.Run(join.name, func(t *testing.T) {
			other := future.New[int]()
			first := future.New[int]()
			last := first
			for range n {
				last = join.of(last, other)
			}
			mustSet(t, first, 9)
			if v, err := last.Result(); v != 9 || err != nil {
				t.Errorf("Result() = %v, %v", v, err)
			}
			mustSet(t, other, 1)
		})
	}
}
