package main

import (
	"context"
	"errors"
	"slices"

	"example.com/future"
)

// inputs starts what a combinator is to wait for.
func (h *hand) inputs(ctx context.Context, disturbed bool) *work {
	var w work
	for range 1 + h.IntN(6) {
		j := h.job()
		j.disturbed = disturbed || h.oneIn(8)
		f := w.add(j, future.Go(ctx, j.call))
		if j.disturbed && !disturbed {
			f.Cancel(errStop)
		}
	}
	return &w
}

// stops cancels the result of a combinator now and then, and so all its inputs.
func (h *hand) stops(f future.Awaitable, w *work) {
	if h.oneIn(4) {
		f.Cancel(errStop)
		for _, j := range w.jobs {
			j.disturbed = true
		}
	}
}

// among reports whether err is what one of the inputs has ended with.
func (w *work) among(err error) bool {
	return slices.ContainsFunc(w.futures, func(f *future.Future[int]) bool { return f.Done() && errors.Is(err, f.Exception()) })
}

func (w *work) value(v int) bool {
	return slices.ContainsFunc(w.jobs, func(j *job) bool { return j.value == v })
}

func doGather(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	w := h.inputs(ctx, disturbed)
	h.started.Add(2)
	all, settled := future.Gather(w.futures...), future.GatherSettled(w.futures...)
	h.stops(all, w)
	h.stops(settled, w)
	vs, err := all.Await(context.Background())
	switch all.State() {
	case future.Succeeded:
		h.expect(len(vs) == len(w.jobs), "a gather has %d values of %d", len(vs), len(w.jobs))
		for i, v := range vs {
			h.expect(v == w.jobs[i].value, "a gather has %d for %d", v, w.jobs[i].value)
		}
	case future.Failed:
		h.expect(vs == nil && w.among(err), "a gather failed with %v", err)
	}
	h.enter(all)
	h.enter(settled)
	outcomes, _ := settled.Result()
	for i, o := range outcomes {
		v, err := w.futures[i].Result()
		h.expect(o.Value == v && o.Err == err, "an outcome is %v instead of %v, %v", o, v, err) //nolint:errorlint // the very same
	}
	w.settle()

	_, err = future.Gather(h.long, future.FromException[int](h.fault), h.long).Await(context.Background())
	h.expect(errors.Is(err, h.fault), "a gather gives %v", err)
	future.Gather(future.Shield(h.long), future.Map(h.long, func(v int) (int, error) { return v, nil })).Cancel(errStop)
}

func doRace(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	w := h.inputs(ctx, disturbed)
	h.started.Add(2)
	race, first := future.Race(w.futures...), future.Any(w.futures...)
	h.stops(race, w)
	h.stops(first, w)
	v, err := race.Await(context.Background())
	h.expect(race.Cancelled() || err == nil && w.value(v) || w.among(err), "a race ended with %d, %v", v, err)
	v, err = first.Await(context.Background())
	if all, ok := errors.AsType[*future.GroupError](err); ok {
		h.expect(len(all.Unwrap()) == len(w.jobs), "all %d have failed, and Any has %d errors", len(w.jobs), len(all.Unwrap()))
	} else {
		h.expect(first.Cancelled() || err == nil && w.value(v), "Any ended with %d, %v", v, err)
	}
	h.enter(race)
	h.enter(first)
	w.settle()

	_, err = future.Race(h.long, future.After(h.little(), 1)).Await(context.Background())
	h.expect(err == nil, "a race gives %v", err)
	failed := future.FromException[int](h.fault)
	v, err = future.Any(failed, h.long, future.After(h.little(), 2)).Await(context.Background())
	h.expect(v == 2 && err == nil && failed.Exception() != nil, "Any gives %d, %v", v, err)
}

func doWait(h *hand) {
	ctx, cancel, disturbed := h.context()
	defer cancel()
	w := h.inputs(context.Background(), false)
	done, pending, err := future.Wait(ctx, future.ReturnWhen(h.IntN(3)), w.futures...)
	h.expect(len(done)+len(pending) == len(w.futures), "Wait returned %d and %d of %d", len(done), len(pending), len(w.futures))
	h.expect(err == nil || disturbed && errors.Is(err, context.Cause(ctx)), "Wait returned %v", err)
	for _, f := range done {
		h.expect(f.Done(), "Wait says that %v is done", f)
	}

	seen := map[int]bool{}
	stop := h.IntN(12)
	for i, o := range future.AsCompleted(ctx, w.futures...) {
		h.expect(!seen[i], "AsCompleted gave %d twice", i)
		seen[i] = true
		v, err := w.futures[i].Result()
		h.expect(o.Value == v && o.Err == err || disturbed && errors.Is(o.Err, context.Cause(ctx)), "AsCompleted gave %v for %d, %v", o, v, err) //nolint:errorlint // the very same
		if stop--; stop == 0 {
			break
		}
	}
	h.expect(stop == 0 || len(seen) == len(w.futures), "AsCompleted gave %d of %d", len(seen), len(w.futures))

	a, b := w.futures[0], w.futures[len(w.futures)-1]
	x, y, z, err := future.Await3(ctx, a, future.FromResult("x"), b)
	h.expect(err != nil && (w.among(err) || disturbed) || x == w.jobs[0].value && y == "x" && z == w.jobs[len(w.jobs)-1].value, "Await3 gives %d, %q, %d, %v", x, y, z, err)
	w.settle()

	dead, end := context.WithTimeout(context.Background(), h.little())
	defer end()
	_, _, err = future.Wait(dead, future.AllCompleted, h.long, a)
	h.expect(errors.Is(err, context.DeadlineExceeded), "Wait returned %v", err)
	_, _, err = future.Await2(dead, h.long, future.FromResult(1))
	h.expect(errors.Is(err, context.DeadlineExceeded), "Await2 returned %v", err)
	for i := range future.AsCompleted(context.Background(), h.long, a, b) {
		h.expect(i > 0, "AsCompleted gave what is not done")
		if i == 2 {
			break
		}
	}
}
