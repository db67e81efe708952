package future_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"example.com/future"
)

// A gauge counts who is inside, and remembers the most.
type gauge struct{ now, most atomic.Int32 }

func (g *gauge) enter() {
	n := g.now.Add(1)
	for {
		most := g.most.Load()
		if n <= most || g.most.CompareAndSwap(most, n) {
			return
		}
	}
}

func (g *gauge) leave() { g.now.Add(-1) }

// during calls f inside.
func (g *gauge) during(f func()) {
	g.enter()
	defer g.leave()
	f()
}

func TestALimitLetsSoManyTasksRunAtATimeInOrder(t *testing.T) {
	for _, test := range []struct {
		limit int
		want  time.Duration // for 10 tasks of a second each
	}{{1, 10 * time.Second}, {3, 4 * time.Second}, {10, time.Second}, {1000, time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			var inside gauge
			var order []int
			start := time.Now()
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				for i := range 10 {
					future.Go(g, func(context.Context) (int, error) {
						if test.limit == 1 {
							order = append(order, i)
						}
						inside.during(func() { time.Sleep(time.Second) })
						return 0, nil
					})
				}
				if d := time.Since(start); d != 0 {
					t.Errorf("limit %d: Go has blocked for %v", test.limit, d)
				}
				return nil
			}, future.WithLimit(test.limit))
			if err != nil || time.Since(start) != test.want {
				t.Errorf("limit %d: TaskGroup = %v after %v, want nil after %v", test.limit, err, time.Since(start), test.want)
			}
			if most, want := int(inside.most.Load()), min(test.limit, 10); most != want {
				t.Errorf("limit %d: %d tasks ran at once, want %d", test.limit, most, want)
			}
			if test.limit == 1 {
				if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, order); diff != "" {
					t.Errorf("order of entry (-want +got):\n%s", diff)
				}
			}
		})
	}
}

func TestThenAndCatchCountUnderALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inside gauge
		start := time.Now()
		work := func() (int, error) {
			inside.during(func() { time.Sleep(time.Second) })
			return 0, nil
		}
		source, broken := future.New[int](), future.New[int]()
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Then(g, source, func(context.Context, int) (int, error) { return work() })
			future.Catch(g, broken, func(context.Context, error) (int, error) { return work() })
			// Until their sources are done they take no place.
			future.Go(g, func(context.Context) (int, error) {
				_ = source.SetResult(1)
				_ = broken.SetException(errFn)
				return work()
			})
			return nil
		}, future.WithLimit(1))
		if err != nil || time.Since(start) != 3*time.Second || inside.most.Load() != 1 {
			t.Errorf("TaskGroup = %v after %v with %d at once, want nil after 3s with 1", err, time.Since(start), inside.most.Load())
		}
	})
}

func TestALimitDoesNotCountExecutorJobs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		pool := future.NewPool(3)
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			for range 3 {
				future.RunInExecutor(g, pool, failsAfter(time.Second, nil))
			}
			future.Go(g, failsAfter(time.Second, nil))
			return nil
		}, future.WithLimit(1))
		if err != nil || time.Since(start) != time.Second {
			t.Errorf("TaskGroup = %v after %v, want nil after 1s", err, time.Since(start))
		}
	})
}

// waits are the ways in which a task can wait for another of its group.
var waits = map[string]func(ctx context.Context, f *future.Future[int]) error{
	"Await": func(ctx context.Context, f *future.Future[int]) error { _, err := f.Await(ctx); return err },
	"Await with a deadline": func(ctx context.Context, f *future.Future[int]) error {
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		defer cancel()
		_, err := f.Await(ctx)
		return err
	},
	"Await without cancellation": func(ctx context.Context, f *future.Future[int]) error {
		_, err := f.Await(context.WithoutCancel(ctx))
		return err
	},
	"Await of a Gather": func(ctx context.Context, f *future.Future[int]) error {
		_, err := future.Gather(f).Await(ctx)
		return err
	},
	"Await2": func(ctx context.Context, f *future.Future[int]) error {
		_, _, err := future.Await2(ctx, f, f)
		return err
	},
	"Wait": func(ctx context.Context, f *future.Future[int]) error {
		_, _, err := future.Wait(ctx, future.AllCompleted, f)
		return err
	},
	"AsCompleted": func(ctx context.Context, f *future.Future[int]) error {
		for _, o := range future.AsCompleted(ctx, f) {
			return o.Err
		}
		return errors.New("nothing was yielded")
	},
	"WaitFor": func(ctx context.Context, f *future.Future[int]) error {
		_, err := future.WaitFor(ctx, f, time.Hour)
		return err
	},
	"a nested TaskGroup": func(ctx context.Context, f *future.Future[int]) error {
		return future.TaskGroup(ctx, func(g *future.Group) error {
			future.Go(g, func(ctx context.Context) (int, error) { return f.Await(ctx) })
			return nil
		})
	},
	"the body of a nested TaskGroup": func(ctx context.Context, f *future.Future[int]) error {
		return future.TaskGroup(ctx, func(g *future.Group) error { _, err := f.Await(g); return err })
	},
	"a nested Run": func(ctx context.Context, f *future.Future[int]) error {
		_, err := future.Run(ctx, func(ctx context.Context) (int, error) { return f.Await(ctx) })
		return err
	},
}

func TestATaskThatWaitsLendsItsPlace(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var inside gauge
				start := time.Now()
				err := future.TaskGroup(t.Context(), func(g *future.Group) error {
					var work func(depth int) func(context.Context) (int, error)
					work = func(depth int) func(context.Context) (int, error) {
						return func(ctx context.Context) (int, error) {
							inside.during(func() { time.Sleep(time.Second) })
							var err error
							if depth > 0 {
								err = wait(ctx, future.Go(g, work(depth-1)))
							}
							inside.during(func() { time.Sleep(time.Second) })
							return 0, err
						}
					}
					future.Go(g, work(3))
					return nil
				}, future.WithLimit(1))
				if err != nil || time.Since(start) != 8*time.Second {
					t.Errorf("TaskGroup = %v after %v, want nil after 8s", err, time.Since(start))
				}
				if most := inside.most.Load(); most != 1 {
					t.Errorf("%d tasks ran at once, want 1", most)
				}
			})
		})
	}
}

func TestAPlaceThatWasLentIsTakenBackBeforeTheTaskGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gate := future.New[int]()
		start := time.Now()
		var order []string
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, func(ctx context.Context) (int, error) {
				v, err := gate.Await(ctx)
				if d := time.Since(start); d != 3*time.Second {
					t.Errorf("the task went on after %v, want 3s: when its place was free again", d)
				}
				order = append(order, "first")
				return v, err
			})
			future.Go(g, func(context.Context) (int, error) {
				time.Sleep(time.Second)
				_ = gate.SetResult(1)
				time.Sleep(2 * time.Second)
				order = append(order, "second")
				return 0, nil
			})
			// Who wants a place back comes before those who want their first.
			future.Go(g, func(context.Context) (int, error) { order = append(order, "third"); return 0, nil })
			return nil
		}, future.WithLimit(1))
		if diff := cmp.Diff([]string{"second", "first", "third"}, order); diff != "" || err != nil {
			t.Errorf("TaskGroup = %v, order (-want +got):\n%s", err, diff)
		}
	})
}

func TestNeverMoreTasksComputeThanTheLimit(t *testing.T) {
	for _, limit := range []int{1, 2, 5} {
		var computing gauge
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			var work func(depth int) func(context.Context) (int, error)
			work = func(depth int) func(context.Context) (int, error) {
				return func(ctx context.Context) (int, error) {
					computing.during(runtime.Gosched)
					if depth == 0 {
						return 1, nil
					}
					a, b := future.Go(g, work(depth-1)), future.Go(g, work(depth-1))
					computing.during(runtime.Gosched)
					va, err := a.Await(ctx)
					computing.during(runtime.Gosched)
					vb, err2 := b.Await(ctx)
					computing.during(runtime.Gosched)
					return va + vb, errors.Join(err, err2)
				}
			}
			root := future.Go(g, work(10))
			if v, err := root.Await(g); v != 1<<10 || err != nil {
				t.Errorf("limit %d: the tree gave %v, %v, want %d", limit, v, err, 1<<10)
			}
			return nil
		}, future.WithLimit(limit))
		if most := int(computing.most.Load()); most > limit || err != nil {
			t.Errorf("limit %d: %d tasks computed at once, error %v", limit, most, err)
		}
	}
}

func TestATaskThatSleepsKeepsItsPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			for range 2 {
				future.Go(g, func(ctx context.Context) (int, error) { return 0, future.Sleep(ctx, time.Second) })
			}
			return nil
		}, future.WithLimit(1))
		if err != nil || time.Since(start) != 2*time.Second {
			t.Errorf("TaskGroup = %v after %v, want nil after 2s", err, time.Since(start))
		}
	})
}

func TestCancelOfATaskThatWaitsForAPlaceDropsItAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var order []int
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			var fs []*future.Future[int]
			for i := range 5 {
				fs = append(fs, future.Go(g, func(context.Context) (int, error) {
					order = append(order, i)
					time.Sleep(time.Second)
					return 0, nil
				}))
			}
			synctest.Wait()
			for _, i := range []int{1, 3} {
				if !fs[i].Cancel(errWhy) || !fs[i].Cancelled() {
					t.Errorf("task %d is %v right after Cancel", i, fs[i].State())
				}
				matches(t, fs[i].Exception(), []error{future.ErrCancelled, errWhy}, nil)
			}
			return nil
		}, future.WithLimit(1))
		if diff := cmp.Diff([]int{0, 2, 4}, order); diff != "" {
			t.Errorf("tasks that ran (-want +got):\n%s", diff)
		}
		if err != nil || time.Since(start) != 3*time.Second {
			t.Errorf("TaskGroup = %v after %v, want nil after 3s", err, time.Since(start))
		}
	})
}

func TestWhatEndsAGroupDropsWhatIsNotEnteredAtOnce(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(g *future.Group, cancel context.CancelCauseFunc) error // in the body, after a second
		want []error
	}{
		{"a failure", func(*future.Group, context.CancelCauseFunc) error { return errWhy }, []error{errWhy}},
		{"Cancel", func(g *future.Group, _ context.CancelCauseFunc) error { g.Cancel(errWhy); return nil }, nil},
		{"the end of the context", func(_ *future.Group, cancel context.CancelCauseFunc) error { cancel(errWhy); return nil }, []error{errWhy, context.Canceled}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				start := time.Now()
				pool := future.NewPool(1)
				never := func(context.Context) (int, error) { t.Error("called"); return 0, nil }
				waiting := map[string]*future.Future[int]{}
				done := make(chan time.Duration, 10)
				err := future.TaskGroup(ctx, func(g *future.Group) error {
					future.Go(g, failsAfter(10*time.Second, nil)) // takes no context
					waiting["a call that runs in an executor"] = future.RunInExecutor(g, pool, failsAfter(20*time.Second, nil))
					synctest.Wait()
					waiting["a job in a pool's queue"] = future.RunInExecutor(g, pool, never)
					waiting["a task that waits for a place"] = future.Go(g, never)
					waiting["a task under a derived context"] = future.Go(context.WithoutCancel(g), never)
					waiting["Then of a pending future"] = future.Then(g, future.New[int](), func(ctx context.Context, _ int) (int, error) { return never(ctx) })
					waiting["Then of a done future"] = future.Then(g, future.FromResult(1), func(ctx context.Context, _ int) (int, error) { return never(ctx) })
					waiting["Catch of a pending future"] = future.Catch(g, future.New[int](), func(ctx context.Context, _ error) (int, error) { return never(ctx) })
					for _, f := range waiting {
						f.AddDoneCallback(func(*future.Future[int]) { done <- time.Since(start) })
					}
					time.Sleep(time.Second)
					return test.end(g, cancel)
				}, future.WithLimit(1))
				if d := time.Since(start); d != 10*time.Second {
					t.Errorf("TaskGroup took %v, want 10s: it waits for tasks and not for calls in executors", d)
				}
				if (err == nil) != (test.want == nil) {
					t.Errorf("TaskGroup = %v", err)
				}
				matches(t, err, test.want, nil)
				close(done)
				for d := range done {
					if d != time.Second {
						t.Errorf("one was done after %v, want 1s", d)
					}
				}
				for name, f := range waiting {
					if !f.Cancelled() {
						t.Errorf("%s is %v", name, f.State())
					}
					matches(t, f.Exception(), []error{future.ErrCancelled, errWhy}, nil)
				}
				time.Sleep(10 * time.Second) // until the call in the pool has ended
			})
		})
	}
}

// A steppingContext ends in steps: those that wait for its end hear of it one after the
// other, the last one first.
type steppingContext struct {
	context.Context //nolint:containedctx // this is a context

	done    chan struct{}
	err     error
	waiting []func()
}

func (c *steppingContext) Done() <-chan struct{} { return c.done }
func (c *steppingContext) Err() error            { return c.err }
func (c *steppingContext) Value(any) any         { return nil } // no standard context is seen below

// AfterFunc is what package context calls.
func (c *steppingContext) AfterFunc(f func()) (stop func() bool) {
	c.waiting = append(c.waiting, f)
	return func() bool { return false }
}

func (c *steppingContext) end(err error) {
	c.err = err
	close(c.done)
	for _, f := range slices.Backward(c.waiting) {
		f()
		synctest.Wait()
	}
}

func TestWhatTheEndOfAContextCancelsKnowsTheCauseWhoeverHearsOfItFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := &steppingContext{Context: context.Background(), done: make(chan struct{})}
		var waiting *future.Future[int]
		err := future.TaskGroup(ctx, func(g *future.Group) error {
			future.Go(g, untilDone)
			waiting = future.Go(g, returns(1, nil))
			ctx.end(context.DeadlineExceeded)
			return nil
		}, future.WithLimit(1))
		matches(t, err, []error{context.DeadlineExceeded}, nil)
		matches(t, waiting.Exception(), []error{future.ErrCancelled, context.DeadlineExceeded}, nil)
	})
}

func TestATaskThatWantsItsPlaceBackGoesOnWhenItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		gate := future.New[int]()
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, func(ctx context.Context) (int, error) {
				ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
				defer cancel()
				v, err := gate.Await(ctx)
				if d := time.Since(start); v != 7 || err != nil || d != 2*time.Second {
					t.Errorf("Await = %v, %v after %v, want 7, nil after 2s", v, err, d)
				}
				return v, err
			})
			future.Go(g, func(context.Context) (int, error) {
				time.Sleep(time.Second)
				_ = gate.SetResult(7)
				time.Sleep(time.Hour)
				return 0, nil
			})
			future.Go(g, func(context.Context) (int, error) {
				if d := time.Since(start); d != time.Hour+time.Second {
					t.Errorf("the third task was entered after %v: the second has the only place until 1h1s", d)
				}
				return 0, nil
			})
			return nil
		}, future.WithLimit(1))
		if err != nil {
			t.Error(err)
		}
	})
}

func TestATaskThatPanicsOrExitsGivesItsPlaceAway(t *testing.T) {
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		future.Go(g, func(context.Context) (int, error) { panic("boom") })
		future.Go(g, func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		if v, err := future.Go(g, returns(7, nil)).Await(t.Context()); v != 7 || err != nil {
			t.Errorf("the task after them gave %v, %v", v, err)
		}
		return nil
	}, future.WithLimit(1), future.WithSupervision())
	if g, ok := errors.AsType[*future.GroupError](err); !ok || len(g.Unwrap()) != 2 {
		t.Errorf("TaskGroup = %v, want two failures", err)
	}
}

func TestALimitIsTheGroupsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			for range 2 {
				future.Go(g, func(ctx context.Context) (int, error) {
					return 0, future.TaskGroup(ctx, func(g *future.Group) error {
						for range 5 {
							future.Go(g, failsAfter(time.Second, nil))
						}
						return nil
					})
				})
			}
			return nil
		}, future.WithLimit(1))
		// Both wait in their group, and who waits lends its place.
		if err != nil || time.Since(start) != time.Second {
			t.Errorf("TaskGroup = %v after %v, want nil after 1s", err, time.Since(start))
		}
	})
}

func TestATaskWhoseContextHasEndedByItsTurnNeverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var f *future.Future[int]
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			ctx, cancel := context.WithTimeoutCause(g, time.Second, errWhy)
			defer cancel()
			future.Go(g, failsAfter(time.Minute, nil))
			f = future.Go(ctx, func(context.Context) (int, error) { t.Error("called"); return 0, nil })
			future.Go(g, returns(1, nil))
			<-f.Ready()
			return nil
		}, future.WithLimit(1))
		if err != nil || !f.Cancelled() {
			t.Errorf("TaskGroup = %v, the task is %v, want nil and cancelled", err, f.State())
		}
		matches(t, f.Exception(), []error{future.ErrCancelled, errWhy}, nil)
	})
}

// A task that is cancelled while it is being queued must not take a place for good.
func TestCancellingTasksWhileTheyQueueLosesNoPlace(t *testing.T) {
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		stop := make(chan struct{})
		stopped := make(chan struct{})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
				}
				for f := range future.AllTasks(g) {
					f.Cancel(nil)
				}
				runtime.Gosched()
			}
		}()
		for range stressed(5000) {
			future.Go(g, returns(1, nil))
		}
		close(stop)
		<-stopped
		if v, err := future.Go(g, returns(7, nil)).Await(t.Context()); v != 7 || err != nil {
			t.Errorf("the last task gave %v, %v", v, err)
		}
		return nil
	}, future.WithLimit(1))
	if err != nil {
		t.Error(err)
	}
}

func TestATaskThatWaitsForItsPlaceIsCancelledWhenItsContextEnds(t *testing.T) {
	ready := future.FromResult(1)
	for name, start := range map[string]func(context.Context) *future.Future[int]{
		"Go": func(ctx context.Context) *future.Future[int] {
			return future.Go(ctx, func(context.Context) (int, error) { t.Error("called"); return 0, nil })
		},
		"Then": func(ctx context.Context) *future.Future[int] {
			return future.Then(ctx, ready, func(context.Context, int) (int, error) { t.Error("called"); return 0, nil })
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				err := future.TaskGroup(t.Context(), func(g *future.Group) error {
					future.Go(g, failsAfter(time.Minute, nil)) // has the only place
					ctx, cancel := context.WithTimeoutCause(g, time.Second, errWhy)
					defer cancel()
					_, err := start(ctx).Await(g)
					matches(t, err, []error{future.ErrCancelled, errWhy}, nil)
					if waited := time.Since(began); waited != time.Second {
						t.Errorf("it was cancelled after %v, want 1s", waited)
					}
					return nil
				}, future.WithLimit(1))
				if err != nil || time.Since(began) != time.Minute {
					t.Errorf("TaskGroup = %v after %v, want nil after 1m", err, time.Since(began))
				}
			})
		})
	}
}

// An interruptedContext calls a function when it is asked whether it has ended.
type interruptedContext struct {
	context.Context //nolint:containedctx // this is a context

	ask func()
}

func (c interruptedContext) Err() error {
	c.ask()
	return c.Context.Err()
}

func TestATaskThatIsDoneBeforeItHasAPlaceGetsNone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			ctx := interruptedContext{g, func() {
				for f := range future.AllTasks(g) {
					f.Cancel(nil)
				}
			}}
			f := future.Go(ctx, func(context.Context) (int, error) { return 0, errors.New("it runs") })
			checkState(t, f, future.Cancelled)
			v, err := future.Go(g, answer).Await(g)
			if v != 42 || err != nil {
				t.Errorf("the next task gives %v, %v", v, err)
			}
			return nil
		}, future.WithLimit(1))
		if err != nil {
			t.Errorf("the group returns %v", err)
		}
	})
}

func TestATaskThatWaitsTwiceAtOnceHasOnePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inside gauge
		first, second := future.New[int](), future.New[int]()
		start := time.Now()
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, func(ctx context.Context) (int, error) {
				done := make(chan struct{})
				go func() {
					defer close(done)
					_, _ = first.Await(ctx)
				}()
				_, err := second.Await(ctx)
				<-done
				return 0, err
			})
			sleeper := func(context.Context) (int, error) {
				inside.during(func() { time.Sleep(time.Second) })
				return 0, nil
			}
			for range 4 {
				future.Go(g, sleeper)
			}
			time.Sleep(1500 * time.Millisecond)
			mustSet(t, first, 1) // it still waits for the other
			time.Sleep(5 * time.Second)
			mustSet(t, second, 1)
			synctest.Wait()
			future.Go(g, sleeper)
			return nil
		}, future.WithLimit(1))
		if err != nil || time.Since(start) != 7500*time.Millisecond {
			t.Errorf("the group ends with %v after %v, want nil after 7.5s", err, time.Since(start))
		}
		if most := inside.most.Load(); most != 1 {
			t.Errorf("%d tasks ran at once, want 1", most)
		}
	})
}

func TestAGoroutineThatOutlivesItsTaskHoldsNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var inside gauge
		f := future.New[int]()
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			first := future.Go(g, func(ctx context.Context) (int, error) {
				go func() { _, _ = f.Await(context.WithoutCancel(ctx)) }()
				synctest.Wait()
				return 0, nil
			})
			<-first.Ready()
			for range 3 {
				future.Go(g, func(context.Context) (int, error) {
					inside.during(func() { time.Sleep(time.Second) })
					return 0, nil
				})
			}
			time.Sleep(1500 * time.Millisecond)
			mustSet(t, f, 1)
			return nil
		}, future.WithLimit(1))
		if most := inside.most.Load(); err != nil || most != 1 {
			t.Errorf("the group ends with %v, %d tasks ran at once, want 1", err, most)
		}
	})
}

// A rival is a task or job that computes for so long; gauge tells if two do at a time.
func (g *gauge) rival(d time.Duration) func(context.Context) (int, error) {
	return func(context.Context) (int, error) {
		g.during(func() { time.Sleep(d) })
		return 0, nil
	}
}

// A crowd starts tasks or jobs of which only one may run at a time.
type crowd func(fn func(context.Context) (int, error)) *future.Future[int]

// oneAtATime runs fn, in a bubble, with each way to let tasks run one at a time. Those
// that compute as rivals do never run together.
func oneAtATime(t *testing.T, fn func(t *testing.T, start crowd, inside *gauge)) {
	t.Helper()
	check := func(t *testing.T, inside *gauge) {
		t.Helper()
		if most := inside.most.Load(); most != 1 {
			t.Errorf("%d ran at once, want 1", most)
		}
	}
	t.Run("under a limit", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var inside gauge
			_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
				fn(t, func(fn func(context.Context) (int, error)) *future.Future[int] { return future.Go(g, fn) }, &inside)
				return nil
			}, future.WithLimit(1))
			check(t, &inside)
		})
	})
	t.Run("in a pool", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var inside gauge
			p := future.NewPool(1)
			fn(t, func(fn func(context.Context) (int, error)) *future.Future[int] {
				return future.RunInExecutor(t.Context(), p, fn)
			}, &inside)
			_ = p.Close()
			check(t, &inside)
		})
	})
}

func TestATaskThatWaitsAgainWhileItWantsItsPlaceBackGivesNoneAway(t *testing.T) {
	oneAtATime(t, func(t *testing.T, start crowd, inside *gauge) {
		first, second, other := future.New[int](), future.New[int](), future.New[int]()
		again := make(chan struct{})
		start(func(ctx context.Context) (int, error) {
			done := make(chan struct{})
			go func() {
				defer close(done)
				_, _ = first.Await(ctx)
			}()
			<-again
			_, _ = second.Await(ctx)
			<-done
			return 0, nil
		})
		start(func(ctx context.Context) (int, error) {
			_, _ = other.Await(ctx)
			return inside.rival(time.Second)(ctx)
		})
		start(inside.rival(time.Minute)) // has the place
		synctest.Wait()
		mustSet(t, other, 1) // the second wants it back
		synctest.Wait()
		mustSet(t, first, 1) // so does the first
		synctest.Wait()
		close(again) // which waits once more
		time.Sleep(2 * time.Minute)
		mustSet(t, second, 1)
	})
}

func TestATaskThatEndsWhileAGoroutineOfItWantsItsPlaceBackGivesNoneAway(t *testing.T) {
	for _, behind := range []bool{false, true} {
		oneAtATime(t, func(t *testing.T, start crowd, inside *gauge) {
			awaited, other := future.New[int](), future.New[int]()
			end := make(chan struct{})
			start(func(ctx context.Context) (int, error) {
				go func() { _, _ = awaited.Await(context.WithoutCancel(ctx)) }()
				<-end
				return 0, nil
			})
			if behind {
				start(func(ctx context.Context) (int, error) {
					_, _ = other.Await(ctx)
					return inside.rival(time.Second)(ctx)
				})
			}
			start(inside.rival(time.Minute)) // has the place
			start(inside.rival(time.Minute)) // is next
			synctest.Wait()
			mustSet(t, other, 1)
			synctest.Wait()
			mustSet(t, awaited, 1)
			synctest.Wait()
			close(end)
		})
	}
}

func TestAWaitThatBeganBeforeTheTaskTakesNoPlaceWhenItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		outside, later := future.New[int](), future.New[int]()
		h := hold(t.Context(), p)
		goOn := make(chan struct{})
		f := future.RunInExecutor(t.Context(), executor(func(j future.Job) error {
			go func() { _, _ = outside.Await(j.Context()) }()
			return p.Execute(j)
		}), func(ctx context.Context) (int, error) {
			mustSet(t, outside, 1)
			synctestYield()
			_, _ = later.Await(ctx)
			<-goOn
			return 1, nil
		})
		synctest.Wait()
		h.release()
		synctestYield()
		synctestYield()
		mustSet(t, later, 1)
		synctest.Wait() // it has its place back
		other := give(t.Context(), p, 2)
		synctest.Wait()
		mustHave(t, p, future.PoolStats{Workers: 1, Running: 1, Queued: 1, Submitted: 3, Completed: 1})
		close(goOn)
		mustGive(t, f, 1)
		mustGive(t, other, 2)
	})
}

func TestAWaitThatBeganBeforeTheTaskEndsNoOtherWaitOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1)
		outside, queued := future.New[int](), make(chan *future.Future[int], 1)
		h := hold(t.Context(), p)
		f := future.RunInExecutor(t.Context(), executor(func(j future.Job) error {
			go func() { _, _ = outside.Await(j.Context()) }()
			return p.Execute(j)
		}), func(ctx context.Context) (int, error) { return (<-queued).Await(ctx) })
		synctest.Wait()
		h.release()
		synctest.Wait()
		busy := hold(t.Context(), p)
		queued <- give(t.Context(), p, 2)
		synctest.Wait() // it has lent its worker, to the one that is busy
		mustSet(t, outside, 1)
		synctest.Wait()
		busy.release()
		mustGive(t, f, 2)
	})
}

func TestASubmitterThatHasLentItsPlaceTakesItBackAlthoughItsJobHasEnded(t *testing.T) {
	oneAtATime(t, func(t *testing.T, start crowd, inside *gauge) {
		full := future.NewPool(1, future.WithQueue(0))
		future.RunInExecutor(t.Context(), full, failsAfter(time.Second, nil))
		start(func(ctx context.Context) (int, error) {
			future.RunInExecutor(ctx, full, returns(1, nil)) // waits for a place in the pool
			return inside.rival(time.Second)(ctx)
		})
		f := start(inside.rival(time.Minute))
		_, _ = f.Await(t.Context())
		_ = full.Close()
	})
}

func TestATaskThatTakesItsPlaceBackIsCounted(t *testing.T) {
	oneAtATime(t, func(t *testing.T, start crowd, inside *gauge) {
		awaited := future.New[int]()
		start(func(ctx context.Context) (int, error) {
			_, _ = awaited.Await(ctx) // lends its place, and nobody takes it
			return inside.rival(time.Minute)(ctx)
		})
		synctest.Wait()
		mustSet(t, awaited, 1)
		synctest.Wait() // it has its place back
		start(inside.rival(time.Minute))
	})
}

func TestATaskWhoseContextHasEndedHoldsThePlaceThatItHasNotWaitedFor(t *testing.T) {
	oneAtATime(t, func(t *testing.T, start crowd, inside *gauge) {
		first, second := future.New[int](), future.New[int]()
		end := make(chan struct{})
		start(func(ctx context.Context) (int, error) {
			_, _ = first.Await(ctx)
			return inside.rival(time.Minute)(ctx)
		})
		start(func(ctx context.Context) (int, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			_, _ = second.Await(ctx)
			return inside.rival(time.Hour)(ctx) // although the other has the place
		})
		start(func(context.Context) (int, error) { <-end; return 0, nil })
		synctest.Wait()
		mustSet(t, first, 1)
		synctest.Wait()
		mustSet(t, second, 1)
		time.Sleep(2 * time.Minute) // the second computes
		close(end)                  // and the first must not
	})
}
