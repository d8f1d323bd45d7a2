package live

import (
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
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
	if c.file, err = parser.ParseFile(c.files, "", u.source,
		parser.ParseComments|parser.SkipObjectResolution); err != nil {
		return nil,
			fmt.Errorf("the kernel has rewritten this cell into what is no Go (%v); run it with %%%%gonb as its "+
				"first line", err)
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
			if len(now.Rhs) == 1 && (now.Tok == token.ASSIGN || now.Tok == token.DEFINE) &&
				leavesError(c.info.TypeOf(now.Rhs[0]), len(now.Lhs)) {
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

// failing is how many values a call returns of which the last is an error that nobody would leave aside; 0 for
// others, and for those that write: what they return is left aside everywhere.
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
	return t.Len() == 2 && types.Identical(t.At(0).Type(), types.Typ[types.Int]) &&
		(t.At(0).Name() == "n" || t.At(0).Name() == "nn")
}
