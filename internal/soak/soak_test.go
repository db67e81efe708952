package main //nolint:testpackage // a program is tested from within

import (
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"

	"example.com/future"
	"example.com/future/process"
)

func TestMain(m *testing.M) {
	process.Main()
	os.Setenv("GORACE", "atexit_sleep_ms=0") // of the workers
	os.Exit(m.Run())
}

func TestASoakOfTwoSecondsBalances(t *testing.T) {
	var out strings.Builder
	if code := run([]string{"-for", "2s"}, loads(), &out); code != 0 || !strings.Contains(out.String(), "the books balance") {
		t.Errorf("exit code %d:\n%s", code, &out)
	}
}

func TestWhatIsWrongIsNoticed(t *testing.T) {
	end := make(chan struct{})
	defer close(end)
	var files []*os.File
	defer func() {
		for _, f := range files {
			_ = f.Close()
		}
	}()
	for _, test := range []struct {
		name string
		step func(*hand)
		says string
	}{
		{"a future that is lost", func(h *hand) { h.job() }, "were started and 0 have ended"},
		{"a function that is called twice", func(h *hand) {
			j := h.jobThat(succeeds)
			f := future.New[int]()
			_, _ = j.call(t.Context())
			_ = f.SetOutcome(j.call(t.Context()))
			j.settle(f)
		}, "called twice"},
		{"a wrong value", func(h *hand) {
			j := h.jobThat(succeeds)
			_, _ = j.call(t.Context())
			j.settle(future.FromResult(-1))
		}, "has succeeded with -1"},
		{"a cancel for no reason", func(h *hand) {
			f := future.New[int]()
			f.Cancel(nil)
			h.jobThat(succeeds).settle(f)
		}, "cancelled by nobody"},
		{"a failure that is reported though it was looked at", func(h *hand) { h.report(future.Report{Err: h.fault, Context: t.Context()}) }, "nobody looked at 0 failures"},
		{"a failure that is not reported", func(h *hand) { h.unread.Add(1) }, "something is left"},
		{"a goroutine that does not end", func(*hand) { go func() { <-end }() }, "something is left"},
		{"a file that stays open", func(*hand) {
			if f, err := os.Open(os.DevNull); err == nil {
				files = append(files, f)
			}
		}, "something is left"},
		{"a step that hangs", func(*hand) { <-end }, "does not end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if strings.Contains(test.name, "file") && openFiles() < 0 {
				t.Skip("cannot be seen on this system")
			}
			var out strings.Builder
			once := false
			step := func(h *hand) {
				if !once {
					once = true
					test.step(h)
				}
			}
			l := []*load{{test.name, 1, step}}
			if code := run([]string{"-for", "500ms", "-patience", "1s"}, l, &out); code != 1 || !strings.Contains(out.String(), test.says) {
				t.Errorf("exit code %d without %q:\n%s", code, test.says, &out)
			}
		})
	}
}

// Else as many could leak unnoticed.
func TestWarmingUpLeavesNoGoroutineThatStillCounts(t *testing.T) {
	runtime.GC() // see warmUp
	before := runtime.NumGoroutine()
	for range 30 {
		warmUp()
		if n := runtime.NumGoroutine(); n > before {
			t.Fatalf("%d goroutines, before there were %d", n, before)
		}
	}
}

func TestWhatGrowsIsNoticed(t *testing.T) {
	for says, last := range map[string]gauges{
		"":                        {heap: 1200 << 10, threads: 20},
		"the heap grows":          {heap: 9 << 20, threads: 10},
		"the threads become more": {heap: 1 << 20, threads: 100},
	} {
		var out strings.Builder
		first, high := gauges{heap: 1 << 20, threads: 10}, gauges{heap: 99 << 20, threads: 999}
		all := append(slices.Repeat([]gauges{high}, 10), last)
		all[2] = first // after two that do not count
		newBooks(&out).flat(all)
		if !strings.Contains(out.String(), says) || says == "" && out.Len() > 0 {
			t.Errorf("%q for %v", &out, last)
		}
	}
}

func TestAWrongCommandLineIsRefused(t *testing.T) {
	for _, args := range [][]string{{"-for", "long"}, {"-run", "("}, {"now"}} {
		if code := run(args, nil, &strings.Builder{}); code != 2 {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
}
