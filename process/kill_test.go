//go:build unix

package process_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/future"
	"example.com/future/process"
)

// stubborn are the ways to run that only the end of the process ends.
var stubborn = []string{"spin", "select", "system call", "C", "locks", "stopped", "children"}

func TestCancelKillsWhatDoesNotStop(t *testing.T) {
	for _, mode := range stubborn {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			p := newPool(t, 1, process.WithGrace(20*time.Millisecond))
			b := newBeacon(t)
			f := hold.Submit(t.Context(), p, holder{b.path, mode})
			s := b.wait(t)
			if !f.Cancel(errStop) {
				t.Error("Cancel reports false")
			}
			died := awaitDeath(t, f)
			if died.Signal != "killed" || died.ExitCode != -1 {
				t.Errorf("the worker ended with %+v", died)
			}
			awaitError(t, f, future.ErrCancelled, errStop)
			if !f.Cancelled() {
				t.Errorf("the future is %v", f.State())
			}
			s.gone(t)
			if next := await(t, pid.Submit(t.Context(), p, struct{}{})); next == s.pid {
				t.Error("the killed worker serves again")
			}
			if stats := p.Stats(); stats.Killed != 1 {
				t.Errorf("killed: %+v", stats)
			}
		})
	}
}

// A listError cannot be compared.
type listError []error

func (listError) Error() string { return "several errors" }

// An oddError does something else when it is asked what it matches.
type oddError struct{ is func() }

func (*oddError) Error() string { return "an odd error" }

func (e *oddError) Is(error) bool {
	e.is()
	return false
}

func TestACallIsCancelledWhateverTheCauseIs(t *testing.T) {
	for name, cause := range map[string]error{
		"not comparable": listError{errStop},
		"panic":          &oddError{func() { panic("asked") }},
		"goexit":         &oddError{runtime.Goexit},
	} {
		for _, mode := range []string{"spin", "polite", "late"} {
			t.Run(name+"/"+mode, func(t *testing.T) {
				grace := time.Hour
				if mode == "spin" {
					grace = 0
				}
				p := newPool(t, 1, process.WithGrace(grace))
				b := newBeacon(t)
				f := hold.Submit(t.Context(), p, holder{b.path, mode})
				b.wait(t)
				f.Cancel(cause)
				<-f.Ready()
				if !f.Cancelled() {
					t.Errorf("the future is %v with %v", f.State(), f.Exception())
				}
			})
		}
	}
}

// In a worker errOdd matches itself, and here it panics when it is asked.
var (
	_, inWorker = os.LookupEnv(process.Variable)
	errOdd      = &oddError{func() {
		if !inWorker {
			panic("asked")
		}
	}}
	odd = future.Register("odd", func(context.Context, struct{}) (int, error) { return 0, errOdd })
)

func init() { future.RegisterError("test.odd", errOdd) }

func TestARegisteredErrorWhoseMethodPanicsEndsItsCall(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"no deadline": t.Context(),
		"deadline":    deadlineOnly{t.Context(), time.Now().Add(time.Hour)},
	} {
		t.Run(name, func(t *testing.T) {
			f := odd.Submit(ctx, newPool(t, 1), struct{}{})
			<-f.Ready()
			if remote, ok := f.Exception().(*future.RemoteError); !ok || remote.Message != errOdd.Error() { //nolint:errorlint // see above
				t.Errorf("the call ends with %v", f.Exception())
			}
		})
	}
}

func TestADeadlineKillsWhatDoesNotStop(t *testing.T) {
	t.Parallel()
	p := newPool(t, 1, process.WithGrace(0))
	withinBestOf3(t, soon, func() time.Duration {
		await(t, pid.Submit(t.Context(), p, struct{}{})) // the worker is warm
		b := newBeacon(t)
		// Enough for the function to be entered.
		deadline := time.Now().Add(3 * time.Second)
		ctx, cancel := context.WithDeadline(t.Context(), deadline)
		defer cancel()
		f := hold.Submit(ctx, p, holder{b.path, "spin"})
		s := b.wait(t)
		s.gone(t)
		awaitError(t, f, future.ErrCancelled, context.DeadlineExceeded)
		if !f.Cancelled() {
			t.Errorf("the future is %v", f.State())
		}
		return time.Since(deadline)
	})
}

func TestAWorkerThatHasMovedToAnotherGroupIsKilled(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(0))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "other group"})
	s := b.wait(t)
	f.Cancel(errStop)
	s.gone(t)
	awaitDeath(t, f)
}

// A deadlineOnly has a deadline by which it does not end.
type deadlineOnly struct {
	context.Context

	deadline time.Time
}

func (d deadlineOnly) Deadline() (time.Time, bool) { return d.deadline, true }

func TestADeadlineThatEndsNothingCostsNoWorker(t *testing.T) {
	t.Parallel()
	p := newPool(t, 1)
	before := await(t, pid.Submit(t.Context(), p, struct{}{}))
	f := work.Submit(deadlineOnly{t.Context(), time.Now()}, p, job{"until cancelled", 0})
	awaitError(t, f, context.DeadlineExceeded)
	if f.State() != future.Failed {
		t.Errorf("the future is %v", f.State())
	}
	if after := await(t, pid.Submit(t.Context(), p, struct{}{})); after != before {
		t.Errorf("process %d was replaced by %d", before, after)
	}
}

func TestACallIsCancelledAlsoIfTheWorkersClockIsFirst(t *testing.T) {
	t.Parallel()
	p := newPool(t, 1)
	await(t, pid.Submit(t.Context(), p, struct{}{})) // the worker is warm
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	early := deadlineOnly{ctx, time.Now().Add(100 * time.Millisecond)}
	f := work.Submit(early, p, job{"until cancelled", 0})
	awaitError(t, f, future.ErrCancelled, context.DeadlineExceeded)
	if !f.Cancelled() {
		t.Errorf("the future is %v", f.State())
	}
}

// The contract is a tenth of a second from the end of the grace.
func TestWhatDoesNotStopIsGoneSoonAfterTheGrace(t *testing.T) {
	const grace = 20 * time.Millisecond
	for _, mode := range stubborn {
		t.Run(mode, func(t *testing.T) {
			p := newPool(t, 1, process.WithGrace(grace))
			withinBestOf3(t, soon, func() time.Duration {
				b := newBeacon(t)
				f := hold.Submit(t.Context(), p, holder{b.path, mode})
				s := b.wait(t)
				killed := time.Now().Add(grace)
				f.Cancel(errStop)
				s.gone(t)
				awaitDeath(t, f)
				return time.Since(killed)
			})
		})
	}
}

func TestAWorkerCanBeKilledWhileItSendsALargeResult(t *testing.T) {
	for name, test := range map[string]struct {
		kill func(*process.Pool, *future.Future[string])
		want error
	}{
		"cancel": {func(_ *process.Pool, f *future.Future[string]) { f.Cancel(errStop) }, errStop},
		"kill":   {func(p *process.Pool, _ *future.Future[string]) { p.Kill() }, future.ErrExecutorShutdown},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPool(t, 1, process.WithGrace(0))
			b := newBeacon(t)
			f := hold.Submit(t.Context(), p, holder{b.path, "half an answer"})
			next := echo.Submit(t.Context(), p, "next")
			s := b.wait(t)
			s.line(t)
			test.kill(p, f)
			awaitError(t, f, test.want)
			if died := awaitDeath(t, f); died.Signal != "killed" {
				t.Errorf("%+v", died)
			}
			s.gone(t)
			if name == "kill" {
				awaitError(t, next, future.ErrExecutorShutdown)
			} else if v := await(t, next); v != "next" {
				t.Errorf("the next call returns %q", v)
			}
		})
	}
}

func TestWaitForKillsWhatDoesNotStop(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(0))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "spin"})
	s := b.wait(t)
	_, err := future.WaitFor(t.Context(), f, time.Millisecond)
	if !errors.Is(err, future.ErrTimeout) {
		t.Errorf("WaitFor returns %v", err)
	}
	s.gone(t)
	awaitError(t, f, future.ErrCancelled, future.ErrTimeout)
}

func TestAScopeThatEndsLeavesNoCallRunning(t *testing.T) {
	p := newPool(t, 2, process.WithGrace(0))
	b := newBeacon(t)
	var sightings []*sighting
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		hold.Submit(g, p, holder{b.path, "spin"})
		hold.Submit(g, p, holder{b.path, "select"})
		for range 10 {
			hold.Submit(g, p, holder{b.path, "spin"}) // these wait
		}
		sightings = append(sightings, b.wait(t), b.wait(t))
		return errStop
	})
	if !errors.Is(err, errStop) {
		t.Errorf("the group returns %v", err)
	}
	if s := p.Stats(); s.Running != 0 || s.Queued != 0 {
		t.Errorf("after the group there is %+v", s)
	}
	for _, s := range sightings {
		s.gone(t)
	}
}

func TestAFunctionThatStopsKeepsItsWorker(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "polite"})
	s := b.wait(t)
	f.Cancel(errStop)
	if cause := s.line(t); cause != errStop.Error() {
		t.Errorf("the cause seen in the worker is %q", cause)
	}
	err := awaitError(t, f, future.ErrCancelled, errStop)
	if _, ok := errors.AsType[*process.WorkerDiedError](err); ok || !f.Cancelled() {
		t.Errorf("the future is %v with %v", f.State(), err)
	}
	if next := await(t, pid.Submit(t.Context(), p, struct{}{})); next != s.pid {
		t.Errorf("worker %d was replaced by %d", s.pid, next)
	}
}

// A slowError is an error whose text takes a while.
type slowError struct {
	asked func()
	told  chan struct{}
}

func (e slowError) Error() string {
	e.asked()
	<-e.told
	return "at last"
}

func TestTheTextOfACauseHoldsNoCallUp(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	next := echo.Submit(t.Context(), p, "next")
	s := b.wait(t)
	asked, told := make(chan struct{}), make(chan struct{})
	t.Cleanup(sync.OnceFunc(func() { close(told) }))
	f.Cancel(slowError{sync.OnceFunc(func() { close(asked) }), told})
	<-asked
	s.goOn(t)
	if v := await(t, f); v != "done" {
		t.Errorf("the call returns %q", v)
	}
	if v := await(t, next); v != "next" {
		t.Errorf("the next call returns %q", v)
	}
}

func TestTheTextOfACauseArrivesAsItIsButForItsLength(t *testing.T) {
	for _, test := range []struct{ text, arrives string }{
		{"caf\xe9", "caf\xe9"},
		{strings.Repeat("x", 511) + "ä", strings.Repeat("x", 511)},
	} {
		p := newPool(t, 1, process.WithGrace(time.Hour))
		b := newBeacon(t)
		f := hold.Submit(t.Context(), p, holder{b.path, "polite"})
		s := b.wait(t)
		f.Cancel(errors.New(test.text))
		if cause := s.line(t); cause != test.arrives {
			t.Errorf("the cause seen in the worker is %q, want %q", cause, test.arrives)
		}
		awaitError(t, f, future.ErrCancelled)
	}
}

// The grace of a call that has ended is no matter to the next one of the same worker.
func TestWhatEndsACallDoesNotReachTheNextOne(t *testing.T) {
	const grace = time.Second
	p := newPool(t, 1, process.WithGrace(grace))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "polite"})
	s := b.wait(t)
	f.Cancel(errStop)
	s.line(t)
	awaitError(t, f, future.ErrCancelled, errStop)
	next := hold.Submit(t.Context(), p, holder{b.path, "value"})
	again := b.wait(t)
	if again.pid != s.pid {
		t.Skip("the worker did not stop within its grace")
	}
	select {
	case <-next.Ready():
		t.Errorf("the next call ended with the grace: %v", next.Exception())
	case <-time.After(2 * grace):
	}
	next.Cancel(errStop)
	if v := await(t, next); v != "in spite of it" {
		t.Errorf("the value is %q", v)
	}
}

// It is a matter of microseconds which of the two is first, and then how long a process
// takes to die.
func TestAnAnswerThatCrossesTheKillCostsTheNextCallNothing(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(0))
	b := newBeacon(t)
	for i := range 200 {
		f := hold.Submit(t.Context(), p, holder{b.path, "wait"})
		next := echo.Submit(t.Context(), p, "next")
		s := b.wait(t)
		s.goOn(t)
		for began := time.Now(); time.Since(began) < time.Duration(i%60)*2*time.Microsecond; {
		}
		f.Cancel(errStop)
		if v := await(t, next); v != "next" {
			t.Errorf("the next call returns %q", v)
		}
		if _, err := f.Await(testContext(t)); err != nil && !f.Cancelled() {
			t.Errorf("the call is %v with %v", f.State(), err)
		}
		s.conn.Close()
	}
}

func TestTheFirstReasonForKillingAWorkerCounts(t *testing.T) {
	reason, err := process.KilledFor(errKnown, errStop)
	if err != nil {
		t.Fatal(err)
	}
	if reason != errKnown {
		t.Errorf("the worker was killed because of %v, want %v", reason, errKnown)
	}
}

func TestAWorkerThatHasExitedByItselfIsNotSaidToHaveBeenKilled(t *testing.T) {
	for range 20 {
		died, err := process.KilledLate(envBeforeMain + "=exit with 1")
		if err != nil {
			t.Fatal(err)
		}
		if died.ExitCode == -1 {
			continue // its output was closed a moment before its end
		}
		if died.ExitCode != 1 || died.Signal != "" {
			t.Fatalf("it exited with %d, signal %q", died.ExitCode, died.Signal)
		}
		return
	}
	t.Skip("it was killed each time")
}

func TestAValueThatComesInSpiteOfTheCancellationIsKept(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "value"})
	b.wait(t)
	f.Cancel(errStop)
	if v := await(t, f); v != "in spite of it" {
		t.Errorf("the value is %q", v)
	}
}

func TestAFailureThatComesInSpiteOfTheCancellationIsKept(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "failure"})
	b.wait(t)
	f.Cancel(errStop)
	awaitError(t, f, errKnown)
	if f.State() != future.Failed {
		t.Errorf("the future is %v", f.State())
	}
}

// The context of the function and that of the call may end for different reasons: the
// one by the worker's clock, when the other has just been cancelled.
func TestACallThatIsCancelledIsSoAlsoIfItsFunctionSpeaksOfTheDeadline(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "late"})
	b.wait(t)
	f.Cancel(errStop)
	awaitError(t, f, future.ErrCancelled, errStop, context.DeadlineExceeded)
	if !f.Cancelled() {
		t.Errorf("the future is %v", f.State())
	}
}

func TestAFunctionMayCleanUpWithinTheGrace(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "clean up"})
	s := b.wait(t)
	f.Cancel(nil)
	if line := s.line(t); line != "cleaning" {
		t.Errorf("the worker says %q", line)
	}
	if f.Done() {
		t.Error("the future is done while its function cleans up")
	}
	s.goOn(t)
	awaitError(t, f, future.ErrCancelled)
}

func TestAWorkerThatExitsWhenCancelledCancelsItsCall(t *testing.T) {
	p := newPool(t, 1, process.WithGrace(time.Hour))
	b := newBeacon(t)
	f := hold.Submit(t.Context(), p, holder{b.path, "exit"})
	b.wait(t)
	f.Cancel(errStop)
	if died := awaitDeath(t, f); died.ExitCode != 5 || !f.Cancelled() {
		t.Errorf("the future is %v with %+v", f.State(), died)
	}
}

func TestACancelledCallThatWaitsIsTakenOut(t *testing.T) {
	p := newPool(t, 1)
	b := newBeacon(t)
	first := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	s := b.wait(t)
	second := hold.Submit(t.Context(), p, holder{b.path, "wait"})
	third := pid.Submit(t.Context(), p, struct{}{})
	eventually(t, "two wait", func() bool { return p.Stats().Queued == 2 })
	second.Cancel(errStop)
	awaitError(t, second, future.ErrCancelled, errStop)
	// The future of a call that had not begun yet is done just before it leaves.
	eventually(t, "one waits", func() bool { return p.Stats().Queued == 1 })
	s.goOn(t)
	await(t, first)
	if got := await(t, third); got != s.pid {
		t.Errorf("worker %d was replaced by %d", s.pid, got)
	}
	if c := p.Stats().Completed; c != 2 {
		t.Errorf("%d calls were completed", c)
	}
}

func TestACallThatIsCancelledBeforeItBeginsGivesItsPlaceUp(t *testing.T) {
	p := newPool(t, 1)
	dead, cancel := context.WithCancelCause(t.Context())
	cancel(errStop)
	for range 100 {
		f := echo.Submit(dead, p, "never")
		awaitError(t, f, future.ErrCancelled, errStop)
		echo.Submit(t.Context(), p, "perhaps").Cancel(errStop)
	}
	if v := await(t, echo.Submit(t.Context(), p, "still works")); v != "still works" {
		t.Errorf("the value is %q", v)
	}
	eventually(t, "nothing runs or waits", func() bool {
		s := p.Stats()
		return s.Running == 0 && s.Queued == 0
	})
}

func TestOfAThousandCancelledCallsNoneIsLeft(t *testing.T) {
	p := newPool(t, 2, process.WithGrace(0))
	ctx, cancel := context.WithCancelCause(t.Context())
	var fs []*future.Future[string]
	for range 1000 {
		fs = append(fs, echo.Submit(ctx, p, "x"))
	}
	await(t, fs[0])
	cancel(errStop)
	for _, f := range fs {
		if _, err := f.Await(testContext(t)); err != nil && !errors.Is(err, errStop) {
			t.Fatal(err)
		}
	}
}
