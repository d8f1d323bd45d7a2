package sweep

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Study is a grid of trainings in a folder: study.yaml says what it is, runs/ has a run folder for each trial.
type Study struct {
	Dir      string        `yaml:"-"`
	Settings runs.Settings `yaml:"settings"` // of every trial, but for the axes and the seed
	Axes     []string      `yaml:"axes"`     // as ParseAxis reads them
	Seeds    []uint64      `yaml:"seeds,flow"`
}

func (s Study) file() string { return filepath.Join(s.Dir, "study.yaml") }

// Read reads the study in a folder.
func Read(dir string) (Study, error) {
	s := Study{Dir: dir}
	text, err := os.ReadFile(s.file())
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("%s is no study: it has no study.yaml", dir)
	}
	if err != nil {
		return s, err
	}
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	if err := strict.Decode(&s); err != nil {
		return s, fmt.Errorf("%s: %s", s.file(), strings.Join(strings.Fields(err.Error()), " "))
	}
	return s, nil
}

// Save puts study.yaml in place. A folder that holds a study of other settings is an error that names the first of
// them; more values and more seeds add to the study that is there, whose trials stay.
func (s Study) Save() error {
	if _, err := s.Trials(); err != nil {
		return err
	}
	was, err := Read(s.Dir)
	switch {
	case err == nil:
		if err := s.extends(was); err != nil {
			return err
		}
	case fileExists(s.file()):
		return err
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	text, err := yaml.Marshal(s)
	if err != nil {
		return err
	}
	return atomicfile.Write(s.file(), text)
}

func fileExists(path string) bool { _, err := os.Stat(path); return err == nil }

// extends is an error where the study differs from an earlier one of its folder in a setting that no axis varies.
func (s Study) extends(was Study) error {
	varied, err := s.varied()
	if err != nil {
		return err
	}
	before, err := was.varied()
	if err != nil {
		return err
	}
	old, now := was.Settings.Fields(), s.Settings.Fields()
	for i, f := range now {
		if slices.Contains(varied, f.Name) || slices.Contains(before, f.Name) || f.Name == "seed" {
			continue
		}
		if a, b := old[i].Value.Interface(), f.Value.Interface(); a != b {
			return fmt.Errorf("%s holds a study whose %s is %v, and this one's is %v: name another folder, or vary it on an axis",
				s.Dir, f.Key, a, b)
		}
	}
	return nil
}

// varied are the names of the settings on the axes, without their sections.
func (s Study) varied() (names []string, err error) {
	fields := s.Settings.Fields()
	for _, text := range s.Axes {
		axis, err := ParseAxis(text)
		if err != nil {
			return nil, err
		}
		for _, name := range axis.Names {
			for _, f := range fields {
				if name == f.Key {
					name = f.Name
				}
			}
			names = append(names, name)
		}
	}
	return names, nil
}

// Trial is one training of a study.
type Trial struct {
	trial.Trial
	Point Point
	State State
	// Reason is why it failed; "" where it did not.
	Reason string
	Run    *runs.Run // where it has begun
}

// State is where a trial is.
type State string

const (
	Missing     State = "missing"     // it has no run
	Interrupted State = "interrupted" // its run goes on where it is run again
	Finished    State = "finished"
	Diverged    State = "diverged" // its last attempt ended with a loss that is no number, or absurd
	Failed      State = "failed"   // its last attempt ended with another error
)

// Trials are the study's, point by point, each with its seeds: a trial's folder is named by a hash of its settings and
// its seed, so that adding values or seeds keeps all that are done.
func (s Study) Trials() (trials []Trial, err error) {
	var axes []Axis
	for _, text := range s.Axes {
		axis, err := ParseAxis(text)
		if err != nil {
			return nil, err
		}
		axes = append(axes, axis)
	}
	points, err := Points(s.Settings, axes)
	if err != nil {
		return nil, err
	}
	if len(s.Seeds) == 0 {
		return nil, errors.New("a study needs a seed: name at least one")
	}
	for i, seed := range s.Seeds {
		if slices.Contains(s.Seeds[:i], seed) {
			return nil, fmt.Errorf("seeds names %d twice: name each once", seed)
		}
	}
	for _, p := range points {
		anySeed := p.Settings
		anySeed.Seed = 0
		id, err := anySeed.Fingerprint()
		if err != nil {
			return nil, err
		}
		for _, seed := range s.Seeds {
			settings := p.Settings
			settings.Seed = seed
			trials = append(trials, Trial{Point: p, Trial: trial.Trial{Settings: settings,
				Dir: filepath.Join(s.Dir, "runs", runs.Seeded(id[:12], seed))}})
		}
	}
	return trials, nil
}

// failure is a row of failures.csv: an attempt that ended with an error.
type failure struct {
	Trial  string `csv:"trial"`
	At     string `csv:"at"` // RFC 3339
	Reason string `csv:"reason"`
}

func (s Study) failures() string { return filepath.Join(s.Dir, "failures.csv") }

// Look says where every trial is, from the folders alone.
func (s Study) Look() ([]Trial, error) {
	trials, err := s.Trials()
	if err != nil {
		return nil, err
	}
	rows, err := csvfile.ReadRows[failure](s.failures())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	reasons := map[string]string{}
	for _, f := range rows {
		reasons[f.Trial] = f.Reason
	}
	for i := range trials {
		t := &trials[i]
		t.State = Missing
		if run, err := t.Read(); err == nil {
			t.State, t.Run = Finished, run
			continue
		} else if !errors.Is(err, trial.ErrUnfinished) {
			return nil, err
		}
		if runs.Exists(t.Dir) {
			t.State = Interrupted
			t.Run, _ = runs.Read(t.Dir)
		}
		if reason := reasons[runs.Name(t.Dir)]; reason != "" {
			t.State, t.Reason = Failed, reason
			if strings.HasPrefix(reason, train.ErrDiverged.Error()) {
				t.State = Diverged
			}
		}
	}
	return trials, nil
}

// MostAlike is how many failures in a row with the same reason end a study: what is wrong is wrong with all.
const MostAlike = 3

// Run has the trials run that are missing or were interrupted, and those of the states that are named to be tried again.
// One that fails is written down, told to failed, and does not end the study, but MostAlike in a row with one reason do,
// unless they diverged. here runs each.
func (s Study) Run(ctx context.Context, here trial.Here, again []State, failed func(t Trial, err error)) error {
	trials, err := s.Look()
	if err != nil {
		return err
	}
	var todo []trial.Trial
	var of []Trial
	for _, t := range trials {
		if t.State == Missing || t.State == Interrupted || slices.Contains(again, t.State) {
			todo, of = append(todo, t.Trial), append(of, t)
		}
	}
	alike, last := 0, ""
	here.Hold, here.Doing = s.Dir, "running the study"
	here.Failed = func(i int, err error) error {
		if ctx.Err() != nil {
			return err
		}
		reason := err.Error()
		row := failure{runs.Name(todo[i].Dir), time.Now().UTC().Format(time.RFC3339), reason}
		if e := csvfile.AppendRows(s.failures(), row); e != nil {
			return errors.Join(err, e)
		}
		if failed != nil {
			failed(of[i], err)
		}
		cause, _, _ := strings.Cut(reason, ":")
		if errors.Is(err, train.ErrDiverged) {
			alike, last = 0, ""
		} else if cause == last {
			alike++
		} else {
			alike, last = 1, cause
		}
		if alike >= MostAlike {
			return fmt.Errorf("%d trials in a row failed alike, the last by: %w", alike, err)
		}
		return nil
	}
	return here.Run(ctx, todo)
}

// Seconds is how long a finished trial took; 0 where none has finished, from which nothing can be told.
func Seconds(trials []Trial) (each float64) {
	n := 0
	for _, t := range trials {
		if t.State == Finished {
			n++
			for _, row := range t.Run.History {
				each += row.Seconds
			}
		}
	}
	return each / float64(cmp.Or(n, 1))
}
