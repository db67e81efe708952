package main

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"example.com/future"
)

// doFutures has several set, cancel and await one future at the same time.
func doFutures(h *hand) {
	h.started.Add(1)
	f, v := future.New[int](), h.Int()
	var done sync.WaitGroup
	for range h.IntN(4) {
		ctx, cancel, _ := h.context()
		done.Go(func() {
			defer cancel()
			got, err := f.Await(ctx)
			h.expect(f.Done() || errors.Is(err, context.Cause(ctx)) && !errors.Is(err, future.ErrCancelled), "a wait ended with %d, %v", got, err)
		})
	}
	var won atomic.Int32
	for range 1 + h.IntN(3) {
		how := h.IntN(4)
		done.Go(func() {
			if [...]func() bool{
				func() bool { return f.SetResult(v) == nil },
				func() bool { return f.SetOutcome(v, nil) == nil },
				func() bool { return f.SetException(h.fault) == nil },
				func() bool { return f.Cancel(errStop) },
			}[how]() {
				won.Add(1)
			}
		})
	}
	called := make(chan struct{})
	f.AddDoneCallback(func(*future.Future[int]) { close(called) })
	<-called
	done.Wait()
	h.enter(f)
	got, err := f.Result()
	h.expect(won.Load() == 1, "%d have settled a future", won.Load())
	h.expect(err != nil || got == v, "%d was set and is %d", v, got)
	if h.oneIn(4) {
		ctx, cancel := context.WithTimeout(context.Background(), h.little())
		defer cancel()
		_, err := h.long.Await(ctx)
		h.expect(errors.Is(err, context.DeadlineExceeded), "a wait for what does not come ended with %v", err)
	}
}

// doCallbacks adds callbacks to a task and stops some: each is called or stopped, and
// one that does not return is reported.
func doCallbacks(h *hand) {
	var order []int // the callbacks run one at a time
	_, err := future.Run(context.Background(), func(ctx context.Context) (int, error) {
		begin := make(chan struct{})
		begins := sync.OnceFunc(func() { close(begin) })
		f := future.Go(ctx, func(context.Context) (int, error) { <-begin; return 1, nil })
		var stops []func() bool
		for i := range 1 + h.IntN(8) {
			h.started.Add(1)
			how := h.ending()
			stops = append(stops, f.AddDoneCallback(func(g *future.Future[int]) {
				h.expect(g == f && f.Done(), "a callback came too early or with another future")
				h.entered.Add(1)
				order = append(order, i)
				if how < fails {
					h.succeeded.Add(1)
					return
				}
				h.failed.Add(1)
				h.unread.Add(1)
				if how == exits {
					runtime.Goexit()
				}
				panic(h.fault)
			}))
		}
		if h.oneIn(2) {
			begins()
		}
		for _, stop := range stops {
			if h.oneIn(3) && stop() {
				h.cancelled.Add(1)
				h.expect(!stop(), "a callback was stopped twice")
			}
		}
		begins()
		return f.Await(context.Background())
	}, future.WithExceptionHandler(h.count))
	h.expect(err == nil && slices.IsSorted(order), "callbacks were called in the order %v, %v", order, err)
	for range 10 {
		h.expect(h.long.AddDoneCallback(func(*future.Future[int]) {})(), "a callback could not be stopped")
	}
}

// doUnread leaves failures behind that nobody looks at, for the garbage collector to
// find, and a job that another executor forgets.
func doUnread(h *hand) {
	h.started.Add(1)
	h.failed.Add(1)
	h.unread.Add(1)
	switch h.IntN(5) {
	case 0:
		future.FromException[int](h.fault)
	case 1:
		_ = future.New[int]().SetException(h.fault)
	case 2:
		f := future.Go(context.Background(), func(context.Context) (int, error) { panic(h.fault) })
		_, _, _ = future.Wait(context.Background(), future.AllCompleted, f)
	case 3:
		f := future.Map(future.FromResult(1), func(int) (int, error) { return 0, h.fault })
		future.Shield(future.Map(f, func(v int) (int, error) { return v, nil }))
	case 4:
		a, b := future.New[int](), future.New[int]()
		all := future.Gather(a, b)
		_, _ = a.SetException(errStop), b.SetException(h.fault) // the gather has the other
		_ = all.Exception()
	}
	if h.oneIn(200) {
		forgets := future.ExecutorFunc(func(func()) error { return nil })
		j := h.job()
		f := future.RunInExecutor(context.Background(), forgets, j.call)
		for !f.Done() {
			runtime.GC()
		}
		j.settle(f)
	}
}
