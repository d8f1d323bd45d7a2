package plots

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"strconv"
)

// WriteCSV writes the numbers behind a figure as a tidy table: the header
// step,rank,value,exact and then one observation a row, by step and then by
// rank, ranks counting from 1. Floats are written with the fewest digits that
// read back as the same number; the exact column is empty where the value is
// not known. The error is that of [Curves.Check], or w's.
func WriteCSV(w io.Writer, c Curves) error {
	if err := c.Check(); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	// The csv writer keeps its first error, so Error at the end tells it all.
	_ = out.Write([]string{"step", "rank", "value", "exact"})
	for i, step := range c.Steps {
		for k, row := range c.Values {
			exact := ""
			if c.Exact != nil && !math.IsNaN(c.Exact[k]) {
				exact = formatFloat(c.Exact[k])
			}
			_ = out.Write([]string{strconv.Itoa(step), strconv.Itoa(k + 1), formatFloat(row[i]), exact})
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("plots: write csv: %w", err)
	}
	return nil
}

func formatFloat(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
