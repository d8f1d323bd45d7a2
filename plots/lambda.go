package plots

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// LambdaCurve is a quantity of one setting at values of λ_gl: its mean and standard
// deviation over seeds.
type LambdaCurve struct {
	Label string

	// Lambda are 0 or more, and rise.
	Lambda []float64

	// Mean and Deviation are of Lambda's length. Where a mean is NaN the line has a
	// gap; where a deviation is 0 or NaN, as that of one seed, it has no spread.
	// Deviation may be nil.
	Mean, Deviation []float64
}

// LambdaCurves draws a quantity against λ_gl, one line a setting with a dot at each
// mean, on a band of one standard deviation to either side. λ_gl is on a logarithmic
// axis, on which 0, where there is one, stands at the left of a break; means at 0
// and others without a neighbour have a bar in place of the band.
//
// It is an error if there is no curve, or one has no label or that of another, no
// value, lengths that do not agree, a λ_gl that is negative or does not rise, or a
// negative deviation, or if a mean is none of the axis.
func LambdaCurves(curves []LambdaCurve, axis ValueAxis) (*plot.Plot, error) {
	if err := checkLambda(curves); err != nil {
		return nil, err
	}
	means := make([][]float64, len(curves))
	for i, cv := range curves {
		means[i] = cv.Mean
		for k, m := range cv.Mean {
			if err := axis.check(fmt.Sprintf("%q at λ_gl = %g", cv.Label, cv.Lambda[k]), m); err != nil {
				return nil, err
			}
		}
	}
	if axis.Log {
		means = floored(means)
	}
	var lambdas, values []float64
	spreads := make([]Band, len(curves))
	for i, cv := range curves {
		lambdas = append(lambdas, cv.Lambda...)
		spreads[i] = Band{X: cv.Lambda}
		for k, m := range means[i] {
			low, high := axis.spread(m, cv.deviation(k))
			spreads[i].Low, spreads[i].High = append(spreads[i].Low, low), append(spreads[i].High, high)
			values = append(values, low, m, high)
		}
	}
	p := New()
	gap := lambdaAxis(p, lambdas)
	p.X.Label.Text = "λ_gl"
	axis.dress(&p.Y, values)
	p.Add(NewGrid())
	if gap {
		p.Add(axisBreak{})
	}

	lines := make([]Line, len(curves))
	for i, cv := range curves {
		lines[i] = Line{Label: cv.Label, X: cv.Lambda, Y: means[i]}
	}
	StyleLines(lines)
	entries := make([]LegendEntry, len(lines))
	var dots []lambdaDots
	for i, l := range lines {
		entries[i] = l.Entry()
		b := spreads[i]
		for k := range b.X { // to the ends of the axis
			b.Low[k], b.High[k] = math.Max(b.Low[k], p.Y.Min), math.Min(b.High[k], p.Y.Max)
		}
		dots = append(dots, lambdaDots{line: l, spread: b, place: i, of: len(lines), alone: oneValue(lambdas)})
		joined := firstPositive(l.X)
		b.X, b.Low, b.High, b.Color = b.X[joined:], b.Low[joined:], b.High[joined:], SeeThrough(l.Style.Color)
		p.Add(b)
	}
	for i, l := range lines {
		joined := firstPositive(l.X)
		l.X, l.Y, l.Marked = l.X[joined:], l.Y[joined:], nil
		p.Add(l, dots[i])
	}
	p.Add(NewLegend(entries...))
	return p, nil
}

func (cv LambdaCurve) deviation(i int) float64 {
	if cv.Deviation == nil {
		return 0
	}
	return cv.Deviation[i]
}

func checkLambda(curves []LambdaCurve) error {
	if len(curves) == 0 {
		return errors.New("plots: no curve to draw")
	}
	seen := map[string]bool{}
	for n, cv := range curves {
		switch {
		case cv.Label == "":
			return fmt.Errorf("plots: curve %d has no label", n+1)
		case seen[cv.Label]:
			return fmt.Errorf("plots: two curves have the label %q", cv.Label)
		case len(cv.Lambda) == 0:
			return fmt.Errorf("plots: curve %q has no λ_gl", cv.Label)
		case len(cv.Mean) != len(cv.Lambda):
			return fmt.Errorf("plots: curve %q has %d means for %d λ_gl", cv.Label, len(cv.Mean), len(cv.Lambda))
		case cv.Deviation != nil && len(cv.Deviation) != len(cv.Lambda):
			return fmt.Errorf("plots: curve %q has %d deviations for %d λ_gl", cv.Label, len(cv.Deviation),
				len(cv.Lambda))
		}
		seen[cv.Label] = true
		for i, l := range cv.Lambda {
			switch {
			case !(l >= 0) || math.IsInf(l, 0):
				return fmt.Errorf("plots: curve %q has λ_gl = %g", cv.Label, l)
			case i > 0 && l <= cv.Lambda[i-1]:
				return fmt.Errorf("plots: λ_gl must rise, but in curve %q %g follows %g", cv.Label, l, cv.Lambda[i-1])
			case cv.deviation(i) < 0:
				return fmt.Errorf("plots: curve %q has deviation %g at λ_gl = %g", cv.Label, cv.deviation(i), l)
			}
		}
	}
	return nil
}

// firstPositive is how many of rising values are 0.
func firstPositive(lambda []float64) int {
	if lambda[0] == 0 {
		return 1
	}
	return 0
}

// oneValue says whether values differ in nothing but being 0 or not.
func oneValue(lambdas []float64) bool {
	value := 0.0
	for _, l := range lambdas {
		if value == 0 {
			value = l
		}
		if l != 0 && l != value {
			return false
		}
	}
	return true
}

// lambdaDots draws what a line and its band leave out: dots at the means, bars of those without a neighbour, and a
// dashed line across the gap.
type lambdaDots struct {
	line      Line
	spread    Band
	place, of int  // among the lines that share values
	alone     bool // there is one value above 0
}

// Plot implements [plot.Plotter].
func (d lambdaDots) Plot(c draw.Canvas, p *plot.Plot) {
	const crowded = 60 // dots of a line
	x, y := p.Transforms(&c)
	at := func(i int) vg.Point {
		pt := vg.Point{X: x(d.line.X[i]), Y: y(d.line.Y[i])}
		if d.alone || d.line.X[i] == 0 {
			pt.X += d.aside()
		}
		return pt
	}
	known := func(i int) bool { return i >= 0 && i < len(d.line.X) && isFinite(d.line.Y[i]) }
	thin := d.line.Style
	thin.Width = vg.Points(0.9)
	if d.line.X[0] == 0 && known(0) && known(1) {
		dashed := DashedStyle(d.line.Style.Color)
		c.StrokeLine2(dashed, at(0).X, at(0).Y, at(1).X, at(1).Y)
	}
	for i := range d.line.X {
		zero := d.line.X[i] == 0
		joined := !zero && (known(i+1) || known(i-1) && d.line.X[max(i-1, 0)] != 0)
		if !known(i) {
			continue
		}
		if low, high := y(d.spread.Low[i]), y(d.spread.High[i]); !joined && low < high {
			pt := at(i)
			c.StrokeLine2(thin, pt.X, low, pt.X, high)
			for _, end := range []vg.Length{low, high} {
				if end > c.Min.Y && end < c.Max.Y {
					c.StrokeLine2(thin, pt.X-barCap, end, pt.X+barCap, end)
				}
			}
		}
		if !joined || len(d.line.X) <= crowded || slices.Contains(d.line.Marked, i) {
			d.dot().Draw(c, d.line.Style.Color, at(i))
		}
	}
}

// dot is the line's marker, or a circle for lines that have none.
func (d lambdaDots) dot() Marker {
	if d.line.Marker.Corners > 0 {
		return d.line.Marker
	}
	m := Markers()[0]
	m.Radius *= 0.75
	return m
}

// aside keeps the dots of several lines at one value apart.
func (d lambdaDots) aside() vg.Length {
	const most, all = 5, 20 // points: from one to the next, and from first to last
	if d.of < 2 {
		return 0
	}
	step := min(most, all/vg.Length(d.of-1))
	return step * (vg.Length(d.place) - vg.Length(d.of-1)/2)
}
