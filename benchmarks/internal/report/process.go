package report

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"example.com/future/benchmarks/internal/rows"
)

// A Process is what the command process has printed, and what is to be judged of it.
type Process struct {
	Command     string
	Text        string
	Calls       float64 // of the pool, by second
	CallsSpread string  // least to most; "" if it does not say
	Python      float64 // what Python's pool took, as a multiple of the pool's time; 0 if there is no Python

	PythonSpread string
}

// A line has a name, the calls by second and the time as a multiple of the pool's, each
// with its unit or with its spread.
var (
	poolLine   = regexp.MustCompile(`(?m)^ *process\.Pool +([0-9.]+)(?: \(([0-9.]+) to ([0-9.]+)\))?`)
	pythonLine = regexp.MustCompile(`(?m)^ *Python ProcessPoolExecutor +[0-9.]+(?: calls/s| \([^)]*\)) +([0-9.]+)(?: \(([0-9.]+) to ([0-9.]+)\))?`)
)

// ParseProcess reads what the command process has printed.
func ParseProcess(command, text string) (Process, error) {
	p := Process{Command: command, Text: strings.TrimSpace(text)}
	own := poolLine.FindStringSubmatch(text)
	if own == nil {
		return p, errors.New("process: no line for the pool")
	}
	var err error
	if p.Calls, err = strconv.ParseFloat(own[1], 64); err != nil {
		return p, fmt.Errorf("process: %w", err)
	}
	p.CallsSpread = between(own)
	if python := pythonLine.FindStringSubmatch(text); python != nil {
		if p.Python, err = strconv.ParseFloat(python[1], 64); err != nil {
			return p, fmt.Errorf("process: %w", err)
		}
		p.PythonSpread = between(python)
	}
	return p, nil
}

// between writes the spread that a line has.
func between(match []string) string {
	if match[2] == "" {
		return ""
	}
	return match[2] + "–" + match[3]
}

func (p Process) verdicts() []Verdict {
	if p.Text == "" {
		return nil
	}
	const work, calls, python = "10,000 small calls through a 2-worker process pool", 20_000, 3
	vs := []Verdict{{work, "≥ " + number(calls) + " calls/s", rows.Finding{Got: number(p.Calls) + " calls/s", Spread: p.CallsSpread, Met: p.Calls >= calls}}}
	against := Verdict{work, fmt.Sprintf("≥ %d × Python's `ProcessPoolExecutor`", python), rows.Finding{Got: "no Python here"}}
	if p.Python > 0 {
		against.Finding = rows.Finding{Got: number(p.Python) + " ×", Spread: p.PythonSpread, Met: p.Python >= python}
	}
	return append(vs, against)
}
