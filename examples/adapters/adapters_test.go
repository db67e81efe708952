package main

import (
	"testing"

	"example.com/future"
	"example.com/future/futuretest"
)

func TestAdaptersAreGoodExecutors(t *testing.T) {
	for _, a := range adapters {
		t.Run(a.name, func(t *testing.T) {
			futuretest.TestExecutor(t, func(t *testing.T) future.Executor {
				ex, stop, err := a.make(4)
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(stop)
				return ex
			})
		})
	}
}

func TestEachAdapterCanBeShown(t *testing.T) {
	for _, a := range adapters {
		t.Run(a.name, func(t *testing.T) {
			if err := show(t.Context(), a); err != nil {
				t.Error(err)
			}
		})
	}
}
