package train_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/device/programs"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// envSettings has TestTrialChild train a run of these settings, as JSON, into the folder envRun.
const envSettings, envRun = "MAESTRO_TRAIN_TEST_SETTINGS", "MAESTRO_TRAIN_TEST_RUN"

// TestTrialChild is the training process of TestTrialsCompileOnce.
func TestTrialChild(t *testing.T) {
	t.Parallel()
	text := os.Getenv(envSettings)
	if text == "" {
		t.Skip("only runs as a process that another test starts")
	}
	var s runs.Settings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		t.Fatal(err)
	}
	found, err := images.Load(t.Context(), s, data.Options{Validation: s.Validation, Seed: s.Seed,
		TrainExamples: s.TrainExamples})
	if err != nil {
		t.Fatal(err)
	}
	r, err := train.New(testkit.Backend(t), os.Getenv(envRun), s, found, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	finish(t, r)
}

// TestTrialsCompileOnce: a process whose run differs from an earlier one's by numbers alone, λ_gl, rates, decays, the
// seed, compiles nothing, and trains bit for bit as one does that compiles everything anew.
func TestTrialsCompileOnce(t *testing.T) {
	t.Parallel()
	if choice := testkit.Choice(t); choice.Kind() != "cpu" {
		t.Skipf("compiled programs are kept for the CPU plugin, and %s computes", choice.Config)
	}
	own := filepath.Join(t.TempDir(), "programs")
	trial := func(name string, s runs.Settings, env ...string) (dir string, stats programs.Stats) {
		t.Helper()
		text, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		dir = filepath.Join(t.TempDir(), name)
		cmd := exec.Command(os.Args[0], "-test.run=TestTrialChild$")
		cmd.Env = append(append(os.Environ(), device.EnvCompileCache+"="+own, envSettings+"="+string(text),
			envRun+"="+dir), env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if stats, err = programs.ReadStats(own); err != nil {
			t.Fatal(err)
		}
		return dir, stats
	}
	s := runs.Defaults()
	s.Data, s.Epochs, s.Batch, s.TrainExamples, s.Validation = "mnist-small", 1, 30, 120, 60
	s.LambdaGL, s.WeightDecay, s.FrobeniusDecay = 1e-3, 1e-4, 1e-4
	_, first := trial("first", s)
	if first.Programs == 0 || first.Misses == 0 {
		t.Fatalf("%v: nothing was compiled, or nothing was kept", first)
	}
	s.LambdaGL, s.WeightDecay, s.FrobeniusDecay, s.LR, s.Momentum, s.Seed = 3e-4, 3e-4, 2e-4, 0.02, 0.8, 2
	second, stats := trial("second", s)
	if stats.Misses != first.Misses || stats.Hits-first.Hits < first.Misses {
		t.Errorf("the second trial compiled %d programs and loaded %d of %d", stats.Misses-first.Misses,
			stats.Hits-first.Hits, first.Misses)
	}
	anew, _ := trial("anew", s, device.EnvCompileCache+"=off")
	same(t, weights(t, anew, 1), weights(t, second, 1))
}
