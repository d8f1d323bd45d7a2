package runs

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
)

// table is one that a training writes a row, or some, of every epoch to.
type table struct {
	name     string
	header   []string
	truncate func(path string, epoch int) error
}

func tables() []table {
	return []table{
		tableOf("history.csv", func(r Row) int { return r.Epoch }),
		tableOf("ranks.csv", func(r LayerRank) int { return r.Epoch }),
		tableOf("importance.csv", func(r Importance) int { return r.Epoch }),
		tableOf("metrics.csv", func(m Metric) int { return m.Epoch }),
	}
}

func tableOf[T any](name string, epoch func(T) int) table {
	return table{name: name, header: csvfile.Header[T](), truncate: func(path string, last int) error {
		return csvfile.Keep(path, func(row T) bool { return epoch(row) <= last })
	}}
}

// TruncateTables keeps the rows of epochs up to the given one in a run's tables: those after it were written by a
// stretch that is done again.
func TruncateTables(run string, epoch int) error {
	for _, t := range tables() {
		if err := t.truncate(filepath.Join(run, t.name), epoch); err != nil {
			return err
		}
	}
	return nil
}

// CopyTables copies the rows of a run's tables up to an epoch into a folder.
func CopyTables(to, from string, epoch int) error {
	for _, t := range tables() {
		text, err := os.ReadFile(filepath.Join(from, t.name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		path := filepath.Join(to, t.name)
		if err := atomicfile.Write(path, text); err != nil {
			return err
		}
		if err := t.truncate(path, epoch); err != nil {
			return err
		}
	}
	return nil
}

// ClearFalseStart removes what a start left behind that was cut short before it wrote config.yaml: tables and the
// checkpoint of the epoch it starts at. A folder with others is a run whose config.yaml was lost, and is left alone.
func ClearFalseStart(dir string, epoch int) error {
	list, err := Checkpoints(dir, Anywhere)
	if err != nil {
		return err
	}
	start := CheckpointDir(dir, epoch, 0)
	if len(list) > 0 && (len(list) > 1 || list[0] != start) {
		return fmt.Errorf("%s holds checkpoints but no config.yaml: put that back to resume, or name another folder",
			dir)
	}
	for _, table := range tables() { // all of them first: a refusal leaves everything as it was
		path := filepath.Join(dir, table.name)
		text, e := os.ReadFile(path)
		ours := strings.HasPrefix(string(text), strings.Join(table.header[:2], ",")+",")
		if e == nil && len(text) > 0 && !ours {
			return fmt.Errorf("%s is there, and is no table of a run: name another folder, or move it away", path)
		}
	}
	for _, table := range tables() {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, table.name)))
	}
	return errors.Join(err, os.RemoveAll(start))
}
