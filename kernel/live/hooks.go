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
	if call, ok := r.hookCall(f); ok {
		text += call
		r.nameParams(f)
	}
	r.insertAfter(f.Body.Lbrace, text)
}

// nameParams gives parameters without names those that hookCall passes on.
func (r *rewriter) nameParams(f *ast.FuncDecl) {
	count := 0
	for _, p := range f.Type.Params.List {
		if len(p.Names) == 0 {
			r.edits.insert(r.offset(p.Type.Pos()), fmt.Sprintf("%sp%d ", inner, count))
			count++
		}
		for _, id := range p.Names {
			if id.Name == "_" {
				r.edits.replace(r.offset(id.Pos()), r.offset(id.End()), fmt.Sprintf("%sp%d", inner, count))
			}
			count++
		}
	}
}

// hookCall passes a call on to the function that a later cell has put in this one's place. Functions with type parameters
// cannot be replaced.
func (r *rewriter) hookCall(f *ast.FuncDecl) (string, bool) {
	if f.Recv != nil || f.Type.TypeParams != nil || f.Name.Name == "init" || f.Name.Name == "main" {
		return "", false
	}
	var args []string
	for _, p := range f.Type.Params.List {
		if len(p.Names) == 0 {
			args = append(args, fmt.Sprintf("%sp%d", inner, len(args)))
		}
		for _, id := range p.Names {
			if id.Name == "_" {
				args = append(args, fmt.Sprintf("%sp%d", inner, len(args)))
			} else {
				args = append(args, id.Name)
			}
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
