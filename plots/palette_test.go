package plots

import (
	"image/color"
	"math"
	"testing"
)

// linear is the colour's light, without the screen's gamma (IEC 61966-2-1).
func linear(c color.Color) (rgb [3]float64) {
	r, g, b, _ := c.RGBA()
	for i, v := range []uint32{r, g, b} {
		x := float64(v) / 0xffff
		if rgb[i] = x / 12.92; x > 0.04045 {
			rgb[i] = math.Pow((x+0.055)/1.055, 2.4)
		}
	}
	return rgb
}

func times(m [3][3]float64, v [3]float64) (out [3]float64) {
	for i := range m {
		for j := range v {
			out[i] += m[i][j] * v[j]
		}
	}
	return out
}

// lab is CIE L*a*b* under D65, in which equal distances look about equal.
func lab(rgb [3]float64) [3]float64 {
	xyz := times([3][3]float64{
		{0.4124, 0.3576, 0.1805}, {0.2126, 0.7152, 0.0722}, {0.0193, 0.1192, 0.9505},
	}, rgb)
	f := func(t float64) float64 {
		if t = math.Max(t, 0); t > 216.0/24389 {
			return math.Cbrt(t)
		}
		return (24389.0/27*t + 16) / 116
	}
	x, y, z := f(xyz[0]/0.9505), f(xyz[1]), f(xyz[2]/1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt(math.Pow(a[0]-b[0], 2) + math.Pow(a[1]-b[1], 2) + math.Pow(a[2]-b[2], 2))
}

// contrastToWhite is WCAG's ratio, from 1 for white to 21 for black.
func contrastToWhite(c color.Color) float64 {
	v := linear(c)
	return 1.05 / (0.2126*v[0] + 0.7152*v[1] + 0.0722*v[2] + 0.05)
}

func TestPaletteColourBlind(t *testing.T) {
	// Machado, Oliveira and Fernandes (2009), severity 1.0.
	vision := map[string][3][3]float64{
		"normal": {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
		"deuteranopia": {
			{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881},
		},
		"protanopia": {
			{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998},
		},
	}
	// Measured: the closest pair is at 17.4, under deuteranopia; of matplotlib's
	// first seven default colours it is at 5.7.
	const least = 15
	colors := Palette(7)
	for who, m := range vision {
		for i := range colors {
			for j := range i {
				if d := distance(lab(times(m, linear(colors[i]))), lab(times(m, linear(colors[j])))); d < least {
					t.Errorf("%s: ranks %d and %d are only %.1f apart", who, j+1, i+1, d)
				}
			}
		}
	}
}

func TestPaletteOnWhite(t *testing.T) {
	for n := 1; n <= 200; n++ {
		colors := Palette(n)
		if len(colors) != n {
			t.Fatalf("%d colours for %d ranks", len(colors), n)
		}
		seen := map[color.Color]bool{}
		for k, c := range colors {
			if got := contrastToWhite(c); got < 1.85 {
				t.Errorf("rank %d of %d: contrast to white is %.2f", k+1, n, got)
			}
			if n <= 2*maxNamed && seen[c] {
				t.Errorf("rank %d of %d shares its colour", k+1, n)
			}
			seen[c] = true
		}
	}
}

func TestPaletteSequential(t *testing.T) {
	before := -1.0
	for k, c := range Palette(25) {
		l := lab(linear(c))[0]
		if l <= before {
			t.Errorf("rank %d is not lighter than the one before: %.1f after %.1f", k+1, l, before)
		}
		before = l
	}
}

// TestLeadingRanks: of many ranks those whose exact value is not zero have the hues, and the rest share one grey and
// one entry of the legend.
func TestLeadingRanks(t *testing.T) {
	c := falling(25, 10)
	c.Exact = make([]float64, 25)
	for k := range 7 {
		c.Exact[k] = float64(9 - k)
	}
	c.Exact[20] = 1e-15
	p := must(SingularValues(c))(t)
	pg := drawn(t, p)
	pg.besideData(t, "rank 1", "rank 7", "ranks 8 to 25", "exact")
	lines := map[color.Color]int{}
	for _, s := range pg.strokes {
		if !s.dashed && s.path[0].Pos.X < pg.data.Max.X {
			lines[s.color]++
		}
	}
	for k, col := range Palette(7) {
		if want := 1; col != color.Color(rgb(0)) && lines[col] != want { // the axes are black too
			t.Errorf("rank %d: %d lines in its colour", k+1, lines[col])
		}
	}
	if lines[surplusGrey] != 25-7 {
		t.Errorf("%d grey lines", lines[surplusGrey])
	}
	if got := contrastToWhite(surplusGrey); got < 1.85 {
		t.Errorf("contrast of the grey to white is %.2f", got)
	}
	for name, exact := range map[string][]float64{"none known": nil, "all zero": make([]float64, 25),
		"one unknown at the end": append(make([]float64, 24), math.NaN())} {
		if got := leadingRanks(exact, 25); got != 25 {
			t.Errorf("%s: %d leading ranks, want all 25", name, got)
		}
	}
	if got := leadingRanks([]float64{1, 0, 0}, 3); got != 3 {
		t.Errorf("%d of 3 ranks lead: few ranks are told apart by colour as they are", got)
	}
}
