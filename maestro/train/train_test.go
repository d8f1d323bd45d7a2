package train_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/safetensors"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/testmode"
	"github.com/maestro-lod/notebook/maestro/train"
)

// mnist is the settings' task on the data in a folder.
func mnist(t *testing.T, dir string, s runs.Settings) *task.Task {
	t.Helper()
	found, err := images.Load(context.Background(), s, images.DataOptions(runs.Config{Settings: s}, dir, nil))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// quick is a run of eight short epochs in which ranks fall in every one, so that steps are compiled anew on the way.
func quick() runs.Settings {
	s := runs.Defaults()
	s.Epochs, s.Batch, s.Validation, s.LR, s.LambdaGL, s.EpsPS, s.RecompileSteps = 8, 30, 60, 0.01, 2e-3, 1e-2, 3
	return s
}

// quickKilled are the settings of a run that is killed in every epoch: fewer epochs, unless long tests are asked for.
func quickKilled() runs.Settings {
	s := quick()
	if !testmode.IsLong() {
		s.Epochs = 4
	}
	return s
}

// finish trains a run to its end and returns its variables.
func finish(t *testing.T, r *train.Run) map[string]safetensors.Tensor {
	t.Helper()
	defer r.Close()
	if err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	return weights(t, r.Dir, r.Settings.Epochs)
}

// same fails unless two sets of variables are equal bit for bit.
func same(t *testing.T, want, got map[string]safetensors.Tensor) {
	t.Helper()
	if diff := cmp.Diff(slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got))); diff != "" {
		t.Errorf("variables (-want +got):\n%s", diff)
	}
	for name, a := range want {
		b := got[name]
		if !slices.Equal(a.Shape, b.Shape) {
			t.Errorf("variable %s has shape %v, want %v", name, b.Shape, a.Shape)
			continue
		}
		for i := range a.Data {
			if math.Float32bits(a.Data[i]) != math.Float32bits(b.Data[i]) {
				t.Errorf("variable %s differs from entry %d on: %g, want %g", name, i, b.Data[i], a.Data[i])
				break
			}
		}
	}
}

func weights(t *testing.T, dir string, epoch int) map[string]safetensors.Tensor {
	t.Helper()
	file, err := safetensors.Read(filepath.Join(dir, "checkpoint", fmt.Sprintf("epoch-%04d", epoch),
		"weights.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	return file.Tensors
}

// TestKilledRunsEndAlike kills a training process at random moments, again and again, and lets it go on each time: the
// weights and the optimizer's state end bit for bit as those of a run that nobody touched, and so do its tables.
func TestKilledRunsEndAlike(t *testing.T) {
	t.Parallel()
	dir, untouched, killed := testkit.SmallMNIST(t), filepath.Join(t.TempDir(), "untouched"),
		filepath.Join(t.TempDir(), "killed")
	s := quickKilled()
	r, err := train.New(testkit.Backend(t), untouched, s, mnist(t, dir, s), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := finish(t, r)

	rng := rand.New(rand.NewPCG(uint64(time.Now().UnixNano()), 1))
	kills, deadline := 0, time.Now().Add(3*time.Minute)
	for done := false; !done; {
		if time.Now().After(deadline) {
			t.Fatalf("not through after %d kills", kills)
		}
		// Killed by what it has got done, not by the clock: at a moment within the epoch after the next, or while its
		// checkpoint is written.
		done = trainKilled(t, dir, killed, func() bool {
			rows, _ := runs.ReadHistory(killed)
			parts, _ := filepath.Glob(filepath.Join(killed, "checkpoint", "*.part"))
			switch {
			case kills%2 == 0 && len(parts) > 0:
				return true
			case kills%2 == 1 && len(rows) > kills/2:
				time.Sleep(time.Duration(rng.IntN(40)) * time.Millisecond)
				return true
			}
			return false
		})
		if !done {
			kills++
		}
	}
	t.Logf("%d kills", kills)
	if kills < 3 {
		t.Errorf("the run was killed only %d times", kills)
	}
	same(t, want, weights(t, killed, s.Epochs))
	for _, name := range []string{"ranks.csv", "importance.csv"} {
		a, _ := os.ReadFile(filepath.Join(untouched, name))
		b, _ := os.ReadFile(filepath.Join(killed, name))
		if !bytes.Equal(a, b) || len(a) == 0 {
			t.Errorf("%s differs", name)
		}
	}
	a, _ := runs.ReadHistory(untouched)
	b, _ := runs.ReadHistory(killed)
	for i := range a {
		a[i].Seconds, a[i].StepMS = b[i].Seconds, b[i].StepMS
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("history differs:\n%s", diff)
	}
}

// trainKilled starts or resumes the run in a process of its own and kills it once `when` says so; it reports whether
// the run came to its end first.
func trainKilled(t *testing.T, dataDir, run string, when func() bool) bool {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=TestChild$")
	cmd.Env = append(os.Environ(), "TRAIN_CHILD="+run, "TRAIN_DATA="+dataDir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the training process failed: %v\n%s", err, said.String())
			}
			return true
		case <-time.After(time.Millisecond):
			if when() {
				_ = cmd.Process.Signal(syscall.SIGKILL)
				<-ended
				return false
			}
		}
	}
}

// TestChild is the training process of TestKilledRunsEndAlike.
func TestChild(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("TRAIN_CHILD")
	if dir == "" {
		t.Skip("only runs as a process that another test starts")
	}
	s, backend := quickKilled(), testkit.Backend(t)
	found := mnist(t, os.Getenv("TRAIN_DATA"), s)
	often := train.Options{CheckpointEvery: 20 * time.Millisecond}
	var r *train.Run
	var err error
	if _, statErr := os.Stat(filepath.Join(dir, "config.yaml")); statErr == nil {
		r, err = train.Resume(backend, dir, found, often)
	} else {
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		r, err = train.New(backend, dir, s, found, often)
	}
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r)
}

// TestDamagedCheckpoint: one that was cut short, or in which a byte changed, is named and passed over, and the run
// ends as it would have.
func TestDamagedCheckpoint(t *testing.T) {
	t.Parallel()
	backend, dir := testkit.Backend(t), testkit.SmallMNIST(t)
	s := quick()
	s.Epochs = 4
	found := mnist(t, dir, s)
	r, err := train.New(backend, filepath.Join(t.TempDir(), "whole"), s, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := finish(t, r)
	for name, damage := range map[string]func(path string, text []byte) error{
		"weights.safetensors": func(path string, text []byte) error {
			text[len(text)/2] ^= 1
			return os.WriteFile(path,
				text, 0o644)
		},
		"state.json": func(path string, text []byte) error {
			return os.WriteFile(path, text[:len(text)/2],
				0o644)
		},
		"SHA256SUMS": func(path string, _ []byte) error { return os.Remove(path) },
	} {
		t.Run(name, func(t *testing.T) {
			run := filepath.Join(t.TempDir(), "run")
			if err := os.CopyFS(run, os.DirFS(r.Dir)); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(run, "checkpoint", "epoch-0004", name)
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(path, text); err != nil {
				t.Fatal(err)
			}
			var warned []string
			resumed, err := train.Resume(backend, run, found,
				train.Options{Warn: func(w string) { warned = append(warned, w) }})
			if err != nil {
				t.Fatal(err)
			}
			if len(warned) != 1 || !strings.Contains(warned[0], "epoch-0004") || resumed.Epoch() != 3 {
				t.Errorf("went on from epoch %d with the warnings %q", resumed.Epoch(), warned)
			}
			same(t, want, finish(t, resumed))
			rows, err := runs.ReadHistory(run)
			if err != nil || len(rows) != 4 {
				t.Errorf("history of %d rows: %v", len(rows), err)
			}
		})
	}
}

// TestCutOrMaskedTrainAlike: whether dead columns are cut out of the compiled step at once or only at the end makes no
// difference but rounding.
func TestCutOrMaskedTrainAlike(t *testing.T) {
	t.Parallel()
	backend, dir := testkit.Backend(t), testkit.SmallMNIST(t)
	var rows [2][]runs.Row
	for i, recompile := range []int{0, 1 << 30} {
		s := quickKilled()
		s.RecompileSteps, s.EpsPS = recompile, 0.2
		r, err := train.New(backend, filepath.Join(t.TempDir(), "run"), s, mnist(t, dir, s), train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		finish(t, r)
		if rows[i], err = runs.ReadHistory(r.Dir); err != nil {
			t.Fatal(err)
		}
		for _, l := range r.Network.Layers {
			if l.Stored != l.Rank {
				t.Errorf("layer %s ends with %d columns stored at rank %d", l.Name, l.Stored, l.Rank)
			}
		}
	}
	for i, a := range rows[0] {
		b := rows[1][i]
		if a.TotalRank != b.TotalRank || a.MACs != b.MACs || differs(a.Loss, b.Loss) ||
			differs(a.ValidationLoss, b.ValidationLoss) {
			t.Errorf("epoch %d: cut %+v, masked %+v", a.Epoch, a, b)
		}
	}
	if first, last := rows[0][0].TotalRank, rows[0][len(rows[0])-1].TotalRank; last >= first {
		t.Errorf("total rank went from %d to %d: nothing was cut, so nothing was tested", first, last)
	}
}

func differs(a, b float64) bool { return a-b > 1e-3*(1+a) || b-a > 1e-3*(1+a) }

// TestEveryWayOfTraining: each optimizer, schedule, sampler, lasso, start and the full pass learns the small set, and
// ranks never rise. The set is small and the runs short: the bound is well above the 10 % of a guess, no more.
func TestEveryWayOfTraining(t *testing.T) {
	t.Parallel()
	backend, dir := testkit.Backend(t), testkit.SmallMNIST(t)
	for name, change := range map[string]func(*runs.Settings){
		"adamw, cosine": func(s *runs.Settings) {
			s.Optimizer, s.Schedule, s.LR, s.WeightDecay, s.Epochs = "adamw", "cosine", 0.003, 0.01, 4
		},
		"full pass, multistep": func(s *runs.Settings) {
			s.FullPass, s.Schedule, s.WeightDecay, s.LR = true,
				"multistep", 1e-4, 0.005
		},
		"independent, plain": func(s *runs.Settings) {
			s.Sampler, s.Lasso, s.EpsPS, s.LR = "independent", "plain",
				1e-5, 0.03
		},
		"fraction, random start": func(s *runs.Settings) {
			s.Sampler, s.Start, s.LambdaGL, s.LR, s.Optimizer = "fraction", "random", 0, 0.002, "adamw"
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := quick()
			// cut at the end alone: others see what that changes
			s.Epochs, s.LambdaGL, s.RecompileSteps = 10, 1e-4, 1<<30
			change(&s)
			if s.Optimizer != "adamw" || s.Start == "random" {
				testmode.Long(t, "the other ways of training, of which one always runs")
			}
			r, err := train.New(backend, filepath.Join(t.TempDir(), "run"), s, mnist(t, dir, s), train.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := r.Train(t.Context()); err != nil {
				t.Fatal(err)
			}
			rows, err := runs.ReadHistory(r.Dir)
			if err != nil {
				t.Fatal(err)
			}
			for i, row := range rows {
				if i > 0 && row.TotalRank > rows[i-1].TotalRank {
					t.Errorf("total rank rises from %d to %d in epoch %d", rows[i-1].TotalRank, row.TotalRank,
						row.Epoch)
				}
			}
			if test, err := r.Test(); err != nil || test.Accuracy < 45 || test.Examples != 200 {
				t.Errorf("test accuracy %.1f %% of %d examples: %v", test.Accuracy, test.Examples, err)
			}
		})
	}
}

// TestMistakes: each gets one line that names it, and no run is lost by it.
func TestMistakes(t *testing.T) {
	t.Parallel()
	backend, dir := testkit.Backend(t), testkit.SmallMNIST(t)
	s := quick()
	s.Epochs = 1
	found := mnist(t, dir, s)
	run := filepath.Join(t.TempDir(), "run")
	r, err := train.New(backend, run, s, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r)
	configPath := filepath.Join(run, "config.yaml")
	config, err := os.ReadFile(configPath)
	if err != nil {
		t.Fatal(err)
	}
	resume := func(config string, learnt *task.Task) error {
		if err := os.WriteFile(configPath, []byte(config), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := train.Resume(backend, run, learnt, train.Options{})
		return err
	}
	start := func(change func(*runs.Settings)) error {
		s := quick()
		change(&s)
		r, err := train.New(backend, filepath.Join(t.TempDir(), "other"), s, found, train.Options{})
		if err == nil {
			err = r.Train(t.Context())
		}
		return err
	}
	_, again := train.New(backend, run, s, found, train.Options{})
	_, noRun := runs.ReadConfig(t.TempDir())
	changed := *found.Data
	changed.Config.Checksum = "0123456789abcdef"
	otherData := *found
	otherData.Data = &changed
	otherModel := *found
	otherModel.Name = "alexnet"
	unknown := s
	unknown.Model = "alexnet"
	text := string(config)
	for say, err := range map[string]error{
		"holds a run already: go on with it by `maestro resume": again,
		"is no run folder: it has no config.yaml":               noRun,
		"field lamda_gl not found": resume(strings.Replace(text, "lambda_gl", "lamda_gl",
			1), found),
		"are not those the run was started with": resume(strings.Replace(text, "lr: 0.01", "lr: 0.03",
			1), found),
		"was trained on other data":               resume(text, &otherData),
		`trains the model "lenet", not "alexnet"`: resume(text, &otherModel),
		`unknown model "alexnet": use lenet`:      images.Check(unknown),
		`unknown optimizer "rmsprop": use sgd, adamw`: start(
			func(s *runs.Settings) { s.Optimizer = "rmsprop" }),
		`unknown sampler "random"`: start(
			func(s *runs.Settings) { s.Sampler = "random" }),
		"lambda_gl is -1: it must be a number from 0 on":         start(func(s *runs.Settings) { s.LambdaGL = -1 }),
		"lr is 0: it must be above 0":                            start(func(s *runs.Settings) { s.LR = 0 }),
		"epochs is 0":                                            start(func(s *runs.Settings) { s.Epochs = 0 }),
		"batch is 601, but there are only 600 training examples": start(func(s *runs.Settings) { s.Batch = 601 }),
		"training diverged: the loss is":                         start(func(s *runs.Settings) { s.LR = 1e7 }),
		"The last good checkpoint is " + "":                      start(func(s *runs.Settings) { s.LR = 1e7 }),
	} {
		if err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error is %v, want it to say %q", err, say)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("more than one line: %v", err)
		}
	}
	if err := resume(text, found); err != nil {
		t.Errorf("the run is lost after all of this: %v", err)
	}
}

// TestFalseStart: what a start left that was cut short before its config.yaml is not counted twice by the next one, other
// files in the folder stay, and a folder whose config.yaml was lost later is refused and left alone.
func TestFalseStart(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), quick()
	s.Epochs = 1
	found := mnist(t, testkit.SmallMNIST(t), s)
	run := filepath.Join(t.TempDir(), "run")
	start := func() (*train.Run, error) { return train.New(backend, run, s, found, train.Options{}) }
	config, note := filepath.Join(run, "config.yaml"), filepath.Join(run, "note.txt")
	first, err := start()
	if err != nil {
		t.Fatal(err)
	}
	first.Close()
	if err := errors.Join(os.Remove(config), os.WriteFile(note, []byte("mine"), 0o644)); err != nil {
		t.Fatal(err)
	}
	r, err := start()
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r)
	if ranks, err := runs.ReadRanks(run); err != nil || len(ranks) != 2*5 {
		t.Errorf("ranks.csv has %d rows for five layers at the start and after one epoch: %v", len(ranks), err)
	}
	if _, err := os.Stat(note); err != nil {
		t.Error("another file of the folder is gone:", err)
	}
	if err := os.Remove(config); err != nil {
		t.Fatal(err)
	}
	if _, err := start(); err == nil || !strings.Contains(err.Error(), "holds checkpoints but no config.yaml") {
		t.Errorf("error is %v", err)
	}
	weights(t, run, 1) // still there
}

// TestFullDisk: when the disk is full the run ends with an error that says up to where it is whole, and goes on to the same
// end when there is room again.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("no /dev/full to stand for a full disk")
	}
	backend, dir := testkit.Backend(t), testkit.SmallMNIST(t)
	s := quick()
	s.Epochs = 3
	found := mnist(t, dir, s)
	r, err := train.New(backend, filepath.Join(t.TempDir(), "whole"), s, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := finish(t, r)

	run := filepath.Join(t.TempDir(), "run")
	table := filepath.Join(run, "ranks.csv") // which nothing reads while the run goes on: /dev/full never ends
	if r, err = train.New(backend, run, s, found, train.Options{Progress: func(p train.Progress) {
		if p.Last.Epoch == 1 && p.Epoch == 1 { // the first epoch has ended: what is written next finds the disk full
			if err := os.Rename(table, table+".kept"); err == nil {
				_ = os.Symlink("/dev/full", table)
			}
		}
	}}); err != nil {
		t.Fatal(err)
	}
	err = r.Train(t.Context())
	r.Close()
	if err == nil || !strings.Contains(err.Error(), "no space left on device") ||
		!strings.Contains(err.Error(), "whole up to epoch 1") {
		t.Fatalf("error is %v", err)
	}
	if err := os.Rename(table+".kept", table); err != nil {
		t.Fatal(err)
	}
	if r, err = train.Resume(backend, run, found, train.Options{}); err != nil {
		t.Fatal(err)
	}
	same(t, want, finish(t, r))
}

// countdown is a context that is cancelled once it was asked so many times: Train asks before every step.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestInterrupt: a run that is cancelled again and again, anywhere in its epochs, takes every step once and ends as one that
// was not, whether it goes on in the same process or is resumed from its folder; until then it is measured at the end of an epoch.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), quick()
	s.Epochs = 4
	found := mnist(t, testkit.SmallMNIST(t), s)
	r, err := train.New(backend, filepath.Join(t.TempDir(), "whole"), s, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	whole := r.Dir
	want := finish(t, r)

	run := filepath.Join(t.TempDir(), "run")
	if r, err = train.New(backend, run, s, found, train.Options{CheckpointEvery: 1}); err != nil { // at every step
		t.Fatal(err)
	}
	per := found.Data.Train.Len() / s.Batch
	for stretch, steps := range []int{3, 2, per - 5, 1, per + 4} {
		err := r.Train(&countdown{t.Context(), steps})
		if err == nil || !strings.Contains(err.Error(), "interrupted after ") ||
			!strings.Contains(err.Error(), "maestro resume") {
			t.Fatalf("stretch %d: error is %v", stretch, err)
		}
		if stretch%2 == 1 {
			continue
		}
		r.Close()
		measured, err := train.Open(backend, run, found, train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := runs.ReadHistory(run)
		if err != nil && !errors.Is(err, os.ErrNotExist) || measured.Epoch() != len(rows) {
			t.Errorf("stretch %d: opened at epoch %d, the history has %d (%v)", stretch, measured.Epoch(),
				len(rows), err)
		}
		measured.Close()
		if r, err = train.Resume(backend, run, found, train.Options{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := train.Branch(backend, filepath.Join(t.TempDir(), "branch"), r, train.Branching{Settings: s},
		train.Options{}); err == nil || !strings.Contains(err.Error(), "steps into epoch 3") {
		t.Errorf("branching within an epoch: error is %v", err)
	}
	same(t, want, finish(t, r))
	a, _ := runs.ReadHistory(whole)
	b, _ := runs.ReadHistory(run)
	for i := range b {
		if b[i].StepMS <= 0 || b[i].Seconds < b[i].StepMS*float64(per)/1e3 {
			t.Errorf("epoch %d: %g s with %d steps of %g ms", i+1, b[i].Seconds, per, b[i].StepMS)
		}
		a[i].Seconds, a[i].StepMS = b[i].Seconds, b[i].StepMS
	}
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("history differs:\n%s", diff)
	}
	if left, _ := filepath.Glob(filepath.Join(run, "checkpoint", "*-step-*")); len(left) > 0 {
		t.Errorf("checkpoints within epochs are left: %v", left)
	}
}
