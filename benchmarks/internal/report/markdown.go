package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"example.com/future/benchmarks/internal/measure"
	"example.com/future/benchmarks/internal/rows"
	"example.com/future/benchmarks/languages"
)

// WriteMarkdown writes the page. Its links lead to what Write puts beside it.
func (p Page) WriteMarkdown(to io.Writer) error {
	w := &writer{Writer: bufio.NewWriter(to)}
	verdicts := p.Verdicts()

	w.say("# Benchmarks\n\n" +
		"<!-- Written by the command below. Do not edit: run it again. -->\n\n" +
		"What this package promises about its speed and size, measured beside the form that a good\n" +
		"engineer would write by hand and beside other packages, all in one run.\n\n")
	p.machine(w)

	w.say("## What is promised\n\n%s. “By hand” is the raw Go form of the same job; ratios are medians,\n"+
		"with the first and the last decile as their spread.\n\n", summary(verdicts))
	table := [][]string{{"Work", "Goal", "Measured", "Spread", "Verdict"}}
	for _, v := range verdicts {
		table = append(table, []string{v.Work, v.Want, v.Got, cmp.Or(v.Spread, "–"), v.Word()})
	}
	w.table("ll", table)
	w.say("![Time of this package and of others, relative to what is written by hand](benchmarks/pictures/ratios.svg)\n\n")

	w.say("## How it is measured\n\n"+
		"The sides of a row take turns, in a new order in each of %d rounds, so that a change of the\n"+
		"machine's load meets all of them; a turn takes about %s. Each round gives one ratio to the\n"+
		"form by hand. A heap of 64 MB is held beside, or the collector would be all one measures.\n"+
		"Every side does the same job and checks its result; what it leaves out of what this package\n"+
		"does is said beside it. Bytes and allocations are those of the whole process, divided.\n"+
		"Every sample is kept, in files that `benchstat -col /side` reads.\n\n",
		p.Options.Rounds, p.Options.Turn)

	w.say("## Beside other packages\n\n")
	for _, r := range p.Rows {
		p.row(w, r)
	}

	if len(p.Curves) > 0 {
		w.say("## Growth\n\nTime, bytes and allocations for each unit: what grows in proportion is flat.\n" +
			"Of the other packages only samber/mo is here, for no other has futures that are settled by hand.\n\n" +
			"![Time by number of futures, steps, callbacks and waiters](benchmarks/pictures/growth.svg)\n\n")
		for _, c := range p.Curves {
			p.curve(w, c)
		}
	}
	p.languages(w)
	if p.Process.Text != "" {
		w.say("## The process pool\n\nSamples: [process.txt](benchmarks/raw/process.txt). `%s` printed:\n\n```\n%s\n```\n\n", p.Process.Command, p.Process.Text)
	}

	w.say("## What is not here\n\n")
	for _, a := range rows.Absent {
		w.say("* %s: %s.\n", a.Names, a.Why)
	}
	return w.Flush()
}

func (p Page) machine(w *writer) {
	m := p.Machine
	w.say("* Machine: %s, %d cores", m.CPU, m.Cores)
	if m.Memory > 0 {
		w.say(", %s", m.gibibytes())
	}
	if m.Load != "" {
		w.say("; load %s before it began", m.Load)
	}
	w.say("\n* System: %s\n* Go: %s\n", m.System, m.Go)
	if m.Commit != "" {
		w.say("* Commit: %s\n", m.Commit)
	}
	w.say("* Command: `%s`, on %s\n* Packages: ", p.Command, m.Date.Format("2006-01-02"))
	var versions []string
	for _, module := range slices.Compact(slices.Sorted(maps.Values(rows.Modules))) {
		versions = append(versions, module+" "+cmp.Or(m.Modules[module], "(unknown version)"))
	}
	w.say("%s\n", strings.Join(versions, ", "))
	if len(p.Languages.Runtimes) > 0 {
		var runtimes []string
		for _, r := range p.Languages.Runtimes {
			runtimes = append(runtimes, r.Name+" "+cmp.Or(r.Version, "(absent)"))
		}
		w.say("* Languages: %s\n", strings.Join(runtimes, ", "))
	}
	w.say("\n")
}

// row writes the table of one row.
func (p Page) row(w *writer, r Row) {
	work := r.Row()
	w.say("### %s\n\n", heading(work))
	w.say("For each %s%s. ", work.Unit, of(work.Size))
	if work.Note != "" {
		w.say("%s ", work.Note)
	}
	w.say("Samples: [%s.txt](benchmarks/raw/%s.txt).\n\n", work.Name, work.Name)
	if work.Name == queueWait {
		w.say("![Wait for a worker, in several pools](benchmarks/pictures/pools.svg)\n\n")
	}
	head := []string{"Side"}
	for i, name := range r.Metrics() {
		head = append(head, unitOf(name).title)
		if i == 0 {
			head = append(head, "of by hand")
		}
	}
	align := "l" + strings.Repeat("r", len(head)-1)
	table := [][]string{append(head, "Done with", "Leaves out")}
	for _, s := range r.Series {
		line := []string{sideName(s.Side.Name)}
		for i, name := range r.Metrics() {
			line = append(line, unitOf(name).write(s.Spread(name).Median))
			if i == 0 {
				line = append(line, ratio(r.Ratio(s)))
			}
		}
		table = append(table, append(line, s.Side.How, s.Side.Less))
	}
	w.table(align, table)
}

// curve writes the table of one curve.
func (p Page) curve(w *writer, c Curve) {
	w.say("### %s\n\nFor each %s. ", title(c.Title), c.Unit)
	if c.Note != "" {
		w.say("%s ", c.Note)
	}
	w.say("Samples: [%s.txt](benchmarks/raw/%s.txt).\n\n", c.Name, c.Name)
	head, align := []string{"n"}, "r"+strings.Repeat("rrr", len(c.Sides))
	for _, s := range c.Sides {
		head = append(head, s.Name, "bytes", "allocations")
	}
	table := [][]string{head}
	for _, r := range c.Results {
		line := []string{group(strconv.Itoa(r.Row.Size))}
		for _, side := range c.Sides {
			s, ok := r.Of(side.Name)
			if !ok {
				line = append(line, "–", "–", "–")
				continue
			}
			line = append(line, nanoseconds(s.Spread(measure.Time).Median), count(s.Spread(measure.Bytes).Median), count(s.Spread(measure.Allocs).Median))
		}
		table = append(table, line)
	}
	w.table(align, table)
	for _, s := range c.Sides {
		w.say("* %s: %s", sideName(s.Name), s.How)
		if s.Less != "" {
			w.say(". Leaves out: %s", s.Less)
		}
		w.say("\n")
	}
	w.say("\n")
}

func (p Page) languages(w *writer) {
	report := p.Languages
	if len(report.Workloads) == 0 {
		return
	}
	w.say("## Beside other languages\n\nThe same work in the same run, in turn, as each language's own library does it, and Go by this\n"+
		"package; medians of %d rounds, with the first and the last decile.\n"+
		"Samples: [languages.txt](benchmarks/raw/languages.txt).", p.LanguageRounds)
	for _, r := range report.Runtimes {
		if r.Absent != "" {
			w.say(" %s is absent: %s.", r.Name, r.Absent)
		}
	}
	w.say("\n\n![Time in other languages, relative to this package](benchmarks/pictures/languages.svg)\n\n")
	table := [][]string{{"Work", "Side", "time", "spread", "of this package", "bytes in use", "Leaves out"}}
	for _, work := range report.Workloads {
		what := fmt.Sprintf("**%s**: %s", work.Name, work.What)
		for _, r := range work.Results {
			if len(r.Samples) == 0 {
				table = append(table, []string{what, r.Runtime, "–", "–", "–", "–", r.Less})
			} else {
				spread := measure.SpreadOf(r.Samples)
				table = append(table, []string{
					what, r.Runtime, nanoseconds(spread.Median), nanoseconds(spread.Low) + "–" + nanoseconds(spread.High),
					ratio(relative(work, r)), number(measure.SpreadOf(r.Bytes).Median), r.Less,
				})
			}
			what = ""
		}
	}
	w.table("llrrrr", table)
}

// relative returns the ratios of one runtime to the first, which is this package.
func relative(work languages.Workload, r languages.Result) measure.Spread {
	return ratiosOf(r.Samples, work.Results[0].Samples)
}

// ratiosOf returns the spread of the ratios of some samples to others, round by round.
func ratiosOf(these, those []float64) measure.Spread {
	rs := make([]float64, min(len(these), len(those)))
	for i := range rs {
		rs[i] = these[i] / those[i]
	}
	return measure.SpreadOf(rs)
}

// heading returns what a row is about.
func heading(r measure.Row) string { return title(r.Work) }

// title begins with a capital letter.
func title(s string) string {
	if s == "" || s[0] == '`' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func of(size int) string {
	if size == 1 {
		return ""
	}
	return " of " + group(strconv.Itoa(size))
}

// sideName makes this package stand out.
func sideName(name string) string {
	if name == rows.Ours {
		return "**" + name + "**"
	}
	return name
}

// A writer writes Markdown.
type writer struct{ *bufio.Writer }

func (w *writer) say(format string, args ...any) { fmt.Fprintf(w, format, args...) }

// table writes lines of cells, the first of which is the head. The columns are
// aligned left or right, those not mentioned left.
func (w *writer) table(align string, lines [][]string) {
	for i, line := range lines {
		for j, cell := range line {
			line[j] = strings.ReplaceAll(cell, "|", `\|`)
		}
		w.say("| %s |\n", strings.Join(line, " | "))
		if i > 0 {
			continue
		}
		for j := range line {
			if j < len(align) && align[j] == 'r' {
				w.say("|---:")
			} else {
				w.say("|---")
			}
		}
		w.say("|\n")
	}
	w.say("\n")
}
