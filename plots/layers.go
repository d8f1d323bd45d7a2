package plots

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// LabelledRanks are one run's ranks after training, one a layer.
type LabelledRanks struct {
	Label string
	Ranks []int
}

// RanksByLayer draws the rank that each layer has left after training, one group
// of bars a layer and one bar a run, in front of a hollow bar for the layer's
// full rank. Names too long to stand side by side at the default size are cut to
// their numbers where these count the same things, "stage2-block1-a" to "2.1-a",
// the axis saying "layer (stage.block)"; and where that is not enough, they are
// turned upright.
//
// It is an error if there is no layer or no run, if a run has no label or that
// of another, if lengths do not agree, or if a rank is not within 0 and full.
func RanksByLayer(layers []string, full []int, runs []LabelledRanks) (*plot.Plot, error) {
	if err := checkLayerRanks(layers, full, runs); err != nil {
		return nil, err
	}
	p := New()
	p.X.Label.Text = "layer"
	p.Y.Label.Text, p.Y.Tick.Marker = "rank", LinearTicks{}
	highest := 0.0
	for _, f := range full {
		highest = math.Max(highest, float64(f))
	}
	p.X.Min, p.X.Max = -0.5, float64(len(layers))-0.5
	p.Y.Min, p.Y.Max = zeroRange(highest)
	p.Add(NewGrid())

	outline := draw.LineStyle{Color: DarkGrey, Width: vg.Points(0.6)}
	hollow := Box{Fill: Grey(0xf4), Outline: outline}
	bars := groupedBars{heights: [][]int{full}, boxes: []Box{hollow}}
	entries := []LegendEntry{{Label: "full", Box: hollow}}
	colors := Palette(len(runs))
	for i, r := range runs {
		b := Box{Fill: colors[i]}
		bars.heights, bars.boxes = append(bars.heights, r.Ranks), append(bars.boxes, b)
		entries = append(entries, LegendEntry{Label: r.Label, Box: b})
	}
	legend := NewLegend(entries...)
	p.Add(bars, legend)

	const (
		yAxis       = 45 // about its width
		mostUpright = 0.4 * DefaultHeight
	)
	room := (DefaultWidth - legend.width(DefaultWidth) - yAxis) / vg.Length(len(layers))
	crowded := func(names []string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return p.X.Tick.Label.Width(name+"  ") > room })
	}
	names := layers
	if crowded(names) {
		if short, counted := numberedNames(names); counted != "" {
			names, p.X.Label.Text = short, "layer ("+counted+")"
		}
	}
	ticks := make(plot.ConstantTicks, len(names))
	for i, name := range names {
		ticks[i] = plot.Tick{Value: float64(i), Label: name}
	}
	p.X.Tick.Marker = ticks
	if crowded(names) {
		p.X.Tick.Label.Rotation = math.Pi / 2
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, TextMiddle
		for i := range ticks {
			// Without the blanks the plot would set the name's end over the tick.
			ticks[i].Label = shortened(p.X.Tick.Label, ticks[i].Label, mostUpright) + "  "
		}
	}
	return p, nil
}

// numberedNames cuts names such as "stage2-block1-a" to their numbers, "2.1-a",
// and says what these count, "stage.block". Names without numbers before their
// last part stay as they are. Where the names count different things, or none
// does, or two would come out the same, counted is "".
func numberedNames(names []string) (short []string, counted string) {
	word := regexp.MustCompile(`^([a-z]+)([0-9]+)-`)
	seen := map[string]bool{}
	for _, name := range names {
		var words, numbers []string
		rest := name
		for m := word.FindStringSubmatch(rest); m != nil; m = word.FindStringSubmatch(rest) {
			words, numbers, rest = append(words, m[1]), append(numbers, m[2]), rest[len(m[0]):]
		}
		if len(words) > 0 {
			counts := strings.Join(words, ".")
			if counted != "" && counts != counted {
				return names, ""
			}
			counted, rest = counts, strings.Join(numbers, ".")+"-"+rest
		}
		if seen[rest] {
			return names, ""
		}
		seen[rest] = true
		short = append(short, rest)
	}
	return short, counted
}

func checkLayerRanks(layers []string, full []int, runs []LabelledRanks) error {
	switch {
	case len(layers) == 0:
		return errors.New("plots: no layer to draw")
	case len(runs) == 0:
		return errors.New("plots: no run to draw")
	case len(full) != len(layers):
		return fmt.Errorf("plots: %d full ranks for %d layers", len(full), len(layers))
	}
	for i, f := range full {
		if f < 1 {
			return fmt.Errorf("plots: layer %q has full rank %d", layers[i], f)
		}
	}
	seen := map[string]bool{}
	for n, r := range runs {
		switch {
		case r.Label == "":
			return fmt.Errorf("plots: run %d has no label", n+1)
		case seen[r.Label]:
			return fmt.Errorf("plots: two runs have the label %q", r.Label)
		case len(r.Ranks) != len(layers):
			return fmt.Errorf("plots: run %q has %d ranks for %d layers", r.Label, len(r.Ranks), len(layers))
		}
		seen[r.Label] = true
		for i, rank := range r.Ranks {
			if rank < 0 || rank > full[i] {
				return fmt.Errorf("plots: run %q has rank %d in layer %q, want 0 to %d", r.Label, rank, layers[i],
					full[i])
			}
		}
	}
	return nil
}

// groupedBars draws a group of bars at x = 0, 1, 2 and so on. The first of each
// group is as wide as the others together and stands behind them.
type groupedBars struct {
	heights [][]int // of each bar of a group, by group
	boxes   []Box
}

// Plot implements [plot.Plotter].
func (g groupedBars) Plot(c draw.Canvas, p *plot.Plot) {
	const group, inner = 0.84, 0.76 // widths, of 1 from group to group
	x, y := p.Transforms(&c)
	base := y(0) + p.X.Width/2 // the middle of the axis
	bar := func(b Box, left, right float64, height int) {
		b.Draw(c, vg.Rectangle{
			Min: vg.Point{X: x(left), Y: base}, Max: vg.Point{X: x(right), Y: y(float64(height))},
		})
	}
	width := inner / float64(len(g.boxes)-1)
	for i := range g.heights[0] {
		at := float64(i)
		bar(g.boxes[0], at-group/2, at+group/2, g.heights[0][i])
		for k := 1; k < len(g.boxes); k++ {
			left := at - inner/2 + float64(k-1)*width
			bar(g.boxes[k], left, left+width, g.heights[k][i])
		}
	}
	c.StrokeLine2(p.X.LineStyle, c.Min.X, base, c.Max.X, base) // bars hide the axis
}
