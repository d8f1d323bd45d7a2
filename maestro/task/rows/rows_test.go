package rows_test

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/task/rows"
)

func table() *rows.Table {
	t := &rows.Table{Name: "t", Header: []string{"a", "constant", "kind", "y"}}
	for i := range 100 {
		t.Rows = append(t.Rows, []string{fmt.Sprint(i), "7", []string{"red", "blue", "green"}[i%3], fmt.Sprint(2 * i)})
	}
	return t
}

// TestSplits: every row is in one of the three splits, by a seed; classes are numbered in the order of Classes; and
// inputs are normalised by the training rows.
func TestSplits(t *testing.T) {
	o := rows.Options{Target: "kind", Inputs: []string{"a", "constant"}, Validation: 0.2, Test: 0.3, Seed: 4}
	it, err := table().Classify("net", models.MLP(3, 4), o)
	if err != nil {
		t.Fatal(err)
	}
	d := it.Data
	if d.Train.Len() != 50 || d.Validation.Len() != 20 || d.Test.Len() != 30 || d.Config.Classes != 3 {
		t.Errorf("%d, %d and %d rows of %d classes", d.Train.Len(), d.Validation.Len(), d.Test.Len(), d.Config.Classes)
	}
	if err := it.Check(); err != nil {
		t.Error(err)
	}
	classes, err := table().Classes("kind")
	if err != nil || !slices.Equal(classes, []string{"blue", "green", "red"}) {
		t.Errorf("classes %v (%v)", classes, err)
	}
	in := it.Inputs[0]
	if len(in.Mean) != 2 || in.Mean[1] != 7 || in.Std[1] != 1 || !(math.Abs(in.Mean[0]-49.5) < 10) ||
		!(math.Abs(in.Std[0]-29) < 6) {
		t.Errorf("inputs are normalised by %v and %v", in.Mean, in.Std)
	}
	again, _ := table().Classify("net", models.MLP(3, 4), o)
	o.Seed++
	other, _ := table().Classify("net", models.MLP(3, 4), o)
	if a, b := d.Checksum(), again.Data.Checksum(); a != b {
		t.Errorf("the same split has the checksums %s and %s", a, b)
	}
	if d.Checksum() == other.Data.Checksum() {
		t.Error("another seed gives the same split")
	}
}

// TestWriteCSV: what is written is read again, to the last digit, under names of its own where none are given.
func TestWriteCSV(t *testing.T) {
	path := filepath.Join(t.TempDir(), "t.csv")
	if err := rows.WriteCSV(path, []string{"y"}, [][]float64{{1.0 / 3, 2, -4e-9}, {5, 6, 7}}); err != nil {
		t.Fatal(err)
	}
	read, err := rows.ReadCSV(path)
	if err != nil || read.Name != "t" || !slices.Equal(read.Header, []string{"y", "x1", "x2"}) {
		t.Fatalf("%+v (%v)", read, err)
	}
	for name, want := range map[string][]float64{"y": {1.0 / 3, 5}, "x2": {-4e-9, 7}} {
		if got, err := read.Numbers(name); err != nil || !slices.Equal(got, want) {
			t.Errorf("column %s is %v, want %v (%v)", name, got, want, err)
		}
	}
	for mistake, all := range map[string][][]float64{"row 2 has 1 numbers, and the first has 2": {{1, 2}, {3}},
		"0 rows": nil} {
		if err := rows.WriteCSV(path, []string{"y"}, all); err == nil || !strings.Contains(err.Error(), mistake) {
			t.Errorf("%v, want %q", err, mistake)
		}
	}
}

// TestMistakes: each is one line that names the table, the row or the column.
func TestMistakes(t *testing.T) {
	dir := t.TempDir()
	file := func(text string) string {
		path := filepath.Join(dir, "file.csv")
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	read := func(text string) error { _, err := rows.ReadCSV(file(text)); return err }
	regress := func(o rows.Options) error { _, err := table().Regress("net", models.MLP(1), o); return err }
	for say, err := range map[string]error{
		"file.csv has no rows below a header":                          read("a,b\n"),
		"file.csv: record on line 3: wrong number of fields":           read("a,b\n1,2\n1\n"),
		`the table "t" has no column "z": it has a, constant, kind, y`: regress(rows.Options{Target: "z"}),
		`the table "t", row 1, column "kind": "red" is no number`:      regress(rows.Options{Target: "y"}),
		`no column beside "y" to learn it from`: regress(rows.Options{Target: "y",
			Inputs: []string{}}),
		"a share of 1.5 of 100 rows cannot be held out": regress(rows.Options{Target: "y",
			Inputs: []string{"a"}, Test: 1.5}),
		"60 rows for validation and 40 for test leave none of 100 to train on": regress(rows.Options{Target: "y",
			Inputs: []string{"a"}, Validation: 0.6, Test: 0.4}),
	} {
		if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, say)
		}
	}
}
