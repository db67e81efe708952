//go:build go1.27

package future_test

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"example.com/future"
)

// The method forms of Map, Then and Catch must be the functions: each pair gets the
// same source and the same function, and must come to the same end.
func TestTheMethodFormsDoWhatTheFunctionsDo(t *testing.T) {
	var (
		errSource = errors.New("source")
		errStep   = errors.New("step")
		errCause  = errors.New("cause")
	)
	sources := map[string]func(*future.Future[int]) bool{
		"a success":      func(f *future.Future[int]) bool { return f.SetResult(6) == nil },
		"a failure":      func(f *future.Future[int]) bool { return f.SetException(errSource) == nil },
		"a cancellation": func(f *future.Future[int]) bool { return f.Cancel(errCause) },
	}
	steps := map[string]func(int) (string, error){
		"a value": func(v int) (string, error) { return strconv.Itoa(v * 7), nil },
		"a fail":  func(int) (string, error) { return "", errStep },
		"a panic": func(int) (string, error) { panic(errStep) },
	}
	catches := map[string]func(context.Context, error) (int, error){
		"a value": func(context.Context, error) (int, error) { return 42, nil },
		"a fail":  func(_ context.Context, err error) (int, error) { return 0, errors.Join(err, errStep) },
		"a panic": func(context.Context, error) (int, error) { panic(errStep) },
	}
	live, dead := t.Context(), deadContext(errCause)

	for from, settle := range sources {
		for order, before := range map[string]bool{"before": true, "after": false} {
			for to, step := range steps {
				t.Run("Map of "+from+" that comes "+order+" to "+to, func(t *testing.T) {
					sameEnd(t, before, settle,
						func(f *future.Future[int]) *future.Future[string] { return future.Map(f, step) },
						func(f *future.Future[int]) *future.Future[string] { return f.Map(step) })
				})
				for life, ctx := range map[string]context.Context{"": live, " under a dead context": dead} {
					t.Run("Then of "+from+" that comes "+order+" to "+to+life, func(t *testing.T) {
						task := func(_ context.Context, v int) (string, error) { return step(v) }
						sameEnd(t, before, settle,
							func(f *future.Future[int]) *future.Future[string] { return future.Then(ctx, f, task) },
							func(f *future.Future[int]) *future.Future[string] { return f.Then(ctx, task) })
					})
				}
			}
			for to, catch := range catches {
				for life, ctx := range map[string]context.Context{"": live, " under a dead context": dead} {
					t.Run("Catch of "+from+" that comes "+order+" to "+to+life, func(t *testing.T) {
						sameEnd(t, before, settle,
							func(f *future.Future[int]) *future.Future[int] { return future.Catch(ctx, f, catch) },
							func(f *future.Future[int]) *future.Future[int] { return f.Catch(ctx, catch) })
					})
				}
			}
		}
	}
}

// sameEnd settles two sources, before or after a function and a method derive from
// them, and compares what comes of it.
func sameEnd[T comparable](t *testing.T, before bool, settle func(*future.Future[int]) bool, function, method func(*future.Future[int]) *future.Future[T]) {
	t.Helper()
	end := func(derive func(*future.Future[int]) *future.Future[T]) (*future.Future[T], T, error) {
		f := future.New[int]()
		if before && !settle(f) {
			t.Fatal("the source cannot be settled")
		}
		d := derive(f)
		if !before && !settle(f) {
			t.Fatal("the source cannot be settled")
		}
		v, err := d.Await(context.WithoutCancel(t.Context()))
		_ = f.Exception() // so that it is not reported
		return d, v, err
	}
	want, wantValue, wantErr := end(function)
	got, gotValue, gotErr := end(method)
	if got.State() != want.State() || gotValue != wantValue {
		t.Errorf("the method makes %v, %v; the function %v, %v", got, gotValue, want, wantValue)
	}
	if (gotErr == nil) != (wantErr == nil) || gotErr != nil && gotErr.Error() != wantErr.Error() {
		t.Errorf("the method makes the error %v, the function %v", gotErr, wantErr)
	}
}

func TestTheMethodFormsChain(t *testing.T) {
	ctx := t.Context()
	f := future.New[string]()
	number := f.Map(strconv.Atoi)
	answer := number.
		Then(ctx, func(_ context.Context, v int) (float64, error) { return float64(v) / 2, nil }).
		Catch(ctx, func(context.Context, error) (float64, error) { return -1, nil }).
		Map(func(v float64) (string, error) { return strconv.FormatFloat(v, 'f', 1, 64), nil })
	if answer.Done() {
		t.Error("the chain is done before its source")
	}
	if err := f.SetResult("85"); err != nil {
		t.Fatal(err)
	}
	if v, err := number.Result(); v != 85 || err != nil {
		t.Errorf("got %v, %v; want 85 as soon as the source is settled", v, err)
	}
	if v, err := answer.Await(ctx); v != "42.5" || err != nil {
		t.Errorf("got %q, %v; want 42.5", v, err)
	}
}
