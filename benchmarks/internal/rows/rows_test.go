package rows

import (
	"math"
	"slices"
	"strings"
	"testing"

	"example.com/future/benchmarks/internal/measure"
)

func TestEverySideOfEveryRowGivesTheRightResult(t *testing.T) {
	check := func(t *testing.T, row measure.Row) {
		t.Helper()
		if len(row.Sides) < 2 || row.Sides[0].Name != Ours || row.Sides[1].Name != Hand {
			t.Fatal("a row begins with this package and with what is written by hand")
		}
		metrics := row.Metrics
		if metrics == nil {
			metrics = []string{measure.Time, measure.Bytes, measure.Allocs}
		}
		for _, side := range row.Sides {
			t.Run(side.Name, func(t *testing.T) {
				if side.Name != Ours && side.How == "" {
					t.Error("does not say how it is done")
				}
				if side.Module == "" && Modules[side.Name] != "" {
					t.Error("does not say its module")
				}
				values, _, err := measure.Take(side, max(1, min(row.N, 100)), min(max(row.Size, 1), 10))
				if err != nil {
					t.Fatal(err)
				}
				for _, unit := range metrics {
					if v, ok := values[unit]; !ok || math.IsNaN(v) || math.IsInf(v, 0) {
						t.Errorf("%s = %v", unit, v)
					}
				}
			})
		}
	}
	for _, row := range All() {
		t.Run(row.Name, func(t *testing.T) { check(t, row.Row) })
	}
	for _, curve := range Curves() {
		curve.Size = 10
		t.Run(curve.Name, func(t *testing.T) { check(t, curve.Row) })
	}
}

func TestARowWithoutAPeerSaysWhy(t *testing.T) {
	check := func(row measure.Row) {
		if !slices.ContainsFunc(row.Sides, func(s measure.Side) bool { return s.Module != "" }) && !strings.Contains(row.Note, "other package") {
			t.Errorf("%s has no peer, and says only %q", row.Name, row.Note)
		}
	}
	for _, row := range All() {
		check(row.Row)
	}
	for _, curve := range Curves() {
		check(curve.Row)
	}
}

func TestNamesOfRowsAreTheirOwn(t *testing.T) {
	seen := make(map[string]bool)
	names := func(row measure.Row) {
		if seen[row.Name] {
			t.Errorf("two rows are called %s", row.Name)
		}
		seen[row.Name] = true
	}
	for _, row := range All() {
		names(row.Row)
	}
	for _, curve := range Curves() {
		names(curve.Row)
	}
}

// measured makes a result of two rounds, in which the sides took so long.
func measured(sides map[string][2]float64) measure.Result {
	r := measure.Result{Row: measure.Row{Name: "row", Size: 1}}
	for _, name := range []string{Ours, Hand, conc, ants} {
		if took, ok := sides[name]; ok {
			s := measure.Series{Side: measure.Side{Name: name}}
			for _, v := range took {
				s.Samples = append(s.Samples, measure.Sample{N: 1, Values: map[string]float64{measure.Time: v, measure.Allocs: v}})
			}
			r.Series = append(r.Series, s)
		}
	}
	return r
}

func TestGoalsAreMetAtTheirLimitAndMissedBeyond(t *testing.T) {
	r := measured(map[string][2]float64{Ours: {50, 70}, Hand: {100, 100}, conc: {70, 90}, ants: {65, 60}})
	for _, test := range []struct {
		goal Goal
		met  bool
		got  string
	}{
		{ratioAtMost(0.6), true, "0.600"},
		{ratioAtMost(0.59), false, "0.600"},
		{nanosecondsAtMost(60), true, "60 ns"},
		{nanosecondsAtMost(59), false, "60 ns"},
		{allocsAtMost(60, ""), true, "60 allocations"},
		{lessThan(conc), true, "the nearest, conc, takes 1.34 times as long"},
		{lessThan(conc, ants), true, "the nearest, ants, takes 1.08 times as long"},
		{lessThan(pondName), false, "pond was not measured"},
	} {
		if f := test.goal.Judge(r); f.Met != test.met || f.Got != test.got {
			t.Errorf("%s: %+v", test.goal.Want, f)
		}
	}
	r = measured(map[string][2]float64{Ours: {50, 70}, Hand: {1, 1}, conc: {40, 60}})
	if f := lessThan(conc).Judge(r); f.Met {
		t.Errorf("%+v", f)
	}
}

func TestAGrowthIsLinearOrNot(t *testing.T) {
	at := func(size int, ns, allocs float64) measure.Result {
		r := measured(map[string][2]float64{Ours: {ns, ns}, Hand: {1, 1}})
		r.Row.Size = size
		for i := range r.Series[0].Samples {
			r.Series[0].Samples[i].Values[measure.Allocs] = allocs
		}
		return r
	}
	flat := []measure.Result{at(1, 900, 5), at(1_000, 10, 1.004), at(10_000, 10, 1.0004), at(100_000, 10, 1.00004)}
	if f := linear().Judge(flat); !f.Met || f.Got != "n to the power of 1.00 (by hand 1.00)" {
		t.Errorf("%+v", f)
	}
	if f := constantAllocations().Judge(flat); !f.Met || f.Got != "4 at n = 1, 4 at n = 100000" {
		t.Errorf("%+v", f)
	}
	steep := []measure.Result{at(1, 10, 2), at(1_000, 10, 2), at(10_000, 100, 2), at(100_000, 1000, 2)}
	if f := linear().Judge(steep); f.Met || f.Got != "n to the power of 2.00 (by hand 1.00)" {
		t.Errorf("%+v", f)
	}
	if f := constantAllocations().Judge(steep); f.Met {
		t.Errorf("%+v", f)
	}
	// What outgrows the caches does so in the form by hand, too.
	for growth, met := range map[float64]bool{1.3: true, 1.26: true, 1.24: false, 1: false} {
		var both []measure.Result
		for _, n := range []int{1_000, 10_000, 100_000, 1_000_000} {
			r := at(n, math.Pow(float64(n), 0.3), 1)
			for i := range r.Series[1].Samples {
				r.Series[1].Samples[i].Values[measure.Time] = math.Pow(float64(n), growth-1)
			}
			both = append(both, r)
		}
		if f := linear().Judge(both); f.Met != met {
			t.Errorf("n^1.3 beside n^%v by hand: %+v", growth, f)
		}
	}
}
