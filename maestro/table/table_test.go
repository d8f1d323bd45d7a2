package table_test

import (
	"encoding/csv"
	"math"
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

var small = table.Table{
	Caption: "Accuracy, 50 %", Note: "Took a minute.", Label: "tab:small", Numbers: 1,
	Header: []string{"variant", "accuracy (%)", "GMACs", "paper accuracy (%)"},
	Groups: []table.Group{{Name: "ours", First: 1, Columns: 2}, {Name: "paper", First: 3, Columns: 1}},
	Rows: [][]table.Cell{
		{table.Text("Maestro, λ_gl = 1e-3"), table.Spread(98.5, 0.1, 1), table.Number(0.56, 2),
			table.Number(94.125, -1)},
		{table.Text("a|b & c_d"), table.Spread(7, math.NaN(), 1), table.Number(0.3, 2), {}},
	},
}

func TestMarkdown(t *testing.T) {
	want := `Accuracy, 50 %

| variant              | accuracy (%) | GMACs | paper accuracy (%) |
| -------------------- | -----------: | ----: | -----------------: |
| Maestro, λ_gl = 1e-3 |   98.5 ± 0.1 |  0.56 |             94.125 |
| a\|b & c_d            |          7.0 |  0.30 |                  – |

Took a minute.
`
	if got := written(t, small, "md"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestLaTeX: groups stand over their columns, units under their names, and every character that TeX would take for a
// command is written so that it is printed.
func TestLaTeX(t *testing.T) {
	want := `% \usepackage{booktabs,adjustbox}
\begin{table}
\centering
\small
\caption{Accuracy, 50 \%}
\label{tab:small}
\begin{adjustbox}{max width=\textwidth}
\begin{tabular}{@{}lrrr@{}}
\toprule
 & \multicolumn{2}{c}{ours} & \multicolumn{1}{c}{paper} \\
\cmidrule(lr){2-3} \cmidrule(lr){4-4}
variant & accuracy & GMACs & accuracy \\
 & (\%) &  & (\%) \\
\midrule
Maestro, $\lambda_{\mathrm{gl}}$ = 1e-3 & 98.5 $\pm$ 0.1 & 0.56 & 94.125 \\
a|b \& c\_d & 7.0 & 0.30 & -- \\
\bottomrule
\end{tabular}
\end{adjustbox}
\end{table}
`
	if got := written(t, small, "tex"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestCSV: numbers are bare, deviations have a column of their own, and what is missing is empty.
func TestCSV(t *testing.T) {
	rows, err := csv.NewReader(strings.NewReader(written(t, small, "csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"variant", "accuracy (%)", "accuracy (%) deviation", "GMACs", "paper accuracy (%)"},
		{"Maestro, λ_gl = 1e-3", "98.5", "0.1", "0.56", "94.125"},
		{"a|b & c_d", "7.0", "", "0.30", ""},
	}
	if !slices.EqualFunc(rows, want, slices.Equal) {
		t.Errorf("got  %q\nwant %q", rows, want)
	}
}

func TestRefused(t *testing.T) {
	refused := func(tab table.Table, format, want string) {
		t.Helper()
		var b strings.Builder
		if err := tab.Write(&b, format); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
	refused(small, "pdf", `unknown format "pdf": use md, csv, tex`)
	refused(table.Table{Header: []string{"a"}, Rows: [][]table.Cell{{{}, {}}}}, "md",
		"table: row 1 has 2 cells under 1 headings")
	refused(table.Table{Header: []string{"a", "b", "a"}}, "csv", `table: two columns are headed "a"`)
	refused(table.Table{Header: []string{"a"}, Groups: []table.Group{{Name: "ours", First: 1, Columns: 1}}}, "tex",
		`table: group "ours" is over columns 2 to 2 of 1`)
}
