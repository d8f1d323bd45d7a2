package cell

import (
	"math"
	"strconv"
	"strings"
)

// significant writes x to that many significant digits, keeping those that are zero where they count, without an
// exponent where a reader needs none: 0.0320, 98.50, 12000, 3.2e-5.
func significant(x float64, digits int) string {
	if x == 0 || math.IsNaN(x) || math.IsInf(x, 0) {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	scientific := strconv.FormatFloat(x, 'e', digits-1, 64)
	_, tail, _ := strings.Cut(scientific, "e")
	power, _ := strconv.Atoi(tail) // after rounding: 9.996 to three digits is 10.0
	if power >= -3 && power < 6 {
		return strconv.FormatFloat(x, 'f', max(0, digits-1-power), 64)
	}
	return shortExponent(scientific)
}

// compact is significant without trailing zeros: 0.032, 100, 1e-7.
func compact(x float64, digits int) string {
	text := significant(x, digits)
	mantissa, exponent, scientific := strings.Cut(text, "e")
	if strings.Contains(mantissa, ".") {
		mantissa = strings.TrimRight(strings.TrimRight(mantissa, "0"), ".")
	}
	if scientific {
		return mantissa + "e" + exponent
	}
	return mantissa
}

// shortExponent writes 3.2e-05 as 3.2e-5.
func shortExponent(text string) string {
	mantissa, exponent, found := strings.Cut(text, "e")
	if !found {
		return text
	}
	power, err := strconv.Atoi(exponent)
	if err != nil {
		return text
	}
	return mantissa + "e" + strconv.Itoa(power)
}
