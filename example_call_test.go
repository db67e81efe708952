package future_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"strings"

	"example.com/future"
)

// Functions that other processes shall call are registered at package level, under a
// name with a version.
var (
	exampleRoot = future.Register("example.root.v1", func(_ context.Context, x float64) (float64, error) {
		if x < 0 {
			return 0, fmt.Errorf("root of %v: %w", x, errNegative)
		}
		return math.Sqrt(x), nil
	})
	exampleShout = future.Register("example.shout.v1", func(_ context.Context, s string) (string, error) {
		return strings.ToUpper(s), nil
	}, future.WithCodec(future.GobCodec{}))
	exampleOpen = future.Register("example.open.v1", func(_ context.Context, name string) (int, error) {
		b, err := os.ReadFile(name)
		return len(b), err
	})
	exampleOrder = future.Register("example.order.v1", func(ctx context.Context, _ string) (string, error) {
		return "done under the id " + future.CallID(ctx), nil
	})
	exampleFirst = future.Register("example.first.v1", func(_ context.Context, list []string) (string, error) {
		return list[0], nil
	})
	exampleDouble = future.Register("example.double.v1", func(_ context.Context, n int) (int, error) {
		return 2 * n, nil
	}, exampleOptions...)
	exampleGreet = future.Register("example.greet.v1", func(_ context.Context, name string) (string, error) {
		return "hello " + name, nil
	}, future.WithCodec(hexCodec{}))
)

// exampleOptions are for all functions of a package.
var exampleOptions = []future.FuncOption{future.WithCodec(future.JSONCodec{})}

var errNegative = errors.New("the number is negative")

func init() { future.RegisterError("example.negative", errNegative) }

// mirror is an Invoker that sends calls no further than to this process. A real one
// sends the three fields of the call away, has Serve called there, and brings the
// result or the RemoteError back. Package process has one.
type mirror struct{}

func (mirror) Execute(future.Job) error { return future.ErrNotRemotable }

func (mirror) Invoke(ctx context.Context, call future.Call) *future.Future[[]byte] {
	return future.Go(ctx, func(ctx context.Context) ([]byte, error) {
		result, err := future.Go(ctx, call.Serve).Await(ctx)
		if err != nil {
			return nil, future.NewRemoteError(err)
		}
		return result, nil
	})
}

// A registered function is called as any other, or goes to an executor.
func ExampleRegister() {
	ctx := context.Background()
	fmt.Println(exampleRoot.Call(ctx, 2.25))
	fmt.Println(exampleRoot.Submit(ctx, nil, 2.25).Await(ctx))
	// Output:
	// 1.5 <nil>
	// 1.5 <nil>
}

// Where a function runs is decided by the executor and by nothing else.
func ExampleFunc() {
	ctx := context.Background()
	pool := future.NewPool(2)
	defer pool.Close()
	for _, where := range []future.Executor{nil, pool, mirror{}} {
		fmt.Println(exampleRoot.Submit(ctx, where, 9).Await(ctx))
	}
	// Output:
	// 3 <nil>
	// 3 <nil>
	// 3 <nil>
}

// The name is what another process knows the function by.
func ExampleFunc_Name() {
	fmt.Println(exampleRoot.Name())
	// Output: example.root.v1
}

// Call is a direct call.
func ExampleFunc_Call() {
	root, err := exampleRoot.Call(context.Background(), 16)
	fmt.Println(root, err)
	// Output: 4 <nil>
}

// Submit returns at once; the result comes by the future.
func ExampleFunc_Submit() {
	ctx := context.Background()
	f := exampleRoot.Submit(ctx, mirror{}, 16)
	root, err := f.Await(ctx)
	fmt.Println(root, err)
	// Output: 4 <nil>
}

// GobCodec carries bytes and strings as they are.
func ExampleWithCodec() {
	ctx := context.Background()
	fmt.Println(exampleShout.Submit(ctx, mirror{}, "by gob").Await(ctx))
	// Output: BY GOB <nil>
}

// exampleDouble was registered with options that a package keeps in a variable.
func ExampleFuncOption() {
	fmt.Println(exampleDouble.Call(context.Background(), 21))
	// Output: 42 <nil>
}

// A Call is what leaves the process.
func ExampleCall() {
	call := future.Call{ID: "1", Name: "example.root.v1", Payload: []byte("6.25")}
	result, err := call.Serve(context.Background())
	fmt.Println(string(result), err)
	// Output: 2.5 <nil>
}

// The far side of an Invoker serves a call as a task, which turns a panic into an
// error, and sends the result or the description of the error back.
func ExampleCall_Serve() {
	ctx := context.Background()
	call := future.Call{ID: "1", Name: exampleFirst.Name(), Payload: []byte("[]")}
	_, err := future.Go(ctx, call.Serve).Await(ctx)
	back := future.NewRemoteError(err)
	fmt.Println(back.Type, len(back.Stack) > 0)
	// Output: *future.PanicError true
}

// An Invoker is an executor that takes calls, and no closures.
func ExampleInvoker() {
	ctx := context.Background()
	var inv future.Invoker = mirror{}
	result, err := inv.Invoke(ctx, future.Call{ID: "1", Name: "example.root.v1", Payload: []byte("4")}).Await(ctx)
	fmt.Println(string(result), err)
	// Output: 2 <nil>
}

// A closure cannot leave its process.
func ExampleErrNotRemotable() {
	ctx := context.Background()
	_, err := future.RunInExecutor(ctx, mirror{}, func(context.Context) (int, error) { return 1, nil }).Await(ctx)
	fmt.Println(errors.Is(err, future.ErrNotRemotable))
	// Output: true
}

// A name that nobody has registered is an error of the call.
func ExampleErrNotRegistered() {
	_, err := future.Call{Name: "example.root.v2"}.Serve(context.Background())
	fmt.Println(errors.Is(err, future.ErrNotRegistered))
	// Output: true
}

// An id of one's own finds a call in the logs of both sides.
func ExampleWithCallID() {
	ctx := future.WithCallID(context.Background(), "order-4711")
	fmt.Println(exampleOrder.Submit(ctx, mirror{}, "three apples").Await(ctx))
	// Output: done under the id order-4711 <nil>
}

// A log line has the id of the call it belongs to, if there is one.
func ExampleCallID() {
	ctx := context.Background()
	fmt.Printf("%q\n", future.CallID(ctx))
	fmt.Printf("%q\n", future.CallID(future.WithCallID(ctx, "7")))
	// Output:
	// ""
	// "7"
}

// hexCodec is a Codec for strings.
type hexCodec struct{}

func (hexCodec) Encode(v any) ([]byte, error) {
	return []byte(hex.EncodeToString(fmt.Append(nil, v))), nil
}

func (hexCodec) Decode(data []byte, v any) error {
	b, err := hex.DecodeString(string(data))
	if s, ok := v.(*string); ok {
		*s = string(b)
	}
	return err
}

// A codec of one's own is two methods.
func ExampleCodec() {
	call := future.Call{ID: "1", Name: exampleGreet.Name(), Payload: []byte("476f")}
	result, err := call.Serve(context.Background())
	fmt.Println(string(result), err)
	// Output: 68656c6c6f20476f <nil>
}

// JSON is the default.
func ExampleJSONCodec() {
	var c future.Codec = future.JSONCodec{}
	b, err := c.Encode([]string{"a", "b"})
	fmt.Println(string(b), err)
	// Output: ["a","b"] <nil>
}

// What a far side in another language would get.
func ExampleJSONCodec_Encode() {
	b, err := future.JSONCodec{}.Encode(map[string]int{"x": 1})
	fmt.Println(string(b), err)
	// Output: {"x":1} <nil>
}

// Decode wants a pointer to a value of the type that was encoded.
func ExampleJSONCodec_Decode() {
	var m map[string]int
	err := future.JSONCodec{}.Decode([]byte(`{"x":1}`), &m)
	fmt.Println(m["x"], err)
	// Output: 1 <nil>
}

// Gob carries what JSON does not, such as complex numbers.
func ExampleGobCodec() {
	var c future.Codec = future.GobCodec{}
	b, err := c.Encode(complex(1, 2))
	if err != nil {
		fmt.Println(err)
		return
	}
	var z complex128
	err = c.Decode(b, &z)
	fmt.Println(z, err)
	// Output: (1+2i) <nil>
}

// What cannot be encoded is an error, which fails the call and nothing else.
func ExampleGobCodec_Encode() {
	_, err := future.GobCodec{}.Encode(func() {})
	fmt.Println(err)
	// Output: gob NewTypeObject can't handle type: func()
}

// A value comes back as it went in.
func ExampleGobCodec_Decode() {
	b, _ := future.GobCodec{}.Encode("text")
	var s string
	err := future.GobCodec{}.Decode(b, &s)
	fmt.Println(s, err)
	// Output: text <nil>
}

// An error of another process has its text, its type by name, and the registered
// errors that it matches.
func ExampleRemoteError() {
	ctx := context.Background()
	_, err := exampleOpen.Submit(ctx, mirror{}, "/does/not/exist").Await(ctx)
	if far, ok := errors.AsType[*future.RemoteError](err); ok {
		fmt.Println(far.Type)
		fmt.Println(far.Codes)
	}
	fmt.Println(errors.Is(err, fs.ErrNotExist))
	// Output:
	// *fs.PathError
	// [fs.ErrNotExist]
	// true
}

// The text is that of the original.
func ExampleRemoteError_Error() {
	_, err := exampleRoot.Submit(context.Background(), mirror{}, -1).Await(context.Background())
	fmt.Println(err.Error())
	// Output: root of -1: the number is negative
}

// What it unwraps to are the registered errors.
func ExampleRemoteError_Unwrap() {
	e := &future.RemoteError{Message: "no more data", Codes: []string{"io.EOF", "a code nobody knows"}}
	fmt.Println(e.Unwrap())
	// Output: [EOF]
}

// NewRemoteError is for the far side of an Invoker.
func ExampleNewRemoteError() {
	e := future.NewRemoteError(fmt.Errorf("root: %w", errNegative))
	fmt.Printf("%s %q %v\n", e.Type, e.Message, e.Codes)
	// Output: *fmt.wrapError "root: the number is negative" [example.negative]
}

// errNegative was registered in an init function:
//
//	future.RegisterError("example.negative", errNegative)
func ExampleRegisterError() {
	_, err := exampleRoot.Submit(context.Background(), mirror{}, -1).Await(context.Background())
	fmt.Println(errors.Is(err, errNegative))
	// Output: true
}
