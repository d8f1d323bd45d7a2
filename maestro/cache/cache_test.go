package cache_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/cache"
)

// TestDir: MAESTRO_CACHE names the folder, whole even where it is relative; else it is one in the user's cache
// folder; and where there is none the error says how to name one.
func TestDir(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", "")
	for name, test := range map[string]struct{ setting, want string }{
		"absolute": {"/some/where", "/some/where"},
		"relative": {"some/where", filepath.Join(here, "some/where")},
	} {
		t.Setenv("MAESTRO_CACHE", test.setting)
		if got, err := cache.Dir(); err != nil || got != test.want {
			t.Errorf("%s: Dir = %q, %v; want %q", name, got, err, test.want)
		}
	}
	t.Setenv("MAESTRO_CACHE", "")
	if got, err := cache.Dir(); err != nil || !strings.HasPrefix(got, home) || filepath.Base(got) != "maestro-lod" {
		t.Errorf("Dir = %q, %v; want maestro-lod in the user's cache folder below %s", got, err, home)
	}
	t.Setenv("HOME", "")
	if got, err := cache.Dir(); err == nil || !strings.Contains(err.Error(), "MAESTRO_CACHE=DIR") {
		t.Errorf("Dir without a home = %q, %v; want an error that names MAESTRO_CACHE", got, err)
	}
}

// TestLockWaits: a second process says that it waits, and can be interrupted.
func TestLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := cache.Lock(t.Context(), path, "download", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	_, err = cache.Lock(ctx, path, "download", func(what string, _, _ int) {
		if !strings.Contains(what, "waiting for another download") {
			t.Errorf("report %q", what)
		}
		cancel()
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}
