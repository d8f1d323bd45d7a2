package kernel

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/kernel/live"
	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// A set-up ends with a stamp that says what it was made from, so that the next one finds in a moment that nothing is
// to be done, and writes nothing: the cache folder of an image, or one that a group shares, may be read-only.

// programs are what is built into the cache folder: gopls, from which GoNB has completion and help, where cells do
// not live.
func programs() []string {
	if live.Supported() {
		return []string{"maestro", "gonb", "goimports"}
	}
	return []string{"maestro", "gonb", "goimports", "gopls"}
}

func (l layout) stamp() string { return filepath.Join(l.bin(), ".complete") }

// wanted is what the stamp of a complete set-up says: what it is made from, and how large the programs are, which
// tells one that was damaged since.
func (l layout) wanted(ctx context.Context, python pyenv.Env) (string, error) {
	sources, err := sourcesOf(l.root)
	if err != nil {
		return "", fmt.Errorf("reading %s: %w", l.root, err)
	}
	ours, err := l.ours(ctx)
	if err != nil {
		return "", err
	}
	if ours != l.root { // edited beside it, or of another version
		of, err := sourcesOf(ours)
		if err != nil {
			return "", fmt.Errorf("reading %s: %w", ours, err)
		}
		sources += " " + of
	}
	goEnv := exec.CommandContext(ctx, "go", "env", "GOVERSION", "GOFLAGS", "GOOS", "GOARCH", "CGO_ENABLED")
	goEnv.Dir = l.root
	toolchain, err := goEnv.Output()
	if err != nil {
		return "", goFailed(ctx, "asking the go command for its settings", nil)
	}
	text := fmt.Sprintf("sources %s\npython %s\n%s", sources, python.Dir, toolchain)
	for _, name := range programs() {
		size := int64(-1)
		if info, err := os.Stat(l.program(name)); err == nil {
			size = info.Size()
		}
		text += fmt.Sprintf("%s %d\n", name, size)
	}
	return text, nil
}

// complete tells whether the set-up is there as wanted says.
func (l layout) complete(wanted string) bool {
	for _, path := range []string{l.spec(), filepath.Join(l.jupyterConfig(), serverConfigFile)} {
		if _, err := os.Stat(path); err != nil {
			return false
		}
	}
	text, err := os.ReadFile(l.stamp())
	return err == nil && string(text) == wanted
}

// sourcesOf is a checksum of what programs are built from in a folder: Go files and what is embedded in them.
func sourcesOf(root string) (string, error) {
	sum := sha256.New()
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" ||
			name == "notebooks" || isRun(path)):
			return fs.SkipDir
		case entry.IsDir() && filepath.Dir(path) == root && !holdsGo(path): // figures, runs and other output
			return fs.SkipDir
		case !entry.Type().IsRegular() || strings.HasSuffix(name, "_test.go") ||
			!slices.Contains(builtFrom, filepath.Ext(name)):
			return nil
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		inside, _ := filepath.Rel(root, path)
		content := sha256.New()
		if _, err := io.Copy(content, file); err != nil {
			return err
		}
		fmt.Fprintf(sum, "%s %x\n", filepath.ToSlash(inside), content.Sum(nil))
		return nil
	})
	return fmt.Sprintf("%x", sum.Sum(nil)), err
}

var builtFrom = []string{".go", ".mod", ".sum", ".py", ".js", ".css", ".svg", ".txt", ".gz"}

// holdsGo says whether there is Go code in a folder or below it.
func holdsGo(dir string) bool {
	found := false
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if found = found || err == nil && filepath.Ext(path) == ".go"; found {
			return fs.SkipAll
		}
		return nil
	})
	return found
}

// isRun tells a folder of training runs, which holds nothing that is built.
func isRun(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "config.yaml"))
	return err == nil
}
