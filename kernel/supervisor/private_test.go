package supervisor

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSweepStale: folders left by killed kernels go; one in use stays, and so does one that is just being made.
func TestSweepStale(t *testing.T) {
	parent := t.TempDir()
	used, err := newPrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	defer used.remove()
	stale, err := newPrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(stale.path, "left"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	_ = stale.lock.Close() // as the system does for a process that is killed
	making := filepath.Join(parent, TempPrefix+"making")
	abandoned := filepath.Join(parent, TempPrefix+"abandoned")
	other := filepath.Join(parent, "other")
	for _, dir := range []string{making, abandoned, other} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	yesterday := time.Now().Add(-24 * time.Hour)
	for _, dir := range []string{abandoned, other} {
		if err := os.Chtimes(dir, yesterday, yesterday); err != nil {
			t.Fatal(err)
		}
	}
	sweepStale(parent)
	for path, want := range map[string]bool{used.path: true, stale.path: false, making: true, abandoned: false,
		other: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", filepath.Base(path), err == nil, want)
		}
	}
	used.remove()
	if _, err := os.Stat(used.path); err == nil {
		t.Error("a kernel's own folder is there after it removed it")
	}
}
