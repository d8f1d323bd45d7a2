package live

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestCacheNotWritten: where the cache cannot be written, a session links a program of its own, and a caller that has
// no folder for one gets an error and leaves nothing.
func TestCacheNotWritten(t *testing.T) {
	t.Parallel()
	settings := testSettings(t)
	settings.Libraries = []string{"fmt", runtimePath, cellPath}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	settings.Cache = filepath.Join(file, "cache") // nothing can be made there, by root either
	n := openNotebook(t, settings)
	if said := n.run(`fmt.Print("here")`); said != "here" {
		t.Errorf("a cell said %q", said)
	}
	if made, _ := filepath.Glob(filepath.Join(settings.Folder, "cells-*", "host")); len(made) != 1 {
		t.Errorf("programs in the session's folder: %v, want one", made)
	}
	settings.Folder = ""
	tools, err := NewToolchain(t.Context(), settings)
	if err != nil {
		t.Fatal(err)
	}
	if err := tools.Prepare(t.Context()); !errors.Is(err, syscall.ENOTDIR) && !errors.Is(err, fs.ErrPermission) {
		t.Errorf("preparing without a folder: %v", err)
	}
}
