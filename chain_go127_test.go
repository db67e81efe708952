//go:build go1.27

package future_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"example.com/future"
)

func TestMapThenAndCatchAreMethodsToo(t *testing.T) {
	ctx := t.Context()
	f := future.New[int]()
	text := f.
		Map(plusOne).
		Then(ctx, plusOneTask).
		Map(func(v int) (string, error) { return strconv.Itoa(v), nil }).
		Catch(ctx, func(context.Context, error) (string, error) { return "", nil })
	_ = f.SetResult(40)
	if v, err := awaitSoon(t, text); v != "42" || err != nil {
		t.Errorf("Result() = %q, %v; want 42, nil", v, err)
	}
	failed := future.FromException[int](errBoom)
	if v, err := awaitSoon(t, failed.Catch(ctx, recoverTask)); v != -1 || err != nil {
		t.Errorf("Result() = %v, %v; want -1, nil", v, err)
	}
	if err := failed.Map(plusOne).Exception(); !errors.Is(err, errBoom) {
		t.Errorf("Exception() = %v, want %v", err, errBoom)
	}
}
