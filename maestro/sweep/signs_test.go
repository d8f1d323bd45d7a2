package sweep

import (
	"math"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// TestSigns: each way in which training goes wrong is named with the setting to turn, and nothing is said of a trial
// that went well, of one without the lasso, or of a network that has no factors.
func TestSigns(t *testing.T) {
	lasso := runs.Defaults()
	lasso.LambdaGL = 1e-3
	free, whole := runs.Defaults(), lasso
	whole.WholeFirst = -1
	well := Outcome{FullRank: 100, TotalRank: 40, BestRank: 80, Accuracy: 90, Best: 91}
	stuck, empty, fell, wild := well, well, well, well
	stuck.TotalRank, stuck.BestRank = 100, 100
	empty.TotalRank = 0
	fell.Accuracy = 80
	wild.Accuracy, wild.BestRank = 80, 40
	noAccuracy := well
	noAccuracy.Accuracy, noAccuracy.Best = math.NaN(), math.NaN()
	for _, c := range []struct {
		settings runs.Settings
		state    State
		outcome  *Outcome
		say      string // "" for nothing
	}{
		{lasso, Finished, &well, ""},
		{lasso, Finished, &noAccuracy, ""},
		{lasso, Running, nil, ""},
		{lasso, Finished, &stuck, "ranks never fell: raise lambda_gl (0.001)"},
		{free, Finished, &stuck, ""},
		{whole, Finished, &stuck, ""},
		{lasso, Finished, &empty, "no rank is left: lower lambda_gl"},
		{lasso, Finished, &fell, "accuracy fell from 91.00 to 80.00 % as the total rank fell from 80 to 40"},
		{lasso, Finished, &wild, "unstable: accuracy fell from 91.00 to 80.00 % at the same ranks: lower lr"},
		{lasso, Diverged, nil, "unstable: lower lr"},
	} {
		got := Trial{Settings: c.settings, State: c.state, Outcome: c.outcome}.Sign()
		if !strings.Contains(got, c.say) || (c.say == "") != (got == "") {
			t.Errorf("%s, %+v: %q, want %q", c.state, c.outcome, got, c.say)
		}
	}
}
