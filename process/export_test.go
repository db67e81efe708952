package process

import (
	"bytes"
	"io"
	"os"
	"time"

	"example.com/future"
)

// The protocol, for tests that break it.

const (
	KindHello   = byte(kindHello)
	KindCall    = byte(kindCall)
	KindCancel  = byte(kindCancel)
	KindResult  = byte(kindResult)
	KindFailure = byte(kindFailure)
	MaxBody     = maxBody
)

func EncodeFrame(k byte, call uint64, body []byte) []byte {
	var b bytes.Buffer
	if _, err := writeFrame(&b, kind(k), call, nil, body); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func DecodeFrame(r io.Reader) (k byte, call uint64, body []byte, err error) {
	f, err := readFrame(r)
	return byte(f.kind), f.call, f.body, err
}

func EncodeRequest(timeout time.Duration, id, name string, payload []byte) []byte {
	q := request{timeout: timeout, id: id, name: name}
	return append(q.head(), payload...)
}

func DecodeRequest(body []byte) (timeout time.Duration, id, name string, payload []byte, err error) {
	q, err := parseRequest(body)
	return q.timeout, q.id, q.name, q.payload, err
}

func EncodeError(err error) []byte { return encodeError(future.NewRemoteError(err)) }

func Beginning(s string, n int) string { return beginning(s, n) }

var ErrFrame = errFrame

// WithStartTimeout shortens how long a process may take to reach Main.
func WithStartTimeout(d time.Duration) Option { return func(o *options) { o.startTimeout = d } }

// WithReaped calls fn when a worker has ended, before the pool hears of it.
func WithReaped(fn func()) Option { return func(o *options) { o.reaped = fn } }

// ForgetMain makes this process one that has not called Main, until undo is called.
func ForgetMain() (undo func()) {
	reached.Store(false)
	return func() { reached.Store(true) }
}

// Variable marks workers.
const Variable = variable

// Stray opens the pipe of a worker's answers, in a worker.
func Stray() *os.File { return os.NewFile(4, "stray") }

// startBare starts a process that has no pipes but for its standard error, if that is not
// nil.
func (w *worker) startBare(stderr *os.File, env ...string) error {
	null, err := os.Open(os.DevNull)
	if err != nil {
		return err
	}
	defer null.Close()
	if stderr == nil {
		stderr = null
	}
	exe, err := executable()
	if err != nil {
		return err
	}
	w.process, w.group, err = startProcess(exe, append(os.Environ(), env...), workerFiles{null, null, stderr, null, null})
	return err
}

// KilledFor kills a worker for several reasons before it is reaped, and returns the one
// that counts.
func KilledFor(reasons ...error) (counts, err error) {
	var w worker
	if err := w.startBare(nil); err != nil {
		return nil, err
	}
	defer w.group.close()
	for _, reason := range reasons {
		w.kill(reason)
	}
	_, err = w.process.Wait()
	return w.reason, err
}

// KilledLate kills a worker that has exited by itself and is not yet reaped, and returns
// what is said of its end. In its environment it finds why to exit.
func KilledLate(env ...string) (*WorkerDiedError, error) {
	ended, end, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer ended.Close()
	w := worker{exited: make(chan struct{})}
	err = w.startBare(end, env...)
	end.Close()
	if err != nil {
		return nil, err
	}
	defer w.group.close()
	if _, err := io.ReadAll(ended); err != nil {
		return nil, err
	}
	w.kill(nil)
	if w.state, err = w.process.Wait(); err != nil {
		return nil, err
	}
	close(w.exited)
	return w.died(io.EOF), nil
}

// Tail returns what is kept of the end of what is written.
func Tail(written ...[]byte) []byte {
	var t tail
	for _, b := range written {
		t.write(b)
	}
	return t.bytes()
}
