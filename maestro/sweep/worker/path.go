package worker

import (
	"context"
	"fmt"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// asTrial is a study's trial as trainings know them.
func asTrial(t *sweep.Trial) trial.Trial {
	one := trial.Trial{Dir: t.Dir, Settings: t.Settings}
	if t.From != nil {
		one.Method = warm{}
		one.From = &trial.Trial{Dir: t.From.Dir, Settings: t.From.Settings, Method: trained{}}
	}
	return one
}

// warm is training that begins with the weights of another run, as a step of a λ path does. Its optimizer starts anew.
type warm struct{ trial.Sampling }

func (warm) Train(ctx context.Context, dir string, s runs.Settings, from *train.Run, lab trial.Lab) (*train.Run,
	error) {
	run, err := train.FineTune(lab.Backend, dir, from, s, lab.Options)
	if err != nil {
		return nil, err
	}
	return trial.ToEnd(ctx, run)
}

// Made is an error where the run began with weights that were drawn.
func (warm) Made(dir string) error {
	config, err := runs.ReadConfig(dir)
	if err == nil && config.From.Run == "" {
		err = fmt.Errorf("%s holds a run of its own, no step of a path: remove it, or name another folder", dir)
	}
	return err
}

// trained is a run that has been trained to its end.
type trained struct{ trial.Sampling }

func (trained) Train(_ context.Context, dir string, _ runs.Settings, _ *train.Run, lab trial.Lab) (*train.Run, error) {
	return train.Open(lab.Backend, dir, lab.Task, lab.Options)
}
