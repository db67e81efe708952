//go:build unix

package process_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/process"
)

func TestAMapFunctionThatEndsItsGoroutineLosesNoCall(t *testing.T) {
	var out lockedBuffer
	p := newPool(t, 1, process.WithOutput(&out))
	b := newBeacon(t)
	running := hold.Submit(t.Context(), p, holder{b.path, "wait"}) // so that no call is done before it is mapped
	s := b.wait(t)
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
	s.goOn(t)
	await(t, running)
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
	if s := p.Stats(); s.Completed != calls+1 || s.Started != 1 {
		t.Errorf("%+v", s)
	}
}

// Most of these calls are taken to the worker after their context has ended and before they
// have heard of it.
func TestAMapFunctionOfACallThatIsCancelledOnItsWayToAWorkerCostsNoWorker(t *testing.T) {
	p := newPool(t, 1)
	b := newBeacon(t)
	running := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	s := b.wait(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	for range 3000 {
		future.Map(future.GatherSettled(echo.Submit(ctx, p, "x")), func([]future.Outcome[string]) (int, error) {
			runtime.Goexit()
			return 0, nil
		})
	}
	s.goOn(t)
	await(t, running)
	cancel(errStop)
	if v := await(t, echo.Submit(t.Context(), p, "next")); v != "next" {
		t.Errorf("the next call returns %q", v)
	}
}

// heldUp submits a call with a function given to Map that blocks until the test ends. It
// has been entered when goOn returns; so what is submitted before is behind that call.
func heldUp(t *testing.T, p *process.Pool) (goOn func()) {
	t.Helper()
	b := newBeacon(t)
	first := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	entered, leave := make(chan struct{}), make(chan struct{})
	mapped := future.Map(first, func(v string) (string, error) {
		close(entered)
		<-leave
		return v, nil
	})
	t.Cleanup(func() {
		close(leave)
		<-mapped.Ready()
	})
	s := b.wait(t)
	return func() {
		s.goOn(t)
		<-entered
	}
}

func TestAMapFunctionMayWaitForTheNextCallOfItsWorker(t *testing.T) {
	for name, size := range map[string]int{"brief": 10, "long": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, 1)
			b := newBeacon(t)
			first := hold.Submit(t.Context(), p, holder{b.path, "wait"})
			next := bytesBack.Submit(t.Context(), p, make([]byte, size))
			mapped := future.Map(first, func(string) (int, error) {
				v, err := next.Await(testContext(t))
				return len(v), err
			})
			b.wait(t).goOn(t)
			if v := await(t, mapped); v != size {
				t.Errorf("the next call returns %d bytes, want %d", v, size)
			}
			if s := p.Stats(); s.Started != 1 {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestCallsGetTheirWorkerInOrderBehindAMapFunctionThatBlocks(t *testing.T) {
	var out lockedBuffer
	p := newPool(t, 1, process.WithOutput(&out))
	goOn := heldUp(t, p)
	var fs []*future.Future[string]
	var want strings.Builder
	for i := range 50 {
		fs = append(fs, say.Submit(t.Context(), p, fmt.Sprint(i)))
		fmt.Fprintln(&want, i)
	}
	goOn()
	for i, f := range fs {
		if v := await(t, f); v != fmt.Sprint(i) {
			t.Errorf("call %d returns %q", i, v)
		}
	}
	if err := p.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	if out.String() != want.String() {
		t.Errorf("the calls ran as %q", out.String())
	}
}

func TestACallBehindAMapFunctionThatBlocksCanBeCancelled(t *testing.T) {
	for _, mode := range []string{"polite", "spin"} {
		t.Run(mode, func(t *testing.T) {
			grace := time.Duration(0)
			if mode == "polite" {
				grace = time.Hour
			}
			p := newPool(t, 1, process.WithGrace(grace))
			goOn := heldUp(t, p)
			b := newBeacon(t)
			next := hold.Submit(t.Context(), p, holder{b.path, mode})
			goOn()
			b.wait(t)
			next.Cancel(errStop)
			awaitError(t, next, future.ErrCancelled, errStop)
		})
	}
}

func TestTheDeadlineOfACallBehindAMapFunctionThatBlocksHolds(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(0))
	goOn := heldUp(t, p)
	b := newBeacon(t)
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	next := hold.Submit(ctx, p, holder{b.path, "spin"})
	goOn()
	awaitError(t, next, future.ErrCancelled, context.DeadlineExceeded)
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

// withADeadWorker calls test with a pool that takes a dead worker for an idle one until
// hear is called, and with calls of echo behind each other, the first of which has just
// found that out and waits once more.
//
// It may take several pools: a process that is being forked may have the pipe of the
// worker for a moment, and then the call gets lost in there.
func withADeadWorker(t *testing.T, opts []process.Option, args []string, test func(p *process.Pool, fs []*future.Future[string], hear func())) {
	t.Helper()
	for range 20 {
		heard := make(chan struct{})
		hear := sync.OnceFunc(func() { close(heard) })
		p := newPool(t, 1, append(opts, process.WithReaped(func() { <-heard }))...)
		t.Cleanup(hear)
		worker := await(t, pid.Submit(t.Context(), p, struct{}{}))
		if err := syscall.Kill(worker, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the worker is gone", func() bool { return syscall.Kill(worker, 0) != nil })
		var fs []*future.Future[string]
		for _, arg := range args {
			fs = append(fs, echo.Submit(t.Context(), p, arg))
		}
		eventually(t, "the first call waits once more", func() bool { return p.Stats().Queued == len(fs) || fs[0].Done() })
		if !fs[0].Done() {
			test(p, fs, hear)
			return
		}
		hear()
	}
	t.Error("no call finds a dead worker")
}

func TestACallThatFindsADeadWorkerRunsInAnother(t *testing.T) {
	t.Parallel()
	withADeadWorker(t, nil, []string{"a", "b"}, func(p *process.Pool, fs []*future.Future[string], hear func()) {
		hear()
		for i, f := range fs {
			if v := await(t, f); v != "ab"[i:i+1] {
				t.Errorf("call %d returns %q", i, v)
			}
		}
		if s := p.Stats(); s.Started != 2 || s.Completed != 3 {
			t.Errorf("%+v", s)
		}
	})
}

// Which of two calls is the first to find its worker dead is a matter of luck.
func TestCallsThatHaveFoundDeadWorkersKeepTheirOrder(t *testing.T) {
	for range 20 {
		b := newBeacon(t)
		t.Setenv(envStart, b.path)
		heard := make(chan struct{})
		hear := sync.OnceFunc(func() { close(heard) })
		var out lockedBuffer
		p := newPool(t, 2, withStartAsTold, process.WithOutput(&out), process.WithReaped(func() { <-heard }))
		t.Cleanup(hear)
		f := pid.Submit(t.Context(), p, struct{}{})
		warm := []*sighting{b.wait(t), b.wait(t)}
		for _, s := range warm {
			s.goOn(t)
		}
		await(t, f)
		eventually(t, "two workers are idle", func() bool { return p.Stats().Idle == 2 })
		for _, s := range warm {
			_ = syscall.Kill(s.pid, syscall.SIGKILL)
			eventually(t, "the worker is gone", func() bool { return syscall.Kill(s.pid, 0) != nil })
		}
		first, second := say.Submit(t.Context(), p, "first"), say.Submit(t.Context(), p, "second")
		eventually(t, "both calls wait once more", func() bool { return p.Stats().Queued == 2 || first.Done() || second.Done() })
		lost := first.Done() || second.Done() // see withADeadWorker
		hear()
		one, other := b.wait(t), b.wait(t)
		one.goOn(t)
		_, _ = first.Await(testContext(t))
		_, _ = second.Await(testContext(t))
		other.goOn(t)
		p.Close()
		if got := out.String(); got != "first\nsecond\n" && !lost {
			t.Errorf("the calls ran in the order %q", got)
		}
	}
}

func TestACallThatHasFoundADeadWorkerCanBeCancelled(t *testing.T) {
	t.Parallel()
	opts := []process.Option{process.WithGrace(time.Hour)}
	withADeadWorker(t, opts, []string{"a"}, func(p *process.Pool, fs []*future.Future[string], _ func()) {
		fs[0].Cancel(errStop)
		awaitError(t, fs[0], future.ErrCancelled, errStop)
		if s := p.Stats(); s.Queued != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestACallThatHasFoundADeadWorkerIsRefusedByAPoolThatIsKilled(t *testing.T) {
	t.Parallel()
	withADeadWorker(t, nil, []string{"a"}, func(p *process.Pool, fs []*future.Future[string], hear func()) {
		killed := future.Go(t.Context(), func(context.Context) (int, error) {
			p.Kill()
			return 0, nil
		})
		awaitError(t, fs[0], future.ErrExecutorShutdown)
		hear()
		await(t, killed)
	})
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
