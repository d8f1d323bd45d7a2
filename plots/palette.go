package plots

import (
	"image/color"
	"math"
)

// Greys are for what belongs to no line: the grid, and notes.
const (
	LightGrey = Grey(0xe3)
	DarkGrey  = Grey(0x59)
)

// Grey is a colour from 0, black, to 255, white. It can be a constant, as color.RGBA cannot.
type Grey uint8

// RGBA implements [color.Color].
func (g Grey) RGBA() (r, gr, b, a uint32) { return color.Gray{Y: uint8(g)}.RGBA() }

// maxNamed is the most curves that a reader may want to name one by one.
const maxNamed = 13

// Palette returns n colours for lines or ranks 1 to n. The first seven are told apart by
// hue (Okabe and Ito's set, made for colour-blind readers), and a few after them,
// mostly surplus ranks, go on from its black into lighter greys. More than
// maxNamed curves run in order through one scale from dark to light.
func Palette(n int) []color.Color {
	hues := okabeIto()
	if n <= len(hues) {
		return hues[:n]
	}
	colors := make([]color.Color, n)
	if n > maxNamed {
		for k := range colors {
			colors[k] = Viridis(viridisEnd * float64(k) / float64(n-1))
		}
		return colors
	}
	const lightest = 0xa6
	beyond := n - len(hues)
	copy(colors, hues)
	for i := 1; i <= beyond; i++ {
		colors[len(hues)+i-1] = Grey(lightest * i / beyond)
	}
	return colors
}

// surplusGrey is for all the surplus ranks of a figure that has too many to tell
// them apart.
const surplusGrey = Grey(0x9a)

// rankColors are those of n ranks: a palette for the leading ones, which a figure
// is about, and one grey for the rest.
func rankColors(n, leading int) []color.Color {
	colors := Palette(leading)
	for len(colors) < n {
		colors = append(colors, surplusGrey)
	}
	return colors
}

// okabeIto is the set of Okabe and Ito (2008, "Color universal design") without
// its yellow, which white paper swallows; reordered so that the first few, which
// most figures need, are the most different.
func okabeIto() []color.Color {
	return []color.Color{
		rgb(0x0072b2), // blue
		rgb(0xd55e00), // vermilion
		rgb(0x009e73), // bluish green
		rgb(0xcc79a7), // reddish purple
		rgb(0xe69f00), // orange
		rgb(0x56b4e9), // sky blue
		rgb(0x000000), // black
	}
}

// viridisEnd keeps the light end of viridis visible on white, at a contrast of
// 1.9 to 1; its full range ends in yellow.
const viridisEnd = 0.8

// Viridis is matplotlib's colour map at t in [0, 1], interpolated between nine
// of its entries. Its lightness rises evenly for all kinds of colour vision.
func Viridis(t float64) color.Color {
	stops := [...]uint32{
		0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725,
	}
	pos := t * float64(len(stops)-1)
	i := min(int(pos), len(stops)-2)
	a, b, f := rgb(stops[i]), rgb(stops[i+1]), pos-float64(i)
	mix := func(x, y uint8) uint8 { return uint8(float64(x)*(1-f) + float64(y)*f + 0.5) }
	return color.RGBA{R: mix(a.R, b.R), G: mix(a.G, b.G), B: mix(a.B, b.B), A: 0xff}
}

// inkOn is black or white, whichever is read better on c.
func inkOn(c color.Color) color.Color {
	r, g, b, _ := c.RGBA()
	light := 0.0 // without the screen's gamma, about
	for i, v := range []uint32{r, g, b} {
		light += []float64{0.2126, 0.7152, 0.0722}[i] * math.Pow(float64(v)/0xffff, 2.2)
	}
	const even = 0.179 // as many times lighter than black as white is than it, by WCAG's ratio
	if light < even {
		return color.White
	}
	return color.Black
}

func rgb(hex uint32) color.RGBA {
	return color.RGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 0xff}
}

// SeeThrough is c for the area of a [Band]: bands that overlap, and the grid, show
// through each other.
func SeeThrough(c color.Color) color.Color {
	n := color.NRGBAModel.Convert(c).(color.NRGBA)
	n.A = 0x38
	return n
}
