package report

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// WriteRow writes one row as a table for the terminal.
func WriteRow(to io.Writer, r Row) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(to, "%s, for each %s%s\n", plain(r.Row().Work), r.Row().Unit, of(r.Row().Size))
	for i, name := range r.Metrics() {
		fmt.Fprintf(w, "\t%s", unitOf(name).title)
		if i == 0 {
			fmt.Fprint(w, "\tof by hand")
		}
	}
	fmt.Fprintln(w, "\t")
	for _, s := range r.Series {
		fmt.Fprintf(w, "  %s", s.Side.Name)
		for i, name := range r.Metrics() {
			fmt.Fprintf(w, "\t%s", unitOf(name).write(s.Spread(name).Median))
			if i == 0 {
				fmt.Fprintf(w, "\t%s", ratio(r.Ratio(s)))
			}
		}
		fmt.Fprintln(w, "\t")
	}
	fmt.Fprintln(w)
	return w.Flush()
}

// WriteVerdicts writes how the goals were met, as a table for the terminal.
func WriteVerdicts(to io.Writer, vs []Verdict) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, v := range vs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", plain(v.Work), v.Want, v.Got, cmp.Or(v.Spread, "–"), strings.Trim(v.Word(), "*"))
	}
	fmt.Fprintf(w, "\n%s\n", summary(vs))
	return w.Flush()
}

// plain leaves the marks of Markdown out.
func plain(s string) string { return strings.ReplaceAll(s, "`", "") }
