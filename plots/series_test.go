package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"
)

// lenet are total ranks of LeNet on MNIST after each of 10 epochs, as the authors'
// code gives them.
func lenet() []Series {
	var runs []Series
	for _, r := range []struct {
		label string
		end   float64
	}{{"run 1e-4", 231}, {"run 3e-4", 119}, {"run 5e-4", 83}, {"run 1e-3", 49}, {"run 2e-3", 32}} {
		s := Series{Label: r.label}
		for epoch := range 11 {
			x := float64(epoch)
			s.X, s.Y = append(s.X, x), append(s.Y, math.Round(r.end+(236-r.end)*math.Exp(-x/2)))
		}
		runs = append(runs, s)
	}
	return runs
}

func TestTotalRank(t *testing.T) {
	for n := 1; n <= 5; n++ {
		runs := lenet()[:n]
		p, err := TotalRank(runs)
		if err != nil {
			t.Fatal(err)
		}
		if p.Y.Min != 0 || p.Y.Max < 236 {
			t.Errorf("ranks from %g to %g, want 0 to at least 236", p.Y.Min, p.Y.Max)
		}
		pg := drawn(t, p)
		for k, r := range runs {
			pg.besideData(t, r.Label)
			lines := 0
			for _, s := range pg.strokes {
				if s.color != Palette(n)[k] || s.path[0].Pos.X > pg.data.Max.X {
					continue
				}
				lines++
				for i, point := range s.path {
					if !near(point.Pos.X, pg.data.X(p.X.Norm(r.X[i]))) ||
						!near(point.Pos.Y, pg.data.Y(p.Y.Norm(r.Y[i]))) {
						t.Errorf("%s: epoch %g is at %v", r.Label, r.X[i], point.Pos)
					}
				}
			}
			if lines != 1 {
				t.Errorf("%s: %d lines", r.Label, lines)
			}
		}
	}
}

func TestSeeds(t *testing.T) {
	nan := math.NaN()
	runs := []Series{
		{"a", []float64{0, 1, 2}, []float64{9, 5, nan}},
		{"b", []float64{0, 1}, []float64{9, 1}},
		{"a", []float64{0, 1, 2}, []float64{9, 7, nan}},
		{"a", []float64{0, 1, 2, 3}, []float64{9, 4, nan, 2}},
	}
	p, err := TotalRank(runs)
	if err != nil {
		t.Fatal(err)
	}
	groups := bySetting(runs)
	if len(groups) != 2 || len(groups[0]) != 3 || groups[1][0].Label != "b" {
		t.Fatalf("settings %v", groups)
	}
	cv, b := summary(groups[0])
	if got, want := fmt.Sprint(cv.X, cv.Y, b.Low, b.High),
		"[0 1 2 3] [9 5 NaN 2] [9 4 NaN 2] [9 7 NaN 2]"; got != want {
		t.Errorf("summary %s, want %s", got, want)
	}
	if cv, _ := summary(groups[0][:2]); cv.Y[1] != 6 {
		t.Errorf("median of 5 and 7 is %g", cv.Y[1])
	}
	pg := drawn(t, p)
	for k, want := range []int{1, 0} { // b has one seed
		if got := len(pg.filled(SeeThrough(Palette(2)[k]), false)); got != want {
			t.Errorf("setting %d has %d bands, want %d", k+1, got, want)
		}
	}
	band := extent(pg.filled(SeeThrough(Palette(2)[0]), false)[0])
	if lo, hi := pg.data.Y(p.Y.Norm(4)), pg.data.Y(p.Y.Norm(9)); !near(band.Min.Y, lo) || !near(band.Max.Y, hi) {
		t.Errorf("band from %v to %v, want %v to %v", band.Min.Y, band.Max.Y, lo, hi)
	}
}

func TestValidationAccuracyRange(t *testing.T) {
	for _, tc := range []struct{ values, want string }{
		{"[98.1 98.9]", "98.0 to 99.0"},
		{"[11.4 98.9]", "7.0 to 103.3"},
		{"[98 98]", "97.9 to 98.1"},
		{"[NaN NaN]", "0.0 to 100.0"},
	} {
		var a, b float64
		if _, err := fmt.Sscanf(tc.values, "[%f %f]", &a, &b); err != nil {
			t.Fatal(err)
		}
		p, err := ValidationAccuracy([]Series{{"a", []float64{1, 2}, []float64{a, b}}})
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%.1f to %.1f", p.Y.Min, p.Y.Max); got != tc.want {
			t.Errorf("%s: axis from %s, want %s", tc.values, got, tc.want)
		}
		drawn(t, p)
	}
}

func TestSeriesErrors(t *testing.T) {
	one := func(y ...float64) []Series {
		return []Series{{"a\nb", []float64{1, 2}, y}}
	}
	for want, runs := range map[string][]Series{
		"no run":                      nil,
		"run 1 has no label":          {{"", []float64{1}, []float64{1}}},
		"has no epoch":                {{Label: "a"}},
		"1 values for 2 epochs":       one(3),
		"epoch 1 follows epoch 1":     {{"a", []float64{1, 1}, []float64{3, 3}}},
		"epoch NaN":                   {{"a", []float64{math.NaN()}, []float64{3}}},
		"-1 at epoch 2, want 0 to ":   one(1, -1),
		"-Inf at epoch 1, want 0 to ": one(math.Inf(-1), 2),
	} {
		_, err := TotalRank(runs)
		oneLine(t, "TotalRank", err, want)
		_, err = ValidationAccuracy(runs)
		oneLine(t, "ValidationAccuracy", err, want)
		if !strings.Contains(want, "want") {
			oneLine(t, "WriteSeriesCSV", WriteSeriesCSV(&strings.Builder{}, runs), want)
		}
	}
	_, err := ValidationAccuracy(one(98, 101))
	oneLine(t, "ValidationAccuracy", err, "accuracy 101 at epoch 2, want 0 to 100")
}

// A diverged run must still give a figure.
func TestTotalRankOfAnything(t *testing.T) {
	for name, y := range map[string][]float64{
		"zeros": {0, 0, 0}, "nothing": {math.NaN(), math.Inf(1), math.NaN()}, "gap": {3, math.NaN(), 1},
	} {
		p, err := TotalRank([]Series{{"a", []float64{1, 2, 3}, y}, {"a", []float64{1}, []float64{math.NaN()}}})
		if err != nil {
			t.Fatal(err)
		}
		pg := drawn(t, p)
		for _, s := range append(pg.strokes, pg.fills...) {
			for _, c := range s.path {
				if !isFinite(c.Pos.X.Points()) || !isFinite(c.Pos.Y.Points()) {
					t.Errorf("%s: %v", name, c.Pos)
				}
			}
		}
	}
}

func TestPDFColours(t *testing.T) {
	half := SeeThrough(color.NRGBA{R: 200, G: 100, B: 0, A: 255}).(color.NRGBA)
	r, g, b, a := straight(half).RGBA()
	if r>>8 != 200 || g>>8 != 100 || b != 0 || a>>8 != uint32(half.A) {
		t.Errorf("the PDF writer gets %d %d %d at %d", r>>8, g>>8, b>>8, a>>8)
	}
}

// TestValidationError: errors on a logarithmic axis, so that the last tenths of accuracy take as much room as the first
// tens; what is wrong is said of the accuracies.
func TestValidationError(t *testing.T) {
	runs := []Series{{"a", []float64{1, 2, 3}, []float64{60, 98, 99}},
		{"b", []float64{1, 2, 3}, []float64{96, 99.2, 100}}}
	p := must(ValidationError(runs))(t)
	if p.Y.Label.Text != "validation error (%)" {
		t.Errorf("axis %q", p.Y.Label.Text)
	}
	y := p.Y.Norm
	if got, want := y(2)-y(1), y(40)-y(20); math.Abs(got-want) > 1e-9 {
		t.Errorf("from 1 to 2 %% are %g of the axis, from 20 to 40 %% %g", got, want)
	}
	if p.Y.Min > 0.8 || p.Y.Min < 0.5 || p.Y.Max < 40 || p.Y.Max > 60 {
		t.Errorf("axis from %g to %g, want it around 0.8, the smallest error above 0, to 40", p.Y.Min, p.Y.Max)
	}
	if runs[0].Y[0] != 60 {
		t.Error("the runs that were given are changed")
	}
	for _, y := range [][]float64{{100, 100}, {math.NaN(), math.NaN()}, {0, 50}} {
		drawn(t, must(ValidationError([]Series{{"a", []float64{1, 2}, y}}))(t))
	}
	_, err := ValidationError([]Series{{"a", []float64{1}, []float64{101}}})
	oneLine(t, "ValidationError", err, "accuracy 101 at epoch 1, want 0 to 100")
}

// TestTrainingLoss: a loss that falls by the same factor twice falls by the same height twice, and what is not a loss
// is an error.
func TestTrainingLoss(t *testing.T) {
	p := must(TrainingLoss([]Series{{"a", []float64{1, 2, 3, 4}, []float64{2, 0.2, 0.02, 0}}}))(t)
	if y := p.Y.Norm; math.Abs(y(2)-2*y(0.2)+y(0.02)) > 1e-9 || p.Y.Min > 0.02 || p.Y.Min < 0.01 {
		t.Errorf("2, 0.2 and 0.02 are at %g, %g and %g of an axis from %g", y(2), y(0.2), y(0.02), p.Y.Min)
	}
	drawn(t, p)
	_, err := TrainingLoss([]Series{{"a", []float64{1, 2}, []float64{1, -1}}})
	oneLine(t, "TrainingLoss", err, "loss -1 at epoch 2, want 0 to +Inf")
	_, err = TrainingLoss(nil)
	oneLine(t, "TrainingLoss", err, "no run to draw")
}
