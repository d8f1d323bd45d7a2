// Package plots turns measured numbers into figures for papers and notebooks.
//
// Every figure is a function from plain values to a [*plot.Plot]; nothing here
// knows a trainer, a notebook or a run. What to do with the figure is a second
// step: [Save] writes it to a PDF, SVG or PNG file, [WriteCSV] or its like writes
// the numbers behind it, and package inline shows it below a notebook cell.
//
// [Curves] of the linear problems have figures such as [RankDistance]; networks'
// ranks have [TotalRank], [RanksByLayer] and [ImportanceHeatMap], and what they
// are worth [ValidationAccuracy], [ValidationError], [AccuracyOverCost] and
// [AccuracyLadders]; [History] draws any column of a run's history. A sweep over
// settings has [SweepFront], [LambdaCurves], [SweepHeatMap] and [Hypervolume].
//
// The figures share one look: colours that colour-blind readers can tell apart
// and sparse markers for print without colour, a legend beside the data where
// it can hide none of it, whose labels are wrapped where the page is narrow, and
// no title unless the caller gives one, since a paper has captions. A figure of
// one's own gets this look from [New], [NewGrid], [StyleLines], [NewLegend] and
// [Margin], and is made of [Line], [Band], [Level], [Event] and any plotter of gonum.
package plots
