package rows

import (
	"fmt"
	"math"
	"strings"

	"example.com/future/benchmarks/internal/measure"
)

// A Goaled is a row with what it must reach.
type Goaled struct {
	measure.Row
	Goals []Goal
}

// A Goal is judged by what was measured.
type Goal struct {
	Want  string
	Ratio float64 // the bound of the ratio to what is written by hand; 0 if it is another
	Judge func(measure.Result) Finding
}

// A Finding is how a goal was met, or missed.
type Finding struct {
	Got     string
	Spread  string // "" where there is none
	Met     bool
	Skipped bool // it could not be measured here: neither met nor missed
}

// ratioAtMost bounds the median of the ratios to what is written by hand.
func ratioAtMost(limit float64) Goal {
	return Goal{
		Want:  fmt.Sprintf("≤ %.2f of by hand", limit),
		Ratio: limit,
		Judge: func(r measure.Result) Finding {
			spread := r.Ratio(r.Series[0])
			return Finding{Got: fmt.Sprintf("%.3f", spread.Median), Spread: span("%.3f", spread), Met: spread.Median <= limit}
		},
	}
}

// atMost bounds the median of a figure. The runtime allocates now and then, too, and a
// median of more than the limit by less than slack is no more.
func atMost(limit, slack float64, unit, words string) Goal {
	const format = "%.3g"
	return Goal{
		Want: "≤ " + fmt.Sprintf(format, limit) + words,
		Judge: func(r measure.Result) Finding {
			spread := r.Series[0].Spread(unit)
			return Finding{Got: fmt.Sprintf(format, spread.Median) + words, Spread: span(format, spread), Met: spread.Median <= limit+slack}
		},
	}
}

func allocsAtMost(limit float64, per string) Goal {
	words := " allocations" + per
	if limit == 1 {
		words = " allocation" + per
	}
	return atMost(limit, 0.02, measure.Allocs, words)
}

func nanosecondsAtMost(limit float64) Goal {
	return atMost(limit, 0, measure.Time, " ns")
}

// lessThan wants less of what the row is about than each of some other sides.
func lessThan(others ...string) Goal {
	return Goal{
		Want: "ahead of " + strings.Join(others, ", "),
		Judge: func(r measure.Result) Finding {
			own := r.Series[0].Values(r.Metric())
			nearest, met := Finding{}, true
			best := math.Inf(1)
			for _, other := range others {
				s, ok := r.Of(other)
				if !ok {
					return Finding{Got: other + " was not measured"}
				}
				theirs := s.Values(r.Metric())
				ratios := make([]float64, len(own))
				for i := range own {
					ratios[i] = theirs[i] / own[i]
				}
				spread := measure.SpreadOf(ratios)
				met = met && spread.Median > 1
				if spread.Median < best {
					best = spread.Median
					nearest = Finding{Got: fmt.Sprintf("the nearest, %s, takes %.2f times as long", other, best), Spread: span("%.2f", spread)}
				}
			}
			nearest.Met = met
			return nearest
		},
	}
}

func span(format string, s measure.Spread) string {
	return fmt.Sprintf(format+"–"+format, s.Low, s.High)
}
