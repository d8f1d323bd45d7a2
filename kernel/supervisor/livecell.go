package supervisor

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/maestro-lod/notebook/kernel/live"
)

// startLive takes a cell to run live; false leaves it to GoNB.
func (p *proxy) startLive(c *cell) bool {
	parts := live.Split(c.code)
	route := routeOf(c.code, parts)
	if route == toGoNB || !p.live.ready() {
		return false
	}
	p.number(c)
	n := &liveCell{cell: c, parts: parts}
	p.live.now = n
	p.live.parents[c.count] = c.request
	p.publishStatus(c.request, "busy")
	if !c.silent {
		send(p.front.iopub, p.signer.answer(c.request, "execute_input",
			map[string]any{"code": c.code, "execution_count": c.count}))
	}
	if route.unknown != "" {
		p.endLive(newFailure("UnknownMagic", route.unknown))
		return true
	}
	p.obeyMagics()
	return true
}

// number gives a cell its number in the notebook; one that the history is not to know has that of the last one.
func (p *proxy) number(c *cell) {
	if !c.silent && c.history {
		p.count++
	}
	c.count = p.count
}

// afterMagics goes on to the lines for GoNB, and from there to the Go.
func (p *proxy) afterMagics() {
	n := p.live.now
	var lines []string
	for _, c := range n.parts.Commands {
		if forGoNB(c.Text) {
			lines = append(lines, c.Text)
		}
	}
	if len(lines) == 0 {
		p.compileLive()
		return
	}
	n.commands = true
	p.commands.begin()
	content := map[string]any{"code": strings.Join(lines, "\n"), "silent": false, "store_history": false,
		"user_expressions": map[string]any{},
		"allow_stdin":      n.cell.allowStdin, "stop_on_error": true}
	send(p.back.shell, p.signer.with(n.cell.request, content))
}

// commandsDone goes on once GoNB has run a cell's commands.
func (p *proxy) commandsDone() {
	n := p.live.now
	n.commands = false
	c := n.cell
	if c.failure != nil {
		p.endLive(c.failure)
		return
	}
	if c.failed {
		p.endLive(newFailure("CommandFailed", "a line of the cell that is no Go failed"))
		return
	}
	c.replied, c.idle = false, false
	p.compileLive()
}

// compileLive compiles the Go of the running cell in the background.
func (p *proxy) compileLive() {
	n := p.live.now
	ctx, cancel := context.WithCancel(context.Background())
	n.cancel, n.compiled = cancel, make(chan compilation, 1)
	session := p.live.session
	go func() {
		compiled, err := session.Compile(ctx, n.cell.count, n.parts)
		n.compiled <- compilation{compiled, err}
	}()
}

// onCompiled runs the cell that was compiled.
func (p *proxy) onCompiled(c compilation) {
	n := p.live.now
	n.compiled = nil
	n.cancel()
	switch {
	case n.cell.failure != nil:
		p.endLive(n.cell.failure)
	case errors.Is(c.err, context.Canceled):
		p.endLive(interrupted())
	case c.err != nil:
		p.endLive(compileFailure(c.err, n))
	case c.cell == nil: // no Go in it
		p.endLive(nil)
	default:
		stdin, err := p.openStdin()
		if err == nil {
			err = p.live.session.Start(c.cell, stdin)
		}
		if err != nil {
			p.endLive(newFailure("Kernel", err.Error()))
			return
		}
		n.running, n.took = true, maps.Clone(c.cell.Took)
	}
}

// compileFailure tells what is wrong with a cell, with the line that it is in.
func compileFailure(err error, n *liveCell) *failure {
	var problems live.Problems
	if !errors.As(err, &problems) {
		return newFailure("CompileError", err.Error())
	}
	lines := strings.Split(strings.ReplaceAll(n.cell.code, "\r\n", "\n"), "\n")
	var trace []string
	for _, p := range problems[:min(len(problems), 10)] {
		trace = append(trace, fmt.Sprintf("cell [%d]:%d:%d: %s", p.Cell, p.Line, p.Column, p.Text))
		if p.Cell == n.cell.count && p.Line >= 1 && p.Line <= len(lines) {
			line := lines[p.Line-1]
			before := line[:min(max(p.Column-1, 0), len(line))]
			blank := regexp.MustCompile(`[^\t]`).ReplaceAllString(before, " ")
			trace = append(trace, "    "+line, "    "+blank+"^")
		}
	}
	if more := len(problems) - 10; more > 0 {
		trace = append(trace, fmt.Sprintf("and %d more", more))
	}
	f := newFailure("CompileError", trace[0])
	f.Traceback = trace
	return f
}

// onLiveDone ends the cell as the process says.
func (p *proxy) onLiveDone(e live.Event) {
	n := p.live.now
	p.adviseRestart(e)
	if n.took != nil {
		n.took["open"], n.took["run"] = e.Opened, e.Ran-e.Opened
	}
	f := n.cell.failure
	if e.Failure != nil && (f == nil || e.Failure.Name != "Interrupted") {
		f = &failure{Name: e.Failure.Name, Value: e.Failure.Value, Traceback: []string{e.Failure.Value}}
		if e.Failure.Name == "panic" {
			f.Traceback[0] = "panic: " + e.Failure.Value
		}
		if stack := cellStack(e.Failure.Stack); stack != "" {
			f.Traceback = append(f.Traceback, stack)
		}
	}
	if e.Left {
		text := "the cell was given up: it is somewhere that no interrupt reaches, such as a compiled program or a " +
			"lock, and ends when it comes " +
			"back from there. All values are kept. If it does not come back, restart the kernel"
		p.publishFor(e.Cell, "stream", map[string]any{"name": "stderr", "text": text + "\n"})
	}
	p.endLive(f)
}

// cellStack is the part of a stack that is in cells, in their own names.
func cellStack(stack string) string {
	lines := strings.Split(live.Unmark(stack), "\n")
	var kept []string
	for i := 0; i+1 < len(lines); i++ {
		if m := stackPlace.FindStringSubmatch(lines[i+1]); m != nil && !strings.HasPrefix(lines[i], "created by ") {
			name := stackName.ReplaceAllString(lines[i], "")
			if name, _, _ = strings.Cut(name, "("); strings.HasSuffix(name, "run") && !strings.Contains(name, ".") {
				name = "the cell's statements"
			}
			kept = append(kept, fmt.Sprintf("    at cell [%s]:%s, %s", m[1], m[2], name))
		}
	}
	return strings.Join(kept, "\n")
}

var (
	stackPlace = regexp.MustCompile(`cell\[(\d+)\]:(\d+)`)
	stackName  = regexp.MustCompile(`^cells/c\d+\.`)
)

// lostLive tells that the process has gone, and with it the values.
func (p *proxy) lostLive(reason string) {
	n := p.live.now
	p.live.session.Reset()
	if n != nil && n.cell.reset {
		n.cell.reset = false
		p.afterMagics()
		return
	}
	text := "the process that held this notebook's values has ended (" + reason +
		"), and they are lost with it. The next cell begins anew"
	if n == nil {
		return
	}
	p.endLive(newFailure("ProcessEnded", text))
}

// endLive answers the cell; a failure calls off those behind it.
func (p *proxy) endLive(f *failure) {
	n := p.live.now
	c := n.cell
	if n.stdin != nil {
		n.look.Stop()
		_ = n.stdin.Close()
	}
	p.live.now = nil
	content := map[string]any{"status": "ok", "execution_count": n.cell.count, "user_expressions": map[string]any{},
		"payload": []any{}}
	if n.took != nil {
		content["maestro_ms"] = n.took // for who wants to know where a cell's time goes
	}
	if f != nil {
		c.failed = true
		if !c.silent {
			send(p.front.iopub, p.signer.answer(c.request, "error", map[string]any{"ename": f.Name, "evalue": f.Value,
				"traceback": f.Traceback}))
		}
		content = map[string]any{"status": "error", "execution_count": n.cell.count, "ename": f.Name, "evalue": f.Value,
			"traceback": f.Traceback}
	}
	if c.callsOff() {
		p.doom()
	}
	send(p.front.shell, p.signer.answer(c.request, "execute_reply", content))
	p.publishStatus(c.request, "idle")
	c.replied, c.idle = true, true
	p.settle()
}

// interruptLive ends the cell in whatever phase it is.
func (p *proxy) interruptLive() {
	n := p.live.now
	if n.cell.failure == nil {
		n.cell.failure = interrupted()
	}
	switch {
	case n.running:
		p.live.session.Interrupt()
	case n.compiled != nil:
		n.cancel()
	}
}

// onCommandsSaid passes on what GoNB tells of a cell's commands, but not what it tells of the cell: that is ours.
func (p *proxy) onCommandsSaid(m message) {
	c := p.running
	switch m.header().Type {
	case "status", "error":
		c.onPublished(p.signer, m)
	case "execute_input":
	default:
		if !c.silent {
			send(p.front.iopub, m)
		}
	}
	p.commandsSettle()
}

// commandsSettle goes on where GoNB has replied and has told all.
func (p *proxy) commandsSettle() {
	n := p.live.now
	if n == nil || !n.commands || !n.cell.replied || !n.cell.idle {
		return
	}
	n.cell.ended()
	p.commandsDone()
}
