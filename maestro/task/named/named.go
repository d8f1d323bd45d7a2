// Package named is where the names in settings become tasks: the named networks on the named images, the Transformer
// on captions, and the language model on a text.
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
	"github.com/maestro-lod/notebook/maestro/task/prose"
)

// kind is a sort of tasks that settings can name.
type kind struct {
	models, data []string
	defaults     func() runs.Settings
	check        func(runs.Settings) error
	load         func(context.Context, runs.Settings, data.Options) (*task.Task, error)
	net          func(runs.Config) (task.Net, error)
	synthetic    func(runs.Settings) (*task.Task, error)
}

// kinds are all; the first is that of names that nobody knows, which its check names.
func kinds() []kind {
	return []kind{
		{models.Names(), data.Names(), runs.Defaults, images.Check, images.Load, images.Net, images.Synthetic},
		{[]string{captions.Model}, []string{captions.Data, captions.Toy}, captions.Defaults, captions.Check, captions.Load,
			captions.Net, captions.Synthetic},
		{[]string{prose.Model}, []string{prose.Opticks, prose.Own}, prose.Defaults, prose.Check, prose.Load, prose.Net,
			prose.Synthetic},
	}
}

// of is the kind that has the model or the data, of two the one that has not to do with images: its check says what
// goes with what.
func of(model, data string) kind {
	all := kinds()
	for _, k := range all[1:] {
		if slices.Contains(k.models, model) || slices.Contains(k.data, data) {
			return k
		}
	}
	return all[0]
}

// Models are the names of models.
func Models() (names []string) {
	for _, k := range kinds() {
		names = append(names, k.models...)
	}
	return slices.Sorted(slices.Values(names))
}

// Data are the names of data.
func Data() (names []string) {
	for _, k := range kinds() {
		names = append(names, k.data...)
	}
	return slices.Sorted(slices.Values(names))
}

// Defaults are the settings of a model and of data where nothing else is given; "" is not given either.
func Defaults(model, data string) runs.Settings { return of(model, data).defaults() }

// Check is an error that names the first of the settings that stands for nothing.
func Check(s runs.Settings) error { return of(s.Model, s.Data).check(s) }

// Load is the task that settings name, with its data loaded.
func Load(ctx context.Context, s runs.Settings, o data.Options) (*task.Task, error) {
	return of(s.Model, s.Data).load(ctx, s, o)
}

// Net is the network of a run, without its data; where config.yaml does not say their form, it is an ErrNeedsData.
func Net(c runs.Config) (task.Net, error) { return of(c.Settings.Model, c.Settings.Data).net(c) }

// Synthetic is the task that settings name on random data of its form, to measure how long things take.
func Synthetic(s runs.Settings) (*task.Task, error) { return of(s.Model, s.Data).synthetic(s) }
