package main

import (
	"os/exec"
	"testing"

	"example.com/future/benchmarks/internal/report"
)

func TestWhatTheProcessCommandMeasuresIsUnderstood(t *testing.T) {
	p, err := measureProcess(t.Context(), quick(t.Output()).process)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range (report.Page{Process: p}).Verdicts() {
		if v.Skipped && !noPython(v) {
			t.Errorf("%s: %s", v.Work, v.Got)
		}
	}
	if p.Text == "" || len(p.Results) < 5 {
		t.Errorf("%d results, text %q", len(p.Results), p.Text)
	}
}

// noPython reports that a verdict needs Python, and there is none.
func noPython(v report.Verdict) bool {
	_, err := exec.LookPath("python3")
	return err != nil && v.Got == "no Python here"
}
