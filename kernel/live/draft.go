package live

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

// Problem is why a cell cannot be run: its place is in the cell's own lines, its text in the cell's own names.
type Problem struct {
	Cell, Line, Column int
	Text               string
}

// Problems are what is wrong with a cell, first things first.
type Problems []Problem

func (p Problems) Error() string {
	var lines []string
	for _, one := range p {
		lines = append(lines, fmt.Sprintf("cell [%d]:%d:%d: %s", one.Cell, one.Line, one.Column, one.Text))
	}
	return strings.Join(lines, "\n")
}

// segment is a part of the draft that was typed.
type segment struct {
	start, end int // in the draft
	at         origin
}

// draft is a cell as one Go file: what is declared first, then the statements as the body of a function. Its text is
// the cell's own; the rewriting is a list of edits to it, and never adds a line to what was typed.
type draft struct {
	cell     int
	text     string
	segments []segment

	files *token.FileSet
	file  *ast.File
	body  *ast.FuncDecl // the statements

	imports map[string]string // declared by the cell, by name
	specs   []importSpec
	blank   []string
	dots    []string
	dotted  map[string]string // names of packages that are imported by a dot, to the packages' paths
}

// importSpec is an import that has, or is to get, a name.
type importSpec struct {
	name, path string // the name "" where the package tells it
	at         origin
}

const bodyName = inner + "run"

// newDraft lays a cell's items out. more are declarations of earlier cells that are declared anew with it.
func newDraft(cell int, code string, items []item, more []source) (*draft, error) {
	d := &draft{cell: cell, imports: map[string]string{}, dotted: map[string]string{}}
	if p := strayBracket(code, cell); p != nil {
		return nil, p
	}
	var b strings.Builder
	b.WriteString("package main\n")
	typed := func(text string, at origin) {
		start := b.Len()
		b.WriteString(text)
		d.segments = append(d.segments, segment{start, b.Len(), at})
	}
	add := func(text string, at origin) {
		typed(text, at)
		b.WriteString("\n")
	}
	place := func(offset int) origin { return originIn(code, cell, offset) }
	leading := true // no statement has come yet
	var body []item
	for _, it := range items {
		switch {
		case it.kind == importItem:
			if err := d.addImports(code[it.start:it.end], place(it.start)); err != nil {
				return nil, err
			}
		case it.kind == statementItem, it.kind == varItem && !leading:
			leading = false
			body = append(body, it)
		case it.keyword != "":
			typed(code[it.from:it.start], place(it.from))
			b.WriteString(it.keyword)
			add(code[it.start:it.end], place(it.start))
		default:
			add(code[it.from:it.end], place(it.from))
		}
	}
	for _, s := range more {
		add(s.text, s.at)
	}
	b.WriteString("func " + bodyName + "() {\n")
	for i, it := range body {
		if i == len(body)-1 && isRow(code[it.start:it.end]) {
			b.WriteString(runtimeName + ".ShowAll(")
			typed(code[it.start:it.end], place(it.start))
			b.WriteString(")\n")
			continue
		}
		b.WriteString(it.keyword)
		add(code[it.start:it.end], place(it.start))
	}
	b.WriteString("}\n")
	d.text = b.String()
	d.files = token.NewFileSet()
	file, err := parser.ParseFile(d.files, "", d.text, parser.ParseComments)
	if err != nil {
		return nil, d.syntax(err, code)
	}
	d.file = file
	d.body = file.Decls[len(file.Decls)-1].(*ast.FuncDecl)
	return d, nil
}

// isRow tells whether a text is several expressions in a row, which Go knows as arguments alone.
func isRow(text string) bool {
	call, err := parser.ParseExpr("f(" + text + ")")
	if err != nil {
		return false
	}
	c, ok := call.(*ast.CallExpr)
	return ok && len(c.Args) > 1 && !c.Ellipsis.IsValid()
}

// strayBracket finds a closing bracket that closes nothing: it would end the function that the statements become.
func strayBracket(code string, cell int) error {
	depth := 0
	tokens, broken := scan(code)
	if broken && len(tokens) == 0 { // the parser sees no more than the items
		return Problems{{cell, 1, 1, "comment not terminated"}}
	}
	for _, t := range tokens {
		switch t.tok {
		case token.LPAREN, token.LBRACE, token.LBRACK:
			depth++
		case token.RPAREN, token.RBRACE, token.RBRACK:
			if depth--; depth < 0 {
				at := originIn(code, cell, t.pos)
				return Problems{{at.cell, at.line, at.column, fmt.Sprintf("this %s closes nothing", t.tok)}}
			}
		}
	}
	return nil
}

func originIn(code string, cell, offset int) origin {
	before := code[:offset]
	line := strings.Count(before, "\n")
	return origin{cell, line + 1, offset - (strings.LastIndex(before, "\n") + 1) + 1}
}

// addImports reads an import declaration.
func (d *draft) addImports(text string, at origin) error {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", "package p;"+text, parser.ImportsOnly)
	if err != nil {
		line, column, message := firstError(err)
		if line == 1 {
			column += at.column - 1 - len("package p;")
		}
		return Problems{{d.cell, at.line + line - 1, column, message}}
	}
	placeOf := func(n ast.Node) origin {
		p := files.Position(n.Pos())
		if p.Line == 1 {
			p.Column += at.column - 1 - len("package p;")
		}
		return origin{d.cell, at.line + p.Line - 1, p.Column}
	}
	for _, spec := range file.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		switch {
		case spec.Name == nil:
			d.specs = append(d.specs, importSpec{"", path, placeOf(spec.Path)})
		case spec.Name.Name == "_":
			d.blank = append(d.blank, path)
		case spec.Name.Name == ".":
			d.dots = append(d.dots, path)
		default:
			d.specs = append(d.specs, importSpec{spec.Name.Name, path, placeOf(spec.Path)})
		}
	}
	return nil
}

func firstError(err error) (line, column int, message string) {
	if list, ok := err.(scanner.ErrorList); ok && len(list) > 0 {
		return list[0].Pos.Line, list[0].Pos.Column, list[0].Msg
	}
	return 1, 1, err.Error()
}

// syntax puts the parser's errors at their places in the cell.
func (d *draft) syntax(err error, code string) error {
	list, ok := err.(scanner.ErrorList)
	if !ok {
		return err
	}
	var problems Problems
	for _, e := range list {
		at := d.origin(e.Pos.Offset)
		if at.line == 0 { // past the last statement: a brace that is missing, or one too many
			at = originIn(code, d.cell, len(strings.TrimRight(code, "\n")))
			e.Msg = strings.NewReplacer("found '}'", "found the end of the cell", "found 'EOF'",
				"found the end of the cell").Replace(e.Msg)
		}
		if p := (Problem{at.cell, at.line, at.column, e.Msg}); len(problems) == 0 ||
			problems[len(problems)-1].Line != p.Line {
			problems = append(problems, p)
		}
	}
	return problems
}

// origin is where a place of the draft was typed; its line is 0 where nobody typed it.
func (d *draft) origin(offset int) origin {
	i, found := slices.BinarySearchFunc(d.segments, offset, func(s segment, offset int) int {
		switch {
		case s.end < offset:
			return -1
		case s.start > offset:
			return 1
		}
		return 0
	})
	if !found {
		return origin{}
	}
	s := d.segments[i]
	before := d.text[s.start:offset]
	if line := strings.Count(before, "\n"); line > 0 {
		return origin{s.at.cell, s.at.line + line, len(before) - strings.LastIndex(before, "\n")}
	}
	return origin{s.at.cell, s.at.line, s.at.column + len(before)}
}

func (d *draft) offset(pos token.Pos) int { return d.files.Position(pos).Offset }

// textOf is the draft's text of a node.
func (d *draft) textOf(n ast.Node) string { return d.text[d.offset(n.Pos()):d.offset(n.End())] }
