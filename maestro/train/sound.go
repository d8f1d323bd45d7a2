package train

import (
	"errors"
	"fmt"
	"strings"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// absurdLoss is far above any a network starts with, ln(classes) and the lasso: training that reaches it has diverged,
// though it may be long before the numbers overflow.
const absurdLoss = 1e6

// ErrDiverged is that of a training whose loss or weights are no numbers any more, or absurdly large.
var ErrDiverged = errors.New("training diverged")

// diverged is the error of training that came to nothing with the step that was just taken. No checkpoint is made of
// it.
func (r *Run) diverged(what string) error {
	return fmt.Errorf("%w: %s at step %d of epoch %d; lower lr (now %g) or lambda_gl (%g). The last good checkpoint "+
		"is %s",
		ErrDiverged, what, r.state.MidEpoch.Steps, r.state.Epoch+1, r.Settings.LR, r.Settings.LambdaGL,
		r.lastCheckpoint())
}

// lastCheckpoint is the folder of the newest one.
func (r *Run) lastCheckpoint() string {
	if list, err := runs.Checkpoints(r.Dir, runs.Anywhere); err == nil && len(list) > 0 {
		return list[0]
	}
	return runs.CheckpointDir(r.Dir, r.state.Epoch, 0)
}

// warnOfNoRank tells of layers that have lost their last rank: what comes after them no longer depends on the input.
func (r *Run) warnOfNoRank(before []int) {
	var lost []string
	left := false
	for i, l := range r.Network.Layers {
		if l.Rank == 0 && before[i] > 0 {
			lost = append(lost, l.Name)
		}
		left = left || l.Rank > 0
	}
	cause := fmt.Sprintf("lambda_gl (%g) or eps_ps (%g) may be too large", r.Settings.LambdaGL, r.Settings.EpsPS)
	switch {
	case len(lost) == 0:
	case !left:
		r.options.warn(fmt.Sprintf("no layer has a rank left after epoch %d: the network gives the same for every "+
			"input; %s", r.state.Epoch+1, cause))
	default:
		r.options.warn(fmt.Sprintf("no rank is left after epoch %d of %s: nothing of the input goes through there; %s",
			r.state.Epoch+1, strings.Join(lost, ", "), cause))
	}
}
