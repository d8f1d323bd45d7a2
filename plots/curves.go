package plots

import (
	"errors"
	"fmt"
)

// Curves is one quantity measured for every rank over training. It is the struct
// itself and no type of its own, so that a value of any type with these fields,
// such as a study's, can be drawn as it is.
type Curves = struct {
	// Steps are the training steps at which the quantity was measured, strictly
	// rising.
	Steps []int

	// Values holds one row a rank, each as long as Steps: Values[k][i] belongs to
	// rank k+1 at Steps[i]. Where a value is NaN or infinite a figure has a gap.
	Values [][]float64

	// Exact holds the value that each rank should reach, one a rank, NaN where it
	// is not known. It is nil if none is known.
	Exact []float64
}

// CheckCurves reports the first fault that keeps c from being drawn or written: no
// rank, no step, steps that do not rise, or lengths that do not agree.
func CheckCurves(c Curves) error {
	if len(c.Values) == 0 {
		return errors.New("plots: curves have no rank")
	}
	if len(c.Steps) == 0 {
		return errors.New("plots: curves have no step")
	}
	for i := 1; i < len(c.Steps); i++ {
		if c.Steps[i] <= c.Steps[i-1] {
			return fmt.Errorf("plots: steps must rise, but step %d follows step %d", c.Steps[i], c.Steps[i-1])
		}
	}
	for k, row := range c.Values {
		if len(row) != len(c.Steps) {
			return fmt.Errorf("plots: rank %d has %d values for %d steps", k+1, len(row), len(c.Steps))
		}
	}
	if c.Exact != nil && len(c.Exact) != len(c.Values) {
		return fmt.Errorf("plots: %d exact values for %d ranks", len(c.Exact), len(c.Values))
	}
	return nil
}
