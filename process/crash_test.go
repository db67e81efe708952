//go:build unix

package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/process"
)

func TestACrashFailsOneCallAndSaysWhy(t *testing.T) {
	tests := []struct {
		how    string
		code   int
		signal string
		text   string
	}{
		{"goroutine", 2, "", "panic: on another goroutine"},
		{"kill", -1, "killed", "signal: killed"},
		{"memory", 2, "", ""}, // where it is missed is a matter of luck, and so is the text
		{"middle of header", 9, "", "exit status 9"},
		{"middle of frame", 9, "", "exit status 9"},
		{"length", -1, "killed", "length"},
		{"version", -1, "killed", "version 2"},
		{"id", -1, "killed", "awaited was the answer to call 2"},
		{"kind", -1, "killed", "kind 200"},
		{"hello", -1, "killed", "kind 1 of call 2"},
		{"call", -1, "killed", "kind 4 of call 2"},
		{"cancel", -1, "killed", "kind 5 of call 2"},
		{"rubbish", -1, "killed", "it begins with 72 75"},
		{"close", -1, "killed", "closed its pipe"},
	}
	for _, test := range tests {
		t.Run(test.how, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, 1)
			before := await(t, pid.Submit(t.Context(), p, struct{}{}))
			f := crash.Submit(t.Context(), p, test.how)
			others := []*future.Future[string]{
				echo.Submit(t.Context(), p, "a"), echo.Submit(t.Context(), p, "b"),
			}
			died := awaitDeath(t, f)
			if died.ExitCode != test.code || died.Signal != test.signal || !strings.Contains(died.Error(), test.text) {
				t.Errorf("code %d, signal %q, error %q\n%s", died.ExitCode, died.Signal, died, died.Stderr)
			}
			if f.State() != future.Failed {
				t.Errorf("the future is %v", f.State())
			}
			for i, other := range others {
				if v := await(t, other); v != "ab"[i:i+1] {
					t.Errorf("another call returns %q", v)
				}
			}
			if after := await(t, pid.Submit(t.Context(), p, struct{}{})); after == before {
				t.Error("the worker was not replaced")
			}
		})
	}
}

func TestAForgedErrorFailsItsCall(t *testing.T) {
	p := newPool(t, 1)
	await(t, pid.Submit(t.Context(), p, struct{}{}))
	awaitError(t, crash.Submit(t.Context(), p, "error"), process.ErrFrame)
	p.Kill() // that function never returns
}

func TestAnExitFailsOneCallWithItsCode(t *testing.T) {
	p := newPool(t, 2)
	for _, code := range []int{0, 1, 3} {
		if died := awaitDeath(t, exit.Submit(t.Context(), p, code)); died.ExitCode != code || died.Signal != "" {
			t.Errorf("exit(%d) gives %+v", code, died)
		}
	}
	await(t, pid.Submit(t.Context(), p, struct{}{}))
}

func TestChildrenEndWithAWorkerThatExits(t *testing.T) {
	p := newPool(t, 1)
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "leave children"})
	s := b.wait(t)
	if died := awaitDeath(t, f); died.ExitCode != 0 || died.Signal != "" {
		t.Errorf("the worker ended with %+v", died)
	}
	s.gone(t)
}

func TestAnOrphanThatHasThePipeOfTheAnswersDoesNotHoldUpItsCall(t *testing.T) {
	t.Parallel()
	p := newPool(t, 1)
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "orphan with the answers"})
	b.wait(t).orphan(t)
	if died := awaitDeath(t, f); died.ExitCode != 3 {
		t.Errorf("%+v", died)
	}
}

func TestASignalFromOutsideFailsOneCall(t *testing.T) {
	for _, test := range []struct {
		signal syscall.Signal
		code   int
		name   string
		text   string
	}{
		{syscall.SIGKILL, -1, "killed", "killed"},
		{syscall.SIGSEGV, 2, "", "SIGSEGV"}, // which Go catches, to tell the story
		{syscall.SIGTERM, -1, "terminated", "terminated"},
	} {
		t.Run(test.signal.String(), func(t *testing.T) {
			p := newPool(t, 2)
			b := newBeacon(t)
			victim := hold.Submit(t.Context(), p, holder{b.path, "wait"})
			s := b.wait(t)
			other := hold.Submit(t.Context(), p, holder{b.path, "wait"})
			so := b.wait(t)
			if err := syscall.Kill(s.pid, test.signal); err != nil {
				t.Fatal(err)
			}
			died := awaitDeath(t, victim)
			if died.ExitCode != test.code || died.Signal != test.name || !strings.Contains(died.Error()+string(died.Stderr), test.text) {
				t.Errorf("%+v\n%s", died, died.Stderr)
			}
			so.goOn(t)
			if v := await(t, other); v != "done" {
				t.Errorf("the other call returns %q", v)
			}
		})
	}
}

func TestAnIdleWorkerThatDiesFailsNoCall(t *testing.T) {
	p := newPool(t, 1)
	for range 20 {
		worker := await(t, pid.Submit(t.Context(), p, struct{}{}))
		if err := syscall.Kill(worker, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		// The signal may not have arrived yet: only a worker that is dead for the
		// pool's process too cannot take the call.
		eventually(t, "the worker is gone", func() bool { return syscall.Kill(worker, 0) != nil })
		if next := await(t, pid.Submit(t.Context(), p, struct{}{})); next == worker {
			t.Fatal("a dead worker serves")
		}
	}
}

func TestAPoolWhoseWorkersDoNotStartIsBroken(t *testing.T) {
	t.Setenv(envBeforeMain, "exit")
	p := newPool(t, 2)
	var fs []*future.Future[string]
	for range 10 {
		fs = append(fs, echo.Submit(t.Context(), p, "x"))
	}
	for _, f := range fs {
		died := awaitDeath(t, f)
		awaitError(t, f, process.ErrBroken)
		if died.ExitCode != 7 || !strings.Contains(died.Error(), "panic: the binary is broken") {
			t.Errorf("%+v", died)
		}
	}
	awaitError(t, echo.Submit(t.Context(), p, "later"), process.ErrBroken)
}

func TestABinaryThatDoesNotCallMainInItsWorkersBreaksThePool(t *testing.T) {
	t.Setenv(envBeforeMain, "hang")
	p := newPool(t, 1, process.WithStartTimeout(50e6))
	err := awaitError(t, echo.Submit(t.Context(), p, "x"), process.ErrBroken)
	if !strings.Contains(err.Error(), "did not reach process.Main") {
		t.Error(err)
	}
	if s := p.Stats(); s.Started != 3 {
		t.Errorf("%+v", s)
	}
}

func TestNewPoolRefusesAProgramThatHasNotCalledMain(t *testing.T) {
	defer process.ForgetMain()()
	if _, err := process.NewPool(1); err == nil || !strings.Contains(err.Error(), "Main was not called") {
		t.Errorf("NewPool returns %v", err)
	}
}

// envStart tells startOnce and its relatives what to do; it may name a file.
const envStart = "PROCESS_TEST_START"

func startOnce() error {
	if v, ok := os.LookupEnv(envStart + "_DONE"); ok {
		return errors.New("started twice: " + v)
	}
	return os.Setenv(envStart+"_DONE", "once")
}

func startFails() error { return errKnown }

func startExits() error {
	os.Stderr.WriteString("cannot load the model\n")
	os.Exit(4)
	return nil
}

// startSlowlyFor is how long startSlowly takes.
const startSlowlyFor = 4 * time.Second

func startSlowly() error {
	time.Sleep(startSlowlyFor)
	return nil
}

// startTwiceBad fails until two files are gone, of which it removes one each time.
func startTwiceBad() error {
	for _, suffix := range []string{".1", ".2"} {
		if os.Remove(os.Getenv(envStart)+suffix) == nil {
			return errKnown
		}
	}
	return nil
}

func TestTheStartFunctionRunsOnceInEachWorker(t *testing.T) {
	for name, start := range map[string]process.Option{
		"declared": withStartOnce,
		"closures": withClosures[1],
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, 2, start)
			for range 10 {
				if v := await(t, env.Submit(t.Context(), p, envStart+"_DONE")); v != "once" {
					t.Fatalf("it ran %q", v)
				}
			}
			if _, ok := os.LookupEnv(envStart + "_DONE"); ok {
				t.Error("it ran in the parent")
			}
		})
	}
}

func TestAStartFunctionThatTheWorkersDoNotHaveBreaksThePool(t *testing.T) {
	p := newPool(t, 1, withStartHere)
	err := awaitError(t, echo.Submit(t.Context(), p, "x"), process.ErrBroken)
	if !strings.Contains(err.Error(), "the worker has no function") {
		t.Error(err)
	}
}

func TestStartFunctionsOfOneLiteralAreToldApart(t *testing.T) {
	first, second := newPool(t, 1, withClosures[0]), newPool(t, 1, withClosures[1])
	awaitError(t, echo.Submit(t.Context(), first, "x"), process.ErrBroken, errKnown)
	if v := await(t, env.Submit(t.Context(), second, envStart+"_DONE")); v != "once" {
		t.Errorf("it ran %q", v)
	}
}

// A process that needs longer than that to reach Main, on a slow machine, has two more
// attempts.
func TestAStartFunctionMayTakeLongerThanTheStartOfAProcess(t *testing.T) {
	t.Parallel()
	p := newPool(t, 1, withStartSlowly, process.WithStartTimeout(startSlowlyFor/2))
	if v := await(t, echo.Submit(t.Context(), p, "x")); v != "x" {
		t.Errorf("the call returns %q", v)
	}
}

func TestAStartFunctionThatFailsThreeTimesBreaksThePool(t *testing.T) {
	p := newPool(t, 1, withStartFails)
	awaitError(t, echo.Submit(t.Context(), p, "x"), process.ErrBroken, errKnown)

	p = newPool(t, 3, withStartExits)
	f := echo.Submit(t.Context(), p, "x")
	if died := awaitDeath(t, f); died.ExitCode != 4 || !strings.Contains(died.Error(), "cannot load the model") {
		t.Errorf("%+v", died)
	}
	awaitError(t, f, process.ErrBroken)
}

func TestAPoolSurvivesTwoFailedStarts(t *testing.T) {
	path := t.TempDir() + "/bad"
	t.Setenv(envStart, path)
	p := newPool(t, 1, withStartTwiceBad, process.WithMaxCallsPerWorker(1))
	for range 2 { // a good start is the end of a row of bad ones
		for _, suffix := range []string{".1", ".2"} {
			if err := os.WriteFile(path+suffix, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if v := await(t, echo.Submit(t.Context(), p, "x")); v != "x" {
			t.Error(v)
		}
	}
}

func TestStartsThatFailTogetherAreOneInARow(t *testing.T) {
	for _, n := range []int{3, 4, 8} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			b := newBeacon(t)
			t.Setenv(envStart, b.path)
			for i := range n {
				if err := os.WriteFile(fmt.Sprint(b.path, ".", i), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			p := newPool(t, n, withStartAtFirst)
			var fs []*future.Future[string]
			for range n {
				fs = append(fs, echo.Submit(t.Context(), p, "x"))
			}
			var starts []*sighting
			for range n {
				starts = append(starts, b.wait(t))
			}
			for _, s := range starts {
				s.conn.Close() // it fails
			}
			for _, f := range fs {
				if v := await(t, f); v != "x" {
					t.Errorf("a call returns %q", v)
				}
			}
		})
	}
}

// startAsTold reports to a beacon and waits for its word.
func startAsTold() error {
	conn, err := net.Dial("unix", os.Getenv(envStart))
	if err != nil {
		return err
	}
	fmt.Fprintln(conn, os.Getpid())
	_, err = bufio.NewReader(conn).ReadString('\n')
	return err
}

// startAsToldAtFirst does that in as many processes as there are files, of which each
// removes one.
func startAsToldAtFirst() error {
	for i := range 8 {
		if os.Remove(fmt.Sprint(os.Getenv(envStart), ".", i)) == nil {
			return startAsTold()
		}
	}
	return nil
}

// startIfGood fails as long as there is a file.
func startIfGood() error {
	if _, err := os.Stat(os.Getenv(envStart)); err == nil {
		return errKnown
	}
	return nil
}

func TestAShutdownDoesNotWaitForWorkersThatNobodyNeeds(t *testing.T) {
	b := newBeacon(t)
	t.Setenv(envStart, b.path)
	t.Run("spare", func(t *testing.T) {
		p := newPool(t, 2, withStartAsTold)
		f := echo.Submit(t.Context(), p, "x")
		used, spare := b.wait(t), b.wait(t)
		used.goOn(t)
		await(t, f)
		if err := p.Shutdown(testContext(t)); err != nil {
			t.Error(err)
		}
		used.gone(t)
		spare.gone(t)
	})
	t.Run("cancelled", func(t *testing.T) {
		p := newPool(t, 1, withStartAsTold)
		f := echo.Submit(t.Context(), p, "x")
		s := b.wait(t)
		f.Cancel(errStop)
		awaitError(t, f, errStop)
		if err := p.Shutdown(testContext(t)); err != nil {
			t.Error(err)
		}
		s.gone(t)
	})
	t.Run("cancelled later", func(t *testing.T) {
		p := newPool(t, 1, withStartAsTold)
		f := echo.Submit(t.Context(), p, "x")
		s := b.wait(t)
		beginShutdown(t, p)
		f.Cancel(errStop)
		s.gone(t)
	})
	t.Run("hangs", func(t *testing.T) {
		t.Setenv(envBeforeMain, "hang")
		p := newPool(t, 1, process.WithStartTimeout(time.Hour))
		echo.Submit(t.Context(), p, "x").Cancel(errStop)
		if err := p.Shutdown(testContext(t)); err != nil {
			t.Error(err)
		}
	})
}

func TestAShutdownWaitsForAWorkerThatACallNeeds(t *testing.T) {
	b := newBeacon(t)
	t.Setenv(envStart, b.path)
	p := newPool(t, 2, withStartAsTold)
	f := echo.Submit(t.Context(), p, "x")
	first, second := b.wait(t), b.wait(t)
	beginShutdown(t, p)
	first.goOn(t)
	if v := await(t, f); v != "x" {
		t.Errorf("the call returns %q", v)
	}
	second.gone(t)
}

func TestAShutdownCompletesTheCallsBehindOneThatCrashes(t *testing.T) {
	p := newPool(t, 1)
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	var behind []*future.Future[string]
	for i := range 5 {
		behind = append(behind, echo.Submit(t.Context(), p, fmt.Sprint(i)))
	}
	s := b.wait(t)
	beginShutdown(t, p)
	closed := future.Go(t.Context(), func(context.Context) (int, error) { return 0, p.Close() })
	if err := syscall.Kill(s.pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, closed)
	awaitDeath(t, f)
	for i, f := range behind {
		if v := await(t, f); v != fmt.Sprint(i) {
			t.Errorf("call %d behind it returns %q", i, v)
		}
	}
	if s := p.Stats(); s.Started != 2 {
		t.Errorf("%+v", s)
	}
}

// beginShutdown returns when the pool takes no more calls.
func beginShutdown(t *testing.T, p *process.Pool) {
	t.Helper()
	dead, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Shutdown(dead); err == nil {
		t.Error("the shutdown does not wait")
	}
}

func TestAPoolWhoseStartsHaveFailedTriesAgainBesideABusyWorker(t *testing.T) {
	bad := t.TempDir() + "/bad"
	t.Setenv(envStart, bad)
	p := newPool(t, 2, withStartIfGood)
	b := newBeacon(t)
	busy := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	s := b.wait(t)
	eventually(t, "a spare worker", func() bool { return p.Stats().Idle == 1 })
	if err := os.WriteFile(bad, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	awaitDeath(t, exit.Submit(t.Context(), p, 1))
	waiting := echo.Submit(t.Context(), p, "x")
	eventually(t, "three starts have failed", func() bool {
		s := p.Stats()
		return s.Started >= 5 && s.Workers == 1
	})
	if err := os.Remove(bad); err != nil {
		t.Fatal(err)
	}
	if v := await(t, waiting); v != "x" || busy.Done() {
		t.Errorf("the call returns %q, the busy worker's is %v", v, busy.State())
	}
	s.goOn(t)
	await(t, busy)
}

func TestAStartFunctionThatNoWorkerCanKnowPanicsAtOnce(t *testing.T) {
	for name, start := range map[string]func() error{"nil": nil, "late": startOnce} {
		func() {
			defer func() {
				if r, _ := recover().(string); !strings.HasPrefix(r, "future: WithStart: ") {
					t.Errorf("%s: WithStart panics with %q", name, r)
				}
			}()
			process.WithStart(start)
		}()
	}
}

// What the workers shall know has to be there before Main.
var (
	withStartOnce     = process.WithStart(startOnce)
	withStartFails    = process.WithStart(startFails)
	withStartExits    = process.WithStart(startExits)
	withStartSlowly   = process.WithStart(startSlowly)
	withStartTwiceBad = process.WithStart(startTwiceBad)
	withStartAsTold   = process.WithStart(startAsTold)
	withStartIfGood   = process.WithStart(startIfGood)
	withStartAtFirst  = process.WithStart(startAsToldAtFirst)

	// A function that the workers do not know.
	withStartHere = func() process.Option {
		if _, worker := os.LookupEnv(process.Variable); worker {
			return nil
		}
		return process.WithStart(func() error { return nil })
	}()

	// Two functions of one literal: the first fails.
	withClosures = func() (options [2]process.Option) {
		for i := range options {
			options[i] = process.WithStart(func() error {
				if i == 0 {
					return errKnown
				}
				return startOnce()
			})
		}
		return options
	}()
)
