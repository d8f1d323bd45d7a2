package live

import (
	"go/ast"
	"go/token"
	"maps"
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
		if text := r.know.typed[name]; text != "" && r.know.reuse[name] == nil && !r.know.unnamed[name] && !e.isStatic(name) {
			e.raw("var %s %s\n", exported(name), text)
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

// isStatic tells whether a variable is declared as it was typed.
func (e *emitter) isStatic(name string) bool {
	for _, d := range e.file.Decls {
		if general, ok := d.(*ast.GenDecl); ok && general.Tok == token.VAR && e.static(general) {
			for _, spec := range general.Specs {
				for _, id := range spec.(*ast.ValueSpec).Names {
					if id.Name == name {
						return true
					}
				}
			}
		}
	}
	return false
}

// hooks put functions in the place of those of earlier cells that they are to replace.
func (e *emitter) hooks() {
	for _, name := range slices.Sorted(maps.Keys(e.know.replaces)) {
		for _, old := range e.know.replaces[name] {
			e.raw("%s.%s = %s\n", e.importAs(old.alias(), old.path()), hookName(name), exported(name))
		}
	}
}

// leadingValues gives variables that are declared before any statement their values, in Go's order of initialisation.
func (e *emitter) leadingValues() {
	for _, v := range e.leading() {
		names := v.names(e)
		if v.value == nil { // declared anew, or run again, it is zero again
			for _, name := range names {
				if name == "_" {
					e.raw("var _ ")
					e.inline(e.offset(v.spec.Type.Pos()), e.offset(v.spec.Type.End()))
					e.raw("\n")
				} else {
					e.raw("%s = *new(", name)
					e.inline(e.offset(v.spec.Type.Pos()), e.offset(v.spec.Type.End()))
					e.raw(")\n")
				}
			}
			continue
		}
		if len(names) == 1 && names[0] == "_" && v.spec.Type != nil {
			e.raw("var _ ")
			e.inline(e.offset(v.spec.Type.Pos()), e.offset(v.spec.Type.End()))
			e.raw(" = ")
		} else {
			e.raw("%s = ", strings.Join(names, ", "))
		}
		e.node(v.value)
		e.raw("\n")
	}
}

// leadingValue is one initialisation: a value, and the variables that it is for.
type leadingValue struct {
	spec  *ast.ValueSpec
	value ast.Expr // nil where there is none
	index int      // of its variable; -1 for all of the specification's
}

func (v leadingValue) names(e *emitter) (names []string) {
	for i, id := range v.spec.Names {
		if v.index >= 0 && i != v.index {
			continue
		}
		names = append(names, e.nameOf(id))
	}
	return names
}

// nameOf is a variable as the unit writes it.
func (e *emitter) nameOf(id *ast.Ident) string {
	if id.Name == "_" {
		return "_"
	}
	if entry := e.know.reuse[id.Name]; entry != nil {
		e.uses[id.Name] = entry
		return entry.ident()
	}
	return exported(id.Name)
}

// leading are the initialisations of the variables that are declared outside of the body, in order.
func (e *emitter) leading() []leadingValue {
	var all []leadingValue
	for _, d := range e.file.Decls {
		general, ok := d.(*ast.GenDecl)
		if !ok || general.Tok != token.VAR || e.static(general) {
			continue
		}
		for _, s := range general.Specs {
			spec := s.(*ast.ValueSpec)
			switch {
			case len(spec.Values) == 0:
				all = append(all, leadingValue{spec, nil, -1})
			case len(spec.Values) == len(spec.Names):
				for i, value := range spec.Values {
					all = append(all, leadingValue{spec, value, i})
				}
			default:
				all = append(all, leadingValue{spec, spec.Values[0], -1})
			}
		}
	}
	rank := func(v leadingValue) int {
		if v.value == nil {
			return -1
		}
		return slices.Index(e.know.order, e.offset(v.value.Pos()))
	}
	slices.SortStableFunc(all, func(a, b leadingValue) int { return rank(a) - rank(b) })
	return all
}

// statement writes a statement of the top level.
func (e *emitter) statement(s ast.Stmt) {
	dropped := e.know.dropped[e.offset(s.Pos())]
	switch s := s.(type) {
	case *ast.AssignStmt:
		define := s.Tok == token.DEFINE && len(e.first[s]) == 0
		if len(e.first[s]) > 0 || dropped {
			failure := ""
			if dropped {
				failure = e.fresh()
				if !define {
					e.raw("var %s error; ", failure)
				}
				failure = ", " + failure
			}
			e.part(e.offset(s.Pos()), e.offset(s.Lhs[len(s.Lhs)-1].End()))
			e.raw("%s %s ", failure, map[bool]string{true: ":=", false: "="}[define])
			e.inline(e.offset(s.Rhs[0].Pos()), e.offset(s.End()))
			if dropped {
				e.raw("; %s.Must(%s)", runtimeName, failure[2:])
			}
			return
		}
	case *ast.DeclStmt:
		if names, values := e.definition(s); names != nil {
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

// varStatement gives variables their values at their place among the statements.
func (e *emitter) varStatement(spec *ast.ValueSpec, values []ast.Expr, dropped bool) {
	var names []string
	for _, id := range spec.Names {
		names = append(names, e.nameOf(id))
	}
	if len(values) == 0 {
		for _, name := range names {
			if name != "_" {
				e.raw("%s = *new(", name)
				e.inline(e.offset(spec.Type.Pos()), e.offset(spec.Type.End()))
				e.raw("); ")
			}
		}
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
