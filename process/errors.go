package process

import (
	"bytes"
	"errors"
	"strconv"
	"strings"
)

// ErrBroken fails the calls of a [Pool] whose workers failed several times in a row
// before they were ready for a call; those that start together count once. The error
// says why the last of them did: it also matches [*WorkerDiedError], or the error of
// the function given to [WithStart].
var ErrBroken = errors.New("future: the process pool is broken: its workers do not start")

// A WorkerDiedError says that a worker ended, or was killed, while it ran a call.
// It fails that call and no other. The call may have had effects, or may not have begun.
//
// It is part of the error of a cancelled call whose worker was killed, and of the
// calls that were running when [Pool.Kill] was called; those match
// [future.ErrExecutorShutdown] too.
type WorkerDiedError struct {
	// ExitCode is what the process exited with, -1 if a signal ended it or if
	// something else in the program has waited for it.
	ExitCode int

	// Signal names the signal that ended the process, such as "killed" or
	// "segmentation fault". It is "" if the process exited by itself, which a Go
	// program does on most signals and all panics, with exit code 2 and the story
	// on its standard error.
	Signal string

	// Stderr is the end of what the worker has written to its standard error, at
	// most 64 KiB.
	Stderr []byte

	cause error // why the pool killed it, or what else is known
}

// Error says how the worker ended and gives the line of its standard error that
// tells the most.
func (e *WorkerDiedError) Error() string {
	var b strings.Builder
	b.WriteString("future: worker process died: ")
	if e.Signal != "" {
		b.WriteString("signal: " + e.Signal)
	} else {
		b.WriteString("exit status " + strconv.Itoa(e.ExitCode))
	}
	if line := e.telling(); line != "" {
		b.WriteString(": " + line)
	}
	if e.cause != nil {
		b.WriteString(" (" + e.cause.Error() + ")")
	}
	return b.String()
}

// Unwrap returns why the pool killed the worker, nil if it did not.
func (e *WorkerDiedError) Unwrap() error { return e.cause }

// telling returns the first line by which the runtime tells why it gives up, else
// the last line there is.
func (e *WorkerDiedError) telling() string {
	last := ""
	for line := range bytes.Lines(e.Stderr) {
		s := strings.TrimSpace(string(line))
		if strings.HasPrefix(s, "panic: ") || strings.HasPrefix(s, "fatal error: ") {
			return s
		}
		if s != "" {
			last = s
		}
	}
	return last
}
