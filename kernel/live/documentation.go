package live

import (
	"context"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
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

// packageDoc reads every file of dir that is no test, whatever system it is for: a name's comment may stand in any.
func packageDoc(dir, path string) *doc.Package {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	files := token.NewFileSet()
	packages := map[string][]*ast.File{}
	for _, e := range entries {
		if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(files, filepath.Join(dir, e.Name()), nil, parser.ParseComments)
		if err != nil {
			return nil
		}
		packages[f.Name.Name] = append(packages[f.Name.Name], f)
	}
	for name, all := range packages {
		if name == "main" && len(packages) > 1 || strings.HasSuffix(name, "_test") {
			continue
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
