package sweep

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Study is a sweep in a folder:
//
//	study.yaml          what was asked for last
//	specs/HASH.yaml     everything that was ever asked for
//	runs/TRIAL          the run folder of a trial
//	trials/TRIAL        its record (Record) and the logs of its attempts
//	bin/SHA256          the program that its workers run
//
// A trial is named by a hash of its settings and by its seed.
type Study struct {
	Dir      string        `yaml:"-"`
	Version  int           `yaml:"version"`
	Settings runs.Settings `yaml:"settings"` // of every trial, but for the axes and the seed
	Axes     []string      `yaml:"axes"`     // as ParseAxis reads them
	Seeds    []uint64      `yaml:"seeds,flow"`
	// Random is how many points are drawn from the axes; 0 takes every combination.
	Random     int    `yaml:"random,omitempty"`
	RandomSeed uint64 `yaml:"random_seed,omitempty"`
	// PathEpochs makes a λ path of the study: every λ_gl but the smallest begins with the weights of the one before,
	// and is trained for so many epochs. 0 trains each by itself.
	PathEpochs int `yaml:"path_epochs,omitempty"`
	// Halving makes a search for λ_gl of the study, in place of axes.
	Halving *Halving `yaml:"halving,omitempty"`
	// Ladder says how every finished trial is compressed; nil leaves them.
	Ladder *Ladder `yaml:"ladder,omitempty"`
}

// Ladder is the compression of every finished trial, whose rungs are candidates of the front beside the trained
// network.
type Ladder struct {
	MaxDrop  float64 `yaml:"max_drop"`          // points of validation accuracy that it may fall
	Examples int     `yaml:"examples"`          // training examples that removals are judged by
	Models   int     `yaml:"models"`            // rungs that are kept as run folders and measured, at least 2
	Latency  bool    `yaml:"latency,omitempty"` // whether these are timed
}

// studyVersion is the form in which study.yaml is written.
const studyVersion = 1

func (s Study) file() string { return filepath.Join(s.Dir, "study.yaml") }

// Read reads the study in a folder, as it was asked for last.
func Read(dir string) (Study, error) {
	s, err := readSpec(dir, filepath.Join(dir, "study.yaml"))
	if errors.Is(err, fs.ErrNotExist) {
		return s, fmt.Errorf("%s is no study: it has no study.yaml", dir)
	}
	return s, err
}

// ReadSpec reads what Spec wrote.
func ReadSpec(dir, name string) (Study, error) {
	return readSpec(dir, filepath.Join(dir, "specs", filepath.Base(name)))
}

func readSpec(dir, path string) (Study, error) {
	s := Study{Dir: dir}
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	var form struct{ Version int }
	if err := yaml.Unmarshal(text, &form); err == nil && form.Version > studyVersion {
		return s,
			fmt.Errorf("%s is of version %d, and this program reads %d and older: use the program that wrote it, "+
				"or a newer one", path, form.Version, studyVersion)
	}
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	if err := strict.Decode(&s); err != nil {
		return s, fmt.Errorf("%s: %s: put it right, or ask for the study again by `maestro sweep run`", path,
			strings.Join(strings.Fields(err.Error()), " "))
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
	text, err := s.text()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(s.Dir, 0o755); err != nil {
		return err
	}
	if _, err := s.Spec(); err != nil {
		return err
	}
	return atomicfile.Write(s.file(), text)
}

func (s Study) text() ([]byte, error) {
	s.Version = studyVersion
	return yaml.Marshal(s)
}

// Spec keeps what is asked for beside what was asked for before, and returns its name: workers read it there, whatever
// is asked for later.
func (s Study) Spec() (name string, err error) {
	text, err := s.text()
	if err != nil {
		return "", err
	}
	name = fmt.Sprintf("%x.yaml", sha256.Sum256(text))[:12] + ".yaml"
	path := filepath.Join(s.Dir, "specs", name)
	if fileExists(path) {
		return name, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	return name, atomicfile.Write(path, text)
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
	differs := func(what string, a, b any) error {
		return fmt.Errorf("%s holds a study whose %s is %v, and this one's is %v: name another folder, or vary it "+
			"on an axis",
			s.Dir, what, a, b)
	}
	old, now := was.Settings.Fields(), s.Settings.Fields()
	for i, f := range now {
		if slices.Contains(varied, f.Name) || slices.Contains(before, f.Name) || f.Name == "seed" {
			continue
		}
		if a, b := old[i].Value.Interface(), f.Value.Interface(); a != b {
			return differs(f.Key, a, b)
		}
	}
	if was.PathEpochs != s.PathEpochs {
		return differs("number of epochs a step of its path", was.PathEpochs, s.PathEpochs)
	}
	if a, b := was.ladder(), s.ladder(); a != b {
		return differs("ladder", a, b)
	}
	return nil
}

func (s Study) ladder() Ladder {
	if s.Ladder == nil {
		return Ladder{}
	}
	return *s.Ladder
}

// varied are the names of the settings on the axes, without their sections.
func (s Study) varied() (names []string, err error) {
	fields := s.Settings.Fields()
	if s.Halving != nil {
		names = append(names, "lambda_gl")
	}
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

// Trial is one training of a study: a point and a seed.
type Trial struct {
	Dir      string // of its run
	Settings runs.Settings
	Point    Point
	From     *Trial // whose weights it begins with, on a path; else nil
	Ladder   *Ladder

	State    State
	Reason   string   // why it failed, or what is wrong with its record; "" where nothing is
	Attempts int      // that were made
	Outcome  *Outcome // of a finished one

	bad int // attempts that ended badly, of those that count
}

// Name is the trial's in its study.
func (t Trial) Name() string { return filepath.Base(t.Dir) }

// Trials are the study's, point by point, each with its seeds; of a search, those that it asks for by the records so
// far.
func (s Study) Trials() (trials []Trial, err error) {
	if s, err = s.Asked(); err != nil {
		return nil, err
	}
	points, err := s.points()
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
	trials = make([]Trial, 0, len(points)*len(s.Seeds))
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
			trials = append(trials, Trial{Point: p, Settings: settings, Ladder: s.Ladder,
				Dir: filepath.Join(s.Dir, "runs", runs.Seeded(id[:12], seed))})
		}
	}
	if s.PathEpochs > 0 {
		return trials, s.path(trials)
	}
	return trials, nil
}

func (s Study) points() ([]Point, error) {
	var axes []Axis
	for _, text := range s.Axes {
		axis, err := ParseAxis(text)
		if err != nil {
			return nil, err
		}
		axes = append(axes, axis)
	}
	if s.Random > 0 {
		return Draw(s.Settings, axes, s.Random, s.RandomSeed)
	}
	return Points(s.Settings, axes)
}

// path links the trials that differ by λ_gl alone, from the smallest up: ranks are only cut away, so the way back is
// closed. A trial is then named by all that its weights come from.
func (s Study) path(trials []Trial) error {
	varied, err := s.varied()
	if err != nil {
		return err
	}
	if !slices.Contains(varied, "lambda_gl") {
		return errors.New("a λ path needs lambda_gl on an axis")
	}
	chains := map[runs.Settings][]*Trial{}
	var order []runs.Settings
	for i := range trials {
		other := trials[i].Settings
		other.LambdaGL = 0
		if chains[other] == nil {
			order = append(order, other)
		}
		chains[other] = append(chains[other], &trials[i])
	}
	for _, other := range order {
		chain := chains[other]
		slices.SortFunc(chain, func(a, b *Trial) int { return cmp.Compare(a.Settings.LambdaGL, b.Settings.LambdaGL) })
		for i, t := range chain {
			from := ""
			if i > 0 {
				t.From, t.Settings.Epochs, from = chain[i-1], s.PathEpochs, chain[i-1].Name()
			}
			anySeed := t.Settings
			anySeed.Seed = 0
			id, err := anySeed.Fingerprint()
			if err != nil {
				return err
			}
			sum := sha256.Sum256([]byte(id + "\n" + from))
			t.Dir = filepath.Join(s.Dir, "runs", runs.Seeded(fmt.Sprintf("path-%x", sum[:6]), t.Settings.Seed))
		}
	}
	return nil
}
