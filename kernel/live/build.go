package live

import (
	"context"
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/maestro-lod/notebook/kernel/live/object"
)

// built is a unit's plugin, and the hollow archives of what is in it: those of packages that came with it by their
// paths.
type built struct {
	plugin string
	hollow map[string]string
}

// Build makes the plugin of a unit: the source is compiled with the imports that it has and linked to what the
// process lacks. Once the process has opened it, opened is to be called with what was built.
func (t *Toolchain) Build(ctx context.Context, folder string, unit int, source string, embeds []byte,
	took Steps) (b built, err error) {
	base, path := filepath.Join(folder, fmt.Sprintf("c%d", unit)), unitPath(unit)
	if err := took.time("compile", func() error { return t.compileUnit(ctx, base, path, source, embeds) }); err != nil {
		return b, err
	}
	t.archives[path] = base + ".a"
	err = took.time("link", func() error {
		if b, err = t.split(base, path, source); err != nil {
			return err
		}
		return t.linkUnit(ctx, base, path)
	})
	return b, err
}

// opened has later units use what the process has from this one.
func (t *Toolchain) opened(b built) { maps.Copy(t.hollow, b.hollow) }

// split writes what this unit is linked of, with all that it declares and the packages that it brings, and what later
// units are.
func (t *Toolchain) split(base, path, source string) (built, error) {
	b := built{plugin: base + ".so", hollow: map[string]string{}}
	brings := map[string][]byte{}
	for _, foreign := range append(t.foreign(source), path) {
		archive, err := os.ReadFile(t.archives[foreign])
		if err != nil {
			return b, err
		}
		hollow, err := object.Hollow(foreign, archive)
		if err != nil {
			return b, fmt.Errorf("package %s: %w", foreign, err)
		}
		b.hollow[foreign] = fmt.Sprintf("%s-%d-hollow.a", base, len(b.hollow))
		if err := os.WriteFile(b.hollow[foreign], hollow, 0o600); err != nil {
			return b, err
		}
		brings[foreign] = archive
	}
	own := brings[path]
	delete(brings, path)
	whole, err := object.KeepOwn(path, own, brings)
	if err != nil {
		return b, err
	}
	return b, os.WriteFile(base+"-whole.a", whole, 0o600)
}

// foreign are the packages that a source imports, or packages that it imports, and that the process does not have.
func (t *Toolchain) foreign(source string) (paths []string) {
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.ImportsOnly)
	if err != nil { // it was compiled
		return nil
	}
	seen := map[string]bool{}
	var look func(path string)
	look = func(path string) {
		if seen[path] || t.hollow[path] != "" || t.archives[path] == "" {
			return
		}
		seen[path] = true
		paths = append(paths, path)
		for _, next := range t.imports[path] {
			look(next)
		}
	}
	for _, i := range file.Imports {
		if path, err := strconv.Unquote(i.Path.Value); err == nil {
			look(path)
		}
	}
	return paths
}

// compileUnit has Go's compiler make base.a.
func (t *Toolchain) compileUnit(ctx context.Context, base, path, source string, embeds []byte) error {
	if err := os.WriteFile(base+".go", []byte(source), 0o600); err != nil {
		return err
	}
	if err := writeConfig(base+"-compile.cfg", t.archives, ""); err != nil {
		return err
	}
	args := []string{"-o", base + ".a", "-p", path, "-complete", "-installsuffix", "dynlink", "-dynlink",
		"-nolocalimports",
		"-importcfg", base + "-compile.cfg", "-pack", "-dwarf=false", "-goversion", t.version, "-c=2", "-trimpath",
		filepath.Dir(base) + "=>"}
	if embeds != nil {
		if err := os.WriteFile(base+".embed", embeds, 0o600); err != nil {
			return err
		}
		args = append(args, "-embedcfg", base+".embed")
	}
	return t.tool(ctx, t.compile, nil, append(args, base+".go")...)
}

// linkUnit makes base.so of base-whole.a. Go's linker writes an object file for the system's, which gets it without
// what the process has.
func (t *Toolchain) linkUnit(ctx context.Context, base, path string) error {
	archives := maps.Clone(t.archives)
	maps.Copy(archives, t.hollow)
	if err := writeConfig(base+"-link.cfg", archives, ""); err != nil {
		return err
	}
	temp := base + "-link"
	if err := os.MkdirAll(temp, 0o700); err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	arguments, goObject := filepath.Join(temp, "arguments"), filepath.Join(temp, "go.o")
	// The standard library's packages refer to each other in ways that only they may, by symbols that hollow archives
	// no longer show to be theirs.
	args := []string{"-o", base + ".so", "-importcfg", base + "-link.cfg", "-installsuffix", "dynlink", "-pluginpath",
		path, "-buildmode=plugin",
		"-checklinkname=0", "-s", "-w", "-tmpdir", temp, "-extld", extld}
	if err := t.tool(ctx, t.link, []string{argumentsFile + "=" + arguments},
		append(args, base+"-whole.a")...); err != nil {
		return linkError(err)
	}
	whole, err := os.ReadFile(goObject)
	if err != nil {
		return err
	}
	lacking, err := object.Undefine(whole)
	if err != nil {
		return err
	}
	if err := os.WriteFile(goObject, lacking, 0o600); err != nil {
		return err
	}
	said, err := os.ReadFile(arguments)
	if err != nil {
		return err
	}
	return t.tool(ctx, "gcc", nil, append(strings.Split(strings.TrimSuffix(string(said), "\n"), "\n"),
		t.useLinker()...)...)
}

// linkError says in the words of who wrote the cell what Go's linker found.
func linkError(err error) error {
	if _, rest, ok := strings.Cut(err.Error(), "fingerprint mismatch: "); ok {
		name, _, _ := strings.Cut(rest, " ")
		return fmt.Errorf("package %s was edited after this session had loaded it; restart the kernel to use it as "+
			"it is now", name)
	}
	return err
}

const argumentsFile = "MAESTRO_LINK_ARGUMENTS"

// extld takes the place of gcc where Go's linker calls it, and writes down how. It says no to the programs by which
// Go's linker tries which flags gcc knows: three for each plugin, a good part of a small cell's time
// (docs/measurements.md).
const extld = `sh -c 'case "$*" in *trivial.c*) exit 1;; esac; printf "%s\n" "$@" >"$` + argumentsFile + `"' gcc`

// useLinker has gcc call the linker that is the fastest.
func (t *Toolchain) useLinker() []string {
	if t.linker == "" {
		return nil
	}
	return []string{"-fuse-ld=" + t.linker}
}

// writeConfig tells the compiler or the linker where packages' archives are; more are lines of its own.
func writeConfig(path string, archives map[string]string, more string) error {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(archives)) {
		fmt.Fprintf(&all, "packagefile %s=%s\n", name, archives[name])
	}
	return os.WriteFile(path, []byte(all.String()+more), 0o600)
}

// tool runs the compiler or a linker. What they say is an error of a cell's own lines.
func (t *Toolchain) tool(ctx context.Context, program string, environ []string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...)
	// they live too briefly for much collecting
	cmd.Env, cmd.Dir = slices.Concat(t.settings.Environ, []string{"GOGC=400"}, environ), t.settings.Root
	out, err := cmd.CombinedOutput()
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s", Unmark(strings.TrimSpace(string(out))))
	}
	return nil
}
