package plots

import "math"

func stepRange(steps []int) (lo, hi float64) {
	return airyRange(float64(steps[0]), float64(steps[len(steps)-1]))
}

// airyRange leaves a little air at both ends, so that markers clear the axis.
func airyRange(lo, hi float64) (float64, float64) {
	if lo == hi {
		return lo - 1, hi + 1
	}
	pad := 0.02 * (hi - lo)
	return lo - pad, hi + pad
}

// linearRange includes 0 for values that are never negative: the figures' claim
// is which of them vanish.
func linearRange(lo, hi float64) (float64, float64) {
	if lo > hi {
		return 0, 1 // nothing finite to draw
	}
	lo = math.Min(lo, 0)
	if lo == hi {
		return -0.05, 1
	}
	pad := 0.04 * (hi - lo)
	return lo - pad, hi + pad
}

// zeroRange begins at 0, for what is counted from there.
func zeroRange(hi float64) (float64, float64) {
	if hi <= 0 || math.IsInf(hi, 0) {
		return 0, 1 // nothing to draw above the axis
	}
	return 0, 1.04 * hi
}

// percentRange is fitted to accuracies, whose differences are small beside
// their distance from 0.
func percentRange(lo, hi float64) (float64, float64) {
	if lo > hi {
		return 0, 100 // nothing finite to draw
	}
	pad := math.Max(0.05*(hi-lo), 0.1)
	return lo - pad, hi + pad
}

// logRange takes positive values and spans at least two powers of ten, as a
// logarithmic axis with fewer labels cannot be read.
func logRange(lo, hi float64) (float64, float64) {
	if lo > hi {
		return 0.1, 1 // nothing finite to draw
	}
	a, b := math.Log10(lo), math.Log10(hi)
	if math.Floor(b)-math.Ceil(a) < 1 {
		a, b = math.Floor(a), math.Ceil(b)
		if a == b {
			b++
		}
	}
	pad := 0.03 * (b - a)
	// Powers beyond these would leave the float range and with it the log axis.
	return math.Pow(10, math.Max(a-pad, -323)), math.Pow(10, math.Min(b+pad, 308))
}

// floored replaces values that have no logarithm, as RankDistance documents.
func floored(values [][]float64) [][]float64 {
	floor := math.Inf(1)
	for _, row := range values {
		for _, v := range row {
			if v > 0 && v < floor {
				floor = v
			}
		}
	}
	if math.IsInf(floor, 1) {
		floor = 1e-16
	}
	out := make([][]float64, len(values))
	for k, row := range values {
		out[k] = make([]float64, len(row))
		for i, v := range row {
			if v <= 0 && !math.IsInf(v, -1) {
				v = floor
			}
			out[k][i] = v
		}
	}
	return out
}

// finiteRange returns lo > hi if no value is finite.
func finiteRange(values [][]float64, levels []level) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, row := range values {
		for _, v := range row {
			if isFinite(v) {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	for _, l := range levels {
		lo, hi = math.Min(lo, l.y), math.Max(hi, l.y)
	}
	return lo, hi
}
