package plots

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// SweepCell is one setting of a grid. The zero SweepCell is missing: none of its
// trials is done.
type SweepCell struct {
	Value  float64 // the mean over seeds
	Seeds  int     // that are finished
	Reason string  // why trials ended without a value, such as "diverged"; in a word
}

// missing says whether nothing is known of a cell.
func (cell SweepCell) missing() bool { return cell.Seeds == 0 && cell.Reason == "" }

// failed says whether no trial of a cell gave a value.
func (cell SweepCell) failed() bool {
	return !cell.missing() && (cell.Seeds == 0 || !isFinite(cell.Value))
}

// SweepGrid is a sweep over two settings.
type SweepGrid struct {
	// Across and Up name the settings, such as "λ_gl"; Columns and Rows are their
	// values as texts, from the left and from below.
	Across, Up    string
	Columns, Rows []string

	Cells [][]SweepCell // by row, then column
	Seeds int           // planned for each cell; 0 if it is not known
}

// SweepHeatMap draws a value for each pair of settings as colour, and writes it in
// the cell, with the seeds as "n = 2" below it where they are fewer than planned. Cells
// all of whose trials failed have a cross and their reason, and missing ones are
// hatched; both are grey. Texts that are too long for the cells are left out, and
// names of columns and rows that crowd: all columns are turned upright or only some
// are named.
//
// It is an error if there is no column or row, if lengths do not agree, or if a cell
// has fewer than 0 seeds or a value that is none of the axis.
func SweepHeatMap(g SweepGrid, axis ValueAxis) (*plot.Plot, error) {
	if err := checkGrid(g); err != nil {
		return nil, err
	}
	m := cellMap{grid: g, values: make([][]float64, len(g.Rows))}
	var missing, failed bool
	for i, row := range g.Cells {
		for k, cell := range row {
			v := math.NaN()
			switch {
			case cell.missing():
				missing = true
			case cell.failed():
				failed = true
			default:
				v = cell.Value
			}
			if err := axis.check(fmt.Sprintf("the cell of column %q and row %q", g.Columns[k], g.Rows[i]),
				v); err != nil {
				return nil, err
			}
			m.values[i] = append(m.values[i], v)
		}
	}
	m.texts = numberTexts(m.values, axis.Log)
	if axis.Log {
		m.values = floored(m.values)
	}
	m.scale = gridScale(m.values, axis.Log)
	bar := colorBar{scale: m.scale, ticker: axis.ticks(m.scale.hi), label: axis.Label}
	if missing {
		bar.keys = append(bar.keys, barKey{"missing", hatch})
	}
	if failed {
		bar.keys = append(bar.keys, barKey{"failed", func(c draw.Canvas, cell vg.Rectangle) {
			cross(c, cell.Min.Add(cell.Max).Scale(0.5), 0.3*cell.Size().X)
		}})
	}

	p := New()
	p.X.Label.Text, p.Y.Label.Text = g.Across, g.Up
	p.X.Min, p.X.Max = -0.5, float64(len(g.Columns))-0.5
	p.Y.Min, p.Y.Max = -0.5, float64(len(g.Rows))-0.5
	p.Add(m, bar)
	nameRows(p, g.Rows)
	nameColumns(p, g.Columns, bar.GlyphBoxes(p)[0].Max.X)
	return p, nil
}

func checkGrid(g SweepGrid) error {
	switch {
	case len(g.Columns) == 0:
		return errors.New("plots: heat map has no column")
	case len(g.Rows) == 0:
		return errors.New("plots: heat map has no row")
	case len(g.Cells) != len(g.Rows):
		return fmt.Errorf("plots: %d rows of cells for %d rows", len(g.Cells), len(g.Rows))
	}
	for i, row := range g.Cells {
		if len(row) != len(g.Columns) {
			return fmt.Errorf("plots: row %q has %d cells for %d columns", g.Rows[i], len(row), len(g.Columns))
		}
		for k, cell := range row {
			if cell.Seeds < 0 {
				return fmt.Errorf("plots: the cell of column %q and row %q has %d seeds", g.Columns[k], g.Rows[i],
					cell.Seeds)
			}
		}
	}
	return nil
}

// gridScale has the ends of its values for its own, but where these are too close.
func gridScale(values [][]float64, log bool) colorScale {
	lo, hi := finiteRange(values, nil)
	switch {
	case log && lo > hi:
		lo, hi = 0.1, 1
	case log && hi <= lo*(1+1e-6):
		lo, hi = widened(lo, hi)
	case log:
	case lo > hi:
		lo, hi = 0, 1
	case hi/2-lo/2 <= 1e-6*max(math.Abs(lo), math.Abs(hi)) || hi-lo < leastSpan:
		lo, hi = fittedRange(lo, hi)
	}
	return colorScale{lo: lo, hi: hi, linear: !log}
}

// nameRows labels as many rows as there is room for at the default size.
func nameRows(p *plot.Plot, names []string) {
	const room = 0.8 * DefaultHeight
	p.Y.Tick.Marker = someNames(names, int(math.Ceil(float64(len(names))*1.1*SmallSize/room.Points())))
}

// nameColumns labels all columns, upright where they crowd at the default size, or as many as there is room for.
func nameColumns(p *plot.Plot, names []string, beside vg.Length) {
	const mostUpright = 0.35 * DefaultHeight
	widest := vg.Length(0)
	for _, name := range names {
		widest = max(widest, p.X.Tick.Label.Width(name+"  "))
	}
	room := (DefaultWidth - beside - yAxisWidth) / vg.Length(len(names))
	switch {
	case widest <= room:
		p.X.Tick.Marker = someNames(names, 1)
	case room < 1.1*SmallSize:
		p.X.Tick.Marker = someNames(names, int(math.Ceil(float64(widest/room))))
	default:
		ticks := someNames(names, 1)
		p.X.Tick.Label.Rotation = math.Pi / 2
		p.X.Tick.Label.XAlign, p.X.Tick.Label.YAlign = draw.XRight, TextMiddle
		for i := range ticks {
			// Without the blanks the plot would set the name's end over the tick.
			ticks[i].Label = shortened(p.X.Tick.Label, ticks[i].Label, mostUpright) + "  "
		}
		p.X.Tick.Marker = ticks
	}
}

// someNames are ticks at 0, 1, 2 and so on, every one of several of them.
func someNames(names []string, every int) plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for i := 0; i < len(names); i += every {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: names[i]})
	}
	return ticks
}
