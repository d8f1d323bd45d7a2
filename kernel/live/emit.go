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

// draftUnit writes the source that the types of the cell are found with: every variable of the top level is declared by its
// value, wherever it is declared.
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
			if assign, ok := s.(*ast.AssignStmt); ok && r.know.dropped[r.offset(s.Pos())] && assign.Tok == token.ASSIGN {
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

// definition returns what a statement of the top level declares, as a declaration has it, and its values; no names where it
// declares nothing that outlives the cell.
func (r *rewriter) definition(s ast.Stmt) (names []string, values []ast.Expr) {
	at := r.offset(s.Pos())
	switch s := s.(type) {
	case *ast.AssignStmt:
		if len(r.first[s]) == 0 {
			return nil, nil
		}
		for _, left := range s.Lhs {
			if id, ok := left.(*ast.Ident); ok && slices.Contains(r.first[s], id) {
				names = append(names, exported(id.Name))
			} else {
				names = append(names, "_")
			}
		}
		values = s.Rhs
	case *ast.DeclStmt:
		spec := specOf(s)
		if spec == nil || len(spec.Names) > 0 && r.know.unnamed[spec.Names[0].Name] {
			return nil, nil
		}
		for _, id := range spec.Names {
			if id.Name == "_" {
				names = append(names, "_")
			} else {
				names = append(names, exported(id.Name))
			}
		}
		values = spec.Values
	}
	if names != nil && r.know.dropped[at] {
		names = append(names, "_")
	}
	return names, values
}

// specOf is the one specification of a var statement; groups were taken apart before.
func specOf(s ast.Stmt) *ast.ValueSpec {
	if d, ok := s.(*ast.DeclStmt); ok {
		if general, ok := d.Decl.(*ast.GenDecl); ok && general.Tok == token.VAR && len(general.Specs) == 1 {
			return general.Specs[0].(*ast.ValueSpec)
		}
	}
	return nil
}

// declarations writes what is declared outside of the body. Variables that have values get them in the body of the final
// unit, where an interrupt and a panic find them; those whose type has no name that a cell can write, and those that embed
// files, are declared as they were typed.
func (e *emitter) declarations(final bool) {
	for _, d := range e.file.Decls {
		general, isVar := d.(*ast.GenDecl)
		isVar = isVar && general.Tok == token.VAR
		if d == e.body || final && isVar && !e.static(general) {
			continue
		}
		start := e.offset(d.Pos())
		if doc := docOf(d); doc != nil {
			start = e.offset(doc.Pos())
		}
		e.raw("\n")
		if strings.Contains(e.text[start:e.offset(d.Pos())], "//go:") { // a directive begins its line
			e.inline(start, e.offset(d.End()))
		} else {
			e.node(d)
		}
	}
	for _, d := range e.file.Decls {
		e.companions(d)
	}
}

// companions are declared with a type and with a function: the name that later cells import, and the hook by which they
// replace it.
func (e *emitter) companions(d ast.Decl) {
	switch d := d.(type) {
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			s, ok := spec.(*ast.TypeSpec)
			if !ok || ast.IsExported(s.Name.Name) || s.Name.Name == "_" {
				continue
			}
			e.raw("\ntype %s", exported(s.Name.Name))
			if s.TypeParams == nil {
				e.raw(" = %s", s.Name.Name)
				continue
			}
			var params []string
			e.inline(e.offset(s.TypeParams.Pos()), e.offset(s.TypeParams.End()))
			for _, f := range s.TypeParams.List {
				for _, id := range f.Names {
					params = append(params, id.Name)
				}
			}
			e.raw(" = %s[%s]", s.Name.Name, strings.Join(params, ", "))
		}
	case *ast.FuncDecl:
		if _, ok := e.hookCall(d); ok && d != e.body && e.hooked[d.Name.Name] == nil {
			e.hooked[d.Name.Name] = d
			e.raw("\nvar %s func", hookName(d.Name.Name))
			e.inline(e.offset(d.Type.Params.Pos()), e.offset(d.Type.End()))
		}
	}
}

func docOf(d ast.Decl) *ast.CommentGroup {
	switch d := d.(type) {
	case *ast.GenDecl:
		return d.Doc
	case *ast.FuncDecl:
		return d.Doc
	}
	return nil
}

// static tells whether variables are to be declared as they were typed.
func (e *emitter) static(general *ast.GenDecl) bool {
	if general.Doc != nil && strings.Contains(e.textOf(general.Doc), "//go:embed") {
		return true
	}
	for _, spec := range general.Specs {
		if e.know.static[e.offset(spec.Pos())] {
			return true
		}
	}
	return false
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
