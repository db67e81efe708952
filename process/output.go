package process

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"
)

// tailSize is how much of a worker's standard error is kept.
const tailSize = 64 << 10

// What a worker that is gone has written is in its pipes. These are bounds for reading
// it: a child that left the process group may have them and write for ever, or be silent,
// and the writer given to WithOutput may block.
const (
	outputDelay = 50 * time.Millisecond // how long the end of the worker is held up
	quietDelay  = 10 * time.Millisecond // how long a read waits for output
	vainReads   = 2                     // how many in a row: a busy machine may begin one too late
	lastReads   = 128                   // how many there are: 1 MiB, more than a pipe holds
	bufferSize  = 8 << 10
	closeDelay  = time.Second // instead, where pipes have no deadlines
)

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

// copy reads r to its end, or when the worker is gone to where the pipe is empty. The
// worker must not block on what it prints because the writer does not work, nor the
// program end: without s it goes on reading.
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
	buf := make([]byte, bufferSize)
	gone, reads, vain := false, 0, 0
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
		if errors.Is(err, os.ErrDeadlineExceeded) {
			gone = true // see finish
			err = nil
			vain++
		} else {
			vain = 0
		}
		if err != nil || vain > vainReads || reads == lastReads {
			ended = true
			return
		}
		if gone {
			reads++
			_ = r.SetReadDeadline(time.Now().Add(quietDelay))
		}
	}
}

// finish tells those who copy that the worker is gone, and waits a little for them.
func (o *output) finish() {
	now := time.Now()
	if err := errors.Join(o.stdout.SetReadDeadline(now), o.stderr.SetReadDeadline(now)); errors.Is(err, os.ErrNoDeadline) {
		time.AfterFunc(closeDelay, func() {
			o.stdout.Close()
			o.stderr.Close()
		})
	}
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
