package plots

import (
	"math"
	"strings"
	"testing"
)

// falling are n curves like those of the SVD problem: they fall from 100, the
// later the slower, to exact zeros at the end.
func falling(ranks, points int) Curves {
	c := Curves{}
	for i := range points {
		c.Steps = append(c.Steps, 100*i)
	}
	for k := range ranks {
		row := make([]float64, points)
		for i := range row {
			row[i] = 100 * math.Exp(-float64(i)/float64(1+k))
		}
		row[points-1] = 0
		c.Values = append(c.Values, row)
	}
	return c
}

func TestCurvesCheck(t *testing.T) {
	good := Curves{
		Steps:  []int{0, 100},
		Values: [][]float64{{1, 2}, {3, math.NaN()}},
		Exact:  []float64{2, math.NaN()},
	}
	if err := CheckCurves(good); err != nil {
		t.Errorf("good curves: %v", err)
	}
	for _, tc := range []struct {
		name, want string
		spoil      func(*Curves)
	}{
		{"no rank", "no rank", func(c *Curves) { c.Values = nil }},
		{"no step", "no step", func(c *Curves) { c.Steps = nil }},
		{"step twice", "step 0 follows step 0", func(c *Curves) { c.Steps = []int{0, 0} }},
		{"step falls", "step 0 follows step 100", func(c *Curves) { c.Steps = []int{100, 0} }},
		{"short row", "rank 2 has 1 values for 2 steps", func(c *Curves) { c.Values = [][]float64{{1, 2}, {3}} }},
		{"long row", "rank 1 has 3 values for 2 steps", func(c *Curves) { c.Values = [][]float64{{1, 2, 3}, {3, 4}} }},
		{"exact", "1 exact values for 2 ranks", func(c *Curves) { c.Exact = []float64{1} }},
		{"exact empty", "0 exact values for 2 ranks", func(c *Curves) { c.Exact = []float64{} }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := good
			tc.spoil(&c)
			for what, err := range map[string]error{
				"Check":    CheckCurves(c),
				"WriteCSV": WriteCSV(&strings.Builder{}, c),
				"RankDistance": func() error {
					_, err := RankDistance(c)
					return err
				}(),
				"ImportanceWithEvent": func() error {
					_, err := ImportanceWithEvent(c, 0, "")
					return err
				}(),
			} {
				if err == nil || !strings.Contains(err.Error(), tc.want) {
					t.Errorf("%s: error %v, want %q in it", what, err, tc.want)
				}
			}
		})
	}
}
