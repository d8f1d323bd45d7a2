package compress

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Options is what a compression needs beside its settings.
type Options struct {
	Step   func(Rung)     // told of every step; may be nil
	Report cache.Progress // told how far the rest is
	Warn   func(string)   // told what went wrong without ending it; may be nil
	// Profiles are latencies by batch size, of networks of the same form on this device; those that are needed and
	// not there are measured and put in. It may be nil.
	Profiles map[int]*Profile
	Own      train.Own // with which the run was trained
}

// kept is ladder.yaml: what a ladder's steps depend on. A search with the same goes on with the ladder that is there.
type kept struct {
	Settings Settings `yaml:"settings"`
	Epoch    int      `yaml:"epoch"` // of the run
	// Weights is the SHA-256 of the run's; absent in old ladders.
	Weights string `yaml:"weights,omitempty"`
	// Profile is the latency profile of a search by latency, so that it goes on with the same.
	Profile *Profile `yaml:"profile,omitempty"`
	Device  string   `yaml:"device,omitempty"` // that the profile was measured on
}

func ladderCSV(dir string) string { return filepath.Join(dir, "ladder.csv") }

// ReadLadder reads a run's ladder, also while the search goes on. A run without one is an error that says how to make
// it.
func ReadLadder(dir string) (rungs []Rung, err error) {
	rungs, err = readRungs(dir)
	if err == nil && len(rungs) == 0 {
		err = fmt.Errorf("%s has no ladder: make it by `maestro compress %s`", dir, dir)
	}
	return rungs, err
}

func readRungs(dir string) ([]Rung, error) { return readTable[Rung](ladderCSV(dir)) }

// ErrUnmet is a target that the ladder does not reach.
var ErrUnmet = errors.New("the target is not met")

// Ladder searches down from a run's network until a bound is met, and appends each step to ladder.csv in the run's
// folder as soon as it is taken. A ladder of the same settings that is there already is gone on with from its last
// row, whatever its bounds were. The run is cut on the way: its folder stays as it was, but it can only be closed
// afterwards. It returns the rungs up to the first that meets the target, or the last within the bounds. A target
// that is not met gives these and an ErrUnmet.
func Ladder(ctx context.Context, run *train.Run, s Settings, b Bounds, l LatencySettings, o Options) ([]Rung, error) {
	if err := errors.Join(s.Check(), b.Check()); err != nil {
		return nil, err
	}
	if b.LatencyMS > 0 && s.By != Latency {
		return nil, fmt.Errorf("target_latency needs a search by latency: set by to %s", Latency)
	}
	if err := compressible(run); err != nil {
		return nil, err
	}
	if b.Drop > 0 && !run.Task().HasAccuracy() {
		return nil, fmt.Errorf("max_drop bounds the accuracy, and the task of %s has none: use max_rise, of the loss",
			run.Dir)
	}
	s, b = s.of(run.Examples()), b.withDefault(run.Task().HasAccuracy())
	if b.Drop+b.Rise > 0 && s.ValidateEvery == 0 {
		bound := "max_drop"
		if b.Drop == 0 {
			bound = "max_rise"
		}
		return nil, fmt.Errorf("%s, which is the bound where there is no other, needs validation: set "+
			"validate_every to at least 1, or another bound", bound)
	}
	rungs, profile, err := prepareLadder(ctx, run, s, l, o)
	if err != nil {
		return nil, err
	}
	rungs, err = Search(ctx, run, s, b, profile, rungs,
		func(r Rung) error { return csvfile.AppendRows(ladderCSV(run.Dir), r) }, o)
	return rungs, interrupted(ctx, run.Dir, err)
}

// ErrNothing is that of a run whose network has nothing to be removed: no rank is left, or no layer is in factors.
var ErrNothing = errors.New("nothing to remove")

// nothing is an ErrNothing in words of its own.
type nothing string

func (n nothing) Error() string      { return string(n) }
func (nothing) Is(target error) bool { return target == ErrNothing }

// compressible is an error that says why a run's network has no ladder, if it has none.
func compressible(run *train.Run) error {
	layers := run.Network.Layers
	if err := run.Network.CheckFinite(); err != nil {
		return fmt.Errorf("%s cannot be compressed: %w, as training that diverged leaves them", run.Dir, err)
	}
	switch {
	case slices.ContainsFunc(layers, func(l lod.Layer) bool { return l.Sampled() > 0 }):
		return nil
	case slices.ContainsFunc(layers, func(l lod.Layer) bool { return !l.Matrix }):
		return nothing(fmt.Sprintf("%s has no rank left: training shrank every layer in factors to rank 0, and "+
			"there is nothing to remove; train it with a smaller lambda_gl (it was %g) or eps_ps (%g)",
			run.Dir, run.Settings.LambdaGL, run.Settings.EpsPS))
	}
	return nothing(fmt.Sprintf("%s has no rank to remove, since every layer is one matrix: its ladder would be empty; "+
		"train it in factors, or take compress.Factorised of it", run.Dir))
}

// Search is Ladder without its files: it goes on from the rungs there are, none for a start, and hands each new one to
// save. A search by Latency needs a profile.
func Search(ctx context.Context, run *train.Run, s Settings, b Bounds, profile *Profile, rungs []Rung,
	save func(Rung) error, o Options) ([]Rung, error) {
	if len(rungs) > 0 { // before anything is compiled, so that it costs nothing
		if err := errors.Join(run.SetRanks(rungs[len(rungs)-1].Ranks), run.Cut()); err != nil {
			return nil, err
		}
	}
	z, err := newSearch(run, s, profile)
	if err != nil {
		return nil, err
	}
	defer z.probe.Close()
	add := func(r Rung, validate bool) (err error) {
		if validate {
			if r.Validation, err = run.Validate(); err != nil {
				return err
			}
		}
		if err = save(r); err != nil {
			return err
		}
		rungs = append(rungs, r)
		if o.Step != nil && r.Step > 0 {
			o.Step(r)
		}
		return nil
	}
	if len(rungs) == 0 {
		o.Report.Tell("measuring the network as it is", 0, 0)
		first, err := z.start()
		if err != nil {
			return nil, err
		}
		if err := add(first, s.ValidateEvery > 0); err != nil {
			return nil, err
		}
	}
	for {
		if n, done := b.reached(rungs, z.sizes.whole()); done {
			return rungs[:n], b.unmet(rungs[:n], z.sizes.whole())
		}
		next, ok, err := z.next(ctx, rungs[len(rungs)-1])
		if err != nil {
			return rungs, err
		}
		if !ok {
			return rungs, b.unmet(rungs, z.sizes.whole())
		}
		if err := add(next, s.ValidateEvery > 0 && next.Step%s.ValidateEvery == 0); err != nil {
			return rungs, err
		}
	}
}

func interrupted(ctx context.Context, dir string, err error) error {
	if err != nil && ctx.Err() != nil {
		return fmt.Errorf("interrupted; the same command goes on from the last row of %s", ladderCSV(dir))
	}
	return err
}

// other names what differs between the settings of a ladder that is there and those of one that is wanted; "" if
// nothing.
func (k kept) other(wanted kept) string {
	var text []string
	was, now := reflect.ValueOf(k.Settings), reflect.ValueOf(wanted.Settings)
	for i := range was.NumField() {
		if a, b := was.Field(i).Interface(), now.Field(i).Interface(); !reflect.DeepEqual(a, b) {
			text = append(text, fmt.Sprintf("%s %v, not %v", was.Type().Field(i).Tag.Get("yaml"), a, b))
		}
	}
	if k.Epoch != wanted.Epoch {
		text = append(text, fmt.Sprintf("epoch %d, not %d", k.Epoch, wanted.Epoch))
	}
	if k.Weights != "" && k.Weights != wanted.Weights {
		text = append(text, "other weights")
	}
	return strings.Join(text, ", ")
}

// prepareLadder reads the ladder that is there, or begins one.
func prepareLadder(ctx context.Context, run *train.Run, s Settings, l LatencySettings, o Options) ([]Rung, *Profile,
	error) {
	path := filepath.Join(run.Dir, "ladder.yaml")
	weights, err := run.Checksum()
	if err != nil {
		return nil, nil, err
	}
	now := kept{Settings: s, Epoch: run.Epoch(), Weights: weights}
	text, err := os.ReadFile(path)
	if err == nil {
		var was kept
		if err := yaml.Unmarshal(text, &was); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", path, err)
		}
		if other := was.other(now); other != "" {
			return nil, nil, fmt.Errorf("%s holds a ladder of %s: use that again, or make the ladder anew (--anew)",
				run.Dir, other)
		}
		if s.By == Latency && was.Device != run.Device() {
			return nil, nil, fmt.Errorf("%s holds a ladder by latency on %s, this is %s: make the ladder anew (--anew)",
				run.Dir, was.Device, run.Device())
		}
		rungs, err := readRungs(run.Dir)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: mend that line, or make the ladder anew (--anew)", err)
		}
		// A row that was being written when the search ended is written again.
		return rungs, was.Profile, csvfile.WriteRows(ladderCSV(run.Dir), rungs)
	}
	if !errors.Is(err, os.ErrNotExist) {
		return nil, nil, err
	}
	if s.By == Latency {
		now.Device = run.Device()
		now.Profile, err = o.profile(ctx, run, s.LatencyBatch, l)
		if err != nil {
			return nil, nil, err
		}
	}
	if text, err = yaml.Marshal(now); err != nil {
		return nil, nil, err
	}
	if err := csvfile.WriteRows[Rung](ladderCSV(run.Dir), nil); err != nil {
		return nil, nil, err
	}
	return nil, now.Profile, atomicfile.Write(path, text)
}
