// Package train trains a network by double sampling: each step draws a mini-batch and the ranks the layers run at.
// A run lives in a folder that any other process can read while it goes on, and resume when it was cut short.
package train

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Check returns an error that names the first setting that cannot be: a name that stands for nothing, or a number
// out of its range.
func Check(s runs.Settings) error {
	for _, c := range []struct {
		name, value string
		known       []string
	}{
		{"model", s.Model, models.Names()}, {"data", s.Data, data.Names()},
		{"optimizer", s.Optimizer, []string{"sgd", "adamw"}},
		{"schedule", s.Schedule, []string{"constant", "multistep", "cosine"}},
	} {
		if !slices.Contains(c.known, c.value) {
			return fmt.Errorf("unknown %s %q: use %s", c.name, c.value, strings.Join(c.known, ", "))
		}
	}
	if err := checkPrecision(s); err != nil {
		return err
	}
	if _, err := models.Named(s.Model, 1, s.Width); err != nil {
		return err
	}
	if err := s.Check(); err != nil {
		return err
	}
	return cmp.Or(lod.Lasso(s.Lasso).Check(), lod.SamplerKind(s.Sampler).Check(), lod.StartKind(s.Start).Check(),
		checkAugmentation(s.Augment))
}

// readConfig reads a run's config.yaml whose settings can be trained.
func readConfig(dir string) (runs.Config, error) {
	c, err := runs.ReadConfig(dir)
	if err != nil {
		return c, err
	}
	if err := Check(c.Settings); err != nil {
		return c, fmt.Errorf("%s: %w", filepath.Join(dir, "config.yaml"), err)
	}
	return c, nil
}

// rateAt is the learning rate of a step of `steps`.
func rateAt(s runs.Settings, step, steps int) float64 {
	done := float64(step) / float64(steps)
	switch {
	case s.Schedule == "cosine":
		return s.LR * (1 + math.Cos(math.Pi*done)) / 2
	case s.Schedule == "multistep" && done >= 0.75:
		return s.LR / 100
	case s.Schedule == "multistep" && done >= 0.5:
		return s.LR / 10
	}
	return s.LR
}

// DataOptions are those that a run's data set is loaded with: from the folder that it was read from before, unless
// dir, or $MAESTRO_DATA, names another. report is data.Options'.
func DataOptions(c runs.Config, dir string, report cache.Progress) data.Options {
	s := c.Settings
	return data.Options{Dir: dir, Remembered: c.Data.Folder, Validation: s.Validation, Seed: s.Seed,
		TrainExamples: s.TrainExamples, Report: report}
}

// network is the named model for a number of classes, and how its weights start.
func network(s runs.Settings, classes int) (lod.Model, lod.Start, error) {
	start := lod.Start{Kind: lod.StartKind(s.Start), Seed: s.Seed, WholeFirst: s.WholeFirst, WholeLast: s.WholeLast}
	if s.WholeFirst < 0 || s.WholeLast < 0 {
		start.WholeFirst = math.MaxInt
	}
	m, err := models.Named(s.Model, classes, s.Width)
	return m, start, err
}
