package runs

import (
	"cmp"
	"fmt"
)

// Settings are everything a run depends on beside the code and the data, in sections whose fields are its own: the
// learning rate is s.LR.
type Settings struct {
	Seed             uint64 `yaml:"seed" help:"Of weights, sampled ranks, order of the data and its split."`
	ModelSettings    `yaml:"model"`
	TextSettings     `yaml:"text,omitempty"`
	DataSettings     `yaml:"data"`
	OptimSettings    `yaml:"optim"`
	SamplingSettings `yaml:"sampling"`
	ShrinkSettings   `yaml:"shrink"`
}

// Defaults is LeNet on MNIST as the authors train it, without the lasso.
func Defaults() Settings {
	return Settings{
		Seed:          1,
		ModelSettings: ModelSettings{Model: "lenet", Start: "svd"},
		DataSettings:  DataSettings{Data: "mnist"},
		OptimSettings: OptimSettings{
			Epochs: 10, Batch: 128, Optimizer: "sgd", LR: 0.01, Schedule: "constant", Momentum: 0.9,
		},
		SamplingSettings: SamplingSettings{Sampler: "uniform"},
		ShrinkSettings:   ShrinkSettings{Lasso: "hierarchical", EpsPS: 1e-5, RecompileSteps: 300},
	}
}

// Check returns an error that names the first setting that cannot be, section by section in the order of their
// fields. It knows ranges of numbers; what the names stand for, training knows.
func (s Settings) Check() error {
	return cmp.Or(s.ModelSettings.Check(), s.TextSettings.Check(), s.DataSettings.Check(), s.OptimSettings.Check(),
		s.ShrinkSettings.Check())
}

// Same says whether s asks for what a run was trained with. A validation of 0 asks for the data set's default,
// which is what the run's is then taken to be.
func (s Settings) Same(run Settings) bool {
	return s.On(run.Validation) == run
}

// OtherSubject names the settings, with their values in from, by which s trains another network, or on other data,
// than from does: a run cannot go on from such weights. It is every setting of the seed, the model and the data but
// those that say how weights begin, what they are computed in, and how images are augmented.
func (s Settings) OtherSubject(from Settings) (names []string) {
	a, b := s.subject(), from.subject()
	was := b.Fields()
	for i, f := range a.Fields() {
		if value := was[i].Value.Interface(); f.Value.Interface() != value {
			names = append(names, fmt.Sprintf("%s (%v)", f.Name, value))
		}
	}
	return names
}

// subject is what is trained on what: the settings without those of how, so that one that is added to the model or the
// data counts until it is left out here.
func (s Settings) subject() Settings {
	s.Start, s.WholeFirst, s.WholeLast, s.Precision, s.Augment = "", 0, 0, "", ""
	s.Dropout, s.Smoothing, s.Buckets = 0, 0, 0
	s.OptimSettings, s.SamplingSettings, s.ShrinkSettings = OptimSettings{}, SamplingSettings{}, ShrinkSettings{}
	return s
}

// On are the settings with the number of validation examples that the data have, where they leave it to them.
func (s Settings) On(validation int) Settings {
	s.Validation = cmp.Or(s.Validation, validation)
	return s
}
