package plots

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// shrinking is a layer that loses its last ranks, epoch by epoch.
func shrinking() (epochs []int, importance [][]float64) {
	for i := range 8 {
		epochs = append(epochs, i)
		row := make([]float64, 12-i)
		for k := range row {
			row[k] = 5 * math.Pow(10, -0.3*float64(k)-0.1*float64(i))
		}
		importance = append(importance, row)
	}
	importance[2][9] = math.NaN()
	importance[3][8] = 0
	return epochs, importance
}

// cellColor is the colour in the middle of epoch i's and rank k+1's cell.
func cellColor(img image.Image, i, k, epochs, ranks int) color.Color {
	size := img.Bounds().Size()
	return img.At((2*i+1)*size.X/(2*epochs), size.Y-1-(2*k+1)*size.Y/(2*ranks))
}

func TestHeatMapColours(t *testing.T) {
	epochs, importance := shrinking()
	p, err := ImportanceHeatMap(epochs, importance)
	if err != nil {
		t.Fatal(err)
	}
	pg := drawn(t, p)
	if len(pg.images) != 1 || pg.images[0].Rectangle != pg.data.Rectangle {
		t.Fatalf("%d images, want one over the data area %v", len(pg.images), pg.data.Rectangle)
	}
	img := pg.images[0].Image
	light := func(i, k int) float64 { return lab(linear(cellColor(img, i, k, 8, 12)))[0] }
	isGrey := func(i, k int) bool {
		r, g, b, _ := cellColor(img, i, k, 8, 12).RGBA()
		return r == g && g == b && r>>8 == uint32(LightGrey)
	}
	for i, row := range importance {
		for k := range 12 {
			cut := k >= len(row) || math.IsNaN(row[k])
			if isGrey(i, k) != cut {
				t.Errorf("epoch %d, rank %d is %v, cut %v", i, k+1, cellColor(img, i, k, 8, 12), cut)
			}
			if !cut && k > 0 && light(i, k) >= light(i, k-1) {
				t.Errorf("epoch %d, rank %d is not darker than the more important one before", i, k+1)
			}
		}
	}
	// Zero has the colour of the smallest positive value, which here is the last
	// rank of the first epoch.
	if got, want := cellColor(img, 3, 8, 8, 12), cellColor(img, 0, 11, 8, 12); got != want {
		t.Errorf("zero is %v, the smallest value %v", got, want)
	}
	pg.besideData(t, "10", "cut")
}

func TestColourBar(t *testing.T) {
	epochs, importance := shrinking()
	p, err := ImportanceHeatMap(epochs, importance)
	if err != nil {
		t.Fatal(err)
	}
	pg := drawn(t, p)
	before := -1.0
	bottom := pg.data.Min.Y
	for _, col := range slices.Compact((colorScale{}).palette()[:shades]) {
		areas := pg.filled(col, true)
		if len(areas) == 0 {
			t.Fatalf("%v is not in the bar", col)
		}
		shade := extent(areas[0])
		if shade.Min.X <= pg.data.Max.X || shade.Max.X > pg.canvas.Max.X || shade.Min.Y <= bottom ||
			!near(shade.Max.Y, pg.data.Max.Y) {
			t.Errorf("%v from %v to %v", col, shade.Min, shade.Max)
		}
		bottom = shade.Min.Y
		if l := lab(linear(col))[0]; l < before-0.2 { // 8-bit colours are steps
			t.Errorf("%v is darker than the one below", col)
		} else {
			before = l
		}
	}
	// No grey is explained where nothing was cut.
	p, err = ImportanceHeatMap([]int{1, 2}, [][]float64{{1, 2}, {3, 4}})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := drawn(t, p).texts["cut"]; ok {
		t.Error("a heat map without cuts explains them")
	}
}

func TestHeatMapOfAnything(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for name, rows := range map[string][][]float64{
		"one":       {{1}},
		"zero":      {{0}},
		"nothing":   {{nan, inf, -inf}},
		"emptied":   {{1, 2}, {}},
		"growing":   {{1}, {1, 2}},
		"extreme":   {{math.SmallestNonzeroFloat64, math.MaxFloat64, -1}},
		"many":      {make([]float64, 2000), {1}},
		"constant":  {{3, 3}, {3, 3}},
		"empty row": {nil, {1}},
	} {
		epochs := []int{0, 7}[:len(rows)]
		p, err := ImportanceHeatMap(epochs, rows)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
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

func TestCellEdges(t *testing.T) {
	for _, tc := range []struct {
		epochs []int
		want   []float64
	}{
		{[]int{4}, []float64{3.5, 4.5}},
		{[]int{0, 1, 2}, []float64{-0.5, 0.5, 1.5, 2.5}},
		{[]int{0, 5, 20}, []float64{-2.5, 2.5, 12.5, 27.5}},
	} {
		got := cellEdges(tc.epochs)
		for i := range tc.want {
			if len(got) != len(tc.want) || got[i] != tc.want[i] {
				t.Errorf("%v: edges %v, want %v", tc.epochs, got, tc.want)
				break
			}
		}
	}
}

func TestHeatMapErrors(t *testing.T) {
	for want, tc := range map[string]struct {
		epochs []int
		rows   [][]float64
	}{
		"no epoch":                {nil, nil},
		"epoch 1 follows epoch 1": {[]int{1, 1}, [][]float64{{1}, {1}}},
		"1 rows of importance":    {[]int{1, 2}, [][]float64{{1}}},
		"no rank":                 {[]int{1, 2}, [][]float64{{}, nil}},
	} {
		_, err := ImportanceHeatMap(tc.epochs, tc.rows)
		oneLine(t, "ImportanceHeatMap", err, want)
		oneLine(t, "WriteHeatMapCSV", WriteHeatMapCSV(&strings.Builder{}, tc.epochs, tc.rows), want)
	}
}

// The formats' writers differ in how they place an image: all must show the same.
func TestHeatMapFormats(t *testing.T) {
	epochs, importance := shrinking()
	p, err := ImportanceHeatMap(epochs, importance)
	if err != nil {
		t.Fatal(err)
	}
	svg, err := Render(p, Size{}, "svg")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(svg, []byte(`<image preserveAspectRatio="none"`)) ||
		!bytes.Contains(svg, []byte("data:image/png;")) {
		t.Error("an SVG viewer would not stretch the image over the data area")
	}
	for _, format := range []string{"pdf", "svg"} {
		again, err := Render(p, Size{}, format)
		if err != nil {
			t.Fatal(err)
		}
		first, _ := Render(p, Size{}, format)
		if !bytes.Equal(first, again) {
			t.Errorf("two %s renderings differ", format)
		}
	}

	pdftoppm, err := exec.LookPath("pdftoppm")
	if err != nil {
		t.Skip("no pdftoppm (Debian: poppler-utils) to look at the PDF with")
	}
	stem := filepath.Join(t.TempDir(), "heat")
	if err := Save(p, Size{}, stem+".pdf"); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(pdftoppm, "-r", "300", "-png", "-singlefile", stem+".pdf",
		stem).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	fromPDF, err := os.ReadFile(stem + ".png")
	if err != nil {
		t.Fatal(err)
	}
	direct, err := Render(p, Size{}, "png")
	if err != nil {
		t.Fatal(err)
	}
	a, b := decode(t, fromPDF), decode(t, direct)
	// A third and two thirds across: full of colour and half cut.
	for _, at := range []image.Point{{500, 100}, {500, 700}, {900, 100}, {900, 700}} {
		if d := distance(lab(linear(a.At(at.X, at.Y))), lab(linear(b.At(at.X, at.Y)))); d > 3 {
			t.Errorf("at %v the PDF is %v and the PNG %v", at, a.At(at.X, at.Y), b.At(at.X, at.Y))
		}
	}
}

func decode(t *testing.T, data []byte) image.Image {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
