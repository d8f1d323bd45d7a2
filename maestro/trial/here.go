package trial

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/task/named"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Here runs trials one after another in this process. Each is opened where it is finished, gone on with where it was
// interrupted, and else made, after the one that it starts from; then the test split is measured once.
type Here struct {
	Backend compute.Backend // may be nil where all are finished
	Options train.Options
	DataDir string // where the data of named tasks lie; "" as data.Options has it
	// Load makes the task of settings; nil is named.Load. A task is kept for the trials after it that have the same.
	Load func(ctx context.Context, dir string, s runs.Settings) (*task.Task, error)
	// Hold keeps other processes from this folder once a trial is to be made, Doing says what for; "" keeps none.
	Hold, Doing string
	Progress    cache.Progress // is told the name of each trial when its turn comes
}

func (h Here) Run(ctx context.Context, trials []Trial) error {
	p := h.Session()
	defer p.Close()
	for i := range trials {
		t := &trials[i]
		h.Progress.Tell(runs.Name(t.Dir), i, len(trials))
		if err := p.Finish(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", runs.Name(t.Dir), err)
		}
	}
	return nil
}

// Session runs trials as they come, and keeps from one to the next what they share.
type Session struct {
	Here
	held    func()
	task    *task.Task
	learns  runs.Settings // of the task, but for how it is trained
	pending []*Trial      // those whose turn it is, each started from by the one before
}

// Session begins one. Close ends it.
func (h Here) Session() *Session { return &Session{Here: h} }

// Close gives the folder free that is held.
func (h *Session) Close() {
	if h.held != nil {
		h.held()
		h.held = nil
	}
}

// Finish opens a trial where it is finished, and else makes it, or goes on with it, to its end.
func (h *Session) Finish(ctx context.Context, t *Trial) error {
	if _, err := t.Read(); err == nil || !errors.Is(err, ErrUnfinished) {
		return err
	}
	if err := h.hold(); err != nil {
		return err
	}
	if _, err := t.Read(); err == nil { // another process has finished it
		return nil
	}
	run, err := h.train(ctx, t)
	if err != nil {
		return err
	}
	defer run.Close()
	_, err = run.TestOnce()
	return err
}

func (h *Session) hold() (err error) {
	if h.Hold == "" || h.held != nil {
		return nil
	}
	if err := os.MkdirAll(h.Hold, 0o755); err != nil {
		return err
	}
	h.held, err = train.Hold(h.Hold, h.Doing, h.Options)
	return err
}

// train runs the trial's method, after the trial that it starts from, and returns the run at its end.
func (h *Session) train(ctx context.Context, t *Trial) (*train.Run, error) {
	for _, p := range h.pending {
		if p == t {
			return nil, fmt.Errorf("%s starts from itself", t.Dir)
		}
	}
	h.pending = append(h.pending, t)
	defer func() { h.pending = h.pending[:len(h.pending)-1] }()
	lab, err := h.Lab(ctx, t)
	if err != nil {
		return nil, err
	}
	if t.From == nil {
		return t.method().Train(ctx, t.Dir, t.Settings, nil, lab)
	}
	from, err := h.train(ctx, t.From)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	return t.method().Train(ctx, t.Dir, t.Settings, from, lab)
}

// Lab is what a trial is made with. Its task is loaded unless the last one's is the same.
func (h *Session) Lab(ctx context.Context, t *Trial) (Lab, error) {
	s := t.Settings
	learns := runs.Settings{Seed: s.Seed, DataSettings: s.DataSettings,
		ModelSettings: runs.ModelSettings{Model: s.Model, Width: s.Width}, TextSettings: s.TextSettings}
	if h.task == nil || h.learns != learns {
		load := h.Load
		if load == nil {
			load = h.images
		}
		learnt, err := load(ctx, t.Dir, s)
		if err != nil {
			return Lab{}, err
		}
		h.task, h.learns = learnt, learns
	}
	return Lab{Backend: h.Backend, Task: h.task, Options: h.Options}, nil
}

// images loads a named task, from where a run beside this one had its data.
func (h *Session) images(ctx context.Context, dir string, s runs.Settings) (*task.Task, error) {
	o := images.DataOptions(runs.Config{Settings: s}, h.DataDir, nil)
	o.Remembered, o.Warn = runs.Remembered(dir, s.Data), h.Options.Warn
	return named.Load(ctx, s, o)
}
