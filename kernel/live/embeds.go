package live

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
)

// embeds reads the cell's go:embed directives for the compiler: files of the folder that the cell runs in. It returns
// nil where there are none.
func (tr *translation) embeds(dir string) ([]byte, error) {
	config := struct {
		Patterns map[string][]string
		Files    map[string]string
	}{map[string][]string{}, map[string]string{}}
	d := tr.rewriter.draft
	for _, group := range d.file.Comments {
		for _, c := range group.List {
			rest, ok := strings.CutPrefix(c.Text, "//go:embed ")
			if !ok {
				continue
			}
			at := d.origin(d.offset(c.Pos()))
			for _, pattern := range strings.Fields(rest) {
				found, err := filepath.Glob(filepath.Join(dir, filepath.FromSlash(pattern)))
				if err != nil || len(found) == 0 {
					return nil,
						Problems{{at.cell, at.line, at.column, "go:embed: no file matches " + pattern + " in " + dir}}
				}
				for _, path := range found {
					inside, err := filepath.Rel(dir, path)
					if err != nil || strings.HasPrefix(inside, "..") {
						return nil,
							Problems{{at.cell, at.line, at.column,
								"go:embed: " + pattern + " is not below the folder that the cell runs in"}}
					}
					if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
						return nil,
							Problems{{at.cell, at.line, at.column,
								"go:embed: " + pattern + " is no file; folders are not embedded in a cell"}}
					}
					name := filepath.ToSlash(inside)
					config.Patterns[pattern] = append(config.Patterns[pattern], name)
					config.Files[name] = path
				}
			}
		}
	}
	if len(config.Patterns) == 0 {
		return nil, nil
	}
	return json.Marshal(config)
}
