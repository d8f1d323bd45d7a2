package cell

import (
	_ "embed"
	"errors"
	"fmt"
	"html"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table is a table to show under a cell. Columns of numbers are set to the right.
type Table struct {
	Caption string
	Header  []string
	Rows    [][]any // strings stand as they are, numbers as Digits says, anything else as fmt.Sprint has it
	Digits  int     // significant digits of real numbers; 0 for 4
	// Sortable has a click on a heading, or Enter there, sort the rows by that column, and a second one the other way
	// round; also on an exported page. A notebook that is not trusted shows the table alone.
	Sortable bool
}

// ShowIn puts the table in the place of what an output shows.
func (t Table) ShowIn(o *Output) error {
	if err := t.check(); err != nil {
		return err
	}
	return o.Set(page(t.HTML(), t.Text()))
}

//go:embed table.js
var tableScript string

// Show puts the table under the running cell, as HTML and as text.
func (t Table) Show() error {
	if err := t.check(); err != nil {
		return err
	}
	return Show(page(t.HTML(), t.Text()))
}

func (t Table) check() error {
	if len(t.Header) == 0 {
		return errors.New("table: no header")
	}
	for i, row := range t.Rows {
		if len(row) != len(t.Header) {
			return fmt.Errorf("table: row %d has %d cells under %d headings", i+1, len(row), len(t.Header))
		}
	}
	return nil
}

// HTML is the table as the page shows it. It brings no colours of its own: JupyterLab and the pages exported from it
// colour tables to their theme.
func (t Table) HTML() string {
	var b strings.Builder
	cells, numeric := t.cells()
	id := ""
	if t.Sortable {
		id = newID()
		fmt.Fprintf(&b, `<table id="%s">`, id)
	} else {
		b.WriteString("<table>")
	}
	if t.Caption != "" {
		// By an inline style, the one kind that an untrusted notebook keeps.
		fmt.Fprintf(&b, `<caption style="caption-side:top;text-align:left">%s</caption>`, html.EscapeString(t.Caption))
	}
	row := func(tag, extra string, cells []string) {
		b.WriteString("<tr>")
		for i, text := range cells {
			align := "left"
			if numeric[i] {
				align = "right"
			}
			fmt.Fprintf(&b, `<%s%s style="text-align:%s;font-variant-numeric:tabular-nums">%s</%s>`, tag, extra, align,
				html.EscapeString(text), tag)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("<thead>")
	row("th", ` scope="col"`, t.Header)
	b.WriteString("</thead><tbody>\n")
	for _, c := range cells {
		row("td", "", c)
	}
	b.WriteString("</tbody></table>")
	if t.Sortable {
		fmt.Fprintf(&b, "<script>(%s)(%q)</script>", strings.TrimSpace(tableScript), id)
	}
	return b.String()
}

// Text is the table in aligned columns, for a terminal.
func (t Table) Text() string {
	cells, numeric := t.cells()
	width := make([]int, len(t.Header))
	for _, row := range append([][]string{t.Header}, cells...) {
		for i, text := range row {
			width[i] = max(width[i], utf8.RuneCountInString(text))
		}
	}
	rule := make([]string, len(width))
	for i, w := range width {
		rule[i] = strings.Repeat("─", w)
	}
	all := append([][]string{t.Header, rule}, cells...)
	var b strings.Builder
	if t.Caption != "" {
		b.WriteString(t.Caption + "\n")
	}
	for _, row := range all {
		var line strings.Builder
		for i, text := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(text))
			if i > 0 {
				line.WriteString("  ")
			}
			if numeric[i] {
				line.WriteString(pad + text)
			} else {
				line.WriteString(text + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// cells are the rows as text, and which columns hold numbers alone.
func (t Table) cells() (rows [][]string, numeric []bool) {
	numeric = make([]bool, len(t.Header))
	for i := range numeric {
		numeric[i] = len(t.Rows) > 0
	}
	for _, row := range t.Rows {
		texts := make([]string, len(row))
		for i, v := range row {
			texts[i] = t.text(v)
			numeric[i] = numeric[i] && (texts[i] == "" || isNumber(texts[i]))
		}
		rows = append(rows, texts)
	}
	return rows, numeric
}

func (t Table) text(v any) string {
	digits := t.Digits
	if digits == 0 {
		digits = 4
	}
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return significant(v, digits)
	case float32:
		return significant(float64(v), digits)
	}
	// A line break would tear a row of the text in two.
	return strings.Join(strings.Fields(fmt.Sprint(v)), " ")
}

// isNumber also takes what numbers are written with for people: 98.5 %, 12 ms, 1,024.
func isNumber(text string) bool {
	number, _, _ := strings.Cut(text, " ")
	number = strings.ReplaceAll(strings.TrimSuffix(number, "%"), ",", "")
	_, err := strconv.ParseFloat(number, 64)
	return err == nil && len(strings.Fields(text)) <= 2
}
