package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Own are values of a program's own in place of those that the settings name; nil leaves it to the settings. The
// settings then say what config.yaml calls the value, which is none of the known names; who opens the run again gives
// the value again.
type Own struct {
	Sampler   func(layers []lod.Layer, seed uint64) (lod.Sampler, error)
	Optimizer Optimizer
	Schedule  Schedule
}

// named is a value under the name that settings have for it.
type named[T any] struct {
	name  string
	value T
}

// find is the value of a name; its error lists the known ones. Where a value of one's own takes its place, own is
// true, and the name must be none of them.
func find[T any](all []named[T], what, name string, own bool) (value T, err error) {
	var names []string
	for _, n := range all {
		names = append(names, n.name)
	}
	list, i := strings.Join(names, ", "), slices.Index(names, name)
	switch {
	case own && (i >= 0 || name == ""):
		return value,
			fmt.Errorf("%s is %q, but the options have one of their own: give it a name of its own in the settings, "+
				"none of %s",
				what, name, list)
	case own:
		return value, nil
	case i < 0:
		return value, fmt.Errorf("unknown %s %q: use %s", what, name, list)
	}
	return all[i].value, nil
}

func samplers() (all []named[lod.SamplerKind]) {
	for _, name := range lod.SamplerNames() {
		all = append(all, named[lod.SamplerKind]{name, lod.SamplerKind(name)})
	}
	return all
}

// check is an error that names the first of the settings whose value is neither known nor given.
func (o Own) check(s runs.Settings) error {
	_, optimizer := find(optimizers(), "optimizer", s.Optimizer, o.Optimizer != nil)
	_, schedule := find(schedules(), "schedule", s.Schedule, o.Schedule != nil)
	_, sampler := find(samplers(), "sampler", s.Sampler, o.Sampler != nil)
	return cmp.Or(optimizer, schedule, sampler)
}

// sampler is the options' own, or the settings'.
func (o Own) sampler(s runs.Settings, layers []lod.Layer) (lod.Sampler, error) {
	if o.Sampler != nil {
		return o.Sampler(layers, s.Seed)
	}
	return lod.NewSampler(lod.SamplerKind(s.Sampler), layers, s.Seed)
}

// optimizer and schedule are the options' own, or the settings', which were checked. The warm-up is that of either
// schedule.
func (o Own) optimizer(s runs.Settings) Optimizer {
	if o.Optimizer != nil {
		return o.Optimizer
	}
	make, _ := find(optimizers(), "optimizer", s.Optimizer, false)
	return make(s)
}

func (o Own) schedule(s runs.Settings) Schedule {
	schedule := o.Schedule
	if schedule == nil {
		make, _ := find(schedules(), "schedule", s.Schedule, false)
		schedule = make(s)
	}
	if s.Warmup > 0 {
		schedule = Warmup{Steps: s.Warmup, Then: schedule}
	}
	return schedule
}
