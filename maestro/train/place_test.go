package train_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// begun starts a run that is not trained.
func begun(t *testing.T, dir string, s runs.Settings, learnt *task.Task) runs.Settings {
	t.Helper()
	r, err := train.New(testkit.Backend(t), dir, s, learnt, train.Options{})
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

// TestDataFolder: a run knows where its data lay and finds them there again, and so do runs beside it; but where they
// lie is no setting: a run without the line, as runs had none, or with another opens as well.
func TestDataFolder(t *testing.T) {
	s := quick()
	s.Epochs = 1
	found := mnist(t, testkit.SmallMNIST(t), s)
	run := filepath.Join(t.TempDir(), "run")
	begun(t, run, s, found)
	config, err := runs.ReadConfig(run)
	if err != nil {
		t.Fatal(err)
	}
	if !filepath.IsAbs(config.Data.Folder) || config.Data.Folder != found.Data.Config.Folder {
		t.Fatalf("the data lay in %s, and config.yaml says %q", found.Data.Config.Folder, config.Data.Folder)
	}
	t.Setenv("MAESTRO_DATA", "")
	o := images.DataOptions(config, "", nil)
	o.NoDownload = true
	again, err := data.Load(t.Context(), s.Data, o)
	if err != nil || again.Checksum != found.Data.Config.Checksum || again.Dir != found.Data.Config.Folder {
		t.Fatalf("the data are not found again where they were: %v", err)
	}
	other := mnist(t, testkit.SmallMNIST(t), s)
	if o := images.DataOptions(config, other.Data.Config.Folder, nil); o.Dir != other.Data.Config.Folder {
		t.Errorf("a folder that is named is passed over for %q", o.Remembered)
	}

	if got := runs.Remembered(filepath.Join(filepath.Dir(run), "new"), s.Data); got != found.Data.Config.Folder {
		t.Errorf("a new run beside it looks for its data in %q, not %s", got, found.Data.Config.Folder)
	}
	if got := runs.Remembered(filepath.Join(filepath.Dir(run), "new"), "cifar10"); got != "" {
		t.Errorf("a run on other data looks for them in %q", got)
	}

	path := filepath.Join(run, "config.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	line := "    folder: " + found.Data.Config.Folder + "\n"
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

// TestDefaultValidation: settings that leave the number of validation examples to the data get theirs, which
// config.yaml then has, and go on as the same run.
func TestDefaultValidation(t *testing.T) {
	t.Parallel()
	s := quick()
	s.Epochs, s.Validation = 1, 0
	found := mnist(t, testkit.SmallMNIST(t), s)
	run := filepath.Join(t.TempDir(), "run")
	if got := begun(t, run, s, found); got.Validation != 66 || found.Data.Validation.Len() != 66 { // a tenth of 660
		t.Errorf("validation is %d in config.yaml, and %d examples", got.Validation, found.Data.Validation.Len())
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
