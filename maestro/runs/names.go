package runs

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/internal/folderlock"
)

// What a run folder is called is decided here, so that who needs a run finds the one that another made: a run of a
// study is Seeded, one that is made of another lies Beside it, and one that another alone needs lies Inside that.

// Seeded is the folder's name of a run of some label, such as a method's name or its λ_gl, and a seed.
func Seeded(label string, seed uint64) string { return fmt.Sprintf("%s-seed%d", label, seed) }

// Lambda is the label of a run that others of its study differ from by λ_gl.
func Lambda(lambda float64) string { return fmt.Sprintf("lambda%g", lambda) }

// DefaultDir is the folder of a run that nobody has named.
func DefaultDir(s Settings) string {
	return filepath.Join("runs", Seeded(fmt.Sprintf("%s-%s-%s", s.Model, s.Data, Lambda(s.LambdaGL)), s.Seed))
}

// What is made of a run, as Beside and Inside have it.
const (
	FineTuned = "finetuned" // its network trained on
	Factors   = "svd"       // its network factorised
	Warm      = "warm"      // the network that it trained whole first
	Reordered = "reordered" // its network factorised anew, by importance
	Ladder    = "ladder"    // the folder of its ladder's models
)

// Beside is the folder of a run that is made of the one in dir.
func Beside(dir, what string) string { return filepath.Clean(dir) + "-" + what }

// Inside is the folder of a run that belongs to the one in dir.
func Inside(dir, what string) string { return filepath.Join(dir, what) }

// RungName is what the model of a step of a ladder is called, in the folder Ladder.
func RungName(step int) string { return fmt.Sprintf("%03d", step) }

// Sweep removes what a process that was killed an hour ago, or longer, was writing into a run folder.
func Sweep(run string) error { return atomicfile.Sweep(run, OwnFile, time.Hour) }

// OwnFile says whether training and measuring a run make a file, or folder, of this name in its folder.
func OwnFile(name string) bool {
	if of, ok := atomicfile.Unfinished(name); ok {
		name = of
	}
	name = strings.TrimSuffix(name, ".part") // as older versions named them
	return slices.ContainsFunc(tables(), func(t table) bool { return t.name == name }) ||
		slices.Contains([]string{"config.yaml", "checkpoint", testFile, folderlock.Name}, name)
}

// Name is what a run folder is called, also where it was named by ".", or with a slash at its end.
func Name(dir string) string {
	if whole, err := filepath.Abs(dir); err == nil {
		dir = whole
	}
	return filepath.Base(dir)
}
