package report

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/future/benchmarks/internal/measure"
	"example.com/future/benchmarks/internal/rows"
)

// A Process is what the command process has measured.
type Process struct {
	Command string
	Text    string // what it printed
	Raw     []byte // its samples, as benchstat reads them
	Results []measure.Result
}

// ParseProcess reads what the command process has printed, and the samples that it
// has written.
func ParseProcess(command, text string, raw []byte) (Process, error) {
	p := Process{Command: command, Text: strings.TrimSpace(text), Raw: raw}
	var err error
	if p.Results, err = measure.ReadRaw(bytes.NewReader(raw)); err != nil {
		return p, fmt.Errorf("process: %w", err)
	}
	if len(p.calls("process.Pool")) == 0 {
		return p, errors.New("process: no samples of the pool")
	}
	return p, nil
}

// result returns what was measured of one piece of work, without series if it was not.
func (p Process) result(name string) measure.Result {
	for _, r := range p.Results {
		if r.Row.Name == name {
			return r
		}
	}
	return measure.Result{}
}

// calls returns the times of small calls of one side.
func (p Process) calls(side string) []float64 {
	s, _ := p.result("Calls").Of(side)
	return s.Values(measure.Time)
}

func (p Process) verdicts() []Verdict {
	if p.Text == "" {
		return nil
	}
	const calls = "10,000 small calls through a 2-worker process pool"
	return []Verdict{
		p.rate(calls, 20_000),
		p.beside(calls, "Python's `ProcessPoolExecutor`", "Python", 3),
		p.atWorst("A call that hangs, from its deadline and its grace until its worker is gone", "Kill", 100*time.Millisecond),
		p.atWorst("A worker that hangs, from the kill of its parent until it is gone", "Parent", time.Second),
	}
}

// rate wants so many calls in a second.
func (p Process) rate(work string, limit float64) Verdict {
	var rates []float64
	for _, ns := range p.calls("process.Pool") {
		rates = append(rates, float64(time.Second)/ns)
	}
	s := measure.SpreadOf(rates)
	return Verdict{work, "≥ " + number(limit) + " calls/s", rows.Finding{
		Got: number(s.Median) + " calls/s", Spread: number(s.Low) + "–" + number(s.High), Met: s.Median >= limit,
	}}
}

// beside wants another side to take so many times as long.
func (p Process) beside(work, title, other string, limit float64) Verdict {
	v := Verdict{work, fmt.Sprintf("≥ %g × %s", limit, title), rows.Finding{Got: "no " + other + " here", Skipped: true}}
	if theirs := p.calls(other); len(theirs) > 0 {
		s := ratiosOf(theirs, p.calls("process.Pool"))
		v.Finding = rows.Finding{Got: number(s.Median) + " ×", Spread: number(s.Low) + "–" + number(s.High), Met: s.Median >= limit}
	}
	return v
}

// atWorst bounds the longest time of all sides.
func (p Process) atWorst(work, name string, limit time.Duration) Verdict {
	v := Verdict{work, "≤ " + nanoseconds(float64(limit)) + " at worst", rows.Finding{Got: "not tried", Skipped: true}}
	var all []float64
	worst, how := 0.0, ""
	for _, s := range p.result(name).Series {
		for _, ns := range s.Values(measure.Time) {
			all = append(all, ns)
			if ns >= worst {
				worst, how = ns, strings.ReplaceAll(s.Side.Name, "-", " ")
			}
		}
	}
	if len(all) > 0 {
		s := measure.SpreadOf(all)
		v.Finding = rows.Finding{
			Got:    fmt.Sprintf("%s (%s); %s as the median", nanoseconds(worst), how, nanoseconds(s.Median)),
			Spread: nanoseconds(s.Low) + "–" + nanoseconds(s.High), Met: worst <= float64(limit),
		}
	}
	return v
}
