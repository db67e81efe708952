// Command killable works through a directory of inputs with a parser that hangs on
// some of them and crashes on others. Every file is parsed in a worker process: the
// calls that hang are killed when their time is up, the crashes are told with their
// exit, and all the rest gets its result.
//
//	go run ./examples/killable             # inputs of its own making
//	go run ./examples/killable -dir inputs # yours: sums such as 1+(2*3), one a file
//
// It exits with 0 when every file was dealt with, however badly the parser behaved,
// with 1 when something went wrong that is not the parser's fault, and with 130
// after Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"example.com/future"
	"example.com/future/process"
)

func main() {
	process.Main() // a worker serves calls here and goes no further

	s := settings{out: os.Stdout, terminal: isTerminal(os.Stdout)}
	flag.StringVar(&s.dir, "dir", "", "the directory of inputs; some are made if it is left out")
	flag.IntVar(&s.workers, "workers", 3, "how many files are parsed at a time")
	flag.DurationVar(&s.limit, "limit", 2*time.Second, "how long one file may take")
	flag.DurationVar(&s.grace, "grace", 100*time.Millisecond, "how long the parser may take to stop after that")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C does not ask
	err := run(ctx, s)
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "interrupted")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "killable:", err)
		os.Exit(1)
	}
}

// settings are what the flags say, and where the program prints.
type settings struct {
	out          io.Writer
	terminal     bool
	dir          string
	workers      int
	limit, grace time.Duration
}

// run parses all files of the directory and prints what became of them.
func run(ctx context.Context, s settings) error {
	if s.workers < 1 || s.grace < 0 {
		return errors.New("there has to be 1 worker at least, and a grace of 0 at least")
	}
	var expected *summary
	if s.dir == "" {
		made, err := os.MkdirTemp("", "killable")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		if expected, err = makeInputs(made); err != nil {
			return err
		}
		s.dir = made
	}
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	var paths []string
	for _, entry := range entries {
		if !entry.IsDir() {
			paths = append(paths, filepath.Join(s.dir, entry.Name()))
		}
	}
	if len(paths) == 0 {
		return fmt.Errorf("there are no files in %q", s.dir)
	}

	// What the workers print is the parser's noise. The end of it comes with the
	// error when one of them crashes.
	pool, err := process.NewPool(s.workers,
		process.WithGrace(s.grace), prepared, process.WithOutput(noise{}))
	if err != nil {
		return err
	}
	defer pool.Close()

	p := &progress{out: s.out, terminal: s.terminal, total: len(paths), began: time.Now()}
	err = parseAll(ctx, pool, paths, s.workers, s.limit, p)
	p.clear()
	if err != nil {
		return err
	}
	p.end(pool.Stats())
	if expected != nil && p.summary != *expected {
		return fmt.Errorf("the outcome is %+v, it should be %+v", p.summary, *expected)
	}
	return nil
}

// parseAll has one file parsed for each worker at a time. The time of a file begins when
// it is given to the pool, so none is given that would have to wait there.
func parseAll(ctx context.Context, pool *process.Pool, paths []string, workers int, limit time.Duration, p *progress) error {
	queue := make(chan string, len(paths))
	for _, path := range paths {
		queue <- path
	}
	close(queue)
	_, err := future.Run(ctx, func(ctx context.Context) ([]struct{}, error) {
		hands := make([]*future.Future[struct{}], workers)
		for i := range hands {
			hands[i] = future.Go(ctx, func(ctx context.Context) (struct{}, error) {
				for path := range queue {
					if err := parseOne(ctx, pool, path, limit, p); err != nil {
						return struct{}{}, err
					}
				}
				return struct{}{}, nil
			})
		}
		return future.Gather(hands...).Await(ctx) // the first trouble stops all of them
	})
	return err
}

// noise is where the workers' output goes.
type noise struct{}

func (noise) Write(b []byte) (int, error) { return len(b), nil }
