package plots

import "math"

// LinearScale is [plot.LinearScale], the scale of axes of [New], for axes longer than
// the largest float as well.
type LinearScale struct{}

// Normalize implements [plot.Normalizer].
func (LinearScale) Normalize(lo, hi, x float64) float64 { return (x/2 - lo/2) / (hi/2 - lo/2) }

// LogScale is [plot.LogScale] for subnormal numbers as well. [LogTicks] go with it.
type LogScale struct{}

// Normalize implements [plot.Normalizer].
func (LogScale) Normalize(lo, hi, x float64) float64 {
	if !(lo > 0 && hi > 0 && x > 0) {
		panic("plots: a logarithmic axis has no place for numbers that are not positive")
	}
	return (log10(x) - log10(lo)) / (log10(hi) - log10(lo))
}

// log10 is math.Log10 for subnormal numbers as well, of which that of some machines is wrong by a factor.
func log10(x float64) float64 {
	const normal, shift = 0x1p-1022, 60
	if x > 0 && x < normal {
		return math.Log10(math.Ldexp(x, shift)) - shift*math.Log10(2)
	}
	return math.Log10(x)
}
