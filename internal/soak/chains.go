package main

import (
	"context"
	"time"

	"example.com/future"
)

// doChains hangs steps on a future, one behind the other, and cancels somewhere.
func doChains(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	h.started.Add(1)
	source := future.New[int]()
	settle := func() {
		if h.oneIn(3) {
			_ = source.SetException(h.fault)
		} else {
			_ = source.SetResult(1)
		}
	}
	early := h.oneIn(2)
	if early {
		settle()
	}
	chain := []*future.Future[int]{source}
	var jobs []*job
	for range 1 + h.IntN(12) {
		j := h.job()
		if early && j.how == exits {
			j.how = fails // Map would end the goroutine of this hand
		}
		jobs = append(jobs, j)
		chain = append(chain, h.link(ctx, chain[len(chain)-1], j))
	}
	if h.oneIn(3) {
		chain[h.IntN(len(chain))].Cancel(errStop)
		disturbed = true
	}
	if !early {
		aside(settle)
	}
	h.enter(source)
	for i, f := range chain[1:] {
		<-f.Ready()
		j, before := jobs[i], chain[i]
		j.disturbed = disturbed
		if j.entered.Load() > 0 {
			j.settle(f)
			continue
		}
		h.enter(f)
		v, err := f.Result()
		w, same := before.Result()
		h.expect(f.Cancelled() && disturbed || f.State() == before.State() && v == w && err == same, //nolint:errorlint // the very same
			"a step is %v with %d, %v; the one before is %v with %d, %v", f.State(), v, err, before.State(), w, same)
	}
	for range 4 {
		f := h.link(ctx, h.long, &job{})
		h.expect(f.Cancel(errStop) || f.Cancelled(), "a step that waits is %v after Cancel", f)
	}
}

// link returns a future that follows f and may call j.
func (h *hand) link(ctx context.Context, f *future.Future[int], j *job) *future.Future[int] {
	switch h.IntN(6) {
	case 0:
		return future.Map(f, func(int) (int, error) { return j.call(ctx) })
	case 1:
		return future.Then(ctx, f, func(ctx context.Context, _ int) (int, error) { return j.call(ctx) })
	case 2:
		return future.Catch(ctx, f, func(ctx context.Context, _ error) (int, error) { return j.call(ctx) })
	case 3:
		return future.Flatten(future.FromResult(f))
	case 4:
		return future.Timeout(f, time.Hour)
	default:
		return future.Shield(f)
	}
}
