package measure

import (
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// WriteRaw writes every sample of a result in the format of Go's benchmarks, one name
// for each side, for benchstat to read:
//
//	benchstat -col /side raw/settle.txt
func WriteRaw(w io.Writer, cpu string, results ...Result) error {
	writer := benchfmt.NewWriter(w)
	config := []benchfmt.Config{
		{Key: "goos", Value: []byte(runtime.GOOS), File: true},
		{Key: "goarch", Value: []byte(runtime.GOARCH), File: true},
		{Key: "pkg", Value: []byte("example.com/future/benchmarks"), File: true},
		{Key: "cpu", Value: []byte(cpu), File: true},
	}
	for _, r := range results {
		for _, s := range r.Series {
			name := fmt.Sprintf("%s/n=%d/side=%s-%d", camel(r.Row.Name), r.Row.Size,
				strings.ReplaceAll(s.Side.Name, " ", "-"), runtime.GOMAXPROCS(0))
			for _, sample := range s.Samples {
				record := &benchfmt.Result{Config: config, Name: benchfmt.Name(name), Iters: sample.N}
				for _, unit := range slices.Sorted(maps.Keys(sample.Values)) {
					record.Values = append(record.Values, benchfmt.Value{Value: sample.Values[unit], Unit: unit})
				}
				if err := writer.Write(record); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// camel writes go-await as GoAwait.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
