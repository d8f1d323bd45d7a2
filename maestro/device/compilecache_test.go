package device

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestCompileCacheDir: compiled programs are kept in the cache folder, or in the folder that is named, or not at all;
// anything else is an error that says what may be said.
func TestCompileCacheDir(t *testing.T) {
	cache, own := t.TempDir(), t.TempDir()
	t.Setenv("MAESTRO_CACHE", cache)
	for value, want := range map[string]string{"": filepath.Join(cache, "programs"), "off": "", own: own} {
		t.Setenv(EnvCompileCache, value)
		if got, err := CompileCacheDir(); err != nil || got != want {
			t.Errorf("%s=%q: %q, %v; want %q", EnvCompileCache, value, got, err, want)
		}
	}
	for _, value := range []string{"on", "OFF", "0", "programs", "./programs"} {
		t.Setenv(EnvCompileCache, value)
		if got, err := CompileCacheDir(); err == nil || !strings.Contains(err.Error(), "off") ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s=%q: %q, %v; want one line that says what may be set", EnvCompileCache, value, got, err)
		}
	}
}
