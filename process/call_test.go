//go:build unix

package process_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/process"
)

func TestAFunctionRunsUnchangedHereOnAGoroutinePoolAndInAProcess(t *testing.T) {
	goroutines := future.NewPool(2)
	t.Cleanup(func() { goroutines.Close() })
	submitTo := func(ex future.Executor) func(context.Context, job) (string, error) {
		return func(ctx context.Context, j job) (string, error) {
			f := work.Submit(ctx, ex, j)
			if j.How == "until cancelled" {
				f.Cancel(errStop)
			}
			return f.Await(testContext(t))
		}
	}
	places := []struct {
		name string
		call func(context.Context, job) (string, error)
		here bool
	}{
		{"here", work.Call, true},
		{"default", submitTo(nil), false},
		{"goroutines", submitTo(goroutines), false},
		{"processes", submitTo(newPool(t, 2)), false},
	}
	tests := []struct {
		how     string
		value   string
		matches []error
		text    string
		awkward bool // for a direct call, which has no future between
	}{
		{how: "value", value: "1764"},
		{how: "error", text: "an unknown error"},
		{how: "known", matches: []error{errKnown}, text: "job 42: a known error"},
		{how: "no UTF-8", text: "caf\xe9"},
		{how: "missing", matches: []error{fs.ErrNotExist}, text: "open /does/not/exist: no such file or directory"},
		{how: "unsupported", matches: []error{errors.ErrUnsupported}},
		{how: "canceled", matches: []error{context.Canceled}},
		{how: "panic", awkward: true, text: "assignment to entry in nil map"},
		{how: "panic error", awkward: true, matches: []error{errKnown}},
		{how: "goexit", awkward: true, matches: []error{future.ErrGoexit}},
		{how: "until cancelled", awkward: true, matches: []error{future.ErrCancelled, context.Canceled, errStop}},
		{how: "deadline", value: "true"},
		{how: "id", value: "call 7"},
		{how: "task", value: "true", awkward: true},
	}
	ctx, cancel := context.WithTimeout(future.WithCallID(t.Context(), "call 7"), 2*time.Hour)
	defer cancel()
	for _, place := range places {
		for _, test := range tests {
			if place.here && test.awkward {
				continue
			}
			t.Run(place.name+"/"+test.how, func(t *testing.T) {
				v, err := place.call(ctx, job{test.how, 42})
				if v != test.value {
					t.Errorf("the value is %q, want %q", v, test.value)
				}
				if fails := test.value == ""; fails != (err != nil) {
					t.Fatalf("the error is %v", err)
				}
				for _, target := range test.matches {
					if !errors.Is(err, target) {
						t.Errorf("%v does not match %v", err, target)
					}
				}
				if err != nil && !strings.Contains(err.Error(), test.text) {
					t.Errorf("%q does not contain %q", err, test.text)
				}
				if strings.HasPrefix(test.how, "panic") {
					p, ok := errors.AsType[*future.PanicError](err)
					if !ok {
						t.Fatalf("%v is no PanicError", err)
					}
					if !strings.Contains(string(p.Stack), "workOn") {
						t.Errorf("the stack does not show the function:\n%s", p.Stack)
					}
				}
			})
		}
	}
}

func TestSomebodyElsesCancellationIsAFailureAlsoFromAProcess(t *testing.T) {
	f := work.Submit(t.Context(), newPool(t, 1), job{"canceled", 0})
	awaitError(t, f, context.Canceled)
	if f.State() != future.Failed {
		t.Errorf("the future is %v", f.State())
	}
}

func TestAPanicComesBackWithItsStackAndTheWorkerLivesOn(t *testing.T) {
	p := newPool(t, 1)
	before := await(t, pid.Submit(t.Context(), p, struct{}{}))
	for _, how := range []string{"panic", "goexit", "error", "nil pointer"} {
		err := awaitError(t, work.Submit(t.Context(), p, job{how, 1}))
		remote, ok := errors.AsType[*future.RemoteError](err)
		if !ok {
			t.Fatalf("%s: %v (%T) is no RemoteError", how, err, err)
		}
		if hasStack := len(remote.Stack) > 0; hasStack != (how == "panic") {
			t.Errorf("%s: the stack is %q", how, remote.Stack)
		}
	}
	if after := await(t, pid.Submit(t.Context(), p, struct{}{})); after != before {
		t.Errorf("process %d was replaced by %d", before, after)
	}
}

func TestAnErrorWhoseTextDoesNotComeEndsItsCall(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(0))
	before := await(t, pid.Submit(t.Context(), p, struct{}{}))
	awaitError(t, mute.Submit(t.Context(), p, "goexit"), future.ErrGoexit)
	if err := awaitError(t, mute.Submit(t.Context(), p, "panic")); !strings.Contains(err.Error(), "panics instead") {
		t.Error(err)
	}
	if after := await(t, pid.Submit(t.Context(), p, struct{}{})); after != before {
		t.Errorf("process %d was replaced by %d", before, after)
	}
	b := newBeacon(t)
	f := mute.Submit(t.Context(), p, b.path)
	s := b.wait(t)
	f.Cancel(errStop)
	awaitError(t, f, future.ErrCancelled, errStop)
	s.gone(t)
}

func TestAClosureIsRefused(t *testing.T) {
	p := newPool(t, 1)
	f := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
		t.Error("the closure runs")
		return 0, nil
	})
	awaitError(t, f, future.ErrNotRemotable)
	awaitError(t, future.Wrap0(p, func() (int, error) { return 0, nil })(t.Context()), future.ErrNotRemotable)
}

func TestWhatCannotBeEncodedOrDecodedFailsItsOwnCall(t *testing.T) {
	p := newPool(t, 1)
	before := await(t, pid.Submit(t.Context(), p, struct{}{}))
	tests := []struct {
		name string
		f    *future.Future[[]byte]
		text string
	}{
		{"a name that is not registered", p.Invoke(t.Context(), future.Call{ID: "1", Name: "nobody"}), "nobody"},
		{"an argument that is no JSON", p.Invoke(t.Context(), future.Call{ID: "1", Name: "echo", Payload: []byte("{")}), "argument of echo cannot be decoded"},
		{"an argument too large", p.Invoke(t.Context(), future.Call{Name: "echo", Payload: make([]byte, process.MaxBody)}), "cannot be sent"},
	}
	for _, test := range tests {
		if err := awaitError(t, test.f); !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	awaitError(t, tests[0].f, future.ErrNotRegistered)
	if err := awaitError(t, huge.Submit(t.Context(), p, process.MaxBody+1)); !strings.Contains(err.Error(), "cannot be sent") {
		t.Errorf("a result too large: %v", err)
	}
	if after := await(t, pid.Submit(t.Context(), p, struct{}{})); after != before {
		t.Errorf("process %d was replaced by %d", before, after)
	}
}

func TestAWorkerWhoseCodecCannotDecodeLivesOn(t *testing.T) {
	p := newPool(t, 1)
	before := await(t, pid.Submit(t.Context(), p, struct{}{}))
	for arg, want := range map[string]error{
		"error": errKnown, "panic": errKnown, "goexit": future.ErrGoexit, // in the worker
		"result error": errKnown, "result panic": errKnown, "result goexit": future.ErrGoexit, // here
	} {
		// As a task, for an answer that is there when Submit comes to it is decoded there.
		awaitError(t, future.Go(t.Context(), func(ctx context.Context) (string, error) {
			return picky.Submit(ctx, p, arg).Await(ctx)
		}), want)
		if v := await(t, picky.Submit(t.Context(), p, "next")); v != "next" {
			t.Errorf("after %q the next call returns %q", arg, v)
		}
	}
	if after := await(t, pid.Submit(t.Context(), p, struct{}{})); after != before {
		t.Errorf("process %d was replaced by %d", before, after)
	}
}

func TestCallsOfManyGoroutinesGetTheirOwnAnswers(t *testing.T) {
	p := newPool(t, 3, process.WithGrace(0), process.WithMaxCallsPerWorker(50))
	const n = 600
	fs := make([]*future.Future[string], n)
	for i := range fs {
		fs[i] = echo.Submit(t.Context(), p, fmt.Sprint(i))
		if i%7 == 3 {
			go fs[i].Cancel(errStop)
		}
	}
	for i, f := range fs {
		v, err := f.Await(testContext(t))
		switch {
		case err == nil && v != fmt.Sprint(i):
			t.Fatalf("call %d got the answer %q", i, v)
		case err != nil && (i%7 != 3 || !errors.Is(err, errStop)):
			t.Fatalf("call %d: %v", i, err)
		}
	}
}
