package kernel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"

	_ "embed"

	"golang.org/x/sync/errgroup"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// Name is the kernel's name in Jupyter.
const Name = "maestro"

//go:embed logo.svg
var logo []byte

// Setup is a checkout whose notebooks are ready to run.
type Setup struct {
	layout layout
	python pyenv.Env
}

// Root is the checkout's folder.
func (s Setup) Root() string { return s.layout.root }

// Prepare installs what is missing to run the notebooks of the checkout at root: the Python environment, the programs
// of the kernel, its kernelspec, and a warm build cache. What is there already takes about a second to find so. A
// set-up that was cut short is finished by the next call.
func Prepare(ctx context.Context, root string, report cache.Progress) (Setup, error) {
	l, err := layoutOf(root)
	if err != nil {
		return Setup{}, err
	}
	return l.prepare(ctx, report)
}

func (l layout) prepare(ctx context.Context, report cache.Progress) (Setup, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return Setup{}, fmt.Errorf("the go command is not on the PATH: notebook cells are compiled with it; install " +
			"Go 1.26 or newer from go.dev/dl")
	}
	if _, err := os.Stat(l.stamp()); err == nil {
		python, err := pyenv.Ensure(ctx, report)
		if err != nil {
			return Setup{}, err
		}
		if wanted, err := l.wanted(ctx, python); err != nil {
			return Setup{}, err
		} else if l.complete(wanted) && l.isWarm(ctx, report) {
			return Setup{layout: l, python: python}, nil
		}
	}
	return l.install(ctx, report)
}

// install makes a set-up, or what is missing of one: the Python environment, most of whose time is downloading, while
// the Go part is compiled. The latter's progress is told once the former is there.
func (l layout) install(ctx context.Context, report cache.Progress) (Setup, error) {
	if err := os.MkdirAll(l.cache, 0o755); err != nil {
		return Setup{}, fmt.Errorf("cannot write into the cache folder: %w", err)
	}
	unlock, err := pyenv.Lock(ctx, l.bin()+".lock", report)
	if err != nil {
		return Setup{}, err
	}
	defer unlock()
	if err := os.Remove(l.stamp()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return Setup{}, err
	}
	s := Setup{layout: l}
	var told atomic.Bool
	both, inBoth := errgroup.WithContext(ctx)
	both.Go(func() (err error) {
		s.python, err = pyenv.Ensure(inBoth, report)
		told.Store(true)
		return err
	})
	both.Go(func() error {
		return l.installGo(inBoth, func(what string, done, total int) {
			if told.Load() {
				report.Tell(what, done, total)
			}
		})
	})
	if err := both.Wait(); err != nil {
		return s, err
	}
	if err := writeSpec(l); err != nil {
		return Setup{}, fmt.Errorf("writing the kernelspec: %w", err)
	}
	if err := writeLabSettings(l); err != nil {
		return Setup{}, fmt.Errorf("writing JupyterLab's settings: %w", err)
	}
	if err := writeServerConfig(l); err != nil {
		return Setup{}, fmt.Errorf("writing the Jupyter server's configuration: %w", err)
	}
	made, err := l.wanted(ctx, s.python)
	if err != nil {
		return s, err
	}
	return s, os.WriteFile(l.stamp(), []byte(made), 0o644)
}

// installGo makes what Go makes.
func (l layout) installGo(ctx context.Context, report cache.Progress) error {
	if err := downloadModules(ctx, l, report); err != nil {
		return err
	}
	if err := buildPrograms(ctx, l, report); err != nil {
		return err
	}
	return prepareCells(ctx, l, report)
}

// writeSpec tells Jupyter of the kernel. Jupyter's messages, not signals, interrupt GoNB.
func writeSpec(l layout) error {
	return writeSpecInto(filepath.Dir(l.spec()), l)
}

// spec is the kernelspec's file.
func (l layout) spec() string { return filepath.Join(l.jupyter(), "kernels", Name, "kernel.json") }

func writeSpecInto(dir string, l layout) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	spec, err := json.MarshalIndent(map[string]any{
		"argv": []string{l.program("maestro"), "kernel", "--root", l.root, "--go", goFolder(),
			"{connection_file}"},
		"display_name":   "Go (Maestro)",
		"language":       "go",
		"interrupt_mode": "message",
		"env":            map[string]string{"MAESTRO_CACHE": l.cache},
	}, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "logo-svg.svg"), logo, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "kernel.json"), append(spec, '\n'), 0o644)
}

// labSettings are JupyterLab's defaults where ours differ: no question about news, which would ask the network.
const labSettings = `{"@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": false}}
`

// writeLabSettings puts them where JUPYTER_CONFIG_PATH leads Lab to; what the user sets in Lab still wins.
func writeLabSettings(l layout) error {
	dir := filepath.Join(l.jupyterConfig(), "labconfig")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "default_setting_overrides.json"), []byte(labSettings), 0o644)
}
