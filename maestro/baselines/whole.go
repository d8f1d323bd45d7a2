package baselines

import (
	"context"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Whole is the non-factorised network: every layer is one matrix, and all of it is trained in every step.
type Whole struct{ trial.Sampling }

// Settings are those of the run.
func (Whole) Settings(s runs.Settings) runs.Settings { return whole(s) }

// Train trains in a run folder, or goes on with what is there, and returns the run at its end.
func (w Whole) Train(ctx context.Context, dir string, s runs.Settings, from *train.Run, lab trial.Lab) (*train.Run,
	error) {
	return w.Sampling.Train(ctx, dir, w.Settings(s), from, lab)
}

// whole are settings of a network that starts whole; which layers are factors later is in the checkpoints.
func whole(s runs.Settings) runs.Settings {
	s.WholeFirst, s.WholeLast, s.Sampler, s.LambdaGL, s.FullPass = -1, 0, string(lod.SampleNone), 0, false
	return s
}
