package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// TestArrows: the rooms of the house know only those below them. Of each room it says what it must not import, by
// way of others neither.
func TestArrows(t *testing.T) {
	const (
		ours     = "github.com/maestro-lod/notebook/"
		programs = `^github\.com/gomlx/` // what links XLA's programs, which takes a cell half a second
		figures  = `^gonum\.org/v1/plot|^` + ours + `plots`
	)
	for _, arrow := range []struct{ from, never string }{
		{"maestro/cache", ours + "(maestro/[^c]|kernel|plots)"},
		{"maestro/ops", ours + "(maestro/[^o]|kernel|plots)"},
		{"maestro/text", ours + "(maestro/[^act]|kernel|plots)|" + programs + "|" + figures},
		{"maestro/data", ours + "(maestro/pyenv|maestro/lod|kernel)|" + programs + "|" + figures},
		{"maestro/lod", ours + "(maestro/data|maestro/pyenv|kernel)|" + figures},
		{"maestro/models", ours + "(maestro/data|maestro/pyenv|kernel)|" + figures},
		{"maestro/decode", ours + "(maestro/(pyenv|data|train|task|runs)|kernel)|" + figures},
		{"maestro/runs", ours + "(maestro/lod$|maestro/train|maestro/models|maestro/data|kernel)|" + programs + "|" +
			figures},
		{"maestro/task", ours + "(maestro/pyenv|maestro/data|maestro/models|maestro/train|kernel)|" + figures},
		{"maestro/task/images", ours + "(maestro/pyenv|maestro/train|kernel)|" + figures},
		{"maestro/task/captions", ours + "(maestro/pyenv|maestro/train|kernel)|" + figures},
		{"maestro/task/prose", ours + "(maestro/pyenv|maestro/train|kernel)|" + figures},
		{"maestro/task/named", ours + "(maestro/pyenv|maestro/train|kernel)|" + figures},
		{"maestro/task/rows", ours + "(maestro/pyenv|maestro/data|maestro/models|maestro/train|kernel)|" + figures},
		{"maestro/task/translation", ours + "(maestro/pyenv|maestro/data|maestro/models|maestro/train|kernel)|" +
			figures},
		{"maestro/task/language", ours + "(maestro/pyenv|maestro/data|maestro/models|maestro/train|kernel)|" + figures},
		{"maestro/train",
			ours +
				"(maestro/pyenv|maestro/data|maestro/models|maestro/task/|maestro/compress|maestro/studies|kernel)|" +
				figures},
		{"maestro/export", ours + "(maestro/train|maestro/data|kernel)|" + figures},
		{"maestro/studies", ours + "kernel|" + figures},
		{"maestro/studies/linear", ours + "(maestro/(train|runs|models|data|pyenv|compress)|kernel)|" + figures},
		{"maestro/trial", ours + "(maestro/(studies|baselines|compress|cli)|kernel)|" + figures},
		{"maestro/sweep", ours + "(maestro/(lod$|train|trial|task|models|data|device|studies|cli)|kernel)|" + programs +
			"|" + figures},
		{"maestro/sweep/worker", ours + "(maestro/(studies|cli|sweep/(local|slurm|tables))|kernel)|" + figures},
		{"maestro/sweep/launch", ours + "(maestro/(studies|cli|sweep/(slurm|tables))|kernel)|" + figures},
		{"maestro/sweep/local", ours + "(maestro/(train|trial|studies|cli)|kernel)|" + programs + "|" + figures},
		{"maestro/sweep/slurm", ours + "(maestro/(train|trial|studies|cli)|kernel)|" + programs + "|" + figures},
		{"maestro/sweep/tables", ours + "(maestro/(train|trial|studies|cli)|kernel)|" + programs + "|" + figures},
		{"maestro/sweepview", ours + "maestro/(lod$|train|trial|task|models|data|device|studies|cli)|" + programs},
		{"maestro/baselines", ours + "(maestro/(studies|compress|cli|task/rows)|kernel)|" + figures},
		{"maestro/compress", ours + "(maestro/studies|maestro/cli|maestro/pyenv|kernel)|" + figures},
		{"plots", ours + "(maestro|kernel)|" + programs + "|^github.com/janpfeifer/gonb"},
		{"kernel/cell", ours + "maestro|" + programs + "|" + figures},
		{"kernel/cell/inline", ours + "maestro|" + programs},
		{"kernel", ours + "(kernel/cell|maestro/(train|task|lod|data|models|studies|compress|export))|" + figures},
	} {
		never := regexp.MustCompile(arrow.never)
		for _, path := range deps(t, "./"+arrow.from) {
			if never.MatchString(path) {
				t.Errorf("%s imports %s, or what it imports does", arrow.from, strings.TrimPrefix(path, ours))
			}
		}
	}
}

// deps are the import paths of everything a package of this module is linked with.
func deps(t *testing.T, dir string) (paths []string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-json=ImportPath", dir).Output()
	if err != nil {
		t.Fatalf("go list %s: %v", dir, err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct{ ImportPath string }
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return paths
		} else if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p.ImportPath)
	}
}
