package device

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/device/programs"
)

// EnvCompileCache turns the cache of compiled programs off when it is "off", and names another folder for it when it
// is a path from / on: where the cache folder is shared or read-only, as in an image, programs can be kept in one's
// own.
const EnvCompileCache = "MAESTRO_COMPILE_CACHE"

// CompileCacheDir is the folder of compiled programs; empty when they are not kept.
func CompileCacheDir() (string, error) {
	switch value := os.Getenv(EnvCompileCache); value {
	case "":
	case "off":
		return "", nil
	default:
		if !filepath.IsAbs(value) {
			return "", fmt.Errorf("%s is %q: set it to off, to a folder's path from / on, or not at all",
				EnvCompileCache, value)
		}
		return value, nil
	}
	folder, err := cache.Dir()
	if err != nil {
		return "", err
	}
	return filepath.Join(folder, "programs"), nil
}

// pinned says whether the choice is the CPU plugin that this project pins, with which XLA's flags and the cache of
// compiled programs were tried.
func (c Choice) pinned() bool { return strings.Contains(c.plugin(), "lammps_jax_pjrt_cpu") }

// CompileCache describes the cache of compiled programs for a choice in a line; ok is false where none is used.
func (c Choice) CompileCache() (found string, ok bool) {
	dir, err := CompileCacheDir()
	switch {
	case err != nil:
		return err.Error(), false
	case dir == "":
		return fmt.Sprintf("turned off by %s; every process compiles its programs anew", EnvCompileCache), false
	case !c.pinned():
		return "kept for the project's own CPU plugin alone; every process compiles its programs anew", false
	}
	stats, err := programs.ReadStats(dir)
	if err != nil {
		return err.Error(), false
	}
	return fmt.Sprintf("%v, in %s", stats, dir), true
}

// keepPrograms has the pinned plugin's compiled programs kept from process to process. Without a cache everything
// works, only slower, so what is in the way of it is a warning.
func (c Choice) keepPrograms() error {
	if !c.pinned() {
		return nil
	}
	dir, err := CompileCacheDir()
	if dir == "" {
		return err
	}
	warn := func(text string) { fmt.Fprintln(os.Stderr, "warning:", text) }
	store, err := programs.Open(dir)
	if err == nil {
		err = programs.Install(store, programs.Settings{Plugin: c.plugin(), Devices: c.Devices, Warn: warn})
	}
	if err != nil {
		warn(fmt.Sprintf("compiled programs are not kept: %v; %s=off turns this line off", err, EnvCompileCache))
	}
	return nil
}
