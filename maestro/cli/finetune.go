package cli

import (
	"context"
	"path/filepath"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

type finetuneCommand struct {
	dataFlags
	parallelFlags
	Dir      string   `arg:"" name:"run" help:"The run folder whose weights it starts from, such as RUN/ladder/012."`
	Epochs   int      `required:"" placeholder:"N" help:"Passes over the training split."`
	LR       *float64 `name:"lr" placeholder:"F" help:"Learning rate at the start; a tenth of the run's when it is not given."`
	Schedule string   `default:"cosine" help:"Of the learning rate: constant, multistep, cosine, or inverse-sqrt with a warmup that --set gives."`
	LambdaGL float64  `name:"lambda-gl" default:"0" placeholder:"F" help:"Weight of the group lasso."`
	Sampler  string   `placeholder:"NAME" help:"What a step trains: uniform, independent, fraction, or none for all weights in every step; the run's when it is not given."`
	Set      []string `sep:"none" placeholder:"KEY=VALUE" help:"Another setting by its name in config.yaml, such as batch=64; may be repeated."`
	To       string   `name:"run" placeholder:"DIR" help:"The run folder to make; the other's name with -finetuned when it is not given."`
}

func (f *finetuneCommand) Run(ctx context.Context, c console) error {
	config, err := runs.ReadConfig(f.Dir)
	if err != nil {
		return err
	}
	s := config.Settings
	s.Epochs, s.Schedule, s.Warmup, s.LambdaGL, s.LR = f.Epochs, f.Schedule, 0, f.LambdaGL, s.LR/10
	if f.Sampler != "" {
		s.Sampler = f.Sampler
	}
	if f.LR != nil {
		s.LR = *f.LR
	}
	if err := setAll(&s, f.Set); err != nil {
		return err
	}
	if err := c.tasks.check(s); err != nil {
		return err
	}
	to, err := f.to()
	if err != nil {
		return err
	}
	return withRun(ctx, c, s, images.DataOptions(config, f.DataDir, nil), f.parallelFlags,
		func(backend compute.Backend, t *task.Task, o train.Options) (*train.Run, error) {
			from, err := train.Open(backend, f.Dir, t, o)
			if err != nil {
				return nil, err
			}
			defer from.Close()
			return train.FineTune(backend, to, from, s, o)
		})
}

// to is the run folder to make. The one that is named by itself is beside the other, whichever way that was named.
func (f *finetuneCommand) to() (string, error) {
	if f.To != "" {
		return f.To, nil
	}
	dir := filepath.Clean(f.Dir)
	if last := filepath.Base(dir); last == "." || last == ".." {
		whole, err := filepath.Abs(dir)
		if err != nil {
			return "", err
		}
		dir = whole
	}
	return runs.Beside(dir, runs.FineTuned), nil
}
