package kernel

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/must"

	"github.com/maestro-lod/notebook/maestro/testmode"
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
// once Jupyter has restarted the kernel or shut it down, and neither takes the five seconds that Jupyter waits.
// MAESTRO_RESTARTS sets how many of each there are.
func TestNothingIsLeft(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	times := 1
	if set := os.Getenv("MAESTRO_RESTARTS"); set != "" {
		times = must.M1(strconv.Atoi(set))
	} else if testmode.IsLong() {
		times = 3
	}
	where := isolate(t)
	j := startJupyter(t, setup, where)
	slowest := 0.0
	for range times {
		now := j.do(order{Do: "start"}).PID
		j.beginStubborn(where)
		before := where.folders()
		restarted := j.do(order{Do: "restart"})
		if restarted.PID == now {
			t.Fatal("the kernel was not restarted")
		}
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
		j.beginStubborn(where)
		shut := j.do(order{Do: "shutdown"})
		where.expectOnly(t, "client.py", "after the shutdown")
		slowest = max(slowest, restarted.Seconds, shut.Seconds)
	}
	j.kill()
	where.expectEmpty(t, "in the end")
	t.Logf("%d restarts and %d shutdowns, the slowest in %.1f s", times, times, slowest)
	if slowest > 4.5 {
		t.Errorf("the slowest took %.1f s: Jupyter kills a kernel after 5", slowest)
	}
}

// TestStuckGoNB: also where GoNB itself no longer answers, the kernel ends in the time that Jupyter gives it.
func TestStuckGoNB(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	where := isolate(t)
	j := startJupyter(t, setup, where)
	j.do(order{Do: "start"})
	j.beginStubborn(where)
	for _, process := range where.processes() {
		if pid, command, _ := strings.Cut(process, " "); strings.HasPrefix(command, setup.layout.program("gonb")) {
			if err := syscall.Kill(must.M1(strconv.Atoi(pid)), syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
		}
	}
	took := j.do(order{Do: "shutdown"}).Seconds
	t.Logf("ended in %.1f s", took)
	if took > 4.5 {
		t.Errorf("the shutdown took %.1f s: Jupyter kills a kernel after 5", took)
	}
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
