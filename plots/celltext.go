package plots

import (
	"math"
	"strconv"
)

// numberTexts writes values for cells: in few digits, but enough to tell apart what differs by a hundredth of all; ""
// for what is not finite.
func numberTexts(values [][]float64, log bool) [][]string {
	lo, hi := finiteRange(values, nil)
	whole := wholeNumbers(values)
	texts := make([][]string, len(values))
	for i, row := range values {
		for _, v := range row {
			step := (hi/2 - lo/2) / 50
			if log || lo == hi {
				step = decade(v) / 100
			}
			if whole {
				step = math.Max(step, 1)
			}
			text := ""
			if isFinite(v) {
				text = shortNumber(v, step)
			}
			texts[i] = append(texts[i], text)
		}
	}
	return texts
}

// wholeNumbers says whether values have no decimals, as ranks.
func wholeNumbers(values [][]float64) bool {
	for _, row := range values {
		for _, v := range row {
			if isFinite(v) && v != math.Trunc(v) {
				return false
			}
		}
	}
	return true
}

// decade is the power of ten at or below the size of v.
func decade(v float64) float64 {
	if v == 0 {
		return 0
	}
	return math.Pow(10, math.Floor(log10(math.Abs(v))+1e-9))
}

// shortNumber writes v to about the given step, in no more than four digits.
func shortNumber(v, step float64) string {
	const digits, large = 4, 1e4
	size := decade(v)
	switch {
	case v == 0:
		return "0"
	case size < 1e-3 || size >= scientific:
		return powerLabel(v, size/10)
	case size >= large:
		return withUnit(v, math.Abs(v), size/100)
	}
	decimals := digits - 1 - int(math.Round(math.Log10(size)))
	if step > 0 {
		decimals = min(decimals, -int(math.Floor(log10(step)+1e-9)))
	}
	return minus(strconv.FormatFloat(v, 'f', max(decimals, 0), 64))
}
