package sweep

import (
	"fmt"
	"math"
)

// fell is by how many points of accuracy a network has to be below its best to be said to have fallen.
const fell = 2

// Sign says what is wrong with how a finished or diverged trial trained, and which setting to turn; "" where nothing
// is. They are the signs by which the method fails (docs/method.md, Shrinking).
func (t Trial) Sign() string {
	s, o := t.Settings, t.Outcome
	if t.State == Diverged {
		return fmt.Sprintf("unstable: lower lr (%g), or lambda_gl (%g)", s.LR, s.LambdaGL)
	}
	if o == nil {
		return ""
	}
	switch {
	case s.LambdaGL > 0 && s.WholeFirst >= 0 && s.WholeLast >= 0 && o.FullRank > 0 && o.TotalRank == o.FullRank:
		return fmt.Sprintf("ranks never fell: raise lambda_gl (%g), eps_ps (%g) or epochs (%d)", s.LambdaGL, s.EpsPS,
			s.Epochs)
	case o.FullRank > 0 && o.TotalRank == 0:
		return fmt.Sprintf("no rank is left: lower lambda_gl (%g) or eps_ps (%g)", s.LambdaGL, s.EpsPS)
	case !math.IsNaN(o.Best) && o.Best-o.Accuracy > fell && o.TotalRank < o.BestRank:
		return fmt.Sprintf("accuracy fell from %.2f to %.2f %% as the total rank fell from %d to %d: lower "+
			"lambda_gl (%g)",
			o.Best, o.Accuracy, o.BestRank, o.TotalRank, s.LambdaGL)
	case !math.IsNaN(o.Best) && o.Best-o.Accuracy > fell:
		return fmt.Sprintf("unstable: accuracy fell from %.2f to %.2f %% at the same ranks: lower lr (%g)", o.Best,
			o.Accuracy, s.LR)
	}
	return ""
}
