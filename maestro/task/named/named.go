// Package named is where the names in settings become tasks: the named networks on the named images, and the
// Transformer on captions.
package named

import (
	"context"
	"slices"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/captions"
	"github.com/maestro-lod/notebook/maestro/task/images"
)

// Models and Data are the names that settings may have.
func Models() []string { return slices.Sorted(slices.Values(append(models.Names(), captions.Model))) }

// Data are the names of data.
func Data() []string {
	return slices.Sorted(slices.Values(append(data.Names(), captions.Data, captions.Toy)))
}

// Defaults are the settings of a model and of data where nothing else is given; "" is not given either.
func Defaults(model, data string) runs.Settings {
	if model == captions.Model || model == "" && (data == captions.Data || data == captions.Toy) {
		return captions.Defaults()
	}
	return runs.Defaults()
}

// Check is an error that names the first of the settings that stands for nothing.
func Check(s runs.Settings) error {
	if captions.Is(s) {
		return captions.Check(s)
	}
	return images.Check(s)
}

// Load is the task that settings name, with its data loaded.
func Load(ctx context.Context, s runs.Settings, o data.Options) (*task.Task, error) {
	if captions.Is(s) {
		return captions.Load(ctx, s, o)
	}
	return images.Load(ctx, s, o)
}

// Net is the network of a run, without its data; where config.yaml does not say their form, it is an ErrNeedsData.
func Net(c runs.Config) (task.Net, error) {
	if captions.Is(c.Settings) {
		return captions.Net(c)
	}
	return images.Net(c)
}

// Synthetic is the task that settings name on random data of its form, to measure how long things take.
func Synthetic(s runs.Settings) (*task.Task, error) {
	if captions.Is(s) {
		return captions.Synthetic(s)
	}
	return images.Synthetic(s)
}
