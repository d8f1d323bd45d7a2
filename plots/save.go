package plots

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/google/renameio/v2"
	"gonum.org/v1/plot"
)

// Save writes p to a file in the format that path's extension names: .pdf, .svg
// or .png, as in [Render]. The file is replaced as a whole or not at all: a
// reader never sees half a figure. The folder must exist. Errors name path.
func Save(p *plot.Plot, size Size, path string) error {
	format := strings.ToLower(strings.TrimPrefix(filepath.Ext(path), "."))
	data, err := Render(p, size, format)
	if err != nil {
		return fmt.Errorf("save figure %s: %w", path, err)
	}
	// Beside it, without trying whether another folder would do.
	if err := renameio.WriteFile(path, data, 0o644, renameio.WithTempDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("save figure %s: %w", path, err)
	}
	return nil
}
