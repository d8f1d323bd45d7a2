package live

import (
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// writer writes types for the code of this cell, and notes which packages it has to import for them.
func (r *rewriter) writer(self *types.Package, imports map[string]string) *typeWriter {
	return &typeWriter{self: self, imports: func(p *types.Package) string {
		name := inner + "p_" + p.Name()
		if unit, ok := strings.CutPrefix(p.Path(), "cells/c"); ok {
			name = inner + "c" + unit
		}
		for i := 2; imports[name] != "" && imports[name] != p.Path(); i++ {
			name = fmt.Sprintf("%sp%d_%s", inner, i, p.Name())
		}
		imports[name] = p.Path()
		return name
	}}
}

// typeVariables finds how the variables of the cell are declared: their types, and which keep the place of an earlier
// one.
func (r *rewriter) typeVariables(c *checked, imports map[string]string) (more bool) {
	w := r.writer(c.pkg, imports)
	r.know.typed, r.know.reuse = map[string]string{}, map[string]*Entry{}
	for _, name := range r.vars {
		object := c.pkg.Scope().Lookup(exported(name))
		if object == nil {
			continue
		}
		if e := r.names.entries[name]; e != nil && e.Kind == "variable" && types.Identical(e.Type, object.Type()) {
			r.know.reuse[name] = e
			continue
		}
		text, err := w.write(object.Type())
		if err != nil && object.Type() != types.Typ[types.Invalid] {
			if value := r.plainValue(name); value != nil {
				r.know.like[name] = value
				continue
			}
			more = r.unname(name) || more
			continue
		}
		r.know.typed[name] = text
	}
	for name, object := range r.own {
		e := r.names.entries[name]
		if object.Kind != ast.Fun || e == nil || e.Kind != "function" {
			continue
		}
		r.know.replaces[name] = nil
		for now := c.pkg.Scope().Lookup(exported(name)); e != nil && now != nil; e = e.earlier {
			if e.hook && types.Identical(now.Type(), e.Type) {
				r.know.replaces[name] = append(r.know.replaces[name], e)
			}
		}
	}
	return more
}

// plainValue is the value that a statement defines a variable by, where looking at it has no effects; nil for all
// others.
func (r *rewriter) plainValue(name string) ast.Expr {
	for s, ids := range r.first {
		for i, left := range s.Lhs {
			if id, ok := left.(*ast.Ident); !ok || id.Name != name || !slices.Contains(ids, id) ||
				len(s.Lhs) != len(s.Rhs) {
				continue
			}
			value := s.Rhs[i]
			for {
				selector, ok := value.(*ast.SelectorExpr)
				if !ok {
					break
				}
				value = selector.X
			}
			if id, ok := value.(*ast.Ident); ok && id.Obj == nil && r.pathOf(id.Name) != "" {
				return s.Rhs[i]
			}
		}
	}
	return nil
}

// unname has a variable whose type has no name outside of its package be declared where its value is: at the top
// level of the unit, or, where a statement declares it, in the body, which it then does not outlive.
func (r *rewriter) unname(name string) bool {
	for _, d := range r.file.Decls {
		if general, ok := d.(*ast.GenDecl); ok && general.Tok == token.VAR {
			for _, s := range general.Specs {
				if slices.ContainsFunc(s.(*ast.ValueSpec).Names, func(id *ast.Ident) bool { return id.Name == name }) {
					at := r.offset(s.Pos())
					was := r.know.static[at]
					r.know.static[at] = true
					return !was
				}
			}
		}
	}
	was := r.know.unnamed[name]
	r.know.unnamed[name] = true
	return !was
}

// findOrder is Go's order of initialisation of the variables that are declared outside of the body.
func (r *rewriter) findOrder(c *checked) {
	r.know.order = nil
	for _, i := range c.info.InitOrder {
		r.know.order = append(r.know.order, c.unit.draftOffset(c.offset(i.Rhs.Pos())))
	}
}

// autoImport finds packages for the names that nobody declares: those that have everything that is selected from them.
func (r *rewriter) autoImport(ctx context.Context) (more bool) {
	for _, name := range slices.Sorted(maps.Keys(r.unknown)) {
		if paths := r.tools.std[name]; len(paths) > 0 &&
			!slices.ContainsFunc(r.unknown[name], func(s string) bool { return !ast.IsExported(s) }) {
			r.imports[name] = paths[0] // unless a better one is found: go/types then says what the package has not got
			more = true
		}
		for _, path := range r.tools.std[name] {
			p, err := r.tools.Import(ctx, path)
			if err == nil && p.Name() == name && !slices.ContainsFunc(r.unknown[name], func(selected string) bool {
				return selected == "" || !ast.IsExported(selected) || p.Scope().Lookup(selected) == nil
			}) {
				r.imports[name] = path
				more = true
				break
			}
		}
	}
	return more
}
