package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/kernel/live"
	"github.com/maestro-lod/notebook/kernel/live/wire"
)

// liveCells runs cells whose values live on, beside GoNB. Its state belongs to the goroutine of proxy.run.
type liveCells struct {
	session *live.Session
	opened  chan opening // once
	err     error        // why there is no session
	folder  string
	now     *liveCell
	parents map[int]message // requests of cells, by their count: what they say late is theirs
	shown   map[string]bool // display ids that are on the page
	advised bool            // a restart was advised
}

// opening is a session that is ready, or why there is none.
type opening struct {
	session *live.Session
	err     error
}

// liveCell is the cell that runs live.
type liveCell struct {
	cell     *cell
	parts    live.Cell
	count    int
	compiled chan compilation
	cancel   context.CancelFunc
	running  bool
	commands bool // GoNB runs the lines of it that are no Go
	stdin    *os.File
	asked    bool // a person was asked for a line
	sizes    bool // waits for the sizes of variables
}

// compilation is what came of compiling a cell.
type compilation struct {
	cell *live.Compiled
	err  error
}

// openLive opens a session in the background: the first cell waits for it.
func openLive(ctx context.Context, s live.Settings) *liveCells {
	l := &liveCells{opened: make(chan opening, 1), folder: s.Folder, parents: map[int]message{}, shown: map[string]bool{}}
	go func() {
		session, err := live.New(ctx, s)
		l.opened <- opening{session, err}
	}()
	return l
}

// ready waits for the session; false where there is none.
func (l *liveCells) ready() bool {
	if l == nil {
		return false
	}
	if l.session == nil && l.err == nil {
		o := <-l.opened
		l.session, l.err = o.session, o.err
	}
	return l.session != nil
}

// events is where the session's process speaks.
func (l *liveCells) events() <-chan live.Event {
	if l == nil || l.session == nil {
		return nil
	}
	return l.session.Events()
}

// compilation is where the running cell's compilation ends.
func (l *liveCells) compilation() <-chan compilation {
	if l == nil || l.now == nil {
		return nil
	}
	return l.now.compiled
}

// pid is the process's; what came of it is none of GoNB's cells.
func (l *liveCells) pid() int {
	if l == nil || l.session == nil {
		return 0
	}
	return l.session.Pid()
}

// startLive takes a cell to run live; false leaves it to GoNB.
func (p *proxy) startLive(c *cell) bool {
	parts := live.Split(c.code)
	route := routeOf(c.code, parts)
	if route == toGoNB || !p.live.ready() {
		return false
	}
	p.number(c)
	n := &liveCell{cell: c, parts: parts, count: c.count}
	p.live.now = n
	p.live.parents[n.count] = c.request
	p.publishStatus(c.request, "busy")
	if !c.silent {
		send(p.front.iopub, p.signer.answer(c.request, "execute_input", map[string]any{"code": c.code, "execution_count": n.count}))
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
	content := map[string]any{"code": strings.Join(lines, "\n"), "silent": false, "store_history": false, "user_expressions": map[string]any{},
		"allow_stdin": n.cell.allowStdin, "stop_on_error": true}
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
		compiled, err := session.Compile(ctx, n.count, n.parts)
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
		n.running = true
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
		if p.Cell == n.count && p.Line >= 1 && p.Line <= len(lines) {
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

// onLive passes on what the session's process says.
func (p *proxy) onLive(e live.Event) {
	n := p.live.now
	switch {
	case e.Ended:
		p.lostLive(e.Reason)
	case e.Stream != "":
		p.publishFor(e.Cell, "stream", map[string]any{"name": e.Stream, "text": e.Text})
	case e.Display != nil:
		p.publishDisplay(e)
	case e.Kind == wire.Show:
		p.publishFor(e.Cell, "execute_result", map[string]any{"execution_count": e.Cell, "metadata": map[string]any{},
			"data": map[string]any{"text/plain": e.Text}})
	case e.Kind == wire.Sizes:
		if n != nil && n.sizes {
			n.sizes = false
			p.who(e)
			p.afterMagics()
		}
	case e.Kind == wire.Done && n != nil && n.running && e.Cell == n.count:
		p.onLiveDone(e)
	}
}

// onLiveDone ends the cell as the process says.
func (p *proxy) onLiveDone(e live.Event) {
	n := p.live.now
	p.adviseRestart(e)
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
		text := "the cell was given up: it is somewhere that no interrupt reaches, such as a compiled program or a lock, and ends when it comes " +
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
	text := "the process that held this notebook's values has ended (" + reason + "), and they are lost with it. The next cell begins anew"
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
		_ = n.stdin.Close()
	}
	p.live.now = nil
	content := map[string]any{"status": "ok", "execution_count": n.count, "user_expressions": map[string]any{}, "payload": []any{}}
	if f != nil {
		c.failed = true
		if !c.silent {
			send(p.front.iopub, p.signer.answer(c.request, "error", map[string]any{"ename": f.Name, "evalue": f.Value, "traceback": f.Traceback}))
		}
		content = map[string]any{"status": "error", "execution_count": n.count, "ename": f.Name, "evalue": f.Value, "traceback": f.Traceback}
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

// publishFor tells everyone something of a cell, which may have ended.
func (p *proxy) publishFor(count int, kind string, content any) {
	request, ok := p.live.parents[count]
	if !ok || p.live.now != nil && p.live.now.count == count && p.live.now.cell.silent {
		return
	}
	send(p.front.iopub, p.signer.answer(request, kind, content))
}

// publishDisplay shows what a cell has handed to gonbui.
func (p *proxy) publishDisplay(e live.Event) {
	data := map[string]any{}
	for kind, value := range e.Display.Data {
		data[string(kind)] = value // bytes become base64, as the protocol wants
	}
	metadata := e.Display.Metadata
	if metadata == nil {
		metadata = map[string]any{}
	}
	content := map[string]any{"data": data, "metadata": metadata, "transient": map[string]any{}}
	kind := "display_data"
	if id := e.Display.DisplayID; id != "" {
		content["transient"] = map[string]any{"display_id": id}
		if p.live.shown[id] {
			kind = "update_display_data"
		}
		p.live.shown[id] = true
	}
	p.publishFor(e.Cell, kind, content)
}

// adviseRestart says when cells have taken much memory: that of a compiled cell is not given back.
func (p *proxy) adviseRestart(e live.Event) {
	if total := physicalMemory(); !p.live.advised && total > 0 && e.Memory > total/2 {
		p.live.advised = true
		p.publishFor(e.Cell, "stream", map[string]any{"name": "stderr", "text": fmt.Sprintf(
			"this notebook's process takes %.1f GB, more than half of the machine's memory; %%who names the largest values, %%del NAME frees one, "+
				"and a restart of the kernel frees everything\n", float64(e.Memory)/1e9)})
	}
}

// openStdin makes the pipe that a person's answers go through; "" where nobody can be asked.
func (p *proxy) openStdin() (string, error) {
	n := p.live.now
	if !n.cell.allowStdin {
		return "", nil
	}
	path := filepath.Join(p.live.folder, fmt.Sprintf("stdin-%d", n.count))
	if err := syscall.Mkfifo(path, 0o600); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("making a pipe for input: %w", err)
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return "", fmt.Errorf("opening a pipe for input: %w", err)
	}
	n.stdin = file
	return path, nil
}

// askForInput asks a person for a line where the cell waits for one.
func (p *proxy) askForInput() {
	n := p.live.current()
	if n == nil || !n.running || n.stdin == nil || n.asked || !readsInput(p.live.pid()) {
		return
	}
	n.asked = true
	send(p.front.stdin, p.signer.answer(n.cell.request, "input_request", map[string]any{"prompt": "", "password": false}))
}

// onInput hands a person's answer to the cell that waits for it; false where none does.
func (p *proxy) onInput(m message) bool {
	if n := p.live.current(); n == nil || !n.asked || m.header().Type != "input_reply" {
		return false
	}
	var content struct {
		Value string `json:"value"`
	}
	_ = m.content(&content)
	p.live.now.asked = false
	_, _ = p.live.now.stdin.WriteString(content.Value + "\n")
	return true
}

// inputEvery is how often a cell is looked at for whether it waits for input.
const inputEvery = 50 * time.Millisecond

// current is the cell that runs live; nil where none does.
func (l *liveCells) current() *liveCell {
	if l == nil {
		return nil
	}
	return l.now
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

// forPanel hands what a page says to the living cell that listens; false for everything else.
func (p *proxy) forPanel(m message) bool {
	if p.live.events() == nil {
		return false
	}
	var content struct {
		Comm string `json:"comm_id"`
		Data struct {
			Address string `json:"address"`
			Value   any    `json:"value"`
		} `json:"data"`
	}
	switch m.header().Type {
	case "comm_msg":
		return m.content(&content) == nil && p.live.session.Deliver(content.Data.Address, content.Data.Value)
	}
	return false
}
