package compress

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Latencies are a model's times at one batch size.
type Latencies struct {
	Step  int `csv:"step"`
	Batch int `csv:"batch"`
	Time
	// Merged are the layers that were measured to be faster as one matrix at this batch size, and were timed so.
	Merged []string `csv:"merged"`
	Ranks  []int    `csv:"ranks"` // of every layer
	Device string   `csv:"device"`
}

// WriteLatency times the models of a run's front, all of them in turns, at each batch size, and writes latency.csv.
// Each is timed as TimeForms says. Times that are there of the same models on the same device are kept. No batch
// size, nothing to do.
func WriteLatency(ctx context.Context, run *train.Run, models []Model, s LatencySettings, o Options) ([]Latencies,
	error) {
	path := filepath.Join(run.Dir, "latency.csv")
	if len(s.Batches) == 0 || len(models) == 0 {
		return nil, nil
	}
	if all, err := ReadLatency(run.Dir); err == nil && covers(all, models, s.Batches, run.Device()) {
		return all, nil
	}
	var forms []Form
	for _, m := range models {
		forms = append(forms, Form{Dir: filepath.Join(run.Dir, m.Dir)})
	}
	var all []Latencies
	for _, batch := range s.Batches {
		profile, err := o.profile(ctx, run, batch, s)
		if err != nil {
			return nil, err
		}
		timed, err := TimeForms(ctx, forms, run.Sibling, profile, s)
		if err != nil {
			return nil, err
		}
		for i, t := range timed {
			t.Step, t.Ranks, t.Device = models[i].Step, models[i].Ranks, run.Device()
			all = append(all, t)
		}
	}
	return all, csvfile.WriteRows(path, all)
}

// profile is one that the options have, or is measured and put there.
func (o Options) profile(ctx context.Context, run *train.Run, batch int, s LatencySettings) (*Profile, error) {
	if p := o.Profiles[batch]; p != nil {
		return p, nil
	}
	p, err := NewProfile(ctx, run.Backend(), run.Network, batch, s, o.Report)
	if err == nil && o.Profiles != nil {
		o.Profiles[batch] = p
	}
	return p, err
}

// covers says whether there is a time of each of the models, and of no other, at each batch size on the device.
func covers(all []Latencies, models []Model, batches []int, device string) bool {
	i := 0
	for _, batch := range batches {
		for _, m := range models {
			if i >= len(all) || all[i].Batch != batch || all[i].Step != m.Step || all[i].Device != device ||
				!slices.Equal(all[i].Ranks, m.Ranks) {
				return false
			}
			i++
		}
	}
	return i == len(all)
}

// ReadLatency reads the times of the models of a run's front.
func ReadLatency(dir string) (all []Latencies, err error) {
	all, err = readTable[Latencies](filepath.Join(dir, "latency.csv"))
	if err == nil && len(all) == 0 {
		err = errors.New(dir + " has no latency.csv: make it by `maestro compress " + dir + "`")
	}
	return all, err
}
