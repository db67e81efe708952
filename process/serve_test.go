//go:build unix

package process_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/process"
)

func TestAMapFunctionThatEndsItsGoroutineLosesNoCall(t *testing.T) {
	var out lockedBuffer
	p := newPool(t, 1, process.WithOutput(&out))
	const calls = 100
	var fs, mapped []*future.Future[string]
	var want strings.Builder
	for i := range calls {
		f := say.Submit(t.Context(), p, fmt.Sprint(i))
		fs = append(fs, f)
		mapped = append(mapped, future.Map(f, func(string) (string, error) {
			runtime.Goexit()
			return "", nil
		}))
		fmt.Fprintln(&want, i)
	}
	for i, f := range fs {
		if v := await(t, f); v != fmt.Sprint(i) {
			t.Errorf("call %d returns %q", i, v)
		}
		awaitError(t, mapped[i], future.ErrGoexit)
	}
	if err := p.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if out.String() != want.String() {
		t.Errorf("the calls ran as %q", out.String())
	}
	if s := p.Stats(); s.Completed != calls || s.Started != 1 {
		t.Errorf("%+v", s)
	}
}

func TestAFailureCancelsTheCallsBehindItBeforeTheyAreSent(t *testing.T) {
	var out lockedBuffer
	p := newPool(t, 1, process.WithOutput(&out))
	b := newBeacon(t)
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		hold.Submit(g, p, holder{b.path, "fail"})
		for range 100 {
			say.Submit(g, p, "must not run")
		}
		b.wait(t).goOn(t)
		return nil
	})
	if !errors.Is(err, errKnown) {
		t.Errorf("the group returns %v", err)
	}
	p.Close()
	if out.String() != "" {
		t.Errorf("the worker printed %q", out.String())
	}
	if s := p.Stats(); s.Completed != 1 {
		t.Errorf("%+v", s)
	}
}

func TestAnAnswerDoesNotWaitUntilTheNextCallIsSent(t *testing.T) {
	for name, size := range map[string]int{"brief": 10, "long": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, 1, process.WithGrace(0))
			await(t, pid.Submit(t.Context(), p, struct{}{}))
			first := crash.Submit(t.Context(), p, "stops behind its answer")
			next := bytesBack.Submit(t.Context(), p, make([]byte, size))
			if v := await(t, first); v != "forged" {
				t.Errorf("the answer is %q", v)
			}
			if next.Done() {
				t.Error("a stopped worker answers")
			}
			next.Cancel(errStop)
			awaitError(t, next, future.ErrCancelled, errStop)
		})
	}
}

// newPoolWithADeadWorker makes a pool that takes a dead worker for an idle one.
func newPoolWithADeadWorker(t *testing.T, opts ...process.Option) *process.Pool {
	t.Helper()
	p := newPool(t, 1, opts...)
	pids := await(t, orphan.Submit(t.Context(), p, struct{}{}))
	t.Cleanup(func() { _ = syscall.Kill(pids[1], syscall.SIGKILL) })
	if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the worker is gone", func() bool { return syscall.Kill(pids[0], 0) != nil })
	if s := p.Stats(); s.Idle != 1 {
		t.Skipf("the pool was fast: %+v", s)
	}
	return p
}

// untilItWaitsOnceMore waits until the call of f has found the dead worker.
func untilItWaitsOnceMore(t *testing.T, p *process.Pool, f *future.Future[string]) {
	t.Helper()
	eventually(t, "it waits once more", func() bool { return p.Stats().Queued == 1 || f.Done() })
	if f.Done() {
		t.Skip("the machine was slow: the pool has noticed the death before, or a process that was being forked had the pipe")
	}
}

func TestACallThatFindsADeadWorkerRunsInAnother(t *testing.T) {
	t.Parallel()
	p := newPoolWithADeadWorker(t)
	fs := []*future.Future[string]{echo.Submit(t.Context(), p, "a"), echo.Submit(t.Context(), p, "b")}
	eventually(t, "the first one waits once more", func() bool { return p.Stats().Queued == 2 || fs[0].Done() })
	if _, ok := errors.AsType[*process.WorkerDiedError](fs[0].Exception()); ok {
		t.Skip("a process that was being forked had the pipe")
	}
	for i, f := range fs {
		if v := await(t, f); v != "ab"[i:i+1] {
			t.Errorf("call %d returns %q", i, v)
		}
	}
	if s := p.Stats(); s.Started != 2 || s.Completed != 3 {
		t.Errorf("%+v", s)
	}
}

func TestACallThatHasFoundADeadWorkerCanBeCancelled(t *testing.T) {
	t.Parallel()
	p := newPoolWithADeadWorker(t, process.WithGrace(time.Hour))
	f := echo.Submit(t.Context(), p, "a")
	untilItWaitsOnceMore(t, p, f)
	f.Cancel(errStop)
	awaitError(t, f, future.ErrCancelled, errStop)
	if s := p.Stats(); s.Queued != 0 {
		t.Errorf("%+v", s)
	}
}

func TestACallThatHasFoundADeadWorkerIsRefusedByAPoolThatIsKilled(t *testing.T) {
	t.Parallel()
	p := newPoolWithADeadWorker(t)
	f := echo.Submit(t.Context(), p, "a")
	untilItWaitsOnceMore(t, p, f)
	p.Kill()
	awaitError(t, f, future.ErrExecutorShutdown)
}

// Each call is in the queue, on its way to a worker that may be dead, or running.
func TestEachCallRunsOnceAtMostAndEndsWhileWorkersDie(t *testing.T) {
	var out lockedBuffer
	p := newPool(t, 2, process.WithOutput(&out), process.WithGrace(0), process.WithMaxCallsPerWorker(7))
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	const calls = 300
	fs := make([]*future.Future[string], calls)
	var exits []*future.Future[int]
	for i := range fs {
		fs[i] = say.Submit(ctx, p, fmt.Sprintf("<%d>", i))
		switch i % 10 {
		case 3:
			exits = append(exits, exit.Submit(ctx, p, 1))
		case 7:
			fs[i/2].Cancel(errStop)
		}
	}
	for i, f := range fs {
		if v, err := f.Await(testContext(t)); !f.Done() || err == nil && v != fmt.Sprintf("<%d>", i) || err != nil && !errors.Is(err, errStop) {
			t.Fatalf("call %d: %q, %v", i, v, err)
		}
	}
	for _, f := range exits {
		awaitDeath(t, f)
	}
	if err := p.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	for i, f := range fs {
		ran := strings.Count(out.String(), fmt.Sprintf("<%d>\n", i))
		if ran > 1 || ran == 0 && !f.Cancelled() {
			t.Errorf("call %d ran %d times, and is %v", i, ran, f.State())
		}
	}
}
