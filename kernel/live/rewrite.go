//lint:file-ignore SA1019 A cell is rewritten before its types are known, and its own names are all that is resolved;
// the keys of composite literals, where go/ast's objects err, wait for the types (decisions.structs).

package live

import (
	"go/ast"
	"go/token"
	"slices"
)

// decisions are what the types of a cell say about how it is to be rewritten. They begin empty; each check of the
// types adds to them, and the cell is rewritten anew, until nothing is left to add.
type decisions struct {
	structs  map[int]bool // composite literals (by offset) that are of structs
	unnamed  map[string]bool
	channels map[int]bool // values (by offset) that a for statement receives from
	dropped  map[int]bool // calls (by offset) whose last result, an error, their statement leaves out
	plain    bool         // functions of the process stay what they are, for a person who asks about them
	noValue  bool         // the last expression has none
	reuse    map[string]*Entry
	like     map[string]ast.Expr // values that variables have the types of, where those have no names
	typed    map[string]string   // variables' types, as the cell writes them
	guards   map[int]bool        // function values (by offset) that a library starts a goroutine with
	starts   map[int]string      // go statements (by offset): the function that starts in their place
	results  map[int]int         // of such calls that are statements: how many they return
	order    []int               // values (by offset) of variables, in the order of initialisation
	replaces map[string][]*Entry // functions of earlier cells whose place the cell's function takes, in their callers
	static   map[int]bool        // specifications (by offset) of variables whose type no cell can write
}

func newDecisions() *decisions {
	return &decisions{like: map[string]ast.Expr{}, structs: map[int]bool{}, channels: map[int]bool{},
		guards: map[int]bool{}, unnamed: map[string]bool{}, dropped: map[int]bool{}, reuse: map[string]*Entry{},
		typed: map[string]string{}, starts: map[int]string{},
		results: map[int]int{}, replaces: map[string][]*Entry{}, static: map[int]bool{}}
}

// rewriter turns a draft into the edits that make a package of it.
type rewriter struct {
	*draft
	names *names
	tools *Toolchain
	know  *decisions

	edits      edits
	top        map[*ast.Object]bool   // what the cell's top level declares
	own        map[string]*ast.Object // by name
	vars       []string               // variables of the top level, in order
	used       map[string]bool        // imports that are left, by name
	paths      map[string]string      // imports by name
	uses       map[string]*Entry      // names of the session that are referred to
	nothingNew Problems               // definitions that define nothing
	unknown    map[string][]string    // names that nobody declares, with what is selected from them
	first      map[*ast.AssignStmt][]*ast.Ident
	skip       map[ast.Node]bool
	inits      []string //  functions that run before the statements

	embedded              map[*ast.Ident]bool  // names of types that are embedded in structs
	local                 map[*ast.Object]bool // types that functions declare
	members, structFields map[*ast.Field]bool
}

const runtimeName = inner + "rt"

func newRewriter(d *draft, n *names, t *Toolchain, k *decisions) *rewriter {
	r := &rewriter{draft: d, names: n, tools: t, know: k, top: map[*ast.Object]bool{}, own: map[string]*ast.Object{},
		used:  map[string]bool{},
		paths: map[string]string{}, uses: map[string]*Entry{}, unknown: map[string][]string{},
		first: map[*ast.AssignStmt][]*ast.Ident{}, skip: map[ast.Node]bool{},
		embedded: map[*ast.Ident]bool{}, local: map[*ast.Object]bool{}, members: map[*ast.Field]bool{},
		structFields: map[*ast.Field]bool{}}
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
			fresh := false
			for _, left := range s.Lhs {
				id, ok := left.(*ast.Ident)
				if ok && id.Obj != nil && r.file.Scope.Objects[id.Name] != nil &&
					r.file.Scope.Objects[id.Name].Kind == ast.Var {
					r.top[id.Obj] = true // declared above, in what became the scope outside of this one
					continue
				}
				fresh = fresh || !ok || id.Name != "_" && (id.Obj == nil || id.Obj.Decl == s)
			}
			if !fresh {
				at := r.origin(r.offset(s.TokPos))
				r.nothingNew = append(r.nothingNew, Problem{at.cell, at.line, at.column,
					"no new variables on left side of :="})
			}
			for _, left := range s.Lhs {
				id, ok := left.(*ast.Ident)
				if ok && id.Name != "_" && id.Obj != nil && id.Obj.Decl == s && !r.top[id.Obj] {
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
			if id.Name != "_" && id.Obj != nil {
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
