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

const (
	printed = "machine:  a processor\n"
	samples = `cpu: a processor

BenchmarkCalls/n=1000/side=process.Pool-4 1 20000 ns/op
BenchmarkCalls/n=1000/side=pipes-by-hand-4 1 8000 ns/op
BenchmarkCalls/n=1000/side=Python-4 1 90000 ns/op
BenchmarkCalls/n=1000/side=process.Pool-4 1 40000 ns/op
BenchmarkCalls/n=1000/side=pipes-by-hand-4 1 8000 ns/op
BenchmarkCalls/n=1000/side=Python-4 1 140000 ns/op
BenchmarkKill/n=1/side=busy-loop-4 1 3e+06 done-ns 4e+06 next-ns 2e+06 ns/op
BenchmarkKill/n=1/side=busy-loop-4 1 3e+06 done-ns 4e+06 next-ns 1e+08 ns/op
BenchmarkKill/n=1/side=stopped-4 1 3e+06 done-ns 4e+06 next-ns 3e+06 ns/op
BenchmarkParent/n=1/side=busy-loop-4 1 1e+09 ns/op
`
)

func TestWhatTheProcessCommandMeasuresIsJudged(t *testing.T) {
	judge := func(change ...string) []Verdict {
		t.Helper()
		p, err := ParseProcess("the command", printed, []byte(strings.NewReplacer(change...).Replace(samples)))
		if err != nil {
			t.Fatal(err)
		}
		return p.verdicts()
	}
	words := func(vs []Verdict) string {
		var words []string
		for _, v := range vs {
			words = append(words, v.Word())
		}
		return strings.Join(words, ", ")
	}
	vs := judge()
	if got := words(vs); got != "met, met, met, met" {
		t.Errorf("%s: %+v", got, vs)
	}
	for i, want := range []rows.Finding{
		{Got: "37,500 calls/s", Spread: "27,500–47,500"},
		{Got: "4.00 ×", Spread: "3.60–4.40"}, // 4.5 and 3.5, not the ratio of the medians
		{Got: "100 ms (busy loop); 3.00 ms as the median", Spread: "2.20 ms–80.6 ms"},
		{Got: "1.00 s (busy loop); 1.00 s as the median", Spread: "1.00 s–1.00 s"},
	} {
		want.Met = true
		if vs[i].Finding != want {
			t.Errorf("%+v, want %+v", vs[i], want)
		}
	}
	vs = judge("Pool-4 1 20000 ", "Pool-4 1 60000 ", "Pool-4 1 40000 ", "Pool-4 1 60000 ", "1e+08", "1.001e+08", "1e+09", "1.001e+09")
	if got := words(vs); got != "**missed**, **missed**, **missed**, **missed**" {
		t.Errorf("%s: %+v", got, vs)
	}
	vs = judge("Python", "Snake", "BenchmarkKill", "BenchmarkOther", "BenchmarkParent", "BenchmarkOther")
	if got := words(vs); got != "met, not measured, not measured, not measured" || vs[1].Got != "no Python here" {
		t.Errorf("%s: %+v", got, vs)
	}
	if got := summary(vs); got != "1 of 1 goals are met; 3 more could not be measured here" {
		t.Error(got)
	}
	for _, raw := range []string{"", "BenchmarkCalls/n=many/side=process.Pool-4 1 20000 ns/op\n", "BenchmarkCalls 1 x ns/op\n"} {
		if _, err := ParseProcess("the command", printed, []byte(raw)); err == nil {
			t.Errorf("%q was read as something", raw)
		}
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
				{Runtime: "Go", Samples: []float64{10, 20}, Bytes: []float64{math.NaN(), math.NaN()}, Batches: 3},
				{Runtime: "Tea", Samples: []float64{30, 80}, Bytes: []float64{32, 96}, Batches: 4, Less: "much"},
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
	if p.Process, err = ParseProcess("go run ./process", printed, []byte(samples)); err != nil {
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
		"`go run ./process` printed", "machine:  a processor", "37,500 calls/s", "jizhuozhi", " goals are met",
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
	if got := strings.Count(page, "| n | future | bytes | allocations | by hand | bytes | allocations |"); got != len(p.Curves) {
		t.Errorf("%d of %d curves have bytes", got, len(p.Curves))
	}
	for file, want := range map[string]string{
		"process.txt": samples,
		"languages.txt": `
BenchmarkSomeWork/n=5/side=Go 3 10 ns/op
BenchmarkSomeWork/n=5/side=Go 3 20 ns/op
BenchmarkSomeWork/n=5/side=Tea 4 32 live-B/op 30 ns/op
BenchmarkSomeWork/n=5/side=Tea 4 96 live-B/op 80 ns/op
`,
	} {
		raw, err := os.ReadFile(filepath.Join(dir, "benchmarks", "raw", file))
		if got := regexp.MustCompile(`-\d+ `).ReplaceAllString(string(raw), " "); err != nil ||
			!strings.HasSuffix(got, regexp.MustCompile(`-\d+ `).ReplaceAllString(want, " ")) {
			t.Errorf("%s: %v\n%s", file, err, raw)
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
