package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Own are values of a program's own in place of those that the settings name; nil leaves it to the settings. The settings then
// say what config.yaml calls the value, which is none of the known names; who opens the run again gives the value again.
type Own struct {
	Sampler   func(layers []lod.Layer, seed uint64) (lod.Sampler, error)
	Optimizer Optimizer
	Schedule  Schedule
}

// check is an error that names the first of the settings whose value is neither known nor given.
func (o Own) check(s runs.Settings) error {
	samplers := []string{string(lod.SampleUniform), string(lod.SampleIndependent), string(lod.SampleFraction), string(lod.SampleNone)}
	return cmp.Or(
		known("optimizer", s.Optimizer, o.Optimizer != nil, "sgd", "adamw"),
		known("schedule", s.Schedule, o.Schedule != nil, "constant", "multistep", "cosine"),
		known("sampler", s.Sampler, o.Sampler != nil, samplers...))
}

func known(what, name string, own bool, names ...string) error {
	list := strings.Join(names, ", ")
	switch is := slices.Contains(names, name); {
	case own && (is || name == ""):
		return fmt.Errorf("%s is %q, but the options have one of their own: give it a name of its own in the settings, none of %s", what, name, list)
	case !own && !is:
		return fmt.Errorf("unknown %s %q: use %s", what, name, list)
	}
	return nil
}

// sampler is the options' own, or the settings'.
func (o Own) sampler(s runs.Settings, layers []lod.Layer) (lod.Sampler, error) {
	if o.Sampler != nil {
		return o.Sampler(layers, s.Seed)
	}
	return lod.NewSampler(lod.SamplerKind(s.Sampler), layers, s.Seed)
}

func (o Own) optimizer(s runs.Settings) Optimizer {
	if o.Optimizer != nil {
		return o.Optimizer
	}
	return namedOptimizer(s)
}

func (o Own) schedule(s runs.Settings) Schedule {
	if o.Schedule != nil {
		return o.Schedule
	}
	return namedSchedule(s)
}
