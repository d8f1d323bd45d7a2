package plots

import "math"

func stepRange(steps []int) (lo, hi float64) {
	return airyRange(float64(steps[0]), float64(steps[len(steps)-1]))
}

// airyRange leaves a little air at both ends, so that markers clear the axis.
func airyRange(lo, hi float64) (float64, float64) {
	pad := 0.02*hi - 0.02*lo // the ends of the float range are further apart than a float can say
	if lo == hi {
		pad = math.Max(1, 1e-9*math.Abs(lo))
	}
	return within(lo-pad, hi+pad)
}

// within brings the ends of an axis back into the float range.
func within(lo, hi float64) (float64, float64) {
	return math.Max(lo, -math.MaxFloat64), math.Min(hi, math.MaxFloat64)
}

// leastSpan is the shortest linear axis: on shorter ones the gaps between ticks would be below the float range.
const leastSpan = 1e-300

// widened leaves a little air at both ends of a logarithmic axis of positive values.
func widened(lo, hi float64) (float64, float64) {
	pad := math.Max(math.Pow(10, 0.04*(log10(hi)-log10(lo))), 1.02)
	lo, hi = math.Max(lo/pad, math.SmallestNonzeroFloat64), math.Min(hi*pad, math.MaxFloat64)
	if hi < 1e-320 { // floats this small are too coarse for the air
		hi = 1e-320
	}
	return lo, hi
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
	if hi-lo < leastSpan {
		hi = lo + leastSpan
	}
	pad := 0.04*hi - 0.04*lo
	return within(lo-pad, hi+pad)
}

// zeroRange begins at 0, for what is counted from there.
func zeroRange(hi float64) (float64, float64) {
	if hi <= 0 || math.IsInf(hi, 0) {
		return 0, 1 // nothing to draw above the axis
	}
	return within(0, 1.04*math.Max(hi, leastSpan))
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
	a, b := log10(lo), log10(hi)
	if math.Floor(b)-math.Ceil(a) < 1 {
		a, b = math.Floor(a), math.Ceil(b)
		if a == b {
			b++
		}
	}
	pad := 0.03 * (b - a)
	least, most := math.Max(math.Pow(10, a-pad), math.SmallestNonzeroFloat64),
		math.Min(math.Pow(10, b+pad), math.MaxFloat64)
	return math.Min(least, lo), math.Max(most, hi) // rounding leaves the ends of the float range out
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

// pointRange is the range of the points that are finite; its ends are infinite and the wrong way round if none is.
func pointRange(x, y []float64) (xMin, xMax, yMin, yMax float64) {
	xMin, xMax, yMin, yMax = math.Inf(1), math.Inf(-1), math.Inf(1), math.Inf(-1)
	for i := range x {
		if isFinite(x[i]) && isFinite(y[i]) {
			xMin, xMax = math.Min(xMin, x[i]), math.Max(xMax, x[i])
			yMin, yMax = math.Min(yMin, y[i]), math.Max(yMax, y[i])
		}
	}
	return xMin, xMax, yMin, yMax
}

// finiteRange returns lo > hi if no value is finite.
func finiteRange(values [][]float64, levels []Level) (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, row := range values {
		for _, v := range row {
			if isFinite(v) {
				lo, hi = math.Min(lo, v), math.Max(hi, v)
			}
		}
	}
	for _, l := range levels {
		lo, hi = math.Min(lo, l.Y), math.Max(hi, l.Y)
	}
	return lo, hi
}
