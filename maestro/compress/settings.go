// Package compress makes many networks of one trained one: "train once, deploy everywhere" (docs/method.md, Ladder).
// A greedy search removes the last ranks of one layer after another, without training, and leaves a ladder of ever
// smaller networks.
package compress

import (
	"fmt"
	"math"
)

// Metric is what a removal is to save.
type Metric string

const (
	// MACs are the multiply-adds of a forward pass of one example.
	MACs Metric = "macs"
	// Params are all trainable numbers: weights, biases, and the scales and offsets of batch norms.
	Params Metric = "params"
	// Latency is measured milliseconds of a forward pass (Profile).
	Latency Metric = "latency"
)

// Check returns an error that names the known metrics when m is none of them.
func (m Metric) Check() error {
	if m != MACs && m != Params && m != Latency {
		return fmt.Errorf("unknown metric %q: use %s, %s or %s", m, MACs, Params, Latency)
	}
	return nil
}

// Settings are what the steps of a search depend on beside the run.
type Settings struct {
	// Examples is how many of the training split are in the one batch that candidates are scored on; 0 stands for 2048,
	// or all of them where there are fewer.
	Examples int    `yaml:"examples"`
	Seed     uint64 `yaml:"seed"` // of the draw of that batch
	// of a layer's current ranks that are tried to be removed, each above 0 up to 1; at least one rank is
	Shares []float64 `yaml:"shares"`
	By     Metric    `yaml:"by"` // the loss is weighed against how much of this a removal saves
	// LatencyBatch is the batch size that latency is measured at.
	LatencyBatch int `yaml:"latency_batch"`
	// Lazy scores a layer anew only when its last score makes it the best (Minoux 1978): exact where a removal never
	// raises the loss less after others than before, and far fewer evaluations.
	Lazy bool `yaml:"lazy"`
	// Prefixes is into how many segments of about equal MACs the layers are split: the layers before a candidate's
	// segment are computed once for all candidates of a layer. Each segment is a compilation.
	Prefixes int `yaml:"prefixes"`
	// RecompileEvaluations is what compiling anew is taken to cost, in evaluations: dead columns are cut out of the
	// compiled graphs once that many evaluations' worth of work went into them. A count, so that searches repeat
	// exactly.
	RecompileEvaluations int `yaml:"recompile_evaluations"`
	// ValidateEvery is at which steps the validation split is measured: the start and each so many; 0 is never, which
	// leaves a front of the ladder's two ends, which are measured afterwards.
	ValidateEvery int `yaml:"validate_every"`
}

// Defaults are those of docs/method.md, Ladder, with MACs to save.
func Defaults() Settings {
	return Settings{Seed: 1, Shares: []float64{0.05, 0.1, 0.2, 0.5}, By: MACs, LatencyBatch: 1,
		Prefixes: 4, RecompileEvaluations: 100, ValidateEvery: 1}
}

// defaultExamples is how many training examples candidates are scored on where no number is asked for.
const defaultExamples = 2048

// of has the number of examples for a training split of so many.
func (s Settings) of(training int) Settings {
	if s.Examples == 0 {
		s.Examples = min(defaultExamples, training)
	}
	return s
}

// Check returns an error that names the first setting that cannot be.
func (s Settings) Check() error {
	for _, c := range []struct {
		name  string
		value int
	}{{"latency_batch", s.LatencyBatch}, {"prefixes", s.Prefixes}} {
		if c.value < 1 {
			return fmt.Errorf("%s is %d: it must be at least 1", c.name, c.value)
		}
	}
	if s.Examples < 0 {
		return fmt.Errorf("examples is %d: it must be at least 1, or 0 for as many as there are, up to %d", s.Examples,
			defaultExamples)
	}
	if s.RecompileEvaluations < 0 || s.ValidateEvery < 0 {
		return fmt.Errorf("recompile_evaluations is %d and validate_every %d: both must be numbers from 0 on",
			s.RecompileEvaluations, s.ValidateEvery)
	}
	if len(s.Shares) == 0 {
		return fmt.Errorf("shares is empty: name at least one share of a layer's ranks to remove, such as 0.1")
	}
	for _, share := range s.Shares {
		if !(share > 0 && share <= 1) {
			return fmt.Errorf("shares has %g: each must be above 0 and at most 1", share)
		}
	}
	return s.By.Check()
}

// Bounds say where a search stops; 0 in a field is no bound. With none at all it stops when validation accuracy has
// fallen by DefaultDrop, or, of a task without accuracy, when the validation loss has risen by DefaultRise.
type Bounds struct {
	MACs      float64 // target, a share of the non-factorised network's
	Params    float64 // the same of parameters
	LatencyMS float64 // target, milliseconds of a forward pass at Settings.LatencyBatch
	Loss      float64 // the most that the loss on the search's batch may be
	Drop      float64 // by how many points validation accuracy may fall
	Rise      float64 // by what share of the first network's the validation loss may rise
}

// The bounds where none is given: in points of validation accuracy, and as a share of the first network's validation
// loss.
const (
	DefaultDrop = 10
	DefaultRise = 0.1
)

// Check returns an error that names the first bound that cannot be.
func (b Bounds) Check() error {
	for _, c := range []struct {
		name  string
		value float64
		most  float64
	}{{"target_macs", b.MACs, 1}, {"target_params", b.Params, 1}, {"target_latency", b.LatencyMS, math.MaxFloat64},
		{"max_loss", b.Loss, math.MaxFloat64}, {"max_drop", b.Drop, 100}, {"max_rise", b.Rise, math.MaxFloat64}} {
		if !(c.value >= 0 && c.value <= c.most) {
			return fmt.Errorf("%s is %g: it must be above 0%s", c.name, c.value,
				map[float64]string{1: " and at most 1, a share of the non-factorised network's",
					100: " and at most 100 points"}[c.most])
		}
	}
	return nil
}

func (b Bounds) withDefault(accuracy bool) Bounds {
	switch {
	case b != Bounds{}:
	case accuracy:
		b.Drop = DefaultDrop
	default:
		b.Rise = DefaultRise
	}
	return b
}

// target says whether the search is to reach a size or a time.
func (b Bounds) target() bool { return b.MACs > 0 || b.Params > 0 || b.LatencyMS > 0 }
