package supervisor

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/kernel/live"
)

// route says who runs a cell.
type route struct {
	gonb    bool
	unknown string // what is wrong with a magic that nobody knows
}

var (
	toGoNB = route{gonb: true}
	toLive = route{}
)

// Magics by who obeys them. Those that take a whole cell leave it to GoNB, where it is a program of its own.
var (
	wholeCell = []string{"test", "wasm", "exec", "widgets", "widgets_hb", "capture", "goflags", "autoget",
		"noautoget", "gonb"}
	ours   = []string{"who", "ls", "list", "del", "rm", "remove", "args"}
	shared = []string{"env", "cd", "reset"} // GoNB's commands are to know of them, too
	gonbs  = []string{"help", "version", "with_inputs", "with_password", "track", "untrack", "goworkfix"}
)

func magicOf(line string) (name, rest string) {
	if !strings.HasPrefix(line, "%") {
		return "", ""
	}
	name, rest, _ = strings.Cut(strings.TrimLeft(line, "%"), " ")
	return strings.TrimSpace(name), strings.TrimSpace(rest)
}

func routeOf(code string, parts live.Cell) route {
	first := strings.TrimSpace(code)
	if strings.HasPrefix(first, "%%") && len(first) > 2 && first[2] != ' ' && first[2] != '\n' && first[2] != '\r' {
		return toGoNB // %%bash, %%writefile and their like take the whole cell
	}
	for _, c := range parts.Commands {
		name, _ := magicOf(c.Text)
		switch {
		case strings.HasPrefix(c.Text, "!"):
		case slices.Contains(wholeCell, name):
			return toGoNB
		case !slices.Contains(slices.Concat(ours, shared, gonbs), name):
			return route{unknown: fmt.Sprintf("line %d: no magic %%%s here; there are %%%s", c.Line, name,
				strings.Join(slices.Concat(ours, shared), ", %"))}
		}
	}
	if importsForeign(parts.Code) {
		return toGoNB
	}
	return toLive
}

// importsForeign tells a cell that cannot live: one with C in it, and one with GoNB's own widgets, whose ways to the
// page are those of a program that GoNB runs.
func importsForeign(code string) bool {
	for line := range strings.Lines(code) {
		line = strings.TrimSpace(line)
		if strings.HasSuffix(line, `"C"`) && (strings.HasPrefix(line, "import") || line == `"C"`) ||
			strings.Contains(line, `"github.com/janpfeifer/gonb/gonbui/widgets"`) ||
			strings.Contains(line, `"github.com/janpfeifer/gonb/gonbui/dom"`) {
			return true
		}
	}
	return false
}

// forGoNB tells the lines that GoNB is to run.
func forGoNB(line string) bool {
	name, _ := magicOf(line)
	return strings.HasPrefix(line, "!") || slices.Contains(shared, name) || slices.Contains(gonbs, name)
}

// obeyMagics does what the lines of the running cell ask of the session, and goes on.
func (p *proxy) obeyMagics() {
	n := p.live.now
	s := p.live.session
	reset := false
	for _, c := range n.parts.Commands {
		name, rest := magicOf(c.Text)
		switch name {
		case "args":
			n.parts.Args = strings.Fields(rest)
		case "del", "rm", "remove":
			for _, word := range strings.Fields(strings.ReplaceAll(rest, ",", " ")) {
				if err := s.Delete(word); err != nil {
					p.endLive(newFailure("UnknownName", err.Error()))
					return
				}
			}
		case "env":
			variable, value, ok := strings.Cut(rest, "=")
			if !ok {
				variable, value, _ = strings.Cut(rest, " ")
			}
			s.Setenv(variable, os.ExpandEnv(value))
		case "cd":
			if rest != "" {
				if err := s.Chdir(rest); err != nil {
					p.endLive(newFailure("BadFolder", err.Error()))
					return
				}
			}
		case "reset":
			reset = true
		case "who", "ls", "list":
			n.sizes = true
		}
	}
	if reset && s.Pid() > 0 {
		n.cell.reset = true
		s.Kill()
		return // and goes on when the process has ended
	}
	if n.sizes {
		if s.AskSizes() {
			return // and goes on when they are there
		}
		n.sizes = false
		p.who(live.Event{})
	}
	p.afterMagics()
}

// who lists the session's names.
func (p *proxy) who(e live.Event) {
	n := p.live.now
	rows := [][]string{{"name", "type", "size", "cell"}}
	for _, one := range p.live.session.Entries() {
		size := ""
		if bytes, ok := e.Sizes[one.Key()]; ok {
			size = bytesText(bytes)
		}
		kind := one.Kind
		if kind == "variable" || kind == "constant" || kind == "function" {
			kind = p.live.session.TypeText(one)
		}
		rows = append(rows, []string{one.Name, kind, size, fmt.Sprintf("[%d]", one.Cell)})
	}
	text := "nothing is declared yet\n"
	if len(rows) > 1 {
		text = columns(rows)
		if e.Memory > 0 {
			text += fmt.Sprintf("the process takes %s\n", bytesText(e.Memory))
		}
	}
	p.publishFor(n.cell.count, "stream", map[string]any{"name": "stdout", "text": text})
}

// columns sets rows in columns as wide as their widest word.
func columns(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, word := range row {
			widths[i] = max(widths[i], len([]rune(word)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, word := range row {
			line += word + strings.Repeat(" ", widths[i]-len([]rune(word))+2)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func bytesText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}
