package live

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"strings"
	"unicode"
)

// ident rewrites a name: one of the cell's own top level, one of an earlier cell, or that of an import.
func (r *rewriter) ident(id *ast.Ident, parent ast.Node) {
	if id.Name == "_" || id == r.file.Name || id == r.body.Name {
		return
	}
	put := func(text string) { r.edits.replace(r.offset(id.Pos()), r.offset(id.End()), text) }
	if id.Obj != nil {
		switch {
		case r.top[id.Obj]:
			r.ownName(id, put)
		case r.embedded[id] && r.local[id.Obj]:
			put(mark + id.Name)
		}
		return
	}
	own := r.own[id.Name]
	entry := r.names.entries[id.Name]
	if own != nil && (entry == nil || !r.inBody(id) || own.Kind != ast.Var) {
		r.ownName(id, put)
		return
	}
	if path, ok := r.imports[id.Name]; ok {
		r.useImport(id.Name, path)
		return
	}
	if entry != nil {
		r.uses[id.Name] = entry
		put(entry.ident())
		return
	}
	if path, ok := r.names.imports[id.Name]; ok {
		r.useImport(id.Name, path)
		return
	}
	if path, ok := r.dotted[id.Name]; ok {
		call, isCall := parent.(*ast.CallExpr)
		if text := replacement(path, id.Name, isCall && call.Fun == id, isTarget(id, parent)); text != "" &&
			!r.know.plain {
			put(text)
			return
		}
		alias := inner + "d_" + strings.Map(wordOnly, path)
		r.useImport(alias, path)
		put(alias + "." + id.Name)
		return
	}
	if object := types.Universe.Lookup(id.Name); object == nil {
		selected := ""
		if s, ok := parent.(*ast.SelectorExpr); ok && s.X == id {
			selected = s.Sel.Name
		}
		r.unknown[id.Name] = append(r.unknown[id.Name], selected)
	} else if _, ok := object.(*types.TypeName); ok && r.embedded[id] { // the field is to be reached by later cells
		put(runtimeName + "." + mark + id.Name)
	}
}

func wordOnly(letter rune) rune {
	if letter == '_' || unicode.IsLetter(letter) || unicode.IsDigit(letter) {
		return letter
	}
	return '_'
}

func (r *rewriter) inBody(n ast.Node) bool { return n.Pos() >= r.body.Pos() && n.End() <= r.body.End() }

func (r *rewriter) useImport(name, path string) { r.used[name], r.paths[name] = true, path }

// ownName rewrites a name that the cell declares: a variable that keeps the place it had in an earlier cell, or a
// name with the mark. A type keeps its own name, by which it prints itself, and has an alias with the mark.
func (r *rewriter) ownName(id *ast.Ident, put func(string)) {
	object := id.Obj
	if object == nil {
		object = r.own[id.Name]
	}
	if object.Kind == ast.Typ {
		if r.embedded[id] { // the type's name is the field's
			put(exported(id.Name))
		}
		return
	}
	if entry := r.know.reuse[id.Name]; entry != nil && object.Kind == ast.Var {
		r.uses[id.Name] = entry
		put(entry.ident())
		return
	}
	if object.Kind == ast.Fun && id.Name == "_" {
		return
	}
	put(exported(id.Name))
}

// localTypes gives the types that a function declares the names that fields have which embed them.
func (r *rewriter) localTypes(d *ast.GenDecl, parent ast.Node) {
	if _, local := parent.(*ast.DeclStmt); !local || d.Tok != token.TYPE {
		return
	}
	for _, s := range d.Specs {
		spec := s.(*ast.TypeSpec)
		if ast.IsExported(spec.Name.Name) || spec.Name.Name == "_" || spec.Name.Obj == nil || spec.TypeParams != nil {
			continue
		}
		r.local[spec.Name.Obj] = true
		keyword := "type "
		if d.Lparen.IsValid() {
			keyword = ""
		}
		r.edits.insert(r.offset(spec.End()), fmt.Sprintf("; %s%s%s = %[3]s", keyword, mark, spec.Name.Name))
	}
}

// typeIdent is the name in a type such as *T[int].
func typeIdent(e ast.Expr) *ast.Ident {
	switch e := e.(type) {
	case *ast.StarExpr:
		return typeIdent(e.X)
	case *ast.IndexExpr:
		return typeIdent(e.X)
	case *ast.IndexListExpr:
		return typeIdent(e.X)
	case *ast.ParenExpr:
		return typeIdent(e.X)
	case *ast.Ident:
		return e
	}
	return nil
}

// selector rewrites what is selected: only cells' own fields and methods have names that are not exported. Some
// functions of the standard library are those of the process, where a cell means itself.
func (r *rewriter) selector(s *ast.SelectorExpr, parent ast.Node) {
	r.skip[s.Sel] = true
	x, ok := s.X.(*ast.Ident)
	if ok && x.Obj == nil && r.own[x.Name] == nil && r.pathOf(x.Name) != "" {
		call, isCall := parent.(*ast.CallExpr)
		if text := replacement(r.pathOf(x.Name), s.Sel.Name, isCall && call.Fun == s,
			isTarget(s, parent)); text != "" && !r.know.plain {
			r.skip[x] = true
			r.edits.replace(r.offset(s.Pos()), r.offset(s.End()), text)
		}
		return
	}
	r.markName(s.Sel)
}

// pathOf is the path of the import that a name means; "" where it means none.
func (r *rewriter) pathOf(name string) string {
	if path, ok := r.imports[name]; ok {
		return path
	}
	if r.names.entries[name] != nil {
		return ""
	}
	return r.names.imports[name]
}

func (r *rewriter) markName(id *ast.Ident) {
	r.skip[id] = true
	if !ast.IsExported(id.Name) && id.Name != "_" {
		r.edits.insert(r.offset(id.Pos()), mark)
	}
}

// fieldTag keeps encoders away from a field as they keep away from one that is not exported.
const fieldTag = "`json:\"-\" xml:\"-\" yaml:\"-\"`"

// field rewrites the names of a struct's fields and of an interface's methods; those of parameters stay.
func (r *rewriter) field(f *ast.Field) {
	if !r.members[f] {
		return
	}
	small := 0
	for _, id := range f.Names {
		r.markName(id)
		if !ast.IsExported(id.Name) {
			small++
		}
	}
	if r.structFields[f] && small > 0 && small == len(f.Names) {
		if f.Tag != nil {
			r.edits.replace(r.offset(f.Tag.Pos()), r.offset(f.Tag.End()), fieldTag)
		} else {
			r.edits.insert(r.offset(f.Type.End()), " "+fieldTag)
		}
	}
}

// literal rewrites the keys of a composite literal that are fields.
func (r *rewriter) literal(l *ast.CompositeLit) {
	isStruct, known := r.know.structs[r.offset(l.Pos())]
	for _, element := range l.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		id, ok := pair.Key.(*ast.Ident)
		if !ok {
			continue
		}
		if !known { // the first guess
			switch l.Type.(type) {
			case *ast.MapType, *ast.ArrayType:
				isStruct = false
			default:
				isStruct = id.Obj == nil || !ast.IsExported(id.Name)
			}
		}
		if isStruct {
			r.markName(id)
		}
	}
}
