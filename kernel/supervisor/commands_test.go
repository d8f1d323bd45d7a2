package supervisor

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestCommands: of the commands that GoNB starts, and those alone, the first that fails is noticed and no other runs
// after it; what the user has set for every bash is read too.
func TestCommands(t *testing.T) {
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip("no bash")
	}
	dir := filepath.Join(t.TempDir(), "it's a folder")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	users := filepath.Join(dir, "users")
	if err := os.WriteFile(users, []byte("mine=yours\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := newCommands(dir)
	if err := c.install(os.Getpid(), users); err != nil { // we are GoNB
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		lines  []string
		said   string // by all of them
		status string // noticed; "" for none
	}{
		{"success", []string{"echo $mine", "true"}, "yours\n", ""},
		{"failure", []string{"echo one; exit 3", "echo two", "exit 4"}, "one\n", "3"},
		{"the last command counts", []string{"false; echo one"}, "one\n", ""},
		{"a failure dealt with", []string{"false || true", "echo two"}, "two\n", ""},
		{"a failing bash further down", []string{"bash -c 'exit 3'; bash -c 'echo $mine'"}, "yours\n", ""},
		{"no such program", []string{"no-such-program 2>/dev/null"}, "", "127"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c.begin()
			said := ""
			for _, line := range test.lines {
				cmd := exec.Command("bash", "-c", line)
				cmd.Env = append(os.Environ(), "BASH_ENV="+c.script)
				out, _ := cmd.Output()
				said += string(out)
			}
			status, noticed := c.status()
			if said != test.said || status != test.status || noticed != (test.status != "") {
				t.Errorf("they said %q, and %q was noticed (%v); want %q and %q", said, status, noticed, test.said,
					test.status)
			}
		})
	}
}
