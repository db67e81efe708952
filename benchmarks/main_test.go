package main

import "testing"

func TestWhatTheProcessCommandPrintsIsUnderstood(t *testing.T) {
	p, err := measureProcess(t.Context(), quick(t.Output()).process)
	if err != nil {
		t.Fatal(err)
	}
	if p.Calls <= 0 || p.Text == "" {
		t.Errorf("%+v", p)
	}
}
