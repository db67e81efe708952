//go:build unix

package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/internal/leak"
	"example.com/future/process"
	"go.uber.org/goleak"
)

// These let a test start this binary as something else than a worker.
const (
	envBeforeMain = "PROCESS_TEST_BEFORE_MAIN" // what happens before Main: "exit" or "hang"
	envParent     = "PROCESS_TEST_PARENT"      // be the parent of a worker that reports to this beacon
	envMode       = "PROCESS_TEST_MODE"        // and holds in this mode
	envProgram    = "PROCESS_TEST_PROGRAM"     // be this one of the programs
)

func TestMain(m *testing.M) {
	if _, worker := os.LookupEnv(process.Variable); worker {
		switch os.Getenv(envBeforeMain) {
		case "exit":
			fmt.Fprintln(os.Stderr, "panic: the binary is broken")
			os.Exit(7)
		case "exit with 1":
			os.Exit(1)
		case "hang":
			for {
				time.Sleep(time.Hour) // without cgo, select would be a deadlock
			}
		}
	}
	process.Main()
	// The race detector would make each worker sleep for a second when it exits.
	os.Setenv("GORACE", "atexit_sleep_ms=0")
	if beacon, ok := os.LookupEnv(envParent); ok {
		beParent(beacon, os.Getenv(envMode))
	}
	if program, ok := os.LookupEnv(envProgram); ok {
		if err := programs[program](); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(3)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(leak.Check{M: m})
}

// patience bounds every wait for an event, so that a hang fails the test.
const patience = 30 * time.Second

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

func newPool(t *testing.T, workers int, opts ...process.Option) *process.Pool {
	t.Helper()
	p, err := process.NewPool(workers, append([]process.Option{process.WithOutput(io.Discard)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := p.Shutdown(ctx); err != nil {
			t.Errorf("the pool does not shut down: %v, %+v", err, p.Stats())
			p.Kill()
		}
		if s := p.Stats(); s.Workers != 0 || s.Running != 0 || s.Queued != 0 {
			t.Errorf("after the shutdown there is %+v", s)
		}
	})
	return p
}

func await[T any](t *testing.T, f *future.Future[T]) T {
	t.Helper()
	v, err := f.Await(testContext(t))
	if err != nil {
		t.Fatalf("%v", err)
	}
	return v
}

// awaitError waits for an error that matches all targets.
func awaitError[T any](t *testing.T, f *future.Future[T], targets ...error) error {
	t.Helper()
	v, err := f.Await(testContext(t))
	if err == nil {
		t.Fatalf("no error but %v", v)
	}
	if !f.Done() {
		t.Fatalf("the future does not end: %v", err)
	}
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("%v (%T) does not match %v", err, err, target)
		}
	}
	return err
}

func awaitDeath[T any](t *testing.T, f *future.Future[T]) *process.WorkerDiedError {
	t.Helper()
	err := awaitError(t, f)
	died, ok := errors.AsType[*process.WorkerDiedError](err)
	if !ok {
		t.Fatalf("%v (%T) is no WorkerDiedError", err, err)
	}
	return died
}

// eventually waits for something that can only be looked at.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("it does not come about: %s", what)
		}
		time.Sleep(time.Millisecond)
	}
}

// soon is how long after the deadline and the grace a call may last, with its process.
const soon = 100 * time.Millisecond

// withinBestOf3 fails the test if none of three attempts stays within a bound. The bounds
// are no goals of performance, which belong into benchmarks: that what hangs is gone by
// then is promised, and what a regression costs is a second or the process for ever. The
// other attempts are for a machine that is busy with something else.
func withinBestOf3(t *testing.T, bound time.Duration, attempt func() time.Duration) {
	t.Helper()
	var all []time.Duration
	for range 3 {
		took := attempt()
		if took <= bound {
			return
		}
		all = append(all, took)
	}
	t.Errorf("it took %v, and shall take no longer than %v", all, bound)
}

// A beacon is a socket to which functions report that they have been entered. The
// connection ends when all processes have ended that have it.
type beacon struct {
	path string
	l    *net.UnixListener
}

func newBeacon(t *testing.T) *beacon {
	t.Helper()
	dir, err := os.MkdirTemp("", "b")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "s")
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		os.RemoveAll(dir)
	})
	return &beacon{path, l}
}

// A sighting is a function that has been entered.
type sighting struct {
	conn net.Conn
	r    *bufio.Reader
	pid  int
}

func (b *beacon) wait(t *testing.T) *sighting {
	t.Helper()
	_ = b.l.SetDeadline(time.Now().Add(patience))
	conn, err := b.l.Accept()
	if err != nil {
		t.Fatalf("the function is not entered: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	s := &sighting{conn: conn, r: bufio.NewReader(conn)}
	if s.pid, err = strconv.Atoi(s.line(t)); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *sighting) line(t *testing.T) string {
	t.Helper()
	line, err := s.r.ReadString('\n')
	if err != nil {
		t.Fatalf("the worker says no more: %v", err)
	}
	return strings.TrimSpace(line)
}

// gone waits for the end of the processes.
func (s *sighting) gone(t *testing.T) {
	t.Helper()
	if rest, err := io.ReadAll(s.r); err != nil {
		t.Fatalf("process %d lives on: %v", s.pid, err)
	} else if len(rest) > 0 {
		t.Fatalf("process %d said %q", s.pid, rest)
	}
}

// orphan reads the number of a child of the function, which is to end with the test.
func (s *sighting) orphan(t *testing.T) {
	t.Helper()
	orphan, err := strconv.Atoi(s.line(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Kill(orphan, syscall.SIGKILL) })
}

// goOn lets a function go on that waits for it.
func (s *sighting) goOn(t *testing.T) {
	t.Helper()
	if _, err := io.WriteString(s.conn, "go\n"); err != nil {
		t.Fatal(err)
	}
}
