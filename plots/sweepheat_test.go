package plots

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
)

// grid is of three values of λ_gl and two of ε_ps: one cell lacks a seed, one diverged and one is missing.
func grid() SweepGrid {
	return SweepGrid{
		Across: "λ_gl", Up: "ε_ps", Columns: []string{"0", "1e-5", "1e-3"}, Rows: []string{"0.01", "0.1"}, Seeds: 3,
		Cells: [][]SweepCell{
			{{Value: 99.25, Seeds: 3}, {Value: 98.5, Seeds: 2}, {Reason: "diverged"}},
			{{Value: 97, Seeds: 3}, {}, {Value: 91.5, Seeds: 3}},
		},
	}
}

// cell is the area of a cell, and its colour.
func (pg page) cell(column, row, columns, rows int) (vg.Rectangle, color.Color) {
	size := pg.data.Size()
	at := pg.data.Min.Add(vg.Point{
		X: size.X * (vg.Length(column) + 0.5) / vg.Length(columns),
		Y: size.Y * (vg.Length(row) + 0.5) / vg.Length(rows),
	})
	wide := size.X / vg.Length(columns)
	for _, f := range pg.fills { // not the page, nor letters
		r := extent(f.path)
		if w := r.Size().X; inside(vg.Rectangle{Min: at, Max: at}, r) && w > 0.8*wide && w <= wide {
			return r, f.color
		}
	}
	return vg.Rectangle{}, nil
}

// TestSweepHeatMap: values and seeds stand in their cells, brighter cells have the larger values, and what has no value
// is grey, says why and is explained.
func TestSweepHeatMap(t *testing.T) {
	for _, log := range []bool{false, true} {
		p := must(SweepHeatMap(grid(), ValueAxis{Label: "accuracy (%)", Percent: true, Log: log}))(t)
		if p.X.Label.Text != "λ_gl" || p.Y.Label.Text != "ε_ps" {
			t.Errorf("axes %q and %q", p.X.Label.Text, p.Y.Label.Text)
		}
		x, y := labels(p.X.Tick.Marker.Ticks(0, 0)), labels(p.Y.Tick.Marker.Ticks(0, 0))
		if x != "0 1e-5 1e-3" || y != "0.01 0.1" {
			t.Errorf("columns %q, rows %q", x, y)
		}
		pg := drawn(t, p)
		pg.besideData(t, "failed", "missing")
		light := map[string]float64{}
		texts := [][]string{{"99.25", "98.50", "diverged"}, {"97.00", "", "91.50"}}
		if log {
			texts = [][]string{{"99.2", "98.5", "diverged"}, {"97.0", "", "91.5"}}
		}
		for i, row := range texts {
			for k, text := range row {
				r, col := pg.cell(k, i, 3, 2)
				if at, ok := pg.texts[text]; text != "" && (!ok || !inside(vg.Rectangle{Min: at, Max: at}, r)) {
					t.Errorf("%q is at %v, want it in its cell %v", text, at, r)
				}
				if grey := col == color.GrayModel.Convert(LightGrey); grey != (text == "" || text == "diverged") {
					t.Errorf("cell %d, %d is %v", k, i, col)
					continue
				}
				light[text] = lab(linear(col))[0]
			}
		}
		a, b, c, d := light[texts[0][0]], light[texts[0][1]], light[texts[1][0]], light[texts[1][2]]
		if !(a > b && b > c && c > d) {
			t.Errorf("lightness %v", light)
		}
		few, _ := pg.cell(1, 0, 3, 2)
		at, ok := pg.texts["n = 2"]
		if !ok || !inside(vg.Rectangle{Min: at, Max: at}, few) || at.Y >= pg.texts[texts[0][1]].Y {
			t.Errorf("the seeds are at %v, want them in %v below the value", at, few)
		}
		if _, ok := pg.texts["n = 3"]; ok {
			t.Error("all seeds are counted where none is missing")
		}
	}
	full := grid()
	full.Cells[0][2], full.Cells[1][1] = full.Cells[0][0], full.Cells[0][0]
	pg := drawn(t, must(SweepHeatMap(full, ValueAxis{}))(t))
	for _, label := range []string{"failed", "missing"} {
		if _, ok := pg.texts[label]; ok {
			t.Errorf("%q is explained where there is none", label)
		}
	}
}

// TestInkOnColours: text on every shade has about the contrast that WCAG takes for readable, 4.5 to 1.
func TestInkOnColours(t *testing.T) {
	for _, col := range (colorScale{}).palette() {
		got := contrastToWhite(col)
		if inkOn(col) == color.Color(color.Black) {
			got = 21 / got
		}
		if got < 4.4 {
			t.Errorf("on %v the contrast is %.2f", col, got)
		}
	}
}

func TestNumberTexts(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		log    bool
		want   string
	}{
		{[]float64{99.25, 98.5, 91}, false, "99.25 98.50 91.00"},
		{[]float64{99.25, 10.1}, false, "99.2 10.1"},
		{[]float64{236, 49, 0}, false, "236 49 0"},
		{[]float64{4.1e6, 20.5e3}, true, "4.10M 20.5k"},
		{[]float64{0.0231, 1.5}, true, "0.0231 1.50"},
		{[]float64{0.0231, 0.0114}, false, "0.0231 0.0114"},
		{[]float64{-3.26e-5, 1e-6}, false, "−3.3×10⁻⁵ 10⁻⁶"},
		{[]float64{7, 7}, false, "7 7"},
		{[]float64{2.5, math.NaN()}, false, "2.50 "},
	} {
		if got := strings.Join(numberTexts([][]float64{tc.values}, tc.log)[0], " "); got != tc.want {
			t.Errorf("%v (log %v): %q, want %q", tc.values, tc.log, got, tc.want)
		}
	}
}

// TestSweepHeatMapOfAnything: single cells, equal values, none at all, and more cells than there is room for texts,
// which then lie in the page and apart.
func TestSweepHeatMapOfAnything(t *testing.T) {
	of := func(columns, rows int, value func(i, k int) SweepCell) SweepGrid {
		g := SweepGrid{Across: "λ_gl", Up: "ε_ps", Seeds: 3}
		for k := range columns {
			g.Columns = append(g.Columns, fmt.Sprintf("%d.5e-4", k))
		}
		for i := range rows {
			g.Rows = append(g.Rows, fmt.Sprintf("0.00%d", i))
			g.Cells = append(g.Cells, nil)
			for k := range columns {
				g.Cells[i] = append(g.Cells[i], value(i, k))
			}
		}
		return g
	}
	falls := func(i, k int) SweepCell { return SweepCell{Value: 99 - float64(i+k)/10, Seeds: 3} }
	for name, g := range map[string]SweepGrid{
		"one":      of(1, 1, falls),
		"same":     of(3, 3, func(int, int) SweepCell { return SweepCell{Value: 5, Seeds: 2} }),
		"zeros":    of(2, 2, func(int, int) SweepCell { return SweepCell{Seeds: 3} }),
		"missing":  of(3, 2, func(int, int) SweepCell { return SweepCell{} }),
		"diverged": of(3, 2, func(int, int) SweepCell { return SweepCell{Reason: "diverged"} }),
		"NaN":      of(2, 2, func(int, int) SweepCell { return SweepCell{Value: math.NaN(), Seeds: 3} }),
		"infinite": of(2, 1, func(_, k int) SweepCell { return SweepCell{Value: math.Inf(1 - 2*k), Seeds: 3} }),
		"20 by 10": of(20, 10, falls), "200 by 1": of(200, 1, falls), "1 by 200": of(1, 200, falls),
	} {
		for _, log := range []bool{false, true} {
			figure := func() (*plot.Plot, error) { return SweepHeatMap(g, ValueAxis{Label: "accuracy (%)", Log: log}) }
			if fault := faultOf(t, figure); fault != "" {
				t.Errorf("%s (log %v): %s", name, log, fault)
				continue
			}
			p := must(figure())(t)
			pg := drawn(t, p)
			ticks, room := p.Y.Tick.Marker.Ticks(p.Y.Min, p.Y.Max), pg.data.Size().Y/vg.Length(len(g.Rows))
			if len(ticks) > 1 && vg.Length(ticks[1].Value)*room < SmallSize {
				t.Errorf("%s: rows are named every %v", name, vg.Length(ticks[1].Value)*room)
			}
		}
	}
	// Texts of the cells are within them, however many there are.
	for _, n := range []int{1, 3, 6, 9, 12, 20} {
		g := of(n, n, falls)
		m := cellMap{grid: g, texts: [][]string{{"99.25"}}}
		size := vg.Point{X: 240 / vg.Length(n), Y: 200 / vg.Length(n)}
		sty := m.fittedText(size)
		if high := sty.Font.Size; high > 0 && (sty.Width("99.25") > size.X || high > size.Y || high < leastTypeSize) {
			t.Errorf("%d cells: type of %v in %v", n, high, size)
		}
	}
}

func TestSweepHeatMapErrors(t *testing.T) {
	with := func(change func(*SweepGrid)) SweepGrid {
		g := grid()
		change(&g)
		return g
	}
	for want, g := range map[string]SweepGrid{
		"no column":                  with(func(g *SweepGrid) { g.Columns = nil }),
		"no row":                     with(func(g *SweepGrid) { g.Rows = nil }),
		"1 rows of cells for 2 rows": with(func(g *SweepGrid) { g.Cells = g.Cells[:1] }),
		`row "0.1" has 2 cells for`:  with(func(g *SweepGrid) { g.Cells[1] = g.Cells[1][:2] }),
		`column "1e-5" and row "0.01" has -1 seeds`:          with(func(g *SweepGrid) { g.Cells[0][1].Seeds = -1 }),
		`column "1e-5" and row "0.01" is 101, want 0 to 100`: with(func(g *SweepGrid) { g.Cells[0][1].Value = 101 }),
	} {
		_, err := SweepHeatMap(g, ValueAxis{Percent: true})
		oneLine(t, "SweepHeatMap", err, want)
		if !strings.Contains(want, "want") {
			oneLine(t, "WriteSweepHeatMapCSV", WriteSweepHeatMapCSV(&strings.Builder{}, g), want)
		}
	}
}

func TestWriteSweepHeatMapCSV(t *testing.T) {
	g := grid()
	var got bytes.Buffer
	want := "column,row,value,seeds,planned,reason\n0,0.01,99.25,3,3,\n1e-5,0.01,98.5,2,3,\n1e-3,0.01,,0,3,diverged\n" +
		"0,0.1,97,3,3,\n1e-5,0.1,,0,3,\n1e-3,0.1,91.5,3,3,\n"
	if err := WriteSweepHeatMapCSV(&got, g); err != nil || got.String() != want {
		t.Errorf("%v, wrote\n%swant\n%s", err, got.String(), want)
	}
}
