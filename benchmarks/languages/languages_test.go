package languages

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// envFake makes this test a program that does not behave, and says in which way.
const envFake = "FUTURE_BENCHMARKS_LANGUAGES_FAKE"

func TestMain(m *testing.M) {
	if how := os.Getenv(envFake); how != "" {
		fake(how)
		return
	}
	os.Exit(m.Run())
}

// fake says its version and gives one answer, unless how is something else.
func fake(how string) {
	in := bufio.NewScanner(os.Stdin)
	switch how {
	case "die at the start":
		fmt.Fprintln(os.Stderr, "last words")
		os.Exit(3)
	case "hang at the start":
		in.Scan()
	case "no version":
		fmt.Println()
	default:
		fmt.Println("1.0")
	}
	for in.Scan() {
		switch how {
		case "die at work":
			fmt.Fprintln(os.Stderr, "last words")
			os.Exit(3)
		case "hang at work":
			continue
		case "end badly":
			fmt.Println("1000 NaN 45")
		default:
			fmt.Println(how)
		}
	}
	if how == "end badly" {
		os.Exit(4)
	}
}

// quick is a pace at which little is measured.
var quick = pace{rounds: 2, settle: 1, patience: time.Minute}

// tiny is one workload, of which the batch {0, 1, …, 9} has the sum 45.
var tiny = []work{{name: "create", n: 10, sum: ofIndexes}}

func TestEveryProgramGivesTheRightSums(t *testing.T) {
	t.Parallel()
	for _, l := range runtimes {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			c, _, absent, err := l.start(t.Context(), t.TempDir(), quick.patience)
			if err != nil {
				t.Fatal(err)
			}
			if absent != "" {
				t.Skip(absent)
			}
			defer func() {
				if err := c.close(quick.patience); err != nil {
					t.Error(err)
				}
			}()
			for _, w := range workloads {
				if slices.Contains(w.lacking, l.name) {
					continue
				}
				for _, n := range []int{1, 2, 1000, 20_000} {
					// The bytes of a few cannot be told from the noise.
					if w.name == "memory" && n < 20_000 || w.name != "memory" && n > 1000 {
						continue
					}
					w.n = n
					_, bytes, err := c.do(t.Context(), w, 3, quick.patience)
					if err != nil {
						t.Fatal(err)
					}
					if w.name == "memory" && !(bytes >= 16 && bytes < 1000) {
						t.Errorf("a pending future takes %v bytes", bytes)
					}
					if w.name != "memory" && !math.IsNaN(bytes) {
						t.Errorf("%s: %v bytes, of which nothing is known", w.name, bytes)
					}
				}
			}
		})
	}
}

func TestAWorkloadThatNoProgramHasIsAnError(t *testing.T) {
	t.Parallel()
	for _, l := range runtimes {
		t.Run(l.name, func(t *testing.T) {
			t.Parallel()
			c, _, absent, err := l.start(t.Context(), t.TempDir(), quick.patience)
			if err != nil {
				t.Fatal(err)
			}
			if absent != "" {
				t.Skip(absent)
			}
			_, _, err = c.do(t.Context(), work{name: "nonsense", n: 1, sum: ofOnes}, 1, quick.patience)
			if err == nil || !strings.Contains(err.Error(), "languages: "+l.name+": nonsense 1 1: ") {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestTheReportHasASampleForEachRound(t *testing.T) {
	t.Parallel()
	works := slices.Clone(workloads)
	for i := range works {
		works[i] = works[i].atMost(100)
	}
	// Of memory not even the sign is known for so few.
	works = slices.DeleteFunc(works, func(w work) bool { return w.name == "memory" })

	var progress bytes.Buffer
	report, err := compare(t.Context(), runtimes, works, quick, &progress)
	if err != nil {
		t.Fatal(err)
	}
	var ran []string
	for i, r := range report.Runtimes {
		if r.Name != runtimes[i].name || (r.Version == "") == (r.Absent == "") {
			t.Errorf("runtime %+v", r)
		}
		if r.Absent == "" {
			ran = append(ran, r.Name)
		}
	}
	if len(report.Runtimes) != len(runtimes) || len(report.Workloads) != len(works) {
		t.Fatalf("%d runtimes and %d workloads", len(report.Runtimes), len(report.Workloads))
	}
	for i, w := range report.Workloads {
		if w.Name != works[i].name || w.What != works[i].what || w.N != works[i].n {
			t.Errorf("workload %+v", w)
		}
		var sides []string
		for _, r := range w.Results {
			sides = append(sides, r.Runtime)
			samples := quick.rounds
			if slices.Contains(works[i].lacking, r.Runtime) {
				samples = 0
			}
			if len(r.Samples) != samples || len(r.Bytes) != samples || (r.Batches > 0) != (samples > 0) {
				t.Errorf("%s has %d samples of %s, %d of its bytes, of %d batches, want %d", r.Runtime, len(r.Samples), w.Name, len(r.Bytes), r.Batches, samples)
			}
			if samples == 0 && r.Less == "" {
				t.Errorf("%s has no %s, and no reason", r.Runtime, w.Name)
			}
			for _, ns := range r.Samples {
				if !(ns > 0) {
					t.Errorf("%s took %v ns for %s", r.Runtime, ns, w.Name)
				}
			}
			for _, bytes := range r.Bytes {
				if !math.IsNaN(bytes) {
					t.Errorf("%s: %v bytes for %s", r.Runtime, bytes, w.Name)
				}
			}
		}
		if !slices.Equal(sides, ran) {
			t.Errorf("%s has results of %v, but %v ran", w.Name, sides, ran)
		}
	}
	for _, want := range []string{"warming up: create\n", "round 1 of 2\n", "round 2 of 2\n"} {
		if !strings.Contains(progress.String(), want) {
			t.Errorf("the progress lacks %q:\n%s", want, &progress)
		}
	}
}

func TestARuntimeThatIsNotOnTheMachineIsLeftOutAndNamed(t *testing.T) {
	t.Setenv("PATH", "")
	var progress bytes.Buffer
	report, err := compare(t.Context(), runtimes, tiny, quick, &progress)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"", "there is no python3 in PATH", "there is no node in PATH", "there is no javac in PATH"} {
		if got := report.Runtimes[i]; got.Absent != want {
			t.Errorf("%s is absent because of %q, want %q", got.Name, got.Absent, want)
		}
	}
	if results := report.Workloads[0].Results; len(results) != 1 || results[0].Runtime != golang || len(results[0].Samples) != quick.rounds {
		t.Errorf("results %+v, want those of Go", results)
	}
	if !strings.Contains(progress.String(), "Java is left out: there is no javac in PATH\n") {
		t.Errorf("the progress does not name Java:\n%s", &progress)
	}
}

func TestAProgramThatFailsIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	for how, want := range map[string]string{
		"die at the start":  "its start: EOF (exit status 3)\nlast words",
		"hang at the start": "its start: no answer for ",
		"no version":        "its start: it has no version",
		"die at work":       "create 10 1: EOF (exit status 3)\nlast words",
		"hang at work":      "create 10 1: no answer for ",
		"end badly":         "its end: exit status 4",
		"1000 NaN 44":       "create 10 1: the sum of the results is 44, want 45",
		"1000 NaN":          `create 10 1: the answer is "1000 NaN", want ns, bytes and a sum`,
		"1000 NaN 45 45":    `create 10 1: the answer is "1000 NaN 45 45", want ns, bytes and a sum`,
		"1000 NaN x":        `create 10 1: the answer is "1000 NaN x": strconv.Atoi: `,
		"1000 x 45":         `create 10 1: the answer is "1000 x 45": strconv.ParseFloat: `,
		"x NaN 45":          `create 10 1: the answer is "x NaN 45": strconv.ParseFloat: `,
		"0 NaN 45":          `create 10 1: the answer is "0 NaN 45", want a time and bytes above zero`,
		"NaN NaN 45":        `create 10 1: the answer is "NaN NaN 45", want a time and bytes above zero`,
		"1000 -1 45":        `create 10 1: the answer is "1000 -1 45", want a time and bytes above zero`,
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			p := quick
			p.warmUp = time.Minute
			if strings.HasPrefix(how, "hang") {
				p.patience = 5 * time.Second // in which it should have said its version
			}
			_, err := compare(t.Context(), []language{{name: "Fake", env: []string{envFake + "=" + how}}}, tiny, p, io.Discard)
			if err == nil || !strings.HasPrefix(err.Error(), "languages: Fake: "+want) {
				t.Errorf("error %v, want %s", err, want)
			}
		})
	}
}

func TestAProgramThatDoesNotCompileIsAnErrorThatNamesIt(t *testing.T) {
	t.Parallel()
	broken := language{
		name: "Broken", file: "x.go", program: []byte("package"),
		compile: []string{"go", "build", "x.go"}, command: []string{"go"},
	}
	_, err := compare(t.Context(), []language{broken}, tiny, quick, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "languages: Broken: go: exit status 1\n") || !strings.Contains(err.Error(), "x.go:1") {
		t.Errorf("error %v", err)
	}
}

func TestTheEndOfItsContextEndsARun(t *testing.T) {
	t.Parallel()
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	p := quick
	p.warmUp = time.Minute
	begun := writer(func(line []byte) {
		if bytes.HasPrefix(line, []byte("warming up")) {
			cancel(cause)
		}
	})
	_, err := compare(ctx, []language{{name: "Fake", env: []string{envFake + "=hang at work"}}}, tiny, p, begun)
	if !errors.Is(err, cause) {
		t.Errorf("error %v, want one that matches %v", err, cause)
	}
}

// A writer is called with what is written.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) {
	w(p)
	return len(p), nil
}

func TestNoRoundsAreAnError(t *testing.T) {
	t.Parallel()
	if _, err := Run(t.Context(), 0, io.Discard); err == nil {
		t.Error("no error")
	}
}
