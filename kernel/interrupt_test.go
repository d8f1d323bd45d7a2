package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestInterrupt: Jupyter's interrupt ends a cell in whatever phase it is and whatever it does about signals, with an
// error that says so; the cells behind it are called off; what the cell started is ended, what earlier cells left
// running is not; and the kernel runs the next cell.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	const declarations = "import (\n\t\"fmt\"\n\t\"os\"\n\t\"os/signal\"\n\t\"syscall\"\n\t\"time\"\n)\n\n"
	compiler := filepath.Join(t.TempDir(), "compiler") // one that takes its time, once it has said its version
	if err := os.WriteFile(compiler, []byte("#!/bin/sh\ncase $2 in -V*) ;; *) sleep 1003 ;; esac\nexec \"$@\"\n"),
		0o755); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, cell string
		until      string // what the cell prints when it is time
		running    string // a part of the command line of a process of the cell, which is waited for
		after      string // put into the next cell, to undo what this one did
	}{
		{"a running cell", declarations + "%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)", "begun", "", ""},
		{"a cell that ignores signals",
			declarations + "%%\nsignal.Ignore(syscall.SIGINT, " +
				"syscall.SIGTERM)\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)", "begun", "", ""},
		{"a cell that ends by itself when asked", declarations + "%%\nasked := make(chan os.Signal, " +
			"1)\nsignal.Notify(asked, syscall.SIGINT)\nfmt.Println(\"begun\")\n<-asked\ntime.Sleep(100 * " +
			"time.Millisecond)\nfmt.Println(\"saved, asked again:\", len(asked))", "begun", "", ""},
		{"a cell that compiles", "%goflags -toolexec=" + compiler + "\n%%\nfmt.Println(\"compiled\")", "goflags",
			"sleep 1003", "%goflags \"\"\n"},
		{"a shell command", "!echo begun\n!sleep 1003\n!echo next", "begun", "sleep 1003", ""},
		{"one of several commands in a line", "!echo begun; sleep 1003; echo next", "begun", "sleep 1003", ""},
		{"a shell command before Go", "!echo begun; sleep 1003\n%%\nfmt.Println(\"next\")", "begun", "sleep 1003", ""},
		{"a command that ignores signals", "!trap '' INT TERM; echo begun; sleep 1003; sleep 1003", "begun",
			"sleep 1003", ""},
		{"a command in the background", "!echo begun; (setsid sleep 1003 &)", "begun", "sleep 1003", ""},
		{"a script cell", "%%bash\necho begun\nsleep 1003\necho next", "begun", "sleep 1003", ""},
	}
	setup, where := prepared(t), isolate(t)
	j := startJupyter(t, setup, where)
	pid := j.do(order{Do: "start"}).PID
	j.do(order{Do: "run", Code: "!setsid sleep 1004 >/dev/null 2>&1 &"})
	has := func(part string) bool {
		return slices.ContainsFunc(where.processes(), func(p string) bool { return strings.Contains(p, part) })
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			j.t = t
			j.do(order{Do: "send", Codes: []string{test.cell, "!echo behind"}, Until: test.until})
			if test.running != "" {
				eventually(t, 30*time.Second, func() error {
					if !has(test.running) {
						return fmt.Errorf("no process of %q has begun", test.running)
					}
					return nil
				})
			}
			j.do(order{Do: "interrupt"})
			cells := j.do(order{Do: "wait"}).Cells
			t.Logf("ended %.2f s after the interrupt", cells[0].Seconds)
			if cells[0].Seconds > 5 {
				t.Errorf("the cell ended %.1f s after the interrupt", cells[0].Seconds)
			}
			if first := cells[0]; first.Status != "error" ||
				!strings.HasSuffix(first.Said, "Interrupted: the cell was interrupted") ||
				strings.Contains(first.Said, "next") || len(first.Shown) > 0 {
				t.Errorf("the interrupted cell: %+v", first)
			}
			if strings.Contains(test.cell, "saved") && !strings.Contains(cells[0].Said, "saved, asked again: 0") {
				t.Errorf("the cell that was to end by itself said %q", cells[0].Said)
			}
			if diff := cmp.Diff(said{Status: "aborted", States: []string{"busy", "idle"}, Shown: []int{},
				Seen: []string{}, Seconds: cells[1].Seconds}, cells[1]); diff != "" {
				t.Errorf("the cell behind it (-want +got):\n%s", diff)
			}
			if test.running != "" && has(test.running) {
				t.Errorf("of the interrupted cell there is still %q", test.running)
			}
			if next := j.do(order{Do: "run", Code: test.after + "%%\nfmt.Println(6 * 7)"}); next.Status != "ok" ||
				!strings.HasSuffix(next.Said, "42\n") {
				t.Errorf("the cell after it: %+v, want 42", next.said)
			}
		})
	}
	j.t = t
	if !has("sleep 1004") {
		t.Error("what an earlier cell left running has been ended")
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the kernel's process has gone: %v", err)
	}
	j.do(order{Do: "run", Code: "!echo begun; sleep 1003", Until: "begun"})
	if err := syscall.Kill(pid, syscall.SIGINT); err != nil { // as some other client of the kernel may interrupt it
		t.Error(err)
	}
	if a := j.do(order{Do: "wait"}); a.Status != "error" {
		t.Errorf("a cell interrupted by a signal: %+v", a.said)
	}
	j.do(order{Do: "interrupt"}) // which nothing is there to hear
	if next := j.do(order{Do: "run", Code: "%%\nfmt.Println(6 * 7)"}); next.Said != "42\n" {
		t.Errorf("the cell after an interrupt of nothing: %+v, want 42", next.said)
	}
	j.do(order{Do: "shutdown"})
}

// TestRunAllAfterAnError: cells that Jupyter has sent together are called off when one fails, unless they were to go
// on; those sent later run.
func TestRunAllAfterAnError(t *testing.T) {
	t.Parallel()
	setup, where := prepared(t), isolate(t)
	marker := filepath.Join(t.TempDir(), "ran")
	j := startJupyter(t, setup, where)
	j.do(order{Do: "start"})
	for name, failing := range map[string]string{
		"a panic":                  "%%\npanic(\"no\")",
		"a compile error":          "%%\nnowhere()",
		"a failing command":        "!exit 3",
		"a failing script":         "%%bash\nexit 3",
		"a failing command, first": "!exit 3\n!touch " + marker + "\n%%\nos.WriteFile(\"" + marker + "\", nil, 0o644)",
	} {
		t.Run(name, func(t *testing.T) {
			j.t = t
			cells := j.do(order{Do: "send", Codes: []string{"!echo first", failing, "!touch " + marker,
				"%%\nprintln(1)"}}).Cells
			var statuses []string
			for _, c := range cells {
				statuses = append(statuses, c.Status)
			}
			if diff := cmp.Diff([]string{"ok", "error", "aborted", "aborted"}, statuses); diff != "" {
				t.Errorf("the cells' statuses (-want +got):\n%s", diff)
			}
			if there, _ := filepath.Glob(marker); there != nil {
				t.Error("what comes after the failure ran")
			}
			if strings.Contains(failing, "exit 3") &&
				cells[1].Said != "exit status 3\nCommandFailed: a command of the cell ended with exit status 3" {
				t.Errorf("the failing cell said %q", cells[1].Said)
			}
			if later := j.do(order{Do: "run", Code: "!echo later"}); later.Said != "later\n" || later.Status != "ok" {
				t.Errorf("a cell sent later: %+v", later.said)
			}
		})
	}
	j.t = t
	cells := j.do(order{Do: "send", Codes: []string{"!exit 3", "!echo on"}, GoOn: true}).Cells
	if cells[0].Status != "error" || cells[1].Status != "ok" || cells[1].Said != "on\n" {
		t.Errorf("cells that were to go on after an error: %+v", cells)
	}
	if a := j.do(order{Do: "run", Code: "!false || true\n!bash -c 'exit 3'; echo fine"}); a.Status != "ok" ||
		a.Said != "fine\n" {
		t.Errorf("commands whose failure is dealt with: %+v", a.said)
	}
	j.do(order{Do: "shutdown"})
}
