package slurm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// batch is an array that was handed in, or was going to be: what is in its files survives the process that hands it
// in. NAME has a line of trials for each job, NAME.json is written before sbatch is asked, NAME.job holds the number
// it gave, and NAME.ended is there once all is over.
type batch struct {
	Name  string    `json:"name"` // of the job too
	Since time.Time `json:"since"`

	study sweep.Study
	lines [][]string // trials, by the job's index
	array string     // "" where it is not known
	gone  []time.Time
}

func folder(s sweep.Study) string { return filepath.Join(s.Dir, "batches") }

func (b *batch) file(ending string) string { return filepath.Join(folder(b.study), b.Name+ending) }

// intend writes down that the batch is about to be handed in.
func (b *batch) intend() error {
	var lines strings.Builder
	for _, names := range b.lines {
		fmt.Fprintln(&lines, strings.Join(names, " "))
	}
	if err := atomicfile.Write(b.file(""), []byte(lines.String())); err != nil {
		return err
	}
	text, err := json.Marshal(b)
	if err != nil {
		return err
	}
	b.gone = make([]time.Time, len(b.lines))
	return atomicfile.Write(b.file(".json"), append(text, '\n'))
}

// is writes down the array's number.
func (b *batch) is(array string) error {
	b.array = array
	return atomicfile.Write(b.file(".job"), []byte(array+"\n"))
}

// end writes down that nothing of the batch is left on the cluster.
func (b *batch) end() error { return atomicfile.Write(b.file(".ended"), nil) }

// forget takes back what intend wrote, of a batch that Slurm refused.
func (b *batch) forget() error {
	return errors.Join(os.Remove(b.file(".json")), os.Remove(b.file("")))
}

// read reads the lines.
func (b *batch) read() error {
	text, err := os.ReadFile(b.file(""))
	for line := range strings.Lines(string(text)) {
		b.lines = append(b.lines, strings.Fields(line))
	}
	return err
}

// Line are the trials of a job of a batch, by the job's number in the array: what its worker is to attempt.
func Line(s sweep.Study, name string, number int) ([]string, error) {
	b := &batch{Name: filepath.Base(name), study: s}
	if err := b.read(); err != nil {
		return nil, err
	}
	if number < 0 || number >= len(b.lines) {
		return nil, fmt.Errorf("%s has %d lines, and none of number %d", b.file(""), len(b.lines), number)
	}
	return b.lines[number], nil
}

// open reads the batches of a study that have not ended.
func open(s sweep.Study) (all []*batch, err error) {
	files, err := filepath.Glob(filepath.Join(folder(s), "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(files)
	for _, path := range files {
		b := &batch{study: s}
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, b); err != nil {
			return nil, fmt.Errorf("%s cannot be read (%w): remove it once no job of its name is in the queue",
				path, err)
		}
		if _, err := os.Stat(b.file(".ended")); err == nil {
			continue
		}
		if err := b.read(); err != nil {
			return nil, err
		}
		b.gone = make([]time.Time, len(b.lines))
		number, err := os.ReadFile(b.file(".job"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		b.array = strings.TrimSpace(string(number))
		all = append(all, b)
	}
	return all, nil
}
