package table_test

import (
	"encoding/csv"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/table"
)

func written(t *testing.T, tab table.Table, format string) string {
	t.Helper()
	var b strings.Builder
	if err := tab.Write(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

var small = table.Table{Caption: "Accuracy, 50 %", Header: []string{"variant", "accuracy (%)"}, Numbers: 1,
	Rows: [][]string{{"Maestro, λ_gl = 1e-3", "98.5 ± 0.1"}, {"a|b & c_d", "7"}}}

func TestMarkdown(t *testing.T) {
	want := `Accuracy, 50 %

| variant              | accuracy (%) |
| -------------------- | -----------: |
| Maestro, λ_gl = 1e-3 |   98.5 ± 0.1 |
| a\|b & c_d            |            7 |
`
	if got := written(t, small, "md"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestLaTeX: every character that TeX would take for a command is written so that it is printed.
func TestLaTeX(t *testing.T) {
	got := written(t, small, "tex")
	for _, want := range []string{`\begin{tabular}{lr}`, `\caption{Accuracy, 50 \%}`, `Maestro, $\lambda_{\mathrm{gl}}$ = 1e-3 & 98.5 $\pm$ 0.1 \\`, `a|b \& c\_d & 7 \\`} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, small, "csv"))).ReadAll()
	if err != nil || len(rows) != 3 || !slices.Equal(rows[1], small.Rows[0]) {
		t.Errorf("%v, %v", rows, err)
	}
}

func TestRefused(t *testing.T) {
	var b strings.Builder
	if err := small.Write(&b, "pdf"); err == nil || err.Error() != `unknown format "pdf": use md, csv, tex` {
		t.Error(err)
	}
	if err := (table.Table{Header: []string{"a"}, Rows: [][]string{{"1", "2"}}}).Write(&b, "md"); err == nil {
		t.Error("a row longer than the heading was written")
	}
}
