package cell

import (
	"math"
	"testing"
)

func TestSignificant(t *testing.T) {
	tests := []struct {
		x             float64
		digits        int
		want, compact string
	}{
		{3.2e-5, 2, "3.2e-5", "3.2e-5"},
		{3e-5, 2, "3.0e-5", "3e-5"},
		{0.032, 4, "0.03200", "0.032"},
		{98.5, 4, "98.50", "98.5"},
		{-98.456, 4, "-98.46", "-98.46"},
		{9.996, 3, "10.0", "10"}, // rounding makes it a digit longer
		{0.00099999, 3, "0.00100", "0.001"},
		{999999, 3, "1.00e6", "1e6"},
		{12345, 2, "12345", "12345"},
		{100, 2, "100", "100"},
		{1e100, 3, "1.00e100", "1e100"},
		{0, 4, "0", "0"},
		{math.NaN(), 4, "NaN", "NaN"},
		{math.Inf(-1), 4, "-Inf", "-Inf"},
	}
	for _, test := range tests {
		if got := significant(test.x, test.digits); got != test.want {
			t.Errorf("significant(%g, %d) = %s, want %s", test.x, test.digits, got, test.want)
		}
		if got := compact(test.x, test.digits); got != test.compact {
			t.Errorf("compact(%g, %d) = %s, want %s", test.x, test.digits, got, test.compact)
		}
	}
}
