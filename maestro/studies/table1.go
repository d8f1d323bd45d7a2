package studies

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/compress/baselines"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Table1Row is one variant over its seeds.
type Table1Row struct {
	Variant Variant
	Runs    []Table1Run
}

// Table1Run is one run of a variant, as its folder tells.
type Table1Run struct {
	Dir  string
	Seed uint64
	runs.Result
	TrainingMACs float64 // of the forward passes of all steps
}

// Table1 trains the runs of a protocol that are missing, goes on with those that were interrupted, opens the rest, and
// returns a row for every variant. progress is told the name of a run when its turn comes.
func Table1(ctx context.Context, backend compute.Backend, p Protocol, o train.Options, progress cache.Progress) ([]Table1Row, error) {
	if len(p.Variants) == 0 || len(p.Seeds) == 0 {
		return nil, errors.New("table 1: name at least one variant and one seed")
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	var release func()
	defer func() {
		if release != nil {
			release()
		}
	}()
	hold := func() (err error) { // from the first run that is not finished on: a table that is only read changes nothing
		if release != nil {
			return nil
		}
		if err := os.MkdirAll(p.Runs, 0o755); err != nil {
			return err
		}
		release, err = train.Hold(p.Runs, "making Table 1", o)
		return err
	}
	rows := make([]Table1Row, len(p.Variants))
	for i, v := range p.Variants {
		rows[i] = Table1Row{Variant: v, Runs: make([]Table1Run, len(p.Seeds))}
	}
	done := 0
	for k, seed := range p.Seeds { // a seed at a time, so that a table cut short compares like with like
		lab := &seedLab{protocol: p, seed: seed, backend: backend, options: o, hold: hold}
		for i, v := range p.Variants {
			dir := p.dir(v, seed)
			progress.Tell(filepath.Base(dir), done, len(p.Seeds)*len(p.Variants))
			run, err := lab.result(ctx, v, dir)
			if err != nil {
				return nil, fmt.Errorf("table 1, %s, seed %d: %w", v.Name, seed, err)
			}
			rows[i].Runs[k] = run
			done++
		}
	}
	return rows, nil
}

func (p Protocol) dir(v Variant, seed uint64) string {
	return filepath.Join(p.Runs, runs.Seeded(v.Name, seed))
}

// seedLab trains the variants of one seed; the data is loaded when the first of them needs it.
type seedLab struct {
	protocol Protocol
	seed     uint64
	backend  compute.Backend
	options  train.Options
	task     *task.Task
	hold     func() error // keeps other processes from the folder of runs
}

func (l *seedLab) lab(ctx context.Context) (_ baselines.Lab, err error) {
	if l.task == nil {
		s := l.protocol.Settings
		s.Seed = l.seed
		options := images.DataOptions(runs.Config{Settings: s}, l.protocol.DataDir, nil)
		options.Remembered, options.Warn = runs.Remembered(filepath.Join(l.protocol.Runs, "new"), s.Data), l.options.Warn
		if l.task, err = images.Load(ctx, s, options); err != nil {
			return baselines.Lab{}, err
		}
	}
	return baselines.Lab{Backend: l.backend, Task: l.task, Options: l.options}, nil
}

// result opens a finished run, or trains it.
func (l *seedLab) result(ctx context.Context, v Variant, dir string) (Table1Run, error) {
	result, err := readTable1Run(dir, l.seed)
	if err != nil {
		if err := l.hold(); err != nil {
			return result, err
		}
		result, err = readTable1Run(dir, l.seed) // another process may have finished it
	}
	if err == nil {
		err = l.sameSettings(v, dir)
	} else {
		result, err = l.measured(ctx, v, dir)
	}
	if err != nil || v.Method != SVDFineTuned {
		return result, err
	}
	// Its table begins with the fine-tuning; what came before is the other run's.
	whole, err := runs.Read(l.protocol.dir(Variant{Name: string(NonFactorised)}, l.seed))
	if err != nil {
		return result, err
	}
	result.TrainingMACs += whole.TrainingMACs()
	return result, nil
}

func (l *seedLab) measured(ctx context.Context, v Variant, dir string) (Table1Run, error) {
	run, err := l.train(ctx, v, dir)
	if err != nil {
		return Table1Run{}, err
	}
	defer run.Close()
	if _, err := run.TestOnce(); err != nil {
		return Table1Run{}, err
	}
	return readTable1Run(dir, l.seed)
}

// sameSettings refuses a finished run of other settings than the variant's, of training or of its method.
func (l *seedLab) sameSettings(v Variant, dir string) error {
	config, err := runs.ReadConfig(dir)
	if err != nil {
		return err
	}
	p, now := l.protocol, l.protocol.settings(v, l.seed)
	switch v.Method {
	case Pufferfish:
		err = p.pufferfish(v, now).Made(dir)
	case Cuttlefish:
		now.FrobeniusDecay = config.Settings.FrobeniusDecay // which the method sets
		err = p.cuttlefish(now).Made(dir)
	case SVDTruncated, SVDFineTuned:
		now = p.svd(v).Settings(now)
		err = p.svd(v).Made(dir)
	}
	if err == nil && !now.Same(config.Settings) {
		err = fmt.Errorf("%s holds a run with other settings: name another folder of runs, or remove it", dir)
	}
	return err
}

// train runs a variant's method and returns the run at its end.
func (l *seedLab) train(ctx context.Context, v Variant, dir string) (*train.Run, error) {
	lab, err := l.lab(ctx)
	if err != nil {
		return nil, err
	}
	p, s := l.protocol, l.protocol.settings(v, l.seed)
	switch v.Method {
	case Pufferfish:
		return p.pufferfish(v, s).Train(ctx, dir, lab)
	case Cuttlefish:
		return p.cuttlefish(s).Train(ctx, dir, lab)
	case SVDTruncated, SVDFineTuned:
		whole, err := trainedRun(ctx, lab, p.dir(Variant{Name: string(NonFactorised)}, l.seed), s)
		if err != nil {
			return nil, err
		}
		defer whole.Close()
		return p.svd(v).Train(ctx, dir, whole, lab)
	case NonFactorised, Maestro:
		return trainedRun(ctx, lab, dir, s)
	}
	return nil, fmt.Errorf("unknown method %q", v.Method)
}

func trainedRun(ctx context.Context, lab baselines.Lab, dir string, s runs.Settings) (*train.Run, error) {
	run, err := train.NewOrResume(lab.Backend, dir, s, lab.Task, lab.Options)
	if err != nil {
		return nil, err
	}
	if err := run.Train(ctx); err != nil {
		run.Close()
		return nil, err
	}
	return run, nil
}

// readTable1Run reads a finished run's folder.
func readTable1Run(dir string, seed uint64) (Table1Run, error) {
	r := Table1Run{Dir: dir, Seed: seed}
	record, err := runs.Read(dir)
	if err != nil {
		return r, err
	}
	if !record.Done() {
		return r, fmt.Errorf("%s is not trained to its end", dir)
	}
	r.Result, err = record.Result()
	r.TrainingMACs = record.TrainingMACs()
	return r, err
}
