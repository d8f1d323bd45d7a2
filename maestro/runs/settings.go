package runs

import "cmp"

// Settings are everything a run depends on beside the code and the data, in sections whose fields are its own: the
// learning rate is s.LR.
type Settings struct {
	Seed             uint64 `yaml:"seed" help:"Of weights, sampled ranks, order of the data and its split."`
	ModelSettings    `yaml:"model"`
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
	return cmp.Or(s.ModelSettings.Check(), s.DataSettings.Check(), s.OptimSettings.Check(), s.ShrinkSettings.Check())
}

// Same says whether s asks for what a run was trained with. A validation of 0 asks for the data set's default,
// which is what the run's is then taken to be.
func (s Settings) Same(run Settings) bool {
	return s.On(run.Validation) == run
}

// On are the settings with the number of validation examples that the data have, where they leave it to them.
func (s Settings) On(validation int) Settings {
	s.Validation = cmp.Or(s.Validation, validation)
	return s
}
