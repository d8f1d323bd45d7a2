// Package inline shows figures below the running notebook cell: [Show] a finished one, [Live] one that is drawn anew
// while a history grows or a slider moves.
//
//	inline.Show(plots.RankDistance(result.Distance))
//
// A *plot.Plot that is a cell's last expression shows itself so.
package inline
