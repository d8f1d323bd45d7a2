package runs

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// write makes a run folder of a config.yaml.
func write(t *testing.T, text string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestOldConfig: config.yaml of runs from before it had sections and a version is read whole, and their
// checkpoints, which hold the fingerprint of the settings, still fit. The fingerprints are those in the state.json
// of these two runs.
func TestOldConfig(t *testing.T) {
	branch := Defaults()
	branch.Data, branch.Epochs, branch.Batch, branch.Validation = "mnist-small", 3, 32, 500
	branch.LambdaGL, branch.Seed = 1e-3, 3
	trained := Defaults()
	trained.Data, trained.TrainExamples, trained.Validation, trained.Augment = "mnist-small", 300, 500, "crop-flip"
	trained.WholeLast, trained.Epochs, trained.Optimizer, trained.Schedule = 1, 2, "adamw", "cosine"
	trained.Sampler, trained.FullPass = "independent", true
	for _, c := range []struct {
		file        string
		settings    Settings
		from        From
		fingerprint string
	}{
		{"flat-branch.yaml", branch, From{Run: "a", Epoch: 3, Note: "step 22 of its ladder",
			Weights: "8da0da5e62bc7b6aa3694f0fc12a0a45c0f546bb3f376e9858f60c62c4b3dddb"},
			"298730507438236eac6d2f485e30c434a5837a3ee7134f369ce01abadae22d82"},
		{"flat-trained.yaml", trained, From{}, "ae05d48d3ec446bafc5a85f85a6ca2065b784a63cf88dbbfb49a33587a31582a"},
	} {
		got, err := ReadConfig(write(t, read(t, c.file)))
		if err != nil {
			t.Fatal(err)
		}
		if got.Settings != c.settings || got.From != c.from || got.Data.Classes != 10 || got.Versions["gomlx"] == "" {
			t.Errorf("%s is read as %+v, want %+v from %+v", c.file, got, c.settings, c.from)
		}
		if f, err := got.Settings.Fingerprint(); err != nil || f != c.fingerprint {
			t.Errorf("%s: the fingerprint is %s (%v), its checkpoints have %s", c.file, f, err, c.fingerprint)
		}
	}
}

// filled are settings none of whose fields is zero, and none as another; fractions are below 1.
func filled() (s Settings) {
	n := 1
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		switch {
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		case v.CanInt():
			v.SetInt(int64(n))
		case v.CanUint():
			v.SetUint(uint64(n))
		case v.CanFloat():
			v.SetFloat(float64(n) / 70)
		case v.Kind() == reflect.Bool:
			v.SetBool(true)
		default:
			v.SetString(strings.Repeat("x", n))
		}
		n++
	}
	fill(reflect.ValueOf(&s).Elem())
	return s
}

// TestConfigComesBack: every setting is written and read, in its section; and the flat form, which fingerprints are
// of, has every one too.
func TestConfigComesBack(t *testing.T) {
	want := Config{Version: 2, Settings: filled(), From: From{Run: "a", Epoch: 2, Note: "cut: at epoch 3"},
		Device: "a device", Versions: map[string]string{"go": "1"}}
	dir := t.TempDir()
	if err := WriteConfig(dir, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("it comes back otherwise (-want +got):\n%s", diff)
	}
	if again := flatten(want.Settings).settings(); again != want.Settings {
		t.Errorf("the flat form loses settings (-want +got):\n%s", cmp.Diff(want.Settings, again))
	}
	if from, err := parseFrom(want.From.String(), ""); err != nil || from != want.From {
		t.Errorf("%q is read as %+v (%v)", want.From, from, err)
	}
}

// TestConfigRefused: what cannot be read is said in one line.
func TestConfigRefused(t *testing.T) {
	dir := t.TempDir()
	if err := WriteConfig(dir, Config{Settings: Defaults()}); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(filepath.Join(dir, "config.yaml"))
	good, flat := string(text), read(t, "flat-branch.yaml")
	with := func(text, old, new string) string { return strings.Replace(text, old, new, 1) }
	for say, text := range map[string]string{
		"is empty": "",
		"its version is 3, and this program reads 2": with(good, "version: 2", "version: 3"),
		"field colour not found": with(good, "        lasso:",
			"        colour: red\n        lasso:"),
		// which is in a section
		"field lr not found":      with(good, "settings:\n", "settings:\n    lr: 1\n"),
		"field optim not found":   with(flat, "settings:\n", "settings:\n    optim: {lr: 1}\n"),
		`from is "somewhere"`:     with(flat, "'a at epoch 3: step 22 of its ladder'", "somewhere"),
		"config.yaml: batch is 0": with(flat, "batch: 32", "batch: 0"),
	} {
		_, err := ReadConfig(write(t, text))
		if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, say)
		}
	}
}

// TestFirstFault: of several settings that cannot be, the first in the order of the sections is named, each time.
func TestFirstFault(t *testing.T) {
	faults := []struct {
		name string
		make func(*Settings)
	}{
		{"whole_first", func(s *Settings) { s.WholeFirst = -2 }},
		{"train_examples", func(s *Settings) { s.TrainExamples = -1 }},
		{"validation", func(s *Settings) { s.Validation = -1 }},
		{"epochs", func(s *Settings) { s.Epochs = 0 }},
		{"batch", func(s *Settings) { s.Batch = 0 }},
		{"lr", func(s *Settings) { s.LR = 0 }},
		{"momentum", func(s *Settings) { s.Momentum = -1 }},
		{"weight_decay", func(s *Settings) { s.WeightDecay = -1 }},
		{"frobenius_decay", func(s *Settings) { s.FrobeniusDecay = -1 }},
		{"norm_examples", func(s *Settings) { s.NormExamples = -1 }},
		{"lambda_gl", func(s *Settings) { s.LambdaGL = -1 }},
		{"eps_ps", func(s *Settings) { s.EpsPS = -1 }},
	}
	s := Defaults()
	for i := len(faults) - 1; i >= 0; i-- {
		faults[i].make(&s)
		for range 20 {
			if err := s.Check(); err == nil || !strings.HasPrefix(err.Error(), faults[i].name+" is ") {
				t.Fatalf("error %v, want one of %s", err, faults[i].name)
			}
		}
	}
}
