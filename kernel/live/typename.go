package live

import (
	"errors"
	"fmt"
	"go/ast"
	"go/types"
	"strings"
)

// errUnnamed is that of a type which no other package can write.
var errUnnamed = errors.New("the type has no name outside of its package")

// typeWriter writes types as the code of a cell has them.
type typeWriter struct {
	self    *types.Package
	imports func(p *types.Package) string // the name that the package is imported by
	depth   int
}

func (w *typeWriter) write(t types.Type) (string, error) {
	if w.depth++; w.depth > 100 {
		return "", errUnnamed
	}
	defer func() { w.depth-- }()
	switch t := t.(type) {
	case *types.Basic:
		if t.Kind() == types.UnsafePointer {
			return w.imports(types.Unsafe) + ".Pointer", nil
		}
		if t.Info()&types.IsUntyped != 0 || t.Kind() == types.Invalid {
			return "", errUnnamed
		}
		return t.Name(), nil
	case *types.Alias:
		if name, err := w.named(t.Obj(), t.TypeArgs()); err == nil {
			return name, nil
		}
		return w.write(types.Unalias(t))
	case *types.Named:
		return w.named(t.Obj(), t.TypeArgs())
	case *types.Pointer:
		return w.wrap("*%s", t.Elem())
	case *types.Slice:
		return w.wrap("[]%s", t.Elem())
	case *types.Array:
		return w.wrap(fmt.Sprintf("[%d]%%s", t.Len()), t.Elem())
	case *types.Map:
		return w.wrap("map[%s]%s", t.Key(), t.Elem())
	case *types.Chan:
		return w.wrap(map[types.ChanDir]string{types.SendRecv: "chan (%s)", types.SendOnly: "chan<- (%s)",
			types.RecvOnly: "<-chan (%s)"}[t.Dir()], t.Elem())
	case *types.Signature:
		text, err := w.signature(t)
		return "func" + text, err
	case *types.Struct:
		return w.structure(t)
	case *types.Interface:
		return w.interfaces(t)
	}
	return "", errUnnamed // a type parameter, a tuple
}

func (w *typeWriter) wrap(format string, parts ...types.Type) (string, error) {
	var texts []any
	for _, p := range parts {
		text, err := w.write(p)
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	return fmt.Sprintf(format, texts...), nil
}

func (w *typeWriter) named(object *types.TypeName, args *types.TypeList) (string, error) {
	name := object.Name()
	switch p := object.Pkg(); {
	case p == nil: // error, any, comparable
	case object.Parent() != nil && object.Parent() != p.Scope():
		return "", errUnnamed // declared in a function
	case p == w.self:
	case strings.HasPrefix(p.Path(), "cells/"):
		name = w.imports(p) + "." + exported(name)
	case !ast.IsExported(name):
		return "", errUnnamed
	case strings.Contains("/"+p.Path()+"/", "/internal/") || strings.HasPrefix(p.Path(), "vendor/"):
		return "", errUnnamed
	default:
		name = w.imports(p) + "." + name
	}
	var texts []string
	for i := range args.Len() {
		text, err := w.write(args.At(i))
		if err != nil {
			return "", err
		}
		texts = append(texts, text)
	}
	if len(texts) > 0 {
		name += "[" + strings.Join(texts, ", ") + "]"
	}
	return name, nil
}

func (w *typeWriter) signature(s *types.Signature) (string, error) {
	params, err := w.tuple(s.Params(), s.Variadic())
	if err != nil || s.TypeParams().Len() > 0 {
		return "", errUnnamed
	}
	results, err := w.tuple(s.Results(), false)
	if s.Results().Len() == 0 {
		results = ""
	}
	return strings.TrimRight(params+" "+results, " "), err
}

func (w *typeWriter) tuple(t *types.Tuple, variadic bool) (string, error) {
	var texts []string
	for i := range t.Len() {
		of := t.At(i).Type()
		prefix := ""
		if variadic && i == t.Len()-1 {
			slice, ok := of.(*types.Slice)
			if !ok {
				return "", errUnnamed
			}
			prefix, of = "...", slice.Elem()
		}
		text, err := w.write(of)
		if err != nil {
			return "", err
		}
		texts = append(texts, prefix+text)
	}
	return "(" + strings.Join(texts, ", ") + ")", nil
}

func (w *typeWriter) structure(t *types.Struct) (string, error) {
	var fields []string
	for i := range t.NumFields() {
		f := t.Field(i)
		if !ast.IsExported(f.Name()) && f.Name() != "_" && f.Pkg() != w.self {
			return "", errUnnamed
		}
		text, err := w.write(f.Type())
		if err != nil {
			return "", err
		}
		if !f.Embedded() {
			text = f.Name() + " " + text
		}
		if tag := t.Tag(i); tag != "" {
			text += fmt.Sprintf(" %q", tag)
		}
		fields = append(fields, text)
	}
	return "struct{" + strings.Join(fields, "; ") + "}", nil
}

func (w *typeWriter) interfaces(t *types.Interface) (string, error) {
	var parts []string
	for m := range t.ExplicitMethods() {
		if !ast.IsExported(m.Name()) && m.Pkg() != w.self {
			return "", errUnnamed
		}
		text, err := w.signature(m.Type().(*types.Signature))
		if err != nil {
			return "", err
		}
		parts = append(parts, m.Name()+text)
	}
	for e := range t.EmbeddedTypes() {
		text, err := w.write(e)
		if err != nil {
			return "", err
		}
		parts = append(parts, text)
	}
	return "interface{" + strings.Join(parts, "; ") + "}", nil
}
