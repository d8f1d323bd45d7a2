package supervisor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// commands watches the ! lines of cells, which GoNB hands to bash one by one whether they succeed or not. Each bash
// that GoNB starts reads a file of ours first (BASH_ENV): it leaves its exit status in another file if it fails, and
// does nothing where that file is there already.
type commands struct {
	script string
	failed string
}

func newCommands(dir string) commands {
	return commands{script: filepath.Join(dir, "bash_env"), failed: filepath.Join(dir, "failed")}
}

// install writes the script. Only bash started by GoNB itself is meant, not that of scripts and programs further down.
func (c commands) install(gonb int, users string) error {
	text := fmt.Sprintf("if [ \"$PPID\" = %d ]; then\n\t[ -e %[2]s ] && exit 0\n"+
		"\ttrap 'maestro_status=$?; [ $maestro_status = 0 ] || echo $maestro_status >%[3]s' EXIT\nfi\n",
		gonb, quote(c.failed), strings.ReplaceAll(quote(c.failed), "'", `'\''`))
	if users != "" {
		text += fmt.Sprintf("[ -r %[1]s ] && . %[1]s\n", quote(users))
	}
	return os.WriteFile(c.script, []byte(text), 0o600)
}

func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// begin forgets what happened in the cell before.
func (c commands) begin() { _ = os.Remove(c.failed) }

// stop keeps the lines that are left from running.
func (c commands) stop() { _ = os.WriteFile(c.failed, nil, 0o600) }

// status is the exit status of the line that has failed, if one has.
func (c commands) status() (status string, failed bool) {
	text, err := os.ReadFile(c.failed)
	return strings.TrimSpace(string(text)), err == nil
}
