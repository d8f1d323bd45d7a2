package plots

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// stepTicks labels training steps with whole numbers, in thousands ("5k") once
// all of them are whole thousands and the largest has five digits.
type stepTicks struct{}

// Ticks implements [plot.Ticker].
func (stepTicks) Ticks(lo, hi float64) []plot.Tick {
	gap := max(niceGap((hi-lo)/6), 1)
	thousands := hi >= 10_000 && math.Mod(gap, 1000) == 0
	return ticksEvery(gap, lo, hi, func(v float64) string {
		if thousands && v != 0 {
			return strconv.FormatFloat(v/1000, 'f', -1, 64) + "k"
		}
		return strconv.FormatFloat(v, 'f', 0, 64)
	})
}

// linearTicks labels round numbers, all with the same number of decimals.
type linearTicks struct{}

// Ticks implements [plot.Ticker].
func (linearTicks) Ticks(lo, hi float64) []plot.Tick {
	gap := niceGap((hi - lo) / 6)
	if m := math.Max(math.Abs(lo), math.Abs(hi)); m >= 1e6 || m < 1e-3 {
		return ticksEvery(gap, lo, hi, func(v float64) string {
			return minus(strconv.FormatFloat(v, 'g', 3, 64))
		})
	}
	decimals := max(0, -int(math.Floor(math.Log10(gap)+1e-9)))
	return ticksEvery(gap, lo, hi, func(v float64) string {
		return minus(strconv.FormatFloat(v, 'f', decimals, 64))
	})
}

// ticksEvery counts in multiples of gap rather than adding it up, so that 0 comes
// out as 0.
func ticksEvery(gap, lo, hi float64, label func(float64) string) []plot.Tick {
	var ticks []plot.Tick
	for i := math.Ceil(lo / gap); i <= math.Floor(hi/gap); i++ {
		v := i*gap + 0 // not -0
		ticks = append(ticks, plot.Tick{Value: v, Label: label(v)})
	}
	return ticks
}

// niceGap rounds up to 1, 2 or 5 times a power of ten.
func niceGap(rough float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= rough*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// logTicks labels powers of ten, at most eight of them so that they do not
// crowd, and marks the powers and their multiples between them for which there
// is room.
type logTicks struct{}

// Ticks implements [plot.Ticker].
func (logTicks) Ticks(lo, hi float64) []plot.Tick {
	const most, finest = 8, 6
	first, last := int(math.Ceil(math.Log10(lo)-1e-9)), int(math.Floor(math.Log10(hi)+1e-9))
	every := 1
	for _, e := range []int{1, 2, 3, 5, 10, 20, 50, 100} {
		every = e
		if (last-first)/e < most {
			break
		}
	}
	var ticks []plot.Tick
	for e := first - 1; e <= last; e++ {
		power := math.Pow10(e)
		if e >= first {
			t := plot.Tick{Value: power}
			if e%every == 0 {
				t.Label = "10" + superscript(e)
			}
			ticks = append(ticks, t)
		}
		if last-first > finest {
			continue
		}
		for m := 2.0; m < 10; m++ {
			if v := m * power; v >= lo && v <= hi {
				ticks = append(ticks, plot.Tick{Value: v})
			}
		}
	}
	return ticks
}

func superscript(e int) string {
	return strings.NewReplacer(
		"-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴",
		"5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹",
	).Replace(strconv.Itoa(e))
}

func minus(s string) string { return strings.ReplaceAll(s, "-", "−") }
