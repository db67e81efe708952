package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"example.com/future"
	"example.com/future/process"
)

// parseOne has one file parsed and tells p what became of it. It returns an error
// only if that was not the parser's doing.
func parseOne(ctx context.Context, pool *process.Pool, path string, limit time.Duration, p *progress) error {
	began := time.Now()
	f := parse.Submit(ctx, pool, path)
	value, err := future.WaitFor(ctx, f, limit)
	if errors.Is(err, future.ErrTimeout) {
		<-f.Ready() // WaitFor does not wait for the end of the process
	}
	took := time.Since(began).Round(time.Millisecond)
	name := filepath.Base(path)

	died, crashed := errors.AsType[*process.WorkerDiedError](err)
	far, failed := errors.AsType[*future.RemoteError](err)
	switch {
	case err == nil:
		p.tell(&p.Parsed, "%-16s = %d", name, value)
	case ctx.Err() != nil:
		return err
	case errors.Is(err, future.ErrTimeout):
		p.tell(&p.Hung, "%-16s hangs: killed after %v", name, took)
	case errors.Is(err, process.ErrBroken):
		return err
	case crashed:
		p.tell(&p.Crashed, "%-16s crashes: %v", name, died)
	case failed && len(far.Stack) > 0:
		p.tell(&p.Panicked, "%-16s panics: %v", name, far)
	case failed:
		p.tell(&p.Refused, "%-16s is refused: %v", name, far)
	default:
		return err
	}
	return nil
}

// A summary counts files by what became of them.
type summary struct{ Parsed, Refused, Panicked, Crashed, Hung int }

// A progress prints a line for each file that is done, and on a terminal what is
// still to do below it.
type progress struct {
	mu sync.Mutex
	summary
	out      io.Writer
	terminal bool
	total    int
	done     int
	began    time.Time
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

func (p *progress) tell(count *int, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	*count++
	p.done++
	line := fmt.Sprintf("%3d/%d  ", p.done, p.total) + fmt.Sprintf(format, args...)
	if !p.terminal {
		fmt.Fprintln(p.out, line)
		return
	}
	const width = 30
	full := width * p.done / p.total
	fmt.Fprintf(p.out, "\r\x1b[K%s\n[%s%s] %d to do", line,
		strings.Repeat("#", full), strings.Repeat(".", width-full), p.total-p.done)
}

// clear takes away what is still to do: there is nothing, or it will not be done.
func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

func (p *progress) end(stats process.PoolStats) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.out, "\n%d files in %v: %d parsed, %d refused, %d panicked, %d crashed, %d hung\n",
		p.total, time.Since(p.began).Round(time.Millisecond), p.Parsed, p.Refused, p.Panicked, p.Crashed, p.Hung)
	fmt.Fprintf(p.out, "%d worker processes were started, %d of them killed\n", stats.Started, stats.Killed)
}
