package live

import (
	"fmt"
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// replacement is what a cell calls in the place of a function or variable of the process; "" for all others.
func replacement(path, name string, isCall, isTarget bool) string {
	switch path + "." + name {
	case "fmt.Print", "fmt.Printf", "fmt.Println", "fmt.Sprint", "fmt.Sprintf", "fmt.Sprintln", "fmt.Fprint",
		"fmt.Fprintf", "fmt.Fprintln",
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
		name := fmt.Sprintf("%sinit%d", inner, len(r.inits))
		r.edits.replace(r.offset(f.Name.Pos()), r.offset(f.Name.End()), name)
		r.inits = append(r.inits, name)
	} else if runsAtOnce(f.Name.Name) && f.Type.Params.NumFields() == 0 {
		r.inits = append(r.inits, exported(f.Name.Name))
	}
	if f.Body == nil {
		return
	}
	text := runtimeName + ".Check(); "
	if replaceable(f) {
		text += r.hookCall(f)
	}
	r.insertAfter(f.Body.Lbrace, text)
}

// replaceable tells the functions that a later cell can put another in the place of. Those with type parameters are
// none.
func replaceable(f *ast.FuncDecl) bool {
	return f.Recv == nil && f.Type.TypeParams == nil && f.Name.Name != "init" && f.Name.Name != "main"
}

// hookCall passes a call on to the function that a later cell has put in this one's place. Parameters without names
// are given some for it.
func (r *rewriter) hookCall(f *ast.FuncDecl) string {
	var args []string
	for _, p := range f.Type.Params.List {
		if len(p.Names) == 0 {
			name := fmt.Sprintf("%sp%d", inner, len(args))
			r.edits.insert(r.offset(p.Type.Pos()), name+" ")
			args = append(args, name)
		}
		for _, id := range p.Names {
			name := id.Name
			if name == "_" {
				name = fmt.Sprintf("%sp%d", inner, len(args))
				r.edits.replace(r.offset(id.Pos()), r.offset(id.End()), name)
			}
			args = append(args, name)
		}
		if _, variadic := p.Type.(*ast.Ellipsis); variadic {
			args[len(args)-1] += "..."
		}
	}
	hook := hookName(f.Name.Name)
	call := fmt.Sprintf("%s(%s)", hook, strings.Join(args, ", "))
	if f.Type.Results != nil && len(f.Type.Results.List) > 0 {
		return fmt.Sprintf("if %s != nil { return %s }; ", hook, call)
	}
	return fmt.Sprintf("if %s != nil { %s; return }; ", hook, call)
}

func hookName(function string) string { return inner + "hook_" + function }
