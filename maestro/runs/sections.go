package runs

import (
	"cmp"
	"fmt"
	"math"
)

// ModelSettings are the network and how it starts.
type ModelSettings struct {
	Model      string `yaml:"name" help:"The network."`
	Width      int    `yaml:"width,omitempty" help:"Channels of the network's first stage; its published width when it is not given."`
	WholeFirst int    `yaml:"whole_first,omitempty" help:"Layers kept as one matrix, from the first on; -1 for all."`
	WholeLast  int    `yaml:"whole_last,omitempty" help:"Layers kept as one matrix, from the last back; -1 for all."`
	Start      string `yaml:"start" help:"How the factors are drawn: svd (of a matrix that is drawn) or random."`
	// Precision is what products and convolutions compute in: "" for float32, or "bfloat16". Weights are float32 in
	// either.
	Precision string `yaml:"precision,omitempty" help:"What products and convolutions compute in: float32 or bfloat16; float32 when it is not given."`
}

// DataSettings are what is trained on.
type DataSettings struct {
	Data string `yaml:"name" help:"The data set."`
	// TrainExamples is how many examples are trained on, drawn evenly from the classes; 0 is all that validation
	// leaves.
	TrainExamples int `yaml:"train_examples,omitempty" help:"Train on this many examples, drawn evenly from the classes; all when it is not given."`
	// Validation is how many training examples are held out for choices; 0 asks for the data set's default, and a run
	// has its number.
	Validation int    `yaml:"validation" help:"Training examples held out for choices; the data set's own number when it is not given: 5000 of MNIST and CIFAR-10, a tenth of others."`
	Augment    string `yaml:"augment,omitempty" help:"Change the training images at random: crop-flip pads by four pixels, crops and mirrors; nothing when it is not given."`
}

// TextSettings are a Transformer, and how sentences become pieces. What is not given is as Pufferfish's recipe has it.
type TextSettings struct {
	Heads       int     `yaml:"heads,omitempty" help:"Heads of each attention; 8 when it is not given."`
	Layers      int     `yaml:"layers,omitempty" help:"Layers of the encoder, and as many of the decoder; 6 when it is not given."`
	FeedForward int     `yaml:"feed_forward,omitempty" help:"Width within a feed-forward; four times the model's when it is not given."`
	Dropout     float64 `yaml:"dropout,omitempty" help:"Share of activations that training drops; none when it is not given."`
	PreNorm     bool    `yaml:"pre_norm,omitempty" help:"Norms before attention and feed-forward in place of after the residual sum."`
	Smoothing   float64 `yaml:"smoothing,omitempty" help:"Label smoothing of the training loss; none when it is not given."`
	Pieces      int     `yaml:"pieces,omitempty" help:"Pieces of text to learn from the training sentences, of both languages; 9521 when it is not given."`
	Length      int     `yaml:"length,omitempty" help:"Pieces of a sentence with its end; pairs with a longer one are left out; 64 when it is not given."`
	Buckets     int     `yaml:"buckets,omitempty" help:"Shapes of training batches, each of pairs about as long, so that little is computed for padding; one, of the whole length, when it is not given."`
}

// Check returns an error that names the first setting that cannot be.
func (s TextSettings) Check() error {
	return cmp.Or(orDefault("heads", s.Heads), orDefault("layers", s.Layers),
		orDefault("feed_forward", s.FeedForward), share("dropout", s.Dropout), share("smoothing", s.Smoothing),
		orDefault("pieces", s.Pieces), orDefault("length", s.Length), orDefault("buckets", s.Buckets))
}

// OptimSettings are how weights follow from gradients.
type OptimSettings struct {
	Epochs    int     `yaml:"epochs" help:"Passes over the training split."`
	Batch     int     `yaml:"batch" help:"Examples a step."`
	Optimizer string  `yaml:"optimizer" help:"sgd or adamw."`
	LR        float64 `yaml:"lr" help:"Learning rate at the start."`
	// Schedule is constant, multistep (×0.1 at 50 % and 75 % of the steps), cosine (to zero) or inverse-sqrt (as
	// 1/√step from the end of the warm-up on).
	Schedule string `yaml:"schedule" help:"Of the learning rate: constant, multistep, cosine or inverse-sqrt."`
	// Warmup is over how many steps the learning rate first rises to the schedule's.
	Warmup      int     `yaml:"warmup,omitempty" help:"Steps over which the learning rate first rises evenly to the schedule's; none when it is not given."`
	Momentum    float64 `yaml:"momentum" help:"Of SGD."`
	WeightDecay float64 `yaml:"weight_decay" help:"Weight decay: added to the gradient by SGD, decoupled in AdamW."`
	AdamBeta1   float64 `yaml:"adam_beta_1,omitempty" help:"AdamW's decay of the mean gradient; 0.9 when it is not given."`
	AdamBeta2   float64 `yaml:"adam_beta_2,omitempty" help:"AdamW's decay of the mean squared gradient; 0.999 when it is not given."`
	AdamEpsilon float64 `yaml:"adam_epsilon,omitempty" help:"What AdamW adds to the root it divides by; 1e-8 when it is not given."`
	// FrobeniusDecay, λ, adds λ/2·Σ‖U Vᵀ‖²_F of the factorised layers to the loss; weight decay then leaves their
	// factors alone.
	FrobeniusDecay float64 `yaml:"frobenius_decay,omitempty" help:"Weight of the products' decay, half their squared Frobenius norm, in place of the factors' weight decay."`
	// NormExamples is over how many training examples the statistics of batch norms are averaged before the network is
	// measured, if there are as many; 0 is 10,000.
	NormExamples int `yaml:"norm_examples,omitempty" help:"Training examples that the statistics of batch norms are averaged over; 10,000 when it is not given."`
}

// SamplingSettings are at which ranks a step runs.
type SamplingSettings struct {
	Sampler string `yaml:"sampler" help:"At which ranks a step runs: uniform (one layer at one rank), independent, fraction, none, geometric, importance or annealed."`
	// FullPass adds the pass at the current ranks, whose prediction the sampled one then learns.
	FullPass bool `yaml:"full_pass" help:"Add the pass at the current ranks to the sampled one."`
}

// ShrinkSettings are how ranks fall.
type ShrinkSettings struct {
	LambdaGL    float64 `yaml:"lambda_gl" help:"Weight of the group lasso."`
	Lasso       string  `yaml:"lasso" help:"hierarchical or plain."`
	EpsPS       float64 `yaml:"eps_ps" help:"Importance, ‖U_{b:}‖‖V_{b:}‖, at which the columns of a tail are cut away."`
	ShrinkAtEnd bool    `yaml:"shrink_at_end,omitempty" help:"Cut ranks away only after the last epoch, in place of after each."`
	// RecompileSteps is what compiling the step anew is taken to cost, in steps: ranks that fell are cut out of the
	// compiled step once what that saves over the rest of the run is more. A count and not a time, so that runs
	// repeat exactly.
	RecompileSteps int `yaml:"recompile_steps" help:"What compiling the step anew is taken to cost, in steps: ranks that fell are cut out once that saves more."`
}

// Check returns an error that names the first setting that cannot be.
func (s ModelSettings) Check() error {
	if s.WholeFirst < -1 || s.WholeLast < -1 {
		return fmt.Errorf("whole_first is %d and whole_last %d: they count layers, or are -1 for all",
			s.WholeFirst, s.WholeLast)
	}
	return nil
}

// Check returns an error that names the first setting that cannot be.
func (s DataSettings) Check() error {
	if s.TrainExamples < 0 {
		return fmt.Errorf("train_examples is %d: it must be above 0, or 0 for all", s.TrainExamples)
	}
	if s.Validation < 0 {
		return fmt.Errorf("validation is %d: it must be at least 1, or 0 for the data set's default", s.Validation)
	}
	return nil
}

// Check returns an error that names the first setting that cannot be.
func (s OptimSettings) Check() error {
	return cmp.Or(atLeastOne("epochs", s.Epochs), atLeastOne("batch", s.Batch), above("lr", s.LR),
		orDefault("warmup", s.Warmup),
		share("adam_beta_1", s.AdamBeta1), share("adam_beta_2", s.AdamBeta2),
		notNegative("adam_epsilon", s.AdamEpsilon),
		notNegative("momentum", s.Momentum), notNegative("weight_decay", s.WeightDecay),
		notNegative("frobenius_decay", s.FrobeniusDecay), orDefault("norm_examples", s.NormExamples))
}

// Check returns an error that names the first setting that cannot be.
func (s ShrinkSettings) Check() error {
	return cmp.Or(notNegative("lambda_gl", s.LambdaGL), notNegative("eps_ps", s.EpsPS))
}

func atLeastOne(name string, n int) error {
	if n < 1 {
		return fmt.Errorf("%s is %d: it must be at least 1", name, n)
	}
	return nil
}

func orDefault(name string, n int) error {
	if n < 0 {
		return fmt.Errorf("%s is %d: it must be above 0, or 0 for the default", name, n)
	}
	return nil
}

func above(name string, x float64) error {
	if !(x > 0) || math.IsInf(x, 0) {
		return fmt.Errorf("%s is %g: it must be above 0", name, x)
	}
	return nil
}

func share(name string, x float64) error {
	if !(x >= 0 && x < 1) {
		return fmt.Errorf("%s is %g: it must be from 0 to below 1", name, x)
	}
	return nil
}

func notNegative(name string, x float64) error {
	if !(x >= 0) || math.IsInf(x, 0) {
		return fmt.Errorf("%s is %g: it must be a number from 0 on", name, x)
	}
	return nil
}
