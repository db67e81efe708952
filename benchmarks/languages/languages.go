// Package languages measures futures across languages: this package, Python's asyncio,
// Node's promises and Java's CompletableFuture do the same work in the same run, in
// turn. A runtime that is not on the machine is left out, and the report says so.
//
// Each runtime is a process that lives as long as the run, so that its compiler has
// warmed up before anything counts. It first writes its version. Then it reads lines
// of three words, a workload, how many operations are one batch of it, and how many
// batches to do:
//
//	gather 1000 20
//
// It collects its garbage, does the work, and writes the nanoseconds that this took,
// the bytes of memory that the work left in use or NaN, and the sum of all results:
//
//	12345678 NaN 9990000
//
// The sum is checked. All runtimes have their default settings, and use nothing outside
// of their standard libraries. The one of Go also holds 64 MB of memory that it does not
// use, as a program would, since its collector runs the more often the less there is.
package languages

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"
)

// A Report is what one run has measured.
type Report struct {
	Runtimes  []Runtime
	Workloads []Workload
}

// A Runtime is one side of the comparison.
type Runtime struct {
	Name    string
	Version string
	Absent  string // why it did not run, "" if it did
}

// A Workload is what all runtimes did.
type Workload struct {
	Name    string
	What    string   // what is done, and what one operation is
	N       int      // operations in one batch
	Results []Result // of those runtimes that ran, in their order
}

// A Result is what one runtime took for a workload.
type Result struct {
	Runtime string
	Samples []float64 // ns per operation, one per round; none if this side cannot do it
	Bytes   []float64 // per operation, in use after the work; NaN where not known
	Batches int       // in one sample
	Less    string    // what this side does less, or cannot do; "" if it is equal
}

// A pace says how long to measure.
type pace struct {
	rounds   int
	sample   time.Duration // what one sample takes, where a batch is not longer
	settle   int           // a workload is warm when so many samples in a row were no faster than before
	warmUp   time.Duration // but for this long at most
	patience time.Duration // a runtime that does not answer for so long has failed
}

// Run measures every workload on every runtime, so many rounds, and writes to
// progress what it does. In a round each workload is done by one runtime after
// another. It returns an error if ctx ends, and if a runtime fails, gives a wrong
// result or does not answer within a minute.
//
// On a machine with nothing else to do this takes 20 seconds, and 5 more for each round.
func Run(ctx context.Context, rounds int, progress io.Writer) (Report, error) {
	if rounds < 1 {
		return Report{}, fmt.Errorf("languages: %d rounds, want at least one", rounds)
	}
	return compare(ctx, runtimes, workloads, pace{
		rounds:   rounds,
		sample:   20 * time.Millisecond,
		settle:   6,
		warmUp:   time.Second,
		patience: time.Minute,
	}, progress)
}

// compare is Run for some runtimes and workloads.
func compare(ctx context.Context, languages []language, works []work, p pace, progress io.Writer) (_ Report, err error) {
	dir, err := os.MkdirTemp("", "languages")
	if err != nil {
		return Report{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	var report Report
	var sides []*child
	defer func() {
		for _, c := range sides {
			err = errors.Join(err, c.close(p.patience))
		}
	}()
	for i, l := range languages {
		own := filepath.Join(dir, strconv.Itoa(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			return Report{}, err
		}
		c, version, absent, err := l.start(ctx, own, p.patience)
		if err != nil {
			return Report{}, err
		}
		report.Runtimes = append(report.Runtimes, Runtime{Name: l.name, Version: version, Absent: absent})
		if absent != "" {
			fmt.Fprintf(progress, "%s is left out: %s\n", l.name, absent)
			continue
		}
		fmt.Fprintf(progress, "%s %s\n", l.name, version)
		sides = append(sides, c)
	}

	for _, w := range works {
		measured := Workload{Name: w.name, What: w.what, N: w.n}
		for _, c := range sides {
			measured.Results = append(measured.Results, Result{Runtime: c.name, Less: w.less[c.name]})
		}
		report.Workloads = append(report.Workloads, measured)
	}

	// times[i][j] is how many batches of workload i are one sample on side j.
	times := make([][]int, len(works))
	for i, w := range works {
		fmt.Fprintf(progress, "warming up: %s\n", w.name)
		times[i] = make([]int, len(sides))
		for j, c := range sides {
			if slices.Contains(w.lacking, c.name) {
				continue
			}
			if times[i][j], err = c.warm(ctx, w, p); err != nil {
				return Report{}, err
			}
		}
	}
	for round := range p.rounds {
		fmt.Fprintf(progress, "round %d of %d\n", round+1, p.rounds)
		for i, w := range works {
			for turn := range sides {
				// Another one begins in each round.
				j := (round + turn) % len(sides)
				if times[i][j] == 0 {
					continue
				}
				// It has slept while the others worked: what it needs for a batch is
				// not in the caches, and perhaps not in memory.
				if _, _, err := sides[j].do(ctx, w.atMost(10_000), 1, p.patience); err != nil {
					return Report{}, err
				}
				ns, bytes, err := sides[j].do(ctx, w, times[i][j], p.patience)
				if err != nil {
					return Report{}, err
				}
				result := &report.Workloads[i].Results[j]
				result.Samples = append(result.Samples, ns)
				result.Bytes = append(result.Bytes, bytes)
				result.Batches = times[i][j]
			}
		}
	}
	return report, nil
}
