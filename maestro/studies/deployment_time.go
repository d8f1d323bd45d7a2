package studies

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/train"
)

// time times the models, all of them in turns, and keeps the times in deployment.json. Of the separate trainings it takes
// the first seed's, and none of those that were trained on.
func (s DeploymentSettings) time(ctx context.Context, svd *train.Run, r *DeploymentResult, c compress.Options) error {
	r.Batches = s.Job.Latency.Batches
	first := map[string]bool{}
	for _, run := range r.Separate {
		first[run.Dir] = run.Seed == s.Separate.Seeds[0]
	}
	kept := struct {
		Device  string
		Batches []int
		Forms   []compress.Form
		Sizes   []compress.Size
		Times   [][]compress.Time // of each form, at each batch size
	}{Device: svd.Device(), Batches: r.Batches}
	var of []int
	for i, m := range r.Models {
		if seed, separate := first[m.Form.Dir]; (seed || !separate) && !m.Tuned {
			of, kept.Forms, kept.Sizes = append(of, i), append(kept.Forms, m.Form), append(kept.Sizes, m.Size)
		}
	}
	path := filepath.Join(s.Runs, "deployment.json")
	wanted := kept
	if text, err := os.ReadFile(path); err != nil || json.Unmarshal(text, &kept) != nil || kept.Device != wanted.Device ||
		!reflect.DeepEqual(kept.Forms, wanted.Forms) || !slices.Equal(kept.Sizes, wanted.Sizes) || !slices.Equal(kept.Batches, r.Batches) {
		kept = wanted
		kept.Times = make([][]compress.Time, len(of))
		for _, batch := range r.Batches {
			profile, err := compress.NewProfile(ctx, svd.Backend(), svd.Network, svd.Image(), batch, s.Job.Latency, func(done, total int) {
				if c.Report != nil {
					c.Report(fmt.Sprintf("timing at batch %d", batch), done, total)
				}
			})
			if err != nil {
				return err
			}
			times, err := compress.TimeForms(ctx, kept.Forms, svd.Sibling, profile, s.Job.Latency)
			if err != nil {
				return err
			}
			for i, t := range times {
				kept.Times[i] = append(kept.Times[i], t.Time)
			}
		}
		text, err := json.Marshal(kept)
		if err == nil {
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			return err
		}
	}
	for i, model := range of {
		r.Models[model].Times = kept.Times[i]
	}
	return nil
}
