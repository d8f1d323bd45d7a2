package live

import (
	"cmp"
	"slices"
	"strings"
)

// edit puts text in the place of a part of the draft; an insertion where start and end are the same.
type edit struct {
	start, end int
	text       string
	order      int // among insertions at one place
}

// edits are those of one draft. One that lies within another's part is lost with it.
type edits []edit

func (e *edits) insert(at int, text string)          { *e = append(*e, edit{at, at, text, 0}) }
func (e *edits) replace(start, end int, text string) { *e = append(*e, edit{start, end, text, 0}) }

// enclose puts text before and behind a part. What encloses more is to be made first.
func (e *edits) enclose(start, end int, before, after string) {
	e.insert(start, before)
	*e = append(*e, edit{end, end, after, -len(*e)})
}

// sorted are the edits by place: insertions before what replaces, and in the order in which they were made.
func (e edits) sorted() edits {
	s := slices.Clone(e)
	slices.SortStableFunc(s, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(min(a.end-a.start, 1), min(b.end-b.start, 1)),
			cmp.Compare(a.order, b.order), -cmp.Compare(a.end, b.end))
	})
	return s
}

// piece tells which part of the draft a part of the result comes of.
type piece struct {
	result, draft int
	copied        bool // as it was; otherwise all of it stands for one place
}

// write applies the edits, which are sorted, to a part of the text, with insertions at both of its ends, and adds to
// pieces where each part of the result comes from.
func (e edits) write(b *strings.Builder, text string, start, end int, pieces *[]piece) {
	note := func(draft int, copied bool) { *pieces = append(*pieces, piece{b.Len(), draft, copied}) }
	at := start
	for _, one := range e {
		if one.start < at || one.end > end {
			continue
		}
		note(at, true)
		b.WriteString(text[at:one.start])
		note(one.start, false)
		b.WriteString(one.text)
		at = one.end
	}
	note(at, true)
	b.WriteString(text[at:end])
}
