package sweepview

import (
	"fmt"
	"math"
	"strings"

	"github.com/maestro-lod/notebook/kernel/cell"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// TrialName is a trial in words: the values of its point, and its seed.
func TrialName(t sweep.Trial) string {
	seed := fmt.Sprintf("seed %d", t.Settings.Seed)
	if point := named(t.Point, ""); point != "" {
		return point + ", " + seed
	}
	return seed
}

// Table is a study's points, a row each: means and standard deviations over the seeds that are finished, where its
// trials are, and what is wrong with the first that has something. Clicks on its headings sort it.
func Table(trials []sweep.Trial) cell.Table {
	t := cell.Table{Sortable: true}
	of := map[runs.Settings][]sweep.Trial{}
	for _, one := range trials {
		of[one.Point.Settings] = append(of[one.Point.Settings], one)
	}
	for i, p := range sweep.Summarise(trials) {
		if i == 0 {
			for _, name := range p.Point.Names {
				t.Header = append(t.Header, symbol(name))
			}
			t.Header = append(t.Header, "seeds", score([]sweep.Summary{p}).Axis.Label, "±", "MACs (k)", "total rank",
				"settled", "front", "state")
		}
		row := []any{}
		for _, value := range p.Point.Values {
			row = append(row, value)
		}
		row = append(row, fmt.Sprintf("%d of %d", p.Seeds, p.Planned))
		if p.Seeds == 0 {
			row = append(row, "", "", "", "", "", "")
		} else {
			by := score([]sweep.Summary{p}).Of(p)
			row = append(row, by.Mean, orNone(by.Deviation), p.MACs.Mean/1000, p.Rank.Mean, p.Settled.Mean,
				map[bool]string{true: "●"}[p.Front])
		}
		t.Rows = append(t.Rows, append(row, state(of[p.Point.Settings])))
	}
	if len(t.Header) == 0 {
		t.Header = []string{"no trials"}
	}
	return t
}

// orNone is a deviation as a cell has it: nothing where one seed has none.
func orNone(x float64) any {
	if x == 0 || math.IsNaN(x) {
		return ""
	}
	return x
}

// state is where those of a point's trials are that are not finished, and the first sign of failure.
func state(of []sweep.Trial) string {
	var parts []string
	count := sweep.Count(of)
	for _, s := range sweep.States() {
		if count[s] > 0 && s != sweep.Finished {
			parts = append(parts, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	for _, t := range of {
		if sign := t.Sign(); sign != "" {
			parts = append(parts, sign)
			break
		}
	}
	return strings.Join(parts, ", ")
}
