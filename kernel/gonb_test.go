package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestChangeFile: a change whose place is gone or is there twice, as after an update of GoNB, is an error that names
// the file, and nothing is written.
func TestChangeFile(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"there once":  {"a wait(12) b", "a wait(1) b"},
		"gone":        {"a b", ""},
		"there twice": {"wait(12) wait(12)", ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "exec.go")
			if err := os.WriteFile(path, []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			err := changeFile(path, "wait(12)", "wait(1)")
			if test.want == "" {
				if err == nil || !strings.Contains(err.Error(), path) {
					t.Errorf("the error is %v, want one that names the file", err)
				}
				test.want = test.text
			} else if err != nil {
				t.Error(err)
			}
			if got := read(t, path); got != test.want {
				t.Errorf("the file holds %q, want %q", got, test.want)
			}
		})
	}
}
