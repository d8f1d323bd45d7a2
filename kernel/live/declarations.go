package live

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// definition returns what a statement of the top level declares, as a declaration has it, and its values; no names
// where it declares nothing that outlives the cell.
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
		if spec == nil {
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

// declarations writes what is declared outside of the body. Variables that have values get them in the body of the
// final unit, where an interrupt and a panic find them; those whose type has no name that a cell can write, and those
// that embed files, are declared as they were typed.
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
		if replaceable(d) && d != e.body && e.hooked[d.Name.Name] == nil {
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
