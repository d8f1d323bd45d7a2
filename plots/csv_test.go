package plots

import (
	"bytes"
	"encoding/csv"
	"errors"
	"math"
	"strconv"
	"testing"
)

func TestWriteCSVRoundTrip(t *testing.T) {
	c := Curves{
		Steps:  []int{0, 100, 250},
		Values: [][]float64{{0.1, 1e-300, math.Pi}, {math.NaN(), -0.5, 12345678.9}},
		Exact:  []float64{1.0 / 3, math.NaN()},
	}
	var buf bytes.Buffer
	if err := WriteCSV(&buf, c); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&buf).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[0]; len(got) != 4 || got[0] != "step" || got[1] != "rank" || got[2] != "value" || got[3] != "exact" {
		t.Errorf("header %q", got)
	}
	if got, want := len(rows)-1, len(c.Steps)*len(c.Values); got != want {
		t.Fatalf("%d observations, want %d", got, want)
	}
	same := func(s string, want float64) bool {
		got, err := strconv.ParseFloat(s, 64)
		return err == nil && (got == want || math.IsNaN(got) && math.IsNaN(want))
	}
	for n, row := range rows[1:] {
		i, k := n/len(c.Values), n%len(c.Values)
		if row[0] != strconv.Itoa(c.Steps[i]) || row[1] != strconv.Itoa(k+1) || !same(row[2], c.Values[k][i]) {
			t.Errorf("row %d is %q, want step %d, rank %d, value %g", n, row, c.Steps[i], k+1, c.Values[k][i])
		}
		if known := !math.IsNaN(c.Exact[k]); known != (row[3] != "") || known && !same(row[3], c.Exact[k]) {
			t.Errorf("row %d: exact %q, want %g", n, row[3], c.Exact[k])
		}
	}
}

type brokenWriter struct{}

var errBroken = errors.New("disk full")

func (brokenWriter) Write([]byte) (int, error) { return 0, errBroken }

func TestWriteCSVReportsWriter(t *testing.T) {
	if err := WriteCSV(brokenWriter{}, falling(2, 3)); !errors.Is(err, errBroken) {
		t.Errorf("error %v, want the writer's", err)
	}
}
