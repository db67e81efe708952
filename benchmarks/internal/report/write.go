package report

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"example.com/future/benchmarks/internal/measure"
	"example.com/future/benchmarks/internal/picture"
	"example.com/future/benchmarks/internal/rows"
	"gonum.org/v1/plot/plotter"
)

// queueWait is the row that has a picture of its own.
const queueWait = "queue-wait"

// Write writes the page BENCHMARKS.md into a directory, and the pictures and the raw
// output into its directory benchmarks. Pictures and raw output of rows that are no
// more are removed.
func (p Page) Write(dir string) error {
	pictures := filepath.Join(dir, "benchmarks", "pictures")
	raw := filepath.Join(dir, "benchmarks", "raw")
	for _, d := range []string{pictures, raw} {
		if err := os.RemoveAll(d); err != nil {
			return err
		}
		if err := os.MkdirAll(d, 0o777); err != nil {
			return err
		}
	}
	for _, r := range p.Rows {
		if err := create(filepath.Join(raw, r.Row().Name+".txt"), func(w io.Writer) error {
			return measure.WriteRaw(w, p.Machine.CPU, r.Result)
		}); err != nil {
			return err
		}
	}
	for _, c := range p.Curves {
		if err := create(filepath.Join(raw, c.Name+".txt"), func(w io.Writer) error {
			return measure.WriteRaw(w, p.Machine.CPU, c.Results...)
		}); err != nil {
			return err
		}
	}
	if others := p.languageResults(); len(others) > 0 {
		if err := create(filepath.Join(raw, "languages.txt"), func(w io.Writer) error {
			return measure.WriteRaw(w, p.Machine.CPU, others...)
		}); err != nil {
			return err
		}
	}
	if len(p.Process.Raw) > 0 {
		if err := os.WriteFile(filepath.Join(raw, "process.txt"), p.Process.Raw, 0o666); err != nil {
			return err
		}
	}
	for name, chart := range map[string]picture.Chart{
		"ratios.svg":    p.ratios(),
		"pools.svg":     p.waits(),
		"languages.svg": p.languageRatios(),
	} {
		if len(chart.Groups) == 0 {
			continue
		}
		if err := create(filepath.Join(pictures, name), func(w io.Writer) error { return picture.WriteLanes(w, chart) }); err != nil {
			return err
		}
	}
	if len(p.Curves) > 0 {
		if err := create(filepath.Join(pictures, "growth.svg"), func(w io.Writer) error { return picture.WriteCurves(w, p.panels()) }); err != nil {
			return err
		}
	}
	return create(filepath.Join(dir, "BENCHMARKS.md"), p.WriteMarkdown)
}

func create(path string, write func(io.Writer) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		f.Close()
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}

// languageResults has the samples of other languages in the form of those of a row.
func (p Page) languageResults() []measure.Result {
	var results []measure.Result
	for _, work := range p.Languages.Workloads {
		result := measure.Result{Row: measure.Row{Name: work.Name, Size: work.N}}
		for _, r := range work.Results {
			s := measure.Series{Side: measure.Side{Name: r.Runtime}}
			for i, ns := range r.Samples {
				s.Samples = append(s.Samples, measure.Sample{
					N: r.Batches, Values: map[string]float64{measure.Time: ns, rows.Live: r.Bytes[i]},
				})
			}
			result.Series = append(result.Series, s)
		}
		results = append(results, result)
	}
	return results
}

// ratios shows the rows whose goal is a ratio.
func (p Page) ratios() picture.Chart {
	chart := picture.Chart{Axis: "time relative to by hand (less is better; the mark is the goal)", Base: true}
	for _, r := range p.Rows {
		for _, g := range r.Goals {
			if g.Ratio == 0 {
				continue
			}
			group := picture.Group{Title: title(plain(r.Row().Work)), Goal: g.Ratio}
			for _, s := range r.Series {
				if s.Side.Name == rows.Hand {
					continue
				}
				spread := r.Ratio(s)
				group.Lanes = append(group.Lanes, picture.Lane{
					Label: s.Side.Name, Own: s.Side.Name == rows.Ours,
					From: 1, To: spread.Median, Low: spread.Low, High: spread.High, Value: number(spread.Median),
				})
			}
			chart.Groups = append(chart.Groups, group)
		}
	}
	return chart
}

// waits shows how long jobs wait in the pools, and what they keep meanwhile.
func (p Page) waits() picture.Chart {
	chart := picture.Chart{Axis: "µs until a job starts: median, p99 and p99.9 (less is better)"}
	for _, r := range p.Rows {
		if r.Row().Name != queueWait {
			continue
		}
		group := picture.Group{Title: title(r.Row().Work)}
		for _, s := range r.Series {
			const micro = 1e3
			p50, p99, p999 := s.Spread(rows.P50).Median/micro, s.Spread(rows.P99).Median/micro, s.Spread(rows.P999).Median/micro
			group.Lanes = append(group.Lanes, picture.Lane{
				Label: s.Side.Name, Own: s.Side.Name == rows.Ours,
				From: p50, To: p999, Marks: []float64{p50, p99, p999},
				Value: number(p50) + " · " + number(p99) + " · " + number(p999),
			})
		}
		chart.Groups = append(chart.Groups, group)
	}
	return chart
}

// languageRatios shows the other languages relative to this package.
func (p Page) languageRatios() picture.Chart {
	chart := picture.Chart{Axis: "time relative to this package (more is slower)", Base: true}
	for _, work := range p.Languages.Workloads {
		group := picture.Group{Title: title(strings.ReplaceAll(work.Name, "-", " "))}
		for _, r := range work.Results[1:] {
			if len(r.Samples) == 0 {
				continue
			}
			spread := relative(work, r)
			group.Lanes = append(group.Lanes, picture.Lane{
				Label: r.Runtime, From: 1, To: spread.Median, Low: spread.Low, High: spread.High, Value: number(spread.Median),
			})
		}
		chart.Groups = append(chart.Groups, group)
	}
	return chart
}

// panels shows the curves.
func (p Page) panels() []picture.Panel {
	var panels []picture.Panel
	for _, c := range p.Curves {
		panel := picture.Panel{Title: title(c.Title), X: "n", Y: "ns for each " + c.Unit}
		for _, side := range c.Sides {
			line := picture.Line{Label: side.Name}
			for _, r := range c.Results {
				if s, ok := r.Of(side.Name); ok {
					line.Points = append(line.Points, plotter.XY{X: float64(r.Row.Size), Y: s.Spread(measure.Time).Median})
				}
			}
			panel.Lines = append(panel.Lines, line)
		}
		panels = append(panels, panel)
	}
	return panels
}
