package plots

import (
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// StepTicks labels training steps with whole numbers, in thousands ("5k") once
// all of them are whole thousands and the largest has five digits, and so in
// millions and billions.
type StepTicks struct{}

// Ticks implements [plot.Ticker].
func (StepTicks) Ticks(lo, hi float64) []plot.Tick {
	gap, largest := max(niceGap(hi/6-lo/6), 1), math.Max(math.Abs(lo), math.Abs(hi))
	unit, name := 1.0, ""
	for _, u := range []string{"k", "M", "G"} {
		if larger := 1000 * unit; largest >= 10*larger && math.Mod(gap, larger) == 0 {
			unit, name = larger, u
		}
	}
	return ticksEvery(gap, lo, hi, func(v float64) string {
		switch {
		case v == 0:
			return "0"
		case largest >= scientific:
			return powerLabel(v, gap)
		}
		return minus(strconv.FormatFloat(v/unit, 'f', -1, 64)) + name
	})
}

// RankTicks labels ranks with whole numbers from 1 on.
type RankTicks struct{}

// Ticks implements [plot.Ticker].
func (RankTicks) Ticks(lo, hi float64) []plot.Tick {
	ticks := StepTicks{}.Ticks(lo, hi)
	const crowded = 5 // ranks below the first round number
	if len(ticks) == 0 || ticks[0].Value >= crowded {
		ticks = append([]plot.Tick{{Value: 1, Label: "1"}}, ticks...)
	}
	return ticks
}

// CostTicks labels large numbers, such as operations and parameters, in thousands
// (k), millions (M) or billions (G).
type CostTicks struct {
	Log   bool    // for a logarithmic axis
	Apart float64 // share of a logarithmic axis that labels are apart, at least
}

// Ticks implements [plot.Ticker].
func (t CostTicks) Ticks(lo, hi float64) []plot.Tick {
	ticks := t.all(lo, hi)
	if !t.Log || t.Apart == 0 {
		return ticks
	}
	// Equal steps crowd at the far end of a logarithmic axis.
	last := math.Inf(-1)
	for i := range ticks {
		at := LogScale{}.Normalize(lo, hi, ticks[i].Value)
		switch {
		case ticks[i].Label == "":
		case at-last < t.Apart:
			ticks[i].Label = ""
		default:
			last = at
		}
	}
	return ticks
}

func (t CostTicks) all(lo, hi float64) []plot.Tick {
	const few, many = 5, 100 // quotients of an axis' ends
	if !t.Log || hi/lo < few {
		gap := niceGap(hi/6 - lo/6)
		return ticksEvery(gap, lo, hi, func(v float64) string { return costLabel(v, hi, gap) })
	}
	small := lo < 1e-3 || hi >= scientific
	if small && hi/lo >= many {
		return LogTicks{}.Ticks(lo, hi)
	}
	var ticks []plot.Tick
	for e := int(math.Floor(log10(lo))); e <= int(math.Floor(log10(hi))); e++ {
		power := math.Pow10(e)
		for m := 1.0; m < 10; m++ {
			v := m * power
			tick := plot.Tick{Value: v}
			switch labelled := m == 1 || hi/lo < many && (m == 2 || m == 5); {
			case labelled && small:
				tick.Label = powerLabel(v, power)
			case labelled:
				tick.Label = withUnit(v, v, v)
			}
			if v >= lo && v <= hi {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

// scientific is where units end and powers of ten begin.
const scientific = 1e15

// costLabel writes v on an axis to hi with a label every gap.
func costLabel(v, hi, gap float64) string {
	if hi < 1e-3 || hi >= scientific {
		return powerLabel(v, gap)
	}
	return withUnit(v, hi, gap)
}

// powerLabel writes v as a power of ten, such as 10⁻¹¹ or 2.5×10⁻¹¹, with the decimals of step.
func powerLabel(v, step float64) string {
	if v == 0 {
		return "0"
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', -1, 64), "e")
	e, err := strconv.Atoi(exponent)
	m, err2 := strconv.ParseFloat(mantissa, 64)
	if err != nil || err2 != nil {
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
	decimals := min(max(0, e-int(math.Floor(log10(step)+1e-9))), 6)
	if math.Abs(math.Abs(m)-1) < 1e-9 {
		return minus(strings.TrimSuffix(strconv.FormatFloat(m, 'f', 0, 64), "1")) + "10" + superscript(e)
	}
	return minus(strconv.FormatFloat(m, 'f', decimals, 64)) + "×10" + superscript(e)
}

// withUnit writes v in the unit that suits size, with the decimals of step.
func withUnit(v, size, step float64) string {
	if v == 0 {
		return "0"
	}
	unit, name := 1.0, ""
	for _, u := range []string{"k", "M", "G", "T"} {
		if size < 1000*unit {
			break
		}
		unit, name = 1000*unit, u
	}
	decimals := max(0, -int(math.Floor(log10(step/unit)+1e-9)))
	return strconv.FormatFloat(v/unit, 'f', decimals, 64) + name
}

// LinearTicks labels round numbers, all with the same number of decimals.
type LinearTicks struct{}

// Ticks implements [plot.Ticker].
func (LinearTicks) Ticks(lo, hi float64) []plot.Tick {
	gap := niceGap(hi/6 - lo/6)
	if m := math.Max(math.Abs(lo), math.Abs(hi)); m >= 1e6 || m < 1e-3 {
		return ticksEvery(gap, lo, hi, func(v float64) string {
			return minus(strconv.FormatFloat(v, 'g', 3, 64))
		})
	}
	decimals := max(0, -int(math.Floor(log10(gap)+1e-9)))
	return ticksEvery(gap, lo, hi, func(v float64) string {
		return minus(strconv.FormatFloat(v, 'f', decimals, 64))
	})
}

// ticksEvery counts in multiples of gap rather than adding it up, so that 0 comes
// out as 0.
func ticksEvery(gap, lo, hi float64, label func(float64) string) []plot.Tick {
	const most = 1000 // no axis has as many
	first := math.Ceil(lo / gap)
	n := math.Floor(hi/gap) - first
	if !(n >= 0 && n < most) { // also NaN
		return nil
	}
	var ticks []plot.Tick
	for i := range int(n) + 1 {
		v := (first+float64(i))*gap + 0                       // not -0
		if len(ticks) == 0 || v > ticks[len(ticks)-1].Value { // counting ends where floats are further apart than 1
			ticks = append(ticks, plot.Tick{Value: v, Label: label(v)})
		}
	}
	return ticks
}

// niceGap rounds up to 1, 2 or 5 times a power of ten.
func niceGap(rough float64) float64 {
	power := math.Pow(10, math.Floor(log10(rough)))
	for _, m := range []float64{1, 2, 5} {
		if m*power >= rough*(1-1e-9) {
			return m * power
		}
	}
	return 10 * power
}

// LogTicks labels powers of ten, at most eight of them so that they do not
// crowd, and marks the powers and their multiples between them for which there
// is room.
type LogTicks struct{}

// Ticks implements [plot.Ticker].
func (LogTicks) Ticks(lo, hi float64) []plot.Tick {
	const most, finest, crowded = 8, 6, 10
	first, last := int(math.Ceil(log10(lo)-1e-9)), int(math.Floor(log10(hi)+1e-9))
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
		if e >= first && (e%every == 0 || every < crowded) {
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
