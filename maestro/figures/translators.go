package figures

import (
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/plots"
)

// Perplexities draws the validation perplexity of Transformers over the MACs of a pair of sentences, means over the
// seeds with one standard deviation both ways: Maestro's as a sweep over λ_gl, with its front, and the others beside
// it.
func Perplexities(rows []studies.TranslatorRow) (*plot.Plot, error) {
	s := plots.Sweep{Setting: "λ_gl"}
	for _, row := range rows {
		var macs, perplexity []float64
		for _, r := range row.Runs {
			macs, perplexity = append(macs, float64(r.MACs)), append(perplexity, r.Perplexity)
		}
		p := plots.SweepPoint{Label: row.Translator.Title}
		p.Cost, p.Score = stat.Mean(macs, nil), stat.Mean(perplexity, nil)
		if len(macs) > 1 {
			p.CostDeviation, p.ScoreDeviation = stat.StdDev(macs, nil), stat.StdDev(perplexity, nil)
		}
		if row.Translator.Method != studies.Maestro {
			s.Baselines = append(s.Baselines, p)
			continue
		}
		p.Label = fmt.Sprint(row.Translator.LambdaGL)
		s.Points = append(s.Points, p)
	}
	for i := range s.Points {
		s.Points[i].Front = !slices.ContainsFunc(s.Points, func(o plots.SweepPoint) bool {
			p := s.Points[i]
			return o.Cost <= p.Cost && o.Score <= p.Score && (o.Cost < p.Cost || o.Score < p.Score)
		})
	}
	return plots.SweepFront(s, plots.CostAxis{Label: "MACs"},
		plots.ValueAxis{Label: "validation perplexity", LowerBetter: true})
}

// TransformerRanks draws which share of its full rank each factorised layer of a Transformer has left: a row for each
// layer of the encoder and the decoder, a column for each of its maps. What a layer does not have is hatched.
func TransformerRanks(r *runs.Run) (*plot.Plot, error) {
	layers, full, ranks := r.LayerRanks()
	g := plots.SweepGrid{Across: "map", Up: "layer"}
	for _, name := range layers {
		row, column, _ := strings.Cut(name, "-")
		if !slices.Contains(g.Rows, row) {
			g.Rows = append(g.Rows, row)
		}
		if !slices.Contains(g.Columns, column) {
			g.Columns = append(g.Columns, column)
		}
	}
	slices.Reverse(g.Rows) // the first on top
	for range g.Rows {
		g.Cells = append(g.Cells, make([]plots.SweepCell, len(g.Columns)))
	}
	for i, name := range layers {
		row, column, _ := strings.Cut(name, "-")
		cell := &g.Cells[slices.Index(g.Rows, row)][slices.Index(g.Columns, column)]
		cell.Value, cell.Seeds = 100*float64(ranks[i])/float64(full[i]), 1
	}
	return plots.SweepHeatMap(g, plots.ValueAxis{Label: "rank left (% of full)", Percent: true})
}
