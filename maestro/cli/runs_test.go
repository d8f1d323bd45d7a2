package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/table"
)

// TestFinishedRun: what the commands say of a run that is done, and what they make of it: more epochs are those of
// finetune, a whole command; a history that was lost is one line; it is exported without its data; and it is
// fine-tuned beside itself, whichever way it was named.
func TestFinishedRun(t *testing.T) {
	data, parent := noise(t), t.TempDir()
	at := func(name string) string { return filepath.Join(parent, name) }
	maestro := func(args ...string) (int, string) {
		var out capture
		code := run(t.Context(), args, console{out: &out, err: &out})
		return code, string(out)
	}
	train := []string{"train", "--data-dir", data, "--run", at("R"), "--batch", "30", "--validation", "60", "--epochs"}
	if code, said := maestro(append(train, "1")...); code != 0 {
		t.Fatal(said)
	}
	more := "`maestro finetune " + at("R") + " --epochs "
	if code, said := maestro("resume", at("R"), "--data-dir", data); code != 0 ||
		!strings.Contains(said, "for more: "+more+"1`") {
		t.Errorf("resume: status %d, %s", code, said)
	}
	if code, said := maestro(append(train, "4")...); code != 1 || !strings.Contains(said, more+"3`") ||
		strings.Count(said, "\n") != 1 {
		t.Errorf("more epochs: status %d, %s", code, said)
	}
	if code, said := maestro("export", at("R"), "--data-dir", at("nowhere"), "--batch", "2", "--opset",
		"12"); code != 0 {
		t.Errorf("export without the data: status %d, %s", code, said)
	}
	if code, said := maestro("export", at("R"), "--opset", "3"); code != 1 ||
		!strings.Contains(said, "opset is 3: it must be from 11 to 17") {
		t.Errorf("an opset that is not: status %d, %s", code, said)
	}

	for i, named := range []string{at("R") + "/", at("R") + "/.", "."} {
		if named == "." {
			t.Chdir(at("R"))
		}
		args := []string{"finetune", named, "--epochs", "1", "--data-dir", data}
		if code, said := maestro(args...); code != 0 ||
			!strings.Contains(said, at("R")+"-finetuned: validation accuracy") {
			t.Errorf("finetune %s: status %d, %s", named, code, said)
		} else if done := strings.Contains(said, "all 1 epochs of"); done != (i > 0) {
			t.Errorf("finetune %s: %s", named, said)
		}
	}
	if stray, _ := filepath.Glob(filepath.Join(at("R"), "*finetuned")); len(stray) > 0 {
		t.Errorf("%v is within the run", stray)
	}
	if code, said := maestro("finetune", at("R-finetuned"), "--epochs", "1", "--lr", "0.001", "--data-dir", data,
		"--run", at("R")); code != 1 ||
		!strings.Contains(said, at("R")+" holds a run of its own, none that trains "+at("R-finetuned")+" on") {
		t.Errorf("into another's: status %d, %s", code, said)
	}

	history := filepath.Join(at("R"), "history.csv")
	text, err := os.ReadFile(history)
	if err != nil {
		t.Fatal(err)
	}
	for name, left := range map[string]int{"empty": 0, "cut within its only row": len(text) - 20,
		"cut within its header": 10} {
		if err := os.WriteFile(history, text[:left], 0o644); err != nil {
			t.Fatal(err)
		}
		code, said := maestro("resume", at("R"), "--data-dir", data)
		if i := strings.Index(said, "maestro: history.csv of "); code != 1 || i < 0 ||
			strings.Count(said[i:], "\n") != 1 {
			t.Errorf("a history that is %s: status %d, %s", name, code, said)
		}
	}
}

// TestTableFiles: the files are named as --out says, whether it names a folder, which may end in a slash, one of the files, or
// all of them.
func TestTableFiles(t *testing.T) {
	text := table.Table{Header: []string{"variant"}, Rows: [][]table.Cell{{table.Text("x")}}}
	for out, name := range map[string]string{
		"new/": "new/table1", "there": "there/table1", ".": "table1", "t1": "t1", "t1.md": "t1", "sub/t1.tex": "sub/t1",
		"t1.v2": "t1.v2", "there/.md": "there/.md",
	} {
		dir := t.TempDir()
		t.Chdir(dir)
		if err := os.Mkdir("there", 0o755); err != nil {
			t.Fatal(err)
		}
		var c capture
		command := tableCommand{Table: "table1", Out: out, Format: []string{"md", "csv", "tex"}}
		if err := command.write(console{out: &c}, text); err != nil {
			t.Fatal(err)
		}
		for _, ending := range command.Format {
			if _, err := os.Stat(name + "." + ending); err != nil {
				t.Errorf("--out %s: %v; it says %s", out, err, c)
			}
		}
	}
}
