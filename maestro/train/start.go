package train

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/data"
)

// New starts a run in a folder that does not hold one yet, up to the point where Train can be called.
func New(backend compute.Backend, dir string, s Settings, splits *data.Splits, o Options) (*Run, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if Exists(dir) {
		return nil, occupied(dir, s)
	}
	s = s.on(splits.Validation.Len())
	r, err := open(backend, dir, s, splits, o, s.Start)
	if err != nil {
		return nil, err
	}
	if err := r.begin(backend, "", nil); err != nil {
		r.Close()
		return nil, err
	}
	return r, nil
}

// begin makes the run folder: the tables with what came before, the first checkpoint, and config.yaml, which says from what
// it goes on.
func (r *Run) begin(backend compute.Backend, from string, tables func() error) error {
	if err := r.hold(); err != nil {
		return err
	}
	if Exists(r.Dir) { // since it was looked for
		r.release()
		return occupied(r.Dir, r.Settings)
	}
	if err := clearFalseStart(r.Dir, r.state.Epoch); err != nil {
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
	if err := r.writeConfig(backend, from); err != nil {
		return err
	}
	if r.Done() {
		r.release()
	}
	return nil
}

// clearFalseStart removes what a start left behind that was cut short before it wrote config.yaml: tables and the
// checkpoint of the epoch it starts at. A folder with others is a run whose config.yaml was lost, and is left alone.
func clearFalseStart(dir string, epoch int) error {
	list, err := checkpoints(dir, anywhere)
	if err != nil {
		return err
	}
	start := checkpointDir(dir, epoch, 0)
	if len(list) > 0 && (len(list) > 1 || list[0] != start) {
		return fmt.Errorf("%s holds checkpoints but no config.yaml: put that back to resume, or name another folder", dir)
	}
	for _, table := range tables() { // all of them first: a refusal leaves everything as it was
		path := filepath.Join(dir, table.name)
		if text, e := os.ReadFile(path); e == nil && len(text) > 0 && !strings.HasPrefix(string(text), strings.Join(table.header[:2], ",")+",") {
			return fmt.Errorf("%s is there, and is no table of a run: name another folder, or move it away", path)
		}
	}
	for _, table := range tables() {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, table.name)))
	}
	return errors.Join(err, os.RemoveAll(start))
}
