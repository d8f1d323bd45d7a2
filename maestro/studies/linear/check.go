package linear

import (
	"fmt"
	"math"
)

// The checks of settings name a setting as the command line and a settings file do.

func positive(name string, v int) error {
	if v <= 0 {
		return fmt.Errorf("%s is %d: it must be at least 1", name, v)
	}
	return nil
}

func notNegative(name string, v float64) error {
	if !(v >= 0) { // also NaN
		return fmt.Errorf("%s is %g: it cannot be negative", name, v)
	}
	return nil
}

func within(name string, rank, rows, cols int) error {
	if largest := min(rows, cols); rank < 1 || rank > largest {
		return fmt.Errorf("%s is %d: a %d×%d matrix has ranks 1 to %d", name, rank, rows, cols, largest)
	}
	return nil
}

// matrix checks rows of numbers given in place of random ones; nil, for none given, is fine.
func matrix(name string, m [][]float64) error {
	if m == nil {
		return nil
	}
	if len(m) == 0 || len(m[0]) == 0 {
		return fmt.Errorf("%s: it is empty", name)
	}
	const least, most = 1e-150, 1e150 // whose squares are numbers still
	largest := 0.0
	for i, row := range m {
		if len(row) != len(m[0]) {
			return fmt.Errorf("%s: row %d has %d numbers, row 1 has %d", name, i+1, len(row), len(m[0]))
		}
		for _, v := range row {
			if math.IsNaN(v) || math.IsInf(v, 0) {
				return fmt.Errorf("%s: row %d holds %g", name, i+1, v)
			}
			largest = max(largest, math.Abs(v))
		}
	}
	switch {
	case largest == 0:
		return fmt.Errorf("%s: all of it is zero, so there is nothing to learn", name)
	case largest < least || largest > most:
		return fmt.Errorf("%s: its largest number is %.3g, and squares of it leave the range of numbers: "+
			"write it in other units, from %g to %g", name, largest, least, most)
	}
	return nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func zeros(n int) []float64 { return make([]float64, n) }

// count is 0, 1, …, n−1.
func count(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
