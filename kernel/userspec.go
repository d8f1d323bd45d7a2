package kernel

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// userSpecDir is the folder of our kernelspec among the user's own, where every Jupyter of the user's looks:
// JupyterLab, VS Code, papermill and all that asks jupyter_client.
func userSpecDir() (string, error) {
	data := os.Getenv("JUPYTER_DATA_DIR")
	if data == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("no folder for the user's kernelspecs: %w; name Jupyter's with JUPYTER_DATA_DIR=DIR",
				err)
		}
		switch xdg := os.Getenv("XDG_DATA_HOME"); {
		case runtime.GOOS == "darwin":
			data = filepath.Join(home, "Library", "Jupyter")
		case xdg != "":
			data = filepath.Join(xdg, "jupyter")
		default:
			data = filepath.Join(home, ".local", "share", "jupyter")
		}
	}
	data, err := filepath.Abs(data)
	return filepath.Join(data, "kernels", Name), err
}

// specFile is what we read of a kernelspec.
type specFile struct {
	Argv []string          `json:"argv"`
	Env  map[string]string `json:"env"`
}

func readSpec(path string) (spec specFile, err error) {
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &spec)
	}
	return spec, err
}

// root is the checkout that the kernelspec is of; "" for one that is not ours.
func (s specFile) root() string {
	for i, arg := range s.Argv {
		if arg == "--root" && i+1 < len(s.Argv) {
			return s.Argv[i+1]
		}
	}
	return ""
}

// InstallForUser puts the kernelspec among the user's own and returns its folder, and the other checkout whose
// kernelspec it replaces, if there was one. A kernelspec of that name that is not ours stays, and is an error.
func (s Setup) InstallForUser() (dir, replaced string, err error) {
	if dir, err = userSpecDir(); err != nil {
		return "", "", err
	}
	switch old, err := readSpec(filepath.Join(dir, "kernel.json")); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil || old.root() == "":
		return "", "", fmt.Errorf("%s holds a kernelspec that is not ours: move it away first", dir)
	case old.root() != s.layout.root:
		replaced = old.root()
	}
	if err := writeSpecInto(dir, s.layout); err != nil {
		return "", "", fmt.Errorf("writing the kernelspec: %w", err)
	}
	return dir, replaced, nil
}

// userSpecCheck says whether other Jupyters know the kernel, and whether what they know is still so.
func userSpecCheck(l layout) Check {
	check := Check{Name: "in other Jupyters"}
	again := setUp + " --user"
	dir, err := userSpecDir()
	if err != nil {
		check.Found = err.Error()
		return check
	}
	spec, err := readSpec(filepath.Join(dir, "kernel.json"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		check.Found, check.Mend = "not installed; only needed beside `lab` and `notebook run`", again
	case err != nil || spec.root() == "":
		check.Found = dir + " is not our kernelspec"
	case spec.root() != l.root:
		check.Found, check.Mend = fmt.Sprintf("%s is of another checkout, %s", dir, spec.root()), again
	case spec.Argv[0] != l.program("maestro") || spec.Env["MAESTRO_CACHE"] != l.cache || !isFile(spec.Argv[0]):
		check.Found, check.Mend = fmt.Sprintf("%s is stale: it starts %s", dir, spec.Argv[0]), again
	default:
		check.OK, check.Found = true, dir
	}
	return check
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// goFolder is where the go command lies: a Jupyter that was not started from a shell may not find it, and cells are
// compiled with it.
func goFolder() string {
	path, err := exec.LookPath("go")
	if err != nil {
		return ""
	}
	path, err = filepath.Abs(path)
	if err != nil {
		return ""
	}
	return filepath.Dir(path)
}
