package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDataAreFoundAgain: a run that was given --data-dir needs it no more; where the data are gone that is said, and
// a folder that is named wins.
func TestDataAreFoundAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains and measures")
	}
	t.Setenv("MAESTRO_DATA", "")
	t.Setenv("GOPROXY", "off") // or the real MNIST could be had
	t.Setenv("GOMODCACHE", t.TempDir())
	lay := noise(t)
	dir := filepath.Join(t.TempDir(), "run")
	maestro := func(args ...string) (int, string) {
		var out capture
		code := run(t.Context(), args, console{out: &out, err: &out})
		return code, string(out)
	}
	if code, said := maestro("train", "--data-dir", lay, "--run", dir, "--epochs", "1", "--batch", "30", "--validation",
		"60"); code != 0 {
		t.Fatal(said)
	}
	for _, args := range [][]string{{"eval", dir}, {"resume", dir}, {"export", dir, "--format", "safetensors"}} {
		if code, said := maestro(args...); code != 0 || strings.Contains(said, "warning") {
			t.Errorf("maestro %v: status %d, %s", args, code, said)
		}
	}
	moved := lay + "-moved"
	if err := os.Rename(lay, moved); err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAESTRO_DATA", moved)
	if code, said := maestro("eval", dir); code != 0 || strings.Contains(said, "warning") {
		t.Errorf("with MAESTRO_DATA: status %d, %s", code, said)
	}
	t.Setenv("MAESTRO_DATA", "")
	if code, said := maestro("eval", dir, "--data-dir", moved); code != 0 || strings.Contains(said, "warning") {
		t.Errorf("with --data-dir: status %d, %s", code, said)
	}
}

// TestModelThatDoesNotFit: each is one line that names the model, the images and what fits, with no run made.
func TestModelThatDoesNotFit(t *testing.T) {
	for model, args := range map[string][]string{"vgg19": {"--width", "2"}} {
		dir := filepath.Join(t.TempDir(), "run")
		var out capture
		code := run(t.Context(), append([]string{"train", "--data", "mnist-small", "--model", model, "--run", dir},
			args...), console{out: &out, err: &out})
		said := string(out)
		if code != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, "model "+model) ||
			!strings.Contains(said, "28×28") || !strings.Contains(said, "use lenet") {
			t.Errorf("status %d, %q", code, said)
		}
		if _, err := os.Stat(dir); err == nil {
			t.Error("a run was made")
		}
	}
}
