package runs

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// Checkpoints lists a run's, newest first.
func Checkpoints(run string, when When) (found []string, err error) {
	entries, err := os.ReadDir(filepath.Join(run, "checkpoint"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	type moment struct{ epoch, steps int }
	at := map[string]moment{}
	for _, e := range entries {
		var m moment
		_, _ = fmt.Sscanf(e.Name(), "epoch-%d-step-%d", &m.epoch, &m.steps) // or only the first of them
		dir := CheckpointDir(run, m.epoch, m.steps)
		if filepath.Base(dir) == e.Name() && (m.steps == 0 || when == Anywhere) {
			found, at[dir] = append(found, dir), m
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(at[b].epoch, at[a].epoch), cmp.Compare(at[b].steps, at[a].steps))
	})
	return found, nil
}

// NewestCheckpoint reads the newest whole one. A damaged one is passed over with a word to warn.
func NewestCheckpoint(run string, when When, warn func(string)) (s State, weights safetensors.File, err error) {
	list, err := Checkpoints(run, when)
	if err != nil {
		return s, weights, err
	}
	for _, dir := range list {
		s, weights, err := ReadCheckpoint(dir)
		if err == nil {
			return s, weights, nil
		}
		warn(fmt.Sprintf("checkpoint %s is damaged and not used: %v", filepath.Base(dir), err))
	}
	if len(list) > 0 {
		return s, weights, fmt.Errorf("run %s has no whole checkpoint left: start it anew in another folder", run)
	}
	return s, weights, fmt.Errorf("run %s has no checkpoint yet: start it anew", run)
}

// ReadCheckpoint reads one from its folder; one that is not as it was written is an error.
func ReadCheckpoint(dir string) (s State, file safetensors.File, err error) {
	sums, err := os.ReadFile(filepath.Join(dir, sumsFile))
	if err != nil {
		return s, file, err
	}
	checked := 0
	for line := range strings.Lines(string(sums)) {
		want, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		got, err := checksum(filepath.Join(dir, name))
		if err != nil {
			return s, file, err
		}
		if got != want {
			return s, file, fmt.Errorf("%s is not as it was written", name)
		}
		checked++
	}
	if checked != 2 {
		return s, file, fmt.Errorf("%s is cut short", sumsFile)
	}
	text, err := os.ReadFile(filepath.Join(dir, stateFile))
	if err != nil {
		return s, file, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, file, fmt.Errorf("%s: %w", stateFile, err)
	}
	file, err = safetensors.Read(filepath.Join(dir, weightsFile))
	return s, file, err
}
