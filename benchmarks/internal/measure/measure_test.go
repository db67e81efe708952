package measure

import (
	"bytes"
	"errors"
	"io"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/perf/benchfmt"
)

func TestSpreadIsTheMedianBetweenTheDeciles(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   Spread
	}{
		{[]float64{7}, Spread{7, 7, 7}},
		{[]float64{3, 1}, Spread{1.2, 2, 2.8}},
		{[]float64{10, 0, 9, 1, 8, 2, 7, 3, 6, 4, 5}, Spread{1, 5, 9}},
	} {
		if got := SpreadOf(test.values); !near(got.Low, test.want.Low) || !near(got.Median, test.want.Median) || !near(got.High, test.want.High) {
			t.Errorf("of %v: %v, want %v", test.values, got, test.want)
		}
	}
	values := []float64{3, 1, 2}
	if SpreadOf(values); !slices.Equal(values, []float64{3, 1, 2}) {
		t.Error("the figures were moved:", values)
	}
	if got := SpreadOf(nil).Median; !math.IsNaN(got) {
		t.Error("the median of nothing is", got)
	}
}

func TestSlopeIsTheExponent(t *testing.T) {
	sizes := []float64{1, 10, 100, 1000}
	for _, exponent := range []float64{0, 1, 2} {
		var values []float64
		for _, n := range sizes {
			values = append(values, 5*math.Pow(n, exponent))
		}
		if got := Slope(sizes, values); !near(got, exponent) {
			t.Errorf("%v, want %v", got, exponent)
		}
	}
}

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

func TestSidesTakeTurnsOnceInEachRound(t *testing.T) {
	var log []string
	side := func(name string) Side {
		return Side{Name: name, Do: func(t *Turn) error {
			log = append(log, name)
			t.Report("things", float64(t.N*t.Size))
			return nil
		}}
	}
	tooSmall := side("too small")
	tooSmall.Most = 2
	row := Row{Name: "row", N: 4, Size: 3, Sides: []Side{side("a"), side("b"), side("c"), tooSmall}}
	result, err := Measure(t.Context(), row, Options{Turn: time.Hour, Rounds: 20, Progress: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if got := log[:3]; !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Error("warmed up", got)
	}
	orders := make(map[string]bool)
	for round := range slices.Chunk(log[3:], 3) {
		orders[round[0]] = true
		slices.Sort(round)
		if !slices.Equal(round, []string{"a", "b", "c"}) {
			t.Fatal("a round of", round)
		}
	}
	if len(orders) != 3 {
		t.Error("the same side began all rounds but for", len(orders))
	}
	if len(result.Series) != 3 {
		t.Fatal(len(result.Series), "series")
	}
	for _, s := range result.Series {
		if things := s.Values("things"); len(things) != 20 || things[0] != 12 {
			t.Errorf("%s: %v", s.Side.Name, things)
		}
	}
}

func TestATurnIsFilledWithOperations(t *testing.T) {
	n, err := fill(Side{Do: func(t *Turn) error {
		t.began = t.began.Add(-time.Duration(t.N) * time.Millisecond) // as if they took so long
		return nil
	}}, Row{Size: 1}, 100*time.Millisecond)
	if err != nil || n < 50 || n > 128 {
		t.Error(n, err)
	}
}

func TestFiguresAreForOneUnit(t *testing.T) {
	var kept [][]byte
	values, took, err := Take(Side{Do: func(t *Turn) error {
		kept = append(kept, make([]byte, 1<<20)) // before the restart
		t.Restart()
		t.began = t.began.Add(-time.Hour)
		for range t.N * t.Size {
			kept = append(kept, make([]byte, 4096))
		}
		t.Finish()
		kept = append(kept, make([]byte, 1<<20)) // after the end
		return nil
	}}, 10, 100)
	if err != nil || took < time.Hour || took > 2*time.Hour || len(kept) != 1002 {
		t.Fatal(took, err, len(kept))
	}
	if ns := values[Time]; ns < float64(time.Hour)/1000 || ns > 2*float64(time.Hour)/1000 {
		t.Error(ns, "ns")
	}
	// The slice that keeps them grows, too.
	if b := values[Bytes]; b < 4096 || b > 4300 {
		t.Error(b, "bytes")
	}
	if n := values[Allocs]; n < 1 || n > 1.1 {
		t.Error(n, "allocations")
	}
}

func TestAWrongResultEndsTheMeasurement(t *testing.T) {
	wrong := errors.New("wrong")
	row := Row{Name: "row", N: 1, Sides: []Side{{Name: "side", Do: func(*Turn) error { return wrong }}}}
	if _, err := Measure(t.Context(), row, Options{Rounds: 1, Progress: io.Discard}); !errors.Is(err, wrong) {
		t.Error(err)
	}
}

func TestRatiosAreThoseOfTheRounds(t *testing.T) {
	series := func(values ...float64) Series {
		var s Series
		for _, v := range values {
			s.Samples = append(s.Samples, Sample{Values: map[string]float64{"things": v}})
		}
		return s
	}
	r := Result{Row: Row{Metrics: []string{"things"}}, Series: []Series{series(1, 20, 300), series(10, 400, 1000)}}
	// Not the ratio of the medians, which is 0.05.
	if got := r.Ratio(r.Series[0]).Median; !near(got, 0.1) {
		t.Error(got)
	}
}

func TestRawOutputIsReadByBenchstat(t *testing.T) {
	sample := Sample{N: 7, Values: map[string]float64{Time: 12.5, Bytes: 64, Allocs: 1, "p50-ns": 3}}
	r := Result{Row: Row{Name: "go-await", Size: 10}, Series: []Series{
		{Side{Name: "future"}, []Sample{sample, sample}},
		{Side{Name: "by hand"}, []Sample{sample}},
	}}
	var raw bytes.Buffer
	if err := WriteRaw(&raw, "a processor", r); err != nil {
		t.Fatal(err)
	}
	count := make(map[string]int)
	reader := benchfmt.NewReader(&raw, "raw")
	for reader.Scan() {
		record, ok := reader.Result().(*benchfmt.Result)
		if !ok {
			t.Fatal(reader.Result())
		}
		_, parts := record.Name.Parts()
		if len(parts) != 3 || string(parts[0]) != "/n=10" {
			t.Fatalf("parts %q", parts)
		}
		count[string(parts[1])]++
		if v, ok := record.Value("p50-sec"); !ok || !near(v*1e9, 3) || record.Iters != 7 || record.GetConfig("cpu") != "a processor" {
			t.Error(record)
		}
		if v, ok := record.Value("sec/op"); !ok || !near(v*1e9, 12.5) {
			t.Error(record)
		}
	}
	if err := reader.Err(); err != nil {
		t.Fatal(err)
	}
	if count["/side=future"] != 2 || count["/side=by-hand"] != 1 {
		t.Error(count)
	}
}

func TestRawOutputIsReadAsItWasWritten(t *testing.T) {
	side := func(name string, values ...map[string]float64) Series {
		s := Series{Side: Side{Name: name}}
		for i, v := range values {
			s.Samples = append(s.Samples, Sample{N: i + 1, Values: v})
		}
		return s
	}
	written := []Result{
		{Row: Row{Name: "kill", Size: 1}, Series: []Series{
			side("busy-loop", map[string]float64{Time: 1.5, "done-ns": 2}, map[string]float64{Time: 3, "done-ns": 4e9}),
			side("select", map[string]float64{Time: 5}),
		}},
		{Row: Row{Name: "payload", Size: 10}, Series: []Series{side("JSON", map[string]float64{Bytes: 6})}},
		{Row: Row{Name: "payload", Size: 20}, Series: []Series{side("JSON", map[string]float64{Bytes: 7})}},
	}
	// What is not known is not written.
	last := &written[2].Series[0]
	last.Samples[0].Values[Allocs] = math.NaN()
	var raw bytes.Buffer
	if err := WriteRaw(&raw, "a processor", written...); err != nil {
		t.Fatal(err)
	}
	delete(last.Samples[0].Values, Allocs)
	for i := range written {
		written[i].Row.Name = camel(written[i].Row.Name)
	}
	if read, err := ReadRaw(&raw); err != nil || !reflect.DeepEqual(read, written) {
		t.Errorf("%+v, %v, want %+v", read, err, written)
	}
	for _, wrong := range []string{"BenchmarkX/n=x/side=a-4 1 2 ns/op\n", "BenchmarkX/n=1/side=a-4 1 y ns/op\n"} {
		if _, err := ReadRaw(strings.NewReader(wrong)); err == nil {
			t.Errorf("%q was read", wrong)
		}
	}
}
