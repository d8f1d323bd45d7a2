package studies

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
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

// Trials are the protocol's, seed by seed, so that a table cut short compares like with like; in each the variants in
// order.
func (p Protocol) Trials() (trials []trial.Trial) {
	for _, seed := range p.Seeds {
		whole := p.trial(Variant{Name: string(NonFactorised), Method: NonFactorised}, seed)
		for _, v := range p.Variants {
			t := p.trial(v, seed)
			if v.Method == SVDTruncated || v.Method == SVDFineTuned {
				t.Settings, t.From = whole.Method.Settings(whole.Settings), &whole
			}
			trials = append(trials, t)
		}
	}
	return trials
}

// Read opens the protocol's runs, which must be finished: a row for every variant.
func (p Protocol) Read() ([]Table1Row, error) {
	rows := make([]Table1Row, len(p.Variants))
	for i, t := range p.Trials() {
		row := &rows[i%len(p.Variants)]
		row.Variant = p.Variants[i%len(p.Variants)]
		run, err := readTable1Run(t)
		if err != nil {
			return nil, fmt.Errorf("table 1, %s, seed %d: %w", row.Variant.Name, t.Settings.Seed, err)
		}
		row.Runs = append(row.Runs, run)
	}
	return rows, nil
}

// Table1 trains the runs of a protocol that are missing, goes on with those that were interrupted, opens the rest, and
// returns a row for every variant. progress is told the name of a run when its turn comes.
func Table1(ctx context.Context, backend compute.Backend, p Protocol, o train.Options,
	progress cache.Progress) ([]Table1Row, error) {
	if len(p.Variants) == 0 || len(p.Seeds) == 0 {
		return nil, errors.New("table 1: name at least one variant and one seed")
	}
	if err := p.Check(); err != nil {
		return nil, err
	}
	here := trial.Here{Backend: backend, Options: o, DataDir: p.DataDir, Hold: p.Runs, Doing: "making Table 1",
		Progress: progress}
	if err := here.Run(ctx, p.Trials()); err != nil {
		return nil, fmt.Errorf("table 1, %w", err)
	}
	return p.Read()
}

// trial is a variant's for one seed.
func (p Protocol) trial(v Variant, seed uint64) trial.Trial {
	s := p.Settings
	s.Seed = seed
	if v.Method == Maestro {
		s.LambdaGL, s.FullPass, s.ShrinkAtEnd = v.LambdaGL, v.FullPass, v.NoShrink
	}
	return trial.Trial{Dir: filepath.Join(p.Runs, runs.Seeded(v.Name, seed)), Settings: s, Method: p.method(v)}
}

// readTable1Run reads a finished trial's run.
func readTable1Run(t trial.Trial) (Table1Run, error) {
	r := Table1Run{Dir: t.Dir, Seed: t.Settings.Seed}
	record, err := t.Read()
	if err != nil {
		return r, err
	}
	if r.Result, err = record.Result(); err != nil {
		return r, err
	}
	r.TrainingMACs, err = t.TrainingMACs(record)
	return r, err
}
