package worker

import (
	"context"
	"errors"
	"math"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// outcome is what a trial is worth whose run is at its end, with its ladder where the study wants one.
func (w *worker) outcome(ctx context.Context, t *sweep.Trial) (*sweep.Outcome, error) {
	run, err := runs.Read(t.Dir)
	if err != nil {
		return nil, err
	}
	o, err := sweep.OutcomeOf(run)
	if err != nil || t.Ladder == nil {
		return o, err
	}
	o.Rungs, err = w.ladder(ctx, t)
	return o, err
}

// ladder compresses the trial's network, or goes on with the ladder that is there. A network that has nothing to be
// removed has no rungs.
func (w *worker) ladder(ctx context.Context, t *sweep.Trial) (rungs []sweep.Rung, err error) {
	one := asTrial(t)
	lab, err := w.session.Lab(ctx, &one)
	if err != nil {
		return nil, err
	}
	job := compress.DefaultJob()
	job.Bounds.Drop, job.Settings.Examples, job.Models = t.Ladder.MaxDrop, t.Ladder.Examples, t.Ladder.Models
	job.Settings.Lazy, job.Latency.Batches = true, nil
	if t.Ladder.Latency {
		job.Latency.Batches = []int{1}
	}
	result, err := compress.Run(ctx, lab.Backend, t.Dir, lab.Task, job, compress.Options{Warn: lab.Options.Warn,
		Own: lab.Options.Own})
	if errors.Is(err, compress.ErrNothing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	of := map[int]compress.Rung{}
	for _, r := range result.Rungs {
		of[r.Step] = r
	}
	for _, m := range result.Models {
		r := sweep.Rung{Step: m.Step, Loss: of[m.Step].Validation.Loss, Accuracy: m.Validation,
			TotalRank: m.TotalRank(), MACs: m.MACs,
			Parameters: m.Parameters, TestAccuracy: m.Test.Accuracy}
		if math.IsNaN(m.Test.Accuracy) {
			r.Accuracy = math.NaN()
		}
		for _, l := range result.Latency {
			if l.Step == m.Step && l.Batch == 1 {
				r.LatencyMS = l.P50
			}
		}
		rungs = append(rungs, r)
	}
	return rungs, nil
}
