// Package plots turns measured numbers into figures for papers and notebooks.
//
// Every figure is a function from plain values to a [*plot.Plot]; nothing here
// knows a trainer or reads a run. What to do with the figure is a second step:
// [Show] puts it under a notebook cell, [Save] writes it to a PDF, SVG or PNG
// file, and [WriteCSV] writes the numbers behind it.
//
// The figures share one look: colours that colour-blind readers can tell apart
// and sparse markers for print without colour, a legend beside the data where
// it can hide none of it, and no title, since a paper has captions.
package plots
