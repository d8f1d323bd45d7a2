package runs

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/internal/folderlock"
)

// OwnFile says whether training and measuring a run make a file, or folder, of this name in its folder.
func OwnFile(name string) bool {
	if of, ok := atomicfile.Unfinished(name); ok {
		name = of
	}
	name = strings.TrimSuffix(name, ".part") // as older versions named them
	return slices.ContainsFunc(tables(), func(t table) bool { return t.name == name }) ||
		slices.Contains([]string{"config.yaml", "checkpoint", testFile, folderlock.Name}, name)
}

// Name is what a run folder is called, also where it was named by ".", or with a slash at its end.
func Name(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return filepath.Base(dir)
}
