package live

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// finalUnit writes the source that is compiled.
func (r *rewriter) finalUnit(number int, shows show) *unit {
	e := newEmitter(r)
	for name, path := range shows.imports {
		e.importAs(name, path)
	}
	e.declarations(true)
	e.raw("\n//line cell:1\n")
	for _, name := range r.vars {
		if text := r.know.typed[name]; text != "" && r.know.reuse[name] == nil && !r.know.unnamed[name] &&
			!e.isStatic(name) {
			e.raw("var %s %s\n", exported(name), text)
		} else if value := r.know.like[name]; value != nil && r.know.reuse[name] == nil {
			e.raw("var %s = %s.Zero(", exported(name), runtimeName)
			e.node(value)
			e.raw(")\n")
		}
	}
	e.raw("func init() {\n")
	for _, name := range r.vars {
		if r.know.reuse[name] == nil && !r.know.unnamed[name] {
			e.raw("%s.Variable(%d, %q, &%s)\n", runtimeName, number, name, exported(name))
		}
	}
	e.raw("%s.Register(%s)\n}\nfunc %s() {\n", runtimeName, bodyName, bodyName)
	e.hooks()
	e.leadingValues()
	for _, name := range e.inits {
		e.raw("%s()\n", name)
	}
	list := r.body.Body.List
	for i, s := range list {
		if expression, ok := s.(*ast.ExprStmt); ok && i == len(list)-1 {
			e.lastStatement(expression, shows)
		} else {
			e.statement(s)
		}
		e.raw("\n")
	}
	if f := r.own["main"]; f != nil && f.Kind == ast.Fun {
		e.raw("\n%s()\n", exported("main"))
	}
	e.raw("}\n")
	return e.finish()
}

// statement writes a statement of the top level.
func (e *emitter) statement(s ast.Stmt) {
	dropped := e.know.dropped[e.offset(s.Pos())]
	switch s := s.(type) {
	case *ast.AssignStmt:
		if s.Tok == token.DEFINE && slices.ContainsFunc(s.Lhs, e.isUnnamed) {
			e.mixed(s.Lhs, s.Rhs, dropped)
			return
		}
		if len(e.first[s]) > 0 || dropped {
			failure := ""
			if dropped {
				failure = e.fresh()
				e.raw("var %s error; ", failure)
				failure = ", " + failure
			}
			e.part(e.offset(s.Pos()), e.offset(s.Lhs[len(s.Lhs)-1].End()))
			e.raw("%s = ", failure)
			e.inline(e.offset(s.Rhs[0].Pos()), e.offset(s.End()))
			if dropped {
				e.raw("; %s.Must(%s)", runtimeName, failure[2:])
			}
			return
		}
	case *ast.DeclStmt:
		if names, values := e.definition(s); names != nil {
			if left := identifiers(specOf(s)); slices.ContainsFunc(left, e.isUnnamed) {
				e.mixed(left, values, dropped)
				return
			}
			e.varStatement(specOf(s), values, dropped)
			return
		}
	case *ast.ExprStmt:
		if dropped {
			e.checked(s)
			return
		}
	}
	e.node(s)
}

func identifiers(spec *ast.ValueSpec) (left []ast.Expr) {
	for _, id := range spec.Names {
		left = append(left, id)
	}
	return left
}

// isUnnamed tells whether an expression is a variable whose type has no name: it does not outlive the cell.
func (e *emitter) isUnnamed(left ast.Expr) bool {
	id, ok := left.(*ast.Ident)
	return ok && e.know.unnamed[id.Name] && e.know.reuse[id.Name] == nil
}

// mixed writes a definition of variables that do not outlive the cell, with, it may be, some that do.
func (e *emitter) mixed(left, values []ast.Expr, dropped bool) {
	var names []string
	after := ""
	for _, l := range left {
		name := e.nameOf(l.(*ast.Ident))
		switch {
		case name == "_":
		case e.isUnnamed(l):
			after += "; _ = " + name
		default:
			temporary := e.fresh()
			after += fmt.Sprintf("; %s = %s", name, temporary)
			name = temporary
		}
		names = append(names, name)
	}
	if dropped {
		names = append(names, e.fresh())
		after = fmt.Sprintf("; %s.Must(%s)%s", runtimeName, names[len(names)-1], after)
	}
	e.raw("%s := ", strings.Join(names, ", "))
	e.part(e.offset(values[0].Pos()), e.offset(values[len(values)-1].End()))
	e.raw("%s", after)
}

// varStatement gives variables their values at their place among the statements.
func (e *emitter) varStatement(spec *ast.ValueSpec, values []ast.Expr, dropped bool) {
	var names []string
	for _, id := range spec.Names {
		names = append(names, e.nameOf(id))
	}
	if len(values) == 0 {
		e.zero(names, spec.Type)
		return
	}
	failure := ""
	if dropped {
		failure = e.fresh()
		names = append(names, failure)
		e.raw("var %s error; ", failure)
	}
	e.raw("%s = ", strings.Join(names, ", "))
	e.part(e.offset(values[0].Pos()), e.offset(values[len(values)-1].End()))
	if dropped {
		e.raw("; %s.Must(%s)", runtimeName, failure)
	}
}

// zero gives variables that are declared without a value the zero value of their type.
func (e *emitter) zero(names []string, of ast.Expr) {
	for _, name := range names {
		if name != "_" {
			e.raw("%s = *new(", name)
			e.inline(e.offset(of.Pos()), e.offset(of.End()))
			e.raw("); ")
		}
	}
}

// checked fails the cell by the error that a call returns last.
func (e *emitter) checked(s *ast.ExprStmt) {
	results := e.know.results[e.offset(s.Pos())]
	if results == 1 {
		e.raw("%s.Must(", runtimeName)
		e.node(s.X)
		e.raw(")")
		return
	}
	failure := e.fresh()
	e.raw("%s%s := ", strings.Repeat("_, ", results-1), failure)
	e.node(s.X)
	e.raw("; %s.Must(%s)", runtimeName, failure)
}

// show is how the last expression of a cell shows itself.
type show struct {
	formats []string // for each value, a call with %s for the value
	fails   bool     // an error follows the values
	imports map[string]string
}

func (e *emitter) lastStatement(s *ast.ExprStmt, shows show) {
	if len(shows.formats) == 0 {
		e.statement(s)
		return
	}
	if len(shows.formats) == 1 && !shows.fails {
		before, after, _ := strings.Cut(shows.formats[0], "%s")
		e.raw("%s", before)
		e.node(s.X)
		e.raw("%s", after)
		return
	}
	var names []string
	for range shows.formats {
		names = append(names, e.fresh())
	}
	all := slices.Clone(names)
	if shows.fails {
		all = append(all, e.fresh())
	}
	e.raw("%s := ", strings.Join(all, ", "))
	e.node(s.X)
	if shows.fails {
		e.raw("; %s.Must(%s)", runtimeName, all[len(all)-1])
	}
	for i, format := range shows.formats {
		e.raw("; "+strings.ReplaceAll(format, "%s", "%[1]s"), names[i])
	}
}
