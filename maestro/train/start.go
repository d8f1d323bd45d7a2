package train

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// New starts a run in a folder that does not hold one yet, up to the point where Train can be called.
func New(backend compute.Backend, dir string, s runs.Settings, splits *data.Splits, o Options) (*Run, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	if runs.Exists(dir) {
		return nil, occupied(dir, s)
	}
	s = s.On(splits.Validation.Len())
	r, err := open(backend, dir, s, splits, o, s.Start)
	if err != nil {
		return nil, err
	}
	if err := r.begin(backend, nil); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// begin makes the run folder: the tables with what came before, the first checkpoint, and config.yaml, which says from what
// it goes on.
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
