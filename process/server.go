package process

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"example.com/future"
)

// reliefDelay is how long a call may keep the goroutine that reads frames to itself.
const reliefDelay = time.Millisecond

// A server is the inside of a worker.
//
// One goroutine reads frames and runs the calls, for to start one for each call
// takes longer than a small call does. If a call lasts, another goroutine takes the
// reading over: to cancel the call, and to notice that the parent is gone. That one
// gets to run also while user code spins, for Go preempts it.
type server struct {
	in  *bufio.Reader // only the goroutine that reads uses it
	out *os.File

	mu       sync.Mutex
	call     uint64                  // that runs, 0 if none does
	cancel   context.CancelCauseFunc // ends its context
	relief   *time.Timer             // fires when the call lasts
	relieved bool                    // another goroutine reads
}

// serve reads frames until there are no more: then the parent is gone, and so is the
// worker.
func (s *server) serve() {
	for {
		f, err := readFrame(s.in)
		if err == nil {
			switch f.kind {
			case kindSetup:
				go s.setUp(f)
			case kindCall:
				if !s.run(f) {
					return
				}
			case kindCancel:
				s.cancelCall(f)
			case kindQuit:
				os.Exit(0)
			default:
				err = fmt.Errorf("%w: kind %d in a worker", errFrame, f.kind)
			}
		}
		if err != nil {
			if err != io.EOF { //nolint:errorlint // one that wraps it is a frame cut short
				fmt.Fprintf(os.Stderr, "future: worker: %v\n", err)
			}
			perish()
		}
	}
}

// inline runs a job on the goroutine that has it.
type inline struct{}

func (inline) Execute(j future.Job) error {
	j.Run()
	return nil
}

// attempt calls fn as a task on this goroutine: that deals with panics, and tells a
// cancellation from other errors. After runtime.Goexit it does not return.
func attempt[T any](ctx context.Context, fn func(context.Context) (T, error), answer func(T, error)) {
	var f *future.Future[T]
	returned := false
	defer func() {
		if !returned {
			var zero T
			answer(zero, future.ErrGoexit)
		}
	}()
	f = future.RunInExecutor(ctx, inline{}, fn)
	returned = true
	answer(f.Result())
}

// setUp runs the function given to WithStart.
func (s *server) setUp(f frame) {
	attempt(context.Background(), func(context.Context) (struct{}, error) {
		var set setup
		if err := json.Unmarshal(f.body, &set); err != nil {
			return struct{}{}, err
		}
		fn, err := set.function()
		if fn != nil {
			err = fn()
		}
		return struct{}{}, err
	}, func(_ struct{}, err error) {
		if err != nil {
			s.fail(f.call, describe(err))
		} else {
			_ = s.send(kindReady, f.call, nil)
		}
	})
}

// run runs a call and answers it. It reports whether its caller still is the
// goroutine that reads frames.
func (s *server) run(f frame) (reads bool) {
	q, err := parseRequest(f.body)
	if err != nil {
		fmt.Fprintf(os.Stderr, "future: worker: %v\n", err)
		perish()
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	if q.timeout > 0 {
		var stop context.CancelFunc
		ctx, stop = context.WithTimeout(ctx, q.timeout)
		defer stop()
	}
	s.mu.Lock()
	s.call, s.cancel, s.relieved = f.call, cancel, false
	if s.relief == nil {
		s.relief = time.AfterFunc(reliefDelay, s.relieve)
	} else {
		s.relief.Reset(reliefDelay)
	}
	s.mu.Unlock()

	exited := true
	defer func() {
		if exited && reads {
			go s.serve() // the function has called runtime.Goexit
		}
	}()
	c := future.Call{ID: q.id, Name: q.name, Payload: q.payload}
	attempt(ctx, c.Serve, func(result []byte, err error) {
		var failure []byte
		if err != nil {
			failure = describe(err) // may take its time: somebody has to read meanwhile
		}
		reads = s.end()
		if err == nil {
			if err = s.send(kindResult, f.call, result); err == nil {
				return
			}
			failure = describe(err)
		}
		s.fail(f.call, failure)
	})
	exited = false
	return reads
}

// relieve takes over from a goroutine whose call lasts.
func (s *server) relieve() {
	s.mu.Lock()
	relieves := s.call != 0 && !s.relieved
	s.relieved = s.relieved || relieves
	s.mu.Unlock()
	if relieves {
		s.serve()
	}
}

// end notes the end of a call, before it is answered: the next one may come as soon
// as the answer is out. It reports whether the goroutine of the call is still the one
// that reads.
func (s *server) end() (reads bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.relief.Stop()
	s.call, s.cancel = 0, nil
	return !s.relieved
}

func (s *server) cancelCall(f frame) {
	cause, err := decodeError(f.body) // there may be none
	s.mu.Lock()
	cancel := s.cancel
	if s.call != f.call {
		cancel = nil // it has ended
	}
	s.mu.Unlock()
	switch {
	case cancel == nil:
	case err != nil:
		cancel(nil)
	default:
		cancel(cause)
	}
}

// fail sends an encoded error.
func (s *server) fail(call uint64, failure []byte) {
	if err := s.send(kindFailure, call, failure); err != nil {
		_ = s.send(kindFailure, call, describe(err))
	}
}

// send writes a frame. The only error that it returns is that it is too large; if it
// cannot be written there is nobody left to work for.
func (s *server) send(k kind, call uint64, body []byte) error {
	_, err := writeFrame(s.out, k, call, nil, body)
	if err != nil && !errors.Is(err, errTooLarge) {
		perish()
	}
	return err
}
