package future

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync"
	"sync/atomic"

	"example.com/future/internal/carry"
)

// A Call is a call that can leave the process: the name of a registered function
// and its encoded argument.
type Call struct {
	ID      string // identifies the call, see [WithCallID]
	Name    string // of the function, as given to [Register]
	Payload []byte // the argument, encoded by the function's [Codec]
}

// An Invoker is an [Executor] that sends calls elsewhere: to another process, as
// package process does, or to another machine.
//
// Invoke does not block. It returns the future of the encoded result, which fails
// with what [Call.Serve] returned on the far side, in the form of a [*RemoteError],
// or with an error of the way there. Cancelling that future cancels the call, and
// so does the end of ctx. Execute refuses every job with [ErrNotRemotable].
type Invoker interface {
	Executor
	Invoke(ctx context.Context, call Call) *Future[[]byte]
}

// A Func is a registered function. All methods are safe for concurrent use.
type Func[In, Out any] struct {
	name  string
	fn    func(context.Context, In) (Out, error)
	codec Codec
}

// A FuncOption is an option of [Register].
type FuncOption func(*funcOptions)

type funcOptions struct{ codec Codec }

// WithCodec makes c encode and decode the function's arguments and results, where
// they leave the process. It is [JSONCodec] if left out. A nil c panics.
func WithCodec(c Codec) FuncOption {
	need(c != nil, "WithCodec", "nil codec; pass JSONCodec{} or GobCodec{}")
	return func(o *funcOptions) { o.codec = c }
}

// Register gives fn a name under which other processes can call it. Call it to
// initialise a package-level variable, so that every process that runs this binary
// knows the name before it serves a call:
//
//	var Square = future.Register("square.v1", square)
//
// A version in the name keeps the processes of an old binary and a new one apart.
//
// fn may use its context and its argument. Where it runs in another process the
// context has the deadline of the caller's and ends when that does, but has none of
// its values; neither does fn share any variable with its caller.
//
// Register panics if the name is empty or taken, if fn is nil, or if the codec
// cannot carry In or Out there and back: channels, functions, structs with only
// unexported fields. Types that encode themselves, by MarshalJSON, MarshalText,
// GobEncode or MarshalBinary, are taken at their word. It may be called by multiple
// goroutines simultaneously.
func Register[In, Out any](name string, fn func(context.Context, In) (Out, error), opts ...FuncOption) *Func[In, Out] {
	need(name != "", "Register", "empty name; pass one that no other function has")
	need(fn != nil, "Register", nilFunction)
	o := funcOptions{codec: JSONCodec{}}
	for _, opt := range opts {
		opt(&o)
	}
	if c, ok := o.codec.(interface{ check(in, out any) error }); ok {
		if err := c.check(new(In), new(Out)); err != nil {
			misuse("Register", name+": "+err.Error())
		}
	}
	f := &Func[In, Out]{name: name, fn: fn, codec: o.codec}
	if _, taken := registered.LoadOrStore(name, server(f)); taken {
		misuse("Register", "the name "+name+" is taken; pass another")
	}
	return f
}

// registered has the functions by name.
var registered sync.Map //nolint:gochecknoglobals // of string to server

// A server is a Func of any types.
type server interface {
	serve(ctx context.Context, payload []byte) ([]byte, error)
}

// Name returns the name under which the function was registered.
func (f *Func[In, Out]) Name() string { return f.name }

// Call calls the function here and now and returns what it returns. Nothing is
// encoded; a panic goes through. A nil ctx panics.
func (f *Func[In, Out]) Call(ctx context.Context, in In) (Out, error) {
	need(ctx != nil, "Func.Call", nilContext)
	return f.fn(ctx, in)
}

// Submit runs the function on ex and returns the future of its result. An executor
// of this process gets it by [RunInExecutor], a nil one included. An [Invoker] gets
// it as a [Call]: in is encoded before Submit returns and the result is decoded where
// the call's future settles, as with [Map]. If either cannot be done the future fails with an error
// that says so.
//
// Cancelling the future cancels the call, and the end of ctx does too. How soon the
// future is done then depends on ex; so does whether Submit can block. In another
// process, errors and panics of the function arrive as a [*RemoteError]. A nil ctx
// panics.
func (f *Func[In, Out]) Submit(ctx context.Context, ex Executor, in In) *Future[Out] {
	need(ctx != nil, "Func.Submit", nilContext)
	inv, ok := ex.(Invoker)
	if !ok {
		return RunInExecutor(ctx, ex, func(ctx context.Context) (Out, error) { return f.fn(ctx, in) })
	}
	payload, err := guard(func() ([]byte, error) { return f.codec.Encode(in) })
	if err != nil {
		err = fmt.Errorf("future: the argument of %s cannot be encoded: %w", f.name, err)
		return Go(ctx, func(context.Context) (zero Out, _ error) { return zero, err })
	}
	id, _ := ctx.Value(callIDKey{}).(callID)
	if id.text == "" || id.served { // by a call that this one is part of
		id.text = rand.Text()
	}
	return followCall(inv.Invoke(ctx, Call{ID: id.text, Name: f.name, Payload: payload}), func(result []byte) (Out, error) {
		return f.decode(ctx, result)
	})
}

// decode decodes the result of a call. If that cannot be done it fails the scope, which
// knows the call, and that has succeeded.
func (f *Func[In, Out]) decode(ctx context.Context, result []byte) (out Out, err error) {
	err = ErrGoexit // unless guard returns
	defer func() {
		if err == nil {
			return
		}
		if s := scopeOf(ctx); s != nil && s.note(err, origin{ctx: ctx}) {
			s.abort()
		}
	}()
	_, err = guard(func() ([]byte, error) { return nil, f.codec.Decode(result, &out) })
	if err != nil {
		err = fmt.Errorf("future: the result of %s cannot be decoded: %w", f.name, err)
	}
	return out, err
}

// A submitted is what Map makes of a call's future, but that it forwards a cancel.
type submitted[T any] struct {
	mapped[[]byte, T]
	call atomic.Pointer[Future[[]byte]] // nil once it is done: it holds the result
	by   carry.Carrier                  // of the call, nil if nobody carries it
}

func followCall[T any](call *Future[[]byte], decode func([]byte) (T, error)) *Future[T] {
	s := &submitted[T]{mapped: mapped[[]byte, T]{src: call}}
	s.call.Store(call)
	s.fn = func(result []byte) (T, error) {
		s.call.Store(nil)
		return decode(result)
	}
	if call.owner != nil {
		if c, ok := call.owner.behaviour.(interface{ asCarried() *carried }); ok {
			s.by = c.asCarried().by
			c.asCarried().submitted.Store(true)
		}
	}
	s.follow(&call.core, s)
	return &s.Future
}

func (s *submitted[T]) fire(l *link) *link {
	if s.by != nil {
		defer s.by.Settled() // even if decode calls runtime.Goexit
	}
	return s.mapped.fire(l)
}

func (s *submitted[T]) cancel(cause error) bool {
	call := s.call.Load()
	return call != nil && call.Cancel(cause)
}

func (f *Func[In, Out]) serve(ctx context.Context, payload []byte) ([]byte, error) {
	var in In
	if err := f.codec.Decode(payload, &in); err != nil {
		return nil, fmt.Errorf("future: the argument of %s cannot be decoded: %w", f.name, err)
	}
	out, err := f.fn(ctx, in)
	if err != nil {
		return nil, err
	}
	result, err := f.codec.Encode(out)
	if err != nil {
		return nil, fmt.Errorf("future: the result of %s cannot be encoded: %w", f.name, err)
	}
	return result, nil
}

// Serve runs the call in this process: it is what the far side of an [Invoker] does
// with it. It calls the function registered under c.Name with the decoded argument,
// blocks until the function has returned, and returns the encoded result, or the error
// of the function, or one that matches [ErrNotRegistered] or says what could not be
// encoded or decoded. The function's context has the call's ID. A panic goes through;
// use it as the function of a task, as in Go(ctx, c.Serve), and send the error back as
// [NewRemoteError] makes it. A nil ctx panics.
func (c Call) Serve(ctx context.Context) ([]byte, error) {
	need(ctx != nil, "Call.Serve", nilContext)
	v, ok := registered.Load(c.Name)
	if !ok {
		return nil, fmt.Errorf("%w: %s: call Register to initialise a package-level variable", ErrNotRegistered, c.Name)
	}
	s, _ := v.(server)
	if c.ID != "" {
		ctx = context.WithValue(ctx, callIDKey{}, callID{c.ID, true})
	}
	return s.serve(ctx, c.Payload)
}

type callIDKey struct{}

// A callID is what WithCallID gives to calls, or the id of the call that is served.
type callID struct {
	text   string
	served bool
}

// WithCallID returns a context under which [Func.Submit] gives its call this id,
// instead of a random one: to find the call in logs on both sides, or for a far side
// that does a thing once although it is asked twice. It is the caller's business
// that ids are unique. A nil ctx panics.
func WithCallID(ctx context.Context, id string) context.Context {
	need(ctx != nil, "WithCallID", nilContext)
	return context.WithValue(ctx, callIDKey{}, callID{text: id})
}

// CallID returns the id given to [WithCallID] or, in a function that was called from
// another process, the id of that call. It is "" if there is none. A nil ctx panics.
func CallID(ctx context.Context) string {
	need(ctx != nil, "CallID", nilContext)
	id, _ := ctx.Value(callIDKey{}).(callID)
	return id.text
}

// guard turns a panic of a codec, or of the methods that it calls, into an error.
func guard(code func() ([]byte, error)) (b []byte, err error) {
	returned := false
	defer func() {
		if !returned {
			err = exitError(recover())
		}
	}()
	b, err = code()
	returned = true
	return b, err
}
