package runs

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/lod/layer"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// A checkpoint is a folder checkpoint/epoch-NNNN in the run's, put in place whole by one rename. It holds every
// variable of weights and optimizer (weights.safetensors), the rest of the run's state (state.json), and their
// SHA-256 sums. One within the epoch after it is epoch-NNNN-step-SSSSSSS, and goes when that epoch ends.
const (
	weightsFile = "weights.safetensors"
	stateFile   = "state.json"
	sumsFile    = "SHA256SUMS"
)

// State is what a run needs beside its variables to go on where it was.
type State struct {
	Epoch int `json:"epoch"` // epochs that are done
	Step  int `json:"step"`  // steps that are done
	// steps before the optimizer's state began: a branch starts with a new one
	OptimizerStart int             `json:"begun"`
	Layers         []layer.Layer   `json:"layers"`
	Sampler        json.RawMessage `json:"sampler"`  // what the sampler goes on from
	Settings       string          `json:"settings"` // their fingerprint
	MidEpoch       MidEpoch        `json:"within,omitzero"`
	// batch norms have the statistics of these weights and ranks
	Recalibrated bool `json:"gathered,omitempty"`
}

// MidEpoch is what is done of the epoch after those.
type MidEpoch struct {
	Steps       int     `json:"steps"`
	Loss        float64 `json:"loss"`         // their share of the epoch's mean
	StepSeconds float64 `json:"step_seconds"` // all steps together
	Seconds     float64 `json:"seconds"`      // with everything between them
}

// keepCheckpoints is how many of the newest stay: the one before is what a damaged last one falls back on.
const keepCheckpoints = 2

// When is which checkpoints of a run are meant.
type When bool

const (
	EpochEnds When = false
	Anywhere  When = true // within epochs too
)

// CheckpointDir is the folder of the checkpoint after so many epochs, and so many steps of the next.
func CheckpointDir(run string, epoch, steps int) string {
	name := fmt.Sprintf("epoch-%04d", epoch)
	if steps > 0 {
		name += fmt.Sprintf("-step-%07d", steps)
	}
	return filepath.Join(run, "checkpoint", name)
}

// SaveCheckpoint writes a checkpoint and then removes the ones beyond those kept. Until the rename nothing of it
// counts.
func SaveCheckpoint(run string, s State, weights safetensors.File) (err error) {
	final := CheckpointDir(run, s.Epoch, s.MidEpoch.Steps)
	part := final + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o755)); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(part)
		}
	}()
	var sums strings.Builder
	write := func(name string, fill func(f *os.File) error) error {
		path := filepath.Join(part, name)
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		if err := errors.Join(fill(f), f.Sync(), f.Close()); err != nil {
			return err
		}
		sum, err := checksum(path)
		fmt.Fprintf(&sums, "%s  %s\n", sum, name)
		return err
	}
	if err := write(weightsFile, func(f *os.File) error { return safetensors.Write(f, weights) }); err != nil {
		return err
	}
	if err := write(stateFile, func(f *os.File) error { return json.NewEncoder(f).Encode(s) }); err != nil {
		return err
	}
	if err := write(sumsFile,
		func(f *os.File) error { _, err := f.WriteString(sums.String()); return err }); err != nil {
		return err
	}
	if err := os.RemoveAll(final); err != nil { // a damaged one of the same epoch
		return err
	}
	if err := os.Rename(part, final); err != nil {
		return err
	}
	return removeOld(run, final)
}

// removeOld removes the checkpoints within epochs but the newest of all, and those at epochs' ends beyond the ones
// kept.
func removeOld(run, newest string) error {
	all, err := Checkpoints(run, Anywhere)
	if err != nil {
		return err
	}
	ends, err := Checkpoints(run, EpochEnds)
	if err != nil {
		return err
	}
	kept := ends[:min(keepCheckpoints, len(ends))]
	for _, dir := range all {
		if dir != newest && !slices.Contains(kept, dir) {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

func checksum(path string) (string, error) {
	text, err := os.ReadFile(path)
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}
