package live

import (
	"context"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"strings"
)

// documentation is the comment above the declaration of an object of a package; "" where there is none.
func (t *Toolchain) documentation(ctx context.Context, o types.Object) string {
	if o.Pkg() == nil {
		return ""
	}
	p := t.docs[o.Pkg().Path()]
	if p == nil {
		out, err := t.goCommand(ctx, "list", "-f", "{{.Dir}}", o.Pkg().Path())
		if err != nil {
			return ""
		}
		if p = packageDoc(strings.TrimSpace(out), o.Pkg().Path()); p == nil {
			return ""
		}
		t.docs[o.Pkg().Path()] = p
	}
	receiver := ""
	if f, ok := o.(*types.Func); ok && f.Signature().Recv() != nil {
		of := f.Signature().Recv().Type()
		if pointer, ok := of.(*types.Pointer); ok {
			of = pointer.Elem()
		}
		if named, ok := of.(*types.Named); ok {
			receiver = named.Obj().Name()
		}
	}
	return strings.TrimSpace(docOfName(p, receiver, o.Name()))
}

func packageDoc(dir, path string) *doc.Package {
	files := token.NewFileSet()
	noTests := func(info fs.FileInfo) bool { return !strings.HasSuffix(info.Name(), "_test.go") }
	packages, err := parser.ParseDir(files, dir, noTests, parser.ParseComments)
	if err != nil {
		return nil
	}
	for name, p := range packages {
		if name == "main" && len(packages) > 1 || strings.HasSuffix(name, "_test") {
			continue
		}
		var all []*ast.File
		for _, f := range p.Files {
			all = append(all, f)
		}
		if d, err := doc.NewFromFiles(files, all, path); err == nil {
			return d
		}
	}
	return nil
}

func docOfName(p *doc.Package, receiver, name string) string {
	functions := p.Funcs
	for _, t := range p.Types {
		if t.Name == name && receiver == "" {
			return t.Doc
		}
		if receiver == t.Name {
			functions = append(functions, t.Methods...)
		}
		functions = append(functions, t.Funcs...)
	}
	for _, f := range functions {
		if f.Name == name && (receiver == "" || f.Recv != "") {
			return f.Doc
		}
	}
	for _, values := range [][]*doc.Value{p.Vars, p.Consts} {
		for _, v := range values {
			for _, n := range v.Names {
				if n == name {
					return v.Doc
				}
			}
		}
	}
	return ""
}
