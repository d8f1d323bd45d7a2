package live

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
)

// translation is a cell that is ready to be compiled.
type translation struct {
	unit     *unit
	rewriter *rewriter
	checked  *checked
}

// translate rewrites a cell. Its errors are Problems where they are the cell's.
func translate(ctx context.Context, t *Toolchain, n *names, number, count int, code string) (*translation, error) {
	items := n.changed(code, itemsOf(code))
	d, err := newDraft(count, code, items, n.methodsAnew(code, items))
	if err != nil {
		return nil, err
	}
	if err := d.nameImports(ctx, t, n); err != nil {
		return nil, err
	}
	know := newDecisions()
	imports := map[string]string{}
	var r *rewriter
	var c *checked
	for range 12 {
		know.reuse = map[string]*Entry{}
		r = newRewriter(d, n, t, know)
		if r.autoImport(ctx) {
			continue
		}
		if c, err = check(ctx, t, number, r.draftUnit()); err != nil {
			return nil, err
		}
		if hasNoValue(c) && !know.noValue {
			know.noValue = true
			continue
		}
		if !r.learn(c) && !r.typeVariables(c, imports) {
			break
		}
	}
	if len(r.nothingNew) > 0 {
		return nil, r.nothingNew
	}
	if problems := r.problems(c, isCycle); len(problems) > 0 {
		return nil, problems
	}
	cycles := r.problems(c, nil)
	r.findOrder(c)
	r.findStarts(c, imports)
	shows := r.lastShow(c)
	maps.Copy(imports, shows.imports)
	shows.imports = imports
	r = newRewriter(d, n, t, know)
	u := r.finalUnit(number, shows)
	if c, err = check(ctx, t, number, u); err != nil {
		return nil, err
	}
	if problems := r.problems(c, nil); len(problems) > 0 {
		if len(cycles) > 0 { // of which the others come
			problems = cycles
		}
		return nil, problems
	}
	return &translation{unit: u, rewriter: r, checked: c}, nil
}

func isCycle(e types.Error) bool {
	return strings.Contains(e.Msg, "initialization cycle") || strings.HasPrefix(e.Msg, "\t")
}

// hasNoValue tells whether the last expression was taken for a value and is none.
func hasNoValue(c *checked) bool {
	return slices.ContainsFunc(c.errors,
		func(e types.Error) bool { return strings.HasSuffix(e.Msg, "(no value) used as value") })
}

// lastShow is how the last expression shows itself.
func (r *rewriter) lastShow(c *checked) show {
	list := c.body().Body.List
	if len(list) == 0 {
		return show{}
	}
	s, ok := list[len(list)-1].(*ast.ExprStmt)
	if !ok || !r.isUse(s) {
		return show{}
	}
	value := s.X.(*ast.CallExpr).Args[0]
	t := c.info.TypeOf(value)
	if failing(t) == 1 {
		own := r.body.Body.List
		at := r.offset(own[len(own)-1].Pos())
		r.know.dropped[at], r.know.results[at] = true, 1
		return show{}
	}
	return showFor(t)
}

// nameImports finds the names of the packages that the cell imports, and those that a dot imports without any.
func (d *draft) nameImports(ctx context.Context, t *Toolchain, n *names) error {
	load := func(path string, at origin) (*types.Package, error) {
		p, err := t.Import(ctx, path)
		if err != nil && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			return nil, Problems{{at.cell, at.line, at.column, strings.TrimPrefix(err.Error(), "go list: ")}}
		}
		return p, nil
	}
	for _, spec := range d.specs {
		p, err := load(spec.path, spec.at)
		if err != nil {
			return err
		}
		name := cmp.Or(spec.name, p.Name())
		if other := d.imports[name]; other != "" && other != spec.path {
			return Problems{{spec.at.cell, spec.at.line, spec.at.column,
				fmt.Sprintf("%s and %s are both called %s: give one another name, as in import %s2 %q", other,
					spec.path, name, name, spec.path)}}
		}
		d.imports[name] = spec.path
	}
	for _, path := range d.blank {
		if _, err := load(path, origin{d.cell, 1, 1}); err != nil {
			return err
		}
	}
	for _, path := range slices.Concat(n.dots, d.dots) {
		p, err := load(path, origin{d.cell, 1, 1})
		if err != nil {
			return err
		}
		for _, name := range p.Scope().Names() {
			if ast.IsExported(name) {
				d.dotted[name] = path
			}
		}
	}
	return nil
}

// entries are what the cell adds to the session once it is compiled: what other cells can import from its package.
func (tr *translation) entries(p *types.Package, number, count int, old *names) []*Entry {
	var all []*Entry
	r := tr.rewriter
	add := func(name, kind string, hook bool) *Entry {
		object := p.Scope().Lookup(exported(name))
		if object == nil {
			return nil
		}
		e := &Entry{Name: name, Kind: kind, Cell: count, Type: object.Type(), unit: number, hook: hook,
			earlier: old.entries[name]}
		all = append(all, e)
		return e
	}
	for _, d := range r.file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			if d == r.body || d.Recv != nil || d.Name.Name == "init" || d.Name.Name == "_" {
				continue
			}
			if e := add(d.Name.Name, "function", replaceable(d)); e != nil {
				e.declared = []source{r.sourceOf(d, "")}
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					if e := add(s.Name.Name, "type", false); e != nil {
						e.declared = append([]source{r.sourceOf(d, "")}, r.methodsOf(s.Name.Name)...)
					}
				case *ast.ValueSpec:
					if d.Tok == token.CONST {
						for _, id := range s.Names {
							if id.Name != "_" {
								add(id.Name, "constant", false)
							}
						}
					}
				}
			}
		}
	}
	for _, name := range r.vars {
		if r.know.reuse[name] == nil {
			add(name, "variable", false)
		}
	}
	return all
}

// lost are the variables that do not outlive the cell.
func (tr *translation) lost() []string { return slices.Sorted(maps.Keys(tr.rewriter.know.unnamed)) }

// methodsOf are the declarations of a type's methods.
func (r *rewriter) methodsOf(name string) (all []source) {
	for _, d := range r.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && len(f.Recv.List) == 1 {
			if id := typeIdent(f.Recv.List[0].Type); id != nil && id.Name == name {
				all = append(all, r.sourceOf(f, f.Name.Name))
			}
		}
	}
	return all
}

func (r *rewriter) sourceOf(d ast.Decl, method string) source {
	s := source{text: r.textOf(d), at: r.origin(r.offset(d.Pos())), uses: map[string]*Entry{}, name: method}
	ast.Inspect(d, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Obj == nil && r.uses[id.Name] != nil {
			s.uses[id.Name] = r.uses[id.Name]
		}
		return true
	})
	return s
}
