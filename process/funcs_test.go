//go:build unix

package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"time"

	"example.com/future"
	"example.com/future/internal/cspin"
	"example.com/future/process"
)

// The functions that the tests call in workers.

var (
	errKnown = errors.New("a known error")
	errStop  = errors.New("the reason to stop")
)

func init() {
	future.RegisterError("test.known", errKnown)
	future.RegisterError("test.stop", errStop)
}

var (
	pid       = future.Register("pid", func(context.Context, struct{}) (int, error) { return os.Getpid(), nil })
	echo      = future.Register("echo", func(_ context.Context, s string) (string, error) { return s, nil })
	bytesBack = future.Register("bytes", func(_ context.Context, b []byte) ([]byte, error) { return b, nil },
		future.WithCodec(raw{}))
	huge = future.Register("huge", func(_ context.Context, n int) ([]byte, error) { return make([]byte, n), nil },
		future.WithCodec(hugeCodec{}))
	exit   = future.Register("exit", func(_ context.Context, code int) (int, error) { os.Exit(code); return 0, nil })
	crash  = future.Register("crash", crashBy)
	hold   = future.Register("hold", holdBy)
	work   = future.Register("work", workOn)
	prints = future.Register("print", printLines)
	picky  = future.Register("picky", func(_ context.Context, s string) (string, error) { return strings.TrimPrefix(s, "result "), nil }, future.WithCodec(pickyCodec{}))
	nested = future.Register("nested", holdNested)
	mute   = future.Register("mute", func(_ context.Context, how string) (string, error) { return "", mutedError(how) })
	env    = future.Register("env", func(_ context.Context, name string) (string, error) { return os.Getenv(name), nil })
)

// raw carries bytes as they are.
type raw struct{}

func (raw) Encode(v any) ([]byte, error)    { return v.([]byte), nil }
func (raw) Decode(data []byte, v any) error { *v.(*[]byte) = data; return nil }

// hugeCodec carries ints as JSON and bytes as they are.
type hugeCodec struct{ future.JSONCodec }

func (c hugeCodec) Encode(v any) ([]byte, error) {
	if b, ok := v.([]byte); ok {
		return b, nil
	}
	return c.JSONCodec.Encode(v)
}

// A pickyCodec cannot decode everything.
type pickyCodec struct{ future.JSONCodec }

func (c pickyCodec) Decode(data []byte, v any) error {
	if err := c.JSONCodec.Decode(data, v); err != nil {
		return err
	}
	switch *v.(*string) {
	case "error":
		return errKnown
	case "panic":
		panic(errKnown)
	case "goexit":
		runtime.Goexit()
	}
	return nil
}

// holdNested calls hold in a worker of this worker.
func holdNested(ctx context.Context, h holder) (string, error) {
	p, err := process.NewPool(1)
	if err != nil {
		return "", err
	}
	defer p.Close()
	return hold.Submit(ctx, p, h).Await(context.Background())
}

// A job says how work shall go.
type job struct {
	How   string
	Value int
}

// workOn is for the conformance test: it ends in every way in which a function can
// that does not take its process along.
func workOn(ctx context.Context, j job) (string, error) {
	switch j.How {
	case "value":
		return fmt.Sprint(j.Value * j.Value), nil
	case "error":
		return "", errors.New("an unknown error")
	case "known":
		return "", fmt.Errorf("job %d: %w", j.Value, errKnown)
	case "no UTF-8":
		return "", errors.New("caf\xe9")
	case "missing":
		_, err := os.Open("/does/not/exist")
		return "", err
	case "panic":
		var m map[string]int
		m["x"] = j.Value
	case "panic error":
		panic(errKnown)
	case "nil pointer":
		return "", (*pointerError)(nil)
	case "goexit":
		runtime.Goexit()
	case "canceled":
		return "", context.Canceled // somebody else's
	case "deadline":
		d, ok := ctx.Deadline()
		return fmt.Sprint(ok && time.Until(d) > time.Hour && time.Until(d) < 3*time.Hour), nil
	case "id":
		return future.CallID(ctx), nil
	case "task":
		return fmt.Sprint(future.CurrentTask(ctx) != nil), nil
	case "until cancelled":
		<-ctx.Done()
		return "", context.Cause(ctx)
	}
	return "", errors.ErrUnsupported
}

// A mutedError has a text that never comes: if it names a beacon it reports there and spins.
type mutedError string

func (e mutedError) Error() string {
	switch e {
	case "goexit":
		runtime.Goexit()
	case "panic":
		panic(e) // whose text is asked for, to be printed
	}
	conn, err := net.Dial("unix", string(e))
	if err != nil {
		return err.Error()
	}
	fmt.Fprintln(conn, os.Getpid())
	for {
	}
}

// A pointerError has no text if it is nil.
type pointerError struct{ text string }

func (e *pointerError) Error() string { return e.text }

// crashBy ends the worker, or the talk with it.
func crashBy(_ context.Context, how string) (string, error) {
	switch how {
	case "goroutine":
		go func() { panic("on another goroutine") }()
		select {}
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "memory":
		limit := syscall.Rlimit{Cur: 64 << 20, Max: 64 << 20}
		if err := syscall.Setrlimit(syscall.RLIMIT_DATA, &limit); err != nil {
			return "", err
		}
		// At once: the race detector, which needs memory too, tells another story.
		var all [][]byte
		for range 8 { // more than a processor of 32 bits can have
			all = append(all, make([]byte, 1<<30))
		}
		return "", fmt.Errorf("there are %d GiB in spite of the limit", len(all))
	}
	// Every call but one of those below is the second of its worker.
	frame := process.EncodeFrame(process.KindResult, 2, []byte(`"forged"`))
	switch how {
	case "middle of header":
		frame = frame[:7]
	case "middle of frame":
		frame = frame[:len(frame)-3]
	case "length":
		frame[12] = 0xff
	case "version":
		frame[2]++
	case "id":
		frame[11]++
	case "kind":
		frame[3] = 200
	case "rubbish":
		frame = []byte(strings.Repeat("rubbish ", 100))
	case "hello":
		frame = process.EncodeFrame(process.KindHello, 2, nil)
	case "call":
		frame = process.EncodeFrame(process.KindCall, 2, nil)
	case "cancel":
		frame = process.EncodeFrame(process.KindCancel, 2, nil)
	case "error":
		frame = process.EncodeFrame(process.KindFailure, 2, []byte("no json"))
	case "close":
		process.Stray().Close()
		select {}
	}
	_, _ = process.Stray().Write(frame)
	if strings.HasPrefix(how, "middle") {
		os.Exit(9)
	}
	if how == "stops behind its answer" {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	}
	select {}
}

// A holder says how hold shall behave.
type holder struct {
	Beacon string
	Mode   string
}

// holdBy reports to the beacon and then does what the mode says.
func holdBy(ctx context.Context, h holder) (string, error) {
	conn, err := net.Dial("unix", h.Beacon)
	if err != nil {
		return "", err
	}
	r := bufio.NewReader(conn)
	say := func(s any) { fmt.Fprintln(conn, s) }
	if h.Mode == "children" || h.Mode == "leave children" {
		// They ignore what can be ignored and hold the connection.
		f, err := conn.(*net.UnixConn).File()
		if err != nil {
			return "", err
		}
		child := exec.Command("sh", "-c", "trap '' HUP INT TERM; sleep 1000 & sleep 1000; exit 0")
		child.ExtraFiles = []*os.File{f}
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			return "", err
		}
	}
	if h.Mode == "other group" {
		group, err := syscall.Getpgid(os.Getppid())
		if err == nil {
			err = syscall.Setpgid(0, group)
		}
		if err != nil {
			return "", err
		}
	}
	say(os.Getpid())
	switch h.Mode {
	case "spin", "children", "other group":
		for {
		}
	case "select":
		select {}
	case "system call":
		p := make([]int, 2)
		if err := syscall.Pipe(p); err != nil {
			return "", err
		}
		_, _ = syscall.Read(p[0], make([]byte, 1))
	case "C":
		cspin.Spin()
	case "locks":
		runtime.LockOSThread()
		var never chan struct{}
		<-never
	case "stopped":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		for {
		}
	case "polite":
		<-ctx.Done()
		say(context.Cause(ctx))
		return "", ctx.Err()
	case "late":
		<-ctx.Done()
		return "", context.DeadlineExceeded
	case "value":
		<-ctx.Done()
		return "in spite of it", nil
	case "failure":
		<-ctx.Done()
		return "", errKnown
	case "exit":
		<-ctx.Done()
		os.Exit(5)
	case "leave children":
		os.Exit(0)
	case "half an answer":
		// The first call of its worker sends all but the end of a large result.
		frame := process.EncodeFrame(process.KindResult, 1, make([]byte, 8<<20))
		if _, err := process.Stray().Write(frame[:len(frame)-1]); err != nil {
			return "", err
		}
		say("half")
		select {}
	case "silent orphan":
		orphan, err := startOrphan("exec sleep 1000")
		if err != nil {
			return "", err
		}
		say(orphan)
		for {
		}
	case "orphan with the answers":
		orphan, err := startOrphan("exec sleep 1000", process.Stray())
		if err != nil {
			return "", err
		}
		say(orphan)
		os.Exit(3)
	case "noisy orphan":
		f, err := conn.(*net.UnixConn).File()
		if err != nil {
			return "", err
		}
		if _, err := startOrphan("while true; do echo noise; done >&2", f); err != nil {
			return "", err
		}
		os.Exit(0)
	case "clean up":
		<-ctx.Done()
		say("cleaning")
		if _, err := r.ReadString('\n'); err != nil {
			return "", err
		}
		return "", ctx.Err()
	case "wait", "fail":
		if _, err := r.ReadString('\n'); err != nil {
			return "", err
		}
		if h.Mode == "fail" {
			return "", errKnown
		}
	}
	return "done", nil
}

// startOrphan starts a shell that leaves the group and has the worker's standard error,
// and the files that it gets. It runs the script after a line of its own.
func startOrphan(script string, files ...*os.File) (int, error) {
	child := exec.Command("sh", "-c", "echo; "+script)
	child.Stderr = os.Stderr
	child.ExtraFiles = files
	child.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	started, err := child.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := child.Start(); err != nil {
		return 0, err
	}
	// Until it runs it may have the pipes of this worker.
	_, err = started.Read(make([]byte, 1))
	return child.Process.Pid, err
}

func printLines(_ context.Context, n int) (int, error) {
	for i := range n {
		fmt.Printf("\xf7R\x01\x07 stdout %d\n", i)
		fmt.Fprintf(os.Stderr, "stderr %d\n", i)
		println("println", i)
	}
	return n, nil
}

// beParent is another program: one that holds a worker, until it is killed.
func beParent(beacon, mode string) {
	p, err := process.NewPool(1)
	if err == nil {
		f := hold.Submit
		if mode == "mute" {
			f = func(ctx context.Context, ex future.Executor, h holder) *future.Future[string] {
				return mute.Submit(ctx, ex, h.Beacon)
			}
		}
		_, err = f(context.Background(), p, holder{beacon, mode}).Await(context.Background())
	}
	fmt.Fprintln(os.Stderr, "the parent lives:", err)
	os.Exit(3)
}
