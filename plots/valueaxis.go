package plots

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
)

// ValueAxis says what the values of a sweep are, and how they are drawn.
type ValueAxis struct {
	Label string // such as "validation loss"

	// Percent holds means to 0 to 100, and cuts spreads off there.
	Percent bool

	// Log is logarithmic; values at or below zero are then drawn as in [RankDistance].
	// Otherwise the axis is fitted to the values, or begins at 0 if Zero is set.
	Log, Zero bool

	// LowerBetter is for losses and errors.
	LowerBetter bool
}

// check is an error if what is named has a value there cannot be. NaN is one there can be.
func (a ValueAxis) check(name string, value float64) error {
	if a.Percent && (value < 0 || value > 100) {
		return fmt.Errorf("plots: %s is %g, want 0 to 100", name, value)
	}
	return nil
}

// spread is from a deviation below the mean to one above; both ends are the mean where no deviation is known.
func (a ValueAxis) spread(mean, deviation float64) (low, high float64) {
	if !(deviation > 0) || math.IsInf(deviation, 0) {
		return mean, mean
	}
	low, high = within(mean-deviation, mean+deviation)
	if a.Percent {
		low, high = math.Max(low, 0), math.Min(high, 100)
	}
	return low, high
}

// dress gives an axis its label, scale, ticks and a range around values.
func (a ValueAxis) dress(axis *plot.Axis, values []float64) {
	lo, hi := finiteRange([][]float64{values}, nil)
	if a.Log {
		lo, hi = math.Inf(1), math.Inf(-1)
		for _, v := range values {
			if v > 0 && isFinite(v) {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	axis.Label.Text = a.Label
	axis.Tick.Marker = a.ticks(hi)
	switch {
	case a.Log:
		axis.Scale = LogScale{}
		axis.Min, axis.Max = 1, 100
		if lo <= hi {
			axis.Min, axis.Max = widened(lo, hi)
		}
	case a.Zero && !(lo < 0):
		axis.Min, axis.Max = zeroRange(hi)
	case a.Zero:
		axis.Min, axis.Max = linearRange(lo, hi)
	case a.Percent:
		axis.Min, axis.Max = percentRange(lo, hi)
	default:
		axis.Min, axis.Max = fittedRange(lo, hi)
	}
}

// ticks are those of an axis up to hi: large numbers have units.
func (a ValueAxis) ticks(hi float64) plot.Ticker {
	const large = 1e4
	switch {
	case a.Log:
		return CostTicks{Log: true, Apart: 0.08}
	case hi >= large:
		return CostTicks{}
	}
	return LinearTicks{}
}

// fittedRange leaves air around values of any size.
func fittedRange(lo, hi float64) (float64, float64) {
	if lo > hi {
		return 0, 1 // nothing finite to draw
	}
	size := math.Max(math.Abs(lo), math.Abs(hi))
	pad := math.Max(0.05*hi-0.05*lo, 1e-6*size) // on shorter axes labels have too many digits
	if lo == hi {
		pad = 0.02 * size
	}
	if size == 0 {
		pad = 1
	}
	pad = math.Max(pad, leastSpan)
	return within(lo-pad, hi+pad)
}
