package future_test

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"

	"example.com/future"
)

// stackGrowth returns by how many bytes the stacks are larger after fn, which must
// not leave goroutines behind.
func stackGrowth(fn func()) int64 {
	var m runtime.MemStats
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection shrinks the stacks
	runtime.ReadMemStats(&m)
	before := int64(m.StackInuse)
	fn()
	runtime.ReadMemStats(&m)
	return int64(m.StackInuse) - before
}

func TestALongChainSettlesWithoutRecursion(t *testing.T) {
	for _, test := range []struct {
		follower
		steps int
	}{
		{followers()[0], many(1_000_000)},
		{followers()[1], many(100_000)},
		{followers()[2], many(100_000)},
		{followers()[3], many(100_000)},
		{followers()[5], many(100_000)},
		{followers()[6], many(100_000)},
	} {
		for _, e := range endings() {
			takes := map[string]future.State{"Then": future.Succeeded, "Catch": future.Failed}[test.name]
			if takes == e.state {
				continue // every step has a goroutine and a stack of its own
			}
			t.Run(fmt.Sprintf("%s of a %s future", test.name, e.name), func(t *testing.T) {
				first := future.New[int]()
				last := first
				for range test.steps {
					last = test.derive(t.Context(), last)
				}
				growth := stackGrowth(func() { e.settle(first) })
				if last.State() != e.state {
					t.Fatalf("the last future is %v, want %v", last.State(), e.state)
				}
				if growth > 1<<20 {
					t.Errorf("the stacks grew by %d bytes for %d steps", growth, test.steps)
				}
				v, err := last.Result()
				if want := 42 + test.steps; test.name == "Map" && e.state == future.Succeeded && v != want {
					t.Errorf("the last value is %v, want %v", v, want)
				}
				if !errors.Is(err, e.err) {
					t.Errorf("the last error is %v, want %v", err, e.err)
				}
			})
		}
	}
}

func TestALongChainOnADoneFutureNeedsNoStackEither(t *testing.T) {
	last := future.FromResult(0)
	steps := many(1_000_000)
	for range steps {
		last = future.Map(last, plusOne)
	}
	if v, err := last.Result(); v != steps || err != nil {
		t.Errorf("Result() = %v, %v; want %v, nil", v, err, steps)
	}
}

func TestManyDerivedFuturesOfOneSourceAllSettle(t *testing.T) {
	f := future.New[int]()
	derived := make([]*future.Future[int], many(100_000))
	for i := range derived {
		derived[i] = future.Map(f, func(v int) (int, error) { return v + i, nil })
	}
	_ = f.SetResult(42)
	for i, m := range derived {
		if v, err := m.Result(); v != 42+i || err != nil {
			t.Fatalf("derived future %d has %v, %v; want %v, nil", i, v, err, 42+i)
		}
	}
}

// Chains are made while their source settles.
func TestADerivedFutureMadeWhileItsSourceSettlesGetsTheOutcome(t *testing.T) {
	for _, d := range followers() {
		t.Run(d.name, func(t *testing.T) {
			for range many(300) {
				f := future.New[int]()
				derived := make([]*future.Future[int], 4)
				var wg sync.WaitGroup
				for i := range derived {
					wg.Go(func() { derived[i] = d.derive(t.Context(), f) })
				}
				wg.Go(func() { _ = f.SetResult(1) })
				wg.Wait()
				for _, g := range derived {
					if v, err := awaitSoon(t, g); v == 0 || err != nil {
						t.Fatalf("Result() = %v, %v; want a value", v, err)
					}
				}
			}
		})
	}
}
