package kernel

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// TestServerEnds: a thread that AnyIO has left waiting for work does not keep Jupyter's server from ending.
func TestServerEnds(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	const script = `
import queue, sys, threading
from traitlets.config import PyFileConfigLoader
PyFileConfigLoader(sys.argv[1]).load_config()

class Worker(threading.Thread):
    def __init__(self):
        super().__init__(name="AnyIO worker thread")
        self.queue = queue.Queue()

    def run(self):
        while self.queue.get() is not None:
            pass

Worker().start()`
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, setup.python.Python(), "-c", script, filepath.Join(setup.layout.jupyterConfig(),
		serverConfigFile))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("the server ended with %v: %s", err, out)
	}
}

// TestLabIsKilled: a server that does not end when it is asked to is ended all the same.
func TestLabIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\ntrap '' TERM\ntouch " + dir + "/begun\nwhile :; do sleep 1; done\n"
	if err := os.WriteFile(filepath.Join(dir, "bin", "jupyter-lab"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	s := Setup{layout: layout{root: dir, cache: dir}, python: pyenv.Env{Dir: dir}}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Lab(ctx, LabOptions{Dir: dir, Out: io.Discard}) }()
	eventually(t, time.Minute, func() error {
		_, err := os.Stat(filepath.Join(dir, "begun"))
		return err
	})
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(labGrace + 10*time.Second):
		t.Error("it did not end")
	}
}
