package kernel

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSortedTable: on Lab's page a click on a heading sorts a table by its numbers, a second one the other way round,
// and what is not known stays last.
func TestSortedTable(t *testing.T) {
	p := openNotebook(t, `import "`+Module+`/kernel/cell"`, `
cell.Table{Header: []string{"run", "MACs"}, Rows: [][]any{{"b", 9}, {"a", 1200}, {"c", ""}, {"d", 80}}, Sortable: true}`)
	p.start()
	p.wait(`document.querySelector('.jp-OutputArea th[tabindex]')`)
	column := func() []string {
		return ask[[]string](p, `[...document.querySelectorAll('.jp-OutputArea tbody tr')].map(r => r.cells[0].textContent)`)
	}
	for _, step := range []struct {
		click string
		want  []string
	}{
		{"MACs", []string{"b", "d", "a", "c"}},
		{"MACs", []string{"a", "d", "b", "c"}},
		{"run", []string{"a", "b", "c", "d"}},
	} {
		ask[bool](p, `([...document.querySelectorAll('.jp-OutputArea th')].find(h => h.textContent === '`+step.click+
			`').click(), true)`)
		if diff := cmp.Diff(step.want, column()); diff != "" {
			t.Errorf("after a click on %s (-want +got):\n%s", step.click, diff)
		}
	}
	p.shoot("sorted-table")
}
