// Package measure times several ways to do one job. They take turns, so that a change
// of the machine's load meets all of them, and each round of turns gives one ratio.
package measure

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"time"
)

// The units of what is measured of every turn, each of them for one unit of the work.
const (
	Time   = "ns/op"
	Bytes  = "B/op"
	Allocs = "allocs/op"
)

// A Row is one piece of work, and those who do it.
type Row struct {
	Name  string // names the file with the raw output
	Work  string // what is done
	Unit  string // what the figures are for: a future, a job
	Note  string // what else there is to say
	Size  int    // how many units there are in one operation; 0 is 1
	N     int    // how many operations there are in a turn; 0 is as many as fill it
	Sides []Side // the first is this package's, the second is written by hand

	// Metrics are the units of what the row is about, the most important first. If
	// there are none they are Time, Bytes and Allocs.
	Metrics []string
}

// A Side is one way to do the work.
type Side struct {
	Name   string // future, by hand, or a peer's name
	Module string // whose version is to be told
	How    string // the calls it consists of
	Less   string // what it leaves out of what this package does
	Most   int    // the greatest size that it can do; 0 is any

	// Do does the work t.N times, on t.Size units each time, and checks what comes out.
	Do func(t *Turn) error
}

// A Turn is one measurement of one side.
type Turn struct {
	N, Size int

	began    time.Time
	took     time.Duration
	before   runtime.MemStats
	values   map[string]float64
	finished bool
}

// Restart forgets the time and the memory that were used so far.
func (t *Turn) Restart() {
	runtime.ReadMemStats(&t.before)
	t.began = time.Now()
}

// Finish ends the measurement, though there is something left to put away.
func (t *Turn) Finish() {
	if t.finished {
		return
	}
	t.took = time.Since(t.began)
	t.finished = true
	var after runtime.MemStats
	runtime.ReadMemStats(&after)
	units := float64(t.N) * float64(t.Size)
	t.Report(Time, float64(t.took.Nanoseconds())/units)
	t.Report(Bytes, float64(after.TotalAlloc-t.before.TotalAlloc)/units)
	t.Report(Allocs, float64(after.Mallocs-t.before.Mallocs)/units)
}

// Report adds a figure of another kind.
func (t *Turn) Report(unit string, value float64) { t.values[unit] = value }

// Take does a turn of one side, and returns its figures and how long it took.
func Take(s Side, n, size int) (map[string]float64, time.Duration, error) {
	t := &Turn{N: n, Size: size, values: make(map[string]float64)}
	t.Restart()
	err := s.Do(t)
	t.Finish()
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", s.Name, err)
	}
	return t.values, t.took, nil
}

// Options say how thoroughly to measure.
type Options struct {
	Turn     time.Duration // how long a turn takes, roughly
	Rounds   int
	MaxSize  int       // units in one operation; 0 is no bound
	Progress io.Writer // is told what is being measured
}

// A Sample has the figures of one turn.
type Sample struct {
	N      int
	Values map[string]float64
}

// A Series has all samples of one side.
type Series struct {
	Side    Side
	Samples []Sample
}

// Values returns the samples' figures in one unit.
func (s Series) Values(unit string) []float64 {
	vs := make([]float64, len(s.Samples))
	for i, sample := range s.Samples {
		vs[i] = sample.Values[unit]
	}
	return vs
}

// Spread returns the spread of the samples' figures in one unit.
func (s Series) Spread(unit string) Spread { return SpreadOf(s.Values(unit)) }

// A Result is a row as it was measured.
type Result struct {
	Row    Row
	Series []Series
}

// Of returns the series of a side, and false if the row has no such side.
func (r Result) Of(side string) (Series, bool) {
	for _, s := range r.Series {
		if s.Side.Name == side {
			return s, true
		}
	}
	return Series{}, false
}

// Metric returns the unit of the figure that the row is about.
func (r Result) Metric() string { return r.Row.metrics()[0] }

// Metrics returns the units of all figures that the row is about.
func (r Result) Metrics() []string { return r.Row.metrics() }

func (r Row) metrics() []string {
	if len(r.Metrics) > 0 {
		return r.Metrics
	}
	return []string{Time, Bytes, Allocs}
}

// Ratio returns the spread of a series' ratios to the form that is written by hand,
// round by round.
func (r Result) Ratio(s Series) Spread {
	own, hand := s.Values(r.Metric()), r.Series[1].Values(r.Metric())
	ratios := make([]float64, len(own))
	for i := range own {
		ratios[i] = own[i] / hand[i]
	}
	return SpreadOf(ratios)
}

// Measure lets the sides of a row take turns, in a new order in each round. The sides
// that cannot do so many units are left out.
func Measure(ctx context.Context, row Row, o Options) (Result, error) {
	// Beside a small heap the collector runs so often that it is all one measures.
	ballast := make([]byte, 64<<20)
	defer runtime.KeepAlive(ballast)

	row.Size = max(row.Size, 1)
	if o.MaxSize > 0 {
		row.Size = min(row.Size, o.MaxSize)
	}
	result := Result{Row: row}
	var ns []int
	for _, side := range row.Sides {
		if side.Most > 0 && side.Most < row.Size {
			continue
		}
		n, err := fill(side, row, o.Turn)
		if err != nil {
			return Result{}, fmt.Errorf("%s: %w", row.Name, err)
		}
		ns = append(ns, n)
		result.Series = append(result.Series, Series{Side: side})
	}
	random := rand.New(rand.NewPCG(1, 2))
	for round := range o.Rounds {
		fmt.Fprintf(o.Progress, "\r\033[K%s: round %d of %d", row.Name, round+1, o.Rounds)
		for _, i := range random.Perm(len(result.Series)) {
			if err := ctx.Err(); err != nil {
				return Result{}, context.Cause(ctx)
			}
			s := &result.Series[i]
			values, _, err := Take(s.Side, ns[i], row.Size)
			if err != nil {
				return Result{}, fmt.Errorf("%s: %w", row.Name, err)
			}
			s.Samples = append(s.Samples, Sample{N: ns[i], Values: values})
		}
	}
	fmt.Fprint(o.Progress, "\r\033[K")
	return result, nil
}

// fill finds how many operations fill a turn. It also warms the side up.
func fill(s Side, row Row, turn time.Duration) (int, error) {
	if row.N > 0 {
		_, _, err := Take(s, row.N, row.Size)
		return row.N, err
	}
	for n := 1; ; {
		_, took, err := Take(s, n, row.Size)
		if err != nil || took >= turn/2 || n >= 1<<30 {
			return n, err
		}
		// Go near to the whole in few steps, without trusting a short one.
		n = min(8*n, max(2*n, int(float64(n)*float64(turn)/float64(took+1))))
	}
}
