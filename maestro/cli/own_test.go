package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/pyenv"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// ownProgram builds the program in testdata/own as a module of its own, which has this one beside it.
func ownProgram(t *testing.T) (program string) {
	t.Helper()
	dir, root := t.TempDir(), must(filepath.Abs("../.."))
	module := must(os.ReadFile(filepath.Join(root, "go.mod")))
	_, rest, _ := strings.Cut(string(module), "\n") // what this module requires it does too
	rest = strings.Join(strings.FieldsFunc(rest, func(c rune) bool { return c == '\r' }), "")
	text := "module example.org/own\n" + rest +
		"\nrequire github.com/maestro-lod/notebook v0.0.0\nreplace github.com/maestro-lod/notebook => " + root + "\n"
	for name, content := range map[string][]byte{
		"go.mod": []byte(text), "go.sum": must(os.ReadFile(filepath.Join(root, "go.sum"))),
		"main.go":      must(os.ReadFile(filepath.Join("testdata", "own", "main.go"))),
		"hill/hill.go": must(os.ReadFile(filepath.Join("testdata", "own", "hill", "hill.go"))),
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	program = filepath.Join(dir, "own")
	build := exec.Command("go", "build", "-mod=mod", "-o", program, ".")
	build.Dir, build.Env = dir, append(os.Environ(), "GOPROXY=off", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	return program
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// predicted has onnxruntime run a model on rows of two numbers.
func predicted(t *testing.T, model string, inputs [][2]float64) (outputs [][]float64) {
	t.Helper()
	env, err := pyenv.EnsureOther(t.Context(), "test-onnx",
		string(must(os.ReadFile("../export/testdata/requirements.txt"))), nil)
	if errors.Is(err, pyenv.ErrUnreachable) {
		t.Skipf("no onnxruntime to open the exported files with: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	const script = `import json, sys, numpy, onnxruntime
s = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
x = numpy.array(json.load(sys.stdin), dtype=numpy.float32)
print(json.dumps(s.run(None, {s.get_inputs()[0].name: x})[0].tolist()))`
	cmd := exec.Command(env.Python(), "-c", script, model)
	cmd.Stdin = bytes.NewReader(must(json.Marshal(inputs)))
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("onnxruntime: %v\n%s", err, said.String())
	}
	if err := json.Unmarshal(out, &outputs); err != nil {
		t.Fatal(err)
	}
	return outputs
}

// TestProgramOfOnesOwn: a program in a module of its own, which gives cli.Main a regression and a classification of
// its own, has every verb for them: they are trained, killed and resumed bit for bit, shrunk, measured, compressed,
// and exported to ONNX, where onnxruntime finds the same on all rows.
func TestProgramOfOnesOwn(t *testing.T) {
	testmode.Long(t, "a program in a module of its own")
	program := ownProgram(t)
	dir := t.TempDir()
	own := func(args ...string) string {
		t.Helper()
		cmd := exec.Command(program, args...)
		cmd.Dir = dir
		var out, said strings.Builder
		cmd.Stdout, cmd.Stderr = &out, &said
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v\n%s%s", args, err, out.String(), said.String())
		}
		return out.String()
	}
	var rows [][]string
	if err := json.Unmarshal([]byte(own("rows")), &rows); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ model, shows string }{{"net", "validation loss 0."}, {"net-of-classes", "validation accuracy 9"}} {
		if said := own("train", "--model", c.model, "--run", "whole"); !strings.Contains(said, c.shows) {
			t.Errorf("it says %q, want %q", said, c.shows)
		}
		killed := exec.Command(program, "train", "--model", c.model, "--run", "killed")
		killed.Dir = dir
		if err := killed.Start(); err != nil {
			t.Fatal(err)
		}
		for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
			if rows, _ := runs.ReadHistory(filepath.Join(dir, "killed")); len(rows) >= 3 ||
				time.Since(begun) > time.Minute {
				break
			}
		}
		_ = killed.Process.Kill()
		_ = killed.Wait()
		own("resume", "killed")
		weights := func(run string) []byte {
			return must(os.ReadFile(filepath.Join(runs.CheckpointDir(filepath.Join(dir, run), 30, 0),
				"weights.safetensors")))
		}
		if !bytes.Equal(weights("whole"), weights("killed")) {
			t.Errorf("%s: a run that was killed and resumed has other weights", c.model)
		}
		record := must(runs.Read(filepath.Join(dir, "whole")))
		_, full, now := record.LayerRanks()
		if fmt.Sprint(full) == fmt.Sprint(now) {
			t.Errorf("%s: no rank fell of %v", c.model, full)
		}
		if said := own("compress", "whole", "--examples", "500", "--time-batches", "1", "--models",
			"2"); !strings.Contains(said, "on its front") {
			t.Errorf("compress says %q", said)
		}
		if front, err := os.ReadDir(filepath.Join(dir, "whole", "ladder")); err != nil || len(front) < 2 {
			t.Errorf("models of the ladder: %v (%v)", front, err)
		}
		own("export", "whole", "--format", "onnx")
		var evaluated struct {
			Test struct{ Loss, Accuracy float64 }
		}
		if err := json.Unmarshal([]byte(own("eval", "whole", "--json")), &evaluated); err != nil {
			t.Fatal(err)
		}
		var inputs [][2]float64
		for _, row := range rows {
			var in [2]float64
			_, _ = fmt.Sscan(row[0]+" "+row[1], &in[0], &in[1])
			inputs = append(inputs, in)
		}
		got := predicted(t, filepath.Join(dir, "whole", "export", "model.onnx"), inputs)
		// Of all rows: the test split is a tenth of them, drawn at random.
		squares, right := 0.0, 0
		for i, row := range rows {
			var height float64
			_, _ = fmt.Sscan(row[2], &height)
			if c.model == "net" {
				squares += (got[i][0] - height) * (got[i][0] - height) / float64(len(rows))
			} else if (got[i][1] > got[i][0]) == (row[3] == "true") {
				right++
			}
		}
		if c.model == "net" && !(math.Sqrt(squares) < 12) { // heights deviate by 29
			t.Errorf("in onnxruntime the root mean squared error is %g; here a loss of %g", math.Sqrt(squares),
				evaluated.Test.Loss)
		}
		if share := 100 * float64(right) / float64(len(rows)); c.model != "net" &&
			!(math.Abs(share-evaluated.Test.Accuracy) < 5) {
			t.Errorf("in onnxruntime %g %% are right, here %g %%", share, evaluated.Test.Accuracy)
		}
		for _, run := range []string{"whole", "killed"} {
			if err := os.RemoveAll(filepath.Join(dir, run)); err != nil {
				t.Fatal(err)
			}
		}
	}
	wrong := exec.Command(program, "train", "--model", "nets")
	wrong.Dir = dir
	if said, err := wrong.CombinedOutput(); err == nil || !strings.Contains(string(said),
		"of this program: model net on data hill") || bytes.Count(said, []byte("\n")) != 1 {
		t.Errorf("a model that is not there: %q (%v)", said, err)
	}
}

// TestNotebookOfOnesOwn: the program of a module of one's own sets a kernel up whose cells import that module, by its
// packages' names too, and trains what it has.
func TestNotebookOfOnesOwn(t *testing.T) {
	testmode.Long(t, "sets a kernel up for a module of its own")
	if _, err := pyenv.Ensure(t.Context(), nil); err != nil {
		t.Skipf("no Python for notebooks: %v", err)
	}
	program := ownProgram(t)
	shared, folder := must(cache.Dir()), t.TempDir()
	for _, path := range must(filepath.Glob(filepath.Join(shared, "python-*"))) {
		if err := os.Symlink(path, filepath.Join(folder, filepath.Base(path))); err != nil {
			t.Fatal(err)
		}
	}
	cells := []string{
		"import \"github.com/maestro-lod/notebook/maestro/device\"\nbackend := " +
			"device.Open(context.Background())\nlearnt := hill.Regress(1)\nlearnt.Data.Train.Len()",
		"s := runs.Defaults()\ns.Epochs, s.Batch, s.LR = 2, 50, 0.03\nrun := train.New(backend, \"run\", s, learnt, " +
			"train.Options{})\nrun.Train(context.Background())\n" +
			"record := runs.Read(run.Dir)\nfmt.Println(record.Config.Settings.Model, record.Last().Epoch)",
	}
	var all []map[string]any
	for i, cell := range cells {
		all = append(all, map[string]any{"cell_type": "code", "execution_count": nil, "id": fmt.Sprint("c", i),
			"metadata": map[string]any{}, "outputs": []any{}, "source": cell})
	}
	book := filepath.Join(t.TempDir(), "own.ipynb")
	text := must(json.Marshal(map[string]any{"cells": all, "nbformat": 4, "nbformat_minor": 5,
		"metadata": map[string]any{
			"kernelspec": map[string]any{"name": "maestro", "display_name": "Go (Maestro)", "language": "go"}}}))
	if err := os.WriteFile(book, text, 0o644); err != nil {
		t.Fatal(err)
	}
	run := exec.Command(program, "notebook", "run", "--format", "ipynb", "--out", filepath.Dir(program), book)
	run.Dir, run.Env = filepath.Dir(program), append(os.Environ(), "MAESTRO_CACHE="+folder)
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ran := string(must(os.ReadFile(filepath.Join(filepath.Dir(program), "own.ipynb"))))
	for _, want := range []string{`"1200"`, `"net 2\n"`} {
		if !strings.Contains(ran, want) {
			t.Errorf("the notebook lacks %s:\n%s", want, ran)
		}
	}
}
