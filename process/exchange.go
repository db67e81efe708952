package process

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/future"
)

// maxCause is how much of the text of a cause is sent to a worker.
const maxCause = 512

// A verdict says what a call has done to its worker.
type verdict uint8

const (
	usable verdict = iota
	dead           // it is gone, or about to be
	stale          // it was dead before the call: nothing has been sent
)

// An exchange is one call on its way. The goroutine of the call sends it and waits
// for the answer; another one comes when its context ends.
type exchange struct {
	mu    sync.Mutex
	w     *worker // while the call is with it
	call  uint64
	sent  bool
	timer *time.Timer // kills the worker when the grace is over
}

// do runs the call in w.
func (x *exchange) do(ctx context.Context, w *worker, c future.Call) ([]byte, verdict, error) {
	w.call++
	x.mu.Lock()
	x.w, x.call, x.sent = w, w.call, false
	x.mu.Unlock()
	f, v, err := x.run(ctx, w, c)
	x.end()
	switch {
	case err != nil:
		return nil, v, err
	case f.kind == kindResult:
		return f.body, usable, nil
	}
	err = decodeFailure(f.body)
	if deadline, ok := ctx.Deadline(); ok && errors.Is(err, context.DeadlineExceeded) && !time.Now().Before(deadline) {
		<-ctx.Done() // the worker's clock was first
	}
	if ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		err = errors.Join(context.Cause(ctx), err)
	}
	return nil, usable, err
}

func decodeFailure(body []byte) error {
	e := new(future.RemoteError)
	if err := json.Unmarshal(body, e); err != nil {
		return fmt.Errorf("%w: the error of a call: %w", errFrame, err)
	}
	return e
}

func (x *exchange) run(ctx context.Context, w *worker, c future.Call) (frame, verdict, error) {
	if v, err := x.send(ctx, w, c); err != nil {
		return frame{}, v, err
	}
	f, err := readFrame(w.frames)
	if err == nil && (f.call != w.call || f.kind != kindResult && f.kind != kindFailure) {
		err = fmt.Errorf("%w: kind %d of call %d, awaited was the answer to call %d", errFrame, f.kind, f.call, w.call)
	}
	if err != nil {
		return frame{}, dead, diedIn(ctx, w, err)
	}
	return f, usable, nil
}

func (x *exchange) send(ctx context.Context, w *worker, c future.Call) (verdict, error) {
	w.writing.Lock()
	defer w.writing.Unlock()
	if ctx.Err() != nil {
		return usable, context.Cause(ctx)
	}
	q := request{id: c.ID, name: c.Name}
	if deadline, ok := ctx.Deadline(); ok {
		q.timeout = max(time.Until(deadline), 1)
	}
	n, err := writeFrame(w.in, kindCall, w.call, q.head(), c.Payload)
	switch {
	case err == nil:
		x.mu.Lock()
		x.sent = true
		x.mu.Unlock()
		return usable, nil
	case errors.Is(err, errTooLarge):
		return usable, err
	case n == 0 && ctx.Err() == nil:
		return stale, err
	default:
		return dead, diedIn(ctx, w, err)
	}
}

// diedIn is the error of a call whose worker has ended. If its context has ended too,
// that is the cause of it.
func diedIn(ctx context.Context, w *worker, err error) error {
	d := w.died(err)
	if ctx.Err() != nil {
		d.cause = context.Cause(ctx)
	}
	return d
}

// cancel tells the worker that the context of the call has ended, and kills it when
// the grace is over.
func (x *exchange) cancel(ctx context.Context, grace time.Duration) {
	cause := context.Cause(ctx)
	x.mu.Lock()
	w, call := x.w, x.call
	if w != nil {
		x.timer = time.AfterFunc(grace, func() { x.kill(cause) })
	}
	x.mu.Unlock()
	if w == nil {
		return // the call has no worker, or has its answer
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
	var body []byte
	if cause != context.Canceled { //nolint:errorlint // one that is wrapped has more to say
		e := future.NewRemoteError(cause)
		e.Message, e.Stack = e.Message[:min(len(e.Message), maxCause)], nil
		body, _ = json.Marshal(e)
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
	x.w = nil
	if x.timer != nil {
		x.timer.Stop()
	}
}
