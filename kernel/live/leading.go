package live

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
)

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
			e.zero(names, v.spec.Type)
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
