package studies

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// DeploymentSettings sets the study "train once, deploy everywhere" (docs/method.md, Ladder): ladders of models from
// single trainings, beside the truncated singular value decomposition of the non-factorised network, and separate
// trainings at each λ_gl.
type DeploymentSettings struct {
	// Separate are the trainings that the ladders are compared with; the ladders start from some of them.
	Separate RankDynamicsSettings
	// From are the λ_gl of the trainings that ladders are made of, each of the first seed; of the last there is
	// another with its ranks reordered (compress.Reordered).
	From []float64
	// Runs is the folder of the runs that belong to this study alone: the non-factorised one and its factorisation.
	Runs string
	// FineTune is for how many epochs each model of the last ladder in From is trained on, all weights in every step,
	// with a learning rate that falls from TuneLR to zero along a cosine; 0 is none.
	FineTune int
	TuneLR   float64
	Job      compress.Job // of every ladder; what is timed is timed by its Latency, everything in turns
}

// DefaultDeployment is LeNet on MNIST: ladders from the trainings of rank dynamics at λ_gl 0 and 1e-4, searched down
// to a quarter of the MACs. Beside those trainings it takes five minutes on two CPU cores.
func DefaultDeployment() DeploymentSettings {
	s := DeploymentSettings{Separate: DefaultRankDynamics(), From: []float64{0, 1e-4},
		Runs: filepath.Join("runs", "deployment"), FineTune: 3, TuneLR: 0.005, Job: compress.DefaultJob()}
	s.Job.Bounds.MACs, s.Job.Models = 0.25, 8
	return s
}

// ReducedDeployment is ResNet-18 on CIFAR-10 under the reduced protocol of Table 1 (ReducedProtocol): three λ_gl and
// one seed, ladders of the first two down to a quarter of the MACs by the lazy search, and times at batch 1, 8 and
// 64.
//
// Cost: four trainings of two and a half minutes each on two idle CPU cores, then three ladders. The protocol's own
// runs of the same settings may lie in the folders in place of trainings: its maestro-4e-4-seed1 as
// lambda0.0004-seed1 in Separate.Runs, its non-factorised-seed1 as full-seed1 in Runs.
func ReducedDeployment() DeploymentSettings {
	dir := filepath.Join("runs", "deployment-reduced")
	p := ReducedProtocol()
	s := DeploymentSettings{From: []float64{0, 4e-4}, Runs: dir, FineTune: p.FineTune, TuneLR: p.TuneLR,
		Job: compress.DefaultJob(), Separate: RankDynamicsSettings{
			Train: p.Settings, LambdaGL: []float64{0, 4e-4, 1e-3}, Seeds: []uint64{1},
			Runs: filepath.Join(dir, "separate")}}
	s.Job.Bounds.MACs, s.Job.Models, s.Job.Settings.Lazy = 0.25, 8, true
	s.Job.Settings.Examples = 1000 // there are 2,000
	return s
}

// Quick cuts the study down to what shows that it works, into folders of its own.
func (s DeploymentSettings) Quick() DeploymentSettings {
	s.Separate, s.Runs, s.From, s.FineTune = s.Separate.Quick(), s.Runs+"-quick", []float64{0}, min(s.FineTune, 1)
	s.Job.Bounds, s.Job.Models = compress.Bounds{MACs: 0.6}, 3
	s.Job.Settings.Examples, s.Job.Settings.Shares = 500, []float64{0.2, 0.5}
	s.Job.Latency.Batches, s.Job.Latency.Rounds = []int{1}, 2
	return s
}

// DeploymentResult is what the study measured.
type DeploymentResult struct {
	Ladders  []DeploymentLadder // of the trainings in From, and of the non-factorised network's factors
	Separate []RunResult
	Models   []DeployedModel
	Batches  []int
}

// DeploymentLadder is a whole ladder.
type DeploymentLadder struct {
	Label string
	Dir   string // of the run that it was made of
	Rungs []compress.Rung
}

// DeployedModel is one network that was measured on the test split and timed.
type DeployedModel struct {
	Label    string  // of its ladder or method; the first of all is the non-factorised network
	Tuned    bool    // trained on after it was cut; its times are those of the model that was cut
	Trained  bool    // by itself, in place of being cut out of another
	LambdaGL float64 // of a separate training
	Form     compress.Form
	runs.Result
	Times []compress.Time // one for each batch size; none for the seeds after the first
}

// Deployment trains the runs that are missing, makes the ladders that are, and opens the rest.
func Deployment(ctx context.Context, backend compute.Backend, s DeploymentSettings, o train.Options,
	c compress.Options) (*DeploymentResult, error) {
	if len(s.From) == 0 {
		return nil, errors.New("deployment: name at least one lambda_gl to make a ladder of")
	}
	r := &DeploymentResult{}
	var err error
	if r.Separate, err = RankDynamics(ctx, backend, s.Separate, o); err != nil {
		return nil, err
	}
	base := s.Separate.Train
	base.Seed = s.Separate.Seeds[0]
	options := images.DataOptions(runs.Config{Settings: base}, s.Separate.DataDir, nil)
	options.Remembered, options.Warn = runs.Remembered(r.Separate[0].Dir, base.Data), o.Warn
	t, err := images.Load(ctx, base, options)
	if err != nil {
		return nil, err
	}
	add := func(label, dir string, reorder bool) error {
		job := s.Job
		job.Latency.Batches, job.Reorder = nil, reorder
		result, err := compress.Run(ctx, backend, dir, t, job, c)
		if err != nil {
			return fmt.Errorf("deployment, %s: %w", label, err)
		}
		dir = result.Dir
		r.Ladders = append(r.Ladders, DeploymentLadder{Label: label, Dir: dir, Rungs: result.Rungs})
		for _, m := range result.Models {
			r.Models = append(r.Models, DeployedModel{Label: label, Form: compress.Form{Dir: filepath.Join(dir, m.Dir)},
				Result: m.Result})
		}
		return nil
	}
	svd, err := s.factorised(ctx, backend, base, t, r, o)
	if err != nil {
		return nil, err
	}
	defer svd.Close()
	var label, from string // of the last ladder
	for _, lambda := range s.From {
		i := slices.IndexFunc(r.Separate, func(run RunResult) bool {
			return run.LambdaGL == lambda &&
				run.Seed == base.Seed
		})
		if i < 0 {
			return nil,
				fmt.Errorf("deployment: no separate training has lambda_gl %g: add it to them, or make no ladder of it",
					lambda)
		}
		label, from = fmt.Sprintf("ladder, λ_gl = %g", lambda), r.Separate[i].Dir
		if err := add(label, from, false); err != nil {
			return nil, err
		}
	}
	if err := s.tuned(ctx, backend, t, r, label, o); err != nil {
		return nil, err
	}
	if err := add(label+", reordered", from, true); err != nil {
		return nil, err
	}
	if err := add("SVD, greedy", svd.Dir, false); err != nil {
		return nil, err
	}
	if err := s.truncated(ctx, svd, r); err != nil {
		return nil, err
	}
	whole := r.Models[0].Size
	for _, run := range r.Separate {
		run.Parameters = run.Weights + whole.Parameters - whole.Weights
		r.Models = append(r.Models, DeployedModel{Label: "trained apart", Trained: true, LambdaGL: run.LambdaGL,
			Form: compress.Form{Dir: run.Dir}, Result: run.Result})
	}
	return r, s.time(ctx, svd, r, c)
}

// tuned adds the models of a ladder, each trained on in a folder of its own.
func (s DeploymentSettings) tuned(ctx context.Context, backend compute.Backend, t *task.Task, r *DeploymentResult,
	label string, o train.Options) error {
	if s.FineTune == 0 {
		return nil
	}
	for _, m := range slices.Clone(r.Models) {
		if m.Label != label {
			continue
		}
		from, err := train.Open(backend, m.Form.Dir, t, o)
		if err != nil {
			return err
		}
		now := from.Settings
		now.Epochs, now.LR, now.Schedule, now.Warmup, now.LambdaGL, now.Sampler, now.FullPass = s.FineTune, s.TuneLR,
			"cosine", 0, 0, string(lod.SampleNone), false
		dir := runs.Beside(m.Form.Dir, runs.FineTuned)
		tuned, err := train.FineTune(backend, dir, from, now, o)
		from.Close()
		if err != nil {
			return err
		}
		err = tuned.Train(ctx)
		m.Label, m.Tuned, m.Form.Dir = label+", trained on", true, dir
		if err == nil {
			m.Size, m.Ranks = compress.SizeOf(tuned.Network), tuned.Network.Ranks()
			m.Test, err = tuned.TestOnce()
		}
		if err == nil {
			var record *runs.Run
			if record, err = runs.Read(dir); err == nil {
				m.Validation = record.Last().ValidationAccuracy
			}
		}
		tuned.Close()
		if err != nil {
			return err
		}
		r.Models = append(r.Models, m)
	}
	return nil
}

// truncated adds the non-factorised network with the same share of the ranks in every layer, at the sizes of the
// first ladder's models.
func (s DeploymentSettings) truncated(ctx context.Context, svd *train.Run, r *DeploymentResult) error {
	var sizes []float64
	for _, m := range r.Models {
		if m.Label == r.Ladders[0].Label {
			sizes = append(sizes, float64(m.Size.MACs))
		}
	}
	all, err := compress.Truncate(ctx, svd, compress.MACs, sizes)
	for _, t := range all {
		r.Models = append(r.Models, DeployedModel{Label: "SVD, same shares",
			Form: compress.Form{Dir: svd.Dir, Ranks: t.Ranks}, Result: t.Result})
	}
	return err
}

// factorised trains the non-factorised network, the first of the models, and factorises it.
func (s DeploymentSettings) factorised(ctx context.Context, backend compute.Backend, base runs.Settings, t *task.Task,
	r *DeploymentResult, o train.Options) (*train.Run, error) {
	dir := filepath.Join(s.Runs, runs.Seeded("full", base.Seed))
	base.LambdaGL = 0
	whole := trial.Trial{Dir: dir, Settings: base, Method: baselines.Whole{}}
	if err := (trial.Here{Backend: backend, Options: o, DataDir: s.Separate.DataDir}).Run(ctx,
		[]trial.Trial{whole}); err != nil {
		return nil, fmt.Errorf("deployment, the non-factorised network: %w", err)
	}
	result, err := readTrial(whole)
	if err != nil {
		return nil, err
	}
	full, err := train.Open(backend, dir, t, o)
	if err != nil {
		return nil, err
	}
	defer full.Close()
	result.Size = compress.SizeOf(full.Network)
	r.Models = append(r.Models, DeployedModel{Label: "non-factorised", Trained: true, Form: compress.Form{Dir: dir},
		Result: result.Result})
	factors := runs.Beside(dir, runs.Factors)
	if runs.Exists(factors) {
		if err := train.GoesOnFrom(factors, full); err != nil {
			return nil, err
		}
		return full.Sibling(factors)
	}
	return compress.Factorised(full, factors)
}
