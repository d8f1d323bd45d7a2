// Package tables writes what a study found for others to use: CSV, Parquet and LaTeX.
package tables

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// Write writes the trials to a file in the format that its extension names: .csv and .parquet have a row for each
// trial, .tex has one for each point, over its seeds. Another extension is an error that names these.
func Write(path string, trials []sweep.Trial) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	switch ext := strings.ToLower(filepath.Ext(path)); ext {
	case ".csv":
		return writeCSV(path, sweep.TableOf(trials))
	case ".parquet":
		return atomicfile.Create(path, func(w io.Writer) error { return writeParquet(w, sweep.TableOf(trials)) })
	case ".tex":
		return atomicfile.Write(path, []byte(LaTeX(sweep.Summarise(trials))))
	default:
		return fmt.Errorf("%s: the extension %q is none of .csv, .parquet and .tex", path, ext)
	}
}

func writeCSV(path string, t sweep.Table) error {
	header := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		header[i] = c.Name
	}
	rows := make([][]string, len(t.Rows))
	for i, row := range t.Rows {
		rows[i] = make([]string, len(row))
		for k, cell := range row {
			rows[i][k] = text(cell)
		}
	}
	return csvfile.Write(path, header, rows)
}

// text is a cell with the fewest digits that read back as the same number; "" where it is not known.
func text(cell any) string {
	switch x := cell.(type) {
	case int64:
		return strconv.FormatInt(x, 10)
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64)
	case string:
		return x
	}
	return ""
}

// writeParquet has the columns by their names; package parquet orders those of a file by the alphabet.
func writeParquet(w io.Writer, t sweep.Table) error {
	group := parquet.Group{}
	for _, c := range t.Columns {
		node := parquet.String()
		switch c.Kind {
		case sweep.Whole:
			node = parquet.Int(64)
		case sweep.Real:
			node = parquet.Leaf(parquet.DoubleType)
		}
		group[c.Name] = parquet.Optional(node)
	}
	schema := parquet.NewSchema("trials", group)
	place := map[string]int{}
	for i, path := range schema.Columns() {
		place[path[0]] = i
	}
	file := parquet.NewGenericWriter[any](w, schema, parquet.Compression(&parquet.Zstd))
	for _, row := range t.Rows {
		values := make(parquet.Row, len(row))
		for k, cell := range row {
			at := place[t.Columns[k].Name]
			if cell == nil {
				values[at] = parquet.NullValue().Level(0, 0, at)
			} else {
				values[at] = parquet.ValueOf(cell).Level(0, 1, at)
			}
		}
		if _, err := file.WriteRows([]parquet.Row{values}); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	return file.Close()
}

// LaTeX is a table of the points for a paper, with means and standard deviations over seeds; it needs the package
// booktabs. Points of the front are in bold.
func LaTeX(points []sweep.Summary) string {
	var b strings.Builder
	var axes []string
	if len(points) > 0 {
		axes = points[0].Point.Names
	}
	fmt.Fprintf(&b, "\\begin{tabular}{%srrrrr}\n\\toprule\n", strings.Repeat("l", len(axes)))
	for _, name := range axes {
		fmt.Fprintf(&b, "%s & ", symbol(name))
	}
	quality, test := "validation (\\%)", "test (\\%)"
	if lossOnly(points) {
		quality, test = "validation loss", "test loss"
	}
	fmt.Fprintf(&b, "seeds & %s & %s & total rank & MACs \\\\\n\\midrule\n", quality, test)
	for _, p := range points {
		for _, value := range p.Point.Values {
			fmt.Fprintf(&b, "%s & ", number(value))
		}
		if p.Seeds == 0 {
			fmt.Fprintf(&b, "0/%d & --- & --- & --- & --- \\\\\n", p.Planned)
			continue
		}
		q := p.Accuracy
		if lossOnly(points) {
			q = p.Loss
		}
		cell := spread(q, p.Seeds, "%.2f")
		if p.Front {
			cell = "\\textbf{" + cell + "}"
		}
		fmt.Fprintf(&b, "%d/%d & %s & %s & %s & %s \\\\\n", p.Seeds, p.Planned, cell, spread(p.Test, p.Seeds, "%.2f"),
			spread(p.Rank, p.Seeds, "%.0f"), millions(p.MACs, p.Seeds))
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n")
	return b.String()
}

func lossOnly(points []sweep.Summary) bool {
	for _, p := range points {
		if p.Seeds > 0 {
			return math.IsNaN(p.Accuracy.Mean)
		}
	}
	return false
}

func spread(s sweep.Spread, seeds int, format string) string {
	mean := fmt.Sprintf(format, s.Mean)
	if seeds < 2 {
		return "$" + mean + "$"
	}
	return "$" + mean + " \\pm " + fmt.Sprintf(format, s.Deviation) + "$"
}

// millions writes MACs in thousands or millions.
func millions(s sweep.Spread, seeds int) string {
	unit, by := "\\,k", 1e3
	if s.Mean >= 1e6 {
		unit, by = "\\,M", 1e6
	}
	return spread(sweep.Spread{Mean: s.Mean / by, Deviation: s.Deviation / by}, seeds, "%.1f") + unit
}

func symbol(name string) string {
	if _, last, ok := strings.Cut(name, "."); ok {
		name = last
	}
	return strings.NewReplacer("lambda_gl", "$\\lambda_\\mathrm{gl}$", "eps_ps", "$\\varepsilon_\\mathrm{ps}$", "_",
		"\\_").Replace(name)
}

// number writes 1e-05 as a power of ten, and words as they are.
func number(value string) string {
	x, err := strconv.ParseFloat(value, 64)
	mantissa, exponent, ok := strings.Cut(strconv.FormatFloat(x, 'g', -1, 64), "e")
	if err != nil {
		return strings.NewReplacer("_", "\\_", "%", "\\%", "&", "\\&").Replace(value)
	}
	if !ok {
		return "$" + mantissa + "$"
	}
	power, _ := strconv.Atoi(exponent)
	if mantissa == "1" {
		return fmt.Sprintf("$10^{%d}$", power)
	}
	return fmt.Sprintf("$%s \\cdot 10^{%d}$", mantissa, power)
}
