package train_test

import (
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/train/optimizer"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/rows"
	"github.com/maestro-lod/notebook/maestro/train"
)

// curve is a table of rows a, b, c and y = 100 + 20·sin(a + b), of which c says nothing.
func curve(t *testing.T, n int) *rows.Table {
	t.Helper()
	path := filepath.Join(t.TempDir(), "curve.csv")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, rng := csv.NewWriter(f), rand.New(rand.NewPCG(1, 2))
	all := [][]string{{"a", "b", "c", "y"}}
	for range n {
		a, b := 4*rng.Float64()-2, rng.Float64()
		all = append(all, []string{fmt.Sprint(a), fmt.Sprint(b), fmt.Sprint(1000 * rng.Float64()),
			fmt.Sprint(100 + 20*math.Sin(a+b))})
	}
	if err := w.WriteAll(all); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	table, err := rows.ReadCSV(path)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// regression learns y of curve by two hidden layers.
func regression(t *testing.T) *task.Task {
	t.Helper()
	it, err := curve(t, 600).Regress("two-layers", models.MLP(1, 12, 12), rows.Options{Target: "y", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// plain are the settings of a short run of it.
func plain() runs.Settings {
	s := runs.Defaults()
	s.Epochs, s.Batch, s.LR, s.LambdaGL, s.EpsPS, s.RecompileSteps = 6, 32, 0.05, 3e-3, 0.1, 0
	return s
}

// TestRegression: a task without classes trains, is told by metrics of its own, is resumed bit for bit, and is
// compressed by a bound on its loss.
func TestRegression(t *testing.T) {
	t.Parallel()
	backend, it, s, dir := testkit.Backend(t), regression(t), plain(), t.TempDir()
	whole, err := train.New(backend, filepath.Join(dir, "whole"), s, it, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := finish(t, whole)
	cut, err := train.New(backend, filepath.Join(dir, "cut"), s, it, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := cut.TrainTo(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	cut.Close()
	again, err := train.Resume(backend, filepath.Join(dir, "cut"), regression(t), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, finish(t, again))

	record, err := runs.Read(filepath.Join(dir, "whole"))
	if err != nil {
		t.Fatal(err)
	}
	first, last := record.History[0], record.Last()
	if !math.IsNaN(last.ValidationAccuracy) || !(last.ValidationLoss < first.ValidationLoss/2) {
		t.Errorf("first epoch %+v, last %+v", first, last)
	}
	if record.Config.Settings.Model != "two-layers" || record.Config.Settings.Data != "curve" {
		t.Errorf("config.yaml says %+v", record.Config.Settings)
	}
	metrics, err := runs.ReadMetrics(record.Dir)
	if err != nil || len(metrics) != 2*s.Epochs {
		t.Fatalf("metrics %v (%v)", metrics, err)
	}
	rmse, r2 := metrics[len(metrics)-2], metrics[len(metrics)-1]
	// The loss is the squared error over the target's variance.
	deviation := rmse.Value / math.Sqrt(last.ValidationLoss)
	if rmse.Name != "rmse" || !(math.Abs(deviation-13) < 2) || r2.Name != "r2" ||
		!(math.Abs(r2.Value-(1-last.ValidationLoss)) < 1e-4) {
		t.Errorf("metrics %+v and %+v at a loss of %g", rmse, r2, last.ValidationLoss)
	}

	job := compress.DefaultJob()
	job.Settings.Examples, job.Models, job.Latency.Batches, job.Latency.Rounds = 200, 2, []int{1}, 1
	job.Bounds.Rise = 0.5
	result, err := compress.Run(t.Context(), backend, record.Dir, it, job, compress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	bound := 1.5 * result.Rungs[0].Validation.Loss
	for _, r := range result.Rungs {
		if !(r.Validation.Loss <= bound) {
			t.Errorf("step %d has a loss of %g, above %g", r.Step, r.Validation.Loss, bound)
		}
	}
	if len(result.Rungs) < 2 || len(result.Models) < 2 || len(result.Latency) != len(result.Models) {
		t.Errorf("%d rungs, %d models, %d times", len(result.Rungs), len(result.Models), len(result.Latency))
	}
	job.Bounds = compress.Bounds{Drop: 1}
	if _, err := compress.Run(t.Context(), backend, record.Dir, it, job, compress.Options{}); err == nil ||
		!strings.Contains(err.Error(), "use max_rise") {
		t.Errorf("a bound on the accuracy that there is not: %v", err)
	}
}

// halving is a schedule: half the learning rate from the middle on.
type halving struct{}

func (halving) Rate(lr float64, step, steps int) float64 {
	if 2*step >= steps {
		return lr / 2
	}
	return lr
}

// steepest is an optimizer: the gradient times the learning rate, as SGD without momentum has it.
type steepest struct{}

func (steepest) Numbers() []float64 { return nil }

func (steepest) Update(u train.Update) {
	for i, gradient := range u.Gradients() {
		w := u.Weights[i].NodeValue(u.Graph)
		u.Weights[i].SetNodeValue(Sub(w, Mul(u.Rate, gradient)))
	}
}

// TestOwnValues: a sampler, an optimizer and a schedule of one's own train as the named ones that they equal, also
// where the run is resumed; a run of theirs is not opened without them.
func TestOwnValues(t *testing.T) {
	t.Parallel()
	backend, dir, s := testkit.Backend(t), t.TempDir(), plain()
	s.Epochs, s.Optimizer, s.Momentum = 4, "sgd", 0
	named, err := train.New(backend, filepath.Join(dir, "named"), s, regression(t), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := finish(t, named)
	own := train.Own{
		Sampler: func(layers []lod.Layer, seed uint64) (lod.Sampler, error) {
			return lod.NewSampler(lod.SampleUniform, layers, seed)
		},
		Optimizer: steepest{}, Schedule: train.Constant{},
	}
	s.Sampler, s.Optimizer, s.Schedule = "mine", "steepest", "flat"
	run := filepath.Join(dir, "own")
	if _, err := train.New(backend, run, s, regression(t), train.Options{}); err == nil ||
		!strings.Contains(err.Error(), `unknown optimizer "steepest"`) {
		t.Errorf("values that nobody gave: %v", err)
	}
	mine, err := train.New(backend, run, s, regression(t), train.Options{Own: own})
	if err != nil {
		t.Fatal(err)
	}
	if err := mine.TrainTo(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	mine.Close()
	if _, err := train.Resume(backend, run, regression(t), train.Options{}); err == nil ||
		!strings.Contains(err.Error(), `unknown optimizer "steepest"`) {
		t.Errorf("a run resumed without its values: %v", err)
	}
	again, err := train.Resume(backend, run, regression(t), train.Options{Own: own})
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, finish(t, again))

	s.Sampler, s.Optimizer, s.Schedule = "uniform", "sgd", "half"
	own = train.Own{Schedule: halving{}}
	s.Sampler = "none"
	if _, err := train.New(backend, filepath.Join(dir, "same"), s, regression(t),
		train.Options{Own: train.Own{Schedule: halving{}, Optimizer: steepest{}}}); err == nil ||
		!strings.Contains(err.Error(), `optimizer is "sgd", but the options have one of their own`) {
		t.Errorf("a known name for a value of one's own: %v", err)
	}
	half, err := train.New(backend, filepath.Join(dir, "half"), s, regression(t), train.Options{Own: own})
	if err != nil {
		t.Fatal(err)
	}
	s.Schedule = "constant"
	flat, err := train.New(backend, filepath.Join(dir, "flat"), s, regression(t), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, b := finish(t, half), finish(t, flat)
	if fmt.Sprint(a["model/fc1/bias"]) == fmt.Sprint(b["model/fc1/bias"]) {
		t.Error("half the learning rate changed nothing")
	}
}

// TestGoMLXOptimizers: GoMLX's Adam trains as ours does, is cut with the factors, and goes on from a checkpoint bit
// for bit.
func TestGoMLXOptimizers(t *testing.T) {
	t.Parallel()
	backend, dir, s := testkit.Backend(t), t.TempDir(), plain()
	s.Optimizer, s.LR, s.Schedule, s.Epochs = "adamw", 0.01, "cosine", 3
	ours, err := train.New(backend, filepath.Join(dir, "ours"), s, regression(t), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, ours)
	s.Optimizer = "gomlx-adam"
	options := func() train.Options {
		return train.Options{Own: train.Own{Optimizer: train.GoMLX(optimizer.Adam().Epsilon(1e-8).Done())}}
	}
	theirs, err := train.New(backend, filepath.Join(dir, "theirs"), s, regression(t), options())
	if err != nil {
		t.Fatal(err)
	}
	want := finish(t, theirs)
	halfway, err := train.New(backend, filepath.Join(dir, "halfway"), s, regression(t), options())
	if err != nil {
		t.Fatal(err)
	}
	if err := halfway.TrainTo(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	halfway.Close()
	again, err := train.Resume(backend, filepath.Join(dir, "halfway"), regression(t), options())
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, finish(t, again))
	a, err := runs.Read(filepath.Join(dir, "ours"))
	if err != nil {
		t.Fatal(err)
	}
	b, err := runs.Read(filepath.Join(dir, "theirs"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range a.History {
		if x, y := a.History[i], b.History[i]; !(math.Abs(x.Loss-y.Loss) < 1e-3*x.Loss) || x.TotalRank != y.TotalRank {
			t.Errorf("epoch %d: a loss of %g at rank %d, by GoMLX %g at %d", i+1, x.Loss, x.TotalRank, y.Loss,
				y.TotalRank)
		}
	}
	if full := a.Ranks[0].Full + a.Ranks[1].Full + a.Ranks[2].Full; b.Last().TotalRank >= full {
		t.Error("no rank fell: nothing was cut")
	}
}

// TestSamplersResume: a run whose sampler learns the norms of the columns, or counts its draws, is trained while
// ranks are cut, and goes on from a checkpoint bit for bit.
func TestSamplersResume(t *testing.T) {
	t.Parallel()
	backend := testkit.Backend(t)
	for _, name := range []lod.SamplerKind{lod.SampleImportance, lod.SampleAnnealed} {
		t.Run(string(name), func(t *testing.T) {
			dir, s := t.TempDir(), plain()
			s.Sampler, s.Epochs = string(name), 4
			whole, err := train.New(backend, filepath.Join(dir, "whole"), s, regression(t), train.Options{})
			if err != nil {
				t.Fatal(err)
			}
			want := finish(t, whole)
			halfway, err := train.New(backend, filepath.Join(dir, "halfway"), s, regression(t), train.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if err := halfway.TrainTo(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			halfway.Close()
			again, err := train.Resume(backend, filepath.Join(dir, "halfway"), regression(t), train.Options{})
			if err != nil {
				t.Fatal(err)
			}
			same(t, want, finish(t, again))
			run, err := runs.Read(filepath.Join(dir, "whole"))
			if err != nil {
				t.Fatal(err)
			}
			if first, last := run.History[0].TotalRank, run.Last().TotalRank; last >= first {
				t.Errorf("total rank %d after the first epoch and %d after the last: nothing was cut", first, last)
			}
		})
	}
}

// TestSeveralInputs: a network of two inputs, one of them whole numbers in a sequence, learns labels that do not
// exclude each other, and metrics and losses are those of the definition.
func TestSeveralInputs(t *testing.T) {
	t.Parallel()
	const n, length, words = 256, 5, 7
	rng := rand.New(rand.NewPCG(5, 6))
	tokens, numbers, labels := make([]int32, n*length), make([]float32, n), make([]uint8, 2*n)
	for i := range n {
		numbers[i] = float32(rng.NormFloat64())
		for k := range length {
			tokens[i*length+k] = int32(rng.IntN(words))
			if tokens[i*length+k] == 3 {
				labels[2*i] = 1 // there is a 3
			}
		}
		if numbers[i] > 0 {
			labels[2*i+1] = 1
		}
	}
	set := func(from, to int) task.Set {
		return task.Set{task.NewColumn(tokens[from*length:to*length], length), task.NewColumn(numbers[from:to], 1),
			task.NewColumn(labels[2*from:2*to], 2)}
	}
	var shapes [][]int
	it := &task.Task{
		Net: task.Net{Name: "bag", Inputs: []lod.Input{{Name: "tokens", Shape: []int{length}, DType: dtypes.Int32},
			{Name: "number", Shape: []int{1}}},
			Model: func(p *lod.Pass, x *Node) *Node {
				one := OneHot(x, words, p.Input(1).DType())      // [batch, length, words]
				each := Tanh(p.Dense("word", one, 6))            // of every place
				shapes = append(shapes, each.Shape().Dimensions) // seen while graphs are built
				return p.Dense("head", Concatenate([]*Node{ReduceSum(each, 1), p.Input(1)}, -1), 2)
			}},
		Data: &task.Data{Name: "bags", Train: set(0, 192), Validation: set(192, 224), Test: set(224, 256)},
		Loss: task.BinaryCrossEntropy{}, Metrics: []task.Metric{task.LabelAccuracy()},
	}
	s := plain()
	s.Epochs, s.LR, s.LambdaGL, s.FullPass, s.Batch = 12, 0.03, 1e-4, true, 16
	r, err := train.New(testkit.Backend(t), filepath.Join(t.TempDir(), "run"), s, it, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if l := r.Network.Layers[0]; l.Positions != length || l.Whole().MACs != 6*words*length {
		t.Errorf("the layer of the words is %+v", l)
	}
	if err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	test, err := r.TestOnce()
	if err != nil || !(test.Accuracy > 85) || test.Examples != 32 {
		t.Errorf("on the test split: %+v (%v)", test, err)
	}
	if len(shapes) == 0 || len(shapes[0]) != 3 || shapes[0][1] != length {
		t.Errorf("a dense layer of a sequence gives %v", shapes)
	}
}

// TestOtherCode: a run whose task has other layers is not opened, and one whose loss is another says so once.
func TestOtherCode(t *testing.T) {
	t.Parallel()
	backend, s, dir := testkit.Backend(t), plain(), filepath.Join(t.TempDir(), "run")
	s.Epochs = 1
	r, err := train.New(backend, dir, s, regression(t), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r)
	wider := regression(t)
	wider.Model = models.MLP(1, 12, 13)
	if _, err := train.Resume(backend, dir, wider, train.Options{}); err == nil ||
		!strings.Contains(err.Error(), "its layer 2 is fc2, 12×12, and this one's is fc2, 13×12") {
		t.Errorf("another width: %v", err)
	}
	var warned []string
	for _, scale := range []float64{13, 0} {
		other := regression(t)
		if scale == 0 {
			other.Metrics = other.Metrics[:1]
		}
		again, err := train.Resume(backend, dir, other,
			train.Options{Warn: func(w string) { warned = append(warned, w) }})
		if err != nil {
			t.Fatal(err)
		}
		again.Close()
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "is not what the run was made with") {
		t.Errorf("warnings: %q", warned)
	}
}
