// Package images is the task of telling what is on an image: the named networks on the named data sets, or a network
// of one's own on images of one's own.
package images

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Check is an error that names the first of the settings that stands for no network, data set or augmentation.
func Check(s runs.Settings) error {
	for _, c := range []struct {
		name, value string
		known       []string
	}{{"model", s.Model, models.Names()}, {"data", s.Data, data.Names()}} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("unknown %s %q: use %s", c.name, c.value, strings.Join(c.known, ", "))
		}
	}
	_, err := models.Named(s.Model, 1, s.Width)
	return cmp.Or(err, checkAugmentation(s.Augment))
}

// Load is the task that settings name, with its data loaded.
func Load(ctx context.Context, s runs.Settings, o data.Options) (*task.Task, error) {
	splits, err := data.Load(ctx, s.Data, o)
	if err != nil {
		return nil, err
	}
	return New(s, splits)
}

// DataOptions are those that a run's data set is loaded with: from the folder that it was read from before, unless
// dir, or $MAESTRO_DATA, names another. report is data.Options'.
func DataOptions(c runs.Config, dir string, report cache.Progress) data.Options {
	s := c.Settings
	return data.Options{Dir: dir, Remembered: c.Data.Folder, Validation: s.Validation, Seed: s.Seed,
		TrainExamples: s.TrainExamples, Report: report}
}

// New is the task of the network that settings name on splits that are loaded.
func New(s runs.Settings, splits *data.Splits) (*task.Task, error) {
	set := splits.Train
	if err := models.Fits(s.Model, set.Height, set.Width); err != nil {
		return nil, err
	}
	m, err := models.Named(s.Model, set.Classes, s.Width)
	if err != nil {
		return nil, err
	}
	t := Classify(s.Model, m, splits)
	t.Data.Name, t.Augment = s.Data, augmentation(s.Augment)
	return t, checkAugmentation(s.Augment)
}

// Classify is the task of a network of any kind, which config.yaml calls by a name, on splits.
func Classify(name string, m lod.Model, splits *data.Splits) *task.Task {
	set := splits.Train
	image := [3]int{set.Height, set.Width, set.Channels}
	d := &task.Data{
		Name: splits.Name, Train: columns(set), Validation: columns(splits.Validation), Test: columns(splits.Test),
		Constants: []task.Column{pixels(splits)},
		Config: runs.DataConfig{Folder: splits.Dir, Checksum: splits.Checksum, Image: image, Classes: set.Classes,
			Mean: splits.Mean, Std: splits.Std},
	}
	return &task.Task{
		Net: task.Net{Name: name, Model: m, Inputs: inputs(d.Config)}, Data: d,
		Batch: func(b task.Batch) task.Example {
			x := Reshape(b.Rows(0), b.Indices.Shape().Dim(0), image[0], image[1], image[2])
			if b.Drawn != nil {
				x = cropFlip(b.Columns[0], b.Indices, b.Drawn, image)
			}
			return task.Example{Inputs: []*Node{normalise(x, b.Constants[0])}, Target: b.Rows(1)}
		},
		Loss: task.CrossEntropy{}, Metrics: []task.Metric{task.ClassAccuracy()},
	}
}

// Net is the network of a run, without its data. Where config.yaml does not say what they were, it is an ErrNeedsData.
func Net(c runs.Config) (task.Net, error) {
	if c.Data.Classes == 0 {
		return task.Net{}, fmt.Errorf("%w: config.yaml, of an older version, does not tell their form",
			task.ErrNeedsData)
	}
	m, err := models.Named(c.Settings.Model, c.Data.Classes, c.Settings.Width)
	return task.Net{Name: c.Settings.Model, Model: m, Inputs: inputs(c.Data)}, err
}

func inputs(c runs.DataConfig) []lod.Input {
	return []lod.Input{{Name: "image", Shape: c.Image[:], Mean: c.Mean, Std: c.Std}}
}

// columns are a set's images uint8 [n, height·width·channels] and its labels int32 [n].
func columns(s data.Set) task.Set {
	return task.Set{task.NewConstant(s.Images, s.Len(), s.Height*s.Width*s.Channels), task.NewColumn(s.Labels)}
}

// pixels is what normalises them, float32 [2, channels]: the scale and the shift. It is an input of programs, since
// it is measured on the training split: so runs that differ by the seed of the split share a program.
func pixels(splits *data.Splits) task.Column {
	channels := len(splits.Mean)
	p := make([]float32, 2*channels)
	for c := range channels {
		p[c], p[channels+c] = float32(1/(255*splits.Std[c])), float32(splits.Mean[c]/splits.Std[c])
	}
	return task.NewConstant(p, 2, channels)
}

// normalise makes images, uint8 [batch, height, width, channels], numbers of the data set's mean 0 and deviation 1.
func normalise(images, pixels *Node) *Node {
	x := ConvertDType(images, dtypes.Float32)
	row := func(i int) *Node { return ExpandLeftToRank(Reshape(Slice(pixels, AxisElem(i)), x.Shape().Dim(3)), 4) }
	return Sub(Mul(x, row(0)), row(1))
}
