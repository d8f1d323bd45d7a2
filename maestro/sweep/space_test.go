package sweep

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// TestParseAxis: lists, ranges whose bounds are literal and among the values, a zero beside a logarithmic range, and
// settings in step.
func TestParseAxis(t *testing.T) {
	for text, want := range map[string]Axis{
		"lambda_gl=0,log(1e-6..1e-3,4)": {Names: []string{"lambda_gl"}, Values: [][]string{{"0"}, {"1e-06"}, {"1e-05"},
			{"0.0001"}, {"0.001"}}},
		"batch=lin(64..256,4), 32": {Names: []string{"batch"}, Values: [][]string{{"64"}, {"128"}, {"192"},
			{"256"}, {"32"}}},
		"sampler=uniform,none": {Names: []string{"sampler"}, Values: [][]string{{"uniform"}, {"none"}}},
		"zip(lr=0.1,0.05; batch=128,64)": {Names: []string{"lr", "batch"}, Values: [][]string{{"0.1", "128"},
			{"0.05", "64"}}},
	} {
		got, err := ParseAxis(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	a, err := ParseAxis("lambda_gl=log(3e-6..7e-3,9)")
	if err != nil || a.Values[0][0] != "3e-06" || a.Values[8][0] != "0.007" {
		t.Errorf("bounds %v (%v)", a.Values, err)
	}
	for i := 1; i < 9; i++ { // evenly on a logarithmic axis
		x, _ := strconv.ParseFloat(a.Values[i-1][0], 64)
		y, _ := strconv.ParseFloat(a.Values[i][0], 64)
		if want := math.Pow(7e-3/3e-6, 1./8); math.Abs(y/x-want) > 1e-4*want {
			t.Errorf("from %g to %g is a factor of %g, want %g", x, y, y/x, want)
		}
	}
	for text, say := range map[string]string{
		"lambda_gl":                  "an axis is a setting and its values",
		"lambda_gl=":                 "lambda_gl has no values",
		"lambda_gl=1,,2":             "a value is missing between two commas",
		"lambda_gl=log(0..1,3)":      "name 0 beside it: 0,log(0..1,3)",
		"lambda_gl=log(1e-6..1e-3,)": "a range is log(FROM..TO,COUNT)",
		"lambda_gl=log(0..1e-3)":     "name 0 beside it",
		"lambda_gl=exp(1..2,3)":      "a range is log(FROM..TO,COUNT)",
		"zip(lr=1,2; batch=3)":       "batch has 1 values, and lr has 2: they go in step",
		"zip(lr=1,2":                 "zip( has no end",
	} {
		if _, err := ParseAxis(text); err == nil || !strings.Contains(err.Error(), say) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", text, err, say)
		}
	}
}

// TestPoints: the grid has every combination once, in the order of the axes, and nothing but the axes' settings
// differs.
func TestPoints(t *testing.T) {
	parse := func(texts ...string) (axes []Axis) {
		for _, text := range texts {
			a, err := ParseAxis(text)
			if err != nil {
				t.Fatal(err)
			}
			axes = append(axes, a)
		}
		return axes
	}
	points, err := Points(runs.Defaults(), parse("lambda_gl=0,1e-3", "zip(lr=0.1,0.05; optim.batch=128,64)"))
	if err != nil || len(points) != 4 {
		t.Fatalf("%d points (%v)", len(points), err)
	}
	var names []string
	for _, p := range points {
		names = append(names, p.String())
		s := p.Settings
		s.LambdaGL, s.LR, s.Batch = 0, runs.Defaults().LR, runs.Defaults().Batch
		if s != runs.Defaults() {
			t.Errorf("%s changes other settings: %+v", p, p.Settings)
		}
	}
	if want := []string{"lambda_gl=0 lr=0.1 optim.batch=128", "lambda_gl=0 lr=0.05 optim.batch=64",
		"lambda_gl=1e-3 lr=0.1 optim.batch=128", "lambda_gl=1e-3 lr=0.05 optim.batch=64"}; !slices.Equal(names, want) {
		t.Errorf("points %q", names)
	}
	for say, axes := range map[string][]Axis{
		`there is no setting "lambda"`:               parse("lambda=1"),
		`epochs is "x": it must be a whole number`:   parse("epochs=x"),
		"epochs=0: epochs is 0: it must be at least": parse("epochs=0"),
		"lr is on two axes":                          parse("lr=1", "lr=2"),
		"seed is no axis":                            parse("seed=1,2"),
		"lambda_gl=1e-3 comes twice":                 parse("lambda_gl=0.001,1e-3"),
	} {
		if _, err := Points(runs.Defaults(), axes); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("error %v, want %q", err, say)
		}
	}
}
