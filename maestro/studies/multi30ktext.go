package studies

import (
	"fmt"
	"math"

	"github.com/maestro-lod/notebook/maestro/table"
)

// Multi30kText is the table as it is printed: means over the seeds with their standard deviations.
func Multi30kText(p Multi30k, rows []TranslatorRow) table.Table {
	s := p.Settings
	t := table.Table{
		Caption: fmt.Sprintf("Multi30k, German to English, protocol %s: %s Perplexity of a piece on the validation "+
			"split, without smoothing: after the last epoch, and after the best, as early stopping has it. BLEU of "+
			"greedy translations of the test split. MACs of all layers for one pair of %d pieces on both sides. "+
			"Milliseconds of a sentence translated by itself, on the device that made the row.", p.Name, p.About, s.Length),
		Label: "tab:multi30k-" + p.Name,
		Header: []string{"variant", "perplexity", "best perplexity", "BLEU", "ranks", "parameters (k)", "MACs (M)",
			"ms a sentence"},
		Numbers: 1,
	}
	for _, row := range rows {
		measured := func(decimals int, figure func(TranslatorRun) float64) table.Cell {
			values := make([]float64, len(row.Runs))
			for i, run := range row.Runs {
				values[i] = figure(run)
			}
			mean, deviation := meanDeviation(values)
			if len(row.Runs) == 1 {
				deviation = math.NaN()
			}
			return table.Spread(mean, deviation, decimals)
		}
		t.Rows = append(t.Rows, []table.Cell{
			table.Text(row.Translator.Title),
			measured(2, func(r TranslatorRun) float64 { return r.Perplexity }),
			measured(2, func(r TranslatorRun) float64 { return r.Best }),
			measured(2, func(r TranslatorRun) float64 { return r.BLEU }),
			measured(0, func(r TranslatorRun) float64 { return float64(r.TotalRank()) }),
			measured(1, func(r TranslatorRun) float64 { return float64(r.Parameters) / 1e3 }),
			measured(2, func(r TranslatorRun) float64 { return float64(r.MACs) / 1e6 }),
			measured(1, func(r TranslatorRun) float64 { return r.MS }),
		})
	}
	return t
}
