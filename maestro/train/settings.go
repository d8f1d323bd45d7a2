// Package train trains a network by double sampling: each step draws a mini-batch and the ranks the layers run at.
// A run lives in a folder that any other process can read while it goes on, and resume when it was cut short.
package train

import (
	"cmp"
	"fmt"
	"math"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Check returns an error that names the first setting that cannot be: a name that stands for nothing, or a number
// out of its range. What the names of model and data stand for, a task knows.
func Check(s runs.Settings) error { return CheckWith(s, Own{}) }

// CheckWith is Check where values of a program's own take the place of those that the settings name.
func CheckWith(s runs.Settings, own Own) error {
	if err := own.check(s); err != nil {
		return err
	}
	if err := checkPrecision(s); err != nil {
		return err
	}
	if err := cmp.Or(s.Check(), checkWarmup(s)); err != nil {
		return err
	}
	return cmp.Or(lod.Lasso(s.Lasso).Check(), lod.InitKind(s.Start).Check())
}

// readConfig reads a run's config.yaml whose settings can be trained.
func readConfig(dir string, own Own) (runs.Config, error) {
	c, err := runs.ReadConfig(dir)
	if err != nil {
		return c, err
	}
	if err := CheckWith(c.Settings, own); err != nil {
		return c, fmt.Errorf("%s: %w", filepath.Join(dir, "config.yaml"), err)
	}
	return c, nil
}

// initial is how the first weights are drawn.
func initial(s runs.Settings) lod.Init {
	first := lod.Init{Kind: lod.InitKind(s.Start), Seed: s.Seed, WholeFirst: s.WholeFirst, WholeLast: s.WholeLast}
	if s.WholeFirst < 0 || s.WholeLast < 0 {
		first.WholeFirst = math.MaxInt
	}
	return first
}
