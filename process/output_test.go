//go:build unix

package process_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/future/process"
)

func TestAWriterThatDoesNotWorkHarmsNothing(t *testing.T) {
	for name, write := range map[string]func([]byte) (int, error){
		"error":  func([]byte) (int, error) { return 0, io.ErrClosedPipe },
		"panic":  func([]byte) (int, error) { panic("the writer") },
		"goexit": func([]byte) (int, error) { runtime.Goexit(); return 0, nil },
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, 1, process.WithOutput(writerFunc(write)))
			for range 2 {
				await(t, prints.Submit(t.Context(), p, 3000))
			}
			// The tail is kept without the writer's help.
			if died := awaitDeath(t, crash.Submit(t.Context(), p, "goroutine")); !strings.Contains(string(died.Stderr), "on another goroutine") {
				t.Errorf("%+v", died)
			}
		})
	}
}

func TestAWriterThatFailsIsNotAskedAgain(t *testing.T) {
	var writes atomic.Int32
	p := newPool(t, 1, process.WithOutput(writerFunc(func([]byte) (int, error) {
		writes.Add(1)
		return 0, io.ErrClosedPipe
	})))
	for range 3 {
		await(t, prints.Submit(t.Context(), p, 2000))
	}
	p.Close()
	if n := writes.Load(); n > 2 { // one for each of the worker's outputs
		t.Errorf("Write is called %d times", n)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestOnlyTheEndOfStderrIsKept(t *testing.T) {
	p := newPool(t, 1)
	await(t, prints.Submit(t.Context(), p, 20_000))
	died := awaitDeath(t, exit.Submit(t.Context(), p, 1))
	if n := len(died.Stderr); n != 64<<10 || !strings.HasSuffix(string(died.Stderr), "println 19999\n") {
		t.Errorf("%d bytes are kept, at the end %q", n, died.Stderr[max(0, n-50):])
	}
}

func TestTheEndThatIsKeptHasItsFullLength(t *testing.T) {
	const size = 64 << 10
	for _, n := range []int{0, 1, size, size + 1, 2 * size, 2*size + 1, 3 * size} {
		if kept := len(process.Tail(make([]byte, n))); kept != min(n, size) {
			t.Errorf("%d bytes of %d are kept, want %d", kept, n, min(n, size))
		}
	}
}

// A heldWriter blocks until it is released.
type heldWriter struct {
	lockedBuffer

	entered, released chan struct{}
	enter, release    func()
}

// newHeldWriter returns one that has to be released before the end of its pool.
func newHeldWriter() *heldWriter {
	w := &heldWriter{entered: make(chan struct{}), released: make(chan struct{})}
	w.enter = sync.OnceFunc(func() { close(w.entered) })
	w.release = sync.OnceFunc(func() { close(w.released) })
	return w
}

func (w *heldWriter) Write(p []byte) (int, error) {
	w.enter()
	<-w.released
	return w.lockedBuffer.Write(p)
}

func TestTheEndOfThePoolIsAfterTheLastWrite(t *testing.T) {
	w := newHeldWriter()
	defer w.release()
	p := newPool(t, 1, process.WithOutput(w))
	line := strings.Repeat("x", 12<<10) // more than is read at a time, and less than a pipe holds
	await(t, say.Submit(t.Context(), p, line))
	<-w.entered
	written := make(chan string)
	go func() {
		p.Close()
		written <- w.String()
	}()
	// The worker does not wait for the writer, only the pool does.
	eventually(t, "the worker is gone", func() bool { return p.Stats().Workers == 0 })
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := p.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Shutdown returns %v while Write blocks", err)
	}
	w.release()
	if got := <-written; got != line+"\n" {
		t.Errorf("%d bytes are written when Close returns, want %d", len(got), len(line)+1)
	}
}

func TestAWriterThatBlocksDoesNotHoldUpAKill(t *testing.T) {
	withinBestOf3(t, soon, func() time.Duration {
		w := newHeldWriter()
		defer w.release()
		p := newPool(t, 1, process.WithGrace(0), process.WithOutput(w))
		await(t, say.Submit(t.Context(), p, "x"))
		<-w.entered
		b := newBeacon(t)
		f := hold.Submit(t.Context(), p, holder{b.path, "spin"})
		b.wait(t)
		began := time.Now()
		f.Cancel(errStop)
		awaitDeath(t, f)
		return time.Since(began)
	})
}

func TestAnOrphanThatHasTheOutputDoesNotHoldUpAKill(t *testing.T) {
	withinBestOf3(t, soon, func() time.Duration {
		p := newPool(t, 1, process.WithGrace(0))
		b := newBeacon(t)
		f := hold.Submit(t.Context(), p, holder{b.path, "silent orphan"})
		s := b.wait(t)
		s.orphan(t)
		began := time.Now()
		f.Cancel(errStop)
		awaitDeath(t, f)
		took := time.Since(began)
		s.gone(t)
		eventually(t, "nobody reads what the orphan may write", func() bool {
			stacks := make([]byte, 1<<20)
			return !bytes.Contains(stacks[:runtime.Stack(stacks, true)], []byte("process.(*output).copy("))
		})
		return took
	})
}

func TestAnOrphanThatWritesForEverIsNotReadForEver(t *testing.T) {
	p := newPool(t, 1)
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "noisy orphan"})
	s := b.wait(t)
	if died := awaitDeath(t, f); died.ExitCode != 0 || !strings.Contains(string(died.Stderr), "noise") {
		t.Errorf("%+v", died)
	}
	s.gone(t) // by SIGPIPE
}
