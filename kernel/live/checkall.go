package live

import (
	"context"
	"go/types"
	"strings"
)

// Check translates the cells of a notebook one after another, as if each had been run, and builds and runs none. Its
// error is that of the first cell that does not compile; cells are counted from 1. What commands and magics do is not
// known to it.
func Check(ctx context.Context, s Settings, cells []string) error {
	tools, err := NewToolchain(ctx, s)
	if err != nil {
		return err
	}
	units := unitImporter{tools.importer, map[string]*types.Package{}}
	tools.importer = units
	n := newNames()
	for i, text := range cells {
		code, number := Split(text).Code, i+1
		if strings.TrimSpace(code) == "" {
			continue
		}
		tr, err := translate(ctx, tools, n, number, number, code)
		if err != nil {
			return err
		}
		path := unitPath(number)
		units.checked[path], tools.archives[path] = tr.checked.pkg, "checked"
		n.adopt(tr.rewriter.draft, tr.entries(tr.checked.pkg, number, number, n), tr.lost())
	}
	return nil
}

// unitImporter imports cells that were checked and never built.
type unitImporter struct {
	types.ImporterFrom
	checked map[string]*types.Package
}

func (u unitImporter) ImportFrom(path, dir string, mode types.ImportMode) (*types.Package, error) {
	if p := u.checked[path]; p != nil {
		return p, nil
	}
	return u.ImporterFrom.ImportFrom(path, dir, mode)
}
