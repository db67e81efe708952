package future_test

import (
	"context"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.com/future"
)

// A threadLog is what a library with thread-local state would see: which threads set
// themselves up, call, and tear down.
type threadLog struct {
	t    *testing.T
	mu   sync.Mutex
	live map[int]bool // threads that are set up
	most int
	all  map[int]int // how often each thread was set up
}

func newThreadLog(t *testing.T) *threadLog {
	t.Helper()
	return &threadLog{t: t, live: map[int]bool{}, all: map[int]int{}}
}

func (l *threadLog) start() (func(), error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := syscall.Gettid()
	if l.live[id] {
		l.t.Errorf("thread %d is set up twice", id)
	}
	l.live[id] = true
	l.all[id]++
	l.most = max(l.most, len(l.live))
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if now := syscall.Gettid(); now != id {
			l.t.Errorf("thread %d is torn down on thread %d", id, now)
		}
		delete(l.live, id)
	}, nil
}

// call checks that the job stays on one thread that is set up.
func (l *threadLog) call() int {
	id := syscall.Gettid()
	for range 10 {
		runtime.Gosched()
		if now := syscall.Gettid(); now != id {
			l.t.Errorf("a job moved from thread %d to %d", id, now)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.live[id] {
		l.t.Errorf("a job runs on thread %d, which is not set up", id)
	}
	return id
}

func (l *threadLog) end(workers int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.live) != 0 {
		l.t.Errorf("the threads %v are not torn down", l.live)
	}
	if l.most > workers {
		l.t.Errorf("%d threads at once for %d workers", l.most, workers)
	}
}

func TestAThreadLockedWorkerKeepsItsThread(t *testing.T) {
	l := newThreadLog(t)
	p := future.NewPool(3, future.WithThreadLock(), future.WithWorkerInit(l.start))
	var fs []*future.Future[int]
	for range 300 {
		fs = append(fs, future.RunInExecutor(t.Context(), p, func(ctx context.Context) (int, error) {
			id := l.call()
			// A wait does not move it either.
			_, _ = future.After(10*time.Microsecond, 0).Await(ctx)
			if now := l.call(); now != id {
				t.Errorf("the job went from thread %d to %d in Await", id, now)
			}
			return id, nil
		}))
	}
	used := map[int]bool{}
	for _, f := range fs {
		id, err := f.Await(t.Context())
		if err != nil {
			t.Error(err)
		}
		used[id] = true
	}
	_ = p.Close()
	l.end(3)
	if len(used) > 3 || len(l.all) > 3 {
		t.Errorf("3 workers used %d threads, set up %d", len(used), len(l.all))
	}
}

func TestAPoolOfOneLockedWorkerIsOneThread(t *testing.T) {
	l := newThreadLog(t)
	p := future.NewPool(1, future.WithThreadLock(), future.WithWorkerInit(l.start))
	first, err := future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { return l.call(), nil }).Await(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range 100 {
		mustGive(t, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { return l.call(), nil }), first)
		mustFail(t, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { l.call(); panic("x") }), future.Failed)
		runtime.Gosched()
	}
	_ = p.Close()
	l.end(1)
	if len(l.all) != 1 {
		t.Errorf("%d threads", len(l.all))
	}
}

func TestTheThreadOfAWorkerThatAJobHasEndedIsTornDownBeforeTheNextStarts(t *testing.T) {
	l := newThreadLog(t)
	p := future.NewPool(1, future.WithThreadLock(), future.WithWorkerInit(func() (func(), error) {
		stop, err := l.start()
		return func() {
			time.Sleep(time.Millisecond) // a successor that does not wait would show
			stop()
		}, err
	}))
	for i := range 30 {
		future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) {
			l.call()
			if i%3 == 0 {
				runtime.Goexit()
			}
			return 0, nil
		}).AddDoneCallback(func(f *future.Future[int]) { _ = f.Exception() })
	}
	_ = p.Close()
	l.end(1)
}

func TestTheThreadsOfAPoolEndWithIt(t *testing.T) {
	l := newThreadLog(t)
	for range 20 {
		p := future.NewPool(2, future.WithThreadLock(), future.WithWorkerInit(l.start), future.WithIdleTimeout(time.Millisecond))
		for range 10 {
			mustFail(t, future.RunInExecutor(t.Context(), p, func(context.Context) (int, error) { l.call(); return 0, errBroken }), future.Failed)
		}
		p.ShutdownNow()
		_ = p.Close()
	}
	l.end(2)
}
