package process

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	// quitTimeout is how long a worker without a call may take to leave.
	quitTimeout = time.Second

	// deathTimeout is how long a call waits for the end of a process that was
	// killed, or has closed its pipe. The kernel may keep one that is in the
	// middle of a system call.
	deathTimeout = 2 * time.Second
)

// A worker is a process, seen from its pool. It has one owner at a time: a goroutine
// that starts it, calls it or sends it away, or the pool's list of idle workers.
type worker struct {
	process *os.Process
	group   group
	in      *os.File      // to the worker
	out     *os.File      // from the worker
	frames  *bufio.Reader // reads out; only the owner uses it
	output  output
	call    uint64 // number of the last call; only the owner uses it

	writing sync.Mutex // held while a frame is written to in

	mu     sync.Mutex
	reason error // why the pool killed it
	killed bool
	reaped bool // its number, and the handle of its job, may be another's by now

	exited chan struct{}    // closed when the process is reaped and its output copied
	state  *os.ProcessState // set before that

	// Guarded by the pool's mutex.
	refs      int // the owner, until it lets go, and the reaper
	gone      bool
	calls     int
	ready     bool // it has been set up
	idleSince time.Time
	idle      *time.Timer
}

// workerFiles are the files that a worker gets.
type workerFiles struct{ stdin, stdout, stderr, in, out *os.File }

func (f *workerFiles) close() {
	for _, file := range []*os.File{f.stdin, f.stdout, f.stderr, f.in, f.out} {
		if file != nil {
			file.Close()
		}
	}
}

// launch starts a process. gone is called when it has ended and is reaped.
func launch(s *sink, gone func(*worker)) (*worker, error) {
	w := &worker{exited: make(chan struct{}), refs: 2}
	var files workerFiles
	defer files.close()
	exe, err := executable() // now: the file may have been replaced since the last start
	if err == nil {
		err = w.openPipes(&files)
	}
	if err == nil {
		w.process, w.group, err = startProcess(exe, os.Environ(), files)
	}
	if err != nil {
		for _, file := range []*os.File{w.in, w.out, w.output.stdout, w.output.stderr} {
			if file != nil {
				file.Close()
			}
		}
		return nil, fmt.Errorf("future: a worker process cannot be started: %w", err)
	}
	w.frames = bufio.NewReader(w.out)
	w.output.start(s)
	go w.reap(gone)
	return w, nil
}

func (w *worker) openPipes(files *workerFiles) (err error) {
	if files.stdin, err = os.Open(os.DevNull); err != nil {
		return err
	}
	if files.in, w.in, err = os.Pipe(); err != nil {
		return err
	}
	if w.out, files.out, err = os.Pipe(); err != nil {
		return err
	}
	if w.output.stdout, files.stdout, err = os.Pipe(); err != nil {
		return err
	}
	w.output.stderr, files.stderr, err = os.Pipe()
	return err
}

// reap waits for the end of the process and kills what it leaves behind.
func (w *worker) reap(gone func(*worker)) {
	state, err := w.process.Wait()
	if err != nil {
		state = nil // somebody else has reaped it
	}
	w.state = state
	w.mu.Lock()
	w.reaped = true
	w.group.kill()
	w.group.close()
	w.mu.Unlock()
	w.output.finish()
	close(w.exited)
	// If a child that left the group has the pipe, there is no end of file.
	_ = w.out.SetReadDeadline(time.Now().Add(deathTimeout))
	gone(w)
}

// kill ends the process, if it has not ended by itself. The first reason counts.
func (w *worker) kill(reason error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.reaped {
		return
	}
	if !w.killed {
		w.killed, w.reason = true, reason
	}
	w.group.kill()
}

func (w *worker) wasKilled() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.killed
}

// waitExit reports whether the process ends within d.
func (w *worker) waitExit(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-w.exited:
		return true
	case <-timer.C:
		return false
	}
}

// died returns the error of a worker whose pipe gave err. It waits for the end of
// the process, which it brings about if need be.
func (w *worker) died(err error) *WorkerDiedError {
	if errors.Is(err, errFrame) {
		w.kill(err)
	}
	if !w.waitExit(deathTimeout) {
		w.kill(fmt.Errorf("future: the worker closed its pipe: %w", err))
		w.waitExit(deathTimeout)
	}
	d := &WorkerDiedError{ExitCode: -1, Stderr: w.output.tail.bytes()}
	w.mu.Lock()
	killed := w.killed
	d.cause = w.reason
	w.mu.Unlock()
	select {
	case <-w.exited:
		if w.state != nil {
			d.ExitCode, d.Signal = exitOf(w.state)
		}
	default:
	}
	if killed && d.Signal == "" && (d.ExitCode == -1 || d.ExitCode == exitOfKilled) {
		d.Signal = "killed" // not yet gone, or a system without signals
	}
	return d
}

// handshake brings a process that was launched to where it can take a call.
func (w *worker) handshake(o *options) error {
	late := time.AfterFunc(o.startTimeout, func() {
		w.kill(fmt.Errorf("future: it did not reach process.Main within %v: make it the first statement of main", o.startTimeout))
	})
	defer late.Stop()
	if err := w.expect(kindHello); err != nil {
		return err
	}
	late.Stop()
	if err := w.send(kindSetup, 0, o.setup.encode()); err != nil {
		return w.died(err)
	}
	return w.expect(kindReady)
}

// expect reads a frame of kind k.
func (w *worker) expect(k kind) error {
	f, err := readFrame(w.frames)
	switch {
	case err != nil:
		return w.died(err)
	case f.kind == k:
		return nil
	case f.kind == kindFailure:
		return decodeFailure(f.body)
	default:
		return w.died(fmt.Errorf("%w: kind %d instead of %d", errFrame, f.kind, k))
	}
}

func (w *worker) send(k kind, call uint64, body []byte) error {
	w.writing.Lock()
	defer w.writing.Unlock()
	_, err := writeFrame(w.in, k, call, nil, body)
	return err
}

// quit makes a worker without a call leave.
func (w *worker) quit() {
	late := time.AfterFunc(quitTimeout, func() { w.kill(nil) })
	defer late.Stop()
	if w.send(kindQuit, 0, nil) != nil {
		w.kill(nil)
	}
	<-w.exited
}

func (w *worker) closePipes() {
	w.in.Close()
	w.out.Close()
}

// name is what a worker is called where processes are listed.
func name() string {
	if len(os.Args) > 0 {
		return os.Args[0]
	}
	return "worker"
}
