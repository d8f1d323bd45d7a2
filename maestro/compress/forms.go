package compress

import (
	"context"
	"slices"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Form is a network to be timed: that of a run folder, at ranks of its own or, where they are nil, the run's.
type Form struct {
	Dir   string
	Ranks []int
}

// TimeForms times networks, all of them in turns, deployed at the profile's batch size: cut and compiled with
// recalibrated batch norms. Where the profile takes layers for faster in one matrix, the network is first timed in
// both forms, and the one with the smaller median is timed again with the others, so that the choice does not flatter
// what is reported. Merged names the layers that are merged though their factors are the smaller form.
func TimeForms(ctx context.Context, forms []Form, open func(dir string) (*train.Run, error), profile *Profile,
	s LatencySettings) ([]Latencies, error) {
	var compiled [][]timedForm
	defer func() {
		for _, alternatives := range compiled {
			for _, a := range alternatives {
				a.Close()
			}
		}
	}()
	for _, f := range forms {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		run, err := open(f.Dir)
		if err != nil {
			return nil, err
		}
		alternatives, err := compileForm(run, f.Ranks, profile)
		run.Close()
		compiled = append(compiled, alternatives)
		if err != nil {
			return nil, err
		}
	}
	if err := choose(ctx, compiled, s); err != nil {
		return nil, err
	}
	var programs []*Program
	var timed []Latencies
	for _, alternatives := range compiled {
		programs = append(programs, alternatives[0].Program)
		timed = append(timed, Latencies{Batch: profile.Batch, Merged: alternatives[0].merged})
	}
	times, err := Measure(ctx, programs, s)
	for i, t := range times {
		timed[i].Time = t
	}
	return timed, err
}

// timedForm is a network compiled with some layers merged.
type timedForm struct {
	*Program
	merged []string
}

// choose puts the fastest of each network's forms first. Networks of one form are not timed.
func choose(ctx context.Context, compiled [][]timedForm, s LatencySettings) error {
	var programs []*Program
	for _, alternatives := range compiled {
		if len(alternatives) > 1 {
			for _, a := range alternatives {
				programs = append(programs, a.Program)
			}
		}
	}
	times, err := Measure(ctx, programs, s)
	if err != nil {
		return err
	}
	for _, alternatives := range compiled {
		if len(alternatives) > 1 {
			if times[1].P50 < times[0].P50 {
				slices.Reverse(alternatives)
			}
			times = times[2:]
		}
	}
	return nil
}

// compileForm compiles a network in the smaller form of each layer, and, if the profile has other layers for faster
// in one matrix, with these merged too.
func compileForm(run *train.Run, ranks []int, profile *Profile) (alternatives []timedForm, err error) {
	if ranks != nil {
		if err := run.SetRanks(ranks); err != nil {
			return nil, err
		}
	}
	if err := run.Recalibrate(); err != nil {
		return nil, err
	}
	layers := run.Network.Layers
	faster := slices.DeleteFunc(profile.Merged(run.Network.Ranks()),
		func(i int) bool { return layers[i].Deployed() == layers[i].Whole() })
	tried := [][]int{nil}
	if len(faster) > 0 {
		tried = append(tried, faster)
	}
	for _, merged := range tried {
		form, err := Deploy(run.Network, run.Network.Ranks(), merged)
		if err != nil {
			return alternatives, err
		}
		program, err := Compile(run.Backend(), form, profile.Batch)
		form.Store().Finalize() // the program has the weights
		if err != nil {
			return alternatives, err
		}
		alternatives = append(alternatives, timedForm{program, names(layers, merged)})
	}
	return alternatives, nil
}

func names(layers []lod.Layer, which []int) (names []string) {
	for _, i := range which {
		names = append(names, layers[i].Name)
	}
	return names
}
