package kernel

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"regexp"

	"github.com/maestro-lod/notebook/maestro/cache"
)

// Module is the module whose packages notebook cells import.
const Module = "github.com/maestro-lod/notebook"

var moduleLine = regexp.MustCompile(`(?m)^module\s+` + regexp.QuoteMeta(Module) + `\s*$`)

// EnvRoot names the checkout to use from outside any, as in a container, where people work in folders of their own.
const EnvRoot = "MAESTRO_ROOT"

// FindRoot returns the folder of the project's checkout that dir lies in, or else the one that MAESTRO_ROOT names.
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
		return "", fmt.Errorf("%s is %q: set it to the path, from / on, of a checkout of %s, or not at all", EnvRoot, named, Module)
	}
	return filepath.Clean(named), nil
}

func isRoot(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && moduleLine.Match(text)
}

func rootAbove(start string) (string, error) {
	for at := start; ; at = filepath.Dir(at) {
		if isRoot(at) {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is not in a checkout of %s: run this inside one, so that notebook cells can import it, or name one with %s", start, Module, EnvRoot)
		}
	}
}

// layout is where the set-up of one checkout lies in the cache folder. Two checkouts do not get in each other's way.
type layout struct {
	root  string // the checkout
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
