package runs

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"math"

	"go.yaml.in/yaml/v3"
)

// Settings are everything a run depends on beside the code and the data.
type Settings struct {
	Model      string `yaml:"model"`
	Width      int    `yaml:"width,omitempty"`       // channels of the first stage; 0 for the model's published width
	WholeFirst int    `yaml:"whole_first,omitempty"` // layers kept as one matrix, from the first on
	WholeLast  int    `yaml:"whole_last,omitempty"`  // and from the last back; -1 in either is all of them
	Data       string `yaml:"data"`
	// TrainExamples is how many examples are trained on, drawn evenly from the classes; 0 is all that validation leaves.
	TrainExamples int     `yaml:"train_examples,omitempty"`
	Augment       string  `yaml:"augment,omitempty"` // how training images are changed at random
	Epochs        int     `yaml:"epochs"`
	Batch         int     `yaml:"batch"`
	Optimizer     string  `yaml:"optimizer"`    // sgd or adamw
	LR            float64 `yaml:"lr"`           // learning rate at the start
	Schedule      string  `yaml:"schedule"`     // constant, multistep (×0.1 at 50 % and 75 % of the steps) or cosine (to zero)
	Momentum      float64 `yaml:"momentum"`     // of SGD
	WeightDecay   float64 `yaml:"weight_decay"` // added to the gradient by SGD, decoupled in AdamW
	LambdaGL      float64 `yaml:"lambda_gl"`    // weight of the group lasso
	Lasso         string  `yaml:"lasso"`
	// FrobeniusDecay, λ, adds λ/2·Σ‖U Vᵀ‖²_F of the factorised layers to the loss; weight decay then leaves their factors alone.
	FrobeniusDecay float64 `yaml:"frobenius_decay,omitempty"`
	EpsPS          float64 `yaml:"eps_ps"`                  // a tail of columns whose ‖U_{b:}‖‖V_{b:}‖ is at most this is cut away
	ShrinkAtEnd    bool    `yaml:"shrink_at_end,omitempty"` // ranks are cut only after the last epoch, not after each
	Sampler        string  `yaml:"sampler"`
	FullPass       bool    `yaml:"full_pass"` // adds the pass at the current ranks, whose prediction the sampled one then learns
	Start          string  `yaml:"start"`
	Seed           uint64  `yaml:"seed"`       // of the weights, the sampled ranks, the order of the data and its split
	Validation     int     `yaml:"validation"` // training examples held out for choices; 0 asks for the data set's default, and a run has its number
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
		Lasso: "hierarchical", EpsPS: 1e-5, Sampler: "uniform", Start: "svd", Seed: 1, RecompileSteps: 300}
}

// Check returns an error that names the first number that cannot be. What the names stand for, training knows.
func (s Settings) Check() error {
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
	return nil
}

// Same says whether s asks for what a run was trained with. A validation of 0 asks for the data set's default, which is what
// the run's is then taken to be.
func (s Settings) Same(run Settings) bool {
	return s.On(run.Validation) == run
}

// On are the settings with the number of validation examples that the data have, where they leave it to them.
func (s Settings) On(validation int) Settings {
	s.Validation = cmp.Or(s.Validation, validation)
	return s
}

// Fingerprint tells whether settings are the ones a checkpoint was made with. It is that of their text, so a setting that is
// added needs omitempty and a zero that stands for what was before it, or no older run opens again.
func (s Settings) Fingerprint() (string, error) {
	text, err := yaml.Marshal(s)
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}
