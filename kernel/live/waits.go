package live

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"
)

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

// startsGoroutine tells the calls by which a library starts a goroutine of a function that it is given: those of
// sync.WaitGroup and errgroup.Group, and time.AfterFunc. A panic in one would end the process.
func (c *checked) startsGoroutine(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := c.info.Uses[selector.Sel].(*types.Func)
	return ok &&
		slices.Contains([]string{"(*sync.WaitGroup).Go", "time.AfterFunc", "(*golang.org/x/sync/errgroup.Group).Go",
			"(*golang.org/x/sync/errgroup.Group).TryGo"}, f.FullName())
}

// starts finds for each go statement that calls a function by name what is to be started in its place: a function that
// recovers, with the same arguments, which are evaluated now.
func (r *rewriter) findStarts(c *checked, imports map[string]string) {
	ast.Inspect(c.file, func(n ast.Node) bool {
		g, ok := n.(*ast.GoStmt)
		if !ok {
			return true
		}
		if _, literal := g.Call.Fun.(*ast.FuncLit); literal {
			return true
		}
		signature, ok := c.info.TypeOf(g.Call.Fun).(*types.Signature)
		if !ok || len(g.Call.Args) == 1 && isTuple(c.info.TypeOf(g.Call.Args[0])) {
			return true
		}
		w := r.writer(c.pkg, imports)
		text, err := w.write(signature)
		params, args := "", []string{}
		for i := range g.Call.Args {
			name := fmt.Sprintf("%sa%d", inner, i)
			of, spread := paramType(signature, i), ""
			if g.Call.Ellipsis.IsValid() && i == len(g.Call.Args)-1 {
				of, spread = signature.Params().At(i).Type(), "..."
			}
			t, e := w.write(of)
			if e != nil {
				err = e
			}
			params += ", " + name + " " + t
			args = append(args, name+spread)
		}
		if err == nil {
			r.know.starts[c.unit.draftOffset(c.offset(g.Pos()))] = fmt.Sprintf(
				"func(%[1]sf %[2]s%[3]s) { defer %[4]s.Recover(); %[1]sf(%[5]s) }",
				inner, text, params, runtimeName, strings.Join(args, ", "))
		}
		return true
	})
}

func isTuple(t types.Type) bool {
	_, ok := t.(*types.Tuple)
	return ok
}

func paramType(s *types.Signature, i int) types.Type {
	if n := s.Params().Len(); s.Variadic() && i >= n-1 {
		return s.Params().At(n - 1).Type().(*types.Slice).Elem()
	}
	return s.Params().At(i).Type()
}
