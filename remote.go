package future

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
)

// A RemoteError is the error of a call that was served elsewhere. It has the text of
// the original error but is not that error, which cannot travel. It matches those
// errors given to [RegisterError] that the original matches, and if that was a panic
// it matches [*PanicError] too, with the text of the value.
type RemoteError struct {
	Type    string // of the original error, as %T prints it
	Message string // its text
	Stack   []byte // of a panic, where it happened

	// Codes are those of the registered errors that the original matches.
	Codes []string
}

// NewRemoteError describes err for the way back. Its fields are all that there is to
// send. A nil err panics.
func NewRemoteError(err error) *RemoteError {
	need(err != nil, "NewRemoteError", "nil error; there is nothing to send")
	e := &RemoteError{Type: fmt.Sprintf("%T", err), Message: textOf(err)}
	e.compare(err)
	return e
}

// textOf returns the text of err, or what fmt has to say of one that panics, as those of nil
// pointers do. Otherwise it is not for fmt to ask, which prefers a method Format.
func textOf(err error) (text string) {
	defer func() {
		if recover() != nil {
			text = fmt.Sprint(err)
		}
	}()
	return err.Error()
}

// compare notes what err matches, until one of its methods panics, as those of nil
// pointers do.
func (e *RemoteError) compare(err error) {
	defer func() { _ = recover() }()
	if p, ok := errors.AsType[*PanicError](err); ok {
		e.Stack = p.Stack
		e.Codes = append(e.Codes, codePanic)
	}
	if r, ok := errors.AsType[*RemoteError](err); ok && e.Stack == nil {
		e.Stack = r.Stack // it has come a longer way
	}
	errorCodes.mu.RLock()
	codes := errorCodes.all // whose elements never change
	errorCodes.mu.RUnlock() // errors.Is calls methods of err
	for _, c := range codes {
		if errors.Is(err, c.err) {
			e.Codes = append(e.Codes, c.code)
		}
	}
}

// Error returns the text of the original error.
func (e *RemoteError) Error() string { return e.Message }

// Unwrap returns the registered errors that the original matched, and a [*PanicError]
// if it was a panic.
func (e *RemoteError) Unwrap() []error {
	var errs []error
	errorCodes.mu.RLock()
	defer errorCodes.mu.RUnlock()
	for _, c := range errorCodes.all {
		if slices.Contains(e.Codes, c.code) {
			errs = append(errs, c.err)
		}
	}
	if slices.Contains(e.Codes, codePanic) {
		value := e.Message
		if _, text, found := strings.Cut(value, "future: panic: "); found { // see PanicError.Error
			value = text
		}
		errs = append(errs, &PanicError{Value: value, Stack: e.Stack})
	}
	return errs
}

// RegisterError makes errors.Is(e, err) hold for every [*RemoteError] e whose
// original matches err. Call it in an init function: both sides have to know the
// code. The errors of this package and these of the standard library are registered:
// context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded,
// errors.ErrUnsupported, io.EOF, io.ErrUnexpectedEOF, fs.ErrNotExist, fs.ErrExist,
// fs.ErrPermission, fs.ErrInvalid and fs.ErrClosed.
//
// It panics if the code is empty or taken, or if err is nil. It may be called by
// multiple goroutines simultaneously.
func RegisterError(code string, err error) {
	need(code != "", "RegisterError", "empty code; pass one that no other error has")
	need(err != nil, "RegisterError", "nil error; pass the one to match")
	errorCodes.mu.Lock()
	defer errorCodes.mu.Unlock()
	if code == codePanic || slices.ContainsFunc(errorCodes.all, func(c errorCode) bool { return c.code == code }) {
		misuse("RegisterError", "the code "+code+" is taken; pass another")
	}
	errorCodes.all = append(errorCodes.all, errorCode{code, err})
}

type errorCode struct {
	code string
	err  error
}

// codePanic marks panics. There is no error of this code.
const codePanic = "future.panic"

// errorCodes are the errors that keep their identity on the way.
var errorCodes = struct { //nolint:gochecknoglobals // filled by RegisterError
	mu  sync.RWMutex
	all []errorCode
}{all: []errorCode{
	{"context.Canceled", context.Canceled},
	{"context.DeadlineExceeded", context.DeadlineExceeded},
	{"os.ErrDeadlineExceeded", os.ErrDeadlineExceeded},
	{"errors.ErrUnsupported", errors.ErrUnsupported},
	{"io.EOF", io.EOF},
	{"io.ErrUnexpectedEOF", io.ErrUnexpectedEOF},
	{"fs.ErrNotExist", fs.ErrNotExist},
	{"fs.ErrExist", fs.ErrExist},
	{"fs.ErrPermission", fs.ErrPermission},
	{"fs.ErrInvalid", fs.ErrInvalid},
	{"fs.ErrClosed", fs.ErrClosed},
	{"future.ErrInvalidState", ErrInvalidState},
	{"future.ErrCancelled", ErrCancelled},
	{"future.ErrTimeout", ErrTimeout},
	{"future.ErrNilException", ErrNilException},
	{"future.ErrGoexit", ErrGoexit},
	{"future.ErrNoFutures", ErrNoFutures},
	{"future.ErrScopeClosed", ErrScopeClosed},
	{"future.ErrExecutorShutdown", ErrExecutorShutdown},
	{"future.ErrRejected", ErrRejected},
	{"future.ErrDeadlock", ErrDeadlock},
	{"future.ErrSelfAwait", ErrSelfAwait},
	{"future.ErrNotRemotable", ErrNotRemotable},
	{"future.ErrNotRegistered", ErrNotRegistered},
}}
