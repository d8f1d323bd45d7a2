package cell

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTableText(t *testing.T) {
	table := Table{
		Caption: "LeNet",
		Header:  []string{"Schicht", "rank", "share", "time", "note"},
		Rows: [][]any{
			{"conv₁", 6, 0.5, "12 ms", "as\nit was"},
			{"ü", 120, 3.2e-5, "1,024 ms", nil},
			{"fc", nil, float32(98.5), "", true},
		},
	}
	want := strings.Join([]string{
		"LeNet",
		"Schicht  rank     share      time  note",
		"───────  ────  ────────  ────────  ─────────",
		"conv₁       6    0.5000     12 ms  as it was",
		"ü         120  3.200e-5  1,024 ms",
		"fc                98.50            true",
	}, "\n")
	got := table.Text()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the text (-want +got):\n%s", diff)
	}
}

// TestTableHTML: numbers stand to the right, and what looks like a tag is shown and not obeyed.
func TestTableHTML(t *testing.T) {
	got := Table{Caption: "a & b", Header: []string{"<b>", "n"}, Rows: [][]any{{`<script>"x"</script>`, 7}}}.HTML()
	for _, want := range []string{
		"text-align:left\">a &amp; b</caption>",
		`<th scope="col" style="text-align:left;font-variant-numeric:tabular-nums">&lt;b&gt;</th>`,
		`<th scope="col" style="text-align:right;font-variant-numeric:tabular-nums">n</th>`,
		`<td style="text-align:left;font-variant-numeric:tabular-nums">&lt;script&gt;&#34;x&#34;&lt;/script&gt;</td>`,
		`<td style="text-align:right;font-variant-numeric:tabular-nums">7</td>`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
	if strings.Contains(got, "<script") || strings.Contains(got, "<b>") {
		t.Errorf("a cell's text is not escaped: %s", got)
	}
}

func TestTableWithoutRows(t *testing.T) {
	if got, want := (Table{Header: []string{"a", "bc"}}).Text(), "a  bc\n─  ──"; got != want {
		t.Errorf("the text is %q, want %q", got, want)
	}
}

func TestTableRefuses(t *testing.T) {
	for want, table := range map[string]Table{
		"no header":                        {},
		"row 2 has 1 cells under 2 headin": {Header: []string{"a", "b"}, Rows: [][]any{{1, 2}, {1}}},
		"not in a GoNB notebook":           {Header: []string{"a"}},
	} {
		err := table.Show()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the error is %v, want one line with %q", err, want)
		}
	}
}

func TestIsNumber(t *testing.T) {
	for text, want := range map[string]bool{
		"1": true, "-3.5": true, "1e-5": true, "98.5%": true, "98.5 %": true, "12 ms": true, "1,024": true, "NaN": true,
		"": false, "a": false, "1 or 2": false, "v1.2": false, "10x": false,
	} {
		if got := isNumber(text); got != want {
			t.Errorf("isNumber(%q) = %t", text, got)
		}
	}
}
