package train

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/maestro-lod/notebook/maestro/internal/folderlock"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Hold keeps the folder of a run, or of runs, from being written by another process, and by other parts of this one,
// until release is called. doing says what for, in a word. A folder that is in use already is an error that names who
// uses it. Training holds its run's folder by itself; reading needs no hold.
func Hold(dir, doing string, o Options) (release func(), err error) {
	lock, err := folderlock.Take(dir, doing, o.warn)
	if err != nil {
		return nil, err
	}
	return lock.Release, nil
}

// hold makes the run's folder where it is missing, and holds it to train. A folder that was made and stays empty is
// removed again when the run is closed.
func (r *Run) hold() (err error) {
	if _, err := os.Stat(r.Dir); err != nil {
		if err := os.MkdirAll(r.Dir, 0o755); err != nil {
			return fmt.Errorf("cannot make the run folder: %w", err)
		}
		r.madeDir = true
	}
	r.lock, err = folderlock.Take(r.Dir, "training", r.options.warn)
	return err
}

// release gives the folder free: the run is done, or closed.
func (r *Run) release() {
	if r.lock == nil {
		return
	}
	r.lock.Release()
	r.lock = nil
	if r.madeDir {
		_ = os.Remove(r.Dir) // which fails where there is something in it
	}
}

// follow finds the run's folder before it is written to: it may have been moved since.
func (r *Run) follow() error {
	if r.lock == nil {
		return nil
	}
	dir, err := r.lock.Dir()
	if err != nil {
		return fmt.Errorf("%w; nothing more is written, and the last checkpoint there is what `maestro resume` goes "+
			"on from", err)
	}
	if dir != r.Dir {
		r.options.warn(fmt.Sprintf("the run folder %s was moved while it trained: it is %s now, and the run goes on "+
			"there", r.Dir, dir))
		r.Dir = dir
	}
	return nil
}

// commandLine is a command for a person to copy, its words quoted where a shell would take them for something else.
func commandLine(words ...string) string {
	for i, w := range words {
		if i == 1 && strings.HasPrefix(w, "-") { // a folder, no flag
			w = "./" + w
		}
		if w == "" ||
			strings.ContainsFunc(w,
				func(c rune) bool { return strings.ContainsRune(" \t\n'\"\\$`&|;<>()*?[]{}!#~", c) }) {
			w = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
		words[i] = w
	}
	return "`maestro " + strings.Join(words, " ") + "`"
}

// TrainOn is the command that trains a finished run on for more epochs, to be shown to a person.
func TrainOn(dir string, epochs int) string {
	return commandLine("finetune", dir, "--epochs", fmt.Sprint(max(1, epochs)))
}

// occupied is the error of a new run in a folder that holds one: who trains that now, or how to go on with it.
func occupied(dir string, s runs.Settings) error {
	var used *folderlock.InUse
	if lock, err := folderlock.Take(dir, "looked at", nil); errors.As(err, &used) {
		return used
	} else if err == nil {
		lock.Release()
	}
	config, err := runs.ReadConfig(dir)
	if err != nil || s.Same(config.Settings) {
		return fmt.Errorf("%s holds a run already: go on with it by %s, or name another folder", dir,
			commandLine("resume", dir))
	}
	if done := config.Settings.Epochs; finished(dir, done) {
		return fmt.Errorf("%s holds a run that has all of its %d epochs: train it on by %s, or name another folder "+
			"for a new one",
			dir, done, TrainOn(dir, s.Epochs-done))
	}
	return fmt.Errorf("%s holds a run with other settings: go on with that as it is by %s, or name another folder", dir,
		commandLine("resume", dir))
}

// finished says whether the newest checkpoint in a folder is that of its last epoch, and whole.
func finished(dir string, epochs int) bool {
	list, err := runs.Checkpoints(dir, runs.Anywhere)
	if err != nil || len(list) == 0 || list[0] != runs.CheckpointDir(dir, epochs, 0) {
		return false
	}
	_, _, err = runs.ReadCheckpoint(list[0])
	return err == nil
}
