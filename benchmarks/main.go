// Command benchmarks measures this package beside hand-written Go, beside other
// packages and beside other languages, and its process pool. It prints tables and
// writes ../BENCHMARKS.md, with pictures and raw output that benchstat reads:
//
//	go run .
//
// That takes about six minutes, on a machine that should have nothing else to do. With
// -quick it takes a few seconds, shows that all runs but the other languages, whose
// compilers take longer to warm up, and writes nothing unless -out says where.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"example.com/future/benchmarks/internal/measure"
	"example.com/future/benchmarks/internal/report"
	"example.com/future/benchmarks/internal/rows"
	"example.com/future/benchmarks/languages"
)

// A plan says how thoroughly everything is measured.
type plan struct {
	rows      measure.Options
	memory    int // rounds of rows whose turns are long
	curves    measure.Options
	languages int      // rounds; 0 leaves them out, as their compilers take a minute to warm up
	process   []string // arguments
}

func thorough(progress io.Writer) plan {
	return plan{
		rows:      measure.Options{Turn: 20 * time.Millisecond, Rounds: 60, Progress: progress},
		memory:    5,
		curves:    measure.Options{Turn: 20 * time.Millisecond, Rounds: 9, MaxSize: 1_000_000, Progress: progress},
		languages: 15,
	}
}

func quick(progress io.Writer) plan {
	return plan{
		rows:    measure.Options{Turn: time.Millisecond, Rounds: 3, MaxSize: 10_000, Progress: progress},
		memory:  1,
		curves:  measure.Options{Turn: time.Millisecond, Rounds: 1, MaxSize: 10_000, Progress: progress},
		process: []string{"-rounds", "1", "-calls", "1000"},
	}
}

func main() {
	log.SetFlags(0)
	isQuick := flag.Bool("quick", false, "measure little: the figures mean nothing")
	out := flag.String("out", "", "write into this directory (default \"..\", or nowhere with -quick or -row)")
	row := flag.String("row", "", "measure only rows and curves whose names match this")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	only, err := regexp.Compile(*row)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()

	pace := thorough(os.Stderr)
	if *isQuick {
		pace = quick(os.Stderr)
	}
	page := report.Page{
		Command: strings.Join(append([]string{"cd benchmarks && go run ."}, os.Args[1:]...), " "),
		Machine: report.Here(),
		Options: pace.rows,
	}
	// The curves leave many goroutines behind, so they come last.
	for _, part := range []func() error{
		func() error { return measureRows(ctx, &page, pace, only) },
		func() error { return measureOthers(ctx, &page, pace, *row != "") },
		func() error { return measureCurves(ctx, &page, pace, only) },
		func() error { return report.WriteVerdicts(os.Stdout, page.Verdicts()) },
	} {
		if err := part(); err != nil {
			log.Fatal(err)
		}
	}
	if *out == "" && !*isQuick && *row == "" {
		*out = ".."
	}
	if *out != "" {
		if err := page.Write(*out); err != nil {
			log.Fatal(err)
		}
	}
}

func measureRows(ctx context.Context, page *report.Page, pace plan, only *regexp.Regexp) error {
	for _, row := range rows.All() {
		if !only.MatchString(row.Name) {
			continue
		}
		options := pace.rows
		if row.N == 1 {
			options.Rounds = pace.memory
		}
		result, err := measure.Measure(ctx, row.Row, options)
		if err != nil {
			return err
		}
		measured := report.Row{Goaled: row, Result: result}
		page.Rows = append(page.Rows, measured)
		if err := report.WriteRow(os.Stdout, measured); err != nil {
			return err
		}
	}
	return nil
}

func measureCurves(ctx context.Context, page *report.Page, pace plan, only *regexp.Regexp) error {
	for _, curve := range rows.Curves() {
		if !only.MatchString(curve.Name) {
			continue
		}
		measured := report.Curve{Curve: curve}
		for _, size := range rows.Sizes(pace.curves.MaxSize) {
			row := curve.Row
			row.Size = size
			result, err := measure.Measure(ctx, row, pace.curves)
			if err != nil {
				return err
			}
			measured.Results = append(measured.Results, result)
			if err := report.WriteRow(os.Stdout, report.Row{Result: result}); err != nil {
				return err
			}
			debug.FreeOSMemory()
		}
		page.Curves = append(page.Curves, measured)
	}
	return nil
}

// measureOthers measures other languages and the process pool.
func measureOthers(ctx context.Context, page *report.Page, pace plan, skip bool) (err error) {
	if skip {
		return nil
	}
	if pace.languages > 0 {
		page.LanguageRounds = pace.languages
		if page.Languages, err = languages.Run(ctx, pace.languages, os.Stderr); err != nil {
			return err
		}
	}
	page.Process, err = measureProcess(ctx, pace.process)
	return err
}

// measureProcess runs the command process, which has to be a program of its own: its
// workers are copies of it.
func measureProcess(ctx context.Context, args []string) (report.Process, error) {
	dir, err := os.MkdirTemp("", "benchmarks")
	if err != nil {
		return report.Process{}, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "process")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	fmt.Fprint(os.Stderr, "process pool")
	if text, err := exec.CommandContext(ctx, "go", "build", "-o", program, "./process").CombinedOutput(); err != nil {
		return report.Process{}, fmt.Errorf("process: %w\n%s", err, text)
	}
	samples := filepath.Join(dir, "process.txt")
	text, err := exec.CommandContext(ctx, program, append([]string{"-raw", samples}, args...)...).Output()
	fmt.Fprint(os.Stderr, "\r\033[K")
	if err != nil {
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			return report.Process{}, fmt.Errorf("process: %w\n%s", err, exit.Stderr)
		}
		return report.Process{}, fmt.Errorf("process: %w", err)
	}
	fmt.Println(string(text))
	raw, err := os.ReadFile(samples)
	if err != nil {
		return report.Process{}, fmt.Errorf("process: %w", err)
	}
	return report.ParseProcess(strings.Join(append([]string{"go run ./process"}, args...), " "), string(text), raw)
}
