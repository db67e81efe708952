//go:build !race

package future_test

import (
	"context"
	"testing"
	"unsafe"

	"example.com/future"
)

const raceEnabled = false

func TestAllocations(t *testing.T) {
	background := context.Background()
	cancellable, cancel := context.WithCancel(background)
	defer cancel()
	done, failed, pending := future.FromResult(1), future.FromException[int](errBoom), future.New[int]()
	callback := func(*future.Future[int]) {}
	returns := func(context.Context) (int, error) { return 1, nil }
	for _, test := range []struct {
		name string
		most float64
		fn   func()
	}{
		{"New, SetResult, Result", 1, func() {
			f := future.New[int]()
			_ = f.SetResult(1)
			_, _ = f.Result()
		}},
		{"Await of a done future", 0, func() { _, _ = done.Await(cancellable) }},
		{"Await of a failed future", 0, func() { _, _ = failed.Await(background) }},
		{"Result of a done future", 0, func() { _, _ = done.Result() }},
		{"Exception of a failed future", 0, func() { _ = failed.Exception() }},
		{"Done, Cancelled, State, Ready", 0, func() { _, _, _, _ = done.Done(), done.Cancelled(), done.State(), done.Ready() }},
		{"FromResult", 1, func() { _ = future.FromResult(1) }},
		{"AddDoneCallback and stop", 2, func() { pending.AddDoneCallback(callback)() }},
		{"Map, settle", 2, func() {
			f := future.New[int]()
			m := future.Map(f, plusOne)
			_ = f.SetResult(1)
			_, _ = m.Result()
		}},
		{"Go and Await under context.Background", 2, func() { _, _ = future.Go(background, returns).Await(background) }},
		{"Go and Await under a cancellable ctx", 3, func() { _, _ = future.Go(cancellable, returns).Await(cancellable) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := testing.AllocsPerRun(1000, test.fn); got > test.most {
				t.Errorf("%v allocations, want at most %v", got, test.most)
			}
		})
	}
}

func TestAMapChainTakesOneAllocationAStep(t *testing.T) {
	const steps = 1000
	got := testing.AllocsPerRun(20, func() {
		first := future.New[int]()
		last := first
		for range steps {
			last = future.Map(last, plusOne)
		}
		_ = first.SetResult(1)
	})
	if got > steps+1 {
		t.Errorf("%v allocations for %d steps and their source, want one each", got, steps)
	}
}

func TestAFutureOfAnIntTakes64Bytes(t *testing.T) {
	if got := unsafe.Sizeof(future.Future[int]{}); got > 64 {
		t.Errorf("%d bytes, want at most 64", got)
	}
}
