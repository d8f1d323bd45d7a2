package train

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// A checkpoint is a folder checkpoint/epoch-NNNN in the run's, put in place whole by one rename. It holds every variable
// of weights and optimiser (weights.safetensors), the rest of the run's state (state.json), and their SHA-256 sums. One
// within the epoch after it is epoch-NNNN-step-SSSSSSS, and goes when that epoch ends.
const (
	weightsFile = "weights.safetensors"
	stateFile   = "state.json"
	sumsFile    = "SHA256SUMS"
)

// state is what a run needs beside its variables to go on where it was.
type state struct {
	Epoch    int              `json:"epoch"` // epochs that are done
	Step     int              `json:"step"`  // steps that are done
	Begun    int              `json:"begun"` // the step that the optimiser's variables began at: a branch starts with new ones
	Layers   []lod.Layer      `json:"layers"`
	Sampler  lod.SamplerState `json:"sampler"`
	Settings string           `json:"settings"` // their fingerprint
	Within   within           `json:"within,omitzero"`
	Gathered bool             `json:"gathered,omitempty"` // the batch norms' statistics are those of these weights and ranks
}

// within is what is done of the epoch after those.
type within struct {
	Steps       int     `json:"steps"`
	Loss        float64 `json:"loss"`         // their share of the epoch's mean
	StepSeconds float64 `json:"step_seconds"` // all steps together
	Seconds     float64 `json:"seconds"`      // with everything between them
}

// keepCheckpoints is how many of the newest stay: the one before is what a damaged last one falls back on.
const keepCheckpoints = 2

// moments say which checkpoints of a run are meant.
type moments bool

const (
	epochEnds moments = false
	anywhere  moments = true // within epochs too
)

func checkpointDir(run string, epoch, steps int) string {
	name := fmt.Sprintf("epoch-%04d", epoch)
	if steps > 0 {
		name += fmt.Sprintf("-step-%07d", steps)
	}
	return filepath.Join(run, "checkpoint", name)
}

// saveCheckpoint writes a checkpoint and then removes the ones beyond those kept. Until the rename nothing of it counts.
func saveCheckpoint(run string, n *lod.Network, s state) (err error) {
	final := checkpointDir(run, s.Epoch, s.Within.Steps)
	part := final + ".part"
	if err := errors.Join(os.RemoveAll(part), os.MkdirAll(part, 0o755)); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(part)
		}
	}()
	file := safetensors.File{Tensors: map[string]safetensors.Tensor{}}
	for v := range n.Store().IterVariables() {
		value, err := v.Value()
		if err != nil {
			return err
		}
		flat, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return fmt.Errorf("variable %s: %w", v.Path(), err)
		}
		file.Tensors[strings.TrimPrefix(v.Path(), "/")] = safetensors.Tensor{Shape: v.Shape().Dimensions, Data: flat}
	}
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
	if err := write(weightsFile, func(f *os.File) error { return safetensors.Write(f, file) }); err != nil {
		return err
	}
	if err := write(stateFile, func(f *os.File) error { return json.NewEncoder(f).Encode(s) }); err != nil {
		return err
	}
	if err := write(sumsFile, func(f *os.File) error { _, err := f.WriteString(sums.String()); return err }); err != nil {
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

// removeOld removes the checkpoints within epochs but the newest of all, and those at epochs' ends beyond the ones kept.
func removeOld(run, newest string) error {
	all, err := checkpoints(run, anywhere)
	if err != nil {
		return err
	}
	ends, err := checkpoints(run, epochEnds)
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

// checkpoints lists a run's, newest first.
func checkpoints(run string, where moments) (found []string, err error) {
	entries, err := os.ReadDir(filepath.Join(run, "checkpoint"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	type moment struct{ epoch, steps int }
	at := map[string]moment{}
	for _, e := range entries {
		var m moment
		_, _ = fmt.Sscanf(e.Name(), "epoch-%d-step-%d", &m.epoch, &m.steps) // or only the first of them
		dir := checkpointDir(run, m.epoch, m.steps)
		if filepath.Base(dir) == e.Name() && (m.steps == 0 || where == anywhere) {
			found, at[dir] = append(found, dir), m
		}
	}
	slices.SortFunc(found, func(a, b string) int {
		return cmp.Or(cmp.Compare(at[b].epoch, at[a].epoch), cmp.Compare(at[b].steps, at[a].steps))
	})
	return found, nil
}

// loadCheckpoint puts the newest whole checkpoint's variables into the network's store and returns its state. A damaged
// one is passed over with a word to warn.
func loadCheckpoint(run string, where moments, n *lod.Network, warn func(string)) (state, error) {
	list, err := checkpoints(run, where)
	if err != nil {
		return state{}, err
	}
	for _, dir := range list {
		s, file, err := readCheckpoint(dir)
		if err != nil {
			warn(fmt.Sprintf("checkpoint %s is damaged and not used: %v", filepath.Base(dir), err))
			continue
		}
		return s, adopt(n, s, file)
	}
	if len(list) > 0 {
		return state{}, fmt.Errorf("run %s has no whole checkpoint left: start it anew in another folder", run)
	}
	return state{}, fmt.Errorf("run %s has no checkpoint yet: start it anew", run)
}

func readCheckpoint(dir string) (s state, file safetensors.File, err error) {
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

// adopt replaces all of the network's variables and its layers' ranks.
func adopt(n *lod.Network, s state, file safetensors.File) error {
	store := n.Store()
	if len(s.Layers) != len(n.Layers) {
		return fmt.Errorf("the checkpoint is of another model: it has %d layers, this one %d", len(s.Layers), len(n.Layers))
	}
	trained := map[string]bool{} // all but what the optimiser and batch norms keep
	var order []string
	for v := range store.IterVariables() {
		name := strings.TrimPrefix(v.Path(), "/")
		trained[name], order = v.Trainable, append(order, name)
	}
	for _, root := range []string{"/model", "/optimizer"} {
		if err := store.DeleteVariablesInScope(root); err != nil {
			return err
		}
	}
	for _, name := range creationOrder(order, file.Tensors) {
		t := file.Tensors[name]
		v, err := store.CreateVariable("/"+name, tensors.FromFlatDataAndDimensions(t.Data, t.Shape...))
		if err != nil {
			return err
		}
		was, known := trained[name]
		v.SetTrainable(was || !known && strings.HasPrefix(name, "model/")) // unknown: a layer that is kept in another form now
	}
	for i, l := range s.Layers {
		n.Layers[i].Rank, n.Layers[i].Stored, n.Layers[i].Matrix = l.Rank, l.Stored, l.Matrix
	}
	return nil
}

// creationOrder lists the saved variables in the order in which training creates them: the network's, as model has them,
// then the optimizer's of each. A program takes its variables in that order, so that a resumed run's is the one that the
// run compiled before.
func creationOrder(model []string, saved map[string]safetensors.Tensor) (order []string) {
	listed := map[string]bool{}
	add := func(name string) {
		if _, ok := saved[name]; ok && !listed[name] {
			order, listed[name] = append(order, name), true
		}
	}
	for _, name := range model {
		add(name)
	}
	for _, name := range model {
		for _, kind := range followerKinds() {
			add("optimizer/" + name + "_" + kind)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(saved)) { // of layers that are kept in another form now
		add(name)
	}
	return order
}

func zeros(shape shapes.Shape) *tensors.Tensor { return tensors.FromShape(shape) }
