package process

import (
	"bytes"
	"io"
	"os"
	"sync"
	"time"
)

// tailSize is how much of a worker's standard error is kept.
const tailSize = 64 << 10

// outputDelay is how long the end of a worker's output is waited for when the
// worker is gone: a child that left its process group may hold the pipe open.
const outputDelay = time.Second

// A sink is the writer given to WithOutput, which all workers share.
type sink struct {
	mu sync.Mutex
	w  io.Writer
}

func (s *sink) write(b []byte) (ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.w.Write(b)
	return err == nil
}

// An output copies what one worker prints to the sink, and keeps the tail.
type output struct {
	stdout, stderr *os.File // the ends that are read
	tail           tail
	copied         sync.WaitGroup
}

// start begins to copy.
func (o *output) start(s *sink) {
	o.copied.Add(2)
	go o.copy(o.stdout, nil, s)
	go o.copy(o.stderr, &o.tail, s)
}

// copy reads r to its end. The worker must not block on what it prints because the
// writer does not work, nor the program end: without s it goes on reading.
func (o *output) copy(r *os.File, t *tail, s *sink) {
	ended := false
	defer func() {
		if ended {
			r.Close()
			o.copied.Done()
			return
		}
		_ = recover() // the user's Write panicked or called runtime.Goexit
		go o.copy(r, t, nil)
	}()
	buf := make([]byte, 8<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			if t != nil {
				t.write(buf[:n])
			}
			if s != nil && !s.write(buf[:n]) {
				s = nil
			}
		}
		if err != nil {
			ended = true
			return
		}
	}
}

// finish waits until everything is copied, if nobody outside holds the pipes.
func (o *output) finish() {
	copied := make(chan struct{})
	go func() {
		o.copied.Wait()
		close(copied)
	}()
	timer := time.NewTimer(outputDelay)
	defer timer.Stop()
	select {
	case <-copied:
	case <-timer.C:
		o.stdout.Close()
		o.stderr.Close()
	}
}

// A tail keeps the end of what is written to it.
type tail struct {
	mu  sync.Mutex
	buf []byte
}

func (t *tail) write(b []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf = append(t.buf, b...)
	if len(t.buf) > 2*tailSize {
		t.buf = t.buf[:copy(t.buf, t.buf[len(t.buf)-tailSize:])]
	}
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.Clone(t.buf[max(0, len(t.buf)-tailSize):])
}
