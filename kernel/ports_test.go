package kernel

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// take has a program of another's, the test, listen on a free port.
func take(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().(*net.TCPAddr).Port
}

// TestKernelPortTaken: where another program has taken a port that Jupyter chose for the kernel, the kernel says so
// and ends, and Jupyter's server starts it anew with others.
func TestKernelPortTaken(t *testing.T) {
	t.Parallel()
	setup, where := prepared(t), isolate(t)
	port := take(t)
	cmd := exec.Command(setup.python.Python(), filepath.Join("testdata", "ports.py"), Name, strconv.Itoa(port),
		filepath.Join(setup.layout.jupyterConfig(), serverConfigFile))
	cmd.Env = with(jupyterEnviron(setup.layout, filepath.Dir(setup.python.Python())), where.settings()...)
	t.Cleanup(where.end)
	out, err := cmd.CombinedOutput()
	for _, want := range []string{fmt.Sprintf("began with %d\n", port),
		fmt.Sprintf("127.0.0.1:%d: bind: address already in use", port), "went on with another: ok\n"} {
		if err != nil || !strings.Contains(string(out), want) {
			t.Errorf("the client ended with %v; it said %s, without %q", err, out, want)
		}
	}
}

// TestLabPortTaken: where another program takes Lab's port between the moment it was found free and that when Jupyter
// binds it, Lab starts with the next; a port that was asked for and is in use is refused in one line.
func TestLabPortTaken(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	// A Jupyter that waits, the first time, until its port is taken.
	script := "#!/bin/sh\nfor arg; do case $arg in --ServerApp.port=*) port=${arg#*=} ;; esac; done\ncd " + dir +
		"\nif [ -e first ]; then echo $port >second; exit 0; fi\necho $port >begun; mv begun first\nwhile [ ! -e " +
		"taken ]; do sleep 0.02; done\nexit 1\n"
	if err := os.WriteFile(filepath.Join(dir, "bin", "jupyter-lab"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	number := func(name string) int {
		n, _ := strconv.Atoi(strings.TrimSpace(read(t, filepath.Join(dir, name))))
		return n
	}
	s := Setup{layout: layout{root: dir, cache: dir}, python: pyenv.Env{Dir: dir}}
	var said bytes.Buffer
	ended := make(chan error, 1)
	go func() { ended <- s.Lab(t.Context(), LabOptions{Dir: dir, Out: &said}) }()
	eventually(t, 10*time.Second, func() error {
		_, err := os.Stat(filepath.Join(dir, "first"))
		return err
	})
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", number("first")))
	if err == nil { // or somebody else has it, which is as good
		t.Cleanup(func() { _ = l.Close() })
	}
	if err := os.WriteFile(filepath.Join(dir, "taken"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil || number("second") <= number("first") ||
		!strings.Contains(said.String(), "was taken meanwhile") {
		t.Errorf("Lab ended with %v and went from port %d to %d; it said %q", err, number("first"),
			number("second"), &said)
	}
	err = s.Lab(t.Context(), LabOptions{Dir: dir, Port: take(t), Out: &said})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Fatalf("a port that is in use: %v", err)
	}
	oneLine(t, err)
}
