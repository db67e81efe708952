package future_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"example.com/future"
)

// A fuse ends the goroutine that settles f, whatever f comes to: what a function
// given to Map can do to anybody.
func fuse(f *future.Future[int]) *future.Future[int] {
	return future.Map(future.GatherSettled(f), func([]future.Outcome[int]) (int, error) {
		runtime.Goexit()
		return 0, nil
	})
}

// Whoever has to settle or cancel several futures does it to all of them, though the
// first ends the goroutine. Each of the functions ends more than one future that has a
// fuse, and gives them to check.
func TestGoexitInAFunctionGivenToMapKeepsNothingFromTheOthers(t *testing.T) {
	failure := errors.New("failure")
	queued := func(ctx context.Context, p *future.Pool) []*future.Future[int] {
		var fs []*future.Future[int]
		for range 3 {
			f := future.RunInExecutor(ctx, p, func(context.Context) (int, error) { return 0, nil })
			fuse(f)
			fs = append(fs, f)
		}
		return fs
	}
	var fs []*future.Future[int] // those that have to end
	for name, test := range map[string]struct {
		end  func(t *testing.T)
		want error // what they end with
	}{
		"when a gather is cancelled": {func(*testing.T) {
			for range 3 {
				fs = append(fs, future.New[int]())
				fuse(fs[len(fs)-1])
			}
			fs = append(fs, future.Then(context.Background(), future.Gather(fs...), func(context.Context, []int) (int, error) { return 0, nil }))
			future.Gather(fs...).Cancel(failure)
		}, failure},
		"when a task fails in a group": {func(t *testing.T) {
			err := future.TaskGroup(t.Context(), func(g *future.Group) error {
				future.Go(g, func(context.Context) (int, error) {
					time.Sleep(time.Second) // until the others are in the queue
					return 0, failure
				})
				for range 3 {
					f := future.Go(g, func(context.Context) (int, error) { return 0, nil })
					fuse(f)
					fs = append(fs, f)
				}
				return nil
			}, future.WithLimit(1))
			if !errors.Is(err, failure) {
				t.Errorf("the group ends with %v, want %v", err, failure)
			}
		}, failure},
		"when the body of a group fails": {func(t *testing.T) {
			waited := false
			defer func() {
				if !waited {
					t.Error("the group did not wait for its tasks")
				}
			}()
			p := future.NewPool(1)
			_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
				future.Go(g, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					time.Sleep(time.Second)
					waited = true
					return 0, nil
				})
				time.Sleep(time.Second) // until the task has begun
				future.RunInExecutor(g, p, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
				fs = queued(g, p)
				return failure
			})
		}, failure},
		"when the body of a group does not return": {func(t *testing.T) {
			waited := false
			defer func() {
				if !waited {
					t.Error("the group did not wait for its tasks")
				}
			}()
			_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
				future.Go(g, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					time.Sleep(time.Second)
					waited = true
					return 0, nil
				})
				time.Sleep(time.Second) // until the task has begun
				p := future.NewPool(1)
				future.RunInExecutor(g, p, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
				fs = queued(g, p)
				runtime.Goexit()
				return nil
			})
		}, future.ErrScopeClosed},
		"when a Run ends": {func(t *testing.T) {
			waited := false
			defer func() {
				if !waited {
					t.Error("Run did not wait for its tasks")
				}
			}()
			_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
				future.Go(ctx, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					time.Sleep(time.Second)
					waited = true
					return 0, nil
				})
				p := future.NewPool(1)
				future.RunInExecutor(ctx, p, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
				fs = queued(ctx, p)
				time.Sleep(time.Second) // until the task has begun
				return 0, nil
			})
		}, future.ErrScopeClosed},
		"when a pool is shut down now": {func(t *testing.T) {
			p := future.NewPool(1)
			running := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				return 0, future.ErrExecutorShutdown
			})
			time.Sleep(time.Second) // until it runs
			fs = append(queued(t.Context(), p), running)
			p.ShutdownNow()
		}, future.ErrExecutorShutdown},
		"when a worker cannot start": {func(t *testing.T) {
			p := future.NewPool(1, future.WithWorkerInit(func() (func(), error) {
				time.Sleep(time.Second) // until the others are in the queue
				return nil, failure
			}))
			fs = queued(t.Context(), p)
		}, failure},
		"when a group deadlocks": {func(t *testing.T) {
			p := future.NewPool(1, future.WithThreadLock())
			group := future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
				return 0, future.TaskGroup(ctx, func(g *future.Group) error {
					fs = queued(g, p)
					return nil
				})
			})
			if _, err := group.Await(t.Context()); !errors.Is(err, future.ErrDeadlock) {
				t.Errorf("the group ends with %v, want ErrDeadlock", err)
			}
			_ = p.Close()
		}, future.ErrDeadlock},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				fs = nil
				go test.end(t)
				time.Sleep(time.Minute)
				synctest.Wait()
				if len(fs) < 3 {
					t.Fatalf("%d futures", len(fs))
				}
				if i := slices.IndexFunc(fs, func(f *future.Future[int]) bool { return !f.Done() }); i >= 0 {
					t.Fatalf("future %d of %d is pending", i, len(fs))
				}
				for i, f := range fs {
					if err := f.Exception(); !errors.Is(err, test.want) {
						t.Errorf("future %d ends with %v, want %v", i, err, test.want)
					}
				}
			})
		})
	}
}

// A job is dropped on the goroutine of the one that takes its place.
func TestGoexitInAFunctionGivenToMapDoesNotRejectTheJobThatTakesThePlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := future.NewPool(1, future.WithQueue(1), future.WithRejection(future.DropOldest))
		release := make(chan struct{})
		future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { <-release; return 0, nil })
		oldest := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { return 0, nil })
		fuse(oldest)
		ran := false
		go future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { ran = true; return 0, nil })
		synctest.Wait()
		close(release)
		synctest.Wait()
		if !ran || !errors.Is(oldest.Exception(), future.ErrRejected) {
			t.Errorf("the job has run: %t; the oldest ended with %v", ran, oldest.Exception())
		}
	})
}
