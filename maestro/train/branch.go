package train

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"strings"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/safetensors"
)

// Branching says how a run goes on from another's weights.
type Branching struct {
	// Settings of the new run: of the same model and the same data.
	Settings runs.Settings
	// Epoch is the one it starts at: 0 for a training of its own, or how far the other run is, to go on along the
	// schedule of the learning rate. All of the settings' epochs give a run that is done, to be measured or exported.
	Epoch int
	// Change alters the weights' form and values first: Factorise, Merge, Truncate. It may be nil.
	Change func(*lod.Network) error
	// Note says in config.yaml what Change did.
	Note string
}

// Branch starts a run in a folder of its own from the weights that another run has now; the other is not changed. The
// optimizer starts anew. The rows of the other's tables up to the epoch are copied, so that they tell the whole
// training.
func Branch(backend compute.Backend, dir string, from *Run, b Branching, o Options) (*Run, error) {
	was := from.Settings
	b.Settings = b.Settings.On(was.Validation)
	if err := CheckWith(b.Settings, o.Own); err != nil {
		return nil, err
	}
	if other := b.Settings.OtherSubject(was); len(other) > 0 {
		return nil, fmt.Errorf("a run that goes on from %s must have its %s", from.Dir,
			strings.Join(other, " and its "))
	}
	if b.Epoch != 0 && b.Epoch != from.Epoch() || b.Epoch > b.Settings.Epochs {
		return nil,
			fmt.Errorf("a run of %d epochs that goes on from %s, which is at epoch %d, cannot start at epoch %d",
				b.Settings.Epochs, from.Dir, from.Epoch(), b.Epoch)
	}
	if steps := from.state.MidEpoch.Steps; steps > 0 {
		return nil, fmt.Errorf("%s is %d steps into epoch %d: train that to its end first, by %s", from.Dir, steps,
			from.Epoch()+1, commandLine("resume", from.Dir))
	}
	if err := from.Network.CheckFinite(); err != nil {
		return nil, fmt.Errorf("nothing can go on from %s: %w, as training that diverged leaves them", from.Dir, err)
	}
	if runs.Exists(dir) {
		return nil, fmt.Errorf("%s holds a run already: name another folder", dir)
	}
	r, err := open(backend, dir, b.Settings, from.task, o, string(lod.InitRandom))
	if err != nil {
		return nil, err
	}
	r.from = runs.From{Run: runs.Name(from.Dir), Epoch: from.Epoch(), Note: b.Note}
	err = r.copyFrom(from, b)
	if err == nil && r.Done() { // to be used as it is, so with its batch norms' statistics
		err = r.Recalibrate()
	}
	if err == nil {
		err = r.begin(backend, func() error {
			if b.Epoch == 0 {
				return r.recordRanks()
			}
			return runs.CopyTables(r.Dir, from.Dir, b.Epoch)
		})
	}
	if err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// FineTune is a run that trains another's network on, from its weights as they are and by settings of its own, from
// their first epoch; or goes on with the one that is there. A folder that holds a run from other weights is an error.
func FineTune(backend compute.Backend, dir string, from *Run, s runs.Settings, o Options) (*Run, error) {
	if !runs.Exists(dir) {
		return Branch(backend, dir, from, Branching{Settings: s, Note: fmt.Sprintf("trained on for %d epochs",
			s.Epochs)}, o)
	}
	if err := GoesOnFrom(dir, from); err != nil {
		return nil, err
	}
	return NewOrResume(backend, dir, s, from.task, o)
}

// GoesOnFrom is an error, which names both, unless the run in a folder started from the weights that another has now.
// Of runs of older versions only the other's name and epoch are known.
func GoesOnFrom(dir string, from *Run) error {
	config, err := runs.ReadConfig(dir)
	if err != nil {
		return err
	}
	weights, err := from.Checksum()
	if err != nil {
		return err
	}
	at := runs.From{Run: runs.Name(from.Dir), Epoch: from.Epoch()}.At()
	switch was := config.From.At(); {
	case config.From == runs.From{}:
		return fmt.Errorf("%s holds a run of its own, none that trains %s on: name another folder", dir, from.Dir)
	case was != at:
		return fmt.Errorf("%s holds a run that trains %s on, not %s: name another folder", dir, was, at)
	case config.From.Weights != "" && config.From.Weights != weights:
		return fmt.Errorf("%s holds a run that trains %s on, from other weights than those of %s: name another folder",
			dir, was, from.Dir)
	}
	return nil
}

// Checksum is the SHA-256 of the run's trainable weights as they are, in hex.
func (r *Run) Checksum() (string, error) {
	_, sum, err := r.weights()
	return sum, err
}

// weights are a network's variables, and the SHA-256 of the trainable ones.
func (r *Run) weights() (all safetensors.File, sum string, err error) {
	variables := r.Network.Store().RootScope().At("model").IterVariables
	if all, err = copied(variables()); err != nil {
		return all, "", err
	}
	trainable := safetensors.File{Tensors: maps.Clone(all.Tensors)}
	for v := range variables() {
		if !v.Trainable {
			delete(trainable.Tensors, strings.TrimPrefix(v.Path(), "/"))
		}
	}
	hash := sha256.New()
	err = safetensors.Write(hash, trainable)
	return all, fmt.Sprintf("%x", hash.Sum(nil)), err
}

// copyFrom copies the other's weights and changes them.
func (r *Run) copyFrom(from *Run, b Branching) error {
	file, sum, err := from.weights()
	if err != nil {
		return err
	}
	r.from.Weights = sum
	if err := loadWeights(r.Network, from.Network.Layers, file); err != nil {
		return err
	}
	if b.Change != nil {
		if err := b.Change(r.Network); err != nil {
			return err
		}
	}
	r.state.Epoch, r.state.Step = b.Epoch, b.Epoch*r.stepsPerEpoch()
	r.state.OptimizerStart = r.state.Step
	return r.sampler.Resize(r.Network.Layers)
}
