package kernel

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stubborn is a cell that no polite request ends: it ignores signals, and so do its children, one of which is in a
// session of its own and one of which has lost its parent.
const stubborn = `import (
	"fmt"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"github.com/janpfeifer/must"
)

%%
signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
must.M(exec.Command("sleep", "1000").Start())
away := exec.Command("sleep", "1001")
away.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
must.M(away.Start())
must.M(exec.Command("sh", "-c", "setsid sleep 1002 & ").Run())
fmt.Println("begun")
time.Sleep(time.Hour)
`

// jupyter is a real Jupyter client in a process of its own, which has started our kernel.
type jupyter struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
	err *bytes.Buffer

	pipe io.Closer // what out reads from
}

type order struct {
	Do    string `json:"do"`
	Code  string `json:"code,omitempty"`
	Until string `json:"until,omitempty"` // for "run": answer when this was printed, not when the cell has ended
	Now   bool   `json:"now,omitempty"`   // for "restart" and "shutdown": kill the supervisor, ask nothing
}

type answer struct {
	Said string `json:"said"`
	PID  int    `json:"pid"` // the supervisor's
}

func startJupyter(t *testing.T, setup Setup, where isolation) *jupyter {
	t.Helper()
	cmd := exec.Command(setup.python.Python(), filepath.Join("testdata", "client.py"), Name)
	cmd.Env = with(jupyterEnviron(setup.layout, filepath.Dir(setup.python.Python())), where.settings()...)
	j := &jupyter{t: t, cmd: cmd, err: &bytes.Buffer{}}
	cmd.Stderr = j.err
	cmd.WaitDelay = time.Second // a kernel that is left over holds standard error open
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	j.in, j.out, j.pipe = in, bufio.NewScanner(out), out
	t.Cleanup(func() {
		j.kill()
		where.end()
	})
	return j
}

// kill ends the client as a crash does, without a word to the kernel.
func (j *jupyter) kill() {
	_ = j.cmd.Process.Kill()
	_ = j.cmd.Wait()
}

func (j *jupyter) do(o order) answer {
	j.t.Helper()
	text, err := json.Marshal(o)
	if err != nil {
		j.t.Fatal(err)
	}
	stuck := time.AfterFunc(time.Minute, func() {
		_ = j.cmd.Process.Kill()
		_ = j.pipe.Close() // what the client has started may hold the other end
	})
	defer stuck.Stop()
	if _, err := fmt.Fprintf(j.in, "%s\n", text); err != nil || !j.out.Scan() {
		j.kill()
		j.t.Fatalf("%s: the client ended: %s", o.Do, j.err)
	}
	var a answer
	if err := json.Unmarshal(j.out.Bytes(), &a); err != nil {
		j.t.Fatal(err)
	}
	return a
}

// beginStubborn runs the stubborn cell, and fails the test where its processes are not all found.
func (j *jupyter) beginStubborn(where isolation) {
	j.t.Helper()
	if a := j.do(order{Do: "run", Code: stubborn, Until: "begun"}); !strings.Contains(a.Said, "begun") {
		j.t.Fatalf("the cell did not begin: %s", a.Said)
	}
	eventually(j.t, 30*time.Second, func() error { // the one without a parent may not have begun when the cell has
		running := strings.Join(where.processes(), "\n")
		for _, want := range []string{"sleep 1000", "sleep 1001", "sleep 1002", "gonb", "maestro kernel"} {
			if !strings.Contains(running, want) {
				return fmt.Errorf("%s is not among the kernel's processes:\n%s", want, running)
			}
		}
		return nil
	})
}

// TestNothingIsLeft: of a cell that ignores signals and starts processes of its own, no process and no folder is left
// once Jupyter has restarted the kernel or shut it down.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	where := isolate(t)
	j := startJupyter(t, setup, where)
	now := j.do(order{Do: "start"}).PID
	for range 4 {
		j.beginStubborn(where)
		before := where.folders()
		restarted := j.do(order{Do: "restart"}).PID
		if restarted == now {
			t.Fatal("the kernel was not restarted")
		}
		now = restarted
		eventually(t, 30*time.Second, func() error {
			for _, process := range where.processes() {
				if strings.Contains(process, "sleep 100") {
					return fmt.Errorf("after a restart, left behind: %s", process)
				}
			}
			if folders := where.folders(); len(folders) != 1 || folders[0] == before[0] {
				return fmt.Errorf("after a restart there are the folders %q, want one, and not %q", folders, before)
			}
			return nil
		})
	}
	j.beginStubborn(where)
	j.do(order{Do: "shutdown"})
	j.kill()
	where.expectEmpty(t, "after the shutdown")
}

// TestJupyterDies: where Jupyter is killed, its kernel ends by itself and cleans up.
func TestJupyterDies(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	where := isolate(t)
	j := startJupyter(t, setup, where)
	j.do(order{Do: "start"})
	j.beginStubborn(where)
	j.kill()
	where.expectEmpty(t, "after Jupyter was killed")
}

// TestSupervisorDies: what a killed supervisor leaves, the next one to start takes away, processes and folder.
func TestSupervisorDies(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	where := isolate(t)
	j := startJupyter(t, setup, where)
	supervisor := j.do(order{Do: "start"}).PID
	j.beginStubborn(where)
	old := where.folders()
	if err := syscall.Kill(supervisor, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	j.do(order{Do: "restart", Now: true})
	eventually(t, 30*time.Second, func() error {
		if folders := where.folders(); len(folders) != 1 || folders[0] == old[0] {
			return fmt.Errorf("the folders are %q, want one, and not %q", folders, old)
		}
		for _, process := range where.processes() {
			if strings.Contains(process, "sleep 100") {
				return fmt.Errorf("left behind: %s", process)
			}
		}
		return nil
	})
	j.do(order{Do: "shutdown"})
	j.kill()
	where.expectEmpty(t, "after the shutdown")
}

// TestInterruptCell: Jupyter's interrupt ends the running cell and the kernel goes on.
func TestInterruptCell(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	j := startJupyter(t, setup, isolate(t))
	pid := j.do(order{Do: "start"}).PID
	j.do(order{Do: "run", Code: "%%\nfmt.Println(\"begun\")\ntime.Sleep(time.Hour)", Until: "begun"})
	j.do(order{Do: "interrupt"})
	if a := j.do(order{Do: "wait"}); !strings.Contains(a.Said, "ERROR") {
		t.Errorf("the interrupted cell said %q, want that it failed", a.Said)
	}
	if a := j.do(order{Do: "run", Code: "%%\nfmt.Println(6 * 7)"}); a.Said != "42\n" {
		t.Errorf("the cell after it said %q, want 42", a.Said)
	}
	if err := syscall.Kill(pid, 0); err != nil {
		t.Errorf("the kernel's process has gone: %v", err)
	}
	j.do(order{Do: "shutdown"})
}
