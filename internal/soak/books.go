package main

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"text/tabwriter"

	"example.com/future"
)

// Books are the sheets of all loads, and what was found to be wrong.
type books struct {
	sheets []*sheet

	mu    sync.Mutex
	out   io.Writer
	wrong int
}

const maxComplaints = 20

func newBooks(out io.Writer) *books { return &books{out: out} }

// complain says that something is wrong.
func (b *books) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.wrong++
	if b.wrong <= maxComplaints {
		fmt.Fprintf(b.out, "WRONG: "+format+"\n", args...)
	}
}

// say prints a line.
func (b *books) say(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fmt.Fprintf(b.out, format+"\n", args...)
}

func (b *books) complaints() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.wrong
}

// report is the exception handler. The context or the fault says for which sheet.
func (b *books) report(r future.Report) {
	if s, ok := r.Context.Value(sheetKey{}).(*sheet); ok {
		s.reported.Add(1)
	} else if f, ok := errors.AsType[*fault](r.Err); ok {
		f.sheet.reported.Add(1)
	} else {
		b.complain("a report of nobody's fault: %s: %v", r.Message, r.Err)
	}
}

type sheetKey struct{}

// A sheet is the account of one load.
type sheet struct {
	*books

	name  string
	fault *fault

	started                               atomic.Int64
	succeeded, failed, cancelled, refused atomic.Int64
	entered                               atomic.Int64 // functions
	unread, reported                      atomic.Int64 // failures nobody looked at, and reports
}

// A fault is the error with which all fails that fails on purpose.
type fault struct{ sheet *sheet }

func (f *fault) Error() string { return "a fault in " + f.sheet.name }

func (b *books) open(name string) *sheet {
	s := &sheet{books: b, name: name}
	s.fault = &fault{s}
	b.sheets = append(b.sheets, s)
	return s
}

func (s *sheet) expect(ok bool, format string, args ...any) {
	if !ok {
		s.complain(s.name+": "+format, args...)
	}
}

// count is an exception handler for a scope of the load.
func (s *sheet) count(future.Report) { s.reported.Add(1) }

// enter accounts for a future, which has to be done soon, and looks at its error.
func (s *sheet) enter(f future.Awaitable) {
	<-f.Ready()
	err := f.Exception()
	switch state := f.State(); state {
	case future.Succeeded:
		s.succeeded.Add(1)
		s.expect(err == nil, "a success has the error %v", err)
	case future.Cancelled:
		s.cancelled.Add(1)
		s.expect(errors.Is(err, future.ErrCancelled), "a cancelled future has the error %v", err)
	case future.Failed:
		s.failed.Add(1)
		s.expect(err != nil, "a failure has no error")
	default:
		s.complain("%s: a future that is ready is %v", s.name, state)
	}
}

// balance checks the sheets and, if w is not nil, prints them.
func (b *books) balance(w io.Writer) {
	if w == nil {
		w = io.Discard
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "load\tstarted\tsucceeded\tfailed\tcancelled\trefused\tentered\tunread\treported\t")
	for _, s := range b.sheets {
		started, ended := s.started.Load(), s.succeeded.Load()+s.failed.Load()+s.cancelled.Load()+s.refused.Load()
		unread, reported := s.unread.Load(), s.reported.Load()
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", s.name, started,
			s.succeeded.Load(), s.failed.Load(), s.cancelled.Load(), s.refused.Load(), s.entered.Load(), unread, reported)
		s.expect(started == ended, "%d were started and %d have ended", started, ended)
		s.expect(unread == reported, "nobody looked at %d failures, %d were reported", unread, reported)
	}
	t.Flush()
}

// reportsDue reports whether there are failures that were not reported yet.
func (b *books) reportsDue() bool {
	for _, s := range b.sheets {
		if s.reported.Load() < s.unread.Load() {
			return true
		}
	}
	return false
}
