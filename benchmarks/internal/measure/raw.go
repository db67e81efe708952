package measure

import (
	"fmt"
	"io"
	"maps"
	"math"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// WriteRaw writes every sample of a result in the format of Go's benchmarks, one name
// for each side, without figures that are not known, for benchstat to read:
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
					if v := sample.Values[unit]; !math.IsNaN(v) {
						record.Values = append(record.Values, benchfmt.Value{Value: v, Unit: unit})
					}
				}
				if err := writer.Write(record); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// ReadRaw reads what WriteRaw has written. Rows and sides have the names that they have
// there: GoAwait and by-hand.
func ReadRaw(r io.Reader) ([]Result, error) {
	var results []Result
	reader := benchfmt.NewReader(r, "raw")
	for reader.Scan() {
		record, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			return nil, fmt.Errorf("raw samples: %v", reader.Result())
		}
		name, size, side := string(record.Name.Base()), 0, ""
		_, parts := record.Name.Parts()
		for _, part := range parts {
			if n, ok := strings.CutPrefix(string(part), "/n="); ok {
				var err error
				if size, err = strconv.Atoi(n); err != nil {
					return nil, fmt.Errorf("raw samples: %s: %w", record.Name, err)
				}
			} else if s, ok := strings.CutPrefix(string(part), "/side="); ok {
				side = s
			}
		}
		sample := Sample{N: record.Iters, Values: make(map[string]float64)}
		for _, v := range record.Values {
			if v.OrigUnit != "" { // it has been turned into seconds
				v.Value, v.Unit = v.OrigValue, v.OrigUnit
			}
			sample.Values[v.Unit] = v.Value
		}
		i := slices.IndexFunc(results, func(r Result) bool { return r.Row.Name == name && r.Row.Size == size })
		if i < 0 {
			i = len(results)
			results = append(results, Result{Row: Row{Name: name, Size: size}})
		}
		series := &results[i].Series
		j := slices.IndexFunc(*series, func(s Series) bool { return s.Side.Name == side })
		if j < 0 {
			j = len(*series)
			*series = append(*series, Series{Side: Side{Name: side}})
		}
		(*series)[j].Samples = append((*series)[j].Samples, sample)
	}
	return results, reader.Err()
}

// camel writes go-await as GoAwait.
func camel(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "-") {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
