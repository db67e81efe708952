package future_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/big"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"example.com/future"
)

// A loopback is an Invoker whose far side is this process: all that a real one does
// but the way there.
type loopback struct {
	calls chan future.Call // the calls that came, if somebody wants to see them
}

func (loopback) Execute(future.Job) error { return future.ErrNotRemotable }

func (l loopback) Invoke(ctx context.Context, call future.Call) *future.Future[[]byte] {
	if l.calls != nil {
		l.calls <- call
	}
	return future.Go(ctx, func(ctx context.Context) ([]byte, error) {
		result, err := future.Go(ctx, call.Serve).Await(context.Background())
		if err == nil {
			return result, nil
		}
		b, err := json.Marshal(future.NewRemoteError(err))
		if err != nil {
			return nil, err
		}
		far := new(future.RemoteError)
		if err := json.Unmarshal(b, far); err != nil {
			return nil, err
		}
		return nil, far
	})
}

var (
	errCallKnown = errors.New("a registered error")
	errCallOther = errors.New("an error that is not registered")
)

func init() { future.RegisterError("call_test.known", errCallKnown) }

type callPoint struct {
	X, Y int
	Name string `json:"name,omitempty"`
}

var (
	callDouble = future.Register("call_test.double", func(_ context.Context, n int) (int, error) { return 2 * n, nil })
	callMove   = future.Register("call_test.move", func(_ context.Context, p callPoint) (*callPoint, error) {
		p.X++
		return &p, nil
	}, future.WithCodec(future.GobCodec{}))
	callFail = future.Register("call_test.fail", func(_ context.Context, how string) (float64, error) {
		switch how {
		case "known":
			return 0, fmt.Errorf("wrapped: %w", errCallKnown)
		case "other":
			return 0, errCallOther
		case "panic":
			panic("far away")
		case "goexit":
			runtime.Goexit()
		case "nan":
			return math.NaN(), nil
		}
		return 0, nil
	})
	callHold = future.Register("call_test.hold", func(ctx context.Context, _ struct{}) (string, error) {
		<-ctx.Done()
		return "", context.Cause(ctx)
	})
	callID     = future.Register("call_test.id", func(ctx context.Context, _ struct{}) (string, error) { return future.CallID(ctx), nil })
	callMore   = future.Register("call_test.more", submitMore)
	callHarden = future.Register("call_test.harden", func(_ context.Context, how string) (callHardValue, error) { return callHardValue{how}, nil })
	callHard   = future.Register("call_test.hard", func(_ context.Context, h callHardValue) (callHardValue, error) { return h, nil })
)

// submitMore returns the ids that it sees and that its calls see: two, and one that it
// has named.
func submitMore(ctx context.Context, name string) ([]string, error) {
	ids := []string{future.CallID(ctx)}
	for _, ctx := range []context.Context{ctx, ctx, future.WithCallID(ctx, name)} {
		id, err := callID.Submit(ctx, loopback{}, struct{}{}).Await(ctx)
		if err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// A callHardValue is hard to encode and to decode.
type callHardValue struct{ how string }

func (h callHardValue) MarshalJSON() ([]byte, error) {
	if h.how == "panic" {
		panic(errCallKnown)
	}
	return json.Marshal(h.how)
}

func (h *callHardValue) UnmarshalJSON(b []byte) error {
	if err := json.Unmarshal(b, &h.how); err != nil {
		return err
	}
	switch h.how {
	case "undecodable":
		return errCallKnown
	case "panics":
		panic(errCallKnown)
	case "goexit":
		runtime.Goexit()
	}
	return nil
}

func TestARegisteredFunctionIsCalledHereAndNow(t *testing.T) {
	if v, err := callDouble.Call(t.Context(), 21); v != 42 || err != nil {
		t.Errorf("Call returns %d, %v", v, err)
	}
	if name := callDouble.Name(); name != "call_test.double" {
		t.Errorf("the name is %q", name)
	}
	defer func() {
		if r := recover(); r != "far away" {
			t.Errorf("Call panics with %v", r)
		}
	}()
	_, _ = callFail.Call(t.Context(), "panic")
}

func TestSubmitGoesByTheKindOfExecutor(t *testing.T) {
	pool := future.NewPool(1)
	defer pool.Close()
	for name, ex := range map[string]future.Executor{"default": nil, "pool": pool, "invoker": loopback{}} {
		if v, err := callDouble.Submit(t.Context(), ex, 21).Await(t.Context()); v != 42 || err != nil {
			t.Errorf("%s: %d, %v", name, v, err)
		}
		got, err := callMove.Submit(t.Context(), ex, callPoint{1, 2, "p"}).Await(t.Context())
		if err != nil || *got != (callPoint{2, 2, "p"}) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestAnInvokerRefusesClosures(t *testing.T) {
	_, err := future.RunInExecutor(t.Context(), loopback{}, func(context.Context) (int, error) { return 1, nil }).Await(t.Context())
	if !errors.Is(err, future.ErrNotRemotable) {
		t.Errorf("the error is %v", err)
	}
}

func TestACallHasAnIDOfItsOwnOrTheOneGiven(t *testing.T) {
	l := loopback{calls: make(chan future.Call, 1)}
	seen := map[string]bool{}
	for range 100 {
		got, err := callID.Submit(t.Context(), l, struct{}{}).Await(t.Context())
		call := <-l.calls
		if err != nil || got != call.ID || got == "" || seen[got] {
			t.Fatalf("the function sees %q, the call has %q, %v", got, call.ID, err)
		}
		seen[got] = true
	}
	ctx := future.WithCallID(t.Context(), "order 7")
	if got, _ := callID.Submit(ctx, l, struct{}{}).Await(ctx); got != "order 7" {
		t.Errorf("the function sees %q", got)
	}
	if call := <-l.calls; call.ID != "order 7" || call.Name != "call_test.id" || string(call.Payload) != "{}" {
		t.Errorf("the call is %q", call)
	}
}

func TestTheCallsThatACallMakesHaveIDsOfTheirOwn(t *testing.T) {
	l := loopback{calls: make(chan future.Call, 1)}
	ids, err := callMore.Submit(t.Context(), l, "named").Await(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if call := <-l.calls; ids[0] != call.ID {
		t.Errorf("the function sees %q, the call has %q", ids[0], call.ID)
	}
	if ids[3] != "named" {
		t.Errorf("the call that was named sees %q", ids[3])
	}
	slices.Sort(ids)
	if n := len(slices.Compact(ids)); n != 4 {
		t.Errorf("4 calls have %d ids", n)
	}
}

func TestACallThatIsServedHasItsOwnIDWhateverItsContextSays(t *testing.T) {
	ctx := future.WithCallID(t.Context(), "outer")
	b, err := future.Call{ID: "inner", Name: "call_test.id", Payload: []byte("{}")}.Serve(ctx)
	if err != nil || string(b) != `"inner"` {
		t.Errorf("the function sees %s, %v", b, err)
	}
	ids, err := callMore.Submit(ctx, loopback{}, "named").Await(ctx)
	if err != nil || ids[0] != "outer" || ids[1] == "outer" || ids[1] == ids[2] || ids[3] != "named" {
		t.Errorf("the calls see %q, %v", ids, err)
	}
}

func TestRegisteredErrorsKeepTheirIdentity(t *testing.T) {
	_, err := callFail.Submit(t.Context(), loopback{}, "known").Await(t.Context())
	if !errors.Is(err, errCallKnown) || err.Error() != "wrapped: a registered error" {
		t.Errorf("a registered error arrives as %v", err)
	}
	if far, ok := errors.AsType[*future.RemoteError](err); !ok || far.Type != "*fmt.wrapError" || far.Stack != nil {
		t.Errorf("it is %#v", far)
	}
	_, err = callFail.Submit(t.Context(), loopback{}, "other").Await(t.Context())
	if errors.Is(err, errCallOther) || err.Error() != errCallOther.Error() {
		t.Errorf("an error that is not registered arrives as %v", err)
	}
	if _, err = callFail.Submit(t.Context(), loopback{}, "goexit").Await(t.Context()); !errors.Is(err, future.ErrGoexit) {
		t.Errorf("Goexit arrives as %v", err)
	}
}

// A formattedError looks different when it is printed.
type formattedError struct{}

func (formattedError) Error() string              { return "the text" }
func (formattedError) Format(s fmt.State, _ rune) { _, _ = io.WriteString(s, "something else") }

func TestARemoteErrorHasTheTextOfTheOriginal(t *testing.T) {
	if text := future.NewRemoteError(formattedError{}).Error(); text != "the text" {
		t.Errorf("the text is %q", text)
	}
}

func TestErrorsOfTheStandardLibraryKeepTheirIdentity(t *testing.T) {
	_, notExist := os.Open("/does/not/exist")
	for _, test := range []struct{ err, is, isNot error }{
		{notExist, fs.ErrNotExist, fs.ErrExist},
		{context.Canceled, context.Canceled, future.ErrCancelled},
		{context.DeadlineExceeded, context.DeadlineExceeded, future.ErrTimeout},
		{future.ErrTimeout, context.DeadlineExceeded, context.Canceled},
		{future.ErrCancelled, context.Canceled, context.DeadlineExceeded},
		{&future.InvalidStateError{Op: "x"}, future.ErrInvalidState, future.ErrCancelled},
		{errors.Join(errCallOther, errCallKnown), errCallKnown, errCallOther},
		{future.NewRemoteError(errCallKnown), errCallKnown, fs.ErrExist}, // from further away
	} {
		far := future.NewRemoteError(test.err)
		if !errors.Is(far, test.is) || errors.Is(far, test.isNot) {
			t.Errorf("%v has the codes %q", test.err, far.Codes)
		}
	}
}

func TestErrorsOfThisPackageKeepTheirIdentity(t *testing.T) {
	all := sentinels()
	all["ErrNotRemotable"], all["ErrNotRegistered"] = future.ErrNotRemotable, future.ErrNotRegistered
	for name, err := range all {
		far := future.NewRemoteError(err)
		for other, target := range all {
			if got, want := errors.Is(far, target), name == other; got != want {
				t.Errorf("errors.Is(%s from afar, %s) = %v, want %v", name, other, got, want)
			}
		}
	}
}

// A callPointerError has no text if it is nil.
type callPointerError struct{ text string }

func (e *callPointerError) Error() string { return e.text }

// A callMuteError never has one.
type callMuteError struct{}

func (callMuteError) Error() string { panic("no text") }

func TestAnErrorThatCannotSayWhatItIsArrivesAllTheSame(t *testing.T) {
	for _, test := range []struct {
		err          error
		kind, within string
	}{
		{(*callPointerError)(nil), "*future_test.callPointerError", "<nil>"},
		{callMuteError{}, "future_test.callMuteError", "no text"},
		{(*fs.PathError)(nil), "*fs.PathError", "<nil>"}, // whose Unwrap panics too
	} {
		if far := future.NewRemoteError(test.err); far.Type != test.kind || !strings.Contains(far.Error(), test.within) {
			t.Errorf("a %s arrives as a %s with the text %q", test.kind, far.Type, far)
		}
	}
}

// A callRegisteringError learns its code when it is compared.
type callRegisteringError struct{ register func() }

func (callRegisteringError) Error() string { return "an error that registers itself" }

func (e callRegisteringError) Is(error) bool {
	e.register()
	return false
}

func TestAnErrorMayRegisterOneWhileItIsCompared(t *testing.T) {
	register := sync.OnceFunc(func() {
		future.RegisterError(fmt.Sprint("call_test.compared.", callAccepted.Add(1)), errors.New("new"))
	})
	described := future.Go(t.Context(), func(context.Context) (*future.RemoteError, error) {
		return future.NewRemoteError(callRegisteringError{register}), nil
	})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := described.Await(ctx); err != nil {
		t.Error(err)
	}
}

func TestAPanicFromAfarIsAPanicErrorWithItsStack(t *testing.T) {
	_, err := callFail.Submit(t.Context(), loopback{}, "panic").Await(t.Context())
	p, ok := errors.AsType[*future.PanicError](err)
	if !ok || err.Error() != "future: panic: far away" || p.Error() != err.Error() || p.Value != "far away" {
		t.Fatalf("the panic arrives as %v (%T), as a PanicError %v", err, err, p)
	}
	if !strings.Contains(string(p.Stack), "call_test.go") {
		t.Errorf("the stack is %s", p.Stack)
	}
	far := future.NewRemoteError(fmt.Errorf("over there: %w", err)) // to pass it on
	if p, ok := errors.AsType[*future.PanicError](far); !ok || p.Value != "far away" || !strings.Contains(string(p.Stack), "call_test.go") {
		t.Errorf("passed on it is %v", far)
	}
}

func TestWhatCannotBeEncodedOrDecodedFailsItsFuture(t *testing.T) {
	for _, test := range []struct {
		name string
		err  error
		text string
		is   error
	}{
		{"argument, panic", callError(t, callHard, callHardValue{"panic"}), "the argument of call_test.hard cannot be encoded", errCallKnown},
		{"argument, decoding", callError(t, callHard, callHardValue{"undecodable"}), "the argument of call_test.hard cannot be decoded", errCallKnown},
		{"result, encoding", callError(t, callFail, "nan"), "the result of call_test.fail cannot be encoded", nil},
	} {
		if test.err == nil || !strings.Contains(test.err.Error(), test.text) {
			t.Errorf("%s: %v", test.name, test.err)
		}
		if test.is != nil && !errors.Is(test.err, test.is) {
			t.Errorf("%s: %v does not match %v", test.name, test.err, test.is)
		}
	}
	_, err := callDouble.Submit(t.Context(), rubbishInvoker{}, 1).Await(t.Context())
	if err == nil || !strings.Contains(err.Error(), "the result of call_test.double cannot be decoded") {
		t.Errorf("result, decoding: %v", err)
	}
}

func TestBothCodecsSayWhatTheyCannotEncode(t *testing.T) {
	for _, c := range []future.Codec{future.JSONCodec{}, future.GobCodec{}} {
		if _, err := c.Encode(func() {}); err == nil || !strings.Contains(err.Error(), "func()") {
			t.Errorf("%T: %v", c, err)
		}
	}
}

func callError[In, Out any](t *testing.T, f *future.Func[In, Out], in In) error {
	t.Helper()
	_, err := f.Submit(t.Context(), loopback{}, in).Await(t.Context())
	return err
}

// A rubbishInvoker answers with what is no JSON.
type rubbishInvoker struct{ loopback }

func (rubbishInvoker) Invoke(context.Context, future.Call) *future.Future[[]byte] {
	return future.FromResult([]byte("{"))
}

func TestACallInAGroupThatCannotBeDecodedFailsTheGroup(t *testing.T) {
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		callDouble.Submit(g, pendingInvoker{}, 1)
		<-g.Done()
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "cannot be decoded") {
		t.Errorf("the group returns %v", err)
	}
}

func TestACallInAGroupWhoseDecodingDoesNotReturnFailsTheGroup(t *testing.T) {
	for how, want := range map[string]error{"panics": errCallKnown, "goexit": future.ErrGoexit} {
		var f *future.Future[callHardValue]
		err := future.TaskGroup(t.Context(), func(g *future.Group) error {
			inv := heldInvoker{release: make(chan struct{})}
			f = callHarden.Submit(g, inv, how)
			close(inv.release)
			return nil
		})
		if !errors.Is(err, want) || !errors.Is(f.Exception(), want) {
			t.Errorf("%s: the group returns %v, the future has %v", how, err, f.Exception())
		}
	}
}

// A heldInvoker does not answer before it is released, and so not while somebody submits:
// then it is not that goroutine which decodes.
type heldInvoker struct {
	loopback

	release chan struct{}
}

func (h heldInvoker) Invoke(ctx context.Context, call future.Call) *future.Future[[]byte] {
	return future.Go(ctx, func(ctx context.Context) ([]byte, error) {
		<-h.release
		return h.loopback.Invoke(ctx, call).Await(ctx)
	})
}

// A pendingInvoker answers later, with what is no JSON.
type pendingInvoker struct{ loopback }

func (pendingInvoker) Invoke(ctx context.Context, _ future.Call) *future.Future[[]byte] {
	return future.Go(ctx, func(context.Context) ([]byte, error) { return []byte("{"), nil })
}

func TestACallInAGroupThatCannotBeEncodedFailsTheGroup(t *testing.T) {
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		callHard.Submit(g, loopback{}, callHardValue{"panic"})
		<-g.Done()
		return nil
	})
	if !errors.Is(err, errCallKnown) {
		t.Errorf("the group returns %v", err)
	}
}

func TestCancellingASubmittedFutureCancelsTheCall(t *testing.T) {
	l := loopback{calls: make(chan future.Call, 1)}
	f := callHold.Submit(t.Context(), l, struct{}{})
	<-l.calls
	if !f.Cancel(errCallOther) {
		t.Error("Cancel reports false")
	}
	_, err := f.Await(t.Context())
	if !errors.Is(err, future.ErrCancelled) || !errors.Is(err, errCallOther) || !f.Cancelled() {
		t.Errorf("the future is %v with %v", f.State(), err)
	}
	if f.Cancel(nil) {
		t.Error("Cancel of a done future reports true")
	}
	if f.SetResult("") == nil {
		t.Error("the future can be set")
	}
}

func TestASubmittedCallIsStoppedByWaitForAndByItsScope(t *testing.T) {
	f := callHold.Submit(t.Context(), loopback{}, struct{}{})
	if _, err := future.WaitFor(t.Context(), f, time.Millisecond); !errors.Is(err, future.ErrTimeout) {
		t.Errorf("WaitFor returns %v", err)
	}
	<-f.Ready()
	if _, err := f.Result(); !errors.Is(err, future.ErrTimeout) || !f.Cancelled() {
		t.Errorf("the future is %v with %v", f.State(), err)
	}
	g, err := future.Run(t.Context(), func(ctx context.Context) (*future.Future[string], error) {
		return callHold.Submit(ctx, loopback{}, struct{}{}), nil
	})
	if err != nil || !g.Cancelled() {
		t.Errorf("after the scope the future is %v, %v", g.State(), err)
	}
}

func TestServeRefusesANameNobodyHasRegistered(t *testing.T) {
	_, err := future.Call{Name: "call_test.nobody"}.Serve(t.Context())
	if !errors.Is(err, future.ErrNotRegistered) || !strings.Contains(err.Error(), "call_test.nobody") {
		t.Errorf("the error is %v", err)
	}
	if !errors.Is(future.NewRemoteError(err), future.ErrNotRegistered) {
		t.Error("it loses its identity on the way")
	}
}

// callOnly has nothing that can travel.
type callOnly struct{ hidden int } //nolint:unused // that is the point

type callNested struct {
	List []map[string]struct{ In callOnly }
}

type callRecursive struct {
	Next *callRecursive
	Any  any
	Skip func() `json:"-"`
	When time.Time
	call int //nolint:unused // left out, as codecs do
}

type (
	callEmbedding        struct{ callPoint }
	callEmbeddingPointer struct {
		*callPoint

		A int
	}
	callEmbeddingNothing struct {
		callOnly //nolint:unused // that is the point

		A int
	}
	callEmbeddingMutex struct {
		sync.Mutex

		A int
	}
)

// A callText has a text that nobody can read back.
type callText struct{ hidden int }

func (c callText) MarshalText() ([]byte, error) { return []byte{byte('0' + c.hidden)}, nil }

// A callKey has one that can be read back.
type callKey struct{ hidden string }

func (c callKey) MarshalText() ([]byte, error) { return []byte(c.hidden), nil }

func (c *callKey) UnmarshalText(b []byte) error {
	c.hidden = string(b)
	return nil
}

func TestRegisterRefusesTypesThatCannotMakeTheRoundTrip(t *testing.T) {
	gob := future.WithCodec(future.GobCodec{})
	for name, test := range map[string]struct {
		register func()
		text     string
	}{
		"channel":         {func() { callRegister[chan int]() }, "the argument cannot travel by JSON: chan int is a chan"},
		"function":        {func() { callRegister[func()]() }, "is a func"},
		"only unexported": {func() { callRegister[callOnly]() }, "future_test.callOnly has only unexported fields"},
		"nested":          {func() { callRegister[*callNested]() }, "(List.In) cannot travel by JSON: future_test.callOnly has only"},
		"array":           {func() { callRegister[[2]chan int]() }, "is a chan"},
		"complex":         {func() { callRegister[complex128]() }, "is complex"},
		"interface":       {func() { callRegister[error]() }, "is an interface with methods"},
		"map key":         {func() { callRegister[map[float64]int]() }, "is a map whose keys"},
		"text only":       {func() { callRegister[map[callText]int]() }, "is a map whose keys"},
		"key and value": {func() {
			callRegister[struct {
				M map[callText]int
				V callText
			}]()
		}, "(M) cannot travel by JSON"},
		"value and key": {func() {
			callRegister[struct {
				V callText
				M map[callText]int
			}]()
		}, "(V) cannot travel by JSON"},
		"embedded pointer": {func() { callRegister[callEmbeddingPointer]() }, "is a pointer to an unexported struct"},
		"gob, embedded":    {func() { callRegister[callEmbedding](gob) }, "has only unexported fields"},
		"gob, mutex":       {func() { callRegister[callEmbeddingMutex](gob) }, "(Mutex) cannot travel by gob"},
		"gob, channel":     {func() { callRegister[chan int](gob) }, "cannot travel by gob: chan int is a chan"},
		"gob, field":       {func() { callRegister[struct{ C chan int }](gob) }, "(C) cannot travel by gob"},
		"gob, no fields":   {func() { callRegister[struct{}](gob) }, "is a struct without fields"},
		"map value":        {func() { callRegister[map[string]callPointerOnly]() }, "callPointerOnly is in a map, where"},
		"in a map value": {func() {
			callRegister[struct {
				A callPointerOnly
				M map[string]struct{ N [2]big.Int }
			}]()
		}, "(M.N) cannot travel by JSON: big.Int is in a map"},
		"gob, interface": {func() { callRegister[any](gob) }, "the argument cannot travel by gob: interface {} is an interface"},
		"gob, interface as result": {func() {
			future.Register("call_test.refused", func(context.Context, []any) (error, error) { return nil, nil }, gob)
		}, "the result cannot travel by gob: error is an interface"},
		"gob, map value": {func() { callRegister[map[string]callPointerOnly](gob) }, "callPointerOnly is in a map, where"},
		"gob, map key":   {func() { callRegister[map[callPointerOnly]int](gob) }, "callPointerOnly is in a map, where"},
		"gob, key":       {func() { callRegister[map[callOnly]int](gob) }, "has only unexported fields"},
		"result": {func() {
			future.Register("call_test.refused", func(context.Context, int) (chan int, error) { return nil, nil })
		}, "the result cannot travel by JSON: chan int is a chan"},
	} {
		text := callPanic(test.register)
		if !strings.HasPrefix(text, "future: Register: call_test.refused: ") || !strings.Contains(text, test.text) {
			t.Errorf("%s: %q does not contain %q", name, text, test.text)
		}
	}
}

// callRegister tries to register a function of In; none of them stays registered.
func callRegister[In any](opts ...future.FuncOption) {
	future.Register("call_test.refused", func(context.Context, In) (int, error) { return 0, nil }, opts...)
}

func callPanic(f func()) (text string) {
	defer func() { text, _ = recover().(string) }()
	f()
	return ""
}

func TestRegisterTakesTypesThatEncodeThemselves(t *testing.T) {
	for i, register := range []func(name string){
		func(name string) { callAccept[callHardValue](name) },
		func(name string) { callAccept[time.Time](name) },
		func(name string) { callAccept[*callRecursive](name) },
		func(name string) { callAccept[map[int]callEmbedding](name) },
		func(name string) { callAccept[struct{}](name) },
		func(name string) { callAccept[map[callKey]callKey](name) },
		func(name string) { callAccept[*callEmbeddingMutex](name) },
		func(name string) {
			callAccept[struct {
				*callPoint `json:"-"`

				A int
			}](name)
		},
		func(name string) { callAccept[callEmbeddingNothing](name) },
		func(name string) { callAccept[callEmbeddingNothing](name, future.WithCodec(future.GobCodec{})) },
		func(name string) { callAccept[[]any](name) },
		func(name string) { callAccept[[]any](name, future.WithCodec(future.GobCodec{})) },
		func(name string) { callAccept[complex64](name, future.WithCodec(future.GobCodec{})) },
		func(name string) { callAccept[time.Time](name, future.WithCodec(future.GobCodec{})) },
		func(name string) { callAccept[callOnly](name, future.WithCodec(callCodec{})) },
	} {
		if text := callPanic(func() { register(fmt.Sprint("call_test.accepted.", callAccepted.Add(1))) }); text != "" {
			t.Errorf("type %d: %s", i, text)
		}
	}
}

func TestCodecsCarryTheRestOfAStructThatEmbedsNothingToCarry(t *testing.T) {
	for _, c := range []future.Codec{future.JSONCodec{}, future.GobCodec{}} {
		b, err := c.Encode(callEmbeddingNothing{A: 7})
		if err != nil {
			t.Fatal(err)
		}
		var got callEmbeddingNothing
		if err := c.Decode(b, &got); err != nil || got.A != 7 {
			t.Errorf("%T: %v, %v", c, got, err)
		}
	}
	var got callEmbeddingPointer
	if err := (future.JSONCodec{}).Decode([]byte(`{"X":1}`), &got); err == nil {
		t.Error("JSON sets a pointer to an unexported struct: Register need not refuse it")
	}
}

// A callPointerOnly encodes itself, by methods that only its pointer has.
type callPointerOnly struct{ hidden int }

func (p *callPointerOnly) MarshalJSON() ([]byte, error)   { return json.Marshal(p.hidden) }
func (p *callPointerOnly) UnmarshalJSON(b []byte) error   { return json.Unmarshal(b, &p.hidden) }
func (p *callPointerOnly) MarshalBinary() ([]byte, error) { return []byte{byte(p.hidden)}, nil }

func (p *callPointerOnly) UnmarshalBinary(b []byte) error {
	p.hidden = int(b[0])
	return nil
}

func TestCodecsUseTheMethodsThatOnlyAPointerHas(t *testing.T) {
	for _, c := range []future.Codec{future.JSONCodec{}, future.GobCodec{}} {
		callRoundTrip(t, c, callPointerOnly{42})
		callRoundTrip(t, c, struct{ P callPointerOnly }{callPointerOnly{42}})
		callRoundTrip(t, c, [2]callPointerOnly{{42}, {43}})
		callRoundTrip(t, c, []callPointerOnly{{42}})
		callRoundTrip(t, c, &callPointerOnly{42})
		callRoundTrip(t, c, map[string]*callPointerOnly{"x": {42}})
		callRoundTrip(t, c, map[string][]callPointerOnly{"x": {{42}}})
		callRoundTrip(t, c, *big.NewInt(42))
		callRoundTrip(t, c, struct{ N big.Int }{*big.NewInt(-42)})
	}
	callRoundTrip[any](t, future.JSONCodec{}, nil)
}

// callRoundTrip sends v there and back.
func callRoundTrip[T any](t *testing.T, c future.Codec, v T) {
	t.Helper()
	callAccept[T](fmt.Sprint("call_test.round.", callAccepted.Add(1)), future.WithCodec(c))
	b, err := c.Encode(v)
	if err != nil {
		t.Fatal(err)
	}
	var got T
	err = c.Decode(b, &got)
	if err != nil || !reflect.DeepEqual(got, v) {
		t.Errorf("%T makes %+v, %v of %+v", c, got, err, v)
	}
}

// callAccepted makes names that are new also when the test runs again.
var callAccepted atomic.Int64

func callAccept[In any](name string, opts ...future.FuncOption) {
	future.Register(name, func(context.Context, In) (int, error) { return 0, nil }, opts...)
}

// A callCodec carries everything, nowhere.
type callCodec struct{}

func (callCodec) Encode(any) ([]byte, error) { return nil, nil }
func (callCodec) Decode([]byte, any) error   { return nil }

func TestBothCodecsCarryWhatTheyAccept(t *testing.T) {
	want := callPoint{1, -2, "three"}
	for _, c := range []future.Codec{future.JSONCodec{}, future.GobCodec{}} {
		b, err := c.Encode(want)
		if err != nil {
			t.Fatal(err)
		}
		var got callPoint
		if err := c.Decode(b, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%T: %v, %v", c, got, err)
		}
		if err := c.Decode([]byte("{"), &got); err == nil {
			t.Errorf("%T takes rubbish", c)
		}
	}
}

func TestMistakesOfRegistrationPanic(t *testing.T) {
	fn := func(context.Context, int) (int, error) { return 0, nil }
	for name, f := range map[string]func(){
		"name taken":          func() { future.Register("call_test.double", fn) },
		"no name":             func() { future.Register("", fn) },
		"no function":         func() { future.Register[int, int]("call_test.nil", nil) },
		"no codec":            func() { future.WithCodec(nil) },
		"code taken":          func() { future.RegisterError("call_test.known", errCallOther) },
		"code of the package": func() { future.RegisterError("io.EOF", errCallOther) },
		"code of panics":      func() { future.RegisterError("future.panic", errCallOther) },
		"no code":             func() { future.RegisterError("", errCallOther) },
		"no error":            func() { future.RegisterError("call_test.nil", nil) },
		"nothing to describe": func() { future.NewRemoteError(nil) },
		"no context":          func() { callDouble.Submit(nil, nil, 1) },                                         //nolint:staticcheck // on purpose
		"no context to call":  func() { callDouble.Call(nil, 1) },                                                //nolint:staticcheck // on purpose
		"no context to serve": func() { future.Call{Name: "call_test.double", Payload: []byte("1")}.Serve(nil) }, //nolint:staticcheck // on purpose
	} {
		if text := callPanic(f); !strings.HasPrefix(text, "future: ") {
			t.Errorf("%s: the panic says %q", name, text)
		}
	}
}

func TestASubmittedFutureThatIsDoneDoesNotKeepTheEncodedResult(t *testing.T) {
	f, call := submitDone(t)
	collect(t, "the call is collected", func() bool { return call.Value() == nil })
	runtime.KeepAlive(f)
}

// submitDone returns a submitted future that is done, and the future of its call.
//
//go:noinline
func submitDone(t *testing.T) (*future.Future[int], weak.Pointer[future.Future[[]byte]]) {
	t.Helper()
	inv := &laterInvoker{call: future.New[[]byte]()}
	f := callDouble.Submit(t.Context(), inv, 1)
	_ = inv.call.SetResult([]byte("2"))
	mustGive(t, f, 2)
	return f, weak.Make(inv.call)
}

// A laterInvoker lets the test answer.
type laterInvoker struct {
	loopback

	call *future.Future[[]byte]
}

func (l *laterInvoker) Invoke(context.Context, future.Call) *future.Future[[]byte] { return l.call }

func TestACallThatIsCancelledByItsSubmittedFutureIsCancelled(t *testing.T) {
	inv := &laterInvoker{call: future.New[[]byte]()}
	f := callDouble.Submit(t.Context(), inv, 1)
	if !f.Cancel(errCallOther) || !inv.call.Cancelled() {
		t.Errorf("the call is %v", inv.call.State())
	}
	mustFail(t, f, future.Cancelled, errCallOther)
}

// An encodeOnly has nothing that JSON would carry, and cannot be read back.
type encodeOnly struct{ hidden int }

func (e encodeOnly) MarshalJSON() ([]byte, error) { return json.Marshal(e.hidden) }

func TestRegisterRefusesATypeThatCanOnlyBeEncoded(t *testing.T) {
	text := callPanic(func() { callRegister[encodeOnly]() })
	if !strings.Contains(text, "encodeOnly has only unexported fields") {
		t.Errorf("the panic says %q", text)
	}
}
