// Package train trains a network by double sampling: each step draws a mini-batch and the ranks the layers run at. A run
// lives in a folder that any other process can read while it goes on, and resume when it was cut short.
package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// Settings are everything a run depends on beside the code and the data.
type Settings struct {
	Model      string `yaml:"model"`
	Width      int    `yaml:"width,omitempty"`       // channels of the first stage; 0 for the model's published width
	WholeFirst int    `yaml:"whole_first,omitempty"` // layers kept as one matrix, from the first on
	WholeLast  int    `yaml:"whole_last,omitempty"`  // and from the last back; -1 in either is all of them
	Data       string `yaml:"data"`
	// TrainExamples is how many examples are trained on, drawn evenly from the classes; 0 is all that validation leaves.
	TrainExamples int          `yaml:"train_examples,omitempty"`
	Augment       Augmentation `yaml:"augment,omitempty"` // how training images are changed at random
	Epochs        int          `yaml:"epochs"`
	Batch         int          `yaml:"batch"`
	Optimizer     string       `yaml:"optimizer"`    // sgd or adamw
	LR            float64      `yaml:"lr"`           // learning rate at the start
	Schedule      string       `yaml:"schedule"`     // constant, multistep (×0.1 at 50 % and 75 % of the steps) or cosine (to zero)
	Momentum      float64      `yaml:"momentum"`     // of SGD
	WeightDecay   float64      `yaml:"weight_decay"` // added to the gradient by SGD, decoupled in AdamW
	LambdaGL      float64      `yaml:"lambda_gl"`    // weight of the group lasso
	Lasso         lod.Lasso    `yaml:"lasso"`
	// FrobeniusDecay, λ, adds λ/2·Σ‖U Vᵀ‖²_F of the factorised layers to the loss; weight decay then leaves their factors alone.
	FrobeniusDecay float64         `yaml:"frobenius_decay,omitempty"`
	EpsPS          float64         `yaml:"eps_ps"`                  // a tail of columns whose ‖U_{b:}‖‖V_{b:}‖ is at most this is cut away
	ShrinkAtEnd    bool            `yaml:"shrink_at_end,omitempty"` // ranks are cut only after the last epoch, not after each
	Sampler        lod.SamplerKind `yaml:"sampler"`
	FullPass       bool            `yaml:"full_pass"` // adds the pass at the current ranks, whose prediction the sampled one then learns
	Start          lod.StartKind   `yaml:"start"`
	Seed           uint64          `yaml:"seed"`       // of the weights, the sampled ranks, the order of the data and its split
	Validation     int             `yaml:"validation"` // training examples held out for choices; 0 asks for the data set's default, and a run has its number
	// NormExamples is over how many training examples the statistics of batch norms are averaged before the network is
	// measured, if there are as many; 0 is 10,000.
	NormExamples int `yaml:"norm_examples,omitempty"`
	// RecompileSteps is what compiling the step anew is taken to cost, in steps: ranks that fell are cut out of the compiled
	// step once what that saves over the rest of the run is more. A count and not a time, so that runs repeat exactly.
	RecompileSteps int `yaml:"recompile_steps"`
	// Precision is what products and convolutions compute in: "" for float32, or "bfloat16". Weights are float32 in either.
	Precision string `yaml:"precision,omitempty"`
}

// Defaults is LeNet on MNIST as the authors train it, without the lasso.
func Defaults() Settings {
	return Settings{Model: "lenet", Data: "mnist", Epochs: 10, Batch: 128, Optimizer: "sgd", LR: 0.01, Schedule: "constant", Momentum: 0.9,
		Lasso: lod.Hierarchical, EpsPS: 1e-5, Sampler: lod.SampleUniform, Start: lod.StartSVD, Seed: 1, RecompileSteps: 300}
}

// Check returns an error that names the first setting that cannot be.
func (s Settings) Check() error {
	for _, c := range []struct {
		name, value string
		known       []string
	}{
		{"model", s.Model, models.Names()}, {"data", s.Data, data.Names()},
		{"optimizer", s.Optimizer, []string{"sgd", "adamw"}}, {"schedule", s.Schedule, []string{"constant", "multistep", "cosine"}},
	} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("unknown %s %q: use %s", c.name, c.value, strings.Join(c.known, ", "))
		}
	}
	if err := s.checkPrecision(); err != nil {
		return err
	}
	if _, err := models.Named(s.Model, 1, s.Width); err != nil {
		return err
	}
	if s.TrainExamples < 0 {
		return fmt.Errorf("train_examples is %d: it must be above 0, or 0 for all", s.TrainExamples)
	}
	if s.WholeFirst < -1 || s.WholeLast < -1 {
		return fmt.Errorf("whole_first is %d and whole_last %d: they count layers, or are -1 for all", s.WholeFirst, s.WholeLast)
	}
	for name, v := range map[string]int{"epochs": s.Epochs, "batch": s.Batch} {
		if v < 1 {
			return fmt.Errorf("%s is %d: it must be at least 1", name, v)
		}
	}
	if s.Validation < 0 {
		return fmt.Errorf("validation is %d: it must be at least 1, or 0 for the data set's default", s.Validation)
	}
	if s.NormExamples < 0 {
		return fmt.Errorf("norm_examples is %d: it must be above 0, or 0 for the default", s.NormExamples)
	}
	for name, v := range map[string]float64{"momentum": s.Momentum, "weight_decay": s.WeightDecay, "lambda_gl": s.LambdaGL, "eps_ps": s.EpsPS, "frobenius_decay": s.FrobeniusDecay} {
		if !(v >= 0) || math.IsInf(v, 0) {
			return fmt.Errorf("%s is %g: it must be a number from 0 on", name, v)
		}
	}
	if !(s.LR > 0) || math.IsInf(s.LR, 0) {
		return fmt.Errorf("lr is %g: it must be above 0", s.LR)
	}
	for _, err := range []error{s.Lasso.Check(), s.Sampler.Check(), s.Start.Check(), s.Augment.Check()} {
		if err != nil {
			return err
		}
	}
	return nil
}

// rate is the learning rate of a step of `steps`.
func (s Settings) rate(step, steps int) float64 {
	done := float64(step) / float64(steps)
	switch {
	case s.Schedule == "cosine":
		return s.LR * (1 + math.Cos(math.Pi*done)) / 2
	case s.Schedule == "multistep" && done >= 0.75:
		return s.LR / 100
	case s.Schedule == "multistep" && done >= 0.5:
		return s.LR / 10
	}
	return s.LR
}

// DataOptions are those that the settings' data set is loaded with; dir and report are data.Options'.
func (s Settings) DataOptions(dir string, report cache.Progress) data.Options {
	return data.Options{Dir: dir, Validation: s.Validation, Seed: s.Seed, TrainExamples: s.TrainExamples, Report: report}
}

// network is the named model for a number of classes, and how its weights start.
func (s Settings) network(classes int) (lod.Model, lod.Start, error) {
	start := lod.Start{Kind: s.Start, Seed: s.Seed, WholeFirst: s.WholeFirst, WholeLast: s.WholeLast}
	if s.WholeFirst < 0 || s.WholeLast < 0 {
		start.WholeFirst = math.MaxInt
	}
	m, err := models.Named(s.Model, classes, s.Width)
	return m, start, err
}
