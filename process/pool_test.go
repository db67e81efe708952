//go:build unix

package process_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/process"
)

// A lockedBuffer may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func TestWorkersStartOnDemandWithOneToSpare(t *testing.T) {
	p := newPool(t, 4)
	if s := p.Stats(); s.Workers != 0 {
		t.Errorf("before the first call: %+v", s)
	}
	b := newBeacon(t)
	var (
		fs []*future.Future[string]
		ss []*sighting
	)
	for running := 1; running <= 4; running++ {
		fs = append(fs, hold.Submit(t.Context(), p, holder{b.path, "wait"}))
		ss = append(ss, b.wait(t))
		workers := min(running+1, 4)
		eventually(t, fmt.Sprintf("%d workers for %d calls", workers, running), func() bool {
			s := p.Stats()
			return s.Workers == workers && s.Idle == workers-running
		})
	}
	for i, s := range ss {
		s.goOn(t)
		await(t, fs[i])
	}
}

func TestIdleWorkersAreUsedAgain(t *testing.T) {
	p := newPool(t, 2)
	seen := map[int]bool{}
	for range 50 {
		seen[await(t, pid.Submit(t.Context(), p, struct{}{}))] = true
	}
	if s := p.Stats(); len(seen) > 2 || s.Started > 2 {
		t.Errorf("%d processes served, %+v", len(seen), s)
	}
}

func TestOfTheIdleWorkersTheOneThatWasUsedLastIsUsedFirst(t *testing.T) {
	p := newPool(t, 2)
	b := newBeacon(t)
	var (
		fs []*future.Future[string]
		ss []*sighting
	)
	for range 2 {
		fs = append(fs, hold.Submit(t.Context(), p, holder{b.path, "wait"}))
		ss = append(ss, b.wait(t))
	}
	for i, s := range ss {
		s.goOn(t)
		await(t, fs[i])
	}
	if next := await(t, pid.Submit(t.Context(), p, struct{}{})); next != ss[1].pid {
		t.Errorf("process %d serves the next call, want %d and not %d", next, ss[1].pid, ss[0].pid)
	}
}

func TestIdleWorkersGoAndNothingIsLeft(t *testing.T) {
	p := newPool(t, 3, process.WithIdleTimeout(20*time.Millisecond))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	s := b.wait(t)
	eventually(t, "a spare worker", func() bool { return p.Stats().Idle == 1 })
	time.Sleep(100 * time.Millisecond) // several idle times
	if stats := p.Stats(); stats.Idle != 1 || stats.Started != 2 {
		t.Errorf("the spare worker does not stay under load: %+v", stats)
	}
	s.goOn(t)
	await(t, f)
	s.gone(t)
	eventually(t, "no worker", func() bool { return p.Stats().Workers == 0 })
	await(t, pid.Submit(t.Context(), p, struct{}{}))
}

func TestAWorkerIsReplacedAfterItsCalls(t *testing.T) {
	p := newPool(t, 1, process.WithMaxCallsPerWorker(2))
	var pids []int
	for range 6 {
		pids = append(pids, await(t, pid.Submit(t.Context(), p, struct{}{})))
	}
	for i := 0; i < 6; i += 2 {
		if pids[i] != pids[i+1] || i > 0 && pids[i] == pids[i-1] {
			t.Errorf("the calls were served by %v", pids)
		}
	}
}

func TestAShutdownCompletesCallsThatNeedNewWorkers(t *testing.T) {
	p := newPool(t, 2, process.WithMaxCallsPerWorker(1))
	var fs []*future.Future[int]
	for range 7 {
		fs = append(fs, pid.Submit(t.Context(), p, struct{}{}))
	}
	if err := p.Shutdown(testContext(t)); err != nil {
		t.Fatal(err)
	}
	var pids []int
	for _, f := range fs {
		pids = append(pids, await(t, f))
	}
	slices.Sort(pids)
	if len(slices.Compact(pids)) != 7 {
		t.Errorf("the calls were served by %v", pids)
	}
}

func TestCallsGetTheirWorkersInOrder(t *testing.T) {
	var out lockedBuffer
	p := newPool(t, 1, process.WithOutput(&out))
	await(t, pid.Submit(t.Context(), p, struct{}{})) // the worker is warm
	var fs []*future.Future[string]
	var want strings.Builder
	for i := range 200 {
		fs = append(fs, say.Submit(t.Context(), p, fmt.Sprint(i)))
		fmt.Fprintln(&want, i)
	}
	for _, f := range fs {
		await(t, f)
	}
	p.Close()
	if out.String() != want.String() {
		t.Errorf("the order is %q", out.String())
	}
}

var say = future.Register("say", func(_ context.Context, s string) (string, error) {
	fmt.Println(s)
	return s, nil
})

func TestTenThousandCallsMayWait(t *testing.T) {
	p := newPool(t, 2)
	fs := make([]*future.Future[string], 10_000)
	for i := range fs {
		fs[i] = echo.Submit(t.Context(), p, fmt.Sprint(i))
	}
	for i, f := range fs {
		if v := await(t, f); v != fmt.Sprint(i) {
			t.Fatalf("call %d got the answer %q", i, v)
		}
	}
	if s := p.Stats(); s.Submitted != 10_000 || s.Completed != 10_000 || s.Started != 2 || s.Killed != 0 {
		t.Errorf("%+v", s)
	}
}

func TestShutdownWaitsForAllCallsAndRefusesMore(t *testing.T) {
	p := newPool(t, 1, process.WithIdleTimeout(time.Hour))
	b := newBeacon(t)
	running := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	waiting := echo.Submit(t.Context(), p, "waits")
	s := b.wait(t)

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(future.ErrCancelled)
	err := p.Shutdown(ctx)
	if !errors.Is(err, context.Canceled) || errors.Is(err, future.ErrCancelled) {
		t.Errorf("a shutdown whose context has ended returns %v", err)
	}
	awaitError(t, echo.Submit(t.Context(), p, "late"), future.ErrExecutorShutdown)
	if running.Done() || waiting.Done() {
		t.Error("the shutdown ends calls")
	}
	s.goOn(t)
	for range 2 {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	}
	s.gone(t)
	await(t, running)
	await(t, waiting)
}

func TestAPoolThatWasNotUsedShutsDown(t *testing.T) {
	p := newPool(t, 1)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	p.Kill()
}

func TestKillEndsEverythingAtOnce(t *testing.T) {
	p := newPool(t, 2, process.WithGrace(time.Hour))
	b := newBeacon(t)
	spinning := hold.Submit(t.Context(), p, holder{b.path, "spin"})
	s := b.wait(t)
	children := hold.Submit(t.Context(), p, holder{b.path, "children"})
	c := b.wait(t)
	waiting := echo.Submit(t.Context(), p, "waits")
	p.Kill()
	s.gone(t)
	c.gone(t)
	for _, f := range []*future.Future[string]{spinning, children} {
		if died := awaitDeath(t, f); died.Signal != "killed" || f.State() != future.Failed {
			t.Errorf("%v with %v", f.State(), died)
		}
		awaitError(t, f, future.ErrExecutorShutdown)
	}
	awaitError(t, waiting, future.ErrExecutorShutdown)
	awaitError(t, echo.Submit(t.Context(), p, "late"), future.ErrExecutorShutdown)
	if s := p.Stats(); s.Workers != 0 {
		t.Errorf("after Kill there is %+v", s)
	}
	p.Kill()
}

func TestKillReturnsWhenTheProcessesAreGone(t *testing.T) {
	p := newPool(t, 2)
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "spin"})
	s := b.wait(t)
	p.Kill()
	if stats := p.Stats(); stats.Workers != 0 {
		t.Errorf("after Kill there is %+v", stats)
	}
	if err := syscall.Kill(s.pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("after Kill the worker is there: %v", err)
	}
	awaitDeath(t, f)
}

func TestKillWhileWorkersStart(t *testing.T) {
	for i := range 20 {
		p := newPool(t, 4)
		var fs []*future.Future[string]
		for range 4 {
			fs = append(fs, echo.Submit(t.Context(), p, "x"))
		}
		time.Sleep(time.Duration(i) * 500 * time.Microsecond) // any moment will do
		p.Kill()
		for _, f := range fs {
			if _, err := f.Await(testContext(t)); err != nil && !errors.Is(err, future.ErrExecutorShutdown) {
				t.Fatal(err)
			}
		}
	}
}

func TestKillDoesNotClaimWhatHasEndedByItself(t *testing.T) {
	heard := make(chan struct{})
	hear := sync.OnceFunc(func() { close(heard) })
	p := newPool(t, 1, process.WithReaped(func() { <-heard }))
	t.Cleanup(hear)
	died := awaitDeath(t, exit.Submit(t.Context(), p, 0))
	waiting := echo.Submit(t.Context(), p, "x") // for the place of that worker
	killed := future.Go(t.Context(), func(context.Context) (int, error) {
		p.Kill()
		return 0, nil
	})
	awaitError(t, waiting, future.ErrExecutorShutdown)
	hear()
	await(t, killed)
	if died.ExitCode != 0 || died.Signal != "" || died.Unwrap() != nil {
		t.Errorf("the worker ended with %+v", died)
	}
	if s := p.Stats(); s.Killed != 0 {
		t.Errorf("%+v", s)
	}
}

func TestKillDuringAShutdownEndsIt(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "select"})
	s := b.wait(t)
	dead, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Shutdown(dead); err == nil {
		t.Error("the shutdown does not wait")
	}
	closed := future.Go(t.Context(), func(context.Context) (int, error) { return 0, p.Close() })
	p.Kill()
	await(t, closed)
	awaitDeath(t, f)
	s.gone(t)
}

func TestAShutdownEndsAfterTheFuturesOfItsCalls(t *testing.T) {
	done := func(t *testing.T, fs ...*future.Future[string]) {
		t.Helper()
		for i, f := range fs {
			if !f.Done() {
				t.Errorf("call %d is pending after the shutdown", i)
			}
			_, _ = f.Await(testContext(t)) // its error may be reported otherwise
		}
	}
	many := func(p *process.Pool) (fs []*future.Future[string]) {
		for range 1000 {
			fs = append(fs, echo.Submit(t.Context(), p, "x"))
		}
		return fs
	}
	t.Run("value", func(t *testing.T) {
		for range 20 {
			p := newPool(t, 1)
			f := echo.Submit(t.Context(), p, "x")
			p.Close()
			done(t, f)
		}
	})
	t.Run("death", func(t *testing.T) {
		for range 20 {
			p := newPool(t, 1)
			f := crash.Submit(t.Context(), p, "kill")
			p.Close()
			done(t, f)
		}
	})
	t.Run("kill", func(t *testing.T) {
		p := newPool(t, 1)
		fs := many(p)
		await(t, fs[0])
		p.Kill()
		done(t, fs...)
	})
	t.Run("broken", func(t *testing.T) {
		p := newPool(t, 1, withStartFails)
		fs := many(p)
		p.Close()
		done(t, fs...)
	})
}

func TestAShutdownWaitsForNoCallThatWasWithdrawn(t *testing.T) {
	p := newPool(t, 1)
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	s := b.wait(t)
	withdrawn := p.Invoke(t.Context(), future.Call{Name: echo.Name(), Payload: []byte(`"x"`)})
	withdrawn.Cancel(errStop)
	awaitError(t, withdrawn, errStop)
	s.goOn(t)
	await(t, f)
	if err := p.Shutdown(testContext(t)); err != nil {
		t.Error(err)
	}
}

func TestAShutdownWaitsForNoFunctionGivenToMap(t *testing.T) {
	for name, shutdown := range map[string]func(*process.Pool) error{
		"Close": (*process.Pool).Close,
		"Kill": func(p *process.Pool) error {
			p.Kill()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, 1)
			f := future.Map(echo.Submit(t.Context(), p, "x"), func(s string) (string, error) { return s, shutdown(p) })
			if v := await(t, f); v != "x" {
				t.Errorf("the value is %q", v)
			}
		})
	}
}

func TestAShutdownWaitsForNoFunctionGivenToMapOfACallThatWasWithdrawn(t *testing.T) {
	for name, end := range map[string]func(){"returns": func() {}, "goexit": runtime.Goexit} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, 1)
			b := newBeacon(t)
			running := hold.Submit(t.Context(), p, holder{b.path, "wait"})
			s := b.wait(t)
			f := p.Invoke(t.Context(), future.Call{Name: echo.Name(), Payload: []byte(`"x"`)})
			closed := make(chan error, 1)
			future.Map(future.GatherSettled(f), func([]future.Outcome[[]byte]) (int, error) {
				s.goOn(t)
				closed <- p.Shutdown(testContext(t))
				end()
				return 0, nil
			})
			go f.Cancel(errStop)
			if err := <-closed; err != nil {
				t.Errorf("the shutdown ends with %v, %+v", err, p.Stats())
			}
			await(t, running)
		})
	}
}

func TestAFunctionGivenToMapRunsUnderNoLockOfAPoolThatRefusesItsCall(t *testing.T) {
	p := newPool(t, 1)
	b := newBeacon(t)
	running := hold.Submit(t.Context(), p, holder{b.path, "spin"})
	b.wait(t)
	// GatherSettled is there because Map runs its function for values only.
	refused := future.GatherSettled(echo.Submit(t.Context(), p, "waits"))
	mapped := future.Map(refused, func(all []future.Outcome[string]) (int, error) { return p.Stats().Queued, all[0].Err })
	killed := future.Go(t.Context(), func(context.Context) (int, error) {
		p.Kill()
		return 0, nil
	})
	awaitError(t, mapped, future.ErrExecutorShutdown)
	await(t, killed)
	awaitDeath(t, running)
}

func TestAShutdownKillsAnIdleWorkerThatDoesNotLeave(t *testing.T) {
	t.Parallel()
	p := newPool(t, 1)
	worker := await(t, pid.Submit(t.Context(), p, struct{}{}))
	if err := syscall.Kill(worker, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	untilStopped(t, worker)
	if err := p.Shutdown(testContext(t)); err != nil {
		t.Error(err)
	}
}

func TestAWorkerIsNoWorkerToItsChildren(t *testing.T) {
	p := newPool(t, 1)
	if v := await(t, env.Submit(t.Context(), p, process.Variable)); v != "" {
		t.Errorf("the variable says %q", v)
	}
}

func TestNoDescriptorIsLost(t *testing.T) {
	count := func() int {
		fds, err := os.ReadDir("/dev/fd")
		if err != nil {
			t.Skip(err)
		}
		return len(fds)
	}
	use := func() {
		p := newPool(t, 2, process.WithMaxCallsPerWorker(3), process.WithGrace(0))
		for i := range 30 {
			f := echo.Submit(t.Context(), p, "x")
			if i%5 == 0 {
				awaitDeath(t, exit.Submit(t.Context(), p, 1))
			}
			if i%4 == 0 {
				f.Cancel(nil)
			}
			_, _ = f.Await(testContext(t))
		}
		p.Close()
	}
	use()
	before := count()
	for range 3 {
		use()
	}
	if after := count(); after > before {
		t.Errorf("%d descriptors were open, %d are", before, after)
	}
}

func TestProgrammersErrorsPanic(t *testing.T) {
	p := newPool(t, 1)
	for name, f := range map[string]func(){
		"no workers":       func() { _, _ = process.NewPool(0) },
		"negative grace":   func() { process.WithGrace(-1) },
		"no idle time":     func() { process.WithIdleTimeout(0) },
		"no calls":         func() { process.WithMaxCallsPerWorker(0) },
		"no writer":        func() { process.WithOutput(nil) },
		"Invoke, no ctx":   func() { p.Invoke(nil, future.Call{}) }, //nolint:staticcheck // on purpose
		"Shutdown, no ctx": func() { _ = p.Shutdown(nil) },          //nolint:staticcheck // on purpose
	} {
		func() {
			defer func() {
				if r, _ := recover().(string); !strings.HasPrefix(r, "future: ") {
					t.Errorf("%s: %q", name, r)
				}
			}()
			f()
		}()
	}
}
