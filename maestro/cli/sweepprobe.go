package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// probeSteps is how many steps of each shape of trial a probe takes.
const probeSteps = 5

// probed is what trials take at the most, with all of their ranks to the end.
type probed struct {
	trials int
	time   time.Duration // of the steps, one trial after another
	macs   float64       // multiply-adds of the forward passes
}

// probe takes a few steps of each shape of network and batch among the trials that are due.
func (s *sweepRunCommand) probe(ctx context.Context, c console, study sweep.Study, trials []sweep.Trial) (p probed,
	err error) {
	backend, bar, end, err := s.start(ctx, c)
	if err != nil {
		return p, err
	}
	defer end()
	here := hereFor(c, study.Settings, s.DataDir, bar, train.Options{}, backend)
	retry, known := s.retry(), map[runs.Settings]stepCost{}
	for _, t := range trials {
		if !retry.Due(t) {
			continue
		}
		shape := stepShape(t.Settings)
		one, ok := known[shape]
		if !ok {
			bar.report(fmt.Sprintf("timing %d steps of %s", probeSteps, t.Point), len(known), 0)
			if one, err = costOf(ctx, here, t); err != nil {
				return p, fmt.Errorf("%s: %w", t.Point, err)
			}
			known[shape] = one
		}
		steps := float64(t.Settings.Epochs * (one.examples / t.Settings.Batch))
		p.trials++
		p.time += time.Duration(steps * one.seconds * float64(time.Second))
		p.macs += steps * float64(t.Settings.Batch) * one.macs
	}
	return p, ctx.Err()
}

// stepShape is what a step's time depends on, of settings.
func stepShape(s runs.Settings) runs.Settings {
	return runs.Settings{ModelSettings: s.ModelSettings, DataSettings: s.DataSettings, TextSettings: s.TextSettings,
		OptimSettings:    runs.OptimSettings{Batch: s.Batch, Optimizer: s.Optimizer},
		SamplingSettings: s.SamplingSettings}
}

type stepCost struct {
	examples      int
	seconds, macs float64 // of a step; of an example
}

func costOf(ctx context.Context, here trial.Here, t sweep.Trial) (one stepCost, err error) {
	learnt, err := here.Load(ctx, t.Dir, t.Settings)
	if err != nil {
		return one, err
	}
	step, err := train.TimeStep(here.Backend, t.Settings, learnt, 1, probeSteps)
	if err != nil {
		return one, err
	}
	one = stepCost{examples: learnt.Data.Train.Len(), seconds: step.MedianMS / 1e3, macs: float64(step.MACs)}
	if t.Settings.FullPass {
		one.macs *= 2
	}
	return one, nil
}
