package live

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/maestro-lod/notebook/kernel/live/object"
)

// base is the program that cells live in, with the libraries in it, and the hollow archives by which cells are linked
// to it: a folder of the cache that is named by what it was made of, so that a library that was edited gets another.
type base string

func (b base) host() string { return filepath.Join(string(b), "host") }

// hollow names the hollow archives.
func (b base) hollow(packages []listed) map[string]string {
	archives := map[string]string{}
	for i, p := range packages {
		if p.ImportPath != hostPath {
			archives[p.ImportPath] = filepath.Join(string(b), fmt.Sprintf("%d.a", i))
		}
	}
	return archives
}

// baseFormat is counted up when a base is made in another way.
const baseFormat = 2

// findBase finds the base of the packages that the toolchain knows, or makes it.
func (t *Toolchain) findBase(ctx context.Context) (base, error) {
	key := sha256.New()
	fmt.Fprintln(key, baseFormat, t.version, t.linker)
	for _, p := range t.base {
		fmt.Fprintln(key, p.ImportPath, p.Export)
	}
	cache := t.settings.Cache
	b := base(filepath.Join(cache, fmt.Sprintf("cells-%.6x", key.Sum(nil))))
	if _, err := os.Stat(string(b)); err == nil {
		now := time.Now()
		_ = os.Chtimes(string(b), now, now) // a folder that cannot be written, of an image, is not swept either
		return b, nil
	}
	t.settings.Report.Tell("linking the program that cells live in", 0, 0)
	_ = os.MkdirAll(cache, 0o755)
	temp, err := os.MkdirTemp(cache, ".cells-")
	// a cache that cannot be written, of an image or a group, whose libraries were edited
	if err != nil && t.settings.Folder != "" {
		return t.ownBase(ctx)
	}
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	if err := t.fill(ctx, base(temp)); err != nil {
		return "", err
	}
	// where another process was faster
	if err := os.Rename(temp, string(b)); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	sweepBases(cache)
	return b, nil
}

// ownBase makes a base for one session alone, among its temporary files.
func (t *Toolchain) ownBase(ctx context.Context) (base, error) {
	dir, err := os.MkdirTemp(t.settings.Folder, "cells-")
	if err != nil {
		return "", err
	}
	return base(dir), t.fill(ctx, base(dir))
}

// fill makes a base in a folder.
func (t *Toolchain) fill(ctx context.Context, b base) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("linking the program that cells live in: %w", err)
		}
	}()
	var host []byte
	archives, whole := map[string][]byte{}, map[string]string{}
	for _, p := range t.base {
		archive, err := os.ReadFile(p.Export)
		if err != nil {
			return err
		}
		if p.ImportPath == hostPath {
			host = archive
			continue
		}
		archives[p.ImportPath], whole[p.ImportPath] = archive, p.Export
	}
	for path, file := range b.hollow(t.base) {
		hollow, err := object.Hollow(path, archives[path])
		if err != nil {
			return fmt.Errorf("package %s: %w", path, err)
		}
		if err := os.WriteFile(file, hollow, 0o644); err != nil {
			return err
		}
	}
	kept, err := object.Keep(host, archives)
	if err != nil {
		return err
	}
	main, config := filepath.Join(string(b), "main.a"), filepath.Join(string(b), "link.cfg")
	if err := os.WriteFile(main, kept, 0o600); err != nil {
		return err
	}
	if err := writeConfig(config, whole, fmt.Sprintf("modinfo %q\n", t.buildInfo())); err != nil {
		return err
	}
	args := []string{"-o", b.host(), "-importcfg", config, "-buildmode=exe", "-s", "-w", "-extld=gcc",
		"-extldflags=" + strings.Join(t.useLinker(), " ")}
	if err := t.tool(ctx, t.link, nil, append(args, main)...); err != nil {
		return err
	}
	return errors.Join(os.Remove(main), os.Remove(config), os.Chmod(string(b), 0o755))
}

// buildInfo is what the go command would have written into the program: a run's config.yaml has the versions of what
// computed.
func (t *Toolchain) buildInfo() string {
	info := debug.BuildInfo{Path: hostPath}
	known := map[string]bool{}
	for _, p := range t.base {
		if p.Module == nil || known[p.Module.Path] {
			continue
		}
		known[p.Module.Path] = true
		m := debug.Module{Path: p.Module.Path, Version: p.Module.Version}
		if p.Module.Main {
			m.Version = "(devel)"
			info.Main = m
			continue
		}
		if r := p.Module.Replace; r != nil {
			m.Replace = &debug.Module{Path: r.Path, Version: r.Version}
		}
		info.Deps = append(info.Deps, &m)
	}
	const frame = "................" // what runtime/debug takes off both ends
	return frame + info.String() + frame
}

// sweepBases removes bases that no session has used for a fortnight, and what is left of making some.
func sweepBases(cache string) {
	for _, pattern := range []string{"cells-*", ".cells-*"} {
		found, _ := filepath.Glob(filepath.Join(cache, pattern))
		for _, dir := range found {
			if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > 14*24*time.Hour {
				_ = os.RemoveAll(dir)
			}
		}
	}
}
