// Package report writes down what was measured: as a page in Markdown with pictures,
// as raw output, and as a table for the terminal. It has no figure of its own.
package report

import (
	"fmt"
	"math"
	"strconv"

	"example.com/future/benchmarks/internal/measure"
	"example.com/future/benchmarks/internal/rows"
	"example.com/future/benchmarks/languages"
)

// A Page is all that one run has measured.
type Page struct {
	Command string
	Machine Machine
	Options measure.Options
	Rows    []Row
	Curves  []Curve

	Languages      languages.Report
	LanguageRounds int
	Process        Process
}

// A Row is a row as it was measured.
type Row struct {
	rows.Goaled
	measure.Result
}

// A Curve is a curve as it was measured, the smallest size first.
type Curve struct {
	rows.Curve
	Results []measure.Result
}

// A Verdict says how one goal was met.
type Verdict struct {
	Work, Want string
	rows.Finding
}

// Word returns met, missed or not measured.
func (v Verdict) Word() string {
	switch {
	case v.Skipped:
		return "not measured"
	case v.Met:
		return "met"
	}
	return "**missed**"
}

// Verdicts judges every goal.
func (p Page) Verdicts() []Verdict {
	var vs []Verdict
	for _, r := range p.Rows {
		for _, g := range r.Goals {
			vs = append(vs, Verdict{r.Row().Work, g.Want, g.Judge(r.Result)})
		}
	}
	for _, c := range p.Curves {
		for _, g := range c.Goals {
			vs = append(vs, Verdict{c.Work, g.Want, g.Judge(c.Results)})
		}
	}
	return append(vs, p.Process.verdicts()...)
}

// Row returns the work as it was measured: its size may be less than what was asked.
func (r Row) Row() measure.Row { return r.Result.Row }

// summary counts the verdicts. What was not measured is no goal here.
func summary(vs []Verdict) string {
	met, skipped := 0, 0
	for _, v := range vs {
		switch {
		case v.Skipped:
			skipped++
		case v.Met:
			met++
		}
	}
	text := fmt.Sprintf("%d of %d goals are met", met, len(vs)-skipped)
	if skipped > 0 {
		text += fmt.Sprintf("; %d more could not be measured here", skipped)
	}
	return text
}

// A unit is how figures of a kind are written.
type unit struct {
	title string
	write func(float64) string
}

// unitOf returns how a kind of figure is written.
func unitOf(name string) unit {
	switch name {
	case measure.Time:
		return unit{"time", nanoseconds}
	case measure.Bytes:
		return unit{"bytes", count}
	case measure.Allocs:
		return unit{"allocations", count}
	case rows.Live:
		return unit{"bytes in use", count}
	case rows.Stack:
		return unit{"bytes of stack", count}
	case rows.P50:
		return unit{"p50", nanoseconds}
	case rows.P99:
		return unit{"p99", nanoseconds}
	case rows.P999:
		return unit{"p99.9", nanoseconds}
	}
	return unit{name, number}
}

// nanoseconds writes a time with three digits.
func nanoseconds(ns float64) string {
	for _, s := range []struct {
		of   float64
		name string
	}{{1e9, "s"}, {1e6, "ms"}, {1e3, "µs"}} {
		if ns >= s.of {
			return number(ns/s.of) + " " + s.name
		}
	}
	return number(ns) + " ns"
}

// count writes a number of things, of which a hundredth is none.
func count(v float64) string {
	if math.Abs(v) < 0.005 {
		return "0"
	}
	return number(v)
}

// number writes a figure with three digits, or more where they stand before the point.
func number(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "–"
	case size < 0.095:
		return strconv.FormatFloat(v, 'g', 2, 64)
	case size < 9.995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case size < 99.95:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return group(strconv.FormatFloat(v, 'f', 0, 64))
	}
}

// group puts a comma before every three digits.
func group(digits string) string {
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// ratio writes a ratio and how far it spreads.
func ratio(s measure.Spread) string {
	if math.IsNaN(s.Median) || math.IsInf(s.Median, 0) {
		return "–"
	}
	return fmt.Sprintf("%s (%s–%s)", number(s.Median), number(s.Low), number(s.High))
}
