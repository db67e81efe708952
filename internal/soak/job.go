package main

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"example.com/future"
)

// An ending is how the function of a job ends.
type ending int

const (
	succeeds ending = iota
	sleeps          // a little, and succeeds
	fails
	panics
	exits // by runtime.Goexit
	obeys // waits for the end of its context; whoever starts it has to see to that
	endings
)

// A job is one function that is given away to be called, at most once.
type job struct {
	sheet     *sheet
	how       ending
	value     int
	do        func(context.Context) error // before it ends, if it is not nil
	disturbed bool                        // somebody may cancel it
	entered   atomic.Int32
	err       error // with which it has failed
}

var errStop = errors.New("stopped by the soak")

// ending returns how a job may end that nobody stops.
func (h *hand) ending() ending { return ending(h.IntN(int(obeys))) }

func (h *hand) job() *job { return h.jobThat(h.ending()) }

// jobThat may be called by any goroutine.
func (s *sheet) jobThat(how ending) *job {
	return &job{sheet: s, how: how, value: int(s.started.Add(1))}
}

func (j *job) call(ctx context.Context) (int, error) {
	if j.entered.Add(1) > 1 {
		j.sheet.complain("%s: a function was called twice", j.sheet.name)
	}
	j.sheet.entered.Add(1)
	if j.do != nil {
		if j.err = j.do(ctx); j.err != nil {
			return 0, j.err
		}
	}
	switch j.how {
	case sleeps:
		time.Sleep(time.Duration(j.value * 7919 % 200_000))
	case fails:
		j.err = j.sheet.fault
	case panics:
		panic(j.sheet.fault)
	case exits:
		runtime.Goexit()
	case obeys:
		<-ctx.Done()
		j.err = context.Cause(ctx)
	}
	return j.value, j.err
}

// settle accounts for the future of j, and checks that it has ended as j has.
func (j *job) settle(f *future.Future[int]) {
	s := j.sheet
	<-f.Ready()
	entered := j.entered.Load()
	v, err := f.Result()
	if f.State() == future.Failed && entered == 0 {
		s.refused.Add(1)
		s.expect(refuses(err), "a job failed that was not called: %v", err)
		return
	}
	s.enter(f)
	switch f.State() {
	case future.Cancelled:
		s.expect(j.disturbed, "a job was cancelled by nobody: %v", err)
	case future.Succeeded:
		s.expect(entered == 1 && v == j.value && j.how <= sleeps, "a job that ends by %d has succeeded with %d", j.how, v)
	case future.Failed:
		right := j.err != nil && errors.Is(err, j.err)
		if j.err == nil {
			right = j.how == panics && errors.Is(err, s.fault) || j.how == exits && errors.Is(err, future.ErrGoexit)
		}
		s.expect(right, "a job that ends by %d and returned %v has failed with %v", j.how, j.err, err)
	}
}

// refuses reports whether err says why a function is not going to be called.
func refuses(err error) bool {
	return errors.Is(err, future.ErrRejected) || errors.Is(err, future.ErrExecutorShutdown) ||
		errors.Is(err, future.ErrScopeClosed) || errors.Is(err, future.ErrDeadlock)
}

// Work is what one step has started, to be settled at its end. Calls may add to it
// while they run.
type work struct {
	mu      sync.Mutex
	jobs    []*job
	futures []*future.Future[int]
}

func (w *work) add(j *job, f *future.Future[int]) *future.Future[int] {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.jobs = append(w.jobs, j)
	w.futures = append(w.futures, f)
	return f
}

// nested returns what a job does that submits another and waits for it.
func (w *work) nested(h *hand, submit func(context.Context, *job) *future.Future[int]) func(context.Context) error {
	how := h.ending()
	return func(ctx context.Context) error {
		j := h.jobThat(how)
		j.disturbed = true // with the one that submits it
		_, err := w.add(j, submit(ctx, j)).Await(ctx)
		return err
	}
}

// settle waits for all that was added.
func (w *work) settle() {
	for i := 0; ; i++ {
		w.mu.Lock()
		if i == len(w.jobs) {
			w.mu.Unlock()
			return
		}
		j, f := w.jobs[i], w.futures[i]
		w.mu.Unlock()
		j.settle(f)
	}
}

// count returns how many functions were called, and how many of those have failed. All
// must be done.
func (w *work) count() (entered, failed int) {
	for i, j := range w.jobs {
		if j.entered.Load() > 0 {
			entered++
			if w.futures[i].State() == future.Failed {
				failed++
			}
		}
	}
	return entered, failed
}

// little is a random short time.
func (h *hand) little() time.Duration { return time.Duration(h.IntN(200)) * time.Microsecond }

// oneIn is true once in n times.
func (h *hand) oneIn(n int) bool { return h.IntN(n) == 0 }

// context returns a context for jobs, that may end at any time or be dead, and whether
// that is so. Who gets it calls cancel at the end.
func (h *hand) context() (ctx context.Context, cancel func(), disturbed bool) {
	parent := context.WithValue(context.Background(), sheetKey{}, h.sheet)
	switch h.IntN(6) {
	case 0:
		return parent, func() {}, false
	case 1:
		ctx, stop := context.WithCancelCause(parent)
		stop(errStop)
		return ctx, func() {}, true
	case 2:
		ctx, stop := context.WithCancelCause(parent)
		timer := time.AfterFunc(h.little(), func() { stop(errStop) })
		return ctx, func() { timer.Stop(); stop(nil) }, true
	case 3:
		ctx, stop := context.WithTimeout(parent, h.little())
		return ctx, stop, true
	default:
		ctx, stop := context.WithCancel(parent)
		return ctx, stop, false
	}
}

// aside calls fn where it may panic and exit, and waits until it has.
func aside(fn func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() { _ = recover() }()
		fn()
	}()
	<-done
}
