package future_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"example.com/future"
)

// failsAfter is a task's function that fails after d, whatever its context says.
func failsAfter(d time.Duration, err error) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		time.Sleep(d)
		return 0, err
	}
}

// isGroupError checks that err is a *GroupError of exactly these failures.
func isGroupError(t *testing.T, err error, want ...error) {
	t.Helper()
	g, ok := err.(*future.GroupError) //nolint:errorlint // never wrapped
	if !ok {
		t.Fatalf("the error is %T (%v), want a *GroupError", err, err)
	}
	if got := g.Unwrap(); !slices.Equal(got, want) {
		t.Errorf("the failures are %q, want %q", got, want)
	}
}

func TestTaskGroupWaitsForItsTasksAndTheirCallbacks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var f *future.Future[int]
		called := false
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, failsAfter(time.Second, nil))
			f = future.Go(g, failsAfter(3*time.Second, nil))
			f.AddDoneCallback(func(*future.Future[int]) { time.Sleep(time.Second); called = true })
			return nil
		})
		if err != nil || time.Since(start) != 4*time.Second || f.State() != future.Succeeded || !called {
			t.Errorf("TaskGroup = %v after %v, want nil after 4s", err, time.Since(start))
		}
	})
}

func TestTaskGroupWithoutTasksReturnsAtOnce(t *testing.T) {
	if err := future.TaskGroup(t.Context(), func(*future.Group) error { return nil }); err != nil {
		t.Errorf("TaskGroup = %v, want nil", err)
	}
}

func TestAChildMayAddSiblingsAfterTheBodyHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		depth := 0
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			var next func(context.Context) (int, error)
			next = func(ctx context.Context) (int, error) {
				time.Sleep(time.Second)
				if depth++; depth < 10 {
					if depth%2 == 0 {
						future.Go(g, next)
					} else {
						future.Go(context.WithoutCancel(ctx), next) // the same scope
					}
				}
				return 0, nil
			}
			future.Go(g, next)
			return nil
		})
		if err != nil || depth != 10 || time.Since(start) != 10*time.Second {
			t.Errorf("TaskGroup = %v after %d tasks and %v", err, depth, time.Since(start))
		}
	})
}

func TestTheFirstFailureCancelsTheOthersAndTheBody(t *testing.T) {
	boom := errors.New("boom")
	fails := func(ctx context.Context) (int, error) { return 0, boom }
	for name, test := range map[string]struct {
		fail func(g *future.Group) error // in the body, after a second
		want func(err error) bool
	}{
		"a task's": {
			func(g *future.Group) error { future.Go(g, fails); <-g.Done(); return g.Err() },
			func(err error) bool { return err == boom },
		},
		"a panic in a task": {
			func(g *future.Group) error {
				future.Go(g, func(context.Context) (int, error) { panic(boom) })
				<-g.Done()
				return g.Err()
			},
			func(err error) bool { p, ok := err.(*future.PanicError); return ok && p.Value == boom },
		},
		"a Goexit in a task": {
			func(g *future.Group) error {
				future.Go(g, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
				<-g.Done()
				return nil
			},
			func(err error) bool { return err == future.ErrGoexit },
		},
		"an executor's call": {
			func(g *future.Group) error {
				future.RunInExecutor(g, future.NewPool(1), fails)
				<-g.Done()
				return nil
			},
			func(err error) bool { return err == boom },
		},
		"a task's that runs under a derived context": {
			func(g *future.Group) error {
				ctx, cancel := context.WithTimeout(g, time.Hour)
				defer cancel()
				future.Go(ctx, fails)
				<-g.Done()
				return nil
			},
			func(err error) bool { return err == boom },
		},
		"the body's": {
			func(*future.Group) error { return boom },
			func(err error) bool { return err == boom },
		},
		"somebody else's context.Canceled": {
			func(*future.Group) error { return context.Canceled },
			func(err error) bool { return err == context.Canceled },
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				var (
					sibling, then *future.Future[int]
					seen          error
					group         *future.Group
				)
				err := future.TaskGroup(t.Context(), func(g *future.Group) error {
					group = g
					sibling = future.Go(g, func(ctx context.Context) (int, error) {
						<-ctx.Done()
						seen = context.Cause(ctx)
						time.Sleep(time.Second) // it is waited for
						return 0, ctx.Err()
					})
					then = future.Then(g, future.New[int](), func(context.Context, int) (int, error) {
						t.Error("a task that was not entered runs")
						return 0, nil
					})
					time.Sleep(time.Second)
					return test.fail(g)
				})
				g, ok := errors.AsType[*future.GroupError](err)
				if !ok || len(g.Unwrap()) != 1 || !test.want(g.Unwrap()[0]) {
					t.Fatalf("TaskGroup = %#v, want a *GroupError of the one failure", err)
				}
				first := g.Unwrap()[0]
				if d := time.Since(start); d != 2*time.Second {
					t.Errorf("TaskGroup took %v, want 2s", d)
				}
				if seen != first || context.Cause(group) != first { //nolint:errorlint // the very error
					t.Errorf("the causes are %v and %v, want the first failure", seen, context.Cause(group))
				}
				for _, f := range []*future.Future[int]{sibling, then} {
					if !f.Cancelled() {
						t.Errorf("a sibling is %v, want cancelled", f.State())
					}
				}
				matches(t, sibling.Exception(), []error{first, future.ErrCancelled}, nil)
				if t.Context().Err() != nil {
					t.Error("the context above the group has ended")
				}
			})
		})
	}
}

func TestAGroupErrorHasTheFailuresInOrderOfArrivalWithoutEchoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, third := errors.New("first"), errors.New("second"), errors.New("third")
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			late := func(d time.Duration, fn func(ctx context.Context) error) {
				future.Go(g, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					time.Sleep(d)
					return 0, fn(ctx)
				})
			}
			late(3*time.Second, func(context.Context) error { return third })
			late(2*time.Second, func(context.Context) error { return fmt.Errorf("echo: %w", first) })
			late(1*time.Second, func(context.Context) error { return second })
			late(1*time.Second, context.Cause)
			late(1*time.Second, func(ctx context.Context) error { return ctx.Err() })
			future.Go(g, failsAfter(time.Second, first))
			// Under a context of its own the error of a sibling is no cancellation.
			future.Go(context.WithoutCancel(g), failsAfter(time.Minute, fmt.Errorf("echo: %w", first)))
			return nil
		})
		isGroupError(t, err, first, second, third)
		matches(t, err, []error{first, second, third}, []error{future.ErrCancelled, context.Canceled})
	})
}

func TestAFailureOfTheBodyStandsWhereItArrived(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, body := errors.New("first"), errors.New("body")
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, failsAfter(time.Second, first))
			<-g.Done()
			return body
		})
		isGroupError(t, err, first, body)
	})
}

func TestATaskCancelledByItselfNeitherFailsNorAbortsItsGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var other *future.Future[int]
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			f := future.Go(g, untilDone)
			other = future.Go(g, failsAfter(time.Second, nil))
			synctest.Wait()
			f.Cancel(errWhy)
			<-f.Ready()
			if !f.Cancelled() || g.Err() != nil {
				t.Errorf("the task is %v, the group's context says %v", f.State(), g.Err())
			}
			return nil
		})
		if err != nil || other.State() != future.Succeeded {
			t.Errorf("TaskGroup = %v, the other task is %v", err, other.State())
		}
	})
}

func TestTheEndOfTheContextEndsAGroup(t *testing.T) {
	for _, test := range []struct {
		name string
		body func(g *future.Group) error
		fail error
	}{
		{"with the cause", func(*future.Group) error { return nil }, nil},
		{"with the cause also if the body returns it", func(g *future.Group) error { <-g.Done(); return context.Cause(g) }, nil},
		{"with the failures if there are any", func(*future.Group) error { return nil }, errFn},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errWhy)
				defer cancel()
				var f, then *future.Future[int]
				err := future.TaskGroup(ctx, func(g *future.Group) error {
					f = future.Go(g, untilDone)
					then = future.Then(g, future.New[int](), func(context.Context, int) (int, error) { return 0, nil })
					future.Go(g, failsAfter(2*time.Second, test.fail))
					return test.body(g)
				})
				if d := time.Since(start); d != 2*time.Second {
					t.Errorf("TaskGroup took %v, want 2s: it waits for all", d)
				}
				for _, f := range []*future.Future[int]{f, then} {
					matches(t, f.Exception(), []error{future.ErrCancelled, errWhy}, nil)
				}
				if test.fail != nil {
					isGroupError(t, err, errFn)
					return
				}
				matches(t, err, []error{errWhy, context.DeadlineExceeded}, []error{future.ErrCancelled})
				if _, ok := errors.AsType[*future.GroupError](err); ok {
					t.Errorf("the error is a *GroupError: %v", err)
				}
			})
		})
	}
}

// The end of a context reaches those derived from it one after the other, the later the
// more there are.
func TestAnAnswerToTheEndOfTheParentIsNoFailureAlthoughItIsEarly(t *testing.T) {
	crowd := func(ctx context.Context) {
		for range 1000 {
			_, cancel := context.WithCancel(ctx)
			t.Cleanup(cancel)
		}
	}
	answers := func(ctx context.Context) error {
		for ctx.Err() == nil {
			runtime.Gosched()
		}
		return ctx.Err()
	}
	for range stressed(100) {
		ctx, cancel := context.WithCancelCause(t.Context())
		crowd(ctx)
		err := future.TaskGroup(ctx, func(*future.Group) error {
			go cancel(errWhy)
			return answers(ctx)
		})
		matches(t, err, []error{errWhy, context.Canceled}, nil)
		if _, ok := errors.AsType[*future.GroupError](err); ok {
			t.Fatalf("TaskGroup = %v, want the error of its context", err)
		}

		ctx, cancel = context.WithCancelCause(t.Context())
		crowd(ctx)
		f := future.Go(ctx, func(own context.Context) (int, error) {
			_ = own.Done()
			go cancel(errWhy)
			return 0, answers(ctx)
		})
		_, err = f.Await(t.Context())
		matches(t, err, []error{errWhy, future.ErrCancelled}, nil)
		if !f.Cancelled() {
			t.Fatalf("the task is %v with %v, want it cancelled", f.State(), err)
		}
	}
}

func TestAGroupUnderADeadContextRunsNoTask(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errWhy)
	body := false
	err := future.TaskGroup(ctx, func(g *future.Group) error {
		body = true
		f := future.Go(g, func(context.Context) (int, error) { t.Error("called"); return 0, nil })
		if !f.Cancelled() {
			t.Errorf("the task is %v", f.State())
		}
		return nil
	})
	matches(t, err, []error{errWhy, context.Canceled}, []error{future.ErrCancelled})
	if !body {
		t.Error("the body was not called")
	}
}

func TestAGroupWhoseContextWasCancelledByACancelledErrorIsNoCancelledFuture(t *testing.T) {
	f := future.New[int]()
	f.Cancel(errWhy)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(f.Exception())
	err := future.TaskGroup(ctx, func(*future.Group) error { return nil })
	matches(t, err, []error{context.Canceled, errWhy}, []error{future.ErrCancelled})
}

func TestGroupCancelEndsTheGroupEarlyWithoutAnError(t *testing.T) {
	for _, cause := range []error{nil, errWhy} {
		synctest.Test(t, func(t *testing.T) {
			want := cause
			if cause == nil {
				want = context.Canceled
			}
			start := time.Now()
			var group *future.Group
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				group = g
				f := future.Go(g, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					time.Sleep(time.Second)
					return 0, ctx.Err()
				})
				then := future.Then(g, future.New[int](), func(context.Context, int) (int, error) { return 0, nil })
				synctest.Wait()
				g.Cancel(cause)
				g.Cancel(errFn)
				if g.Err() != context.Canceled || context.Cause(g) != want { //nolint:errorlint // the very error
					t.Errorf("the group's context says %v, %v", g.Err(), context.Cause(g))
				}
				if f.Done() || !then.Cancelled() {
					t.Errorf("after Cancel: running task %v, waiting task %v", f.State(), then.State())
				}
				assertScopeClosed(t, g, want)
				return context.Cause(g)
			})
			if err != nil || time.Since(start) != time.Second {
				t.Errorf("TaskGroup = %v after %v, want nil after 1s", err, time.Since(start))
			}
			group.Cancel(errFn)               // nothing
			if context.Cause(group) != want { //nolint:errorlint // the very error
				t.Errorf("a late Cancel changed the cause to %v", context.Cause(group))
			}
			assertScopeClosed(t, group)
		})
	}
}

func TestGroupCancelDoesNotHideFailuresOrTheEndOfTheContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		isGroupError(t, future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, failsAfter(time.Second, errFn))
			synctest.Wait()
			g.Cancel(errWhy)
			return nil
		}), errFn)
		ctx, cancel := context.WithCancelCause(t.Context())
		err := future.TaskGroup(ctx, func(g *future.Group) error {
			g.Cancel(errFn)
			cancel(errWhy)
			return nil
		})
		matches(t, err, []error{errWhy, context.Canceled}, []error{errFn})
	})
}

// Nobody is cancelled, so no failure is the echo of another.
func TestUnderSupervisionFailuresWithTheSameErrorAllCount(t *testing.T) {
	fail := func(context.Context) (int, error) { return 0, io.EOF }
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		for range 3 {
			future.Go(g, fail)
		}
		return nil
	}, future.WithSupervision())
	if g, ok := errors.AsType[*future.GroupError](err); !ok || len(g.Unwrap()) != 3 {
		t.Errorf("TaskGroup = %v, want three failures", err)
	}
}

func TestThePanicOfATaskIsReportedWithItsStackWhenTheBodyPanicsToo(t *testing.T) {
	reports := new(reportBook)
	cause := uniqueError(t)
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		_ = panicOf(func() {
			_ = future.TaskGroup(ctx, func(g *future.Group) error {
				future.Go(g, func(context.Context) (int, error) { panic(cause) })
				<-g.Done()
				panic("the body")
			})
		})
		return 0, nil
	}, future.WithExceptionHandler(reports.add))
	if rs := reports.of(cause); len(rs) != 1 || len(rs[0].Stack) == 0 {
		t.Errorf("got the reports %v, want one with a stack", rs)
	}
}

// A bulkyError is an error that the collector can be seen to take.
type bulkyError struct{ _ [64]byte }

func (*bulkyError) Error() string { return "one of many" }

func TestAGroupThatHasEndedDoesNotKeepItsFailures(t *testing.T) {
	var kept *future.Group
	failure := func() weak.Pointer[bulkyError] {
		err := new(bulkyError)
		_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
			kept = g
			future.Go(g, func(context.Context) (int, error) { return 0, err })
			return nil
		}, future.WithSupervision())
		return weak.Make(err)
	}()
	collect(t, "the failure is collected", func() bool { return failure.Value() == nil })
	runtime.KeepAlive(kept)
}

func TestUnderSupervisionAFailureCancelsNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		body, panicked := errors.New("body"), errors.New("panicked")
		var f *future.Future[int]
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, failsAfter(2*time.Second, errFn))
			future.Go(g, func(context.Context) (int, error) { panic(panicked) })
			f = future.Go(g, func(ctx context.Context) (int, error) {
				time.Sleep(3 * time.Second)
				return future.Go(ctx, returns(7, ctx.Err())).Await(ctx)
			})
			time.Sleep(time.Second)
			return body
		}, future.WithSupervision())
		g, ok := errors.AsType[*future.GroupError](err)
		if !ok || len(g.Unwrap()) != 3 {
			t.Fatalf("TaskGroup = %v, want three failures", err)
		}
		for i, want := range []error{panicked, body, errFn} {
			if !errors.Is(g.Unwrap()[i], want) {
				t.Errorf("failure %d is %v, want %v", i, g.Unwrap()[i], want)
			}
		}
		if v, err := f.Result(); v != 7 || err != nil || time.Since(start) != 3*time.Second {
			t.Errorf("the sibling gave %v, %v after %v", v, err, time.Since(start))
		}
	})
}

func TestNestedGroups(t *testing.T) {
	t.Run("an inner failure is a group inside the outer group", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var inner error
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				future.Go(g, func(ctx context.Context) (int, error) {
					inner = future.TaskGroup(ctx, func(g *future.Group) error {
						future.Go(g, failsAfter(time.Second, errFn))
						return nil
					})
					if ctx.Err() != nil {
						t.Error("the inner group has cancelled the task around it")
					}
					return 0, inner
				})
				future.Go(g, untilDone)
				return nil
			})
			isGroupError(t, inner, errFn)
			isGroupError(t, err, inner)
			matches(t, err, []error{errFn}, nil)
		})
	})
	t.Run("an outer failure cancels the inner group, whose end is no failure", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var inner error
			var child *future.Future[int]
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				future.Go(g, func(ctx context.Context) (int, error) {
					inner = future.TaskGroup(ctx, func(g *future.Group) error {
						child = future.Go(g, untilDone)
						return nil
					})
					return 0, inner
				})
				future.Go(g, failsAfter(time.Second, errFn))
				return nil
			})
			isGroupError(t, err, errFn)
			matches(t, inner, []error{errFn, context.Canceled}, []error{future.ErrCancelled})
			matches(t, child.Exception(), []error{errFn, future.ErrCancelled}, nil)
		})
	})
}

func TestABodyThatDoesNotReturnCancelsWaitsAndGoesOn(t *testing.T) {
	for _, ending := range bodyEndings[2:] {
		t.Run("when "+ending.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				log := &reportLog{}
				start := time.Now()
				var f *future.Future[int]
				var group *future.Group
				got := observe(func() error {
					_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
						return 0, future.TaskGroup(ctx, func(g *future.Group) error {
							group = g
							f = future.Go(g, untilDone)
							future.Go(g, failsAfter(time.Second, errFn))
							synctest.Wait()
							return ending.end()
						})
					}, future.WithExceptionHandler(log.handle))
					return err
				})
				if got != ending.want || time.Since(start) != time.Second {
					t.Errorf("TaskGroup %s after %v, want %s after 1s", got, time.Since(start), ending.want)
				}
				if !f.Cancelled() {
					t.Errorf("the task is %v, want cancelled", f.State())
				}
				if len(log.reports) != 1 || log.reports[0].Err != errFn { //nolint:errorlint // the very error
					t.Errorf("reports %+v, want the failure of the other task", log.reports)
				}
				assertScopeClosed(t, group)
			})
		})
	}
}

func TestAFailureInAGroupIsNotReportedAsUnread(t *testing.T) {
	log := &reportLog{}
	future.SetExceptionHandler(log.handle)
	defer future.SetExceptionHandler(nil)
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		isGroupError(t, future.TaskGroup(ctx, func(g *future.Group) error {
			future.Go(g, returns(0, errFn), future.WithName("in a group"))
			return nil
		}), errFn)
		return 0, nil
	})
	// A failure that nobody owns tells when the collector has been around.
	for i := range 3 {
		name := fmt.Sprintf("alone %d", i)
		<-future.Go(t.Context(), returns(0, errFn), future.WithName(name)).Ready()
		for deadline := time.Now().Add(20 * time.Second); !slices.Contains(log.tasks(), name); {
			if time.Now().After(deadline) {
				t.Fatalf("%s was not reported", name)
			}
			runtime.GC()
			runtime.Gosched()
		}
	}
	if slices.Contains(log.tasks(), "in a group") {
		t.Error("a failure that TaskGroup has returned was reported as well")
	}
}

func TestGoInAGroupThatAbortsOrHasEndedIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var group *future.Group
		var asker *future.Future[int]
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			group = g
			asker = future.Go(g, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				assertScopeClosed(t, g, errFn)
				assertScopeClosed(t, ctx, errFn)
				// Who returns the refusal counts as cancelled.
				return future.Go(g, returns(7, nil)).Await(context.WithoutCancel(ctx))
			})
			future.Go(g, failsAfter(time.Second, errFn))
			return nil
		})
		isGroupError(t, err, errFn)
		if !asker.Cancelled() || !errors.Is(asker.Exception(), future.ErrScopeClosed) {
			t.Errorf("the task that returned the refusal is %v with %v", asker.State(), asker.Exception())
		}
		assertScopeClosed(t, group, errFn)
	})
	var ended *future.Group
	if err := future.TaskGroup(t.Context(), func(g *future.Group) error { ended = g; return nil }); err != nil {
		t.Fatal(err)
	}
	assertScopeClosed(t, ended)
	hasEnded(t, "the group", ended, context.Canceled, future.ErrScopeClosed)
	if text := future.Go(ended, returns(0, nil)).Exception().Error(); !strings.HasPrefix(text, "future: ") {
		t.Errorf("the refusal says %q", text)
	}
}

// However creating tasks and aborting meet, each task is entered or dropped, all are
// done when TaskGroup returns, and none is alive.
func TestCreatingTasksWhileTheGroupAborts(t *testing.T) {
	for i := range stressed(150) {
		var (
			mu      sync.Mutex
			fs      []*future.Future[int]
			entered atomic.Int32
			ran     atomic.Int32
		)
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			for range 4 {
				future.Go(context.WithoutCancel(g), func(context.Context) (int, error) {
					for range 20 {
						f := future.Go(g, func(ctx context.Context) (int, error) {
							entered.Add(1)
							defer ran.Add(1)
							return untilDone(ctx)
						})
						mu.Lock()
						fs = append(fs, f)
						mu.Unlock()
					}
					return 0, nil
				})
			}
			for range i % 50 {
				runtime.Gosched()
			}
			return errFn
		})
		isGroupError(t, err, errFn)
		mu.Lock()
		cancelled := 0
		for _, f := range fs {
			switch {
			case f.State() == future.Failed && errors.Is(f.Exception(), future.ErrScopeClosed):
			case f.Cancelled() && errors.Is(f.Exception(), errFn):
				cancelled++
			default:
				t.Fatalf("a task is %v with %v", f.State(), f.Exception())
			}
		}
		mu.Unlock()
		if e, r := entered.Load(), ran.Load(); e != r || int(e) > cancelled {
			t.Fatalf("%d functions were entered, %d have returned, %d tasks were cancelled", e, r, cancelled)
		}
	}
}

// Otherwise a task that returns the refusal would have failed, and not been cancelled.
func TestAGroupThatRefusesTasksHasAContextThatHasEnded(t *testing.T) {
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		abort := future.BeginToAbort(g, errWhy)
		defer abort()
		refusal := future.Go(g, returns(1, nil)).Exception()
		if !errors.Is(refusal, future.ErrScopeClosed) || !errors.Is(refusal, errWhy) || context.Cause(g) != errWhy { //nolint:errorlint // the very cause
			t.Errorf("the refusal is %v, the context has ended with %v", refusal, context.Cause(g))
		}
		return refusal
	})
	if err != nil {
		t.Errorf("TaskGroup returns %v, want nil after a cancellation", err)
	}
}

func TestFinishedTasksLeaveALongLivedGroup(t *testing.T) {
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		batch := func(n int) {
			for range n {
				f := future.Go(g, func(ctx context.Context) (int, error) { ctx.Done(); return 0, nil })
				_, _ = f.Await(t.Context())
			}
		}
		batch(1000)
		before := heap()
		batch(stressed(30_000))
		if grown := heap() - before; grown > 1<<20 {
			t.Errorf("the tasks have left %d bytes", grown)
		}
		for f := range future.AllTasks(g) {
			// The last one may be about to leave.
			<-f.Ready()
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestAGroupIsAContextForOthersToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parent, cancel := context.WithTimeout(context.WithValue(t.Context(), contextKey("k"), "v"), time.Hour)
		defer cancel()
		_ = future.TaskGroup(parent, func(g *future.Group) error {
			want, _ := parent.Deadline()
			if d, ok := g.Deadline(); !ok || !d.Equal(want) || g.Value(contextKey("k")) != "v" {
				t.Errorf("deadline %v, value %v", d, g.Value(contextKey("k")))
			}
			isAlive(t, "the group", g)
			child, stop := context.WithCancel(g)
			defer stop()
			ran := make(chan struct{})
			context.AfterFunc(g, func() { close(ran) })
			before := goroutines()
			for range 100 {
				_, stop := context.WithCancel(g)
				defer stop()
			}
			if after := goroutines(); after > before+50 { // some may be of the runtime's cleanups
				t.Errorf("%d goroutines for 100 derived contexts", after-before)
			}
			g.Cancel(errWhy)
			<-ran
			hasEnded(t, "the child", child, context.Canceled, errWhy)
			if text := fmt.Sprint(child); text != "future.TaskGroup.WithCancel" {
				t.Errorf("the text of a derived context is %q", text)
			}
			return nil
		})
	})
}
