package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestLanguageModel: a text of one's own is learnt, and every verb knows the run: it is measured, cut, exported, and
// goes on with a text as it learnt to.
func TestLanguageModel(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains")
	}
	t.Setenv("MAESTRO_DATA", "")
	dir := t.TempDir()
	lay, trained := filepath.Join(dir, "lay"), filepath.Join(dir, "run")
	if err := os.MkdirAll(lay, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(lay, "text.txt"), []byte(strings.Repeat("abcdefgh ", 900)), 0o644); err != nil {
		t.Fatal(err)
	}
	maestro := func(args ...string) string {
		t.Helper()
		var out, said capture
		if code := run(t.Context(), args, console{out: &out, err: &said}); code != 0 {
			t.Fatalf("maestro %v: status %d, %s", args, code, said)
		}
		return string(out) + string(said)
	}
	small := []string{"--width", "16", "--heads", "2", "--layers", "1", "--length", "16", "--warmup", "10"}
	maestro(append([]string{"train", "--data", "text", "--data-dir", lay, "--run", trained, "--epochs", "6", "--lr",
		"0.01"}, small...)...)
	if said := maestro("eval", trained); !strings.Contains(said, "perplexity") {
		t.Errorf("eval says %q", said)
	}
	maestro("compress", trained, "--target-macs", "0.8", "--examples", "64", "--models", "2", "--time-batches",
		"1", "--time-rounds", "1")
	maestro("export", trained, "--format", "onnx", "--out", filepath.Join(dir, "out"))
	if said := maestro("generate", trained, "cdefgh abc", "--count", "20", "--temperature", "0"); said !=
		"cdefgh abcdefgh abcdefgh abcde\n" {
		t.Errorf("it goes on with %q", said)
	}
	first := maestro("generate", trained, "cdé", "--count", "30", "--temperature", "5")
	if !strings.Contains(first, "warning: 1 of the text's characters") ||
		first != maestro("generate", trained, "cdé", "--count", "30", "--temperature", "5") ||
		first == maestro("generate", trained, "cdé", "--count", "30", "--temperature", "5", "--seed", "2") {
		t.Errorf("drawn by a seed: %q", first)
	}
	for say, args := range map[string][]string{
		"which does not translate":            {"translate", trained, "ab"},
		"there is no text to go on with":      {"generate", trained, ""},
		"temperature is -1":                   {"generate", trained, "a", "--temperature=-1"},
		"data is text: model transformer":     {"train", "--model", "transformer", "--data", "text"},
		"data is mnist: model language-model": {"train", "--model", "language-model", "--data", "mnist"},
		"model is lenet: data opticks":        {"train", "--model", "lenet", "--data", "opticks"},
		"pieces is 9: a language-model":       {"train", "--model", "language-model", "--pieces", "9"},
		"buckets is 2: a language-model":      {"train", "--model", "language-model", "--buckets", "2"},
		"smoothing is 0.1: a language-model":  {"train", "--model", "language-model", "--smoothing", "0.1"},
		"train_examples is 999":               {"train", "--data", "text", "--data-dir", lay, "--train-examples", "999"},
		"validation is 99":                    {"train", "--data", "text", "--data-dir", lay, "--validation", "99"},
	} {
		var out capture
		code := run(t.Context(), args, console{out: &out, err: &out})
		if said := string(out); code != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, say) {
			t.Errorf("maestro %v: status %d, %q, want %q", args, code, said, say)
		}
	}
}

// TestTranslates: a Transformer is trained on captions that need no file, in buckets, and translates the lines that it
// is given; a language model's verb does not know it.
func TestTranslates(t *testing.T) {
	if testing.Short() {
		t.Skip("it trains")
	}
	dir := filepath.Join(t.TempDir(), "run")
	maestro := func(args ...string) (int, string) {
		var out, said capture
		code := run(t.Context(), args, console{out: &out, err: &said})
		if code != 0 {
			return code, string(said)
		}
		return code, string(out)
	}
	buckets := "1"
	if testmode.IsLong() { // each is a program
		buckets = "3"
	}
	if code, said := maestro("train", "--data", "captions-toy", "--run", dir, "--epochs", "1", "--batch", "64",
		"--train-examples", "256", "--width", "16", "--heads", "2", "--layers", "1", "--pieces", "120", "--length", "24",
		"--buckets", buckets, "--lr", "0.01", "--warmup", "2"); code != 0 {
		t.Fatal(said)
	}
	if code, said := maestro("translate", dir, "ein mann", "eine frau"); code != 0 || strings.Count(said, "\n") != 2 {
		t.Errorf("status %d, %q", code, said)
	}
	if code, said := maestro("generate", dir, "ein"); code != 1 || !strings.Contains(said, "which does not write") {
		t.Errorf("status %d, %q", code, said)
	}
}
