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
	"unicode"
	"unicode/utf8"
)

// Completion is what a name that is being typed may become.
type Completion struct {
	Matches    []string
	Start, End int // the part of the code, in bytes, that a match takes the place of
}

// Complete completes the name before a place (in bytes) of a cell's code, by what earlier cells have made and by the
// cell up to there. It may be called while a cell runs.
func (s *Session) Complete(ctx context.Context, code string, cursor int) Completion {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := code[:min(max(cursor, 0), len(code))]
	start := nameStart(before)
	c := Completion{Start: start, End: len(before)}
	prefix := before[start:]
	var names []string
	if base := strings.TrimRight(before[:start], " \t"); strings.HasSuffix(base, ".") {
		names = s.members(ctx, strings.TrimSuffix(base, "."))
	} else {
		names = s.visible(before)
	}
	for _, name := range names {
		if strings.HasPrefix(name, prefix) && !strings.Contains(name, mark) {
			c.Matches = append(c.Matches, name)
		}
	}
	slices.Sort(c.Matches)
	c.Matches = slices.Compact(c.Matches)
	return c
}

// nameStart is where the name that a text ends with begins.
func nameStart(text string) int {
	at := len(text)
	for at > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:at])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' {
			break
		}
		at -= size
	}
	return at
}

// visible are the names that may stand alone: the session's, the cell's own, packages, and Go's.
func (s *Session) visible(before string) []string {
	names := slices.Collect(maps.Keys(s.names.entries))
	names = slices.AppendSeq(names, maps.Keys(s.names.imports))
	names = slices.AppendSeq(names, maps.Keys(s.tools.std))
	names = append(names, types.Universe.Names()...)
	for t := token.BREAK; t <= token.VAR; t++ {
		names = append(names, t.String())
	}
	tokens, _ := scan(Split(before).Code)
	for i, t := range tokens {
		if t.tok == token.IDENT && i+1 < len(tokens) { // the one that is being typed is the last
			names = append(names, t.lit)
		}
	}
	return names
}

// members are what can be selected from the expression that the code ends with.
func (s *Session) members(ctx context.Context, code string) []string {
	found := s.resolve(ctx, code)
	if found == nil {
		return nil
	}
	var names []string
	if p, ok := found.object.(*types.PkgName); ok {
		for _, name := range p.Imported().Scope().Names() {
			if ast.IsExported(name) {
				names = append(names, name)
			}
		}
		return names
	}
	if found.typ == nil {
		return nil
	}
	for m := range types.NewMethodSet(found.typ).Methods() {
		names = append(names, m.Obj().Name())
	}
	if _, pointer := found.typ.Underlying().(*types.Pointer); !pointer && !types.IsInterface(found.typ) {
		for m := range types.NewMethodSet(types.NewPointer(found.typ)).Methods() {
			names = append(names, m.Obj().Name())
		}
	}
	names = append(names, fieldNames(found.typ, 0)...)
	for i, name := range names {
		names[i] = Unmark(name)
		if !ast.IsExported(name) {
			names[i] = mark // of another package: none of a cell's
		}
	}
	return names
}

func fieldNames(t types.Type, depth int) (names []string) {
	if p, ok := t.Underlying().(*types.Pointer); ok {
		t = p.Elem()
	}
	st, ok := t.Underlying().(*types.Struct)
	if !ok || depth > 4 {
		return nil
	}
	for f := range st.Fields() {
		names = append(names, f.Name())
		if f.Embedded() {
			names = append(names, fieldNames(f.Type(), depth+1)...)
		}
	}
	return names
}

// resolved is what an expression of a cell is.
type resolved struct {
	object types.Object // of a name, or of the name that is selected; nil for other expressions
	typ    types.Type
}

// resolve finds what the expression is that the code ends with. The code is that of a cell up to there, which is
// closed so that it is Go: brackets that are open, and the body of a statement whose head it ends in.
func (s *Session) resolve(ctx context.Context, code string) *resolved {
	code = Split(code).Code
	closers := ""
	tokens, _ := scan(code)
	for _, t := range tokens {
		switch t.tok {
		case token.LPAREN:
			closers = ")" + closers
		case token.LBRACK:
			closers = "]" + closers
		case token.LBRACE:
			closers = "}" + closers
		case token.RPAREN, token.RBRACK, token.RBRACE:
			if closers != "" {
				closers = closers[1:]
			}
		}
	}
	for _, body := range []string{"", " {}", "; false {}"} {
		whole := code + strings.Replace(closers, "}", body+"\n}", min(len(body), 1))
		if body != "" && !strings.Contains(closers, "}") {
			whole = code + closers + body
		}
		if found := s.resolveAt(ctx, whole, len(code)); found != nil {
			return found
		}
	}
	return nil
}

// resolveAt finds what the expression is that ends at the place.
func (s *Session) resolveAt(ctx context.Context, code string, end int) *resolved {
	n := s.names
	d, err := newDraft(0, code, itemsOf(code), nil)
	if err != nil || d.nameImports(ctx, s.tools, n) != nil {
		return nil
	}
	know := newDecisions()
	know.noValue, know.plain = true, true
	var r *rewriter
	var c *checked
	for range 6 {
		r = newRewriter(d, n, s.tools, know)
		if r.autoImport(ctx) || r.importNamed(s.tools) {
			continue
		}
		if c, err = check(ctx, s.tools, s.unit+1, r.draftUnit()); err != nil {
			return nil
		}
		if !r.learn(c) {
			break
		}
	}
	at := originIn(code, 0, end)
	var best ast.Expr
	ast.Inspect(c.file, func(node ast.Node) bool {
		e, ok := node.(ast.Expr)
		if !ok {
			return true
		}
		if o := d.origin(c.unit.draftOffset(c.offset(e.End()))); o.line == at.line && o.column == at.column &&
			best == nil {
			best = e // the largest: they are visited from the outside in
		}
		return true
	})
	if best == nil {
		return nil
	}
	found := &resolved{typ: c.info.TypeOf(best)}
	name := best
	if sel, ok := best.(*ast.SelectorExpr); ok {
		name = sel.Sel
	}
	if id, ok := name.(*ast.Ident); ok {
		if found.object = c.info.Uses[id]; found.object == nil {
			found.object = c.info.Defs[id]
		}
	}
	if found.object == nil && (found.typ == nil || found.typ == types.Typ[types.Invalid]) {
		return nil
	}
	return found
}

// Help describes the name at a place of a cell's code: how it is declared, where, and what its documentation says; ""
// where nothing is known of it.
func (s *Session) Help(ctx context.Context, code string, cursor int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	cursor = min(max(cursor, 0), len(code))
	end := cursor
	for end < len(code) {
		r, size := utf8.DecodeRuneInString(code[end:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' {
			break
		}
		end += size
	}
	if nameStart(code[:end]) == end { // after a bracket: what is called
		end = len(strings.TrimRight(code[:cursor], "( \t"))
	}
	name := code[nameStart(code[:end]):end]
	if name == "" {
		return ""
	}
	found := s.resolve(ctx, code[:end])
	if found == nil || found.object == nil {
		return ""
	}
	o := found.object
	if p, ok := o.(*types.PkgName); ok {
		return fmt.Sprintf("package %s // %s", p.Imported().Name(), p.Imported().Path())
	}
	text := s.names.explain(types.ObjectString(o, func(p *types.Package) string {
		if p.Path() == unitPath(s.unit+1) {
			return ""
		}
		return qualifier(p)
	}), 0, nil)
	if p := o.Pkg(); p != nil && strings.HasPrefix(p.Path(), "cells/") {
		if e := s.names.entries[name]; e != nil && e.unit != s.unit+1 {
			text += fmt.Sprintf("\n\ndeclared in cell [%d]", e.Cell)
		}
		return text
	}
	if doc := s.tools.documentation(ctx, o); doc != "" {
		text += "\n\n" + doc
	}
	return text
}

// importNamed imports packages that are named alone, as where what is to be selected from them is not typed yet.
func (r *rewriter) importNamed(t *Toolchain) (more bool) {
	for name := range r.unknown {
		if paths := t.std[name]; len(paths) > 0 && r.imports[name] == "" {
			r.imports[name], more = paths[0], true
		}
	}
	return more
}
