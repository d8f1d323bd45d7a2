package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The report is of a real `go test -json`: of a module with a test of every ending.
func TestReport(t *testing.T) {
	for name, test := range map[string]struct {
		code   string
		failed bool
		want   []string
	}{
		"passing and skipped": {`func TestA(t *testing.T) {}
func TestB(t *testing.T) { t.Skip("no browser: install one") }
func TestC(t *testing.T) { t.Run("x", func(t *testing.T) { t.Log("noise"); t.Skip("no browser: install one") }) }`, false,
			[]string{"ok   m ", "2 passed, 0 failed, 2 skipped\nskipped 2: no browser: install one\n"}},
		"failing": {`func TestA(t *testing.T) { t.Error("the reason") }
func TestB(t *testing.T) {}`, true, []string{"the reason", "FAIL m ", "1 passed, 1 failed, 0 skipped\n"}},
		"broken": {`func TestA(t *testing.T) { missing() }`, true,
			[]string{"undefined: missing", "0 passed, 0 failed"}},
		"panicking": {`func TestA(t *testing.T) { panic("the cause") }`, true, []string{"the cause", "1 failed"}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{"go.mod": "module m\n",
				"m_test.go": "package m\n\nimport \"testing\"\n\n" + test.code + "\n"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("go", "test", "-json", "./...")
			cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=")
			events, _ := cmd.Output()
			var out strings.Builder
			if failed := report(strings.NewReader(string(events)), &out); failed != test.failed {
				t.Errorf("failed is %t", failed)
			}
			for _, want := range test.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, out.String())
				}
			}
		})
	}
}
