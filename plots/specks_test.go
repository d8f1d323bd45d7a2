package plots

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// long are curves of many steps: noise around a fall, with what is said of it broken into gaps or not.
func long(steps, ranks int, gap func(i int) bool) Curves {
	rng := rand.New(rand.NewPCG(1, uint64(steps)))
	c := Curves{}
	for i := range steps {
		c.Steps = append(c.Steps, i)
	}
	for k := range ranks {
		row := make([]float64, steps)
		for i := range row {
			t := float64(i) / float64(steps)
			row[i] = math.Exp(-3*t)*(1+0.2*rng.Float64()) + float64(k)
			if gap(i) {
				row[i] = math.NaN()
			}
		}
		c.Values = append(c.Values, row)
	}
	return c
}

func whole(int) bool { return false }

// TestManyGaps: a run that measures at some of its steps only is drawn in seconds, into a file no larger than a page
// can carry, as one is that measures at all of them; and so are many epochs of a layer.
func TestManyGaps(t *testing.T) {
	series := func(c Curves) []Series {
		var runs []Series
		for _, row := range c.Values {
			runs = append(runs, Series{"seeds", floats(c.Steps), row})
		}
		return runs
	}
	epochs := make([]int, 100_000)
	rows := make([][]float64, len(epochs))
	for i := range epochs {
		epochs[i], rows[i] = i, []float64{1, 0.1}
	}
	for name, figure := range map[string]func() (*plot.Plot, error){
		"every other step": func() (*plot.Plot, error) {
			return Importance(long(300_000, 3, func(i int) bool { return i%2 > 0 }))
		},
		"pairs of steps": func() (*plot.Plot, error) {
			return Importance(long(300_000, 3, func(i int) bool { return i%3 > 1 }))
		},
		"seeds with gaps": func() (*plot.Plot, error) {
			return TotalRank(series(long(100_001, 3, func(i int) bool { return i%3 > 1 })))
		},
		"epochs of a layer": func() (*plot.Plot, error) { return ImportanceHeatMap(epochs, rows) },
	} {
		if !testmode.IsLong() && (name == "pairs of steps" || name == "seeds with gaps") {
			continue
		}
		begin := time.Now()
		p := must(figure())(t)
		for _, format := range []string{"svg", "pdf", "png"} {
			data, err := Render(p, Size{}, format)
			if err != nil {
				t.Fatal(err)
			}
			if len(data) > 2<<20 {
				t.Errorf("%s: the %s has %d bytes", name, format, len(data))
			}
		}
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%s: drawn in %v", name, took)
		} else {
			t.Log(name, took)
		}
	}
}

// everyPoint draws a curve with all of its points.
type everyPoint struct{ Line }

// Plot implements [plot.Plotter].
func (e everyPoint) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var piece []vg.Point
	for i := range e.X {
		if isFinite(e.Y[i]) {
			piece = append(piece, vg.Point{X: x(e.X[i]), Y: y(e.Y[i])})
		}
		if (!isFinite(e.Y[i]) || i == len(e.X)-1) && len(piece) > 0 {
			if len(piece) == 1 {
				c.FillPolygon(e.Style.Color, regular(4, math.Pi/4, 0.9, piece[0]))
			} else {
				c.StrokeLines(e.Style, piece)
			}
			piece = nil
		}
	}
}

// TestThinnedLooksTheSame compares pictures of long curves, pixel by pixel, with those of all their points.
func TestThinnedLooksTheSame(t *testing.T) {
	for name, c := range map[string]Curves{
		"noise":            long(30_000, 1, whole),
		"few steps":        long(50, 1, whole),
		"every other step": long(30_000, 1, func(i int) bool { return i%2 > 0 }),
		"seen gaps":        long(30_000, 1, func(i int) bool { return i/1000%3 == 1 }),
		"both gaps":        long(30_000, 1, func(i int) bool { return i/1000%3 == 1 || i%7 == 0 }),
		"one spike":        spike(30_000),
	} {
		if !testmode.IsLong() && (name == "noise" || name == "every other step" || name == "seen gaps") {
			continue // "both gaps" has them all
		}
		cv := rankLines(c.Steps, c.Values, 1)[0]
		cv.Marked = nil
		picture := func(line plot.Plotter) []byte {
			p := New()
			p.X.Min, p.X.Max = stepRange(c.Steps)
			p.Y.Min, p.Y.Max = linearRange(finiteRange(c.Values, nil))
			p.Add(line)
			data, err := Render(p, Size{}, "png")
			if err != nil {
				t.Fatal(err)
			}
			return data
		}
		got, want := decode(t, picture(cv)), decode(t, picture(everyPoint{cv}))
		differ, ink := 0, 0
		for x := range want.Bounds().Dx() {
			for y := range want.Bounds().Dy() {
				a, _, _, _ := got.At(x, y).RGBA()
				b, _, _, _ := want.At(x, y).RGBA()
				if b < 0x8000 {
					ink++
				}
				if math.Abs(float64(a)-float64(b)) > 0x6000 {
					differ++
				}
			}
		}
		t.Logf("%s: %d of %d pixels differ", name, differ, ink)
		most := ink / 50
		if name == "both gaps" {
			most = ink / 15 // ends of strokes a fifth of a pixel wide
		}
		if ink == 0 || differ > most {
			t.Errorf("%s: %d of %d pixels differ", name, differ, ink)
		}
	}
}

// spike is flat but for one step, which must be seen.
func spike(steps int) Curves {
	c := long(steps, 1, whole)
	for i := range c.Values[0] {
		c.Values[0][i] = 1
	}
	c.Values[0][steps/3] = 2
	return c
}
