package plots

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// TestHypervolume: a line keeps each value until the next trial, and breaks where there is none.
func TestHypervolume(t *testing.T) {
	s := Series{Label: "grid", X: []float64{1, 2, 4, 5, 6}, Y: []float64{0.2, 0.5, 0.6, math.NaN(), 0.7}}
	p := must(Hypervolume([]Series{s, {Label: "random", X: []float64{1, 3}, Y: []float64{0.1, 0.8}}}))(t)
	if p.X.Label.Text != "trials done" || p.Y.Label.Text != "hypervolume" || p.X.Min != 0 || p.X.Max < 6 {
		t.Errorf("axes %q from %g to %g and %q", p.X.Label.Text, p.X.Min, p.X.Max, p.Y.Label.Text)
	}
	pg := drawn(t, p)
	pg.besideData(t, "grid", "random")
	var steps []vg.Path
	for _, st := range pg.strokes {
		if st.color == Palette(2)[0] && st.path[0].Pos.X < pg.data.Max.X {
			steps = append(steps, st.path)
		}
	}
	want := [][2]float64{{1, 0.2}, {2, 0.2}, {2, 0.5}, {4, 0.5}, {4, 0.6}, {5, 0.6}}
	if len(steps) != 1 || len(steps[0]) != len(want) {
		t.Fatalf("%v, want one line of %d points", steps, len(want))
	}
	for i, at := range want {
		if got := steps[0][i].Pos; !near(got.X, pg.data.X(p.X.Norm(at[0]))) ||
			!near(got.Y, pg.data.Y(p.Y.Norm(at[1]))) {
			t.Errorf("point %d is at %v, want %v", i+1, got, at)
		}
	}
}

func TestHypervolumeOfAnything(t *testing.T) {
	nan := math.NaN()
	long := Series{}
	for i := range 200 {
		long.X, long.Y = append(long.X, float64(i)), append(long.Y, 1-1/float64(i+1))
	}
	for name, sweeps := range map[string][]Series{
		"one":     {{X: []float64{1}, Y: []float64{2}}},
		"none":    {{X: []float64{0}, Y: []float64{nan}}},
		"zero":    {{X: []float64{0, 1}, Y: []float64{0, 0}}},
		"same":    {{X: []float64{0, 1, 2}, Y: []float64{3, 3, 3}}},
		"many":    {long},
		"endless": {{X: []float64{1, 2}, Y: []float64{1, math.Inf(1)}}},
	} {
		if fault := faultOf(t, func() (*plot.Plot, error) { return Hypervolume(sweeps) }); fault != "" {
			t.Errorf("%s: %s", name, fault)
		}
	}
}

func TestHypervolumeErrors(t *testing.T) {
	for want, sweeps := range map[string][]Series{
		"no sweep":                      nil,
		"sweep 2 has no label":          {{"a", []float64{1}, []float64{1}}, {"", []float64{1}, []float64{1}}},
		`two sweeps have the label "a"`: {{"a", []float64{1}, []float64{1}}, {"a", []float64{1}, []float64{1}}},
		`sweep "a" has no trial`:        {{Label: "a"}},
		"1 hypervolumes for 2 trials":   {{"a", []float64{1, 2}, []float64{1}}},
		"has trial -1":                  {{"a", []float64{-1}, []float64{1}}},
		"has trial NaN":                 {{"a", []float64{math.NaN()}, []float64{1}}},
		`in sweep "a" 1 follows 1`:      {{"a", []float64{1, 1}, []float64{1, 1}}},
		"hypervolume -1 after 1 trials": {{"a", []float64{1}, []float64{-1}}},
	} {
		_, err := Hypervolume(sweeps)
		oneLine(t, "Hypervolume", err, want)
		oneLine(t, "WriteHypervolumeCSV", WriteHypervolumeCSV(&strings.Builder{}, sweeps), want)
	}
}

func TestWriteHypervolumeCSV(t *testing.T) {
	var got bytes.Buffer
	want := "label,trials,hypervolume\n,1,0.5\n,2,NaN\n"
	err := WriteHypervolumeCSV(&got, []Series{{X: []float64{1, 2}, Y: []float64{0.5, math.NaN()}}})
	if err != nil || got.String() != want {
		t.Errorf("%v, wrote\n%swant\n%s", err, got.String(), want)
	}
}
