package future_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"example.com/future"
)

// A reportBook holds the reports of a test. Those of other tests, whose futures are
// collected meanwhile, come here as well, so look for your own.
type reportBook struct {
	mu      sync.Mutex
	reports []future.Report
}

// collectReports makes the test receive the reports.
func collectReports(t *testing.T) *reportBook {
	t.Helper()
	l := new(reportBook)
	future.SetExceptionHandler(l.add)
	t.Cleanup(func() { future.SetExceptionHandler(nil) })
	return l
}

func (l *reportBook) add(r future.Report) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reports = append(l.reports, r)
}

func (l *reportBook) filter(keep func(future.Report) bool) []future.Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	var kept []future.Report
	for _, r := range l.reports {
		if keep(r) {
			kept = append(kept, r)
		}
	}
	return kept
}

// of returns the reports of err.
func (l *reportBook) of(err error) []future.Report {
	return l.filter(func(r future.Report) (is bool) {
		// Another test's error may have a method that panics.
		defer func() { _ = recover() }()
		return errors.Is(r.Err, err)
	})
}

func (l *reportBook) ofCallbacks() []future.Report {
	return l.filter(func(r future.Report) bool { return strings.Contains(r.Message, "callback") })
}

// collect runs the garbage collector until until holds.
func collect(t *testing.T, what string, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(safetyNet); !until(); {
		if time.Now().After(deadline) {
			t.Fatalf("timed out: %s", what)
		}
		runtime.GC()
		time.Sleep(time.Millisecond) // the cleanups and the handler have goroutines of their own
	}
}

// collectAll returns when what was garbage at the call has been reported. It drops
// failed futures of its own and waits for their reports, several times over.
func (l *reportBook) collectAll(t *testing.T) {
	t.Helper()
	for range 5 {
		err := errors.New("a control")
		drop(func() *future.Future[int] { return future.FromException[int](err) })
		collect(t, "a control is reported", func() bool { return len(l.of(err)) == 1 })
	}
}

// drop makes something and forgets it, in a frame that is gone afterwards.
//
//go:noinline
func drop[T any](fn func() T) { _ = fn() }

// A uniqueError is one that no other test has.
func uniqueError(t *testing.T) error {
	t.Helper()
	return errors.New("the error of " + t.Name())
}

func TestAnErrorThatASetterRefusesIsNotReported(t *testing.T) {
	log := collectReports(t)
	err := uniqueError(t)
	for range 2000 {
		f := future.New[int]()
		var wg sync.WaitGroup
		start := make(chan struct{})
		for range 3 {
			wg.Go(func() {
				<-start
				_ = f.SetException(err)
			})
		}
		close(start)
		wg.Wait()
		_ = f.Exception() // of the setter that was first
	}
	log.collectAll(t)
	if n := len(log.of(err)); n > 0 {
		t.Errorf("%d errors were reported of setters that came too late", n)
	}
}

func TestAFailureNobodyLooksAtIsReportedOnceWhenItIsCollected(t *testing.T) {
	makers := map[string]func(ctx context.Context, err error) *future.Future[int]{
		"SetException": func(_ context.Context, err error) *future.Future[int] {
			f := future.New[int]()
			_ = f.SetException(err)
			return f
		},
		"FromException": func(_ context.Context, err error) *future.Future[int] { return future.FromException[int](err) },
		"zero value": func(_ context.Context, err error) *future.Future[int] {
			var f future.Future[int]
			_ = f.SetOutcome(0, err)
			return &f
		},
		"with a callback that does not look": func(_ context.Context, err error) *future.Future[int] {
			f := future.FromException[int](err)
			done := make(chan struct{})
			f.AddDoneCallback(func(*future.Future[int]) { close(done) })
			<-done
			return f
		},
		"Go": func(ctx context.Context, err error) *future.Future[int] {
			f := future.Go(ctx, func(context.Context) (int, error) { return 0, err })
			<-f.Ready()
			return f
		},
		"Cancel afterwards": func(_ context.Context, err error) *future.Future[int] {
			f := future.FromException[int](err)
			f.Cancel(nil)
			return f
		},
		"seen by Wait alone": func(ctx context.Context, err error) *future.Future[int] {
			f := future.FromException[int](err)
			_, _, _ = future.Wait(ctx, future.FirstException, f)
			return f
		},
		"asked for its state": func(_ context.Context, err error) *future.Future[int] {
			f := future.FromException[int](err)
			_, _, _, _ = f.State(), f.Done(), f.Cancelled(), f.String()
			<-f.Ready()
			return f
		},
		"Await ended by its ctx": func(_ context.Context, err error) *future.Future[int] {
			f := future.New[int]()
			_, _ = f.Await(deadContext(nil))
			_ = f.SetException(err)
			return f
		},
		"Result while pending": func(_ context.Context, err error) *future.Future[int] {
			f := future.New[int]()
			_, _ = f.Result()
			_ = f.Exception()
			_ = f.SetException(err)
			return f
		},
	}
	for name, makeFuture := range makers {
		t.Run(name, func(t *testing.T) {
			reports := collectReports(t)
			err := uniqueError(t)
			drop(func() *future.Future[int] { return makeFuture(t.Context(), err) })
			collect(t, "the failure is reported", func() bool { return len(reports.of(err)) > 0 })
			reports.collectAll(t)
			got := reports.of(err)
			if len(got) != 1 {
				t.Fatalf("%d reports, want 1", len(got))
			}
			if r := got[0]; r.Err != err || !strings.HasPrefix(r.Message, "future: ") || r.Context == nil { //nolint:errorlint // the very error
				t.Errorf("report %+v, want a message, the very error and a context", r)
			}
		})
	}
}

func TestWhatWasLookedAtIsNotReported(t *testing.T) {
	looks := map[string]func(ctx context.Context, f *future.Future[int]){
		"Result":    func(_ context.Context, f *future.Future[int]) { _, _ = f.Result() },
		"Exception": func(_ context.Context, f *future.Future[int]) { _ = f.Exception() },
		"Await":     func(ctx context.Context, f *future.Future[int]) { _, _ = f.Await(ctx) },
		"Await under a dead context that delivered it": func(_ context.Context, f *future.Future[int]) { _, _ = f.Await(deadContext(nil)) },
		"WaitFor": func(ctx context.Context, f *future.Future[int]) { _, _ = future.WaitFor(ctx, f, time.Hour) },
		"a callback": func(_ context.Context, f *future.Future[int]) {
			done := make(chan struct{})
			f.AddDoneCallback(func(f *future.Future[int]) { _ = f.Exception(); close(done) })
			<-done
		},
		"AsCompleted": func(ctx context.Context, f *future.Future[int]) {
			for range future.AsCompleted(ctx, f) {
			}
		},
		"Await2": func(ctx context.Context, f *future.Future[int]) {
			_, _, _ = future.Await2(ctx, f, future.FromResult(1))
		},
		"GatherSettled": func(_ context.Context, f *future.Future[int]) {
			_ = future.GatherSettled(f)
		},
		"Catch": func(ctx context.Context, f *future.Future[int]) {
			g := future.Catch(ctx, f, func(context.Context, error) (int, error) { return 1, nil })
			_, _ = g.Await(ctx)
		},
	}
	reports := collectReports(t)
	errs := map[string]error{}
	for name, look := range looks {
		err := errors.New(name)
		errs[name] = err
		drop(func() int { look(t.Context(), future.FromException[int](err)); return 0 })
		drop(func() int {
			f := future.New[int]()
			go func() { _ = f.SetException(err) }()
			<-f.Ready()
			look(t.Context(), f)
			return 0
		})
	}
	reports.collectAll(t)
	for name, err := range errs {
		if got := reports.of(err); len(got) != 0 {
			t.Errorf("%s: reported %+v, want nothing", name, got)
		}
	}
}

func TestSuccessCancellationAndPendingFuturesAreNotReported(t *testing.T) {
	reports := collectReports(t)
	err := uniqueError(t)
	for range 10 {
		drop(func() *future.Future[error] { return future.FromResult(err) })
		drop(func() *future.Future[int] { f := future.New[int](); f.Cancel(err); return f })
		drop(func() *future.Future[int] { return future.New[int]() })
		drop(func() *future.Future[int] {
			return future.Go(deadContext(err), func(context.Context) (int, error) { return 0, err })
		})
		drop(func() *future.Future[int] {
			ctx, cancel := context.WithCancelCause(t.Context())
			f := future.Go(ctx, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) })
			cancel(err)
			<-f.Ready()
			return f
		})
	}
	reports.collectAll(t)
	if got := reports.of(err); len(got) != 0 {
		t.Errorf("reported %+v, want nothing", got)
	}
}

// Whoever hands an error on counts as having looked; then it is the derived future
// whose error has to be looked at.
func TestHandingAnErrorOnMovesTheDutyToLook(t *testing.T) {
	derive := map[string]func(ctx context.Context, f *future.Future[int]) *future.Future[int]{
		"Map": func(_ context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Map(f, func(v int) (int, error) { return v, nil })
		},
		"Then": func(ctx context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Then(ctx, f, func(_ context.Context, v int) (int, error) { return v, nil })
		},
		"Flatten of a failed outer": func(_ context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Flatten(future.Map(f, func(int) (*future.Future[int], error) { return nil, nil }))
		},
		"Flatten of a failed inner": func(_ context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Flatten(future.FromResult(f))
		},
		"Race": func(_ context.Context, f *future.Future[int]) *future.Future[int] { return future.Race(f) },
		"Any":  func(_ context.Context, f *future.Future[int]) *future.Future[int] { return future.Any(f) },
		"Timeout": func(_ context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Timeout(f, time.Hour)
		},
		"Shield": func(_ context.Context, f *future.Future[int]) *future.Future[int] { return future.Shield(f) },
		"Gather": func(_ context.Context, f *future.Future[int]) *future.Future[int] {
			return future.Map(future.Gather(f), func([]int) (int, error) { return 0, nil })
		},
	}
	for name, d := range derive {
		t.Run(name+" is reported once if nobody looks", func(t *testing.T) {
			reports := collectReports(t)
			err := uniqueError(t)
			drop(func() *future.Future[int] {
				f := future.New[int]()
				g := d(t.Context(), f)
				_ = f.SetException(err)
				return g
			})
			collect(t, "the failure is reported", func() bool { return len(reports.of(err)) > 0 })
			reports.collectAll(t)
			if got := reports.of(err); len(got) != 1 {
				t.Errorf("%d reports, want 1", len(got))
			}
		})
		t.Run(name+" is silent if somebody looks at the derived future", func(t *testing.T) {
			reports := collectReports(t)
			err := uniqueError(t)
			drop(func() int {
				f := future.New[int]()
				g := d(t.Context(), f)
				_ = f.SetException(err)
				if got := g.Exception(); !errors.Is(got, err) {
					t.Errorf("Exception() = %v, want %v", got, err)
				}
				return 0
			})
			reports.collectAll(t)
			if got := reports.of(err); len(got) != 0 {
				t.Errorf("reported %+v, want nothing", got)
			}
		})
	}
}

func TestLateFailuresOfAGathersInputsAreReported(t *testing.T) {
	reports := collectReports(t)
	first, late := errors.New("first"), uniqueError(t)
	drop(func() int {
		a, b := future.New[int](), future.New[int]()
		g := future.Gather(a, b)
		_ = a.SetException(first)
		_ = b.SetException(late)
		if err := g.Exception(); !errors.Is(err, first) {
			t.Errorf("Exception() = %v, want the first failure", err)
		}
		return 0
	})
	collect(t, "the late failure is reported", func() bool { return len(reports.of(late)) > 0 })
	if got := reports.of(first); len(got) != 0 {
		t.Errorf("reported %+v, want nothing of the first", got)
	}
}

func TestTheReportOfATaskSaysItsNameAndTheContextItWasStartedUnder(t *testing.T) {
	reports := collectReports(t)
	type key struct{}
	err := uniqueError(t)
	ctx := context.WithValue(t.Context(), key{}, "value")
	for _, opts := range [][]future.TaskOption{nil, {future.WithName("fetch")}} {
		err := fmt.Errorf("%d: %w", len(opts), err)
		name := make(chan string, 1)
		drop(func() int {
			f := future.Go(ctx, func(context.Context) (int, error) { return 0, err }, opts...)
			name <- f.Name()
			<-f.Ready()
			return 0
		})
		collect(t, "the failure is reported", func() bool { return len(reports.of(err)) > 0 })
		r := reports.of(err)[0]
		if want := <-name; r.Task != want {
			t.Errorf("Task = %q, want %q", r.Task, want)
		}
		if r.Context != ctx {
			t.Errorf("Context = %v, want the very context given to Go", r.Context)
		}
	}
}

func TestTheReportOfAPanicHasItsStack(t *testing.T) {
	reports := collectReports(t)
	err := uniqueError(t)
	drop(func() int {
		<-future.Go(t.Context(), func(context.Context) (int, error) { panicWith(err); return 0, nil }).Ready()
		return 0
	})
	collect(t, "the panic is reported", func() bool { return len(reports.of(err)) > 0 })
	if r := reports.of(err)[0]; !strings.Contains(string(r.Stack), "panicWith") {
		t.Errorf("Stack = %q, want that of the panic", r.Stack)
	}
}

// The end of the scope reports without the help of the collector.
func TestRunReportsWhatNobodyLookedAtWhenItEndsAndOnlyOnce(t *testing.T) {
	outside := collectReports(t)
	var inside reportBook
	ignored, looked := uniqueError(t), errors.New("looked at")
	var kept, seen *future.Future[int]
	var scope context.Context
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		scope = ctx
		kept = future.Go(ctx, func(context.Context) (int, error) { return 0, ignored }, future.WithName("ignored"))
		seen = future.Go(ctx, func(context.Context) (int, error) { return 0, looked })
		_, _ = seen.Await(ctx)
		<-kept.Ready()
		if got := inside.of(ignored); len(got) != 0 {
			t.Errorf("reported %+v before the scope ended", got)
		}
		return 0, nil
	}, future.WithExceptionHandler(inside.add))
	got := inside.of(ignored)
	if len(got) != 1 || got[0].Task != "ignored" || got[0].Context != scope {
		t.Errorf("reports %+v, want one with the name and the context of the task", got)
	}
	if got := inside.of(looked); len(got) != 0 {
		t.Errorf("reported %+v, which was looked at", got)
	}
	kept, seen = nil, nil
	outside.collectAll(t)
	if in, out := len(inside.of(ignored)), len(outside.of(ignored)); in != 1 || out != 0 {
		t.Errorf("%d reports inside and %d outside after a collection, want 1 and 0", in, out)
	}
	runtime.KeepAlive(kept)
	runtime.KeepAlive(seen)
}

func TestAFailureCollectedBeforeItsScopeEndsIsReportedOnceToTheScopesHandler(t *testing.T) {
	var inside reportBook
	err := uniqueError(t)
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		drop(func() int {
			<-future.Go(ctx, func(context.Context) (int, error) { return 0, err }).Ready()
			return 0
		})
		collect(t, "the failure is reported", func() bool { return len(inside.of(err)) > 0 })
		return 0, nil
	}, future.WithExceptionHandler(inside.add))
	if got := inside.of(err); len(got) != 1 {
		t.Errorf("%d reports, want 1", len(got))
	}
}

func TestADerivedFailureOfATaskIsReportedWhenTheTasksScopeEnds(t *testing.T) {
	var inside reportBook
	err := uniqueError(t)
	var kept *future.Future[int]
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		f := future.Go(ctx, func(context.Context) (int, error) { return 0, err })
		kept = future.Map(f, func(v int) (int, error) { return v, nil })
		<-kept.Ready()
		return 0, nil
	}, future.WithExceptionHandler(inside.add))
	if got := inside.of(err); len(got) != 1 {
		t.Errorf("%d reports, want 1", len(got))
	}
	runtime.KeepAlive(kept)
}

// A group returns the failures of its tasks. That a task was cancelled it does not say,
// nor does it return what a Gather made of it.
func TestAJoinOfACancelledTaskIsReportedWhenTheTasksGroupEnds(t *testing.T) {
	var kept *future.Future[[]int]
	body := func(err error, ends func()) func(*future.Group) error {
		return func(g *future.Group) error {
			f := future.Go(g, untilDone)
			kept = future.Gather(f)
			f.Cancel(err)
			ends()
			return nil
		}
	}
	for name, ends := range map[string]func(){"which returns": func() {}, "whose body panics": func() { panic("body") }} {
		t.Run(name, func(t *testing.T) {
			var inside reportBook
			err := uniqueError(t)
			_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
				defer func() { _ = recover() }()
				return 0, future.TaskGroup(ctx, body(err, ends))
			}, future.WithExceptionHandler(inside.add))
			if got := inside.of(err); len(got) != 1 {
				t.Errorf("%d reports, want 1", len(got))
			}
			runtime.KeepAlive(kept)
		})
	}
	t.Run("unless somebody looks", func(t *testing.T) {
		var inside reportBook
		err := uniqueError(t)
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			return 0, future.TaskGroup(ctx, body(err, func() { _, _ = kept.Await(ctx) }))
		}, future.WithExceptionHandler(inside.add))
		if got := inside.of(err); len(got) != 0 {
			t.Errorf("%d reports, want none", len(got))
		}
	})
}

// Whoever ends the context of tasks knows. A client that goes is no news, nor is what
// Gather makes of it.
func TestAJoinOfTasksThatEndWithTheirContextIsNotReported(t *testing.T) {
	join := func(ctx context.Context) (joined <-chan struct{}) {
		started := future.Gather(future.Go(ctx, untilDone), future.Go(ctx, untilDone))
		future.Any(future.Go(ctx, untilDone), future.Go(ctx, untilDone))
		return started.Ready()
	}
	for name, end := range map[string]func(ctx context.Context, cancel context.CancelCauseFunc, err error){
		"outside of scopes": func(ctx context.Context, cancel context.CancelCauseFunc, err error) {
			joined := join(ctx)
			cancel(err)
			<-joined
		},
		"in a Run": func(ctx context.Context, cancel context.CancelCauseFunc, err error) {
			_, _ = future.Run(ctx, func(ctx context.Context) (int, error) {
				join(ctx)
				cancel(err)
				return 0, nil
			})
		},
		"in a group": func(ctx context.Context, _ context.CancelCauseFunc, err error) {
			_ = future.TaskGroup(ctx, func(g *future.Group) error {
				join(g)
				return err
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			reports := collectReports(t)
			err := uniqueError(t)
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			end(ctx, cancel, err)
			reports.collectAll(t)
			if got := reports.of(err); len(got) != 0 {
				t.Errorf("%d reports, the first one %+v", len(got), got[0])
			}
		})
	}
}

func TestWhatAGroupReturnsIsNotReportedAsWell(t *testing.T) {
	reports := collectReports(t)
	err := uniqueError(t)
	got := future.TaskGroup(t.Context(), func(g *future.Group) error {
		future.Go(g, func(context.Context) (int, error) { return 0, err })
		return nil
	})
	if !errors.Is(got, err) {
		t.Errorf("TaskGroup: %v, want %v", got, err)
	}
	reports.collectAll(t)
	if r := reports.of(err); len(r) != 0 {
		t.Errorf("reported %+v, want nothing", r)
	}
}

// logged replaces slog's default while fn runs and returns what it wrote.
func logged(t *testing.T, fn func(written func() string)) {
	t.Helper()
	var (
		mu sync.Mutex
		b  bytes.Buffer
	)
	old := slog.Default()
	defer slog.SetDefault(old)
	slog.SetDefault(slog.New(slog.NewTextHandler(lockedWriter{&mu, &b}, nil)))
	fn(func() string {
		mu.Lock()
		defer mu.Unlock()
		return b.String()
	})
}

type lockedWriter struct {
	mu *sync.Mutex
	b  *bytes.Buffer
}

func (w lockedWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.Write(p)
}

// reportNow makes a report of err, under the handler h of a scope.
func reportNow(t *testing.T, err error, h func(future.Report)) {
	t.Helper()
	var kept *future.Future[int]
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		kept = future.Go(ctx, func(context.Context) (int, error) { return 0, err }, future.WithName("fetch"))
		<-kept.Ready()
		return 0, nil
	}, future.WithExceptionHandler(h))
	runtime.KeepAlive(kept)
}

func TestTheDefaultHandlerLogsAtLevelErrorToSlogsDefault(t *testing.T) {
	for name, set := range map[string]func(){
		"from the start": func() {},
		"restored by SetExceptionHandler of nil": func() {
			future.SetExceptionHandler(func(future.Report) { t.Error("the handler that was replaced got a report") })
			future.SetExceptionHandler(nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			logged(t, func(written func() string) {
				set()
				err := uniqueError(t)
				reportNow(t, err, nil)
				line := written()
				for _, part := range []string{"level=ERROR", err.Error(), "task=fetch", "never looked at"} {
					if !strings.Contains(line, part) {
						t.Errorf("the log %q lacks %q", line, part)
					}
				}
			})
		})
	}
}

func TestTheDefaultHandlerLogsTheStackOfAPanic(t *testing.T) {
	logged(t, func(written func() string) {
		var kept *future.Future[int]
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			kept = future.Go(ctx, func(context.Context) (int, error) { panicWith("x"); return 0, nil })
			<-kept.Ready()
			return 0, nil
		})
		if line := written(); !strings.Contains(line, "panicWith") {
			t.Errorf("the log %q lacks the stack", line)
		}
		runtime.KeepAlive(kept)
	})
}

func TestAHandlerThatDoesNotReturnFallsBackToTheDefault(t *testing.T) {
	for name, broken := range map[string]func(future.Report){
		"panics":       func(future.Report) { panic("the handler") },
		"calls Goexit": func(future.Report) { runtime.Goexit() },
	} {
		t.Run("a scope's handler "+name, func(t *testing.T) {
			logged(t, func(written func() string) {
				err := uniqueError(t)
				reportNow(t, err, broken)
				if line := written(); !strings.Contains(line, err.Error()) {
					t.Errorf("the log %q lacks the report", line)
				}
			})
		})
		t.Run("the process's handler "+name, func(t *testing.T) {
			future.SetExceptionHandler(broken)
			defer future.SetExceptionHandler(nil)
			logged(t, func(written func() string) {
				err := uniqueError(t)
				reportNow(t, err, nil)
				if line := written(); !strings.Contains(line, err.Error()) {
					t.Errorf("the log %q lacks the report", line)
				}
			})
		})
	}
}

// A panickingHandler is a broken logger.
type panickingHandler struct{ slog.Handler }

func (panickingHandler) Enabled(context.Context, slog.Level) bool  { return true }
func (panickingHandler) Handle(context.Context, slog.Record) error { panic("the logger") }

func TestABrokenLoggerDoesNotEndTheProcess(t *testing.T) {
	old := slog.Default()
	defer slog.SetDefault(old)
	slog.SetDefault(slog.New(panickingHandler{}))
	f := future.New[int]()
	ran := false
	f.AddDoneCallback(func(*future.Future[int]) { panic("the callback") })
	f.AddDoneCallback(func(*future.Future[int]) { ran = true })
	_ = f.SetResult(1)
	drained(t, f)
	if !ran {
		t.Error("the next callback did not run")
	}
}

func TestTheHandlerMayBeSetWhileReportsAreMade(t *testing.T) {
	reports := new(reportBook)
	future.SetExceptionHandler(reports.add)
	defer future.SetExceptionHandler(nil)
	var wg sync.WaitGroup
	wg.Go(func() {
		for range 500 {
			future.SetExceptionHandler(reports.add)
		}
	})
	for range 4 {
		wg.Go(func() {
			for range 50 {
				f := future.FromResult(1)
				f.AddDoneCallback(func(*future.Future[int]) { panic("x") })
				drained(t, f)
			}
		})
	}
	wg.Wait()
	if got := len(reports.ofCallbacks()); got != 200 {
		t.Errorf("%d reports, want 200", got)
	}
}

// The handler does not run on the goroutine of the runtime's cleanups, nor under a
// lock of the package.
func TestAHandlerMayUseThePackage(t *testing.T) {
	err := uniqueError(t)
	results := make(chan int, 1)
	future.SetExceptionHandler(func(r future.Report) {
		if errors.Is(r.Err, err) {
			v, _ := future.Go(context.Background(), func(context.Context) (int, error) { return 42, nil }).Await(context.Background())
			runtime.GC()
			results <- v
		}
	})
	defer future.SetExceptionHandler(nil)
	drop(func() *future.Future[int] { return future.FromException[int](err) })
	collect(t, "the handler returns", func() bool { return len(results) == 1 })
	if v := <-results; v != 42 {
		t.Errorf("got %v, want 42", v)
	}
}

func TestATaskThatAnAbortingGroupRefusesIsNotReportedAndOneThatAnEndedGroupRefusesIs(t *testing.T) {
	for name, wants := range map[string]int{"aborting": 0, "ended": 1} {
		t.Run(name, func(t *testing.T) {
			reports := collectReports(t)
			why := uniqueError(t)
			var ended *future.Group
			_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
				ended = g
				g.Cancel(why)
				if name == "aborting" {
					drop(func() *future.Future[int] { return future.Go(g, returns(1, nil)) })
				}
				return nil
			})
			if name == "ended" {
				drop(func() *future.Future[int] { return future.Go(ended, returns(1, nil)) })
			}
			reports.collectAll(t)
			if got := len(reports.of(why)); got != wants {
				t.Errorf("%d reports of the refusal, want %d", got, wants)
			}
		})
	}
}

// The handler of a Run hears of what the Run has refused: when it ends, or afterwards.
func TestATaskThatARunRefusesIsReportedToItsHandler(t *testing.T) {
	for name, late := range map[string]bool{"as it ends": false, "when it has ended": true} {
		t.Run(name, func(t *testing.T) {
			outside := collectReports(t)
			var (
				inside reportBook
				scope  context.Context
				kept   *future.Future[int]
			)
			refuse := func() *future.Future[int] {
				f := future.Go(scope, returns(1, nil))
				f.AddDoneCallback(func(*future.Future[int]) { panic("callback") })
				return f
			}
			_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
				scope = ctx
				entered := make(chan struct{})
				future.Go(ctx, func(own context.Context) (int, error) {
					close(entered)
					<-own.Done()
					if !late {
						kept = refuse()
					}
					return 0, nil
				})
				<-entered
				return 0, nil
			}, future.WithExceptionHandler(inside.add))
			if late {
				drop(refuse)
			}
			outside.collectAll(t)
			collect(t, "both are reported", func() bool {
				refusals := len(inside.of(future.ErrScopeClosed)) + len(outside.of(future.ErrScopeClosed))
				return (refusals > 0 || !late) && len(inside.ofCallbacks())+len(outside.ofCallbacks()) > 0
			})
			if n := len(inside.ofCallbacks()); n != 1 {
				t.Errorf("%d reports of the callback to the handler of the Run, want 1", n)
			}
			if in, out := len(inside.of(future.ErrScopeClosed)), len(outside.of(future.ErrScopeClosed)); in != 1 || out != 0 {
				t.Errorf("%d reports to the handler of the Run and %d to the other, want 1 and 0", in, out)
			}
			runtime.KeepAlive(kept)
		})
	}
}

// Who sets is told that it was refused.
func TestAnErrorThatWasRefusedIsNotReported(t *testing.T) {
	book := collectReports(t)
	first, late := errors.New("the first error of "+t.Name()), errors.New("a late error of "+t.Name())
	f := future.FromException[int](first)
	checkIs(t, f.SetException(late), future.ErrInvalidState)
	_ = f.Exception()
	book.collectAll(t)
	checkReported(t, errorsOf(book.of(late)))
	checkReported(t, errorsOf(book.of(first)))
}

func errorsOf(reports []future.Report) (errs []error) {
	for _, r := range reports {
		errs = append(errs, r.Err)
	}
	return errs
}

// The goroutines that run the cleanups of a program are few.
func TestAHandlerThatBlocksHoldsUpNoCleanup(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	err := uniqueError(t)
	var blocked atomic.Int32
	future.SetExceptionHandler(func(r future.Report) {
		if r.Err == err {
			blocked.Add(1)
			<-release
		}
	})
	defer future.SetExceptionHandler(nil)
	const failures = 100
	for range failures {
		drop(func() *future.Future[int] { return future.FromException[int](err) })
	}
	collect(t, "every failure is reported", func() bool { return blocked.Load() == failures })
}

func TestAJoinThatIsHandedAnErrorIsWhatHasToBeLookedAt(t *testing.T) {
	failed, cause := errors.New("the failure of "+t.Name()), errors.New("the cause of "+t.Name())
	book := collectReports(t)
	f, cancelled := future.FromException[int](failed), future.New[int]()
	cancelled.Cancel(cause)
	drop(func() *future.Future[[]int] { return future.Gather(f) })
	drop(func() *future.Future[[]int] { return future.Gather(cancelled) })
	book.collectAll(t)
	checkReported(t, errorsOf(book.of(failed)), failed)
	if n := len(book.of(cause)); n != 1 {
		t.Errorf("a Gather that failed for a cancelled input was reported %d times, want once", n)
	}
	runtime.KeepAlive(f)
	runtime.KeepAlive(cancelled)
}

// collectGarbage returns when what was garbage at the call is collected.
func collectGarbage(t *testing.T) {
	t.Helper()
	gone := make(chan struct{})
	drop(func() *[64]byte {
		garbage := new([64]byte)
		runtime.AddCleanup(garbage, func(gone chan struct{}) { close(gone) }, gone)
		return garbage
	})
	collect(t, "garbage is collected", func() bool {
		select {
		case <-gone:
			return true
		default:
			return false
		}
	})
}

func TestAFailureWhoseErrorIsANilPanicErrorIsReported(t *testing.T) {
	book := &reportBook{}
	var none *future.PanicError
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		f := future.Go(ctx, func(context.Context) (int, error) { return 0, none })
		<-f.Ready()
		return 0, nil
	}, future.WithExceptionHandler(book.add))
	if r := book.filter(func(r future.Report) bool { return r.Err == error(none) }); len(r) != 1 || r[0].Stack != nil {
		t.Errorf("reported %+v", r)
	}
}

// A backError leads back to the future that failed with it.
type backError struct{ f *future.Future[int] }

func (*backError) Error() string { return "it leads back" }

//go:noinline
func failWithBackError(f *future.Future[int]) (*future.Future[int], weak.Pointer[future.Future[int]]) {
	_ = f.SetException(&backError{f})
	return f, weak.Make(f)
}

// returnFailing returns a task whose value is a task that has failed.
//
//go:noinline
func returnFailing(ctx context.Context, t *testing.T) weak.Pointer[future.Future[*future.Future[int]]] {
	t.Helper()
	outer := future.Go(ctx, func(ctx context.Context) (*future.Future[int], error) {
		f := future.Go(ctx, func(context.Context) (int, error) { return 0, errBoom })
		<-f.Ready()
		return f, nil
	})
	if _, err := future.Flatten(outer).Await(t.Context()); !errors.Is(err, errBoom) {
		t.Fatal(err)
	}
	return weak.Make(outer)
}

func TestAFailureThatWasDealtWithKeepsNothingThatLeadsToIt(t *testing.T) {
	t.Run("by its error", func(t *testing.T) {
		f, w := failWithBackError(future.New[int]())
		_ = f.Exception()
		collect(t, "the future is collected", func() bool { return w.Value() == nil })
	})
	t.Run("by its context", func(t *testing.T) {
		w := returnFailing(t.Context(), t)
		collect(t, "the task is collected", func() bool { return w.Value() == nil })
	})
	t.Run("in a Run", func(t *testing.T) {
		var w weak.Pointer[future.Future[*future.Future[int]]]
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			w = returnFailing(ctx, t)
			return 0, nil
		})
		collect(t, "the task is collected", func() bool { return w.Value() == nil })
	})
	t.Run("when its scope has reported it", func(t *testing.T) {
		var w weak.Pointer[future.Future[*future.Future[int]]]
		_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
			outer := future.Go(ctx, func(ctx context.Context) (*future.Future[int], error) {
				f := future.Go(ctx, func(context.Context) (int, error) { return 0, errBoom })
				<-f.Ready()
				return f, nil
			})
			<-outer.Ready()
			w = weak.Make(outer)
			return 0, nil
		}, future.WithExceptionHandler(func(future.Report) {}))
		collect(t, "the task is collected", func() bool { return w.Value() == nil })
	})
}

func TestAnyHandsTheOriginOfAnErrorOn(t *testing.T) {
	err := uniqueError(t)
	t.Run("to the scope of a task", func(t *testing.T) {
		for name, ending := range map[string]func(context.Context) (int, error){
			"failed":    func(context.Context) (int, error) { return 0, err },
			"cancelled": func(ctx context.Context) (int, error) { future.CurrentTask(ctx).Cancel(err); return 0, err },
		} {
			for join, fn := range joins() {
				book := &reportBook{}
				var kept any
				_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
					f := future.Go(ctx, ending)
					joined := fn(f)
					kept = joined
					<-joined.Ready()
					return 0, nil
				}, future.WithExceptionHandler(book.add))
				if n := len(book.of(err)); n != 1 {
					t.Errorf("%s of a task that was %s: %d reports, want 1", join, name, n)
				}
				runtime.KeepAlive(kept)
			}
		}
	})
	t.Run("to nobody whom the group has told", func(t *testing.T) {
		for join, fn := range joins() {
			book := collectReports(t)
			err := uniqueError(t)
			got := future.TaskGroup(t.Context(), func(g *future.Group) error {
				drop(func() any { return fn(future.Go(g, func(context.Context) (int, error) { return 0, err })) })
				return nil
			})
			checkIs(t, got, err)
			book.collectAll(t)
			if n := len(book.of(err)); n != 0 {
				t.Errorf("%s: reported %d times, and the group has returned it", join, n)
			}
		}
	})
}

func joins() map[string]func(f *future.Future[int]) future.Awaitable {
	return map[string]func(f *future.Future[int]) future.Awaitable{
		"Any":    func(f *future.Future[int]) future.Awaitable { return future.Any(f) },
		"Gather": func(f *future.Future[int]) future.Awaitable { return future.Gather(f) },
		"Race":   func(f *future.Future[int]) future.Awaitable { return future.Race(f) },
	}
}

func TestTheReportOfAFailureInAGroupWhoseBodyPanicsSaysWhoseItIs(t *testing.T) {
	book := collectReports(t)
	err := uniqueError(t)
	type key struct{}
	func() {
		defer func() { _ = recover() }()
		_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
			f := future.Go(context.WithValue(g, key{}, "mine"), func(context.Context) (int, error) {
				return 0, err
			}, future.WithName("loader"))
			<-f.Ready()
			panic("the body")
		})
	}()
	if r := book.of(err); len(r) != 1 || r[0].Task != "loader" || r[0].Context.Value(key{}) != "mine" {
		t.Errorf("reported %+v", r)
	}
}
