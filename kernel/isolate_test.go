package kernel

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/kernel/supervisor"
)

// isolation tells what the kernels of one test leave on the machine from what others run there: they share a mark in
// their environment, which every process below inherits, and a folder for temporary files.
type isolation struct {
	mark    string
	tmp     string
	runtime string // where a client that is killed leaves its connection file
}

// isolate makes what sets the kernels of one test apart.
func isolate(t *testing.T) isolation {
	t.Helper()
	return isolation{mark: fmt.Sprintf("MAESTRO_TEST_MARK=%d-%s", os.Getpid(), t.Name()), tmp: t.TempDir(),
		runtime: t.TempDir()}
}

// settings are the environment variables that a kernel of the test is to have.
func (i isolation) settings() []string {
	return []string{i.mark, "TMPDIR=" + i.tmp, "JUPYTER_RUNTIME_DIR=" + i.runtime}
}

// folders lists the kernels' folders that are there.
func (i isolation) folders() []string {
	found, _ := filepath.Glob(filepath.Join(i.tmp, supervisor.TempPrefix+"*"))
	return found
}

// processes lists the command lines of the marked processes, other than the test's own. Without /proc it finds none.
func (i isolation) processes() []string {
	var found []string
	environs, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range environs {
		dir := filepath.Dir(path)
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte(i.mark+"\x00")) || filepath.Base(dir) == fmt.Sprint(os.Getpid()) {
			continue
		}
		command, _ := os.ReadFile(filepath.Join(dir, "cmdline"))
		found = append(found, filepath.Base(dir)+" "+string(bytes.ReplaceAll(command, []byte{0}, []byte{' '})))
	}
	return found
}

// end kills what is still there of a test that failed.
func (i isolation) end() {
	for _, process := range i.processes() {
		number, _, _ := strings.Cut(process, " ")
		if pid, err := strconv.Atoi(number); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}

// expectEmpty waits until nothing is left, and fails the test where something stays.
func (i isolation) expectEmpty(t *testing.T, when string) {
	t.Helper()
	i.expectOnly(t, "", when)
}

// expectOnly waits until nothing is left but the process whose command line has the given text in it.
func (i isolation) expectOnly(t *testing.T, but, when string) {
	t.Helper()
	eventually(t, 30*time.Second, func() error {
		processes, folders := i.processes(), i.folders()
		processes = slices.DeleteFunc(processes, func(p string) bool { return but != "" && strings.Contains(p, but) })
		if len(processes)+len(folders) > 0 {
			return fmt.Errorf("%s, left behind: folders %q, processes %q", when, folders, processes)
		}
		return nil
	})
}

// eventually waits until check finds nothing wrong; what it found last fails the test.
func eventually(t *testing.T, limit time.Duration, check func() error) {
	t.Helper()
	for deadline := time.Now().Add(limit); ; time.Sleep(20 * time.Millisecond) {
		err := check()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}
