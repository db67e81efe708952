// Command process measures the process pool: 10,000 small calls through two workers
// beside Python's ProcessPoolExecutor and beside pipes written by hand, the start of
// a worker, payloads, and how long a kill takes. All is measured in one run, on one
// machine; what is absent is left out and named.
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
	"slices"
	"strings"
	"time"

	"example.com/future/process"
)

func main() {
	process.Main()
	if os.Getenv(envPipes) != "" {
		servePipes()
		return
	}
	rounds := flag.Int("rounds", 7, "how often everything is measured; the medians are printed")
	calls := flag.Int("calls", 10_000, "small calls in a round")
	only := flag.String("only", "", "measure only this: throughput, start, payloads or kill")
	flag.Parse()
	log.SetFlags(0)
	// A program has a heap. Beside an empty one the collector would run all the time.
	heap := make([]byte, 64<<20)
	defer runtime.KeepAlive(heap)

	fmt.Println("machine: ", machine())
	fmt.Println("versions:", runtime.Version()+",", python())
	fmt.Println("command: ", "go run ./process", strings.Join(os.Args[1:], " "))
	fmt.Printf("medians of %d rounds\n\n", *rounds)

	for _, part := range []struct {
		name    string
		measure func()
	}{
		{"throughput", func() { throughput(*rounds, *calls) }},
		{"start", func() { start(*rounds) }},
		{"payloads", func() { payloads(*rounds) }},
		{"kill", func() { kills(*rounds) }},
	} {
		if *only == "" || *only == part.name {
			part.measure()
		}
	}
}

// machine describes the processor and the system.
func machine() string {
	model := runtime.GOARCH
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for s := bufio.NewScanner(f); s.Scan(); {
			if name, ok := strings.CutPrefix(s.Text(), "model name"); ok {
				model = strings.TrimLeft(name, " \t:")
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores, %s", model, runtime.NumCPU(), runtime.GOOS)
}

func python() string {
	out, err := exec.Command("python3", "--version").Output()
	if err != nil {
		return "no python3"
	}
	return strings.TrimSpace(string(out))
}

// medianOf measures several times and returns the median.
func medianOf(rounds int, measure func() time.Duration) time.Duration {
	ds := make([]time.Duration, rounds)
	for i := range ds {
		ds[i] = measure()
	}
	slices.Sort(ds)
	return ds[len(ds)/2]
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
