package live

import (
	"bytes"
	"context"
	"encoding/json"
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

	"github.com/maestro-lod/notebook/maestro/cache"
)

// Toolchain compiles cells: it knows the archive of each package that cells can import, and calls Go's compiler and
// linker without the go command, which takes half of a small cell's time.
type Toolchain struct {
	settings              Settings
	compile, link, linker string
	version               string
	base                  []listed // the packages that the host has
	made                  base
	archives              map[string]string // by import path: what the compiler reads
	imports               map[string][]string
	hollow                map[string]string // by import path: what the linker reads of those that the process has
	importer              types.ImporterFrom
	std                   map[string][]string // paths that auto-imports may choose, by the package's name
	docs                  map[string]*doc.Package
}

// NewToolchain asks the go command for the archives of the libraries, of package live's where they are nil, and has
// it compile those that are missing. It can check cells; Prepare has it build them too.
func NewToolchain(ctx context.Context, s Settings) (*Toolchain, error) {
	t := &Toolchain{settings: s, archives: map[string]string{}, imports: map[string][]string{},
		std: map[string][]string{}, docs: map[string]*doc.Package{}}
	out, err := t.goCommand(ctx, "env", "GOTOOLDIR", "GOVERSION")
	if err != nil {
		return nil, err
	}
	settings := strings.Fields(out)
	if len(settings) != 2 {
		return nil, fmt.Errorf("go env says %q, and a folder and a version were asked for", out)
	}
	t.compile, t.link, t.version = filepath.Join(settings[0], "compile"), filepath.Join(settings[0], "link"),
		settings[1]
	t.linker = fastLinker()
	libraries := s.Libraries
	if libraries == nil {
		libraries = Libraries()
		own, err := t.ownPackages(ctx)
		if err != nil {
			return nil, err
		}
		libraries = append(libraries, own...)
	}
	if t.base, err = t.list(ctx, nil, append(libraries, hostPath)); err != nil {
		return nil, err
	}
	t.learn(t.base)
	t.importer = importer.ForCompiler(token.NewFileSet(), "gc", t.open).(types.ImporterFrom)
	return t, nil
}

// ownPackages are those of the root that are libraries, where that is a module of its own; this module's are in
// Libraries.
func (t *Toolchain) ownPackages(ctx context.Context) (paths []string, err error) {
	if text, _ := os.ReadFile(filepath.Join(t.settings.Root, "go.mod")); bytes.Contains(text,
		[]byte("module "+strings.TrimSuffix(module, "/")+"\n")) {
		return nil, nil
	}
	out, err := t.goCommand(ctx, "list", "-f", `{{if and (ne .Name "main") .GoFiles}}{{.ImportPath}}{{end}}`, "./...")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(out) {
		if path := strings.TrimSpace(line); !strings.Contains(path, "internal") {
			paths = append(paths, path)
		}
	}
	return paths, nil
}

// Prepare finds the program that cells live in, or links it.
func (t *Toolchain) Prepare(ctx context.Context) error {
	var err error
	if t.made, err = t.findBase(ctx); err != nil {
		return err
	}
	t.begin()
	return nil
}

// begin is told of a new process, which has the base's packages alone.
func (t *Toolchain) begin() { t.hollow = t.made.hollow(t.base) }

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
	cmd.Dir, cmd.Env = t.settings.Root, t.settings.Environ
	said := &packageNames{report: t.settings.Report}
	cmd.Stderr = said
	out, err := cmd.Output()
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("go %s: %s", args[0], gist(said.other.String()))
	}
	return string(out), nil
}

// packageNames reads what the go command says: the names of packages as it compiles them, and other things.
type packageNames struct {
	report cache.Progress
	line   []byte
	done   int
	other  bytes.Buffer
}

func (p *packageNames) Write(said []byte) (int, error) {
	p.line = append(p.line, said...)
	for {
		line, rest, whole := bytes.Cut(p.line, []byte("\n"))
		if !whole {
			return len(said), nil
		}
		p.line = rest
		if bytes.ContainsAny(line, " :") {
			p.other.Write(append(line, '\n'))
		} else {
			p.done++
			p.report.Tell("compiling the libraries that cells import", p.done, 0)
		}
	}
}

// gist is what the go command says that is worth a line.
func gist(said string) string {
	for line := range strings.Lines(said) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") &&
			!strings.HasPrefix(line, "go: downloading") {
			line, _, _ = strings.Cut(line, "; to add it:")
			line, _, _ = strings.Cut(line, " (/") // where it was looked for
			return line
		}
	}
	return "it failed and said nothing"
}

// listed is a package as go list knows it.
type listed struct {
	ImportPath, Name, Export string
	Imports                  []string
	Standard                 bool
	Module                   *struct {
		Path, Version string
		Main          bool
		Replace       *struct{ Path, Version string }
	}
}

// list asks for the archives of packages and of all that they import, and has the go command compile those that are
// missing: they are what go build and go test use too.
func (t *Toolchain) list(ctx context.Context, args, paths []string) ([]listed, error) {
	args = append([]string{"list", "-export", "-deps", "-v", "-json=ImportPath,Name,Export,Imports,Standard,Module"},
		args...)
	out, err := t.goCommand(ctx, append(args, paths...)...)
	if err != nil {
		return nil, err
	}
	var packages []listed
	for decoder := json.NewDecoder(strings.NewReader(out)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list: %w", err)
		}
		if p.Export != "" {
			packages = append(packages, p)
		}
	}
}

// learn has cells import packages.
func (t *Toolchain) learn(packages []listed) {
	for _, p := range packages {
		if t.archives[p.ImportPath] != "" {
			continue
		}
		t.archives[p.ImportPath], t.imports[p.ImportPath] = p.Export, p.Imports
		if p.Name != "main" && importable(p) {
			t.std[p.Name] = append(t.std[p.Name], p.ImportPath)
		}
	}
	for _, paths := range t.std { // the shortest path first: rand of math before that of crypto
		slices.SortFunc(paths, func(a, b string) int {
			return strings.Count(a, "/")*1000 + len(a) - strings.Count(b, "/")*1000 - len(b)
		})
	}
}

// importable tells whether a cell that names a package without importing it may mean this one.
func importable(p listed) bool {
	path := p.ImportPath
	if strings.Contains(path, "internal") || strings.HasPrefix(path, "vendor/") {
		return false
	}
	return p.Standard || p.Module != nil && p.Module.Main || strings.HasPrefix(path, module) ||
		strings.HasPrefix(path, "gonum.org/v1/")
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

// Import returns a package as go/types knows it. One that the host does not have is compiled in the form that plugins
// want, and is a part of the first cell that imports it.
func (t *Toolchain) Import(ctx context.Context, path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if t.archives[path] == "" {
		flags, err := t.pluginFlags(ctx, path)
		if err != nil {
			return nil, err
		}
		packages, err := t.list(ctx, flags, []string{path})
		if err != nil {
			return nil, err
		}
		t.learn(packages)
		if t.archives[path] == "" {
			return nil, fmt.Errorf("no package %s", path)
		}
	}
	return t.importer.ImportFrom(path, "", 0)
}

// pluginFlags have the go command compile a package, and what it imports, as plugins want it, but for the packages that
// the host has: those are compiled already, and -buildmode=plugin would compile them all once more.
func (t *Toolchain) pluginFlags(ctx context.Context, path string) (flags []string, err error) {
	out, err := t.goCommand(ctx, "list", "-deps", path)
	if err != nil {
		return nil, err
	}
	host := map[string]bool{"unsafe": true}
	for _, p := range t.base {
		host[p.ImportPath] = true
	}
	for _, p := range strings.Fields(out) {
		if !host[p] {
			flags = append(flags, "-gcflags="+p+"=-dynlink", "-asmflags="+p+"=-dynlink")
		}
	}
	return flags, nil
}

// Steps are how long the steps of a cell took, in milliseconds.
type Steps map[string]float64

func (s Steps) time(step string, do func() error) error {
	began := time.Now()
	err := do()
	s[step] += float64(time.Since(began).Microseconds()) / 1e3
	return err
}
