package train_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// begun starts a run that is not trained.
func begun(t *testing.T, dir string, s runs.Settings, splits *data.Splits) runs.Settings {
	t.Helper()
	r, err := train.New(testkit.Backend(t), dir, s, splits, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	config, err := runs.ReadConfig(dir)
	if err != nil {
		t.Fatal(err)
	}
	return config.Settings
}

// TestDataFolder: a run knows where its data lay and finds them there again, and so do runs beside it; but where they lie is
// no setting: a run without the line, as runs had none, or with another opens as well.
func TestDataFolder(t *testing.T) {
	s := quick()
	s.Epochs = 1
	found := splits(t, testkit.SmallMNIST(t), s)
	run := filepath.Join(t.TempDir(), "run")
	begun(t, run, s, found)
	config, err := runs.ReadConfig(run)
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(config.Data.Folder) || config.Data.Folder != found.Dir {
		t.Fatalf("the data lay in %s, and config.yaml says %q", found.Dir, config.Data.Folder)
	}
	t.Setenv("MAESTRO_DATA", "")
	o := train.DataOptions(config, "", nil)
	o.NoDownload = true
	again, err := data.Load(t.Context(), s.Data, o)
	if err != nil || again.Checksum != found.Checksum || again.Dir != found.Dir {
		t.Fatalf("the data are not found again where they were: %v", err)
	}
	other := splits(t, testkit.SmallMNIST(t), s)
	if o := train.DataOptions(config, other.Dir, nil); o.Dir != other.Dir {
		t.Errorf("a folder that is named is passed over for %q", o.Remembered)
	}

	if got := runs.Remembered(filepath.Join(filepath.Dir(run), "new"), s.Data); got != found.Dir {
		t.Errorf("a new run beside it looks for its data in %q, not %s", got, found.Dir)
	}
	if got := runs.Remembered(filepath.Join(filepath.Dir(run), "new"), "cifar10"); got != "" {
		t.Errorf("a run on other data looks for them in %q", got)
	}

	path := filepath.Join(run, "config.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := "    folder: " + found.Dir + "\n"
	if strings.Count(string(text), line) != 1 {
		t.Fatalf("config.yaml lacks %q:\n%s", line, text)
	}
	for _, now := range []string{"", "    folder: /elsewhere\n"} {
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), line, now, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		r, err := train.Resume(testkit.Backend(t), run, found, train.Options{})
		if err != nil {
			t.Fatalf("with %q: %v", now, err)
		}
		r.Close()
	}
}

// TestDefaultValidation: settings that leave the number of validation examples to the data get theirs, which config.yaml then
// has, and go on as the same run.
func TestDefaultValidation(t *testing.T) {
	s := quick()
	s.Epochs, s.Validation = 1, 0
	found := splits(t, testkit.SmallMNIST(t), s)
	run := filepath.Join(t.TempDir(), "run")
	if got := begun(t, run, s, found); got.Validation != 66 || found.Validation.Len() != 66 { // a tenth of 660
		t.Errorf("validation is %d in config.yaml, and %d examples", got.Validation, found.Validation.Len())
	}
	for validation, same := range map[int]bool{0: true, 66: true, 60: false} {
		s.Validation = validation
		r, err := train.NewOrResume(testkit.Backend(t), run, s, found, train.Options{})
		if err == nil {
			r.Close()
		}
		if (err == nil) != same {
			t.Errorf("asked for %d: %v", validation, err)
		}
	}
	s.Validation = -1
	if err := s.Check(); err == nil || !strings.Contains(err.Error(), "validation is -1") {
		t.Errorf("validation -1: %v", err)
	}
	s.Validation = 0
	if err := s.Check(); err != nil {
		t.Error(err)
	}
}

// TestImagesThatDoNotFit: a model that does not take images of the data's size is refused before anything is made.
func TestImagesThatDoNotFit(t *testing.T) {
	s := quick()
	s.Model, s.Width = "vgg19", 2
	run := filepath.Join(t.TempDir(), "run")
	_, err := train.New(testkit.Backend(t), run, s, splits(t, testkit.SmallMNIST(t), s), train.Options{})
	for _, word := range []string{"model vgg19", "28×28", "use lenet"} {
		if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, word)
		}
	}
	if _, err := os.Stat(run); err == nil {
		t.Error("a folder was made")
	}
}
