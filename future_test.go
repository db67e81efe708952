package future_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/future"
	"github.com/google/go-cmp/cmp"
)

var errBoom = errors.New("boom")

// An ending is one of the three ways in which a future can end.
type ending struct {
	name   string
	settle func(*future.Future[int])
	state  future.State
	value  int
	err    error // what the future's error matches
}

func endings() []ending {
	return []ending{
		{"succeeded", func(f *future.Future[int]) { _ = f.SetResult(42) }, future.Succeeded, 42, nil},
		{"failed", func(f *future.Future[int]) { _ = f.SetException(errBoom) }, future.Failed, 0, errBoom},
		{"cancelled", func(f *future.Future[int]) { f.Cancel(errBoom) }, future.Cancelled, 0, future.ErrCancelled},
	}
}

// check fails the test unless f ended like e.
func (e ending) check(t *testing.T, f *future.Future[int]) {
	t.Helper()
	if got := f.State(); got != e.state {
		t.Errorf("State() = %v, want %v", got, e.state)
	}
	if !f.Done() {
		t.Error("Done() = false, want true")
	}
	if got, want := f.Cancelled(), e.state == future.Cancelled; got != want {
		t.Errorf("Cancelled() = %v, want %v", got, want)
	}
	v, err := f.Result()
	if v != e.value || !errors.Is(err, e.err) {
		t.Errorf("Result() = %v, %v; want %v, %v", v, err, e.value, e.err)
	}
	if err := f.Exception(); !errors.Is(err, e.err) {
		t.Errorf("Exception() = %v, want %v", err, e.err)
	}
	if !isClosed(f.Ready()) {
		t.Error("Ready() is open, want it closed")
	}
}

// isClosed reports whether ch can be received from.
func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// safetyNet is how long a test waits for what should happen at once.
const safetyNet = 20 * time.Second

// receiveSoon returns what ch delivers and fails the test if it does not.
func receiveSoon[T any](t *testing.T, ch <-chan T, what string) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(safetyNet):
		t.Fatalf("timed out: %s", what)
		panic("unreachable")
	}
}

func TestANewFutureIsPending(t *testing.T) {
	var zero future.Future[int]
	for name, f := range map[string]*future.Future[int]{"New": future.New[int](), "zero value": &zero} {
		t.Run(name, func(t *testing.T) {
			if f.Done() || f.Cancelled() || f.State() != future.Pending {
				t.Errorf("Done, Cancelled, State = %v, %v, %v; want false, false, pending", f.Done(), f.Cancelled(), f.State())
			}
			if isClosed(f.Ready()) {
				t.Error("Ready() is closed, want it open")
			}
		})
	}
}

func TestTheZeroValueServesWaitersCallbacksAndSetters(t *testing.T) {
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			var f future.Future[int]
			called := make(chan *future.Future[int], 1)
			f.AddDoneCallback(func(f *future.Future[int]) { called <- f })
			doubled := future.Map(&f, func(v int) (int, error) { return 2 * v, nil })
			waited := make(chan error, 2)
			go func() { _, err := f.Await(context.Background()); waited <- err }()
			go func() { _, err := f.Await(t.Context()); waited <- err }()
			e.settle(&f)
			e.check(t, &f)
			for range 2 {
				if err := receiveSoon(t, waited, "the waiters wake"); !errors.Is(err, e.err) {
					t.Errorf("Await: %v, want %v", err, e.err)
				}
			}
			if got := receiveSoon(t, called, "the callback runs"); got != &f {
				t.Errorf("the callback got %p, want %p", got, &f)
			}
			if v, _ := doubled.Result(); v != 2*e.value || doubled.State() != e.state {
				t.Errorf("Map: %v, %v; want %v, %v", v, doubled.State(), 2*e.value, e.state)
			}
		})
	}
}

func TestAFutureEndsInOneOfThreeStates(t *testing.T) {
	for _, e := range endings() {
		t.Run(e.name, func(t *testing.T) {
			f := future.New[int]()
			before := f.Ready()
			e.settle(f)
			e.check(t, f)
			if !isClosed(before) {
				t.Error("the channel given out while pending is open, want it closed")
			}
			e.check(t, f) // and it stays so
		})
	}
	t.Run("FromResult", func(t *testing.T) { endings()[0].check(t, future.FromResult(42)) })
	t.Run("FromException", func(t *testing.T) { endings()[1].check(t, future.FromException[int](errBoom)) })
}

// setters are all the ways to settle a future by hand that return an error.
var setters = map[string]struct {
	op  string
	set func(*future.Future[int]) error
}{
	"SetResult":              {"SetResult", func(f *future.Future[int]) error { return f.SetResult(7) }},
	"SetException":           {"SetException", func(f *future.Future[int]) error { return f.SetException(io.EOF) }},
	"SetException nil":       {"SetException", func(f *future.Future[int]) error { return f.SetException(nil) }},
	"SetOutcome with value":  {"SetResult", func(f *future.Future[int]) error { return f.SetOutcome(7, nil) }},
	"SetOutcome with error":  {"SetException", func(f *future.Future[int]) error { return f.SetOutcome(7, io.EOF) }},
	"SetException cancelled": {"SetException", func(f *future.Future[int]) error { return f.SetException(future.ErrCancelled) }},
}

// checkRefused fails the test unless err refuses op because of state.
func checkRefused(t *testing.T, err error, op string, state future.State) {
	t.Helper()
	if !errors.Is(err, future.ErrInvalidState) {
		t.Fatalf("error %v, want one that matches ErrInvalidState", err)
	}
	e, ok := errors.AsType[*future.InvalidStateError](err)
	if !ok || e.Op != op || e.State != state {
		t.Errorf("error %#v, want an *InvalidStateError of %s and %s", err, op, state)
	}
	if text := err.Error(); !strings.Contains(text, state.String()) || !strings.Contains(text, op) {
		t.Errorf("text %q, want it to name %q and %q", text, op, state)
	}
}

func TestSettingADoneFutureIsRefusedAndTheFirstOutcomeStays(t *testing.T) {
	for _, e := range endings() {
		for name, s := range setters {
			t.Run(e.name+" then "+name, func(t *testing.T) {
				f := future.New[int]()
				e.settle(f)
				checkRefused(t, s.set(f), s.op, e.state)
				e.check(t, f)
			})
		}
		t.Run(e.name+" then Cancel", func(t *testing.T) {
			f := future.New[int]()
			e.settle(f)
			if f.Cancel(io.EOF) {
				t.Error("Cancel() = true, want false")
			}
			e.check(t, f)
			if err := f.Exception(); errors.Is(err, io.EOF) {
				t.Errorf("Exception() = %v took the later cause", err)
			}
		})
	}
}

func TestSettingAnOwnedFutureIsRefused(t *testing.T) {
	source := future.New[int]()
	nested := future.New[*future.Future[int]]()
	release := make(chan struct{})
	ctx := t.Context()
	id := func(v int) (int, error) { return v, nil }
	owned := map[string]*future.Future[int]{
		"Go":            future.Go(ctx, func(context.Context) (int, error) { <-release; return 1, nil }),
		"RunInExecutor": future.RunInExecutor(ctx, nil, func(context.Context) (int, error) { <-release; return 1, nil }),
		"Map":           future.Map(source, id),
		"Then":          future.Then(ctx, source, func(_ context.Context, v int) (int, error) { return v, nil }),
		"Catch":         future.Catch(ctx, source, func(context.Context, error) (int, error) { return 0, nil }),
		"Flatten":       future.Flatten(nested),
		"Race":          future.Race(source),
		"Any":           future.Any(source),
		"Timeout":       future.Timeout(source, time.Hour),
		"Shield":        future.Shield(source),
		"After":         future.After(time.Hour, 1),
	}
	for kind, f := range owned {
		for name, s := range setters {
			t.Run(name+" on a pending "+kind, func(t *testing.T) {
				checkRefused(t, s.set(f), s.op, future.Pending)
				if f.Done() {
					t.Errorf("the future is %v, want it pending", f.State())
				}
			})
		}
	}
	close(release)
	owned["After"].Cancel(nil)
	_ = source.SetResult(1)
	_ = nested.SetResult(source)
	for kind, f := range owned {
		receiveSoon(t, f.Ready(), kind+" ends")
		for name, s := range setters {
			t.Run(name+" on a done "+kind, func(t *testing.T) { checkRefused(t, s.set(f), s.op, f.State()) })
		}
	}
}

func TestReadingAPendingFutureIsAnErrorThatSaysSo(t *testing.T) {
	f := future.New[int]()
	v, err := f.Result()
	if v != 0 {
		t.Errorf("Result() = %v, want the zero value", v)
	}
	checkRefused(t, err, "Result", future.Pending)
	checkRefused(t, f.Exception(), "Exception", future.Pending)
}

func TestReadingAFutureBesideItsSetterGivesTheOldStateOrTheNew(t *testing.T) {
	for _, read := range []func(*future.Future[int]) (int, error){
		(*future.Future[int]).Result,
		func(f *future.Future[int]) (int, error) { return 7, f.Exception() },
	} {
		for range stressed(10_000) { // few meet the setter between two steps of the read
			f := future.New[int]()
			var wg sync.WaitGroup
			wg.Go(func() { f.SetResult(7) })
			done := false
			for reads := 1; !done; reads++ {
				done = f.Done()
				v, err := read(f)
				var invalid *future.InvalidStateError
				switch {
				case err == nil && v == 7:
				case !done && errors.As(err, &invalid) && invalid.State == future.Pending:
				default:
					t.Fatalf("got %d, %v", v, err)
				}
				if reads%1000 == 0 {
					runtime.Gosched() // on js/wasm nobody takes the processor away
				}
			}
			wg.Wait()
		}
	}
}

func TestSetExceptionOfNilFailsTheFutureSoThatNobodyHangs(t *testing.T) {
	f := future.New[int]()
	waited := make(chan error, 1)
	go func() { _, err := f.Await(context.Background()); waited <- err }()
	if err := f.SetException(nil); !errors.Is(err, future.ErrNilException) {
		t.Errorf("SetException(nil) = %v, want ErrNilException", err)
	}
	if err := receiveSoon(t, waited, "the waiter wakes"); !errors.Is(err, future.ErrNilException) {
		t.Errorf("Await: %v, want ErrNilException", err)
	}
	if f.State() != future.Failed {
		t.Errorf("State() = %v, want failed", f.State())
	}
	if err := future.FromException[int](nil).Exception(); !errors.Is(err, future.ErrNilException) {
		t.Errorf("FromException(nil): %v, want ErrNilException", err)
	}
}

func TestSettersReturnNilWhenTheySettle(t *testing.T) {
	for name, s := range setters {
		if name == "SetException nil" {
			continue // returns ErrNilException, tested above
		}
		t.Run(name, func(t *testing.T) {
			f := future.New[int]()
			if err := s.set(f); err != nil {
				t.Errorf("%s: %v, want nil", name, err)
			}
			_, _ = f.Result()
			if !f.Done() || f.Cancelled() {
				t.Errorf("the future is %v, want it succeeded or failed", f.State())
			}
		})
	}
}

func TestSetOutcomeWithAnErrorDropsTheValue(t *testing.T) {
	f := future.New[int]()
	_ = f.SetOutcome(7, errBoom)
	if v, err := f.Result(); v != 0 || err != errBoom { //nolint:errorlint // the very error
		t.Errorf("Result() = %v, %v; want 0, %v", v, err, errBoom)
	}
}

type typedNilError struct{}

func (*typedNilError) Error() string { return "typed nil" }

func TestATypedNilErrorIsAFailure(t *testing.T) {
	f := future.New[int]()
	_ = f.SetOutcome(1, (*typedNilError)(nil))
	if f.State() != future.Failed || f.Exception() == nil {
		t.Errorf("State, Exception = %v, %v; want failed and an error", f.State(), f.Exception())
	}
}

func TestNilAndZeroValuesAreResults(t *testing.T) {
	if v, err := future.FromResult[error](nil).Result(); v != nil || err != nil {
		t.Errorf("Result() = %v, %v; want nil, nil", v, err)
	}
	if v, err := future.FromResult[error](errBoom).Result(); v != errBoom || err != nil { //nolint:errorlint // a value
		t.Errorf("Result() = %v, %v; want %v, nil", v, err, errBoom)
	}
	if f := future.FromResult(struct{}{}); f.State() != future.Succeeded {
		t.Errorf("State() = %v, want succeeded", f.State())
	}
}

func TestAFutureAsAValueIsNotFlattened(t *testing.T) {
	inner := future.New[int]()
	outer := future.FromResult(inner)
	if v, err := outer.Await(t.Context()); v != inner || err != nil {
		t.Errorf("Await = %p, %v; want %p, nil", v, err, inner)
	}
}

func TestAFailureThatMatchesErrCancelledIsNoCancellation(t *testing.T) {
	for _, err := range []error{future.ErrCancelled, &future.CancelledError{Cause: errBoom}, context.Canceled} {
		f := future.FromException[int](err)
		if f.Cancelled() || f.State() != future.Failed {
			t.Errorf("%v: Cancelled, State = %v, %v; want false, failed", err, f.Cancelled(), f.State())
		}
		if got := f.Exception(); got != err { //nolint:errorlint // the very error
			t.Errorf("Exception() = %v, want %v itself", got, err)
		}
	}
}

func TestTheErrorComesBackUnwrappedAndIdenticalEachTime(t *testing.T) {
	for _, e := range endings()[1:] {
		t.Run(e.name, func(t *testing.T) {
			f := future.New[int]()
			e.settle(f)
			first := f.Exception()
			if e.state == future.Failed && first != errBoom { //nolint:errorlint // the very error
				t.Errorf("Exception() = %#v, want the very error that was set", first)
			}
			for range 3 {
				_, fromResult := f.Result()
				_, fromAwait := f.Await(t.Context())
				for _, err := range []error{f.Exception(), fromResult, fromAwait} {
					if err != first { //nolint:errorlint // the very error
						t.Errorf("got %p, want %p as before", err, first)
					}
				}
			}
		})
	}
}

func TestCancelMakesAPendingFutureCancelledAtOnce(t *testing.T) {
	f := future.New[int]()
	cause := errors.New("cause")
	if !f.Cancel(cause) {
		t.Fatal("Cancel() = false, want true")
	}
	if f.State() != future.Cancelled {
		t.Fatalf("State() = %v, want cancelled", f.State())
	}
	if f.Cancel(io.EOF) {
		t.Error("the second Cancel() = true, want false")
	}
	e, ok := errors.AsType[*future.CancelledError](f.Exception())
	if !ok || e.Cause != cause { //nolint:errorlint // the very error
		t.Fatalf("Exception() = %#v, want a *CancelledError with the first cause", f.Exception())
	}
	for _, target := range []error{future.ErrCancelled, context.Canceled, cause} {
		if !errors.Is(e, target) {
			t.Errorf("the error does not match %v", target)
		}
	}
	if errors.Is(e, io.EOF) {
		t.Error("the error matches the second cause")
	}
}

func TestNilIsAFineCause(t *testing.T) {
	f := future.New[int]()
	if !f.Cancel(nil) {
		t.Fatal("Cancel(nil) = false, want true")
	}
	e, ok := errors.AsType[*future.CancelledError](f.Exception())
	if !ok || e.Cause != nil {
		t.Errorf("Exception() = %#v, want a *CancelledError without a cause", f.Exception())
	}
	if !errors.Is(e, future.ErrCancelled) || !errors.Is(e, context.Canceled) {
		t.Errorf("%v does not match ErrCancelled and context.Canceled", e)
	}
}

func TestOfManySettersExactlyOneWinsAndEverybodySeesItsOutcome(t *testing.T) {
	rounds := 300
	if testing.Short() {
		rounds = 30
	}
	for range rounds {
		f := future.New[int]()
		var (
			wg     sync.WaitGroup
			start  = make(chan struct{})
			wins   atomic.Int32
			winner atomic.Int32
			seen   [4]future.Outcome[int]
		)
		won := func(i int) { wins.Add(1); winner.Store(int32(i)) }
		for i := 1; i <= 9; i++ {
			wg.Go(func() {
				<-start
				switch i % 3 {
				case 0:
					if f.SetResult(i) == nil {
						won(i)
					}
				case 1:
					if f.SetException(fmt.Errorf("%d", i)) == nil {
						won(i)
					}
				default:
					if f.Cancel(fmt.Errorf("%d", i)) {
						won(i)
					}
				}
			})
		}
		for i := range seen {
			wg.Go(func() {
				<-start
				ctx := context.Background()
				if i%2 == 0 {
					ctx = t.Context()
				}
				seen[i].Value, seen[i].Err = f.Await(ctx)
			})
		}
		close(start)
		wg.Wait()
		if wins.Load() != 1 {
			t.Fatalf("%d setters won, want 1", wins.Load())
		}
		w := int(winner.Load())
		v, err := f.Result()
		switch w % 3 {
		case 0:
			if v != w || err != nil {
				t.Fatalf("Result() = %v, %v; want %v, nil", v, err, w)
			}
		case 1:
			if err == nil || err.Error() != fmt.Sprint(w) || f.Cancelled() {
				t.Fatalf("Result() = %v, %v; want the error %v", v, err, w)
			}
		default:
			if e, ok := errors.AsType[*future.CancelledError](err); !ok || e.Cause.Error() != fmt.Sprint(w) {
				t.Fatalf("Result() = %v, %v; want the cause %v", v, err, w)
			}
		}
		for i, o := range seen {
			if o.Value != v || o.Err != err { //nolint:errorlint // the very error
				t.Fatalf("waiter %d saw %v, want %v, %v", i, o, v, err)
			}
		}
	}
}

// The race detector fails these if settling does not synchronize before the read.
func TestWhatWasWrittenBeforeSettlingIsSeenByWhoeverObservesIt(t *testing.T) {
	observers := map[string]func(ctx context.Context, f *future.Future[int], read func()){
		"Await": func(_ context.Context, f *future.Future[int], read func()) {
			_, _ = f.Await(context.Background())
			read()
		},
		"Await with a ctx": func(ctx context.Context, f *future.Future[int], read func()) { _, _ = f.Await(ctx); read() },
		"Ready":            func(_ context.Context, f *future.Future[int], read func()) { <-f.Ready(); read() },
		"Result": func(_ context.Context, f *future.Future[int], read func()) {
			for {
				if _, err := f.Result(); !errors.Is(err, future.ErrInvalidState) {
					break
				}
				time.Sleep(time.Microsecond)
			}
			read()
		},
		"callback": func(_ context.Context, f *future.Future[int], read func()) {
			done := make(chan struct{})
			f.AddDoneCallback(func(*future.Future[int]) { read(); close(done) })
			<-done
		},
		"Then": func(ctx context.Context, f *future.Future[int], read func()) {
			g := future.Then(ctx, f, func(context.Context, int) (int, error) { read(); return 0, nil })
			h := future.Catch(ctx, f, func(context.Context, error) (int, error) { read(); return 0, nil })
			_, _ = g.Await(ctx)
			_, _ = h.Await(ctx)
		},
	}
	for name, observe := range observers {
		for _, e := range endings() {
			t.Run(name+" of a "+e.name+" one", func(t *testing.T) {
				f := future.New[int]()
				written := 0
				var wg sync.WaitGroup
				wg.Go(func() {
					observe(t.Context(), f, func() {
						if written != 1 {
							t.Errorf("read %d, want 1", written)
						}
					})
				})
				written = 1
				e.settle(f)
				wg.Wait()
			})
		}
	}
}

// A loud value fails the test when anybody formats it.
type loud struct{ t *testing.T }

func (l loud) fail(what string) string { l.t.Error("the value was formatted by " + what); return what }

func (l loud) String() string               { return l.fail("String") }
func (l loud) GoString() string             { return l.fail("GoString") }
func (l loud) Error() string                { return l.fail("Error") }
func (l loud) Format(fmt.State, rune)       { l.fail("Format") }
func (l loud) LogValue() slog.Value         { return slog.StringValue(l.fail("LogValue")) }
func (l loud) MarshalText() ([]byte, error) { return []byte(l.fail("MarshalText")), nil }
func (l loud) MarshalJSON() ([]byte, error) { return []byte(`"` + l.fail("MarshalJSON") + `"`), nil }

func TestNothingFormatsTheUsersValue(t *testing.T) {
	cancelled := future.New[loud]()
	cancelled.Cancel(loud{t})
	failed := future.FromException[loud](loud{t})
	_ = failed.Exception() // no report, which may format the error
	for _, f := range []*future.Future[loud]{future.New[loud](), future.FromResult(loud{t}), failed, cancelled} {
		want := "Future[future_test.loud](" + f.State().String() + ")"
		for _, got := range []string{f.String(), fmt.Sprint(f), fmt.Sprintf("%s", f), fmt.Sprintf("%+v", f)} {
			if got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("x", "f", f)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "f", f)
		if !strings.Contains(b.String(), f.State().String()) {
			t.Errorf("the log %q does not say the state", b.String())
		}
	}
	if got, want := future.New[int]().String(), "Future[int](pending)"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

func TestAFutureThatHoldsItselfCanBePrinted(t *testing.T) {
	f := future.New[any]()
	_ = f.SetResult(f)
	if got, want := fmt.Sprintf("%v", f), "Future[interface {}](succeeded)"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestTheLogValueIsAGroupOfTypeStateAndName(t *testing.T) {
	release := make(chan struct{})
	task := future.Go(t.Context(), func(context.Context) (int, error) { <-release; return 1, nil }, future.WithName("fetch"))
	for want, f := range map[string]*future.Future[int]{
		`{"type":"int","state":"pending"}`:                future.New[int](),
		`{"type":"int","state":"pending","name":"fetch"}`: task,
	} {
		var b bytes.Buffer
		slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "f", f)
		var line struct {
			F json.RawMessage `json:"f"`
		}
		if err := json.Unmarshal(b.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(line.F)); diff != "" {
			t.Errorf("logged (-want +got):\n%s", diff)
		}
	}
	close(release)
	receiveSoon(t, task.Ready(), "the task ends")
}

func TestStatesHaveNames(t *testing.T) {
	want := []string{"pending", "succeeded", "failed", "cancelled", "unknown"}
	var got []string
	for s := range future.State(5) {
		got = append(got, s.String())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}

func TestOnlyTasksHaveNames(t *testing.T) {
	source := future.New[int]()
	derived := future.Map(source, func(v int) (int, error) { return v, nil })
	for _, f := range []future.Awaitable{source, derived, future.Gather(source), future.FromResult("x")} {
		if got := f.Name(); got != "" {
			t.Errorf("Name() = %q, want \"\"", got)
		}
	}
	task := future.Go(t.Context(), func(context.Context) (int, error) { return 1, nil })
	if got := task.Name(); !strings.HasPrefix(got, "Task-") || got != task.Name() {
		t.Errorf("Name() = %q, want a lasting Task-n", got)
	}
	receiveSoon(t, task.Ready(), "the task ends")
}

func TestFuturesOfDifferentTypesAreAwaitables(t *testing.T) {
	text, number := future.New[string](), future.New[int]()
	for i, f := range []future.Awaitable{text, number} {
		if f.Done() || f.Cancelled() || f.State() != future.Pending || isClosed(f.Ready()) {
			t.Errorf("future %d is not pending", i)
		}
		if !f.Cancel(errBoom) || !errors.Is(f.Exception(), errBoom) {
			t.Errorf("future %d was not cancelled", i)
		}
	}
}

func TestOutcomeGetReturnsTheResultsOfACall(t *testing.T) {
	if v, err := (future.Outcome[int]{Value: 3}).Get(); v != 3 || err != nil {
		t.Errorf("Get() = %v, %v; want 3, nil", v, err)
	}
	if _, err := (future.Outcome[int]{Err: errBoom}).Get(); !errors.Is(err, errBoom) {
		t.Errorf("Get() error = %v, want %v", err, errBoom)
	}
}

func TestWhoIsRefusedByAMomentKeepsNoLock(t *testing.T) {
	quietly(t)
	settlers := map[string]func(f *future.Future[int]){
		"SetException": func(f *future.Future[int]) { _ = f.SetException(errBoom) },
		"Cancel":       func(f *future.Future[int]) { f.Cancel(errBoom) },
	}
	for name, settle := range settlers {
		t.Run(name, func(t *testing.T) {
			for range stressRounds(3000) {
				f := future.New[int]()
				together(func() { settle(f) }, func() { settle(f) })
				_ = f.Exception()
				f.AddDoneCallback(func(*future.Future[int]) {})
			}
		})
	}
}
