package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/recorder"
)

// page is what drawing a figure at the default size left on it.
type page struct {
	canvas, data draw.Canvas
	texts        map[string]vg.Point // origins, in page coordinates
	sizes        map[string]vg.Length
	strokes      []stroke
	fills        []stroke
	images       []*recorder.DrawImage
}

// besideData holds the labels of a legend between the data area and the page's
// edge.
func (pg page) besideData(t *testing.T, labels ...string) {
	t.Helper()
	for _, label := range labels {
		at, ok := pg.texts[label]
		right := at.X + NewMathText().width(label, sans(pg.sizes[label]))
		if !ok || at.X < pg.data.Max.X || right > pg.canvas.Max.X || at.Y < pg.canvas.Min.Y || at.Y > pg.canvas.Max.Y {
			t.Errorf("label %q from %v to x = %v is not between the data area's edge %v and the page's %v",
				label, at, right, pg.data.Max.X, pg.canvas.Max)
		}
	}
}

// filled returns the areas of one colour within or beside the data area.
func (pg page) filled(col color.Color, beside bool) []vg.Path {
	var paths []vg.Path
	for _, f := range pg.fills {
		if f.color == col && (f.path[0].Pos.X > pg.data.Max.X) == beside {
			paths = append(paths, f.path)
		}
	}
	return paths
}

// extent is the rectangle around a path.
func extent(path vg.Path) vg.Rectangle {
	r := vg.Rectangle{Min: path[0].Pos, Max: path[0].Pos}
	for _, c := range path {
		if c.Type != vg.CloseComp {
			r.Min = vg.Point{X: min(r.Min.X, c.Pos.X), Y: min(r.Min.Y, c.Pos.Y)}
			r.Max = vg.Point{X: max(r.Max.X, c.Pos.X), Y: max(r.Max.Y, c.Pos.Y)}
		}
	}
	return r
}

func near(a, b vg.Length) bool { return math.Abs((a - b).Points()) < 1e-6 }

// oneLine holds an error to one line with want in it.
func oneLine(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.HasPrefix(err.Error(), "plots: ") || !strings.Contains(err.Error(), want) ||
		strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: error %v, want one line with %q", name, err, want)
	}
}

type stroke struct {
	color  color.Color
	dashed bool
	path   vg.Path
}

func drawn(t *testing.T, p *plot.Plot) page {
	t.Helper()
	var rec recorder.Canvas
	pg := page{
		canvas: draw.NewCanvas(&rec, DefaultWidth, DefaultHeight),
		texts:  map[string]vg.Point{}, sizes: map[string]vg.Length{},
	}
	pg.data = p.DataCanvas(pg.canvas)
	p.Draw(pg.canvas)

	var at vg.Point // the text handler moves the origin to each text
	var turned bool
	var now stroke
	for _, a := range rec.Actions {
		switch a := a.(type) {
		case *recorder.Push:
			at, turned = vg.Point{}, false
		case *recorder.Translate:
			at = a.Point
		case *recorder.Rotate:
			turned = a.Angle != 0
		case *recorder.FillString:
			if !turned {
				pg.texts[a.String] = at.Add(a.Point)
				pg.sizes[a.String] = a.Size
			}
		case *recorder.SetColor:
			now.color = a.Color
		case *recorder.SetLineDash:
			now.dashed = len(a.Dashes) > 0
		case *recorder.Stroke:
			now.path = a.Path
			pg.strokes = append(pg.strokes, now)
		case *recorder.Fill:
			pg.fills = append(pg.fills, stroke{color: now.color, path: a.Path})
		case *recorder.DrawImage:
			pg.images = append(pg.images, a)
		}
	}
	return pg
}

func TestLegendBesideData(t *testing.T) {
	for _, ranks := range []int{1, 6, 7, 8, 10, 13, 14, 25, 26, 27, 120} {
		t.Run(fmt.Sprint(ranks), func(t *testing.T) {
			c := falling(ranks, 30)
			c.Exact = make([]float64, ranks)
			p, err := SingularValues(c)
			if err != nil {
				t.Fatal(err)
			}
			pg := drawn(t, p)
			if w := pg.data.Size().X; w < 0.45*DefaultWidth {
				t.Errorf("the data area is only %g points wide", w.Points())
			}
			seen, columns := 0, map[vg.Length]bool{}
			for text, at := range pg.texts {
				if !strings.HasPrefix(text, "rank") && text != "exact" && at.X <= pg.data.Max.X {
					continue // a tick label
				}
				seen++
				columns[at.X] = true
				right := at.X + NewMathText().width(text, sans(pg.sizes[text]))
				if at.X < pg.data.Max.X || right > pg.canvas.Max.X || at.Y < pg.canvas.Min.Y || at.Y > pg.canvas.Max.Y {
					t.Errorf("legend entry %q from (%v, %v) to x = %v is not between the data area's edge %v and "+
						"the page's %v",
						text, at.X, at.Y, right, pg.data.Max.X, pg.canvas.Max)
				}
			}
			delete(columns, pg.texts["rank"].X)
			if len(columns) > 2 || ranks <= maxNamed && len(columns) > 1 {
				t.Errorf("%d columns", len(columns))
			}
			want := ranks + 1
			switch {
			case ranks > 2*maxNamed:
				want = 11 + 1
			case ranks > maxNamed:
				want++ // the heading
			}
			if seen != want {
				t.Errorf("%d texts in the legend, want %d", seen, want)
			}
		})
	}
}

// TestCurvesInsideData holds every stroke in a rank's colour against the data
// area: it lies within, or it is a sample in the legend.
func TestCurvesInsideData(t *testing.T) {
	for name, figure := range map[string]func(Curves) (*plot.Plot, error){
		"RankDistance": RankDistance, "SingularValues": SingularValues, "Importance": Importance,
	} {
		c := falling(6, 21)
		c.Exact = []float64{120, 80, 10, 0, 0, 1e-15}
		p, err := figure(c)
		if err != nil {
			t.Fatal(err)
		}
		pg := drawn(t, p)
		curves, samples := 0, 0
		for _, s := range pg.strokes {
			if s.dashed || s.color == LightGrey || s.color == color.Black {
				continue
			}
			if s.path[0].Pos.X > pg.data.Max.X {
				samples++
				continue
			}
			curves++
			for _, point := range s.path {
				if !pg.data.Contains(point.Pos) {
					t.Errorf("%s: %v is outside the data area %v", name, point.Pos, pg.data.Rectangle)
				}
			}
		}
		if curves != 6 || samples != 6 {
			t.Errorf("%s: %d curves and %d samples, want 6 and 6", name, curves, samples)
		}
	}
}

func TestRankDistanceOfAnything(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, values := range map[string][]float64{
		"zeros":     {0, 0, 0},
		"mixed":     {1, 0, -3},
		"not there": {nan, inf, -inf},
		"gaps":      {1, nan, 2},
		"extreme":   {math.SmallestNonzeroFloat64, math.MaxFloat64, 0},
		"tiny":      {math.SmallestNonzeroFloat64, 0, 0},
		"huge":      {math.MaxFloat64, math.MaxFloat64, math.MaxFloat64},
		"constant":  {3, 3, 3},
		"power":     {10, 10, 10},
	} {
		p, err := RankDistance(Curves{Steps: []int{0, 1, 2}, Values: [][]float64{values}})
		if err != nil {
			t.Fatal(err)
		}
		if !(p.Y.Min > 0 && p.Y.Min < p.Y.Max) || math.IsInf(p.Y.Max, 0) {
			t.Errorf("%s: range %g to %g", name, p.Y.Min, p.Y.Max)
		}
		pg := drawn(t, p)
		for _, s := range pg.strokes {
			for _, point := range s.path {
				if x, y := point.Pos.X.Points(), point.Pos.Y.Points(); !isFinite(x) || !isFinite(y) {
					t.Errorf("%s: stroke through (%g, %g)", name, x, y)
				}
			}
		}
	}
}

func TestRankDistanceFloor(t *testing.T) {
	p, err := RankDistance(Curves{Steps: []int{0, 1}, Values: [][]float64{{1e2, 0}, {1, 1e-5}}})
	if err != nil {
		t.Fatal(err)
	}
	if p.Y.Min < 1e-6 || p.Y.Min > 1e-5 || p.Y.Max < 1e2 || p.Y.Max > 1e3 {
		t.Errorf("range %g to %g, want it just around 1e-5, the smallest positive value, to 1e2", p.Y.Min, p.Y.Max)
	}
	p, err = RankDistance(Curves{Steps: []int{0}, Values: [][]float64{{0}}})
	if err != nil {
		t.Fatal(err)
	}
	if p.Y.Min > 1e-16 || p.Y.Max < 1e-16 {
		t.Errorf("range %g to %g without 1e-16", p.Y.Min, p.Y.Max)
	}
}

// The plot library pads a logarithmic axis for a label that is not there; the
// data would lose a quarter of the height.
func TestLogAxisKeepsHeight(t *testing.T) {
	c := falling(3, 10)
	log, err := RankDistance(c)
	if err != nil {
		t.Fatal(err)
	}
	linear, err := Importance(c)
	if err != nil {
		t.Fatal(err)
	}
	a, b := drawn(t, log).data.Size().Y, drawn(t, linear).data.Size().Y
	if math.Abs((a - b).Points()) > 6 {
		t.Errorf("data area %g points high with a log axis, %g with a linear one", a.Points(), b.Points())
	}
}
