package kernel

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The tags of papermill's convention: the cell that declares a notebook's parameters, and the one put after it that
// sets some of them for one run.
const (
	parametersTag = "parameters"
	injectedTag   = "injected-parameters"
)

// injection is a cell that sets a notebook's parameters for one run.
type injection struct {
	After  int    `json:"after"` // the index of the cell that it follows
	Source string `json:"source"`
}

// parameter is a constant or a variable that the parameters cell declares by itself.
type parameter struct {
	keyword string // const or var
	typed   string // the type as it is written, or "" where the value says it
	kind    kind
}

type kind string

const (
	wholeNumber kind = "a whole number"
	number      kind = "a number"
	words       kind = "a string"
	truth       kind = "true or false"
	duration    kind = "a duration such as 90s or 1h30m"
)

// inject makes the cell that sets the parameters, each "name=value", or returns nil for none of them. A name that the
// notebook's parameters cell does not declare, and a value that is not of its type, is an error of one line.
func (b notebookFile) inject(settings []string) (*injection, error) {
	if len(settings) == 0 {
		return nil, nil
	}
	at := slices.IndexFunc(b.cells, func(c notebookCell) bool { return c.code && c.tagged(parametersTag) })
	if at < 0 {
		return nil, fmt.Errorf("%s has no parameters: no code cell of it is tagged %s", b.path, parametersTag)
	}
	known, err := declaredIn(b.cells[at].source)
	if err != nil {
		return nil, fmt.Errorf("%s: the cell tagged %s: %w", b.path, parametersTag, err)
	}
	lines, seen := []string{"// Parameters of this run."}, map[string]bool{}
	for _, setting := range settings {
		name, value, given := strings.Cut(setting, "=")
		p, there := known[name]
		switch {
		case !given:
			return nil, fmt.Errorf("the parameter %q has no value: write name=value", setting)
		case seen[name]:
			return nil, fmt.Errorf("the parameter %s is set twice", name)
		case !there:
			return nil, fmt.Errorf("%s has no parameter %s; it has %s", b.path, name,
				strings.Join(sortedKeys(known), ", "))
		}
		seen[name] = true
		line, err := p.declare(name, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.path, err)
		}
		lines = append(lines, line)
	}
	return &injection{After: at, Source: strings.Join(lines, "\n")}, nil
}

func sortedKeys(known map[string]parameter) []string {
	names := make([]string, 0, len(known))
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// declaredIn reads the parameters that a cell declares: constants and variables of a basic type or a time.Duration,
// each with a name of its own in front of it. Whatever else the cell holds is left alone.
func declaredIn(source string) (map[string]parameter, error) {
	declarations, _, _ := strings.Cut("\n"+source, "\n%%") // what follows is the body of main
	var goLines []string
	for line := range strings.Lines(declarations) {
		if strings.HasPrefix(line, "!") || strings.HasPrefix(line, "%") {
			line = "\n"
		}
		goLines = append(goLines, line)
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", "package main;"+strings.Join(goLines, ""), parser.SkipObjectResolution)
	if err != nil {
		return nil, fmt.Errorf("its declarations are not Go: %w", err)
	}
	info := types.Info{Defs: map[*ast.Ident]types.Object{}}
	// What cannot be told without other packages has no type, and is no parameter.
	config := types.Config{Importer: timeOnly{}, Error: func(error) {}}
	_, _ = config.Check("main", files, []*ast.File{file}, &info)

	known := map[string]parameter{}
	for _, declaration := range file.Decls {
		general, ok := declaration.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range general.Specs {
			value, ok := spec.(*ast.ValueSpec)
			if !ok || len(value.Names) != 1 || value.Names[0].Name == "_" {
				continue
			}
			p := parameter{keyword: general.Tok.String()}
			if value.Type != nil {
				p.typed = types.ExprString(value.Type)
			} else if len(value.Values) == 0 {
				continue // repeats the constant before it
			}
			if object := info.Defs[value.Names[0]]; object != nil {
				if p.kind = kindOf(object.Type()); p.kind != "" {
					known[value.Names[0].Name] = p
				}
			}
		}
	}
	return known, nil
}

func kindOf(t types.Type) kind {
	if named, ok := t.(*types.Named); ok {
		if named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == "time" && named.Obj().Name() == "Duration" {
			return duration
		}
		return ""
	}
	basic, ok := t.(*types.Basic)
	switch {
	case !ok || basic.Kind() == types.UntypedRune:
		return ""
	case basic.Info()&types.IsInteger != 0:
		return wholeNumber
	case basic.Info()&types.IsFloat != 0:
		return number
	case basic.Info()&types.IsString != 0:
		return words
	case basic.Info()&types.IsBoolean != 0:
		return truth
	}
	return ""
}

// declare is the line of Go that declares the parameter anew, with another value and the same type.
func (p parameter) declare(name, value string) (string, error) {
	misfit := fmt.Errorf("the parameter %s is %s, which %q is not", name, p.kind, value)
	literal := ""
	switch p.kind {
	case wholeNumber:
		n := constant.MakeFromLiteral(strings.TrimLeft(value, "+-"), token.INT, 0)
		if n.Kind() != constant.Int || strings.Count(value, "-")+strings.Count(value, "+") > 1 {
			return "", misfit
		}
		if literal = value; !p.holds(literal) {
			return "", fmt.Errorf("%s does not fit the parameter %s, of type %s", value, name, p.typeName())
		}
	case number:
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || math.IsInf(x, 0) || math.IsNaN(x) {
			return "", misfit
		}
		if literal = strconv.FormatFloat(x, 'g', -1, 64); !strings.ContainsAny(literal, ".e") {
			literal += ".0" // or a constant without a type would be a whole number
		}
	case words:
		literal = strconv.Quote(value)
	case truth:
		if value != "true" && value != "false" {
			return "", misfit
		}
		literal = value
	case duration:
		d, err := time.ParseDuration(value)
		if err != nil {
			return "", misfit
		}
		literal = fmt.Sprintf("time.Duration(%d) // %v", d.Nanoseconds(), d)
	}
	if p.typed != "" {
		name += " " + p.typed
	}
	return fmt.Sprintf("%s %s = %s", p.keyword, name, literal), nil
}

func (p parameter) typeName() string {
	if p.typed == "" {
		return "int"
	}
	return p.typed
}

// holds tells whether a whole number is in the range of the parameter's type.
func (p parameter) holds(literal string) bool {
	_, err := types.Eval(token.NewFileSet(), nil, token.NoPos, p.typeName()+"("+literal+")")
	return err == nil
}

// timeOnly knows of the standard library what a duration needs.
type timeOnly struct{}

func (timeOnly) Import(path string) (*types.Package, error) {
	if path != "time" {
		return nil, fmt.Errorf("%s is not looked into", path)
	}
	p := types.NewPackage("time", "time")
	name := types.NewTypeName(token.NoPos, p, "Duration", nil)
	d := types.NewNamed(name, types.Typ[types.Int64], nil)
	p.Scope().Insert(name)
	for unit, length := range map[string]time.Duration{"Nanosecond": time.Nanosecond, "Microsecond": time.Microsecond,
		"Millisecond": time.Millisecond, "Second": time.Second, "Minute": time.Minute, "Hour": time.Hour} {
		p.Scope().Insert(types.NewConst(token.NoPos, p, unit, d, constant.MakeInt64(int64(length))))
	}
	p.MarkComplete()
	return p, nil
}
