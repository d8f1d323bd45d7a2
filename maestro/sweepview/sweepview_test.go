package sweepview

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/plots"
)

// trialsOf are two seeds of each point of a grid, finished but for the last, with an accuracy that tells λ_gl, ε_ps
// and the seed apart.
func trialsOf(t *testing.T, axes ...string) []sweep.Trial {
	t.Helper()
	study := sweep.Study{Dir: t.TempDir(), Settings: runs.Defaults(), Axes: axes, Seeds: []uint64{1, 2}}
	trials, err := study.Trials()
	if err != nil {
		t.Fatal(err)
	}
	for i := range trials {
		one, s := &trials[i], trials[i].Settings
		if one.State = sweep.Finished; i == len(trials)-1 {
			one.State = sweep.Diverged
			continue
		}
		one.Outcome = &sweep.Outcome{Accuracy: accuracyAt(s.LambdaGL, s.EpsPS) + float64(s.Seed), Loss: 1,
			Best: math.NaN(), MACs: int64(100_000 / (1 + 1000*s.LambdaGL)), WholeMACs: 200_000, TotalRank: 5, FullRank: 9}
	}
	return trials
}

func accuracyAt(lambda, epsilon float64) float64 { return 90 - 1000*lambda - 10*epsilon }

// TestFiguresHoldTheTrials: each figure has the means over seeds at the place of their settings, whatever the order
// of the axis' values.
func TestFiguresHoldTheTrials(t *testing.T) {
	trials := trialsOf(t, "lambda_gl=1e-2,0,1e-3", "eps_ps=1e-1,1e-5")
	g, err := grid(trials, Accuracy())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][]string{{"0", "1e-3", "1e-2"}, {"1e-5", "1e-1"}}, [][]string{g.Columns, g.Rows}); diff != "" {
		t.Fatalf("columns and rows (-want +got):\n%s", diff)
	}
	lambdas, epsilons := []float64{0, 1e-3, 1e-2}, []float64{1e-5, 1e-1}
	for k, row := range g.Cells {
		for i, c := range row {
			want := plots.SweepCell{Value: accuracyAt(lambdas[i], epsilons[k]) + 1.5, Seeds: 2}
			if lambdas[i] == 1e-3 && k == 0 { // the last: its second seed diverged
				want = plots.SweepCell{Value: want.Value - 0.5, Seeds: 1}
			}
			if c.Seeds != want.Seeds || math.Abs(c.Value-want.Value) > 1e-9 {
				t.Errorf("cell %s, %s is %+v, want %+v", g.Columns[i], g.Rows[k], c, want)
			}
		}
	}
	lines, err := curves(trials, Accuracy())
	if err != nil || len(lines) != 2 {
		t.Fatalf("%d curves: %v", len(lines), err)
	}
	for k, epsilon := range []float64{1e-1, 1e-5} {
		if lines[k].Label != fmt.Sprintf("ε_ps = %s", []string{"1e-1", "1e-5"}[k]) || !slices.Equal(lines[k].Lambda, lambdas) ||
			math.Abs(lines[k].Mean[2]-accuracyAt(1e-2, epsilon)-1.5) > 1e-9 {
			t.Errorf("curve %+v", lines[k])
		}
	}
	of, _, err := front(trials)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range sweep.Summarise(trials) {
		if got := of.Points[i]; got.Front != p.Front || got.Cost != p.MACs.Mean || got.Score != p.Accuracy.Mean ||
			got.Label != strings.Join(p.Point.Values, ", ") || got.Partial != (i == 5) {
			t.Errorf("point %d is %+v of %+v", i, got, p)
		}
	}
	for name, draw := range map[string]func() error{
		"front":       func() error { _, err := Front(trials); return err },
		"curves":      func() error { _, err := Curves(trials, Rank()); return err },
		"heat map":    func() error { _, err := HeatMap(trials, MACs()); return err },
		"hypervolume": func() error { _, err := Hypervolume(trials); return err },
	} {
		if err := draw(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestOver: any quantity stands over any other, with the front of these two.
func TestOver(t *testing.T) {
	trials := trialsOf(t, "lambda_gl=0,1e-3,1e-2")
	for i, rank := range []int{9, 9, 5, 5, 7, 7} { // the last point costs more than the second and is worse
		if trials[i].Outcome != nil {
			trials[i].Outcome.TotalRank, trials[i].Outcome.Loss = rank, math.Log([]float64{4, 4, 6, 6, 8, 8}[i])
		}
	}
	of, err := over(trials, Rank(), Perplexity())
	if err != nil || len(of.Points) != 3 {
		t.Fatalf("%+v (%v)", of, err)
	}
	for i, want := range []plots.SweepPoint{{Label: "0", Cost: 9, Score: 4, Front: true},
		{Label: "1e-3", Cost: 5, Score: 6, Front: true}, {Label: "1e-2", Cost: 7, Score: 8, Partial: true}} {
		got := of.Points[i]
		if got.Label != want.Label || got.Cost != want.Cost || math.Abs(got.Score-want.Score) > 1e-9 ||
			got.Front != want.Front || got.Partial != want.Partial {
			t.Errorf("point %d is %+v, want %+v", i, got, want)
		}
	}
	if _, err := Over(trials, Rank(), Perplexity()); err != nil {
		t.Error(err)
	}
	if of, err = over(trials, Rank(), Accuracy()); err != nil || !of.Points[0].Front || of.Points[2].Front {
		t.Errorf("of the accuracy, more is better: %+v (%v)", of, err)
	}
	for i := range trials {
		if trials[i].Outcome != nil {
			trials[i].Outcome.TotalRank = 0
		}
	}
	if _, err := Over(trials, Rank(), Accuracy()); err == nil || !strings.Contains(err.Error(), "have no total rank") {
		t.Errorf("without ranks: %v", err)
	}
}

// TestTable: a row a point, the front marked, and what ended badly named.
func TestTable(t *testing.T) {
	trials := trialsOf(t, "lambda_gl=0,1e-3")
	table := Table(trials)
	if len(table.Rows) != 2 || table.Header[0] != "λ_gl" || !table.Sortable {
		t.Fatalf("%+v", table)
	}
	last := table.Rows[1]
	if last[1] != "1 of 2" || math.Abs(last[2].(float64)-accuracyAt(1e-3, 1e-5)-1) > 1e-9 || !strings.Contains(fmt.Sprint(last[len(last)-1]), "1 diverged, unstable") {
		t.Errorf("the second point's row is %v", last)
	}
	for _, row := range table.Rows {
		if row[7] != "●" {
			t.Errorf("%v is on the front", row)
		}
	}
}

// TestNothingYet: a study without a finished trial, or with other axes than a figure wants, says so in a line.
func TestNothingYet(t *testing.T) {
	trials := trialsOf(t, "lambda_gl=0,1e-3")
	for i := range trials {
		trials[i].Outcome, trials[i].State = nil, sweep.Missing
	}
	for say, draw := range map[string]func() error{
		"none of 4 trials is finished":            func() error { _, err := Front(trials); return err },
		"wants a study with two axes":             func() error { _, err := HeatMap(trials, Accuracy()); return err },
		"curves want lambda_gl on one":            func() error { _, err := Curves(trialsOf(t, "lr=1e-3,1e-2"), Accuracy()); return err },
		"is finished and has an accuracy":         func() error { _, err := Hypervolume(trials); return err },
		"0 points: a heat map wants a study with": func() error { _, err := HeatMap(nil, Accuracy()); return err },
	} {
		if err := draw(); err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want %q", err, say)
		}
	}
	if table := Table(trials); table.Rows[0][2] != "" || table.Rows[0][8] != "2 missing" {
		t.Errorf("%v", table.Rows[0])
	}
}
