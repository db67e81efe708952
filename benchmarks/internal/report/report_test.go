package report

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"example.com/future/benchmarks/internal/measure"
	"example.com/future/benchmarks/internal/rows"
	"example.com/future/benchmarks/languages"
)

const printed = `machine:  a processor
10000 small calls through 2 workers
  process.Pool                         46523 calls/s    1.00 of the pool's time
  pipes by hand, no cancellation       81234 calls/s    0.57 of the pool's time
  Python ProcessPoolExecutor           12345 calls/s    3.77 of the pool's time
`

func TestWhatTheProcessCommandPrintsIsJudged(t *testing.T) {
	p, err := ParseProcess("the command", printed)
	if err != nil || p.Calls != 46523 || p.Python != 3.77 {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, v := range p.verdicts() {
		if !v.Met {
			t.Errorf("%+v", v)
		}
	}
	p, err = ParseProcess("the command", strings.ReplaceAll(printed, "  Python P", "  Python is left out: p"))
	if err != nil || p.Python != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	if vs := p.verdicts(); vs[1].Met || vs[1].Got != "no Python here" {
		t.Errorf("%+v", vs)
	}
	p.Calls, p.Python = 19_999, 2.99
	for _, v := range p.verdicts() {
		if v.Met {
			t.Errorf("%+v", v)
		}
	}
	if _, err := ParseProcess("the command", "nothing"); err == nil {
		t.Error("nothing was read as something")
	}
}

func TestTheSpreadOfTheProcessCommandIsKept(t *testing.T) {
	p, err := ParseProcess("the command", `
  process.Pool                       46523 (40000 to 50000)  1.00 (1.00 to 1.00)
  pipes by hand, no cancellation     81234 (80000 to 90000)  0.57 (0.50 to 0.60)
  Python ProcessPoolExecutor         12345 (12000 to 13000)  3.77 (3.00 to 4.20)
`)
	if err != nil || p.Calls != 46523 || p.CallsSpread != "40000–50000" || p.Python != 3.77 || p.PythonSpread != "3.00–4.20" {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestFiguresHaveThreeDigits(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.0047: "0.0047", 0.0449: "0.045", 0.5: "0.50", 1: "1.00", 9.99: "9.99", 9.999: "10.0", 12.34: "12.3", 99.9: "99.9", 99.97: "100",
		999.6: "1,000", 12345: "12,345", 1234567: "1,234,567", -1234: "-1,234", -123456: "-123,456", math.NaN(): "–",
	} {
		if got := number(v); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
	for v, want := range map[float64]string{0.4: "0.40 ns", 12: "12.0 ns", 1500: "1.50 µs", 2.5e6: "2.50 ms", 3e9: "3.00 s"} {
		if got := nanoseconds(v); got != want {
			t.Errorf("%v ns is %q, want %q", v, got, want)
		}
	}
	if got := count(0.004); got != "0" {
		t.Error(got)
	}
}

// whole is a page with a little of everything.
func whole(t *testing.T) Page {
	t.Helper()
	options := measure.Options{Turn: time.Microsecond, Rounds: 2, MaxSize: 10, Progress: io.Discard}
	p := Page{
		Command: "the command",
		Machine: Machine{CPU: "a processor", Cores: 3, Memory: 5 << 30, System: "a system", Go: "go1.26", Commit: "abc", Load: "0.10", Date: time.Unix(0, 0).UTC()},
		Options: options,
		Languages: languages.Report{
			Runtimes: []languages.Runtime{{Name: "Go", Version: "1.26"}, {Name: "Snake", Absent: "there is none"}, {Name: "Tea", Version: "7"}},
			Workloads: []languages.Workload{{Name: "some-work", What: "what it does", N: 5, Results: []languages.Result{
				{Runtime: "Go", Samples: []float64{10, 20}, BytesPerOp: math.NaN()},
				{Runtime: "Tea", Samples: []float64{30, 80}, BytesPerOp: 64, Less: "much"},
				{Runtime: "Mute", Less: "all of it"},
			}}},
		},
		LanguageRounds: 2,
	}
	for _, row := range rows.All() {
		row.N = min(row.N, 100)
		result, err := measure.Measure(t.Context(), row.Row, options)
		if err != nil {
			t.Fatal(err)
		}
		p.Rows = append(p.Rows, Row{row, result})
	}
	for _, curve := range rows.Curves() {
		c := Curve{Curve: curve}
		for _, curve.Size = range rows.Sizes(10) {
			result, err := measure.Measure(t.Context(), curve.Row, options)
			if err != nil {
				t.Fatal(err)
			}
			c.Results = append(c.Results, result)
		}
		p.Curves = append(p.Curves, c)
	}
	var err error
	if p.Process, err = ParseProcess("go run ./process", printed); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePageSaysAllAndItsLinksLeadSomewhere(t *testing.T) {
	p := whole(t)
	dir := t.TempDir()
	old := filepath.Join(dir, "benchmarks", "raw", "gone.txt")
	if err := os.MkdirAll(filepath.Dir(old), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(old, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := p.Write(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(old); err == nil {
		t.Error("raw output of a row that is no more is still there")
	}
	text, err := os.ReadFile(filepath.Join(dir, "BENCHMARKS.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	for _, want := range []string{
		"a processor, 3 cores, 5.0 GiB; load 0.10", "a system", "go1.26", "abc", "`the command`, on 1970-01-01",
		"github.com/samber/mo", "Go 1.26, Snake (absent), Tea 7", "Snake is absent: there is none",
		"| **some-work**: what it does | Go | 15.0 ns |", "|  | Tea | 55.0 ns | 35.0 ns–75.0 ns | 3.50 (3.10–3.90) | 64.0 | much |", "|  | Mute | – |",
		"`go run ./process` printed", "46523 calls/s", "jizhuozhi", " goals are met",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("it does not say %q", want)
		}
	}
	for _, r := range p.Rows {
		if !strings.Contains(page, "### "+title(r.Work)) {
			t.Errorf("it leaves out %s", r.Work)
		}
	}
	links := regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(page, -1)
	if len(links) < len(p.Rows)+len(p.Curves)+4 {
		t.Error("only", len(links), "links")
	}
	for _, link := range links {
		if info, err := os.Stat(filepath.Join(dir, filepath.FromSlash(link[1]))); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", link[1], err)
		}
	}
	columns := 0
	for line := range strings.Lines(page) {
		cells := strings.Count(line, "|") - strings.Count(line, `\|`)
		switch {
		case !strings.HasPrefix(line, "|"):
			columns = 0
		case columns == 0:
			columns = cells
		case columns != cells:
			t.Errorf("a table of %d columns has the line %s", columns-1, line)
		}
	}
	if strings.Contains(page, "NaN") || strings.Contains(page, "%!") || strings.Contains(page, "Inf") {
		t.Error("it has a figure that is none")
	}
}

func TestAPageWithoutLanguagesAndProcessLeavesThemOut(t *testing.T) {
	var page strings.Builder
	if err := (Page{Machine: Machine{CPU: "a processor"}}).WriteMarkdown(&page); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"languages.svg", "process pool", "growth.svg", "Languages:"} {
		if strings.Contains(page.String(), word) {
			t.Errorf("it says %q", word)
		}
	}
}

func TestThisMachineIsKnown(t *testing.T) {
	m := Here()
	if m.CPU == "" || m.Cores < 1 || m.Go == "" || m.System == "" || m.Date.IsZero() {
		t.Errorf("%+v", m)
	}
	var out strings.Builder
	if err := WriteVerdicts(&out, []Verdict{{"`work`", "want", rows.Finding{Got: "got"}}, {"more", "want", rows.Finding{Met: true}}}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(out.String()), " "); got != "work want got – missed more want – met 1 of 2 goals are met" {
		t.Error(got)
	}
}
