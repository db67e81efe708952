// Command process measures the process pool: 10,000 small calls through two workers
// beside Python's ProcessPoolExecutor and beside pipes written by hand, the start of
// a worker, payloads, and how long it takes until what hangs is gone. All is measured
// in one run, on one machine; what is absent is left out and named.
//
//	go run ./process
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"example.com/future/benchmarks/internal/measure"
	"example.com/future/process"
)

func main() {
	process.Main()
	if os.Getenv(envPipes) != "" {
		servePipes()
		return
	}
	if path := os.Getenv(envParent); path != "" {
		beParent(path, os.Getenv(envHow))
		return
	}
	rounds := flag.Int("rounds", 7, "how often everything is measured, or a multiple of it where that is quick")
	calls := flag.Int("calls", 10_000, "small calls in a round")
	only := flag.String("only", "", "measure only this: throughput, start, payloads, kill or parent")
	raw := flag.String("raw", "", "write every sample into this file, for benchstat")
	flag.Parse()
	log.SetFlags(0)
	// A program has a heap. Beside an empty one the collector would run all the time.
	heap := make([]byte, 64<<20)
	defer runtime.KeepAlive(heap)

	fmt.Printf("machine:  %s, %d cores, %s\n", cpu(), runtime.NumCPU(), runtime.GOOS)
	fmt.Println("versions:", runtime.Version()+",", python())
	fmt.Printf("medians of %d rounds, or of more where it says so, with the first and the last decile\n\n", *rounds)

	var results []measure.Result
	for _, part := range []struct {
		name    string
		measure func() []measure.Result
	}{
		{"throughput", func() []measure.Result { return throughput(*rounds, *calls) }},
		{"start", func() []measure.Result { return start(5 * *rounds) }},
		{"payloads", func() []measure.Result { return payloads(*rounds) }},
		{"kill", func() []measure.Result { return kills(3 * *rounds) }},
		{"parent", func() []measure.Result { return orphans(2 * *rounds) }},
	} {
		if *only == "" || *only == part.name {
			results = append(results, part.measure()...)
		}
	}
	if *raw != "" {
		f, err := os.Create(*raw)
		check(err)
		check(measure.WriteRaw(f, cpu(), results...))
		check(f.Close())
	}
}

// cpu describes the processor.
func cpu() string {
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if name, ok := strings.CutPrefix(s.Text(), "model name"); ok {
				return strings.TrimLeft(name, " \t:")
			}
		}
	}
	return runtime.GOARCH
}

func python() string {
	out, err := exec.Command("python3", "--version").Output()
	if err != nil {
		return "no python3"
	}
	return strings.TrimSpace(string(out))
}

// series has what one side took, in turns of n operations.
func series(side string, n int, took ...time.Duration) measure.Series {
	s := measure.Series{Side: measure.Side{Name: side}}
	for _, d := range took {
		s.Samples = append(s.Samples, measure.Sample{N: n, Values: map[string]float64{measure.Time: float64(d)}})
	}
	return s
}

// spread writes a median and the deciles around it.
func spread(s measure.Spread) string {
	return fmt.Sprintf("%v (%v–%v)", short(s.Median), short(s.Low), short(s.High))
}

// short writes nanoseconds with three digits.
func short(ns float64) string {
	d, unit := time.Duration(ns), time.Duration(1)
	for d >= 1000*unit {
		unit *= 10
	}
	return d.Round(unit).String()
}

func newPool(workers int, opts ...process.Option) *process.Pool {
	p, err := process.NewPool(workers, append(opts, process.WithOutput(io.Discard))...)
	check(err)
	return p
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
