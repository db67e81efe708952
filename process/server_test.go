//go:build unix

package process_test

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/process"
)

// A lone worker has no pool: the test sends the frames.
type lone struct{ in, out *os.File }

func newLone(t *testing.T) *lone {
	t.Helper()
	in, toWorker, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	fromWorker, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	worker := exec.Command(os.Args[0])
	worker.Env = append(os.Environ(), process.Variable+"=1")
	worker.Stderr = os.Stderr
	worker.ExtraFiles = []*os.File{in, out}
	worker.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := worker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		toWorker.Close()
		fromWorker.Close()
		_ = worker.Wait() // it ends because nobody talks to it
	})
	if err := fromWorker.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	l := &lone{toWorker, fromWorker}
	l.receive(t) // it says hello
	return l
}

func (l *lone) send(t *testing.T, kind byte, call uint64, body []byte) {
	t.Helper()
	if _, err := l.in.Write(process.EncodeFrame(kind, call, body)); err != nil {
		t.Fatal(err)
	}
}

func (l *lone) receive(t *testing.T) (kind byte, call uint64) {
	t.Helper()
	kind, call, _, err := process.DecodeFrame(l.out)
	if err != nil {
		t.Fatal(err)
	}
	return kind, call
}

func (l *lone) call(t *testing.T, call uint64, name string, arg any) {
	t.Helper()
	payload, err := json.Marshal(arg)
	if err != nil {
		t.Fatal(err)
	}
	l.send(t, process.KindCall, call, process.EncodeRequest(0, "", name, payload))
}

func (l *lone) cancel(t *testing.T, call uint64, cause error) {
	t.Helper()
	l.send(t, process.KindCancel, call, process.EncodeError(cause))
}

func TestTheCancellationOfACallThatHasEndedDoesNotReachTheNextOne(t *testing.T) {
	l := newLone(t)
	l.call(t, 1, "echo", "x")
	if kind, call := l.receive(t); kind != process.KindResult || call != 1 {
		t.Fatalf("kind %d of call %d", kind, call)
	}
	b := newBeacon(t)
	l.call(t, 2, "hold", holder{b.path, "polite"})
	s := b.wait(t)
	l.cancel(t, 1, errKnown)
	l.cancel(t, 2, errStop) // the worker reads this one later
	if cause := s.line(t); cause != errStop.Error() {
		t.Errorf("the cause seen in the worker is %q", cause)
	}
}

// servers returns how many goroutines of its worker run calls or read frames.
var servers = future.Register("servers", func(context.Context, struct{}) (int, error) {
	stacks := make([]byte, 64<<10)
	stacks = stacks[:runtime.Stack(stacks, true)]
	return bytes.Count(stacks, []byte("process.(*server).serve(")), nil
})

func TestTheGoroutineOfACallThatHasLastedDoesNotReadOn(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "polite"})
	s := b.wait(t)
	f.Cancel(errStop)
	s.line(t) // so another goroutine has taken the reading over
	awaitError(t, f, errStop)
	// The first one may be about to end, and a call that lasts may have a relief.
	for range 1000 {
		if await(t, servers.Submit(t.Context(), p, struct{}{})) == 1 {
			return
		}
	}
	t.Error("two goroutines serve")
}
