package tables_test

import (
	_ "embed"
	"encoding/json"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/pyenv"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/tables"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

//go:embed testdata/requirements.txt
var requirements string

//go:embed testdata/check.py
var check string

// TestPandas: pandas reads the same table from the Parquet file as from the CSV file, to the last bit, with whole
// numbers as such and what is not known as missing.
func TestPandas(t *testing.T) {
	testmode.Long(t, "pandas is installed")
	env, err := pyenv.EnsureOther(t.Context(), "test-pandas", requirements,
		func(what string, done, total int) { t.Logf("%s (%d of %d)", what, done, total) })
	var missing *pyenv.Missing
	if errors.As(err, &missing) || errors.Is(err, pyenv.ErrUnreachable) {
		t.Skipf("no Python with pandas: %v", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	s := sweep.Study{Dir: t.TempDir(), Settings: runs.Defaults(), Axes: []string{"lambda_gl=0,log(1e-6..1e-3,4)",
		"batch=64,128",
		"model=lenet,resnet18"}, Seeds: []uint64{1, 2}}
	trials, err := s.Trials()
	if err != nil {
		t.Fatal(err)
	}
	for i := range trials {
		one := &trials[i]
		switch i % 4 {
		case 0:
			one.State, one.Reason = sweep.Failed, "no disk, \"gone\":\n«λ»"
			continue
		case 1:
			one.State = sweep.Missing
			continue
		}
		x := 1 / float64(i)
		one.State, one.Attempts = sweep.Finished, i%3
		one.Outcome = &sweep.Outcome{Epochs: 100, Loss: x * math.Pi * 1e-9, Accuracy: 100 - x, TotalRank: i,
			FullRank: 236, Weights: 1<<53 + int64(i) + 1,
			Parameters: 1 << 40, MACs: 281640, Settled: i, TestLoss: math.Nextafter(x, 1), TestAccuracy: math.NaN(),
			Seconds: 1e3 * x, Data: "d1"}
	}
	dir := t.TempDir()
	csv, parquet := filepath.Join(dir, "trials.csv"), filepath.Join(dir, "trials.parquet")
	for _, path := range []string{csv, parquet} {
		if err := tables.Write(path, trials); err != nil {
			t.Fatal(err)
		}
	}
	out, err := exec.CommandContext(t.Context(), env.Python(), "-c", check, csv, parquet).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%v: %s", err, exit.Stderr)
	}
	var said struct {
		Rows    int
		Differ  string
		Types   map[string]string
		Columns []string
	}
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	if said.Rows != len(trials) || said.Differ != "" {
		t.Errorf("%d rows of %d; the two differ: %s", said.Rows, len(trials), said.Differ)
	}
	want := sweep.TableOf(trials).Columns
	if len(said.Columns) != len(want) {
		t.Fatalf("columns %v", said.Columns)
	}
	for i, c := range want {
		kind := map[sweep.Kind]string{sweep.Text: "string", sweep.Whole: "Int64", sweep.Real: "Float64"}[c.Kind]
		if said.Columns[i] != c.Name || said.Types[c.Name] != kind {
			t.Errorf("column %d is %s of type %s, want %s of %s", i, said.Columns[i], said.Types[said.Columns[i]],
				c.Name, kind)
		}
	}
}

// TestReadBack: what was exported as CSV is read back, and exported again it is the same file to the last byte; what is
// no study, or a damaged one, is named with its line.
func TestReadBack(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{"../../../notebooks/studies/sensitivity-lenet.csv",
		"../../../notebooks/studies/samplers-lenet.csv", "../../../docs/lambda-path.csv"} {
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		trials, err := sweep.ReadCSV(path)
		if err != nil {
			t.Error(err)
			continue
		}
		again := filepath.Join(dir, filepath.Base(path))
		if err := tables.Write(again, trials); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(again); err != nil || string(got) != string(want) {
			t.Errorf("%s is another file after it was read and written (%v)", path, err)
		}
	}
	for text, say := range map[string]string{
		"step,loss\n1,2\n": "a column seed is missing",
		"lambda_gl,seed,state,run,attempts\n1e-3,1,finished,a-seed1,1\n": "line 2",
		"lambda_gl,seed,state,run,attempts\nmuch,1,missing,a-seed1,0\n":  "line 2: lambda_gl is",
	} {
		path := filepath.Join(dir, "bad.csv")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := sweep.ReadCSV(path); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: error %v, want %q", text, err, say)
		}
	}
}
