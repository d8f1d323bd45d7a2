package kernel

import (
	"context"
	"os"

	"github.com/maestro-lod/notebook/kernel/live"
)

// Checker tells whether cells compile, without running any.
type Checker struct{ tools *live.Toolchain }

// Checker knows the packages that cells of this set-up import.
func (s Setup) Checker(ctx context.Context) (Checker, error) {
	l := s.layout
	tools, err := live.NewToolchain(ctx, live.Settings{Root: l.root, Environ: cellEnviron(ctx, l, os.Environ())})
	return Checker{tools}, err
}

// Cells tells whether the cells of a notebook compile, one after another. Its error is that of the first which does
// not, at its place in that cell; cells are counted from 1.
func (c Checker) Cells(ctx context.Context, cells []string) error { return c.tools.Check(ctx, cells) }
