// Package table writes a table of text as Markdown, CSV or LaTeX.
package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// Table is a heading and rows of as many cells.
type Table struct {
	Caption string
	Header  []string
	Rows    [][]string
	// Numbers is the first of the columns that are set to the right.
	Numbers int
}

// Formats are those that Write knows.
func Formats() []string { return []string{"md", "csv", "tex"} }

// CheckFormat returns an error that names the known formats when f is none of them.
func CheckFormat(f string) error {
	if !slices.Contains(Formats(), f) {
		return fmt.Errorf("unknown format %q: use %s", f, strings.Join(Formats(), ", "))
	}
	return nil
}

// Write writes the table in a format: md, csv or tex, a booktabs tabular.
func (t Table) Write(w io.Writer, format string) error {
	if err := errors.Join(CheckFormat(format), t.check()); err != nil {
		return err
	}
	switch format {
	case "csv":
		return csv.NewWriter(w).WriteAll(append([][]string{t.Header}, t.Rows...))
	case "tex":
		_, err := io.WriteString(w, t.latex())
		return err
	}
	_, err := io.WriteString(w, t.markdown())
	return err
}

func (t Table) check() error {
	for i, row := range t.Rows {
		if len(row) != len(t.Header) {
			return fmt.Errorf("table: row %d has %d cells under %d headings", i+1, len(row), len(t.Header))
		}
	}
	return nil
}

// markdown pads the cells, so that the text is a table to the eye too.
func (t Table) markdown() string {
	rows := append([][]string{t.Header}, t.Rows...)
	widths := make([]int, len(t.Header))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var b strings.Builder
	if t.Caption != "" {
		fmt.Fprintf(&b, "%s\n\n", t.Caption)
	}
	for k, row := range rows {
		for i, cell := range row {
			padding := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if cell = strings.ReplaceAll(cell, "|", `\|`); i < t.Numbers {
				fmt.Fprintf(&b, "| %s%s ", cell, padding)
			} else {
				fmt.Fprintf(&b, "| %s%s ", padding, cell)
			}
		}
		b.WriteString("|\n")
		if k > 0 {
			continue
		}
		for i, width := range widths {
			rule := strings.Repeat("-", width)
			if i >= t.Numbers {
				rule = rule[1:] + ":"
			}
			fmt.Fprintf(&b, "| %s ", rule)
		}
		b.WriteString("|\n")
	}
	return b.String()
}

func (t Table) latex() string {
	escape := strings.NewReplacer(`\`, `\textbackslash{}`, "&", `\&`, "%", `\%`, "#", `\#`, "$", `\$`, "λ_gl", `$\lambda_{\mathrm{gl}}$`, "_", `\_`,
		"{", `\{`, "}", `\}`, "~", `\textasciitilde{}`, "^", `\textasciicircum{}`, "±", `$\pm$`, "×", `$\times$`, "−", `$-$`, "–", "--", "—", "---")
	var b strings.Builder
	fmt.Fprintf(&b, "%% \\usepackage{booktabs}\n\\begin{table}\n\\centering\n")
	if t.Caption != "" {
		fmt.Fprintf(&b, "\\caption{%s}\n", escape.Replace(t.Caption))
	}
	fmt.Fprintf(&b, "\\begin{tabular}{%s%s}\n\\toprule\n", strings.Repeat("l", min(t.Numbers, len(t.Header))), strings.Repeat("r", max(0, len(t.Header)-t.Numbers)))
	for k, row := range append([][]string{t.Header}, t.Rows...) {
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = escape.Replace(cell)
		}
		fmt.Fprintf(&b, "%s \\\\\n", strings.Join(cells, " & "))
		if k == 0 {
			b.WriteString("\\midrule\n")
		}
	}
	b.WriteString("\\bottomrule\n\\end{tabular}\n\\end{table}\n")
	return b.String()
}
