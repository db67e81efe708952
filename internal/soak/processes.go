package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"example.com/future"
	"example.com/future/process"
)

// An order is what a worker process is to do: print its number, to show that it was
// called, and then end in this way.
type order struct {
	Number int
	How    string
}

var obey = future.Register("soak.obey", func(ctx context.Context, o order) (int, error) { //nolint:gochecknoglobals // where workers find it
	fmt.Println("order", o.Number)
	switch o.How {
	case "fail":
		return 0, io.ErrUnexpectedEOF
	case "panic":
		panic(io.ErrUnexpectedEOF)
	case "goexit":
		runtime.Goexit()
	case "exit":
		os.Exit(3)
	case "die":
		self, _ := os.FindProcess(os.Getpid())
		_ = self.Kill()
		select {}
	case "wait":
		<-ctx.Done()
		return 0, context.Cause(ctx)
	case "hang":
		for {
		}
	}
	return os.Getpid(), nil
})

// doProcesses calls functions in worker processes that fail, crash, hang and are killed.
func doProcesses(h *hand) {
	files := openFiles() // nobody else opens any
	var printed bytes.Buffer
	opts := []process.Option{process.WithOutput(&printed), process.WithGrace(time.Duration(h.IntN(5)) * time.Millisecond)}
	if h.oneIn(3) {
		opts = append(opts, process.WithMaxCallsPerWorker(1+h.IntN(3)))
	}
	p, err := process.NewPool(1+h.IntN(2), opts...)
	if err != nil {
		h.complain("%s: %v", h.name, err)
		return
	}
	disturbed := h.oneIn(4) // by Kill
	hows := []string{"", "", "", "", "fail", "panic", "goexit", "exit", "die", "wait", "hang"}
	n := 1 + h.IntN(20)
	calls := make([]*future.Future[int], n)
	orders := make([]order, n)
	for i := range n {
		orders[i] = order{i, hows[h.IntN(len(hows))]}
		ctx, cancel := context.WithCancelCause(context.Background())
		defer cancel(nil)
		if how := orders[i].How; how == "wait" || how == "hang" || h.oneIn(10) {
			timer := time.AfterFunc(time.Duration(h.IntN(50))*time.Millisecond, func() { cancel(errStop) })
			defer timer.Stop()
		}
		h.started.Add(1)
		calls[i] = obey.Submit(ctx, p, orders[i])
		if h.oneIn(10) {
			// Kill a worker from outside, which may be running any of the calls.
			if pid, err := calls[i].Await(ctx); err == nil {
				if worker, err := os.FindProcess(pid); err == nil {
					_ = worker.Kill()
					_ = worker.Release()
				}
			}
		}
	}
	if disturbed {
		p.Kill()
	}
	if err := p.Close(); err != nil {
		h.complain("%s: Close returned %v", h.name, err)
	}
	if n := openFiles(); n != files {
		// Now and not at the end of the round, when the collector has closed them.
		h.complain("%s: %d files are open, before the pool there were %d", h.name, n, files)
	}
	for i, f := range calls {
		h.call(f, orders[i].How, disturbed)
	}
	s := p.Stats()
	h.expect(s.Workers == 0 && s.Running == 0 && s.Queued == 0 && s.Submitted == uint64(n), "after %d calls a closed pool has %+v", n, s)
	seen := map[string]bool{}
	for line := range bytes.Lines(printed.Bytes()) {
		if !bytes.HasPrefix(line, []byte("order ")) {
			continue // the story of a crash
		}
		h.expect(!seen[string(line)], "a function was called twice")
		h.entered.Add(1)
		seen[string(line)] = true
	}
	for i, f := range calls {
		line := fmt.Sprintln("order", orders[i].Number)
		h.expect(f.State() != future.Succeeded || seen[line], "what a function has printed is lost: %q", line)
	}
}

// call accounts for a call that was to end in this way.
func (h *hand) call(f *future.Future[int], how string, killed bool) {
	<-f.Ready()
	_, err := f.Result()
	if killed && f.State() == future.Failed && errors.Is(err, future.ErrExecutorShutdown) {
		h.refused.Add(1)
		return
	}
	h.enter(f)
	_, died := errors.AsType[*process.WorkerDiedError](err)
	right := died || f.Cancelled() // by chance or as it was told
	switch how {
	case "":
		right = right || err == nil
	case "fail", "panic":
		right = right || errors.Is(err, io.ErrUnexpectedEOF)
	case "goexit":
		right = right || errors.Is(err, future.ErrGoexit)
	}
	h.expect(right, "a call in a process that was to %q has ended with %v", how, err)
}
