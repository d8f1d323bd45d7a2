package plots

import (
	"fmt"

	"gonum.org/v1/plot"
)

// RankDistance draws how far each rank's model is from the best one of that
// rank: ‖Ĉₖ − Cₖ‖²_F over training steps, one curve a rank, on a logarithmic
// axis. A logarithm has no place for values at or below zero: they are drawn at
// the smallest positive value among the curves (1e-16 if there is none).
// c.Exact is not drawn. The error is that of [CheckCurves].
func RankDistance(c Curves) (*plot.Plot, error) {
	return drawCurves(c, options{yLabel: "squared distance ‖Ĉₖ − Cₖ‖²_F", logY: true})
}

// SingularValues draws the learnt singular values ‖uₖ‖‖vₖ‖ over training steps,
// one curve a rank, beside the exact ones as dashed lines of the same colour.
// Exact values that are zero up to rounding share one grey line at 0.
// The error is that of [CheckCurves].
func SingularValues(c Curves) (*plot.Plot, error) {
	return drawCurves(c, options{yLabel: "singular value ‖uₖ‖·‖vₖ‖", exact: true})
}

// Importance draws the importance ‖uₖ‖‖vₖ‖ that each rank has for the model over
// training steps, one curve a rank, with c.Exact as in [SingularValues].
// The error is that of [CheckCurves].
func Importance(c Curves) (*plot.Plot, error) {
	return drawCurves(c, importance())
}

// ImportanceWithEvent is [Importance] with a vertical line at the training step
// where something happened to the data, under a short label. Besides bad curves,
// a step outside the measured range is an error: its line could not be seen.
func ImportanceWithEvent(c Curves, step int, label string) (*plot.Plot, error) {
	if err := CheckCurves(c); err != nil {
		return nil, err
	}
	if first, last := c.Steps[0], c.Steps[len(c.Steps)-1]; step < first || step > last {
		return nil, fmt.Errorf("plots: event %q at step %d is outside the curves' steps %d to %d", label, step,
			first, last)
	}
	o := importance()
	o.events = []Event{{X: float64(step), Label: label}}
	return drawCurves(c, o)
}

func importance() options {
	return options{yLabel: "importance ‖uₖ‖·‖vₖ‖", exact: true}
}
