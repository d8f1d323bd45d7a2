package kernel

import (
	"context"
	"os"

	"github.com/maestro-lod/notebook/kernel/live"
)

// CheckCells tells whether the cells of a notebook compile, one after another, and runs none. Its error is that of the
// first which does not, at its place in that cell; cells are counted from 1.
func (s Setup) CheckCells(ctx context.Context, cells []string) error {
	l := s.layout
	return live.Check(ctx, live.Settings{Root: l.root, Environ: cellEnviron(ctx, l, os.Environ())}, cells)
}
