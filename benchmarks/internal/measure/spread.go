package measure

import (
	"math"
	"slices"
)

// A Spread is the middle of some figures, and how far most of them lie around it.
type Spread struct{ Low, Median, High float64 }

// SpreadOf returns the first decile, the median and the last decile.
func SpreadOf(values []float64) Spread {
	sorted := slices.Sorted(slices.Values(values))
	return Spread{Quantile(sorted, 0.1), Quantile(sorted, 0.5), Quantile(sorted, 0.9)}
}

// Quantile returns the value below which the given share of sorted values lies, and
// interpolates between two of them. Without values there is none.
func Quantile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	at := share * float64(len(sorted)-1)
	below := int(at)
	if below+1 == len(sorted) {
		return sorted[below]
	}
	return sorted[below] + (at-float64(below))*(sorted[below+1]-sorted[below])
}

// Slope returns the exponent of a growth: the slope of the straight line that lies
// nearest to the points in logarithms of both. What grows in proportion has 1.
func Slope(sizes, values []float64) float64 {
	var sx, sy, sxx, sxy float64
	n := float64(len(sizes))
	for i := range sizes {
		x, y := math.Log(sizes[i]), math.Log(values[i])
		sx, sy, sxx, sxy = sx+x, sy+y, sxx+x*x, sxy+x*y
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}
