// Package futuretest checks implementations of the interfaces of package future, as
// testing/slogtest does for slog handlers.
//
// An executor is checked in one call:
//
//	func TestMyExecutor(t *testing.T) {
//		futuretest.TestExecutor(t, func(t *testing.T) future.Executor {
//			ex := myexecutor.New(8)
//			t.Cleanup(ex.Close)
//			return ex
//		})
//	}
package futuretest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/future"
)

// TestExecutor checks that the executors which newExecutor makes keep the promises of
// [future.Executor]:
//
//   - Every job is run once, or dropped, or refused with an error; no two of these, and
//     no job is forgotten. So every future settles.
//   - A panic or a [runtime.Goexit] in a job, or its cancellation while it waits, takes
//     nothing away from the executor.
//   - Execute may be called by multiple goroutines simultaneously, and by jobs: none is
//     run under a lock that Execute needs.
//   - Execute returns, and does not panic.
//
// An executor may refuse and drop as many jobs as it likes while others run, and Execute
// may block then. An executor that has nothing to do must take a job. One that makes
// Execute wait for a place must have places for two jobs, since one of the checks is a
// job that submits another; it does not have to let a job wait for the other.
//
// newExecutor is called once for each check, with the T of a subtest; use its Cleanup to
// shut the executor down. A nil Executor stands for the default one. A check that finds
// that something does not happen waits 20 seconds for it. The checks start goroutines of
// their own, cannot be run in a synctest bubble, and leave no goroutine if they pass.
func TestExecutor(t *testing.T, newExecutor func(t *testing.T) future.Executor) {
	t.Helper()
	for _, check := range checks {
		t.Run(check.name, func(t *testing.T) {
			for _, failure := range check.apply(t.Context(), newExecutor(t), patience) {
				t.Error(failure)
			}
		})
	}
}

const patience = 20 * time.Second

// A check is one of the things to check.
type check struct {
	name string
	run  func(c *checker)
}

var checks = []check{
	{"delivers what a call returns", (*checker).delivers},
	{"runs each of many jobs once", (*checker).runsOnce},
	{"survives panics", (*checker).survivesPanics},
	{"survives Goexit", (*checker).survivesGoexit},
	{"lets a job submit another", (*checker).nests},
	{"settles jobs that are cancelled while they wait", (*checker).cancels},
	{"serves a task group", (*checker).servesGroup},
	{"serves a stream", (*checker).servesStream},
}

// apply runs the check on ex and returns what is wrong.
func (k check) apply(ctx context.Context, ex future.Executor, patience time.Duration) []string {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &checker{ex: ex, ctx: ctx, patience: patience}
	done := make(chan struct{})
	go func() {
		defer close(done)
		returned := false
		defer func() {
			if !returned {
				c.errorf("runtime.Goexit in a job ends the goroutine that has called Execute")
			}
		}()
		k.run(c)
		returned = true
		c.audit()
	}()
	timer := time.NewTimer(2 * patience)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		c.errorf("the check did not end: Execute, or a job that calls it, blocks for ever: is it run under a lock?")
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.failures
}

// A checker runs one check.
type checker struct {
	ex       future.Executor
	ctx      context.Context //nolint:containedctx // of the test
	patience time.Duration   // how long to wait for what should happen

	mu       sync.Mutex
	failures []string
	probes   []*probe
}

func (c *checker) errorf(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failures) < 10 { // the rest would say the same
		c.failures = append(c.failures, fmt.Sprintf(format, args...))
	}
}

// A probe is a job that counts what its executor does with it.
type probe struct {
	future.Job

	runs, drops       atomic.Int32
	returned, refused atomic.Bool // from Execute
}

func (p *probe) Run() {
	p.runs.Add(1)
	p.Job.Run()
}

func (p *probe) Drop(err error) {
	p.drops.Add(1)
	p.Job.Drop(err)
}

// Execute makes a probe of job. It is the executor of all the checks.
func (c *checker) Execute(job future.Job) error {
	p := &probe{Job: job}
	c.mu.Lock()
	c.probes = append(c.probes, p)
	c.mu.Unlock()
	err := c.ex.Execute(p)
	p.refused.Store(err != nil)
	p.returned.Store(true)
	return err
}

// audit looks at all probes. By then every future is done.
func (c *checker) audit() {
	c.mu.Lock()
	probes := c.probes
	c.mu.Unlock()
	for _, p := range probes {
		switch runs := p.runs.Load(); {
		case runs > 1:
			c.errorf("Run of a job was called %d times", runs)
		case !p.returned.Load():
			c.errorf("Execute did not return: it blocks or has panicked")
		case p.refused.Load() && runs > 0:
			c.errorf("a job was run although Execute returned an error")
		case p.drops.Load() > 0 && runs > 0:
			c.errorf("a job was run and dropped")
		}
	}
}

// submit hands the executor a job.
func (c *checker) submit(ctx context.Context, fn func(context.Context) (int, error)) *future.Future[int] {
	if c.ex == nil {
		return future.RunInExecutor(ctx, nil, fn)
	}
	return future.RunInExecutor(ctx, c, fn)
}

// settles waits for f. False means that it does not settle, which is a failure.
func (c *checker) settles(f *future.Future[int]) bool {
	timer := time.NewTimer(c.patience)
	defer timer.Stop()
	select {
	case <-f.Ready():
		_ = f.Exception() // or it would be reported
		return true
	case <-timer.C:
		c.errorf("a future is still pending: its job was neither run nor dropped, and Execute returned no error")
		return false
	}
}

// must submits a job until the executor takes it, and returns its future when it is
// done, or nil.
func (c *checker) must(fn func(context.Context) (int, error)) *future.Future[int] {
	timeout := time.Now().Add(c.patience)
	for {
		entered := false
		f := c.submit(c.ctx, func(ctx context.Context) (int, error) {
			entered = true
			return fn(ctx)
		})
		if !c.settles(f) {
			return nil
		}
		if entered {
			return f
		}
		if time.Now().After(timeout) {
			c.errorf("the executor takes no job although it has nothing to do: %v", f.Exception())
			return nil
		}
		time.Sleep(time.Millisecond) // the last job may not be quite over
	}
}

// works checks that the executor runs so many jobs, one after the other.
func (c *checker) works(jobs int) {
	for i := range jobs {
		f := c.must(func(context.Context) (int, error) { return i, nil })
		if f == nil {
			return
		}
		if v, err := f.Result(); v != i || err != nil {
			c.errorf("a job that returns %d, nil gave %d, %v", i, v, err)
		}
	}
}

var errTest = errors.New("futuretest: an error")

func (c *checker) delivers() {
	c.works(1)
	if f := c.must(func(context.Context) (int, error) { return 1, errTest }); f != nil && !errors.Is(f.Exception(), errTest) {
		c.errorf("a job that returns an error gave %v", f.Exception())
	}
	if f := c.must(func(context.Context) (int, error) { panic(errTest) }); f != nil {
		if _, ok := errors.AsType[*future.PanicError](f.Exception()); !ok {
			c.errorf("a job that panics gave %v", f.Exception())
		}
	}
	type key struct{}
	ctx := context.WithValue(c.ctx, key{}, 1)
	f := c.submit(ctx, func(ctx context.Context) (int, error) {
		if ctx.Value(key{}) != 1 {
			c.errorf("a job does not see the values of its context")
		}
		return 0, nil
	})
	c.settles(f)
}

// flood submits jobs from several goroutines at once and waits for all of them. It
// returns how many have succeeded.
func (c *checker) flood(jobs int, fn func(ctx context.Context, i int) (int, error)) int {
	const submitters = 8
	var wg sync.WaitGroup
	var succeeded atomic.Int64
	stuck := make(chan struct{})
	var once sync.Once
	for s := range submitters {
		wg.Go(func() {
			var fs []*future.Future[int]
			for i := s; i < jobs; i += submitters {
				fs = append(fs, c.submit(c.ctx, func(ctx context.Context) (int, error) { return fn(ctx, i) }))
			}
			for _, f := range fs {
				select {
				case <-stuck: // one failure is enough to wait for
					return
				default:
				}
				if !c.settles(f) {
					once.Do(func() { close(stuck) })
					return
				}
				if f.Exception() == nil {
					succeeded.Add(1)
				}
			}
		})
	}
	wg.Wait()
	return int(succeeded.Load())
}

func (c *checker) runsOnce() {
	const jobs = 1000
	var ran atomic.Int64
	succeeded := c.flood(jobs, func(_ context.Context, i int) (int, error) {
		ran.Add(1)
		if i%10 == 0 {
			runtime.Gosched()
		}
		return i, nil
	})
	if n := int(ran.Load()); n != succeeded {
		c.errorf("%d calls were made, and %d of their futures have succeeded", n, succeeded)
	}
	c.works(10)
}

func (c *checker) survivesPanics() {
	c.flood(200, func(context.Context, int) (int, error) { panic("futuretest: a panic") })
	c.works(50)
}

func (c *checker) survivesGoexit() {
	for range 100 {
		f := c.must(func(context.Context) (int, error) { runtime.Goexit(); return 0, nil })
		if f == nil {
			c.errorf("the executor has lost what jobs ended with runtime.Goexit")
			return
		}
		if !errors.Is(f.Exception(), future.ErrGoexit) {
			c.errorf("a job that calls runtime.Goexit gave %v", f.Exception())
		}
	}
	c.works(50)
}

func (c *checker) nests() {
	for range 20 {
		inner := make(chan *future.Future[int], 1)
		outer := c.submit(c.ctx, func(ctx context.Context) (int, error) {
			inner <- c.submit(ctx, func(context.Context) (int, error) { return 2, nil })
			return 1, nil
		})
		if !c.settles(outer) {
			return
		}
		if outer.Exception() != nil {
			continue // refused
		}
		if !c.settles(<-inner) {
			return
		}
	}
}

func (c *checker) cancels() {
	const jobs = 40
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for i := range jobs {
		wg.Go(func() { // Execute may block
			ctx := ctx
			if i%2 == 0 {
				ctx = c.ctx
			}
			f := c.submit(ctx, func(context.Context) (int, error) { <-gate; return 0, nil })
			if i%4 == 0 {
				f.Cancel(errTest)
			}
			c.settles(f)
		})
	}
	// It is no matter if some come later, but then there is less to see.
	for range 100 {
		c.mu.Lock()
		n := len(c.probes)
		c.mu.Unlock()
		if n == jobs {
			break
		}
		time.Sleep(time.Millisecond)
	}
	cancel()
	close(gate)
	wg.Wait()
	c.works(50)
}

func (c *checker) servesGroup() {
	entered := false
	err := future.TaskGroup(c.ctx, func(g *future.Group) error {
		f := c.submit(g, func(context.Context) (int, error) { entered = true; return 0, errTest })
		c.settles(f)
		return nil
	})
	if entered && !errors.Is(err, errTest) {
		c.errorf("a task group whose job fails with %v gave %v", errTest, err)
	}
	c.works(10)
}

func (c *checker) servesStream() {
	var ex future.Executor = c
	if c.ex == nil {
		ex = nil
	}
	next := 0
	for v, err := range future.Stream(c.ctx, ex, upTo(200), func(_ context.Context, v int) (int, error) { return v, nil }) {
		if err == nil && v != next {
			c.errorf("a stream gave %d in place %d", v, next)
		}
		next++
	}
	if next != 200 {
		c.errorf("a stream of 200 gave %d results", next)
	}
}

func upTo(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}
