package live

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
	"unicode"
)

// decisions are what the types of a cell say about how it is to be rewritten. They begin empty; each check of the types adds
// to them, and the cell is rewritten anew, until nothing is left to add.
type decisions struct {
	structs  map[int]bool // composite literals (by offset) that are of structs
	unnamed  map[string]bool
	channels map[int]bool // values (by offset) that a for statement receives from
	dropped  map[int]bool // calls (by offset) whose last result, an error, their statement leaves out
	plain    bool         // functions of the process stay what they are, for a person who asks about them
	noValue  bool         // the last expression has none
	reuse    map[string]*Entry
	typed    map[string]string   // variables' types, as the cell writes them
	guards   map[int]bool        // function values (by offset) that a library starts a goroutine with
	starts   map[int]string      // go statements (by offset): the function that starts in their place
	results  map[int]int         // of such calls that are statements: how many they return
	order    []int               // values (by offset) of variables, in the order of initialisation
	replaces map[string][]*Entry // functions of earlier cells whose place the cell's function takes, in their callers
	static   map[int]bool        // specifications (by offset) of variables whose type no cell can write
}

func newDecisions() *decisions {
	return &decisions{structs: map[int]bool{}, channels: map[int]bool{}, guards: map[int]bool{}, unnamed: map[string]bool{}, dropped: map[int]bool{}, reuse: map[string]*Entry{},
		typed: map[string]string{}, starts: map[int]string{},
		results: map[int]int{}, replaces: map[string][]*Entry{}, static: map[int]bool{}}
}

// rewriter turns a draft into the edits that make a package of it.
type rewriter struct {
	*draft
	names *names
	tools *Toolchain
	know  *decisions

	edits   edits
	top     map[*ast.Object]bool   // what the cell's top level declares
	own     map[string]*ast.Object // by name
	vars    []string               // variables of the top level, in order
	used    map[string]bool        // imports that are left, by name
	paths   map[string]string      // imports by name
	uses    map[string]*Entry      // names of the session that are referred to
	unknown map[string][]string    // names that nobody declares, with what is selected from them
	first   map[*ast.AssignStmt][]*ast.Ident
	skip    map[ast.Node]bool
	inits   []string // functions that run before the statements

	embedded              map[*ast.Ident]bool  // names of types that are embedded in structs
	local                 map[*ast.Object]bool // types that functions declare
	members, structFields map[*ast.Field]bool
}

const runtimeName = inner + "rt"

func newRewriter(d *draft, n *names, t *Toolchain, k *decisions) *rewriter {
	r := &rewriter{draft: d, names: n, tools: t, know: k, top: map[*ast.Object]bool{}, own: map[string]*ast.Object{}, used: map[string]bool{},
		paths: map[string]string{}, uses: map[string]*Entry{}, unknown: map[string][]string{}, first: map[*ast.AssignStmt][]*ast.Ident{}, skip: map[ast.Node]bool{},
		embedded: map[*ast.Ident]bool{}, local: map[*ast.Object]bool{}, members: map[*ast.Field]bool{}, structFields: map[*ast.Field]bool{}}
	r.findTop()
	r.walk()
	r.edits = r.edits.sorted()
	return r
}

// findTop finds what the cell declares at its top level.
func (r *rewriter) findTop() {
	for name, object := range r.file.Scope.Objects {
		if name == bodyName {
			continue
		}
		r.top[object], r.own[name] = true, object
	}
	for _, declaration := range r.file.Decls {
		switch d := declaration.(type) {
		case *ast.GenDecl:
			if d.Tok == token.VAR {
				r.declareVars(d)
			}
		case *ast.FuncDecl:
			if d != r.body && d.Recv == nil && d.Name.Obj != nil { // one that is declared twice has another object
				r.top[d.Name.Obj] = true
			}
		}
	}
	for _, statement := range r.body.Body.List {
		switch s := statement.(type) {
		case *ast.AssignStmt:
			if s.Tok != token.DEFINE {
				continue
			}
			for _, left := range s.Lhs {
				id, ok := left.(*ast.Ident)
				if ok && id.Name != "_" && id.Obj != nil && id.Obj.Decl == s && !r.know.unnamed[id.Name] {
					r.first[s] = append(r.first[s], id)
					r.top[id.Obj], r.own[id.Name] = true, id.Obj
					r.addVar(id.Name)
				}
			}
		case *ast.DeclStmt:
			if general, ok := s.Decl.(*ast.GenDecl); ok && general.Tok == token.VAR {
				r.declareVars(general)
			}
		}
	}
}

func (r *rewriter) declareVars(general *ast.GenDecl) {
	for _, spec := range general.Specs {
		for _, id := range spec.(*ast.ValueSpec).Names {
			if id.Name != "_" && id.Obj != nil && !r.know.unnamed[id.Name] {
				r.top[id.Obj], r.own[id.Name] = true, id.Obj
				r.addVar(id.Name)
			}
		}
	}
}

func (r *rewriter) addVar(name string) {
	if !slices.Contains(r.vars, name) {
		r.vars = append(r.vars, name)
	}
}

// walk makes the edits of every node.
func (r *rewriter) walk() {
	var parents []ast.Node
	ast.Inspect(r.file, func(n ast.Node) bool {
		if n == nil {
			parents = parents[:len(parents)-1]
			return true
		}
		var parent ast.Node
		if len(parents) > 0 {
			parent = parents[len(parents)-1]
		}
		r.visit(n, parent)
		parents = append(parents, n)
		return true
	})
}

func (r *rewriter) visit(n, parent ast.Node) {
	switch n := n.(type) {
	case *ast.Ident:
		if !r.skip[n] {
			r.ident(n, parent)
		}
	case *ast.SelectorExpr:
		r.selector(n, parent)
	case *ast.StructType:
		for _, f := range n.Fields.List {
			r.members[f], r.structFields[f] = true, true
			if len(f.Names) == 0 {
				r.embedded[typeIdent(f.Type)] = true
			}
		}
	case *ast.InterfaceType:
		for _, f := range n.Methods.List {
			r.members[f] = true
		}
	case *ast.Field:
		r.field(n)
	case *ast.GenDecl:
		r.localTypes(n, parent)
	case *ast.CompositeLit:
		r.literal(n)
	case *ast.BranchStmt:
		if n.Label != nil {
			r.skip[n.Label] = true
		}
	case *ast.LabeledStmt:
		r.skip[n.Label] = true
	case *ast.FuncDecl:
		r.function(n)
	case *ast.FuncLit:
		r.insertAfter(n.Body.Lbrace, runtimeName+".Check(); ")
	case *ast.ForStmt:
		r.insertAfter(n.Body.Lbrace, runtimeName+".Check(); ")
	case *ast.RangeStmt:
		r.insertAfter(n.Body.Lbrace, runtimeName+".Check(); ")
		if r.know.channels[r.offset(n.X.Pos())] {
			r.edits.enclose(r.offset(n.X.Pos()), r.offset(n.X.End()), runtimeName+".Values(", ")")
		}
	case *ast.SelectStmt:
		r.selection(n)
	case *ast.UnaryExpr:
		r.receive(n, parent)
	case *ast.SendStmt:
		r.send(n, parent)
	case *ast.GoStmt:
		r.start(n)
	case *ast.CallExpr:
		for _, f := range n.Args {
			if r.know.guards[r.offset(f.Pos())] {
				r.edits.enclose(r.offset(f.Pos()), r.offset(f.End()), runtimeName+".Guard(", ")")
			}
		}
	}
}

// insertAfter puts text behind a token of one byte.
func (r *rewriter) insertAfter(pos token.Pos, text string) { r.edits.insert(r.offset(pos)+1, " "+text) }

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
		if text := replacement(path, id.Name, isCall && call.Fun == id, isTarget(id, parent)); text != "" && !r.know.plain {
			put(text)
			return
		}
		alias := mark + "d_" + strings.Map(wordOnly, path)
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

// ownName rewrites a name that the cell declares: a variable that keeps the place it had in an earlier cell, or a name with
// the mark. A type keeps its own name, by which it prints itself, and has an alias with the mark.
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

// selector rewrites what is selected: only cells' own fields and methods have names that are not exported. Some functions of
// the standard library are those of the process, where a cell means itself.
func (r *rewriter) selector(s *ast.SelectorExpr, parent ast.Node) {
	r.skip[s.Sel] = true
	x, ok := s.X.(*ast.Ident)
	if ok && x.Obj == nil && r.own[x.Name] == nil && r.pathOf(x.Name) != "" {
		call, isCall := parent.(*ast.CallExpr)
		if text := replacement(r.pathOf(x.Name), s.Sel.Name, isCall && call.Fun == s, isTarget(s, parent)); text != "" && !r.know.plain {
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

// replacement is what a cell calls in the place of a function or variable of the process; "" for all others.
func replacement(path, name string, isCall, isTarget bool) string {
	switch path + "." + name {
	case "fmt.Print", "fmt.Printf", "fmt.Println", "fmt.Sprint", "fmt.Sprintf", "fmt.Sprintln", "fmt.Fprint", "fmt.Fprintf", "fmt.Fprintln",
		"os/signal.Notify", "os/signal.NotifyContext", "os/signal.Ignore":
		return runtimeName + "." + name
	case "os.Exit":
		return runtimeName + ".Exit"
	case "time.Sleep":
		return runtimeName + ".Sleep"
	case "os.Stdout", "os.Stderr":
		if isTarget {
			return ""
		}
		return runtimeName + "." + name + "()"
	case "log.Fatal", "log.Fatalf", "log.Fatalln":
		if isCall {
			return runtimeName + "." + name
		}
	}
	return ""
}

// isTarget tells whether an expression is assigned to, or its address taken.
func isTarget(e ast.Expr, parent ast.Node) bool {
	switch p := parent.(type) {
	case *ast.AssignStmt:
		return slices.Contains(p.Lhs, e)
	case *ast.UnaryExpr:
		return p.Op == token.AND
	}
	return false
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

// function rewrites a declared function: a method's name; checks; and the hook by which a later cell takes its place.
func (r *rewriter) function(f *ast.FuncDecl) {
	if f == r.body {
		return
	}
	if f.Recv != nil {
		r.markName(f.Name)
	} else if f.Name.Name == "init" && f.Type.Params.NumFields() == 0 && f.Type.Results.NumFields() == 0 {
		// Go would run it as the plugin is opened: before the variables have their values, and only once.
		r.skip[f.Name] = true
		name := fmt.Sprintf("%sinit%d", mark, len(r.inits))
		r.edits.replace(r.offset(f.Name.Pos()), r.offset(f.Name.End()), name)
		r.inits = append(r.inits, name)
	} else if runsAtOnce(f.Name.Name) && f.Type.Params.NumFields() == 0 {
		r.inits = append(r.inits, exported(f.Name.Name))
	}
	if f.Body == nil {
		return
	}
	text := runtimeName + ".Check(); "
	if call, ok := r.hookCall(f); ok {
		text += call
	}
	r.insertAfter(f.Body.Lbrace, text)
}

// hookCall passes a call on to the function that a later cell has put in this one's place. Functions without names for all
// their parameters, and those with type parameters, cannot be replaced.
func (r *rewriter) hookCall(f *ast.FuncDecl) (string, bool) {
	if f.Recv != nil || f.Type.TypeParams != nil || f.Name.Name == "init" || f.Name.Name == "main" {
		return "", false
	}
	var args []string
	for _, p := range f.Type.Params.List {
		if len(p.Names) == 0 {
			return "", false
		}
		for _, id := range p.Names {
			if id.Name == "_" {
				return "", false
			}
			args = append(args, id.Name)
		}
		if _, variadic := p.Type.(*ast.Ellipsis); variadic {
			args[len(args)-1] += "..."
		}
	}
	hook := hookName(f.Name.Name)
	call := fmt.Sprintf("%s(%s)", hook, strings.Join(args, ", "))
	if f.Type.Results != nil && len(f.Type.Results.List) > 0 {
		return fmt.Sprintf("if %s != nil { return %s }; ", hook, call), true
	}
	return fmt.Sprintf("if %s != nil { %s; return }; ", hook, call), true
}

func hookName(function string) string { return inner + "hook_" + function }

// selection has a select statement that could wait for ever hear of the cell's interrupt.
func (r *rewriter) selection(s *ast.SelectStmt) {
	waits := true
	for _, clause := range s.Body.List {
		switch comm := clause.(*ast.CommClause).Comm.(type) { // a receive that is a case must stay one
		case nil: // default
			waits = false
		case *ast.ExprStmt:
			r.skip[ast.Unparen(comm.X)] = true
		case *ast.AssignStmt:
			r.skip[ast.Unparen(comm.Rhs[0])] = true
		}
	}
	if !waits {
		return
	}
	r.insertAfter(s.Body.Lbrace, fmt.Sprintf("case <-%[1]s.Stopped(): panic(%[1]s.Interruption()); ", runtimeName))
}

// receive has the receiving from a channel hear of the cell's interrupt.
func (r *rewriter) receive(u *ast.UnaryExpr, parent ast.Node) {
	if u.Op != token.ARROW || r.skip[u] {
		return
	}
	function := "Receive"
	switch p := parent.(type) {
	case *ast.AssignStmt:
		if len(p.Lhs) == 2 && len(p.Rhs) == 1 {
			function = "Receive2"
		}
	case *ast.ValueSpec:
		if len(p.Names) == 2 && len(p.Values) == 1 {
			function = "Receive2"
		}
	}
	at := r.offset(u.Pos())
	r.edits.replace(at, at+len("<-"), "")
	r.edits.enclose(at, r.offset(u.End()), runtimeName+"."+function+"(", ")")
}

// send has the sending to a channel hear of the cell's interrupt.
func (r *rewriter) send(s *ast.SendStmt, parent ast.Node) {
	switch p := parent.(type) {
	case *ast.BlockStmt, *ast.CaseClause, *ast.LabeledStmt:
	case *ast.CommClause:
		if p.Comm == s {
			return
		}
	default: // of a for or an if, where no other statement may stand
		return
	}
	r.edits.enclose(r.offset(s.Pos()), r.offset(s.End()), "select { case ",
		fmt.Sprintf(": case <-%[1]s.Stopped(): panic(%[1]s.Interruption()) }", runtimeName))
}

// start has a panic of a goroutine fail the cell alone.
func (r *rewriter) start(g *ast.GoStmt) {
	if literal, ok := g.Call.Fun.(*ast.FuncLit); ok {
		r.insertAfter(literal.Body.Lbrace, "defer "+runtimeName+".Recover(); ")
		return
	}
	if text := r.know.starts[r.offset(g.Pos())]; text != "" {
		r.edits.insert(r.offset(g.Call.Pos()), text+"(")
		opening := r.offset(g.Call.Lparen)
		if len(g.Call.Args) > 0 {
			r.edits.replace(opening, opening+1, ", ")
			if g.Call.Ellipsis.IsValid() {
				at := r.offset(g.Call.Ellipsis)
				r.edits.replace(at, at+len("..."), "")
			}
		} else {
			r.edits.replace(opening, opening+1, "")
		}
	}
}
