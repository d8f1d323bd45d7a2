package live

import (
	"context"
	"go/types"
	"strings"
)

// Check translates the cells of a notebook one after another, as if each had been run, and builds and runs none. Its
// error is that of the first cell that does not compile; cells are counted from 1. What commands and magics do is not
// known to it. One notebook's cells do not know another's.
func (t *Toolchain) Check(ctx context.Context, cells []string) error {
	units := unitImporter{t.importer, map[string]*types.Package{}}
	t.importer = units
	defer func() {
		t.importer = units.ImporterFrom
		for path := range units.checked {
			delete(t.archives, path)
		}
	}()
	n := newNames()
	for i, text := range cells {
		code, number := Split(text).Code, i+1
		if strings.TrimSpace(code) == "" {
			continue
		}
		tr, err := translate(ctx, t, n, number, number, code)
		if err != nil {
			return err
		}
		path := unitPath(number)
		units.checked[path], t.archives[path] = tr.checked.pkg, "checked"
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
