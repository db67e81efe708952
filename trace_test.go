package future_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	exptrace "golang.org/x/exp/trace"

	"example.com/future"
)

// numberOf returns the number in an automatic name.
func numberOf(t *testing.T, name string) int {
	t.Helper()
	digits, ok := strings.CutPrefix(name, "Task-")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 {
		t.Fatalf("the automatic name is %q, want Task- and a number", name)
	}
	return n
}

func TestAutomaticNamesAreMadeWhenAskedForUniqueAndIncreasing(t *testing.T) {
	var fs []*future.Future[int]
	for range 100 {
		f := future.Go(t.Context(), returns(1, nil))
		_, _ = f.Await(t.Context())
		fs = append(fs, f)
	}
	// Nobody has asked for those in between, so they have not used up a number.
	last, first := numberOf(t, fs[99].Name()), numberOf(t, fs[0].Name())
	if first != last+1 {
		t.Errorf("the last task, asked first, is number %d, and the first, asked next, is %d", last, first)
	}
	for range 2 {
		if numberOf(t, fs[99].Name()) != last || numberOf(t, fs[0].Name()) != first {
			t.Error("a name has changed")
		}
	}
	if next := numberOf(t, fs[50].Name()); next != first+1 {
		t.Errorf("the next number is %d, want %d: asking again uses none up", next, first+1)
	}
	seen := map[string]bool{}
	var (
		mu sync.Mutex
		wg sync.WaitGroup
	)
	for _, f := range fs {
		wg.Go(func() {
			a, b := f.Name(), f.Name()
			mu.Lock()
			defer mu.Unlock()
			if a != b || seen[a] {
				t.Errorf("names %q and %q, of another task: %v", a, b, seen[a])
			}
			seen[a] = true
		})
	}
	wg.Wait()
}

func TestATaskAskedForItsNameByManyAtOnceHasOne(t *testing.T) {
	fs := make([]*future.Future[int], stressRounds(100_000))
	for i := range fs {
		fs[i] = future.Go(t.Context(), returns(1, nil))
	}
	one, other := make([]string, len(fs)), make([]string, len(fs))
	ask := func(names []string) {
		for i, f := range fs {
			names[i] = f.Name() // who is behind need not make names, and catches up
		}
	}
	together(func() { ask(one) }, func() { ask(other) })
	for i, f := range fs {
		if one[i] != other[i] || one[i] != f.Name() {
			t.Fatalf("names %q, %q, %q", one[i], other[i], f.Name())
		}
		_, _ = f.Await(t.Context())
	}
}

func TestWithNameNamesTasksAndJobs(t *testing.T) {
	ctx, named := t.Context(), future.WithName("named")
	pool := future.NewPool(1)
	for want, f := range map[string]*future.Future[int]{
		"named":  future.Go(ctx, returns(1, nil), named),
		"second": future.Go(ctx, returns(1, nil), named, future.WithName("second")),
		"job":    future.RunInExecutor(ctx, pool, returns(1, nil), future.WithName("job")),
		"":       future.New[int](),
	} {
		if got := f.Name(); got != want {
			t.Errorf("Name() = %q, want %q", got, want)
		}
		if f.Name() != "" {
			_, _ = f.Await(ctx)
		}
	}
	for _, f := range []*future.Future[int]{
		future.Go(ctx, returns(1, nil), future.WithName("")),
		future.Then(ctx, future.FromResult(1), func(context.Context, int) (int, error) { return 1, nil }),
		future.RunInExecutor(ctx, pool, returns(1, nil)),
	} {
		numberOf(t, f.Name())
		_, _ = f.Await(ctx)
	}
}

// labelsOf returns the labels that the goroutine which calls it has in a profile.
func labelsOf(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&b, 1); err != nil {
		t.Error(err)
	}
	// A paragraph for each stack: this one is the only that writes a profile.
	for paragraph := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(paragraph, ".labelsOf") {
			return regexp.MustCompile(`# labels: .*`).FindString(paragraph)
		}
	}
	t.Error("the goroutine is not in the profile")
	return ""
}

func TestANamedTaskCarriesItsNameAsAPprofLabel(t *testing.T) {
	check := func(what string, ctx context.Context, name string) {
		t.Helper()
		label, _ := pprof.Label(ctx, "task")
		if label != name {
			t.Errorf("%s the context has the label %q, want %q", what, label, name)
		}
		labels, want := labelsOf(t), ""
		if name != "" {
			want = `"task":"` + name + `"`
		}
		if !strings.Contains(labels, want) || want == "" && strings.Contains(labels, `"task"`) {
			t.Errorf("%s the goroutine has %q, want %q", what, labels, want)
		}
	}
	await := func(f *future.Future[int]) {
		t.Helper()
		if _, err := f.Await(t.Context()); err != nil {
			t.Error(err)
		}
	}
	fn := func(what, name string) func(context.Context) (int, error) {
		return func(ctx context.Context) (int, error) { check(what, ctx, name); return 0, nil }
	}
	named := future.WithName("labelled")
	await(future.Go(t.Context(), fn("in a named task", "labelled"), named))
	await(future.Go(t.Context(), fn("in a task without a name", "")))
	labelled := pprof.WithLabels(t.Context(), pprof.Labels("request", "42"))
	await(future.Go(labelled, func(ctx context.Context) (int, error) {
		if v, _ := pprof.Label(ctx, "request"); v != "42" || !strings.Contains(labelsOf(t), `"request":"42"`) {
			t.Errorf("the label of the caller's context is lost: %q, %q", v, labelsOf(t))
		}
		check("beside another label", ctx, "labelled")
		return 0, nil
	}, named))
	_, _ = future.Run(t.Context(), func(ctx context.Context) (int, error) {
		check("in the main of a Run", ctx, "")
		await(future.Go(ctx, fn("in a named task of a scope", "labelled"), named))
		return 0, nil
	})

	// One worker for all of the jobs.
	pool := future.NewPool(1, future.WithThreadLock())
	defer pool.Close()
	await(future.RunInExecutor(t.Context(), pool, fn("in a job without a name", "")))
	await(future.RunInExecutor(t.Context(), pool, fn("in a named job", "labelled"), named))
	await(future.RunInExecutor(t.Context(), pool, fn("in the job after it", "")))
	panics := future.RunInExecutor(t.Context(), pool, func(context.Context) (int, error) { panic("boom") }, named)
	if _, err := panics.Await(t.Context()); err == nil {
		t.Error("the job that panics has succeeded")
	}
	await(future.RunInExecutor(t.Context(), pool, fn("in the job after a panic", "")))
}

func TestAWorkerStartedByANamedTaskDoesNotKeepItsLabel(t *testing.T) {
	pool := future.NewPool(1, future.WithThreadLock())
	defer pool.Close()
	starter := future.Go(t.Context(), func(ctx context.Context) (int, error) {
		return future.RunInExecutor(ctx, pool, returns(1, nil)).Await(ctx)
	}, future.WithName("starter"))
	if _, err := starter.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	labels, err := future.RunInExecutor(t.Context(), pool, func(context.Context) (string, error) {
		return labelsOf(t), nil
	}).Await(t.Context())
	if strings.Contains(labels, "starter") || err != nil {
		t.Errorf("a job of somebody else has the labels %q, error %v", labels, err)
	}
}

func TestATaskThatGetsThePlaceOfANamedOneDoesNotGetItsLabel(t *testing.T) {
	err := future.TaskGroup(t.Context(), func(g *future.Group) error {
		gate := future.New[int]()
		future.Go(g, func(ctx context.Context) (int, error) { return gate.Await(ctx) }, future.WithName("lender"))
		future.Go(g, func(context.Context) (int, error) {
			if labels := labelsOf(t); strings.Contains(labels, "lender") {
				t.Errorf("the task has the labels %q", labels)
			}
			return 0, gate.SetResult(1)
		})
		return nil
	}, future.WithLimit(1))
	if err != nil {
		t.Error(err)
	}
}

// A traced is what a trace says of one task.
type traced struct {
	Name, Parent   string
	Ended          bool
	Regions, Begun int // regions of its name that have ended, and that have begun
}

// record returns the tasks in the trace of f by name.
func record(t *testing.T, f func()) map[string]traced {
	t.Helper()
	if trace.IsEnabled() {
		t.Skip("a trace is being recorded already")
	}
	var b bytes.Buffer
	if err := trace.Start(&b); err != nil {
		t.Fatal(err)
	}
	func() {
		defer trace.Stop()
		f()
	}()
	r, err := exptrace.NewReader(&b)
	if err != nil {
		t.Fatal(err)
	}
	tasks := map[exptrace.TaskID]traced{}
	open := map[exptrace.GoID][]exptrace.Region{}
	for {
		ev, err := r.ReadEvent()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch ev.Kind() {
		case exptrace.EventTaskBegin:
			task := ev.Task()
			tasks[task.ID] = traced{Name: task.Type, Parent: tasks[task.Parent].Name}
		case exptrace.EventTaskEnd:
			task := tasks[ev.Task().ID]
			task.Ended = true
			tasks[ev.Task().ID] = task
		case exptrace.EventRegionBegin:
			region := ev.Region()
			open[ev.Goroutine()] = append(open[ev.Goroutine()], region)
			if task := tasks[region.Task]; task.Name == region.Type && !task.Ended {
				task.Begun++
				tasks[region.Task] = task
			} else {
				t.Errorf("the region %q belongs to the task %+v", region.Type, task)
			}
		case exptrace.EventRegionEnd:
			region := ev.Region()
			stack := open[ev.Goroutine()]
			if len(stack) == 0 || stack[len(stack)-1] != region {
				t.Errorf("the region %+v ends inside %+v", region, stack)
			} else {
				open[ev.Goroutine()] = stack[:len(stack)-1]
			}
			task := tasks[region.Task]
			task.Regions++
			tasks[region.Task] = task
		default:
		}
	}
	byName := map[string]traced{}
	for _, task := range tasks {
		if _, twice := byName[task.Name]; twice {
			t.Errorf("two tasks in the trace have the name %q", task.Name)
		}
		byName[task.Name] = task
	}
	return byName
}

func TestATraceHasTheTasksOfAGatherBelowTheirParent(t *testing.T) {
	want := map[string]traced{}
	var mu sync.Mutex
	expect := func(name, parent string) {
		mu.Lock()
		defer mu.Unlock()
		want[name] = traced{name, parent, true, 1, 1}
	}
	got := record(t, func() {
		_, err := future.Run(t.Context(), func(ctx context.Context) (int, error) {
			parent := future.Go(ctx, func(ctx context.Context) ([]int, error) {
				var fs []*future.Future[int]
				for _, name := range []string{"a", "", "b", ""} {
					f := future.Go(ctx, func(ctx context.Context) (int, error) {
						if name != "a" {
							return 1, nil
						}
						return future.Go(ctx, returns(1, nil), future.WithName("below a")).Await(ctx)
					}, future.WithName(name))
					fs = append(fs, f)
					expect(f.Name(), "parent")
				}
				return future.Gather(fs...).Await(ctx)
			}, future.WithName("parent"))
			expect("parent", "")
			expect("below a", "a")
			_, err := parent.Await(ctx)
			pool := future.NewPool(1)
			job := future.RunInExecutor(ctx, pool, returns(1, nil), future.WithName("a job"))
			expect("a job", "")
			_, err2 := job.Await(ctx)
			alone := future.Go(future.Detach(ctx), returns(1, nil))
			expect(alone.Name(), "")
			_, err3 := alone.Await(ctx)
			return 0, errors.Join(err, err2, err3)
		})
		if err != nil {
			t.Error(err)
		}
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tasks in the trace (-want +got):\n%s", diff)
	}
}

func TestATraceHasTheEndOfEveryTaskHoweverItEnds(t *testing.T) {
	got := record(t, func() {
		_ = future.TaskGroup(t.Context(), func(g *future.Group) error {
			future.Go(g, func(context.Context) (int, error) { panic("boom") }, future.WithName("panics"))
			future.Go(g, returns(0, errFn), future.WithName("fails"))
			then := future.Then(g, future.New[int](), func(context.Context, int) (int, error) { return 0, nil })
			then.Cancel(nil)
			f := future.Go(g, untilDone, future.WithName("cancelled"))
			f.Cancel(nil)
			return nil
		}, future.WithSupervision())
	})
	for _, name := range []string{"panics", "fails", "cancelled"} {
		task := got[name]
		if !task.Ended || task.Begun != task.Regions || name != "cancelled" && task.Regions != 1 {
			t.Errorf("%s: the trace has %+v", name, task)
		}
	}
	if len(got) != 4 {
		t.Errorf("the trace has %v, want four tasks", got)
	}
}

func TestNothingIsRecordedOfTasksWithoutATrace(t *testing.T) {
	release, entered := make(chan struct{}), make(chan struct{})
	blocked := func(context.Context) (int, error) { entered <- struct{}{}; <-release; return 0, nil }
	before := future.Go(t.Context(), blocked, future.WithName("before"))
	<-entered
	got := record(t, func() {
		close(release)
		_, _ = before.Await(t.Context())
	})
	if len(got) != 0 {
		t.Errorf("the trace has %v", got)
	}
	if raceEnabled {
		return // it allocates by itself
	}
	ctx := context.Background()
	fn := returns(1, nil)
	allocs := testing.AllocsPerRun(1000, func() {
		if _, err := future.Go(ctx, fn).Await(ctx); err != nil {
			t.Error(err)
		}
	})
	if allocs > 2 {
		t.Errorf("without a trace a task makes %v allocations, want at most 2", allocs)
	}
}

func TestAChainedTaskDoesNotGetTheLabelOfTheTaskThatSettlesItsSource(t *testing.T) {
	source := future.New[int]()
	labels := future.Then(t.Context(), source, func(context.Context, int) (string, error) { return labelsOf(t), nil })
	settler := future.Go(t.Context(), func(context.Context) (int, error) {
		return 0, source.SetResult(1)
	}, future.WithName("settler"))
	if _, err := settler.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, err := labels.Await(t.Context()); err != nil || strings.Contains(got, "settler") {
		t.Errorf("the chained task has the labels %s, %v", got, err)
	}
}
