package plots

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// extremes are finite numbers at the ends of the float64 range, and neighbours that nothing but their last bit parts.
func extremes() map[string][]float64 {
	next := func(x float64) float64 { return math.Nextafter(x, math.Inf(1)) }
	least, most := math.SmallestNonzeroFloat64, math.MaxFloat64
	return map[string][]float64{
		"subnormal":        {5e-324, 1e-308, 3e-310},
		"the least":        {least, least, least},
		"the least two":    {least, 2 * least, least},
		"tiny":             {1e-308, 2e-308, 1e-307},
		"small":            {1e-11, 3e-11, 1.0001e-11},
		"huge":             {1e300, 3e300, 2e300},
		"the most":         {most, most, most},
		"everything":       {least, 1, most},
		"zero and most":    {0, most, 1e-300},
		"huge neighbours":  {1e300, next(1e300), 1e300},
		"small neighbours": {1e-3, next(1e-3), 1e-3},
		"neighbours of 1":  {1, next(1), 1},
		"powers":           {1e-11, 1e-6, 1},
	}
}

// figuresOf draws three values in every figure that has a place for them, along either axis.
func figuresOf(v []float64) map[string]func() (*plot.Plot, error) {
	negative := []float64{-v[0], v[1], -v[2]}
	rising := []float64{v[0], math.Nextafter(v[0], math.Inf(1)), 0}
	rising[2] = math.Max(math.Nextafter(rising[1], math.Inf(1)), math.Max(v[1], v[2]))
	if math.IsInf(rising[2], 1) {
		rising = []float64{-v[0], 0, v[0]}
	}
	curves := func(rows ...[]float64) Curves {
		return Curves{Steps: []int{math.MinInt, math.MaxInt - 1, math.MaxInt}, Values: rows, Exact: rows[0][:len(rows)]}
	}
	series := func(y []float64) []Series {
		return []Series{{"a", rising, y}, {"a", rising, y}, {"b", []float64{1, 2, 3}, y}}
	}
	costs := func(log bool) (*plot.Plot, error) {
		var points []CostPoint
		for _, c := range v {
			cost := math.Max(c, math.SmallestNonzeroFloat64)
			points = append(points, CostPoint{Label: "a", Cost: cost, Accuracy: math.Min(c, 100)})
		}
		return AccuracyLadders(points, []CostPoint{{"b", points[0].Cost, 0, 0, 5e-324}},
			CostAxis{Label: "MACs", Log: log})
	}
	small := make([]float64, len(v))
	for i := range v {
		small[i] = math.Min(v[i], 100)
	}
	return map[string]func() (*plot.Plot, error){
		"RankDistance":   func() (*plot.Plot, error) { return RankDistance(curves(v, negative)) },
		"SingularValues": func() (*plot.Plot, error) { return SingularValues(curves(v, negative, v)) },
		"Importance":     func() (*plot.Plot, error) { return Importance(curves(v)) },
		"ImportanceWithEvent": func() (*plot.Plot, error) {
			return ImportanceWithEvent(curves(v, negative), math.MaxInt, "end")
		},
		"TotalRank":           func() (*plot.Plot, error) { return TotalRank(series(v)) },
		"TrainingLoss":        func() (*plot.Plot, error) { return TrainingLoss(series(v)) },
		"ValidationAccuracy":  func() (*plot.Plot, error) { return ValidationAccuracy(series(small)) },
		"ValidationError":     func() (*plot.Plot, error) { return ValidationError(series(small)) },
		"AccuracyOverCost":    func() (*plot.Plot, error) { return costs(false) },
		"AccuracyOverCostLog": func() (*plot.Plot, error) { return costs(true) },
		"SweepFront":          func() (*plot.Plot, error) { return extremeFront(v, false) },
		"SweepFront log":      func() (*plot.Plot, error) { return extremeFront(v, true) },
		"LambdaCurves":        func() (*plot.Plot, error) { return extremeLambda(v, false) },
		"LambdaCurves log":    func() (*plot.Plot, error) { return extremeLambda(v, true) },
		"SweepHeatMap":        func() (*plot.Plot, error) { return extremeHeat(v, false) },
		"SweepHeatMap log":    func() (*plot.Plot, error) { return extremeHeat(v, true) },
		"Hypervolume": func() (*plot.Plot, error) {
			trials := slices.Compact(slices.Sorted(slices.Values(v)))
			return Hypervolume([]Series{{"a", trials, v[:len(trials)]}, {"b", []float64{1, 2, 3}, v}})
		},
		"ImportanceHeatMap": func() (*plot.Plot, error) {
			return ImportanceHeatMap([]int{0, math.MaxInt - 1, math.MaxInt}, [][]float64{v, negative, v[:1]})
		},
		"RanksByLayer": func() (*plot.Plot, error) {
			return RanksByLayer([]string{"x", "y"}, []int{1, math.MaxInt},
				[]LabelledRanks{{"a", []int{0, math.MaxInt - 1}}})
		},
	}
}

// extremeFront has each value as a cost, a score and a deviation.
func extremeFront(v []float64, log bool) (*plot.Plot, error) {
	var s Sweep
	for i, c := range v {
		cost := math.Max(c, math.SmallestNonzeroFloat64)
		s.Points = append(s.Points, SweepPoint{
			Label: "a", Cost: cost, CostDeviation: v[(i+1)%len(v)], Score: c, ScoreDeviation: v[(i+2)%len(v)],
			Front: i < 2,
		})
		s.Rungs = append(s.Rungs, CostPoint{Cost: cost, Accuracy: c})
	}
	return SweepFront(s, CostAxis{Label: "MACs", Log: log}, ValueAxis{Label: "loss", Log: log})
}

// extremeLambda has each value as a λ_gl, a mean and a deviation.
func extremeLambda(v []float64, log bool) (*plot.Plot, error) {
	lambda := slices.Compact(slices.Sorted(slices.Values(append([]float64{0}, v...))))
	cv := LambdaCurve{Label: "a", Lambda: lambda}
	for i := range lambda {
		cv.Mean, cv.Deviation = append(cv.Mean, v[i%len(v)]), append(cv.Deviation, v[(i+1)%len(v)])
	}
	b := LambdaCurve{Label: "b", Lambda: lambda[1:], Mean: cv.Mean[1:]}
	return LambdaCurves([]LambdaCurve{cv, b}, ValueAxis{Label: "loss", Log: log, Zero: !log})
}

// extremeHeat has each value, and its opposite, in a cell.
func extremeHeat(v []float64, log bool) (*plot.Plot, error) {
	g := SweepGrid{Across: "x", Up: "y", Columns: []string{"a", "b", "c"}, Rows: []string{"d", "e"}, Seeds: 3}
	g.Cells = make([][]SweepCell, 2)
	for _, x := range v {
		g.Cells[0] = append(g.Cells[0], SweepCell{Value: x, Seeds: 3})
		g.Cells[1] = append(g.Cells[1], SweepCell{Value: -x, Seeds: 2})
	}
	return SweepHeatMap(g, ValueAxis{Label: "loss", Log: log})
}

// TestExtremeValues: whatever finite numbers a figure is given, it is drawn, at once, and all of it on the page: no
// axis without an end, no label that takes the place of the data. A loop without an end fails by the time limit.
func TestExtremeValues(t *testing.T) {
	values := extremes()
	if !testmode.IsLong() { // one of each kind
		for _, what := range []string{"the least", "tiny", "small", "huge", "the most", "small neighbours", "neighbours of 1"} {
			delete(values, what)
		}
	}
	for what, values := range values {
		for name, figure := range figuresOf(values) {
			t.Run(name+" of "+what, func(t *testing.T) {
				done := make(chan string, 1)
				go func() { done <- faultOf(t, figure) }()
				select {
				case fault := <-done:
					if fault != "" {
						t.Errorf("%v: %s", values, fault)
					}
				case <-time.After(20 * time.Second):
					t.Fatalf("%v: not drawn in 20 s", values)
				}
			})
		}
	}
}

// faultOf says what is wrong with a figure; "" is for nothing.
func faultOf(t *testing.T, figure func() (*plot.Plot, error)) (fault string) {
	defer func() {
		if r := recover(); r != nil {
			fault = fmt.Sprint("panic: ", r)
		}
	}()
	p, err := figure()
	if err != nil {
		return err.Error()
	}
	pg := drawn(t, p)
	if w := pg.data.Size().X; w < 0.4*DefaultWidth {
		return fmt.Sprintf("the data area is %g points wide", w.Points())
	}
	for _, f := range pg.fills { // outlines of letters among them, each from its own origin
		for _, c := range f.path {
			if !isFinite(c.Pos.X.Points()) || !isFinite(c.Pos.Y.Points()) {
				return fmt.Sprintf("an area around %v", c.Pos)
			}
		}
	}
	for _, s := range pg.strokes {
		for _, c := range s.path {
			at := c.Pos
			if !(at.X >= pg.canvas.Min.X && at.X <= pg.canvas.Max.X && at.Y >= pg.canvas.Min.Y &&
				at.Y <= pg.canvas.Max.Y) {
				return fmt.Sprintf("ink at %v", at)
			}
		}
	}
	for _, axis := range []plot.Axis{p.X, p.Y} {
		ticks := axis.Tick.Marker.Ticks(axis.Min, axis.Max)
		if len(ticks) > 200 {
			return fmt.Sprintf("%d ticks from %g to %g", len(ticks), axis.Min, axis.Max)
		}
		for _, tick := range ticks {
			if n := len([]rune(tick.Label)); n > 22 {
				return fmt.Sprintf("a label of %d characters: %s", n, tick.Label)
			}
		}
	}
	if _, err := Render(p, Size{}, "svg"); err != nil {
		return err.Error()
	}
	return ""
}

// TestLogScale: equal factors are equal lengths, at the ends of the float64 range as in its middle.
func TestLogScale(t *testing.T) {
	at := func(x float64) float64 { return LogScale{}.Normalize(5e-324, math.MaxFloat64, x) }
	want := at(1) - at(1e-6)
	for _, x := range []float64{1e-316, 1e-310, 1e-305, 1e-20, 1e20, 1e308} {
		if got := at(x) - at(x*1e-6); math.Abs(got-want) > 1e-3*want { // subnormal numbers have few digits
			t.Errorf("a millionth of %g is %g of the axis below it, want %g", x, got, want)
		}
	}
	if at(5e-324) != 0 || at(math.MaxFloat64) != 1 {
		t.Errorf("the ends are at %g and %g", at(5e-324), at(math.MaxFloat64))
	}
}
