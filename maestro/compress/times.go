package compress

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Latencies are a model's times at one batch size.
type Latencies struct {
	Step  int
	Batch int
	Time
	// Merged are the layers that were measured to be faster as one matrix at this batch size, and were timed so.
	Merged []string
}

var latencyHeader = []string{"step", "batch", "p50_ms", "p95_ms", "p10_ms", "calls", "merged"}

// WriteLatency times the models of a run's front, all of them in turns, at each batch size, and writes latency.csv. Each
// is cut, has its batch norms' statistics gathered, and is compiled for the batch size; each layer is in the form, factors
// or one matrix, that was measured to be faster. Times that are there of the same models are kept.
func WriteLatency(ctx context.Context, run *train.Run, models []Model, s LatencySettings, o Options) ([]Latencies, error) {
	path := filepath.Join(run.Dir, "latency.csv")
	if all, err := ReadLatency(run.Dir); err == nil && covers(all, models, s.Batches) {
		return all, nil
	}
	var all []Latencies
	for _, batch := range s.Batches {
		profile, err := NewProfile(ctx, run.Backend(), run.Network, run.Image(), batch, s, func(done, total int) {
			o.report("measuring layers at batch "+strconv.Itoa(batch), done, total)
		})
		if err != nil {
			return nil, err
		}
		timed, err := timeModels(ctx, run, models, profile, s)
		if err != nil {
			return nil, err
		}
		all = append(all, timed...)
	}
	var rows [][]string
	for _, l := range all {
		rows = append(rows, []string{strconv.Itoa(l.Step), strconv.Itoa(l.Batch), number(l.P50), number(l.P95), number(l.Undisturbed), strconv.Itoa(l.Calls), strings.Join(l.Merged, " ")})
	}
	return all, writeTable(path, latencyHeader, rows)
}

// timeModels times all models at the profile's batch size.
func timeModels(ctx context.Context, run *train.Run, models []Model, profile *Profile, s LatencySettings) ([]Latencies, error) {
	var programs []*Program
	defer func() {
		for _, p := range programs {
			p.Close()
		}
	}()
	var timed []Latencies
	for _, m := range models {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		made, err := run.Sibling(filepath.Join(run.Dir, m.Dir))
		if err != nil {
			return nil, err
		}
		program, merged, err := timedForm(made, m.Ranks, profile)
		made.Close()
		if err != nil {
			return nil, err
		}
		programs = append(programs, program)
		timed = append(timed, Latencies{Step: m.Step, Batch: profile.Batch, Merged: merged})
	}
	times, err := Measure(ctx, programs, s)
	for i, t := range times {
		timed[i].Time = t
	}
	return timed, err
}

// timedForm compiles a model with the layers merged that are faster so, and names those of them that its folder has in factors.
func timedForm(made *train.Run, ranks []int, profile *Profile) (*Program, []string, error) {
	if err := made.Gather(); err != nil {
		return nil, nil, err
	}
	merged := slices.DeleteFunc(profile.Merged(ranks), func(i int) bool { return made.Network.Layers[i].Matrix })
	form, err := Deploy(made.Network, made.Network.Ranks(), merged)
	if err != nil {
		return nil, nil, err
	}
	defer form.Store().Finalize()
	program, err := Compile(made.Backend(), form, made.Image(), profile.Batch)
	return program, names(made.Network.Layers, merged), err
}

func names(layers []lod.Layer, which []int) (names []string) {
	for _, i := range which {
		names = append(names, layers[i].Name)
	}
	return names
}

// covers says whether there is a time of each of the models, and of no other, at each batch size.
func covers(all []Latencies, models []Model, batches []int) bool {
	i := 0
	for _, batch := range batches {
		for _, m := range models {
			if i >= len(all) || all[i].Batch != batch || all[i].Step != m.Step {
				return false
			}
			i++
		}
	}
	return i == len(all)
}

// ReadLatency reads the times of the models of a run's front.
func ReadLatency(dir string) (all []Latencies, err error) {
	err = readTable(filepath.Join(dir, "latency.csv"), latencyHeader, func(row []string) error {
		f := fields{row: row}
		l := Latencies{Step: int(f.int(0)), Batch: int(f.int(1)), Time: Time{P50: f.float(2), P95: f.float(3), Undisturbed: f.float(4), Calls: int(f.int(5))}, Merged: strings.Fields(row[6])}
		all = append(all, l)
		return f.err
	})
	if err == nil && len(all) == 0 {
		err = errors.New(dir + " has no latency.csv: make it by `maestro compress " + dir + "`")
	}
	return all, err
}
