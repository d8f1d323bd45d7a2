// Package table writes a table as Markdown, CSV or LaTeX.
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
	Note    string // what it cost and the like, for the reader of the Markdown; a paper's table has none
	Label   string // LaTeX's \label, such as "tab:ranks"; "" for none
	Header  []string
	Groups  []Group // of neighbouring columns; may be empty
	Rows    [][]Cell
	// Numbers is the first of the columns that are set to the right.
	Numbers int
}

// Group is a heading over neighbouring columns, which LaTeX sets above their own. Where these begin with it, as
// "paper GMACs" does with "paper", LaTeX leaves it out of them.
type Group struct {
	Name           string
	First, Columns int // from column First on, counted from 0
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

// Write writes the table in a format. Markdown ("md") has what people read. CSV ("csv") has bare numbers, nothing
// where there is none, and the deviations of a column with Spread cells in a column of their own after it, named as
// it is with "deviation" at the end. LaTeX ("tex") is a booktabs table that is shrunk where it is wider than the
// text.
func (t Table) Write(w io.Writer, format string) error {
	if err := errors.Join(CheckFormat(format), t.check()); err != nil {
		return err
	}
	switch format {
	case "csv":
		return csv.NewWriter(w).WriteAll(t.records())
	case "tex":
		_, err := io.WriteString(w, t.latex())
		return err
	}
	_, err := io.WriteString(w, t.markdown())
	return err
}

func (t Table) check() error {
	for i, name := range t.Header {
		if slices.Contains(t.Header[:i], name) {
			return fmt.Errorf("table: two columns are headed %q", name)
		}
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Header) {
			return fmt.Errorf("table: row %d has %d cells under %d headings", i+1, len(row), len(t.Header))
		}
	}
	next := 0
	for _, g := range t.Groups {
		if g.First < next || g.Columns < 1 || g.First+g.Columns > len(t.Header) {
			return fmt.Errorf("table: group %q is over columns %d to %d of %d", g.Name, g.First+1, g.First+g.Columns,
				len(t.Header))
		}
		next = g.First + g.Columns
	}
	return nil
}

// records are the header and rows of the CSV.
func (t Table) records() [][]string {
	records := make([][]string, len(t.Rows)+1)
	for i, name := range t.Header {
		spread := slices.ContainsFunc(t.Rows, func(row []Cell) bool { return row[i].spread })
		records[0] = append(records[0], name)
		if spread {
			records[0] = append(records[0], name+" deviation")
		}
		for k, row := range t.Rows {
			records[k+1] = append(records[k+1], row[i].bare())
			if spread {
				records[k+1] = append(records[k+1], row[i].deviation)
			}
		}
	}
	return records
}

// Texts are the caption, the header and the rows as people read them, by which a notebook shows the table.
func (t Table) Texts() (caption string, header []string, rows [][]string) {
	texts := t.texts()
	return t.Caption, texts[0], texts[1:]
}

// texts are the header and rows as people read them.
func (t Table) texts() [][]string {
	texts := [][]string{t.Header}
	for _, row := range t.Rows {
		line := make([]string, len(row))
		for i, c := range row {
			line[i] = c.String()
		}
		texts = append(texts, line)
	}
	return texts
}

// markdown pads the cells, so that the text is a table to the eye too.
func (t Table) markdown() string {
	rows := t.texts()
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
	if t.Note != "" {
		fmt.Fprintf(&b, "\n%s\n", t.Note)
	}
	return b.String()
}
