package studies

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"gonum.org/v1/gonum/stat"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/table"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// RankDynamicsSettings sets the study of how ranks fall during training (poster figure 3): one run for every λ_gl and
// seed.
type RankDynamicsSettings struct {
	Train    runs.Settings // of every run, but for λ_gl and the seed
	LambdaGL []float64
	Seeds    []uint64
	Runs     string // the folder of the run folders
	DataDir  string // the data folder; "" as data.Options has it
}

// DefaultRankDynamics is LeNet on MNIST: 30 epochs at a learning rate that falls from 0.02 to zero along a cosine,
// six λ_gl, three seeds. Columns reach zero at a pace of learning rate times λ_gl, while λ_gl alone biases what is
// learnt; so a larger rate than the authors' constant 0.01 gives fewer ranks at the same accuracy. On two CPU cores a
// run takes about two minutes, all of them half an hour.
func DefaultRankDynamics() RankDynamicsSettings {
	s := runs.Defaults()
	s.Epochs, s.Schedule, s.LR = 30, "cosine", 0.02
	return RankDynamicsSettings{Train: s, LambdaGL: []float64{0, 1e-4, 5e-4, 1e-3, 1.2e-3, 2e-3},
		Seeds: []uint64{1, 2, 3}, Runs: filepath.Join("runs", "rank-dynamics")}
}

// Quick cuts the study down to what shows that it works: two λ_gl, one seed, two epochs, into folders of its own, and
// of MNIST the part that needs no download.
func (s RankDynamicsSettings) Quick() RankDynamicsSettings {
	if s.Train.Data == "mnist" {
		s.Train.Data, s.Train.Batch = "mnist-small", 32
	}
	s.Train.Epochs, s.LambdaGL, s.Seeds, s.Runs = 2, []float64{0, 5e-4}, []uint64{1}, s.Runs+"-quick"
	return s
}

// RunResult is one run of the study.
type RunResult struct {
	Dir         string
	LambdaGL    float64
	Seed        uint64
	History     []runs.Row
	Layers      []runs.LayerRank // at the end
	runs.Result                  // at the end, its parameters not counted
}

// Trials are the study's, λ_gl by λ_gl.
func (s RankDynamicsSettings) Trials() (trials []trial.Trial) {
	for _, lambda := range s.LambdaGL {
		for _, seed := range s.Seeds {
			settings := s.Train
			settings.LambdaGL, settings.Seed = lambda, seed
			trials = append(trials, trial.Trial{Dir: filepath.Join(s.Runs, runs.Seeded(runs.Lambda(lambda), seed)),
				Settings: settings})
		}
	}
	return trials
}

// Check returns an error that names the first setting that cannot be.
func (s RankDynamicsSettings) Check() error {
	if len(s.LambdaGL) == 0 || len(s.Seeds) == 0 {
		return errors.New("rank dynamics: name at least one lambda_gl and one seed")
	}
	if err := errors.Join(once("lambda_gl", s.LambdaGL), once("seeds", s.Seeds)); err != nil {
		return fmt.Errorf("rank dynamics: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	return nil
}

// Read opens the study's runs, which must be finished, λ_gl by λ_gl.
func (s RankDynamicsSettings) Read() (results []RunResult, err error) {
	for _, t := range s.Trials() {
		result, err := readTrial(t)
		if err != nil {
			return nil, fmt.Errorf("rank dynamics: %w", err)
		}
		results = append(results, result)
	}
	return results, nil
}

// RankDynamics trains the runs that are missing, goes on with those that were interrupted, opens the rest, and
// returns all of them, λ_gl by λ_gl. A run folder with other settings than those asked for is an error.
func RankDynamics(ctx context.Context, backend compute.Backend, s RankDynamicsSettings, o train.Options) ([]RunResult,
	error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := (trial.Here{Backend: backend, Options: o, DataDir: s.DataDir}).Run(ctx, s.Trials()); err != nil {
		return nil, fmt.Errorf("rank dynamics, %w", err)
	}
	return s.Read()
}

// readTrial reads a finished trial's run.
func readTrial(t trial.Trial) (r RunResult, err error) {
	r = RunResult{Dir: t.Dir, LambdaGL: t.Settings.LambdaGL, Seed: t.Settings.Seed}
	record, err := t.Read()
	if err != nil {
		return r, err
	}
	if r.Test, err = runs.ReadTest(t.Dir); err != nil {
		return r, err
	}
	r.History = record.History
	last := record.Last()
	for _, l := range record.Ranks {
		if l.Epoch == last.Epoch {
			r.Layers, r.Ranks = append(r.Layers, l), append(r.Ranks, l.Rank)
		}
	}
	r.Cost, r.Validation = lod.Cost{Weights: last.Weights, MACs: last.MACs}, last.ValidationAccuracy
	return r, nil
}

// TotalRanks is a run's total rank, Σᵢ rᵢ, over its epochs, from epoch 0, where every layer has its full rank, to the
// newest.
func TotalRanks(r *runs.Run) (epochs, ranks []float64) {
	_, full, _ := r.LayerRanks()
	start := 0
	for _, f := range full {
		start += f
	}
	if start > 0 {
		epochs, ranks = append(epochs, 0), append(ranks, float64(start))
	}
	for _, row := range r.History {
		epochs, ranks = append(epochs, float64(row.Epoch)), append(ranks, float64(row.TotalRank))
	}
	return epochs, ranks
}

// Summary is all seeds of one λ_gl together: means, and standard deviations over the seeds.
type Summary struct {
	LambdaGL              float64
	Seeds                 int
	Accuracy, AccuracyDev float64 // percent, on the test split
	Rank, RankDev         float64 // total rank
	Weights, WeightsDev   float64 // of the deployed network
	MACs, MACsDev         float64
	LowAccuracy           float64 // the lowest and highest over the seeds
	HighAccuracy          float64
}

// Summarise puts the seeds of each λ_gl together, in the order of the results.
func Summarise(results []RunResult) []Summary {
	var out []Summary
	for first := 0; first < len(results); {
		n := first
		for n < len(results) && results[n].LambdaGL == results[first].LambdaGL {
			n++
		}
		group := results[first:n]
		column := func(value func(RunResult) float64) (mean, deviation, low, high float64) {
			values := make([]float64, len(group))
			for i, r := range group {
				values[i] = value(r)
			}
			mean, deviation = meanDeviation(values)
			return mean, deviation, slices.Min(values), slices.Max(values)
		}
		s := Summary{LambdaGL: group[0].LambdaGL, Seeds: len(group)}
		s.Accuracy, s.AccuracyDev, s.LowAccuracy, s.HighAccuracy = column(
			func(r RunResult) float64 { return r.Test.Accuracy })
		s.Rank, s.RankDev, _, _ = column(
			func(r RunResult) float64 { return float64(r.History[len(r.History)-1].TotalRank) })
		s.Weights, s.WeightsDev, _, _ = column(func(r RunResult) float64 { return float64(r.Cost.Weights) })
		s.MACs, s.MACsDev, _, _ = column(func(r RunResult) float64 { return float64(r.Cost.MACs) })
		out = append(out, s)
		first = n
	}
	return out
}

// SummaryText is the summaries as a table, weights and MACs also in percent of the first's.
func SummaryText(all []Summary) table.Table {
	t := table.Table{Header: []string{"λ_gl", "accuracy (%)", "total rank", "weights (k)", "MACs (k)", "weights (%)",
		"MACs (%)"}}
	for _, s := range all {
		t.Rows = append(t.Rows, []table.Cell{table.Text(fmt.Sprint(s.LambdaGL)),
			table.Spread(s.Accuracy, s.AccuracyDev, 2),
			table.Spread(s.Rank, s.RankDev, 1), table.Spread(s.Weights/1e3, s.WeightsDev/1e3, 1),
			table.Spread(s.MACs/1e3, s.MACsDev/1e3, 1),
			table.Number(100*s.Weights/all[0].Weights, 1), table.Number(100*s.MACs/all[0].MACs, 1)})
	}
	return t
}

// Records opens the runs of results.
func Records(results []RunResult) (records []*runs.Run, err error) {
	for _, r := range results {
		record, err := runs.Read(r.Dir)
		if err != nil {
			return nil, err
		}
		records = append(records, record)
	}
	return records, nil
}

// meanDeviation is the mean and the standard deviation over a sample; of one value the deviation is 0.
func meanDeviation(values []float64) (mean, deviation float64) {
	if len(values) == 1 {
		return values[0], 0
	}
	return stat.MeanStdDev(values, nil)
}

// String is one line for a person to read in a column of them.
func (s Summary) String() string {
	if s.Seeds == 1 {
		return fmt.Sprintf("λ_gl %-6g  accuracy %5.2f %%   total rank %5.0f   weights %5.1f k   MACs %5.1f k   (one "+
			"seed)",
			s.LambdaGL, s.Accuracy, s.Rank, s.Weights/1e3, s.MACs/1e3)
	}
	return fmt.Sprintf("λ_gl %-6g  accuracy %5.2f ± %.2f %%   total rank %5.1f ± %3.1f   weights %5.1f ± %3.1f k   "+
		"MACs %5.1f ± %3.1f k   (%d seeds)",
		s.LambdaGL, s.Accuracy, s.AccuracyDev, s.Rank, s.RankDev, s.Weights/1e3, s.WeightsDev/1e3, s.MACs/1e3,
		s.MACsDev/1e3, s.Seeds)
}
