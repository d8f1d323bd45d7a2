package studies

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// time times the models, all of them in turns, and keeps the times in deployment.json. Of the separate trainings it
// takes the first seed's; those that were trained on take the times of what they were before.
func (s DeploymentSettings) time(ctx context.Context, svd *train.Run, r *DeploymentResult, c compress.Options) error {
	r.Batches = s.Job.Latency.Batches
	first := map[string]bool{}
	for _, run := range r.Separate {
		first[run.Dir] = run.Seed == s.Separate.Seeds[0]
	}
	wanted := timed{Device: svd.Device(), Batches: r.Batches}
	var of []int
	var forms []compress.Form
	for i, m := range r.Models {
		if seed, separate := first[m.Form.Dir]; (seed || !separate) && !m.Tuned {
			of, forms = append(of, i), append(forms, m.Form)
			named := m.Form
			if rel, err := filepath.Rel(s.Runs, named.Dir); err == nil { // the same from wherever it is called
				named.Dir = rel
			}
			wanted.Forms, wanted.Sizes = append(wanted.Forms, named), append(wanted.Sizes, m.Size)
		}
	}
	path := filepath.Join(s.Runs, "deployment.json")
	var kept timed
	if text, err := os.ReadFile(path); err != nil || json.Unmarshal(text, &kept) != nil || !kept.of(wanted) {
		kept = wanted
		kept.Times = make([][]compress.Time, len(of))
		for _, batch := range r.Batches {
			profile, err := compress.NewProfile(ctx, svd.Backend(), svd.Network, batch, s.Job.Latency, c.Report)
			if err != nil {
				return err
			}
			times, err := compress.TimeForms(ctx, forms, svd.Sibling, profile, s.Job.Latency)
			if err != nil {
				return err
			}
			for i, t := range times {
				kept.Times[i] = append(kept.Times[i], t.Time)
			}
		}
		text, err := json.Marshal(kept)
		if err == nil {
			err = atomicfile.Write(path, text)
		}
		if err != nil {
			return err
		}
	}
	tuned := map[string][]compress.Time{} // by the folder of the model that was trained on
	for i, model := range of {
		r.Models[model].Times = kept.Times[i]
		tuned[runs.Beside(r.Models[model].Form.Dir, runs.FineTuned)] = kept.Times[i]
	}
	for i := range r.Models {
		if m := &r.Models[i]; m.Tuned { // other numbers in the same form
			m.Times = tuned[m.Form.Dir]
		}
	}
	return nil
}

// timed is deployment.json.
type timed struct {
	Device  string
	Batches []int
	Forms   []compress.Form // their folders relative to the study's
	Sizes   []runs.Size
	Times   [][]compress.Time // of each form, at each batch size
}

// of says whether times are of what others are wanted of.
func (t timed) of(wanted timed) bool {
	return t.Device == wanted.Device && slices.Equal(t.Batches, wanted.Batches) &&
		slices.Equal(t.Sizes, wanted.Sizes) &&
		reflect.DeepEqual(t.Forms, wanted.Forms) && len(t.Times) == len(t.Forms)
}
