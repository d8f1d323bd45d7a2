package live

import (
	"fmt"
	"go/types"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// problems are the errors at their places in cells, in cells' own names. Those that ignore accepts are left out.
func (r *rewriter) problems(c *checked, ignore func(types.Error) bool) Problems {
	var all Problems
	declared := map[string]bool{}
	for name := range r.own {
		declared[name] = true
	}
	for _, e := range c.errors {
		if ignore != nil && ignore(e) {
			continue
		}
		if rest, ok := strings.CutPrefix(e.Msg, "\t"); ok && len(all) > 0 { // it goes on
			at, before := r.origin(c.unit.draftOffset(c.offset(e.Pos))), &all[len(all)-1]
			before.Text += fmt.Sprintf("; %s at %d:%d", r.names.explain(rest, r.cell, declared), at.line, at.column)
			continue
		}
		at := r.origin(c.unit.draftOffset(c.offset(e.Pos)))
		if at.line == 0 {
			at = origin{r.cell, 1, 1}
		}
		p := Problem{at.cell, at.line, at.column, r.names.explain(e.Msg, r.cell, declared)}
		if !slices.Contains(all, p) {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b Problem) int { return (a.Line-b.Line)*1000 + a.Column - b.Column })
	return all
}

var cellName = regexp.MustCompile(`(?:"cells/c(\d+)"|cells/c(\d+)|` + inner + `c(\d+)|notebook)\.(` + mark +
	`?)([\pL_][\pL\pN_]*)`)

// explain puts a message into the cell's own names, and says which types are not what their names mean now.
func (n *names) explain(message string, cell int, declared map[string]bool) string {
	stale := ""
	message = cellName.ReplaceAllStringFunc(message, func(found string) string {
		m := cellName.FindStringSubmatch(found)
		name := Unmark(m[5])
		now := n.entries[name]
		if now == nil || now.Kind != "type" {
			return name
		}
		unit, err := strconv.Atoi(m[1] + m[2] + m[3])
		if err != nil && declared[name] {
			unit = now.unit // the only one besides the cell's own
		}
		by := now.Cell
		if declared[name] {
			by = cell
		} else if now.unit == unit {
			return name
		}
		for old := now; old != nil; old = old.earlier {
			if old.unit == unit {
				stale = fmt.Sprintf("; cell [%d] declares %s anew: run the cells that made values of the old one again",
					by, name)
				return fmt.Sprintf("%s of cell [%d]", name, old.Cell)
			}
		}
		return name
	})
	if cell := n.lost[strings.TrimPrefix(message, "undefined: ")]; cell > 0 {
		stale = fmt.Sprintf(": cell [%d] gave it a type that no other cell can name; use it in the cell that makes "+
			"it, or keep it in an interface", cell)
	}
	message = strings.ReplaceAll(message, runtimeName+".", "")
	return strings.Join(strings.FieldsFunc(Unmark(message)+stale, func(r rune) bool { return r == '\n' || r == '\t' }),
		"; ")
}
