package process

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"example.com/future"
	"example.com/future/internal/carry"
)

// maxCause is how much of the text of a cause is sent to a worker.
const maxCause = 512

// A verdict says what has become of a call and its worker.
type verdict uint8

const (
	sent     verdict = iota
	answered         // the worker is ready for the next call
	unused           // nothing has been sent, and the worker is ready
	stale            // the worker was dead before the call: nothing has been sent
	dead             // the worker is gone, or about to be
)

// An exchange is one call on its way. The goroutine that serves the worker sends it
// and receives the answer; another one comes when its context ends.
type exchange struct {
	call    carry.Call
	request future.Call
	brief   bool // the worker can be sent the call without being waited for

	mu     sync.Mutex
	w      *worker // while the call is with it
	number uint64  // of the call in w
	sent   bool
	timer  *time.Timer // kills the worker when the grace is over
}

// isBrief reports whether the call fits into a pipe.
func isBrief(c future.Call) bool { return len(c.ID)+len(c.Name)+len(c.Payload) <= 2<<10 }

// send sends the call to w.
func (x *exchange) send(w *worker) (verdict, error) {
	w.call++
	x.mu.Lock()
	x.w, x.number = w, w.call
	x.mu.Unlock()
	v, err := x.write(w)
	if v != sent {
		x.end()
	}
	return v, err
}

func (x *exchange) write(w *worker) (verdict, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	ctx := x.call.Context()
	if ctx.Err() != nil {
		return unused, carry.StoppedError{Err: context.Cause(ctx)}
	}
	q := request{id: x.request.ID, name: x.request.Name}
	if deadline, ok := ctx.Deadline(); ok {
		q.timeout = max(time.Until(deadline), 1)
	}
	n, err := writeFrame(w.in, kindCall, w.call, q.head(), x.request.Payload)
	switch {
	case err == nil:
		x.mu.Lock()
		x.sent = true
		x.mu.Unlock()
		x.request.Payload = nil
		return sent, nil
	case errors.Is(err, errTooLarge):
		return unused, err
	case n == 0 && ctx.Err() == nil:
		return stale, err
	default:
		return dead, diedIn(ctx, w, err)
	}
}

// receive waits for the answer of the worker that the call was sent to.
func (x *exchange) receive() ([]byte, verdict, error) {
	ctx, w := x.call.Context(), x.w
	f, err := readFrame(w.frames)
	if err == nil && (f.call != w.call || f.kind != kindResult && f.kind != kindFailure) {
		err = fmt.Errorf("%w: kind %d of call %d, awaited was the answer to call %d", errFrame, f.kind, f.call, w.call)
	}
	if err != nil {
		err = diedIn(ctx, w, err)
		x.end()
		return nil, dead, err
	}
	x.end()
	if f.kind == kindResult {
		return f.body, answered, nil
	}
	err = decodeFailure(f.body)
	late := answers(err, context.DeadlineExceeded)
	if deadline, ok := ctx.Deadline(); ok && late && !time.Now().Before(deadline) {
		select {
		case <-ctx.Done(): // the worker's clock was first
		case <-time.After(deathTimeout): // a context whose deadline ends nothing
		}
	}
	if ctx.Err() != nil && (late || answers(err, context.Canceled)) {
		err = carry.StoppedError{Err: err}
	}
	return nil, answered, err
}

// answers reports whether err, of a function, matches one of the errors of contexts. Unlike
// errors.Is it calls no methods of errors that are registered: they may panic.
func answers(err, target error) bool {
	e, ok := err.(*future.RemoteError) //nolint:errorlint // as decodeFailure returns it
	return ok && slices.Contains(e.Unwrap(), target)
}

func decodeFailure(body []byte) error {
	e, err := decodeError(body)
	if err != nil {
		return fmt.Errorf("%w: the error of a call: %w", errFrame, err)
	}
	return e
}

// diedIn is the error of a call whose worker has ended. If its context has ended too,
// that is the cause of it.
func diedIn(ctx context.Context, w *worker, err error) error {
	d := w.died(err)
	if ctx.Err() != nil {
		d.cause = context.Cause(ctx)
		return carry.StoppedError{Err: d}
	}
	return d
}

// cancel tells the worker that the context of the call has ended, and kills it when
// the grace is over.
func (x *exchange) cancel(grace time.Duration) {
	cause := context.Cause(x.call.Context())
	x.mu.Lock()
	w, call := x.w, x.number
	if w == nil || x.timer != nil {
		x.mu.Unlock()
		return // it has no worker, or has its answer, or was told before
	}
	x.timer = time.AfterFunc(grace, func() { x.kill(cause) })
	x.mu.Unlock()

	var body []byte
	if cause != context.Canceled { //nolint:errorlint // one that is wrapped has more to say
		e := newRemoteError(cause) // which calls methods of the cause, so under no lock
		e.Message, e.Stack = beginning(e.Message, maxCause), nil
		body = encodeError(e)
	}

	// A worker that does not read holds this up until it is killed.
	w.writing.Lock()
	defer w.writing.Unlock()
	x.mu.Lock()
	tell := x.w != nil && x.sent
	x.mu.Unlock()
	if !tell {
		return
	}
	// If the worker is dead, the goroutine of the call will see it.
	_, _ = writeFrame(w.in, kindCancel, call, nil, body)
}

func (x *exchange) kill(cause error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.w != nil {
		x.w.kill(cause)
	}
}

// end parts the call from its worker: nothing of it reaches the next call.
func (x *exchange) end() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.w, x.sent = nil, false
	if x.timer != nil {
		x.timer.Stop()
		x.timer = nil
	}
}
