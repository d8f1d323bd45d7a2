package pyenv

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// script writes a shell script and returns its path.
func script(t *testing.T, body string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "python3")
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func oneLine(t *testing.T, err error) {
	t.Helper()
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has more than one line: %q", err)
	}
}

// TestInterpreterMissing: every way in which a machine lacks a usable Python is told apart, in one line that names the
// mend.
func TestInterpreterMissing(t *testing.T) {
	const venvMissing = `echo 3.12
echo "Traceback (most recent call last):" >&2
echo "ModuleNotFoundError: No module named 'ensurepip'" >&2
exit 1`
	tests := map[string]struct {
		python string
		what   string
		mend   string
	}{
		"named, but not there":   {filepath.Join(t.TempDir(), "none"), "no Python", "install Python 3.10 or newer"},
		"a file, but no program": {notExecutable(t), "no Python", "MAESTRO_PYTHON=/path/to/python3"},
		"fails":                  {script(t, "exit 1"), "does not run", "MAESTRO_PYTHON=/path/to/python3"},
		"says nothing":           {script(t, "exit 0"), "does not run", "MAESTRO_PYTHON=/path/to/python3"},
		"is another program":     {script(t, "echo hello"), "does not run", "MAESTRO_PYTHON=/path/to/python3"},
		"too old":                {script(t, "echo 3.8"), "is Python 3.8", "3.10 or newer is needed"},
		"just too old":           {script(t, "echo 3.9"), "is Python 3.9", "3.10 or newer is needed"},
		"Python 2":               {script(t, "echo 2.7; exit 1"), "is Python 2.7", "3.10 or newer is needed"},
		"without ensurepip": {script(t, venvMissing), "cannot make virtual environments",
			"apt install python3-venv"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Setenv("MAESTRO_PYTHON", test.python)
			path, err := Interpreter(t.Context())
			var missing *Missing
			if !errors.As(err, &missing) {
				t.Fatalf("Interpreter = %q, %v; want a *Missing", path, err)
			}
			if !strings.Contains(missing.What, test.what) || !strings.Contains(missing.Mend, test.mend) {
				t.Errorf("the error is %q; want %q and the mend %q in it", err, test.what, test.mend)
			}
			oneLine(t, err)
		})
	}
}

func notExecutable(t *testing.T) string {
	path := script(t, "echo 3.12")
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestNoPythonOnPath: without MAESTRO_PYTHON it is python3 on the PATH that counts, and an empty PATH has none.
func TestNoPythonOnPath(t *testing.T) {
	t.Setenv("MAESTRO_PYTHON", "")
	t.Setenv("PATH", "")
	var missing *Missing
	if path, err := Interpreter(t.Context()); !errors.As(err, &missing) {
		t.Errorf("Interpreter = %q, %v; want a *Missing", path, err)
	}
	ours := script(t, "echo 3.12")
	t.Setenv("PATH", filepath.Dir(ours))
	if path, err := Interpreter(t.Context()); err != nil || path != ours {
		t.Errorf("Interpreter = %q, %v; want %q", path, err, ours)
	}
}

// TestInterpreterFound: a Python that is new enough is taken, also one that grumbles on its standard error.
func TestInterpreterFound(t *testing.T) {
	for name, body := range map[string]string{
		"the oldest":      "echo 3.10",
		"a later one":     "echo 3.14",
		"with a warning":  "echo 'warning: this Python is old' >&2; echo 3.12",
		"with a far note": "echo 3.12; echo 'a note' >&2",
	} {
		t.Run(name, func(t *testing.T) {
			python := script(t, body)
			t.Setenv("MAESTRO_PYTHON", python)
			if path, err := Interpreter(t.Context()); err != nil || path != python {
				t.Errorf("Interpreter = %q, %v; want %q", path, err, python)
			}
		})
	}
}

// TestFindNothing: looking finds nothing in an empty cache, and makes nothing there.
func TestFindNothing(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("MAESTRO_CACHE", cache)
	if env, ok, err := Find(); ok || err != nil || filepath.Dir(env.Dir) != cache {
		t.Errorf("Find = %+v, %v, %v; want no environment, in %s", env, ok, err, cache)
	}
	if left, _ := os.ReadDir(cache); len(left) > 0 {
		t.Errorf("Find left %v", left)
	}
}

// TestRequirements: what is installed is pinned with hashes, line by line, and comes from nowhere but the package
// index.
func TestRequirements(t *testing.T) {
	cuda, _ := accelerator("cuda")
	tpu, _ := accelerator("tpu")
	checkPins(t, base(), 50, "jupyterlab==", "nbconvert==", "nbclient==", "lammps-jax-pjrt-cpu==")
	checkPins(t, cuda, 10, "jax-cuda13-pjrt==", "nvidia-cublas==", "nvidia-cudnn-cu13==", "nvidia-nccl-cu13==",
		"nvidia-cuda-nvcc==")
	checkPins(t, tpu, 1, "libtpu==")
}

func checkPins(t *testing.T, p packages, least int, needed ...string) {
	t.Helper()
	text := strings.ReplaceAll(p.pinned, "\\\n", " ")
	pins := 0
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		pins++
		if !regexp.MustCompile(`^[a-z0-9-]+==[0-9][^ ]* ( *;.*?)?( *--hash=sha256:[0-9a-f]{64})+$`).MatchString(line) {
			t.Errorf("not a version with hashes: %.200s", line)
		}
	}
	if counted := len(pinned.FindAllString(p.pinned, -1)); counted != pins || pins < least {
		t.Errorf("the progress counts %d packages of %d", counted, pins)
	}
	for _, name := range needed {
		if !strings.Contains(p.pinned, "\n"+name) {
			t.Errorf("%s is not among the requirements of %s", name, p.what)
		}
	}
}
