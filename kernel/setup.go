package kernel

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	_ "embed"

	"golang.org/x/sync/errgroup"

	"github.com/maestro-lod/notebook/kernel/live"
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
		return Setup{}, fmt.Errorf("the go command is not on the PATH: notebook cells are compiled with it; install Go 1.26 or newer from go.dev/dl")
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

// install makes a set-up, or what is missing of one: the Python environment, most of whose time is downloading, while the Go
// part is compiled. The latter's progress is told once the former is there.
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

// downloadModules fetches every module that go.mod names, so that cells, which may not ask the network, can import any.
func downloadModules(ctx context.Context, l layout, report cache.Progress) error {
	report.Tell("downloading Go modules", 0, 0)
	cmd := exec.CommandContext(ctx, "go", "mod", "download")
	cmd.Dir = l.root
	if out, err := cmd.CombinedOutput(); err != nil {
		return goFailed(ctx, "downloading Go modules", strings.Split(strings.TrimSpace(string(out)), "\n"))
	}
	return nil
}

// buildPrograms builds the supervisor (maestro itself), GoNB and goimports at the versions go.mod
// names, and gopls, where it is needed, at the version that its own module names.
func buildPrograms(ctx context.Context, l layout, report cache.Progress) error {
	if err := os.MkdirAll(l.bin(), 0o755); err != nil {
		return err
	}
	ours, err := l.ours(ctx)
	if err != nil {
		return err
	}
	if err := l.buildMaestro(ctx, report); err != nil {
		return err
	}
	if err := buildGoNB(ctx, l, report); err != nil {
		return err
	}
	if err := goBuild(ctx, "building goimports", ours, os.Environ(), report, "-o", l.program("goimports"), "golang.org/x/tools/cmd/goimports"); err != nil {
		return err
	}
	if live.Supported() {
		return nil
	}
	// A workspace of the user's does not know this module.
	return goBuild(ctx, "building gopls", filepath.Join(ours, "kernel", "gopls"), with(os.Environ(), "GOWORK=off"), report,
		"-o", l.program("gopls"), "golang.org/x/tools/gopls")
}

// buildMaestro builds the program of the root: its kernel is the one that Jupyter starts.
func (l layout) buildMaestro(ctx context.Context, report cache.Progress) error {
	err := goBuild(ctx, "building maestro", l.root, os.Environ(), report, "-o", l.program("maestro"), ".")
	if err == nil && !isCheckout(l.root) {
		// A package that is no program is built into a file too, an archive.
		out, version := exec.CommandContext(ctx, l.program("maestro"), "kernel", "--help").CombinedOutput()
		if version != nil || !strings.Contains(string(out), "connection-file") {
			err = fmt.Errorf("%s has no program that is the kernel: its main function must call cli.Main", l.root)
		}
	}
	return err
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
		"argv":           []string{l.program("maestro"), "kernel", "--root", l.root, "--go", goFolder(), "{connection_file}"},
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

// prepareCells compiles the libraries as cells import them and links the program that cells live in, so that the first cell
// does not wait the minute that compiling GoMLX takes.
func prepareCells(ctx context.Context, l layout, report cache.Progress) error {
	s := live.Settings{Root: l.root, Cache: l.cache, Environ: cellEnviron(ctx, l, os.Environ()), Report: report}
	tools, err := live.NewToolchain(ctx, s)
	if err != nil || !live.Supported() {
		return err
	}
	err = tools.Prepare(ctx)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil // a session links its own where the cache cannot be written
	}
	return err
}

// isWarm has, for a set-up that is complete, what Go's build cache has lost since compiled: it forgets what was not used for
// five days. It reports nothing where there is nothing to do.
func (l layout) isWarm(ctx context.Context, report cache.Progress) bool {
	return prepareCells(ctx, l, report) == nil
}

// goBuild runs go build and reports each package as it is compiled; of how many is not known, since the go command does
// not say which ones its cache has.
func goBuild(ctx context.Context, what, dir string, env []string, report cache.Progress, args ...string) error {
	report.Tell(what, 0, 0)
	return goRun(ctx, what, dir, env, report, append([]string{"build", "-v"}, args...)...)
}

// goRun runs a go command that tells of each package on its standard error.
func goRun(ctx context.Context, what, dir string, env []string, report cache.Progress, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	var said []string
	lines := bufio.NewScanner(out)
	packages := 0
	for lines.Scan() {
		line := lines.Text()
		if strings.ContainsAny(line, " :") { // not the name of a package: an error, or a download
			said = append(said, line)
		} else {
			packages++
			line = fmt.Sprintf("%d packages so far, now %s", packages, line)
		}
		report.Tell(what+": "+line, 0, 0)
	}
	if err := cmd.Wait(); err != nil {
		return goFailed(ctx, what, said)
	}
	return nil
}

// goFailed says in one line why a go command failed.
func goFailed(ctx context.Context, what string, said []string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; the same command takes the set-up up again")
	}
	text := strings.Join(said[:min(len(said), 4)], " | ")
	if strings.Contains(text, "dial tcp") || strings.Contains(text, "module lookup disabled") {
		return fmt.Errorf("%s: Go modules are missing and cannot be downloaded; connect to the network and run the same command again (%s)", what, text)
	}
	return fmt.Errorf("%s failed: %s", what, text)
}
