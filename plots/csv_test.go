package plots

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
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

func TestRankDynamicsCSV(t *testing.T) {
	nan := math.NaN()
	for name, tc := range map[string]struct {
		write func(io.Writer) error
		want  string
	}{
		"series": {
			func(w io.Writer) error {
				return WriteSeriesCSV(w, []Series{
					{"λ_gl = 1e-3", []float64{0, 1}, []float64{236, 49}},
					{"a,b", []float64{1}, []float64{nan}},
					{"λ_gl = 1e-3", []float64{0.5}, []float64{200}},
				})
			},
			"label,run,x,value\nλ_gl = 1e-3,1,0,236\nλ_gl = 1e-3,1,1,49\n\"a,b\",1,1,NaN\nλ_gl = 1e-3,2,0.5,200\n",
		},
		"layers": {
			func(w io.Writer) error {
				return WriteLayerRanksCSV(w, []string{"conv1", "fc"}, []int{6, 10}, []LabelledRanks{{"a", []int{6, 0}},
					{"b", []int{5, 1}}})
			},
			"label,layer,rank,full\na,conv1,6,6\na,fc,0,10\nb,conv1,5,6\nb,fc,1,10\n",
		},
		"heat map": {
			func(w io.Writer) error {
				return WriteHeatMapCSV(w, []int{0, 5}, [][]float64{{1, 0.25, 0}, {nan, 1e-300}})
			},
			"epoch,rank,value\n0,1,1\n0,2,0.25\n0,3,0\n5,2,1e-300\n",
		},
		"cost": {
			func(w io.Writer) error { return WriteCostCSV(w, published()[:2]) },
			"label,cost,accuracy,low,high\nNon-factorised,5.6e+08,93.86,93.66,94.06\nPufferfish,2.2e+08,94.17,,\n",
		},
	} {
		var got bytes.Buffer
		if err := tc.write(&got); err != nil || got.String() != tc.want {
			t.Errorf("%s: %v, wrote\n%swant\n%s", name, err, got.String(), tc.want)
		}
		if err := tc.write(brokenWriter{}); !errors.Is(err, errBroken) {
			t.Errorf("%s: error %v, want the writer's", name, err)
		}
	}
}
