package plots

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// lambdaCurve is a quantity that falls with λ_gl.
func lambdaCurve(label string, lambda ...float64) LambdaCurve {
	cv := LambdaCurve{Label: label, Lambda: lambda}
	for _, l := range lambda {
		cv.Mean, cv.Deviation = append(cv.Mean, 99-6*l/(l+3e-4)), append(cv.Deviation, 0.5)
	}
	return cv
}

// TestLambdaAxis: 0 stands left of a break, apart from the logarithmic axis; equal factors above it are equal lengths.
func TestLambdaAxis(t *testing.T) {
	axis := ValueAxis{Label: "accuracy (%)", Percent: true}
	p := must(LambdaCurves([]LambdaCurve{lambdaCurve("a", 0, 1e-6, 1e-5, 1e-4)}, axis))(t)
	x := p.X.Norm
	if a, b, c := x(1e-6), x(1e-5), x(1e-4); math.Abs(b-a-(c-b)) > 1e-9 || x(0) >= gapAt || a <= gapAt || c > 1 {
		t.Errorf("0 and the powers are at %g, %g, %g and %g of the axis", x(0), a, b, c)
	}
	if got := labels(p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max)); got != "0 10⁻⁶ 10⁻⁵ 10⁻⁴" {
		t.Errorf("labels %q", got)
	}
	if p.X.Label.Text != "λ_gl" || p.Y.Label.Text != axis.Label {
		t.Errorf("axes %q and %q", p.X.Label.Text, p.Y.Label.Text)
	}
	broken := func(p *plot.Plot) bool { // a slanted stroke across the axis
		pg := drawn(t, p)
		for _, s := range pg.strokes {
			a, b := s.path[0].Pos, s.path[1].Pos
			if len(s.path) == 2 && a.X != b.X && a.Y < pg.data.Min.Y && b.Y > pg.data.Min.Y {
				return true
			}
		}
		return false
	}
	if !broken(p) {
		t.Error("no break in the axis")
	}
	for want, lambda := range map[string][]float64{
		"0": {0}, "10⁻⁴": {1e-4}, "10⁻⁵ 10⁻⁴": {3e-5}, "10⁻⁶ 10⁻⁵ 10⁻⁴": {1e-6, 1e-4},
	} {
		p := must(LambdaCurves([]LambdaCurve{lambdaCurve("a", lambda...)}, axis))(t)
		if got := labels(p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max)); got != want || broken(p) {
			t.Errorf("λ_gl = %v: labels %q, want %q; broken %v", lambda, got, want, broken(p))
		}
	}
}

// TestLambdaCurves: a dot at every mean, a band between neighbours, and a bar where there is none; dots at 0 are
// apart, and joined to the rest by a dashed line.
func TestLambdaCurves(t *testing.T) {
	a, b := lambdaCurve("a", 0, 1e-6, 1e-5, 1e-4), lambdaCurve("b", 0, 1e-6, 1e-5, 1e-4)
	b.Mean[2] = math.NaN()
	p := must(LambdaCurves([]LambdaCurve{a, b}, ValueAxis{Label: "accuracy (%)", Percent: true}))(t)
	pg := drawn(t, p)
	pg.besideData(t, "a", "b")
	for k, want := range []struct{ dots, bands, bars, dashed int }{{4, 1, 1, 1}, {3, 0, 3, 1}} {
		col := Palette(2)[k]
		dots := 0
		for _, f := range pg.filled(col, false) {
			if extent(f).Size().X > 2*dotSide { // not the speck of a line through one point
				dots++
			}
		}
		if dots != want.dots {
			t.Errorf("curve %d: %d dots, want %d", k+1, dots, want.dots)
		}
		if got := len(pg.filled(SeeThrough(col), false)); got != want.bands {
			t.Errorf("curve %d: %d bands, want %d", k+1, got, want.bands)
		}
		bars, dashed := 0, 0
		for _, s := range pg.strokes {
			switch size := extent(s.path).Size(); {
			case s.color != col:
			case s.dashed:
				dashed++
			case near(size.X, 0):
				bars++
				low, high := p.Y.Norm(98.5), p.Y.Norm(99.5)
				if s.path[0].Pos.X < pg.data.X(gapAt) && !near(size.Y, pg.data.Y(high)-pg.data.Y(low)) {
					t.Errorf("curve %d: the bar at 0 is %v high", k+1, size.Y)
				}
			}
		}
		if bars != want.bars || dashed != want.dashed {
			t.Errorf("curve %d: %d bars and %d dashed lines, want %d and %d", k+1, bars, dashed, want.bars, want.dashed)
		}
	}
	var ends []vg.Length // of the dashed lines
	for _, s := range pg.strokes {
		if s.dashed {
			ends = append(ends, s.path[0].Pos.X)
		}
	}
	if gap := ends[1] - ends[0]; gap < 2*Markers()[0].Radius {
		t.Errorf("the dots at 0 are %v apart", gap)
	}
}

// TestLambdaSpreadOnItsAxis: spreads of percent end at 0 and 100, and on a logarithmic axis at its end.
func TestLambdaSpreadOnItsAxis(t *testing.T) {
	cv := LambdaCurve{Label: "a", Lambda: []float64{1e-5, 1e-4}, Mean: []float64{99.9, 0.2}, Deviation: []float64{3, 3}}
	p := must(LambdaCurves([]LambdaCurve{cv}, ValueAxis{Label: "accuracy (%)", Percent: true}))(t)
	pg := drawn(t, p)
	band := extent(pg.filled(SeeThrough(Palette(1)[0]), false)[0])
	if !near(band.Max.Y, pg.data.Y(p.Y.Norm(100))) || !near(band.Min.Y, pg.data.Y(p.Y.Norm(0))) {
		t.Errorf("the band is %v", band)
	}
	pg = drawn(t, must(LambdaCurves([]LambdaCurve{cv}, ValueAxis{Label: "loss", Log: true}))(t))
	if band := extent(pg.filled(SeeThrough(Palette(1)[0]), false)[0]); band.Min.Y < pg.data.Min.Y-0.01 {
		t.Errorf("the band %v leaves the data area %v", band, pg.data.Rectangle)
	}
}

func TestLambdaCurvesOfAnything(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	var long []float64
	for i := range 200 {
		long = append(long, 1e-6*math.Pow(1.05, float64(i)))
	}
	for name, curves := range map[string][]LambdaCurve{
		"zero":      {lambdaCurve("a", 0)},
		"one":       {lambdaCurve("a", 1e-4)},
		"two zeros": {lambdaCurve("a", 0), lambdaCurve("b", 0)},
		"apart":     {lambdaCurve("a", 0), lambdaCurve("b", 1e-4)},
		"nothing":   {{Label: "a", Lambda: []float64{0, 1}, Mean: []float64{nan, nan}, Deviation: []float64{nan, nan}}},
		"infinite":  {{Label: "a", Lambda: []float64{0, 1}, Mean: []float64{inf, 3}, Deviation: []float64{1, inf}}},
		"same":      {{Label: "a", Lambda: []float64{0, 1, 2}, Mean: []float64{5, 5, 5}}},
		"zeros":     {{Label: "a", Lambda: []float64{0, 1, 2}, Mean: []float64{0, 0, 0}}},
		"many":      {lambdaCurve("a", append([]float64{0}, long...)...), lambdaCurve("b", long...)},
	} {
		for _, axis := range []ValueAxis{{Label: "x"}, {Label: "x", Log: true}, {Label: "x", Zero: true}} {
			if fault := faultOf(t, func() (*plot.Plot, error) { return LambdaCurves(curves, axis) }); fault != "" {
				t.Errorf("%s (%+v): %s", name, axis, fault)
			}
		}
	}
	var all []LambdaCurve // more than a legend has markers for
	for i := range 30 {
		all = append(all, lambdaCurve(strings.Repeat("a", i+1), 0, 1e-5, 1e-4))
	}
	if _, err := Render(must(LambdaCurves(all, ValueAxis{}))(t), Size{}, "svg"); err != nil {
		t.Error(err)
	}
}

func TestLambdaCurvesErrors(t *testing.T) {
	one := func(change func(*LambdaCurve)) []LambdaCurve {
		cv := lambdaCurve("a", 0, 1)
		change(&cv)
		return []LambdaCurve{cv}
	}
	for want, curves := range map[string][]LambdaCurve{
		"no curve":                           nil,
		"curve 1 has no label":               one(func(cv *LambdaCurve) { cv.Label = "" }),
		`two curves have the label "a"`:      {lambdaCurve("a", 0), lambdaCurve("a", 0)},
		`curve "a" has no λ_gl`:              {{Label: "a"}},
		"1 means for 2 λ_gl":                 one(func(cv *LambdaCurve) { cv.Mean = cv.Mean[:1] }),
		"1 deviations for 2 λ_gl":            one(func(cv *LambdaCurve) { cv.Deviation = cv.Deviation[:1] }),
		"has λ_gl = -1":                      one(func(cv *LambdaCurve) { cv.Lambda[0] = -1 }),
		"has λ_gl = NaN":                     one(func(cv *LambdaCurve) { cv.Lambda[0] = math.NaN() }),
		"λ_gl must rise, but in curve \"a\"": one(func(cv *LambdaCurve) { cv.Lambda[1] = 0 }),
		"has deviation -1 at λ_gl = 1":       one(func(cv *LambdaCurve) { cv.Deviation[1] = -1 }),
		`"a" at λ_gl = 1 is 101, want 0 to`:  one(func(cv *LambdaCurve) { cv.Mean[1] = 101 }),
	} {
		_, err := LambdaCurves(curves, ValueAxis{Percent: true})
		oneLine(t, "LambdaCurves", err, want)
		if !strings.Contains(want, "want") {
			oneLine(t, "WriteLambdaCSV", WriteLambdaCSV(&strings.Builder{}, curves), want)
		}
	}
}

func TestWriteLambdaCSV(t *testing.T) {
	curves := []LambdaCurve{
		{Label: "a", Lambda: []float64{0, 1e-4}, Mean: []float64{99, math.NaN()},
			Deviation: []float64{0.5, math.NaN()}},
		{Label: "b", Lambda: []float64{1e-4}, Mean: []float64{98}},
	}
	var got bytes.Buffer
	want := "label,lambda_gl,mean,deviation\na,0,99,0.5\na,0.0001,NaN,\nb,0.0001,98,\n"
	if err := WriteLambdaCSV(&got, curves); err != nil || got.String() != want {
		t.Errorf("%v, wrote\n%swant\n%s", err, got.String(), want)
	}
}
