package train

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// New starts a run of a task in a folder that does not hold one yet, up to the point where Train can be called. What
// the settings call the model and the data is what the task does.
func New(backend compute.Backend, dir string, s runs.Settings, t *task.Task, o Options) (*Run, error) {
	s, err := fit(s, t, o)
	if err != nil {
		return nil, err
	}
	if runs.Exists(dir) {
		return nil, occupied(dir, s)
	}
	r, err := open(backend, dir, s, t, o, s.Start)
	if err != nil {
		return nil, err
	}
	if err := r.begin(backend, nil); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// fit is the settings of a run of a task.
func fit(s runs.Settings, t *task.Task, o Options) (runs.Settings, error) {
	if err := cmp.Or(CheckWith(s, o.Own), t.Check()); err != nil {
		return s, err
	}
	s.Model, s.Data = t.Name, t.Data.Name
	return s.On(t.Data.Validation.Len()), nil
}

// begin makes the run folder: the tables with what came before, the first checkpoint, and config.yaml, which says
// from what it goes on.
func (r *Run) begin(backend compute.Backend, tables func() error) error {
	if err := r.hold(); err != nil {
		return err
	}
	if runs.Exists(r.Dir) { // since it was looked for
		r.release()
		return occupied(r.Dir, r.Settings)
	}
	if err := runs.ClearFalseStart(r.Dir, r.state.Epoch); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(r.Dir, "checkpoint"), 0o755); err != nil {
		return fmt.Errorf("cannot make the run folder: %w", err)
	}
	if tables == nil {
		tables = r.recordRanks
	}
	if err := tables(); err != nil {
		return err
	}
	if err := r.checkpoint(); err != nil {
		return err
	}
	// Last, so that a folder with it is one that can be resumed.
	if err := r.writeConfig(backend); err != nil {
		return err
	}
	if r.Done() {
		r.release()
	}
	return nil
}
