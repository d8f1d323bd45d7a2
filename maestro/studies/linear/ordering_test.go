package linear

import "testing"

// TestOrderingDerivesStepsFromTarget: a matrix given as the target counts as one of that size that is drawn.
func TestOrderingDerivesStepsFromTarget(t *testing.T) {
	drawn, given := DefaultOrdering(), DefaultOrdering()
	drawn.Rows, drawn.Cols = 20, 20
	given.Target = make([][]float64, 20)
	for i := range given.Target {
		given.Target[i] = make([]float64, 20)
		given.Target[i][i] = float64(i%3 + 1)
	}
	// 10,000 steps up to rank 6 and with the square of the rank from there: 10,000 · 20²/6².
	for name, s := range map[string]OrderingSettings{"drawn": drawn, "given": given} {
		if err := s.complete(); err != nil || s.Steps != 111111 {
			t.Errorf("a %s 20×20 matrix has %d steps, want 111111 (%v)", name, s.Steps, err)
		}
	}
}
