package live

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// checked is a unit whose types are known.
type checked struct {
	unit   *unit
	files  *token.FileSet
	file   *ast.File
	info   *types.Info
	pkg    *types.Package
	errors []types.Error
}

// importerOf gives go/types the packages that a cell imports; its error is one line that names the package.
type importerOf struct {
	ctx   context.Context
	tools *Toolchain
}

func (i importerOf) Import(path string) (*types.Package, error) { return i.tools.Import(i.ctx, path) }

func check(ctx context.Context, t *Toolchain, number int, u *unit) (*checked, error) {
	c := &checked{unit: u, files: token.NewFileSet(), info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{},
		Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
	var err error
	if c.file, err = parser.ParseFile(c.files, "", u.source, parser.ParseComments|parser.SkipObjectResolution); err != nil {
		return nil, fmt.Errorf("the kernel has rewritten this cell into what is no Go (%v); run it with %%%%gonb as its first line", err)
	}
	config := types.Config{Importer: importerOf{ctx, t}, Error: func(err error) {
		if e, ok := err.(types.Error); ok {
			c.errors = append(c.errors, e)
		}
	}}
	c.pkg, _ = config.Check(unitPath(number), c.files, []*ast.File{c.file}, c.info)
	return c, ctx.Err()
}

func (c *checked) offset(pos token.Pos) int { return c.files.PositionFor(pos, false).Offset }

func (c *checked) body() *ast.FuncDecl {
	for _, d := range slices.Backward(c.file.Decls) {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == bodyName {
			return f
		}
	}
	return nil
}

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

var cellName = regexp.MustCompile(`(?:"cells/c(\d+)"|cells/c(\d+)|` + inner + `c(\d+)|notebook)\.(` + mark + `?)([\pL_][\pL\pN_]*)`)

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
				stale = fmt.Sprintf("; cell [%d] declares %s anew: run the cells that made values of the old one again", by, name)
				return fmt.Sprintf("%s of cell [%d]", name, old.Cell)
			}
		}
		return name
	})
	message = strings.ReplaceAll(message, runtimeName+".", "")
	return strings.Join(strings.FieldsFunc(Unmark(message)+stale, func(r rune) bool { return r == '\n' || r == '\t' }), "; ")
}

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

// learn adds what the types say to the decisions, and tells whether anything was new.
func (r *rewriter) learn(c *checked) (more bool) {
	k := r.know
	ast.Inspect(c.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.RangeStmt:
			if t := c.info.TypeOf(n.X); t != nil {
				if _, ok := t.Underlying().(*types.Chan); ok {
					k.channels[c.unit.draftOffset(c.offset(n.X.Pos()))] = true
				}
			}
		case *ast.CallExpr:
			if c.startsGoroutine(n) {
				for _, f := range n.Args {
					if _, ok := c.info.TypeOf(f).(*types.Signature); ok {
						k.guards[c.unit.draftOffset(c.offset(f.Pos()))] = true
					}
				}
			}
		}
		literal, ok := n.(*ast.CompositeLit)
		if !ok {
			return true
		}
		t := c.info.TypeOf(literal)
		if t == nil || t == types.Typ[types.Invalid] {
			return true
		}
		under := t.Underlying()
		if p, ok := under.(*types.Pointer); ok {
			under = p.Elem().Underlying()
		}
		_, isStruct := under.(*types.Struct)
		at := c.unit.draftOffset(c.offset(literal.Pos()))
		if was, known := k.structs[at]; !known || was != isStruct {
			k.structs[at], more = isStruct, true
		}
		return true
	})
	drop := func(at, results int) {
		if !k.dropped[at] {
			k.dropped[at], k.results[at], more = true, results, true
		}
	}
	var definitions, statements []ast.Stmt
	for _, s := range r.body.Body.List {
		if names, _ := r.definition(s); names != nil {
			definitions = append(definitions, s)
		} else {
			statements = append(statements, s)
		}
	}
	body := c.body()
	at := slices.IndexFunc(c.file.Decls, func(d ast.Decl) bool { return d == body }) - len(definitions)
	for i, s := range definitions {
		spec := c.file.Decls[at+i].(*ast.GenDecl).Specs[0].(*ast.ValueSpec)
		if len(spec.Values) == 1 && leavesError(c.info.TypeOf(spec.Values[0]), len(spec.Names)) {
			drop(r.offset(s.Pos()), 0)
		}
	}
	for i, s := range statements {
		switch now := body.Body.List[i].(type) {
		case *ast.AssignStmt:
			if len(now.Rhs) == 1 && now.Tok == token.ASSIGN && leavesError(c.info.TypeOf(now.Rhs[0]), len(now.Lhs)) ||
				len(now.Rhs) == 1 && now.Tok == token.DEFINE && leavesError(c.info.TypeOf(now.Rhs[0]), len(now.Lhs)) {
				drop(r.offset(s.Pos()), 0)
			}
		case *ast.ExprStmt:
			if r.isUse(now) {
				continue
			}
			if call, ok := now.X.(*ast.CallExpr); ok {
				if n := failing(c.info.TypeOf(call)); n > 0 {
					drop(r.offset(s.Pos()), n)
				}
			}
		}
	}
	return more
}

// startsGoroutine tells the calls by which a library starts a goroutine of a function that it is given: those of
// sync.WaitGroup and errgroup.Group, and time.AfterFunc. A panic in one would end the process.
func (c *checked) startsGoroutine(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := c.info.Uses[selector.Sel].(*types.Func)
	return ok && slices.Contains([]string{"(*sync.WaitGroup).Go", "time.AfterFunc", "(*golang.org/x/sync/errgroup.Group).Go",
		"(*golang.org/x/sync/errgroup.Group).TryGo"}, f.FullName())
}

func (r *rewriter) isUse(s *ast.ExprStmt) bool {
	call, ok := s.X.(*ast.CallExpr)
	if !ok {
		return false
	}
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != "Use" {
		return false
	}
	x, ok := selector.X.(*ast.Ident)
	return ok && x.Name == runtimeName
}

func isError(t types.Type) bool { return types.Identical(t, types.Universe.Lookup("error").Type()) }

// leavesError tells whether a call returns an error after the values that it is assigned to.
func leavesError(t types.Type, values int) bool {
	tuple, ok := t.(*types.Tuple)
	return ok && tuple.Len() == values+1 && isError(tuple.At(values).Type())
}

// failing is how many values a call returns of which the last is an error that nobody would leave aside; 0 for others, and
// for those that write: what they return is left aside everywhere.
func failing(t types.Type) int {
	if tuple, ok := t.(*types.Tuple); ok {
		n := tuple.Len()
		if n == 0 || !isError(tuple.At(n-1).Type()) || writes(tuple) {
			return 0
		}
		return n
	}
	if t != nil && isError(t) {
		return 1
	}
	return 0
}

// writes tells the results of functions such as fmt.Fprintln: how many bytes, and an error.
func writes(t *types.Tuple) bool {
	return t.Len() == 2 && types.Identical(t.At(0).Type(), types.Typ[types.Int]) && (t.At(0).Name() == "n" || t.At(0).Name() == "nn")
}

// starts finds for each go statement that calls a function by name what is to be started in its place: a function that
// recovers, with the same arguments, which are evaluated now.
func (r *rewriter) findStarts(c *checked, imports map[string]string) {
	ast.Inspect(c.file, func(n ast.Node) bool {
		g, ok := n.(*ast.GoStmt)
		if !ok {
			return true
		}
		if _, literal := g.Call.Fun.(*ast.FuncLit); literal {
			return true
		}
		signature, ok := c.info.TypeOf(g.Call.Fun).(*types.Signature)
		if !ok || len(g.Call.Args) == 1 && isTuple(c.info.TypeOf(g.Call.Args[0])) {
			return true
		}
		w := r.writer(c.pkg, imports)
		text, err := w.write(signature)
		params, args := "", []string{}
		for i := range g.Call.Args {
			name := fmt.Sprintf("%sa%d", inner, i)
			of, spread := paramType(signature, i), ""
			if g.Call.Ellipsis.IsValid() && i == len(g.Call.Args)-1 {
				of, spread = signature.Params().At(i).Type(), "..."
			}
			t, e := w.write(of)
			if e != nil {
				err = e
			}
			params += ", " + name + " " + t
			args = append(args, name+spread)
		}
		if err == nil {
			r.know.starts[c.unit.draftOffset(c.offset(g.Pos()))] = fmt.Sprintf("func(%[1]sf %[2]s%[3]s) { defer %[4]s.Recover(); %[1]sf(%[5]s) }",
				inner, text, params, runtimeName, strings.Join(args, ", "))
		}
		return true
	})
}

func isTuple(t types.Type) bool {
	_, ok := t.(*types.Tuple)
	return ok
}

func paramType(s *types.Signature, i int) types.Type {
	if n := s.Params().Len(); s.Variadic() && i >= n-1 {
		return s.Params().At(n - 1).Type().(*types.Slice).Elem()
	}
	return s.Params().At(i).Type()
}

// typeVariables finds how the variables of the cell are declared: their types, and which keep the place of an earlier one.
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

// unname has a variable whose type has no name outside of its package be declared where its value is: at the top level of
// the unit, or, where a statement declares it, in the body, which it then does not outlive.
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
	for _, ids := range r.first {
		if slices.ContainsFunc(ids, func(id *ast.Ident) bool { return id.Name == name }) {
			for _, id := range ids {
				r.know.unnamed[id.Name] = true
			}
			return true
		}
	}
	r.know.unnamed[name] = true
	return true
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
		if paths := r.tools.std[name]; len(paths) > 0 && !slices.ContainsFunc(r.unknown[name], func(s string) bool { return !ast.IsExported(s) }) {
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
