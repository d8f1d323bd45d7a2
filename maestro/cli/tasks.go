package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/named"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Task is one that a program has beside the named networks on the named images: every verb knows it by the names that
// its settings have for the model and the data.
type Task struct {
	Model, Data string
	// Load makes the task, of that model and that data, for settings; o says where files are looked for, and is told of
	// downloads.
	Load func(ctx context.Context, s runs.Settings, o data.Options) (*task.Task, error)
	// Own are values that its runs take in place of those that settings name.
	Own train.Own
	// Defaults changes what the settings are where nothing is given; nil leaves them.
	Defaults func(s *runs.Settings)
}

// Option adds to what the command knows.
type Option func(*tasks)

// With has the command know tasks of a program's own.
func With(own ...Task) Option { return func(t *tasks) { *t = append(*t, own...) } }

// tasks are a program's own.
type tasks []Task

// find is the task of the settings' names, where it is one of the program's own.
func (all tasks) find(s runs.Settings) (Task, bool) {
	i := slices.IndexFunc(all, func(t Task) bool { return t.Model == s.Model && t.Data == s.Data })
	if i < 0 {
		return Task{}, false
	}
	return all[i], true
}

// begin are the settings where nothing is given: of the first of the program's own tasks that has the model, or the
// data, or of the named images.
func (all tasks) begin(model, data string) runs.Settings {
	s := named.Defaults(model, data)
	for _, t := range all {
		if model == t.Model || model == "" && data == t.Data {
			s.Model, s.Data = t.Model, t.Data
			if t.Defaults != nil {
				t.Defaults(&s)
			}
			return s
		}
	}
	return s
}

// check is an error that names the first setting that cannot be.
func (all tasks) check(s runs.Settings) error {
	if t, ok := all.find(s); ok {
		return train.CheckWith(s, t.Own)
	}
	err := named.Check(s)
	if err != nil && len(all) > 0 {
		var known []string
		for _, t := range all {
			known = append(known, fmt.Sprintf("model %s on data %s", t.Model, t.Data))
		}
		err = fmt.Errorf("%w, or of this program: %s", err, strings.Join(known, ", "))
	}
	return cmp.Or(err, train.Check(s))
}

// load makes the settings' task.
func (all tasks) load(ctx context.Context, s runs.Settings, o data.Options) (*task.Task, error) {
	if err := all.check(s); err != nil {
		return nil, err
	}
	if t, ok := all.find(s); ok {
		return t.Load(ctx, s, o)
	}
	return named.Load(ctx, s, o)
}

// net is a run's network without its data, which a task of the program's own cannot do without.
func (all tasks) net(c runs.Config) (task.Net, error) {
	if _, ok := all.find(c.Settings); ok {
		return task.Net{}, fmt.Errorf("%w: the model %q is one of this program's own", task.ErrNeedsData,
			c.Settings.Model)
	}
	return named.Net(c)
}

// own are the values that go with the settings' task.
func (all tasks) own(s runs.Settings) train.Own {
	t, _ := all.find(s)
	return t.Own
}

// choices are the names for the help of flags.
func (all tasks) choices() map[string]string {
	known, sets := named.Models(), named.Data()
	for _, t := range all {
		known, sets = append(known, t.Model), append(sets, t.Data)
	}
	unique := func(names []string) string {
		slices.Sort(names)
		return strings.Join(slices.Compact(names), ", ")
	}
	return map[string]string{"model": unique(known),
		"data": unique(sets) + "; mnist-small is part of the program and needs no files"}
}
