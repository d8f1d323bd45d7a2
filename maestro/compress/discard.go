package compress

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// modelNote is what config.yaml of a ladder's model says of how it was made.
func modelNote(step int) string { return fmt.Sprintf("step %d of its ladder", step) }

// Discard removes a run's ladder and all that the search made of it: its tables, and the models in the folder ladder.
// What else lies there stays, such as a run that trains a model on. A model's folder that holds more than the search
// wrote, and a table that it did not write, are an error, and then nothing is removed.
func Discard(dir string) error {
	remove := []string{filepath.Join(dir, "ladder.yaml")} // first what says that there is one
	for name, header := range map[string][]string{
		"ladder.csv": csvfile.Header[Rung](), "front.csv": csvfile.Header[Model](),
		"latency.csv": csvfile.Header[Latencies](),
	} {
		path := filepath.Join(dir, name)
		ours, err := hasHeader(path, header)
		if err != nil {
			return err
		}
		if !ours {
			return fmt.Errorf("%s is no table of a ladder, so it stays: move it away, and the ladder can be made anew",
				path)
		}
		remove = append(remove, path)
	}
	ladder := runs.Inside(dir, runs.Ladder)
	entries, err := os.ReadDir(ladder)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		path := filepath.Join(ladder, e.Name())
		if !isModel(path) {
			continue
		}
		other, err := beside(path)
		if err != nil {
			return err
		}
		if other != "" {
			return fmt.Errorf("%s holds %s, which the search did not make, so it stays: move it away, and the "+
				"ladder can be made anew", path, other)
		}
		remove = append(remove, path)
	}
	err = nil
	for _, path := range remove {
		err = errors.Join(err, os.RemoveAll(path))
	}
	_ = os.Remove(ladder) // which fails where something stays in it
	return err
}

// hasHeader says whether a table has these columns, with whatever between their names; one that is empty or not there
// does.
func hasHeader(path string, header []string) (bool, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) || err == nil && len(text) == 0 {
		return true, nil
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return !slices.ContainsFunc(header, func(column string) bool { return !strings.Contains(first, column) }), err
}

// isModel says whether a folder is a model that a search made: of the step that its name says, by its config.yaml,
// or, where making it was cut short, without one.
func isModel(path string) bool {
	var step int
	if _, err := fmt.Sscanf(filepath.Base(path), "%d", &step); err != nil ||
		filepath.Base(path) != runs.RungName(step) {
		return false
	}
	if !runs.Exists(path) {
		_, err := os.Stat(filepath.Join(path, "checkpoint"))
		return err == nil
	}
	config, err := runs.ReadConfig(path)
	return err == nil && config.From.Note == modelNote(step)
}

// beside is the first thing in a model's folder that is no part of a run; "" if there is none.
func beside(path string) (string, error) {
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if !runs.OwnFile(e.Name()) {
			return e.Name(), nil
		}
	}
	return "", err
}
