package live

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/doc"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Toolchain compiles cells: it knows the archive of each package that cells can import, as the go command has built it for
// plugins, and calls Go's compiler and linker without the go command, which takes half of a small cell's time.
type Toolchain struct {
	Root    string   // the checkout whose packages, and whose go.mod's, cells import
	Environ []string // of the go command

	compile, link, linker string
	version               string
	archives              map[string]string // by import path
	importer              types.ImporterFrom
	std                   map[string][]string // paths that auto-imports may choose, by the package's name
	docs                  map[string]*doc.Package
}

// Libraries are the packages that the set-up compiles for cells. Others are compiled when a cell imports them.
func Libraries() []string {
	const module = "github.com/maestro-lod/notebook/"
	return []string{"std", "github.com/janpfeifer/gonb/gonbui", module + "kernel/live/rt", module + "kernel/cell",
		module + "maestro/device", module + "maestro/studies", module + "maestro/train", module + "maestro/compress",
		module + "maestro/data", module + "plots"}
}

// Archives are the arguments by which the go command lists the archives of packages, and has those that are missing compiled,
// as cells import them.
func Archives() []string { return []string{"list", "-export", "-deps", "-buildmode=plugin"} }

// NewToolchain asks the go command for the archives of the libraries, of package live's where they are nil, and has it compile
// those that are missing.
func NewToolchain(ctx context.Context, root string, environ, libraries []string) (*Toolchain, error) {
	t := &Toolchain{Root: root, Environ: environ, archives: map[string]string{}, std: map[string][]string{}, docs: map[string]*doc.Package{}}
	out, err := t.goCommand(ctx, "env", "GOTOOLDIR", "GOVERSION")
	if err != nil {
		return nil, err
	}
	settings := strings.Fields(out)
	if len(settings) != 2 {
		return nil, fmt.Errorf("go env says %q, and a folder and a version were asked for", out)
	}
	t.compile, t.link, t.version = filepath.Join(settings[0], "compile"), filepath.Join(settings[0], "link"), settings[1]
	t.linker = fastLinker()
	if libraries == nil {
		libraries = Libraries()
	}
	if err := t.add(ctx, libraries); err != nil {
		return nil, err
	}
	t.importer = importer.ForCompiler(token.NewFileSet(), "gc", t.open).(types.ImporterFrom)
	return t, nil
}

// fastLinker names the fastest of the system's linkers that is there; "" for its default.
func fastLinker() string {
	for _, name := range []string{"mold", "lld", "gold"} {
		program := map[string]string{"mold": "ld.mold", "lld": "ld.lld", "gold": "ld.gold"}[name]
		if _, err := exec.LookPath(program); err == nil {
			return name
		}
	}
	return ""
}

func (t *Toolchain) goCommand(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = t.Root, t.Environ
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("go %s: %s", args[0], gist(stderr.String()))
	}
	return string(out), nil
}

// gist is what the go command says that is worth a line.
func gist(said string) string {
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "go: downloading") {
			line, _, _ = strings.Cut(line, "; to add it:")
			line, _, _ = strings.Cut(line, " (/") // where it was looked for
			return line
		}
	}
	return "it failed and said nothing"
}

// add learns the archives of packages and of all that they import.
func (t *Toolchain) add(ctx context.Context, paths []string) error {
	args := append(Archives(), "-f", "{{.ImportPath}}\t{{.Name}}\t{{.Export}}\t{{.Standard}}")
	out, err := t.goCommand(ctx, append(args, paths...)...)
	if err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		fields := strings.Split(strings.TrimSpace(line), "\t")
		if len(fields) != 4 || fields[2] == "" {
			continue
		}
		path, name := fields[0], fields[1]
		if t.archives[path] == "" && importable(path, fields[3] == "true") {
			t.std[name] = append(t.std[name], path)
		}
		t.archives[path] = fields[2]
	}
	for _, paths := range t.std { // the shortest path first: rand of math before that of crypto
		slices.SortFunc(paths, func(a, b string) int {
			return strings.Count(a, "/")*1000 + len(a) - strings.Count(b, "/")*1000 - len(b)
		})
	}
	return nil
}

// importable tells whether a cell that names a package without importing it may mean this one.
func importable(path string, standard bool) bool {
	if strings.Contains(path, "internal") || strings.HasPrefix(path, "vendor/") {
		return false
	}
	return standard || strings.HasPrefix(path, "github.com/maestro-lod/notebook/") || strings.HasPrefix(path, "gonum.org/v1/")
}

// open is the importer's way to a package's export data.
func (t *Toolchain) open(path string) (io.ReadCloser, error) {
	archive := t.archives[path]
	if archive == "" {
		return nil, errNoArchive
	}
	return os.Open(archive)
}

var errNoArchive = errors.New("no archive is known")

// Import returns a package as go/types knows it, and has it compiled where that was not done yet.
func (t *Toolchain) Import(ctx context.Context, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if t.archives[path] == "" {
		if err := t.add(ctx, []string{path}); err != nil {
			return nil, err
		}
		if t.archives[path] == "" {
			return nil, fmt.Errorf("no package %s", path)
		}
	}
	return t.importer.ImportFrom(path, "", 0)
}

// Build makes the plugin of a unit: the source is compiled with the imports that it has, to unit.a, and linked to unit.so.
func (t *Toolchain) Build(ctx context.Context, folder string, unit int, source string, embeds []byte, took Steps) (plugin string, err error) {
	base := filepath.Join(folder, fmt.Sprintf("c%d", unit))
	path := unitPath(unit)
	if err := os.WriteFile(base+".go", []byte(source), 0o600); err != nil {
		return "", err
	}
	config := base + ".cfg"
	var all strings.Builder
	for name, archive := range t.archives {
		fmt.Fprintf(&all, "packagefile %s=%s\n", name, archive)
	}
	if err := os.WriteFile(config, []byte(all.String()), 0o600); err != nil {
		return "", err
	}
	args := []string{"-o", base + ".a", "-p", path, "-complete", "-installsuffix", "dynlink", "-dynlink", "-nolocalimports",
		"-importcfg", config, "-pack", "-dwarf=false", "-goversion", t.version, "-c=2", "-trimpath", folder + "=>"}
	if embeds != nil {
		if err := os.WriteFile(base+".embed", embeds, 0o600); err != nil {
			return "", err
		}
		args = append(args, "-embedcfg", base+".embed")
	}
	if err := took.time("compile", func() error { return t.tool(ctx, t.compile, append(args, base+".go")...) }); err != nil {
		return "", err
	}
	args = []string{"-o", base + ".so", "-importcfg", config, "-installsuffix", "dynlink", "-pluginpath", path, "-buildmode=plugin",
		"-s", "-w", "-extld", extld}
	if t.linker != "" {
		args = append(args, "-extldflags", "-fuse-ld="+t.linker)
	}
	if err := took.time("link", func() error { return t.tool(ctx, t.link, append(args, base+".a")...) }); err != nil {
		return "", err
	}
	t.archives[path] = base + ".a"
	return base + ".so", nil
}

// extld has gcc link, but says no to the programs by which Go's linker tries which flags gcc knows: three for each plugin,
// which took a quarter of a small cell's time.
const extld = `sh -c 'case "$*" in *trivial.c*) exit 1;; esac; exec gcc "$@"' gcc`

// tool runs the compiler or the linker. What they say is an error of a cell's own lines.
func (t *Toolchain) tool(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env, cmd.Dir = append(slices.Clip(t.Environ), "GOGC=400"), t.Root // they live too briefly for much collecting
	out, err := cmd.CombinedOutput()
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s", Unmark(strings.TrimSpace(string(out))))
	}
	return nil
}

// Steps are how long the steps of a cell took, in milliseconds.
type Steps map[string]float64

func (s Steps) time(step string, do func() error) error {
	began := time.Now()
	err := do()
	s[step] += float64(time.Since(began).Microseconds()) / 1e3
	return err
}
