package future_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

func TestCancelOfAJointCancelsEveryInput(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			why := errors.New("why")
			fs := pendingInts(3)
			g := j.of(fs...)
			if !g.Cancel(why) {
				t.Error("Cancel returned false")
			}
			checkState(t, g, future.Cancelled)
			checkIs(t, g.Exception(), future.ErrCancelled, context.Canceled, why)
			for _, f := range fs {
				checkState(t, f, future.Cancelled)
				checkIs(t, f.Exception(), why)
			}
			if g.Cancel(nil) {
				t.Error("Cancel of a cancelled joint returned true")
			}
		})
	}
}

func TestCancelOfAJointLeavesDoneInputsAsTheyAre(t *testing.T) {
	boom := errors.New("boom")
	for _, tt := range []struct {
		name string
		done *future.Future[int]
		of   func(fs ...*future.Future[int]) future.Awaitable
	}{
		{"Gather", future.FromResult(1), joints[0].of},
		{"GatherSettled", future.FromResult(1), joints[1].of},
		{"GatherSettled of a failure", future.FromException[int](boom), joints[1].of},
		{"Any of a failure", future.FromException[int](boom), joints[3].of},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, before := future.New[int](), tt.done.State()
			g := tt.of(tt.done, f)
			if !g.Cancel(nil) {
				t.Error("Cancel returned false")
			}
			checkState(t, g, future.Cancelled)
			checkState(t, tt.done, before)
			checkState(t, f, future.Cancelled)
			tt.done.Exception()
		})
	}
}

func TestCancelOfAJointReturnsAndTheJointEndsWithItsSlowestInput(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				why := errors.New("why")
				cleanUp := func(d time.Duration) *future.Future[int] {
					return future.Go(t.Context(), func(ctx context.Context) (int, error) {
						<-ctx.Done()
						time.Sleep(d)
						return 0, context.Cause(ctx)
					})
				}
				fs := []*future.Future[int]{cleanUp(2 * time.Second), cleanUp(5 * time.Second), future.New[int]()}
				g := j.of(fs...)
				synctest.Wait()
				start := time.Now()
				if !g.Cancel(why) {
					t.Error("Cancel returned false")
				}
				if d := time.Since(start); d != 0 {
					t.Errorf("Cancel blocked for %v", d)
				}
				checkState(t, g, future.Pending)
				checkState(t, fs[2], future.Cancelled)
				time.Sleep(3 * time.Second)
				checkState(t, g, future.Pending)
				checkState(t, fs[0], future.Cancelled)
				<-g.Ready()
				if d := time.Since(start); d != 5*time.Second {
					t.Errorf("ended after %v, want 5s", d)
				}
				checkState(t, g, future.Cancelled)
				checkIs(t, g.Exception(), future.ErrCancelled, why)
			})
		})
	}
}

// A request to cancel is not lost when the inputs answer it with something else.
func TestCancelledJointIsCancelledHoweverItsInputsEnd(t *testing.T) {
	boom := errors.New("boom")
	for _, end := range []struct {
		name string
		fn   func(ctx context.Context) (int, error)
		want future.State
	}{
		{"with a value", func(context.Context) (int, error) { return 1, nil }, future.Succeeded},
		{"with an error of their own", func(context.Context) (int, error) { return 0, boom }, future.Failed},
		{"cancelled", func(ctx context.Context) (int, error) { return 0, ctx.Err() }, future.Cancelled},
	} {
		for _, j := range joints {
			t.Run(j.name+" "+end.name, func(t *testing.T) {
				why := errors.New("why")
				var entered sync.WaitGroup
				entered.Add(2)
				task := func() *future.Future[int] {
					return future.Go(t.Context(), func(ctx context.Context) (int, error) {
						entered.Done()
						<-ctx.Done()
						return end.fn(ctx)
					})
				}
				a, b := task(), task()
				g := j.of(a, b)
				entered.Wait()
				if !g.Cancel(why) {
					t.Error("Cancel returned false")
				}
				<-g.Ready()
				checkState(t, g, future.Cancelled)
				checkIs(t, g.Exception(), future.ErrCancelled, why)
				checkState(t, a, end.want)
				checkState(t, b, end.want)
				a.Exception()
				b.Exception()
			})
		}
	}
}

func TestFailuresOfTheInputsOfACancelledJointAreReported(t *testing.T) {
	boom := errors.New("boom")
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			checkReported(t, reportedIn(t, func(ctx context.Context) {
				entered := make(chan struct{})
				f := future.Go(ctx, func(ctx context.Context) (int, error) {
					close(entered)
					<-ctx.Done()
					return 0, boom
				})
				g := j.of(f)
				<-entered
				g.Cancel(nil)
				<-g.Ready()
				checkIs(t, g.Exception(), future.ErrCancelled)
			}), boom)
		})
	}
}

func TestASecondCancelOfAJointReturnsTrueWhileItsInputsRunAndTheFirstCauseStays(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			first, second := errors.New("first"), errors.New("second")
			entered, release := make(chan struct{}), make(chan struct{})
			f := future.Go(t.Context(), func(ctx context.Context) (int, error) {
				close(entered)
				<-ctx.Done()
				<-release
				return 0, context.Cause(ctx)
			})
			g := j.of(f)
			<-entered
			if !g.Cancel(first) || !g.Cancel(second) {
				t.Error("Cancel returned false")
			}
			close(release)
			<-g.Ready()
			checkState(t, g, future.Cancelled)
			for _, err := range []error{g.Exception(), f.Exception()} {
				checkIs(t, err, first)
				checkIsNot(t, err, second)
			}
			if g.Cancel(second) {
				t.Error("Cancel of a cancelled joint returned true")
			}
		})
	}
}

func TestCancelOfADoneJointReturnsFalseAndTouchesNoInput(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error // of the first input
		of   func(fs ...*future.Future[int]) future.Awaitable
	}{
		{"Gather that has failed", errors.New("boom"), joints[0].of},
		{"Race that is won", nil, joints[2].of},
		{"Race that is lost", errors.New("boom"), joints[2].of},
		{"Any that is won", nil, joints[3].of},
	} {
		t.Run(tt.name, func(t *testing.T) {
			fs := pendingInts(3)
			g := tt.of(fs...)
			if err := fs[1].SetOutcome(1, tt.err); err != nil {
				t.Fatal(err)
			}
			before := g.State()
			if before == future.Pending {
				t.Fatal("the joint is pending")
			}
			if g.Cancel(errors.New("late")) {
				t.Error("Cancel returned true")
			}
			checkState(t, g, before)
			checkState(t, fs[0], future.Pending)
			checkState(t, fs[2], future.Pending)
			checkSame(t, g.Exception(), tt.err)
		})
	}
	for _, j := range joints {
		t.Run(j.name+" of a done future", func(t *testing.T) {
			g := j.of(future.FromResult(1))
			if g.Cancel(nil) {
				t.Error("Cancel returned true")
			}
			checkState(t, g, future.Succeeded)
		})
		t.Run(j.name+" of nothing", func(t *testing.T) {
			g := j.of()
			if g.Cancel(nil) || g.Cancelled() {
				t.Error("it was cancelled")
			}
			g.Exception()
		})
	}
}

// A future is done before those that hang on it are. A cancel that comes in between
// comes too late.
func TestCancelOfAJointWhoseInputsAreDoneIsRefusedAlsoBeforeTheJointIsDone(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			f := future.New[int]()
			entered, release := make(chan struct{}), make(chan struct{})
			hold := future.Map(f, func(v int) (int, error) {
				close(entered)
				<-release
				return v, nil
			})
			g := j.of(f) // hangs on f behind hold
			var wg sync.WaitGroup
			wg.Go(func() { mustSet(t, f, 1) })
			<-entered
			checkState(t, f, future.Succeeded)
			checkState(t, g, future.Pending)
			if g.Cancel(nil) {
				t.Error("Cancel returned true")
			}
			close(release)
			wg.Wait()
			checkState(t, g, future.Succeeded)
			checkState(t, hold, future.Succeeded)
		})
	}
}

// Cancel either was in time, and then the joint is cancelled, or it was not, and then
// the outcome is that of the inputs.
func TestCancelOfAJointRacesWithItsLastInput(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			boom := errors.New("boom")
			outcomes := map[bool]int{}
			for round := range stressRounds(20_000) {
				fs := pendingInts(2)
				g := j.of(fs...)
				if j.name == "Gather" || j.name == "GatherSettled" {
					mustSet(t, fs[0], 0)
				} else if round%2 == 0 && j.name == "Any" {
					mustSetException(t, fs[0], boom)
				}
				var (
					wg        sync.WaitGroup
					cancelled bool
				)
				var set error
				if round%4 < 2 {
					wg.Go(func() { cancelled = g.Cancel(nil) })
					set = fs[1].SetResult(1)
				} else {
					wg.Go(func() { set = fs[1].SetResult(1) })
					cancelled = g.Cancel(nil)
				}
				wg.Wait()
				<-g.Ready()
				outcomes[cancelled]++
				if cancelled != g.Cancelled() {
					t.Fatalf("Cancel returned %v, but the joint is %v", cancelled, g.State())
				}
				if !cancelled && (set != nil || g.State() != future.Succeeded) {
					t.Fatalf("not cancelled, but the input was set with %v and the joint is %v", set, g.State())
				}
				fs[0].Exception()
			}
			t.Log("cancelled or not:", outcomes)
		})
	}
}

func TestManyCancelsOfAJointAtOnceCancelItOnce(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			for range stressRounds(500) {
				causes := make([]error, 4)
				fs := pendingInts(4)
				g := j.of(fs...)
				var wg sync.WaitGroup
				for i := range causes {
					causes[i] = fmt.Errorf("cause %d", i)
					wg.Go(func() { g.Cancel(causes[i]) })
				}
				wg.Wait()
				checkState(t, g, future.Cancelled)
				matches := 0
				for _, cause := range causes {
					if errors.Is(g.Exception(), cause) {
						matches++
					}
				}
				if matches != 1 {
					t.Fatalf("the error matches %d causes, want 1: %v", matches, g.Exception())
				}
			}
		})
	}
}

func TestCancelOfAGatherOfGathersReachesTheLeaves(t *testing.T) {
	why := errors.New("why")
	leaves := pendingInts(4)
	inner := []*future.Future[[]int]{future.Gather(leaves[:2]...), future.Gather(leaves[2:]...)}
	outer := future.Gather(inner...)
	if !outer.Cancel(why) {
		t.Error("Cancel returned false")
	}
	for _, f := range leaves {
		checkState(t, f, future.Cancelled)
		checkIs(t, f.Exception(), why)
	}
	for _, g := range inner {
		checkState(t, g, future.Cancelled)
	}
	checkState(t, outer, future.Cancelled)
	checkIs(t, outer.Exception(), why)
}

func TestCancelOfAGatherStopsAtShields(t *testing.T) {
	leaves := pendingInts(2)
	shields := []*future.Future[int]{future.Shield(leaves[0]), future.Shield(leaves[1])}
	g := future.Gather(shields...)
	if !g.Cancel(nil) {
		t.Error("Cancel returned false")
	}
	checkState(t, g, future.Cancelled)
	for i := range leaves {
		checkState(t, shields[i], future.Cancelled)
		checkState(t, leaves[i], future.Pending)
		mustSet(t, leaves[i], i)
	}
}

func TestCancelOfAShieldOfAGatherLeavesTheGatherAlone(t *testing.T) {
	leaves := pendingInts(2)
	g := future.Gather(leaves...)
	s := future.Shield(g)
	if !s.Cancel(nil) {
		t.Error("Cancel returned false")
	}
	checkState(t, s, future.Cancelled)
	checkState(t, g, future.Pending)
	mustSet(t, leaves[0], 0)
	mustSet(t, leaves[1], 1)
	if vs, err := g.Result(); !slices.Equal(vs, []int{0, 1}) || err != nil {
		t.Errorf("Gather: %v, %v", vs, err)
	}
}

func TestShieldsPassTheirValuesToAGather(t *testing.T) {
	leaves := pendingInts(2)
	g := future.Gather(future.Shield(leaves[0]), future.Shield(leaves[1]))
	mustSet(t, leaves[1], 1)
	mustSet(t, leaves[0], 0)
	if vs, err := g.Result(); !slices.Equal(vs, []int{0, 1}) || err != nil {
		t.Errorf("Gather: %v, %v", vs, err)
	}
}

func TestCancelOfAJointOfTasksNotEnteredIsImmediate(t *testing.T) {
	for _, j := range joints {
		t.Run(j.name, func(t *testing.T) {
			entered := 0
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				release := make(chan struct{})
				future.Go(g, func(context.Context) (int, error) { <-release; return 0, nil })
				var fs []*future.Future[int]
				for range 3 {
					fs = append(fs, future.Go(g, func(context.Context) (int, error) { entered++; return 0, nil }))
				}
				joint := j.of(fs...)
				if !joint.Cancel(nil) {
					t.Error("Cancel returned false")
				}
				checkState(t, joint, future.Cancelled)
				close(release)
				return nil
			}, future.WithLimit(1))
			if err != nil || entered > 0 {
				t.Errorf("TaskGroup: %v; %d functions were entered", err, entered)
			}
		})
	}
}
