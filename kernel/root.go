package kernel

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/maestro-lod/notebook/maestro/cache"
)

// Module is the module whose packages notebook cells import.
const Module = "github.com/maestro-lod/notebook"

var (
	moduleLine  = regexp.MustCompile(`(?m)^module\s+` + regexp.QuoteMeta(Module) + `\s*$`)
	requireLine = regexp.MustCompile(`(?m)^\s*(require\s+)?` + regexp.QuoteMeta(Module) + `\s+v\S+`)
)

// EnvRoot names the root to use from outside any, as in a container, where people work in folders of their own.
const EnvRoot = "MAESTRO_ROOT"

// FindRoot returns the root that dir lies in, or else the one that MAESTRO_ROOT names: the folder of the project's
// checkout, or of a module of one's own that requires it. Cells import from there.
func FindRoot(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	root, err := rootAbove(start)
	named := os.Getenv(EnvRoot)
	if err == nil || named == "" {
		return root, err
	}
	if !isRoot(named) || !filepath.IsAbs(named) {
		return "", fmt.Errorf("%s is %q: set it to the path, from / on, of a checkout of %s, or not at all", EnvRoot,
			named, Module)
	}
	return filepath.Clean(named), nil
}

func isRoot(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && (moduleLine.Match(text) || requireLine.Match(text))
}

// isCheckout tells whether a root is the project's own.
func isCheckout(root string) bool {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	return err == nil && moduleLine.Match(text)
}

// ours is the folder of the project's module: the root, or where a module of one's own has it from.
func (l layout) ours(ctx context.Context) (string, error) {
	if isCheckout(l.root) {
		return l.root, nil
	}
	return moduleDir(ctx, l.root, Module)
}

// moduleDir is the folder of a module as the one in dir has it.
func moduleDir(ctx context.Context, dir, module string) (string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	list.Dir = dir
	out, err := list.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", goFailed(ctx, "finding the source of "+module,
			strings.Split(strings.TrimSpace(string(exit.Stderr)), "\n"))
	}
	return strings.TrimSpace(string(out)), err
}

func rootAbove(start string) (string, error) {
	for at := start; ; at = filepath.Dir(at) {
		if isRoot(at) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is not in a checkout of %s: run this inside one, or in a module that requires "+
				"it, so that notebook cells can import it, or name one with %s", start, Module, EnvRoot)
		}
	}
}

// layout is where the set-up of one root lies in the cache folder. Two do not get in each other's way.
type layout struct {
	root  string // the checkout, or a module that requires it
	cache string
	key   string
}

func layoutOf(root string) (layout, error) {
	folder, err := cache.Dir()
	if err != nil {
		return layout{}, err
	}
	sum := sha256.Sum256([]byte(root))
	return layout{root: root, cache: folder, key: fmt.Sprintf("%x", sum[:6])}, nil
}

// bin holds maestro itself, gonb and goimports, built from the checkout.
func (l layout) bin() string { return filepath.Join(l.cache, "bin-"+l.key) }

func (l layout) program(name string) string { return filepath.Join(l.bin(), name) }

// jupyter is what JUPYTER_PATH names: it holds the kernelspec.
func (l layout) jupyter() string { return filepath.Join(l.cache, "jupyter-"+l.key) }

// jupyterConfig is what JUPYTER_CONFIG_PATH names.
func (l layout) jupyterConfig() string { return filepath.Join(l.jupyter(), "etc") }

// gonb holds GoNB's source, with our changes.
func (l layout) gonb() string { return filepath.Join(l.cache, "gonb-"+l.key) }

// goplsCache is where gopls keeps what it knows of packages; checkouts can share it.
func (l layout) goplsCache() string { return filepath.Join(l.cache, "gopls") }
