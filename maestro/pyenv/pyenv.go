// Package pyenv keeps the one Python environment the project needs: JupyterLab and the XLA plugin, pinned with hashes,
// in a virtual environment in the user's cache folder. It is made when it is missing, by whoever comes first; a set-up
// that was cut short is taken up by the next one, and two at a time wait for each other. The plugins of GPUs and TPUs,
// which are large, come in environments of their own beside it, and so do the packages that tests alone need.
package pyenv

import (
	"context"
	"crypto/sha256"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/maestro-lod/notebook/maestro/cache"
)

//go:embed requirements.txt
var requirements string

// Env is a complete environment.
type Env struct {
	Dir string // the virtual environment's folder
}

// Bin is the path of a program of the environment, such as "jupyter".
func (e Env) Bin(name string) string { return filepath.Join(e.Dir, "bin", name) }

// Python is the path of the environment's interpreter.
func (e Env) Python() string { return e.Bin("python") }

// CPUPlugin is the path of XLA's PJRT plugin for the CPU, and whether this platform has one: its package is built for
// linux/amd64 alone.
func (e Env) CPUPlugin() (path string, ok bool) {
	return e.packageFile(filepath.Join("lammps_jax_pjrt_cpu", "pjrt_c_api_cpu_plugin.so"))
}

// HasCPUPlugin says whether the locked requirements hold a CPU plugin for this platform.
func HasCPUPlugin() bool { return runtime.GOOS == "linux" && runtime.GOARCH == "amd64" }

// packages are what is installed together, in an environment of its own.
type packages struct {
	name   string // the environment's folder, before the fingerprint
	what   string // in words
	size   string // on the disk, in words
	pinned string // the requirements, with hashes
}

func base() packages {
	return packages{name: "python", what: "JupyterLab and the XLA plugin", size: "1 GB", pinned: requirements}
}

// Find returns the environment if it is there and complete, without installing anything.
func Find() (env Env, ok bool, err error) { return base().find() }

// Ensure returns the environment, installing it first where it is missing or half done.
func Ensure(ctx context.Context, report cache.Progress) (Env, error) {
	return base().ensure(ctx, report)
}

func (p packages) find() (env Env, ok bool, err error) {
	folder, err := cache.Dir()
	if err != nil {
		return Env{}, false, err
	}
	env = Env{Dir: filepath.Join(folder, p.name+"-"+p.fingerprint())}
	return env, env.complete(), nil
}

// EnsureOther returns an environment of other packages, installing it first as Ensure does. name is that of its folder,
// and requirements the text of pip's file, which pins each package with hashes and leaves none out.
func EnsureOther(ctx context.Context, name, requirements string, report cache.Progress) (Env, error) {
	return packages{name: name, what: "the packages of " + name, size: "1 GB", pinned: requirements}.ensure(ctx, report)
}

func (p packages) ensure(ctx context.Context, report cache.Progress) (Env, error) {
	env, ok, err := p.find()
	if err != nil || ok {
		return env, err
	}
	python, err := Interpreter(ctx)
	if err != nil {
		return Env{}, err
	}
	if err := os.MkdirAll(filepath.Dir(env.Dir), 0o755); err != nil {
		return Env{}, fmt.Errorf("cannot make the cache folder: %w; name another with MAESTRO_CACHE=DIR", err)
	}
	unlock, err := Lock(ctx, env.Dir+".lock", report)
	if err != nil {
		return Env{}, err
	}
	defer unlock()
	if env.complete() {
		return env, nil
	}
	if err := p.install(ctx, python, env, report); err != nil {
		return Env{}, err
	}
	return env, os.WriteFile(env.marker(), []byte("complete\n"), 0o644)
}

// Lock takes the lock on a part of the cache folder, waiting until another set-up gives it back or ctx ends; what is
// wrong it says in words of a set-up.
func Lock(ctx context.Context, path string, p cache.Progress) (unlock func(), err error) {
	unlock, err = cache.Lock(ctx, path, "set-up", p)
	switch {
	case err == nil:
		return unlock, nil
	case ctx.Err() != nil:
		return nil, errInterrupted
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return nil, fmt.Errorf("the set-up in %s is not complete for this checkout, and cannot be completed (%w): "+
			"run the same command as the folder's owner, or name another folder with MAESTRO_CACHE=DIR",
			filepath.Dir(path), err)
	}
	return nil, fmt.Errorf("cannot lock the cache folder: %w", err)
}

// marker is written last, so an environment without it is one whose set-up was cut short.
func (e Env) marker() string { return filepath.Join(e.Dir, ".complete") }

func (e Env) complete() bool {
	if _, err := os.Stat(e.marker()); err != nil {
		return false
	}
	// The interpreter it was made with may have been removed or moved since.
	_, err := os.Stat(e.Python())
	return err == nil
}

// fingerprint names the environment after what is in it, so that another version of the project makes its own.
func (p packages) fingerprint() string {
	sum := sha256.Sum256([]byte(p.pinned))
	return fmt.Sprintf("%x", sum[:6])
}

// Missing is the error of a machine without a Python that can hold the environment.
type Missing struct {
	What string // what is missing
	Mend string // what to do about it
}

func (m *Missing) Error() string { return m.What + ": " + m.Mend }

// Interpreter finds a Python 3.10 or newer that can make virtual environments: $MAESTRO_PYTHON, or python3 on the PATH.
// Its error is a *Missing, unless ctx ended.
func Interpreter(ctx context.Context) (string, error) {
	name := os.Getenv("MAESTRO_PYTHON")
	if name == "" {
		name = "python3"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", &Missing{
			What: fmt.Sprintf("no Python: %q is not on the PATH", name),
			Mend: "install Python 3.10 or newer (Debian: apt install python3 python3-venv), or name one with " +
				"MAESTRO_PYTHON=/path/to/python3",
		}
	}
	const probe = `import sys; print("%d.%d" % sys.version_info[:2]); import venv, ensurepip`
	out, err := exec.CommandContext(ctx, path, "-c", probe).Output()
	if ctx.Err() != nil {
		return "", errInterrupted
	}
	version := strings.TrimSpace(string(out))
	var major, minor int
	if n, _ := fmt.Sscanf(version, "%d.%d", &major, &minor); n != 2 {
		return "", &Missing{What: fmt.Sprintf("%s does not run", path),
			Mend: "name a working Python 3.10 or newer with MAESTRO_PYTHON=/path/to/python3"}
	}
	if major != 3 || minor < 10 {
		return "", &Missing{What: fmt.Sprintf("%s is Python %s", path, version),
			Mend: "3.10 or newer is needed; name one with MAESTRO_PYTHON=/path/to/python3"}
	}
	if err != nil {
		return "", &Missing{What: fmt.Sprintf("%s cannot make virtual environments", path),
			Mend: "install its venv module (Debian: apt install python3-venv)"}
	}
	return path, nil
}
