package compress

import (
	"fmt"
	"math"

	"github.com/maestro-lod/notebook/maestro/runs"
)

func (b Bounds) mostLoss() float64 {
	if b.Loss > 0 {
		return b.Loss
	}
	return math.Inf(1)
}

// met says whether a rung is as small and fast as asked for.
func (b Bounds) met(r Rung, whole runs.Size) bool {
	return (b.MACs == 0 || float64(r.MACs) <= b.MACs*float64(whole.MACs)) &&
		(b.Params == 0 || float64(r.Parameters) <= b.Params*float64(whole.Parameters)) &&
		(b.LatencyMS == 0 || r.LatencyMS <= b.LatencyMS)
}

// good says whether a rung is within the bounds of loss and accuracy; what was not measured is.
func (b Bounds) good(r, first Rung) bool {
	now, was := r.Validation, first.Validation
	return r.Loss <= b.mostLoss() && (now == (runs.Measured{}) ||
		(b.Drop == 0 || now.Accuracy >= was.Accuracy-b.Drop) && (b.Rise == 0 || now.Loss <= was.Loss*(1+b.Rise)))
}

// reached says whether a search has come to its end, and how many of the rungs are within the bounds.
func (b Bounds) reached(rungs []Rung, whole runs.Size) (n int, done bool) {
	for i, r := range rungs {
		if i > 0 && !b.good(r, rungs[0]) {
			return i, true
		}
		if b.target() && b.met(r, whole) {
			return i + 1, true
		}
	}
	return len(rungs), false
}

// unmet is nil if the last rung meets the target, or there is none, and else an error that names the nearest that
// there is.
func (b Bounds) unmet(rungs []Rung, whole runs.Size) error {
	r := rungs[len(rungs)-1]
	if !b.target() || b.met(r, whole) {
		return nil
	}
	near := fmt.Sprintf("%.4g of the MACs and %.4g of the parameters of the non-factorised network",
		float64(r.MACs)/float64(whole.MACs), float64(r.Parameters)/float64(whole.Parameters))
	if b.LatencyMS > 0 {
		near += fmt.Sprintf(", %.4g ms", r.LatencyMS)
	}
	return fmt.Errorf("%w: the nearest is step %d with %s; ask for no less, or loosen max_loss and max_drop", ErrUnmet,
		r.Step, near)
}
