package plots

import (
	"fmt"
	"image/color"
	"math"
	"strings"
	"testing"
)

func TestExactLevels(t *testing.T) {
	c := falling(6, 21)
	c.Exact = []float64{9.5, 6.9, math.NaN(), 0, 3e-16, -1e-15}
	p, err := SingularValues(c)
	if err != nil {
		t.Fatal(err)
	}
	pg := drawn(t, p)
	var got []color.Color
	for _, s := range pg.strokes {
		if s.dashed && s.path[0].Pos.X < pg.data.Max.X {
			got = append(got, s.color)
			if w := s.path[1].Pos.X - s.path[0].Pos.X; w != pg.data.Size().X {
				t.Errorf("a level is %v wide, the data area %v", w, pg.data.Size().X)
			}
		}
	}
	want := []color.Color{Palette(6)[0], Palette(6)[1], DarkGrey}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("levels in %v, want %v", got, want)
	}
	if _, ok := pg.texts["exact"]; !ok {
		t.Error("no legend entry for exact values")
	}

	c.Exact = nil
	if p, err = SingularValues(c); err != nil {
		t.Fatal(err)
	}
	if _, ok := drawn(t, p).texts["exact"]; ok {
		t.Error("a legend entry for exact values where there are none")
	}
}

func TestImportanceWithEvent(t *testing.T) {
	c := falling(3, 26)
	const label = "third point dropped"
	for _, step := range []int{0, 1200, 2500} {
		p, err := ImportanceWithEvent(c, step, label)
		if err != nil {
			t.Fatal(err)
		}
		pg := drawn(t, p)
		at, ok := pg.texts[label]
		right := at.X + NewMathText().width(label, sans(SmallSize))
		if !ok || at.Y <= pg.data.Max.Y || at.Y+SmallSize*0.75 > pg.canvas.Max.Y || at.X < pg.data.Min.X-0.01 ||
			right > pg.data.Max.X+0.01 {
			t.Errorf("step %d: label from %v to x = %v, want it above the data area %v", step, at, right,
				pg.data.Rectangle)
		}
		x := pg.data.X(p.X.Norm(float64(step)))
		found := false
		for _, s := range pg.strokes {
			found = found || s.dashed && s.path[0].Pos.X == x && s.path[1].Pos.X == x
		}
		if !found {
			t.Errorf("step %d: no vertical line at %v", step, x)
		}
	}
	for _, step := range []int{-1, 2501} {
		if _, err := ImportanceWithEvent(c, step, label); err == nil ||
			!strings.Contains(err.Error(), "steps 0 to 2500") {
			t.Errorf("step %d: error %v", step, err)
		}
	}
}

func TestMarkedPoints(t *testing.T) {
	for n := 1; n < 400; n++ {
		for _, phase := range []float64{0, 0.3, 0.99} {
			marked := markedPoints(n, phase)
			if last := marked[len(marked)-1]; marked[0] < 0 || last >= n {
				t.Fatalf("%d points: markers at %v", n, marked)
			}
			if n <= 12 && len(marked) != n || n > 12 && (len(marked) < 6 || len(marked) > 15) {
				t.Errorf("%d points, phase %g: %d markers", n, phase, len(marked))
			}
		}
	}
}
