package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"example.com/future"
)

func start(ctx context.Context, j *job) *future.Future[int] { return future.Go(ctx, j.call) }

// doTasks starts tasks, some of which start more, and cancels some.
func doTasks(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	var w work
	var stopped []*future.Future[int]
	for i := range 1 + h.IntN(6) {
		j := h.jobThat(ending(h.IntN(int(endings))))
		if h.oneIn(3) {
			j.do = w.nested(h, start)
		}
		stop := j.how == obeys || h.oneIn(8)
		j.disturbed = stop || disturbed
		var opts []future.TaskOption
		if h.oneIn(4) {
			opts = append(opts, future.WithName(fmt.Sprint("soak ", i)))
		}
		f := w.add(j, future.Go(ctx, j.call, opts...))
		if stop {
			stopped = append(stopped, f)
		}
	}
	for _, f := range stopped {
		f.Cancel(errStop)
	}
	w.settle()
}

// doGroups runs a group with tasks that start more, and whose body may end in any way.
func doGroups(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	var opts []future.GroupOption
	if h.oneIn(2) {
		opts = append(opts, future.WithLimit(1+h.IntN(3)))
	}
	if h.oneIn(3) {
		opts = append(opts, future.WithSupervision())
	}
	var w work
	body := &job{sheet: h.sheet, how: h.ending()}
	stop := h.oneIn(4)
	var err error
	returned := false
	aside(func() {
		_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
			err = future.TaskGroup(ctx, func(g *future.Group) error {
				for range h.IntN(8) {
					j := h.job()
					j.disturbed = true // by the first failure
					if h.oneIn(2) {
						j.do = w.nested(h, start)
					}
					w.add(j, future.Go(g, j.call))
				}
				if stop {
					g.Cancel(errStop)
				}
				_, err := body.call(g)
				return err
			}, opts...)
			returned = true
			return 0, nil
		}, future.WithExceptionHandler(h.count))
	})
	for _, f := range w.futures {
		h.expect(f.Done(), "a group has ended before %v", f)
	}
	_, failed := w.count()
	if !returned {
		h.expect(body.how == panics || body.how == exits, "a group did not return")
		h.unread.Add(int64(failed)) // nobody else is told
	}
	w.settle()
	if returned {
		all, ok := errors.AsType[*future.GroupError](err)
		if body.how == fails {
			failed++
		}
		h.expect(ok == (failed > 0) && (!ok || len(all.Unwrap()) <= failed), "after %d failures a group returned %v", failed, err)
		h.expect(ok || err == nil || disturbed, "a group returned %v without a reason", err)
	}
}

// doRuns runs a main function that leaves things behind: failures that nobody looks at,
// tasks that have to be cancelled and, with a shutdown timeout, some that do not stop.
func doRuns(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	opts := []future.RunOption{future.WithExceptionHandler(h.count)}
	bounded := h.oneIn(2)
	if bounded {
		opts = append(opts, future.WithShutdownTimeout(h.little()))
		ctx, disturbed = context.Background(), false // a call that was cancelled may run on
	}
	submit := func(ctx context.Context, j *job) *future.Future[int] {
		if h.oneIn(2) {
			return future.RunInExecutor(ctx, nil, j.call)
		}
		return future.Go(ctx, j.call)
	}
	var ignored, looked, hanging work
	release := make(chan struct{})
	how := h.ending()
	aside(func() {
		_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
			for range h.IntN(8) {
				j := h.job()
				if h.oneIn(4) && !bounded {
					j.how = obeys
				}
				j.disturbed = disturbed || !bounded // by the end of main
				w := &ignored
				if h.oneIn(2) {
					w = &looked
				}
				w.add(j, submit(ctx, j))
			}
			if !bounded {
				for _, f := range looked.futures {
					f.AddDoneCallback(func(f *future.Future[int]) { _ = f.Exception() })
				}
			} else {
				// What has not ended in time would be reported too.
				_, _, _ = future.Wait(context.Background(), future.AllCompleted, ignored.futures...)
				_, _ = future.GatherSettled(looked.futures...).Await(context.Background())
				for range h.IntN(3) {
					j := h.jobThat(succeeds)
					j.disturbed = true
					entered := make(chan struct{})
					j.do = func(context.Context) error { close(entered); <-release; return nil }
					f := hanging.add(j, submit(ctx, j))
					select {
					case <-entered:
						h.unread.Add(1) // or rather reported by its name
					case <-f.Ready():
					}
				}
			}
			switch how {
			case panics:
				panic(h.fault)
			case exits:
				runtime.Goexit()
			}
			return 0, nil
		}, opts...)
	})
	_, failed := ignored.count()
	h.unread.Add(int64(failed))
	close(release)
	ignored.settle()
	looked.settle()
	hanging.settle()
}

// doDefault runs jobs on the default executor outside of every Run.
func doDefault(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	n := 1 + h.IntN(8)
	if h.oneIn(100) {
		n = 600 // more than it has workers
	}
	var w work
	submit := func(ctx context.Context, j *job) *future.Future[int] { return future.RunInExecutor(ctx, nil, j.call) }
	for range n {
		j := h.job()
		j.disturbed = disturbed || h.oneIn(8)
		if h.oneIn(4) && !j.disturbed { // else it may run on, and submit when nobody waits
			j.do = w.nested(h, submit)
		}
		f := w.add(j, submit(ctx, j))
		if j.disturbed && !disturbed {
			f.Cancel(errStop)
		}
	}
	w.settle()
}

// doTimes waits with time limits.
func doTimes(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	d := h.little()
	h.started.Add(1)
	after := future.After(d, 1)
	if h.oneIn(3) {
		after.Cancel(errStop)
	}

	j := h.jobThat(ending(h.IntN(int(endings))))
	j.disturbed = true
	f := future.Go(context.Background(), j.call)
	_, err := future.WaitFor(ctx, f, d) // it cancels f
	h.expect(f.Done() || errors.Is(err, future.ErrTimeout) || disturbed && errors.Is(err, context.Cause(ctx)), "WaitFor returned %v", err)

	h.started.Add(2)
	k := h.job()
	g := future.Go(context.Background(), k.call)
	limited, shield := future.Timeout(g, d), future.Shield(g)
	if h.oneIn(3) {
		shield.Cancel(errStop)
	}
	err = future.Sleep(ctx, d)
	h.expect(err == nil || disturbed && errors.Is(err, context.Cause(ctx)), "Sleep returned %v", err)
	j.settle(f)
	k.settle(g)
	for _, f := range []*future.Future[int]{after, limited, shield} {
		if f != g { // its own shield, when it was done
			h.enter(f)
		} else {
			h.started.Add(-1)
		}
	}

	_, err = future.WaitFor(ctx, future.Shield(h.long), time.Microsecond)
	h.expect(errors.Is(err, future.ErrTimeout) || disturbed && errors.Is(err, context.Cause(ctx)), "WaitFor returned %v", err)
	_, err = future.Timeout(h.long, time.Microsecond).Await(context.Background())
	h.expect(errors.Is(err, future.ErrTimeout), "Timeout gives %v", err)
	future.Timeout(h.long, time.Hour).Cancel(errStop)
}
