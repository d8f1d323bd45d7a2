package live

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// unit is a cell as the source of a package.
type unit struct {
	source string
	pieces []piece
}

// draftOffset is the place of the draft that a place of the source comes of.
func (u *unit) draftOffset(offset int) int {
	i, found := slices.BinarySearchFunc(u.pieces, offset, func(p piece, offset int) int { return p.result - offset })
	if !found {
		i--
	}
	for found && i+1 < len(u.pieces) && u.pieces[i+1].result == offset { // the last of the empty ones
		i++
	}
	if i < 0 {
		return 0
	}
	if p := u.pieces[i]; p.copied {
		return p.draft + offset - p.result
	}
	return u.pieces[i].draft
}

// emitter writes a unit.
type emitter struct {
	*rewriter
	b    strings.Builder
	unit unit

	extra  map[string]string // imports that the cell does not have, by name
	hooked map[string]ast.Node
	count  int // of names that nobody typed
	last   int // the end of the part of the draft that was written last
}

func newEmitter(r *rewriter) *emitter {
	return &emitter{rewriter: r, extra: map[string]string{}, hooked: map[string]ast.Node{}}
}

// raw writes what nobody typed.
func (e *emitter) raw(format string, args ...any) {
	e.unit.pieces = append(e.unit.pieces, piece{e.b.Len(), e.last, false})
	fmt.Fprintf(&e.b, format, args...)
}

// part writes a part of the draft, with its edits, and tells the compiler where it was typed.
func (e *emitter) part(start, end int) {
	e.place(start)
	e.inline(start, end)
}

func (e *emitter) inline(start, end int) {
	e.edits.write(&e.b, e.text, start, end, &e.unit.pieces)
	e.last = end
}

func (e *emitter) place(start int) {
	if at := e.origin(start); at.line > 0 {
		e.raw("/*line cell[%d]:%d:%d*/", at.cell, at.line, at.column)
	}
}

func (e *emitter) node(n ast.Node) { e.part(e.offset(n.Pos()), e.offset(n.End())) }

func (e *emitter) fresh() string {
	e.count++
	return fmt.Sprintf("%se%d", inner, e.count)
}

func (e *emitter) importAs(name, path string) string {
	e.extra[name] = path
	return name
}

// draftUnit writes the source that the types of the cell are found with: every variable of the top level is declared
// by its value, wherever it is declared.
func (r *rewriter) draftUnit() *unit {
	e := newEmitter(r)
	e.declarations(false)
	for _, s := range r.body.Body.List {
		if names, values := r.definition(s); names != nil {
			e.raw("\nvar %s", strings.Join(names, ", "))
			if spec := specOf(s); spec != nil && spec.Type != nil {
				e.raw(" ")
				e.inline(e.offset(spec.Type.Pos()), e.offset(spec.Type.End()))
			}
			for i, v := range values {
				e.raw("%s", []string{" = ", ", "}[min(i, 1)])
				e.node(v)
			}
		}
	}
	e.raw("\nfunc %s() {\n", bodyName)
	list := r.body.Body.List
	for i, s := range list {
		if names, _ := r.definition(s); names != nil {
			continue
		}
		expression, ok := s.(*ast.ExprStmt)
		switch {
		case ok && i == len(list)-1 && !r.know.noValue:
			e.raw("%s.Use(", runtimeName)
			e.node(expression.X)
			e.raw(")\n")
		default:
			if assign, ok := s.(*ast.AssignStmt); ok && r.know.dropped[r.offset(s.Pos())] &&
				assign.Tok == token.ASSIGN {
				e.part(e.offset(s.Pos()), e.offset(assign.TokPos))
				e.raw(", _ ")
				e.inline(e.offset(assign.TokPos), e.offset(s.End()))
			} else {
				e.node(s)
			}
			e.raw("\n")
		}
	}
	e.raw("}\n")
	return e.finish()
}

// unresolved are the names that a part of a package leaves to its imports, among others; nil where it is no Go.
func unresolved(source string) map[string]bool {
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+source, 0)
	if err != nil {
		return nil
	}
	names := map[string]bool{}
	for _, id := range file.Unresolved {
		names[id.Name] = true
	}
	return names
}

// finish puts the imports in front: those that are used in what was written.
func (e *emitter) finish() *unit {
	var head strings.Builder
	head.WriteString("package notebook\n\nimport (\n")
	fmt.Fprintf(&head, "\t%s %q\n", runtimeName, runtimePath)
	for _, entry := range e.uses {
		e.extra[entry.alias()] = entry.path()
	}
	for name := range e.used {
		e.extra[name] = e.paths[name]
	}
	names := unresolved(e.b.String())
	for _, name := range slices.Sorted(maps.Keys(e.extra)) {
		if names == nil || names[name] {
			fmt.Fprintf(&head, "\t%s %q\n", name, e.extra[name])
		}
	}
	if strings.Contains(e.b.String(), "//go:embed ") && e.extra["embed"] == "" && !slices.Contains(e.blank, "embed") {
		e.blank = append(e.blank, "embed")
	}
	for _, path := range slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(e.names.blank), e.blank...)))) {
		fmt.Fprintf(&head, "\t_ %q\n", path)
	}
	head.WriteString(")\n")
	// Nothing of the cell may call the run time at all, as where it declares a type alone.
	fmt.Fprintf(&head, "var _ = %s.Check\n", runtimeName)
	for i := range e.unit.pieces {
		e.unit.pieces[i].result += head.Len()
	}
	e.unit.source = head.String() + e.b.String()
	return &e.unit
}

const runtimePath = "github.com/maestro-lod/notebook/kernel/live/rt"
