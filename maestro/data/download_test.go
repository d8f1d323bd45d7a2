package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// mirror serves files, and counts what is asked of it.
type mirror struct {
	*httptest.Server
	asked atomic.Int32
}

// serve starts a mirror that answers as its handler says, or, without one, with the files.
func serve(t *testing.T, f files, handler http.HandlerFunc) *mirror {
	t.Helper()
	m := &mirror{}
	if handler == nil {
		handler = func(w http.ResponseWriter, r *http.Request) { w.Write(f[strings.TrimPrefix(r.URL.Path, "/")]) }
	}
	m.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.asked.Add(1)
		handler(w, r)
	}))
	t.Cleanup(m.Close)
	return m
}

// nobody is the address of a mirror that is not there.
func nobody(t *testing.T) string {
	s := httptest.NewServer(nil)
	s.Close()
	return s.URL
}

// all are the files' names, sorted.
func (f files) all() (found []string) {
	for name := range f {
		found = append(found, name)
	}
	slices.Sort(found)
	return found
}

func TestDownload(t *testing.T) {
	dir := alone(t)
	f := small(20, 10)
	m := serve(t, f.packed(), nil)
	last, lastTotal := -1, 0
	o := Options{Validation: 5, Report: func(what string, done, total int) {
		if !strings.HasPrefix(what, "downloading ") || done < last || done > total {
			t.Errorf("report %q, %d of %d, after %d", what, done, total, last)
		}
		last, lastTotal = done, total
	}}
	s, err := loadMNIST(t.Context(), o, f.source(m.URL+"/"))
	if err != nil {
		t.Fatal(err)
	}
	if got := indices(t, s.Test); len(got) != 10 || got[0] != 20 {
		t.Errorf("test examples %v", got)
	}
	if got := names(t, dir); !slices.Equal(got, f.packed().all()) {
		t.Errorf("downloaded %v", got)
	}
	if last != lastTotal {
		t.Errorf("the last report is %d of %d", last, lastTotal)
	}

	// The second time nothing is asked for, and a file that is gone is fetched alone.
	if _, err := loadMNIST(t.Context(), o, f.source(m.URL)); err != nil || m.asked.Load() != 4 {
		t.Errorf("%d requests after the second load, want 4; %v", m.asked.Load(), err)
	}
	if err := os.Remove(filepath.Join(dir, testImages+".gz")); err != nil {
		t.Fatal(err)
	}
	last = -1
	if _, err := loadMNIST(t.Context(), o, f.source(m.URL)); err != nil || m.asked.Load() != 5 {
		t.Errorf("%d requests after one file went, want 5; %v", m.asked.Load(), err)
	}
}

// TestPublishedDownload: the pinned sizes and checksums are those of the published files.
func TestPublishedDownload(t *testing.T) {
	from := mnistSource()
	paths, err := from.locateOrFetch(t)
	if err != nil {
		t.Skip("MNIST's own files are not in reach: ", err)
	}
	alone(t)
	if !strings.HasSuffix(paths[0], ".gz") {
		t.Skip("the files are unpacked: what is pinned is the packed ones")
	}
	from.module = goModule{}
	from.mirrors = []string{serve(t, nil, http.FileServer(http.Dir(filepath.Dir(paths[0]))).ServeHTTP).URL}
	s, err := loadMNIST(t.Context(), Options{}, from)
	if err != nil {
		t.Fatal(err)
	}
	if s.Checksum != mnistChecksum {
		t.Errorf("checksum %s, want %s", s.Checksum, mnistChecksum)
	}
}

// TestSecondMirror: whatever is wrong with the first mirror, the second one is asked, and nothing of the first is kept.
// Where there is no second, the error says what was wrong and what to do, and no file is left.
func TestSecondMirror(t *testing.T) {
	f := small(20, 10)
	packed := f.packed()
	wrong := serve(t, small(21, 10).packed(), nil)
	whole := func(r *http.Request) []byte { return packed[strings.TrimPrefix(r.URL.Path, "/")] }

	for _, c := range []struct {
		name  string
		first string
		words []string
	}{
		{"not there", nobody(t), []string{"refused"}},
		{"404", serve(t, nil, http.NotFound).URL, []string{"404 Not Found"}},
		{"wrong checksum", wrong.URL, []string{"not the published file"}},
		{"a page in its place",
			serve(t, nil, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>log in</html>") }).URL,
			[]string{"not the published file", "19 bytes"}},
		{"broken off", serve(t, nil, func(w http.ResponseWriter, r *http.Request) {
			body := whole(r)
			w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			w.Write(body[:len(body)/2])
		}).URL, []string{"broken off after"}},
		{"broken off unannounced", serve(t, nil, func(w http.ResponseWriter, r *http.Request) {
			w.Write(whole(r)[:20])
			w.(http.Flusher).Flush() // without a length
		}).URL, []string{"not the published file", "20 bytes"}},
		{"endless", serve(t, nil, func(w http.ResponseWriter, r *http.Request) {
			w.Write(whole(r))
			for chunk := make([]byte, 64<<10); ; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		}).URL, []string{"not the published file", "longer than"}},
		{"unpacked on the way", serve(t, f, func(w http.ResponseWriter, r *http.Request) {
			w.Write(f[strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), ".gz")])
		}).URL, []string{"not the published file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := alone(t)
			_, err := loadMNIST(t.Context(), Options{Validation: 5}, f.source(c.first))
			wantError(t, err, append(c.words, c.first, trainImages+".gz", f.source().files[0].sha256,
				"connect to the network", "--data-dir", "MAESTRO_DATA")...)
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
			good := serve(t, packed, nil)
			s, err := loadMNIST(t.Context(), Options{Validation: 5}, f.source(c.first, good.URL))
			if err != nil {
				t.Fatal(err)
			}
			if s.Train.Len() != 15 {
				t.Errorf("%d training examples, want 15", s.Train.Len())
			}
			if got := names(t, dir); !slices.Equal(got, packed.all()) {
				t.Errorf("downloaded %v", got)
			}
		})
	}
}

// TestGzipEncoding: a server that declares the file's own compression as the transfer's must not have it undone.
func TestGzipEncoding(t *testing.T) {
	alone(t)
	f := small(20, 10)
	packed := f.packed()
	m := serve(t, nil, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.Write(packed[strings.TrimPrefix(r.URL.Path, "/")])
	})
	if _, err := loadMNIST(t.Context(), Options{Validation: 5}, f.source(m.URL)); err != nil {
		t.Error(err)
	}
}

// hanging starts a mirror that sends half of each file and then nothing. started is closed when it does.
func hanging(t *testing.T, f files) (url string, started chan struct{}) {
	started = make(chan struct{})
	var once sync.Once
	m := serve(t, nil, func(w http.ResponseWriter, r *http.Request) {
		body := f[strings.TrimPrefix(r.URL.Path, "/")]
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body[:len(body)/2])
		w.(http.Flusher).Flush()
		once.Do(func() { close(started) })
		<-r.Context().Done()
	})
	return m.URL, started
}

func TestStall(t *testing.T) {
	dir := t.TempDir()
	f := small(20, 10).packed()
	url, _ := hanging(t, f)
	from := small(20, 10).source()
	d := downloader{mirrors: []string{url}, stall: 100 * time.Millisecond}
	err := d.fetch(t.Context(), dir, from.files[0])
	wantError(t, err, url, "nothing came for too long")
	d.mirrors = append(d.mirrors, serve(t, f, nil).URL)
	if err := d.fetch(t.Context(), dir, from.files[0]); err != nil {
		t.Error(err)
	}
	if got := names(t, dir); !slices.Equal(got, []string{trainImages + ".gz"}) {
		t.Errorf("downloaded %v", got)
	}
}

// TestNoAnswer: a host that takes the connection and says nothing costs as long as an answer may take, not as long as a
// transfer may pause.
func TestNoAnswer(t *testing.T) {
	f := small(20, 10).packed()
	silent := serve(t, nil, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	d := downloader{mirrors: []string{silent.URL, serve(t, f, nil).URL}, answer: 100 * time.Millisecond,
		stall: time.Hour}
	began := time.Now()
	if err := d.fetch(t.Context(), t.TempDir(), small(20, 10).source().files[0]); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the mirror that answers was asked after %v", took)
	}
}

// TestInterrupted: an interrupt ends the download at once, leaves nothing of the file, asks no other mirror, and says
// what to do.
func TestInterrupted(t *testing.T) {
	dir := alone(t)
	f := small(20, 10)
	url, started := hanging(t, f.packed())
	other := serve(t, f.packed(), nil)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-started
		cancel()
	}()
	_, err := loadMNIST(ctx, Options{Validation: 5}, f.source(url, other.URL))
	wantError(t, err, "downloading MNIST was interrupted", "same command")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("the error is not context.Canceled: %v", err)
	}
	if left := names(t, dir); len(left) > 0 || other.asked.Load() > 0 {
		t.Errorf("left behind: %v; the other mirror was asked %d times", left, other.asked.Load())
	}
}

// TestTakenUp: what a killed process left half done is fetched again, whatever is in it.
func TestTakenUp(t *testing.T) {
	dir := alone(t)
	f := small(20, 10)
	packed := f.packed()
	files{trainImages + ".gz.part": bytes.Repeat([]byte("x"), 1<<20), "." + trainImages + ".gz123456": {},
		testLabels + ".gz": packed[testLabels+".gz"]}.write(t, dir)
	m := serve(t, packed, nil)
	if _, err := loadMNIST(t.Context(), Options{Validation: 5}, f.source(m.URL)); err != nil {
		t.Fatal(err)
	}
	if got := names(t, dir); !slices.Equal(got, packed.all()) || m.asked.Load() != 3 {
		t.Errorf("%d requests, want 3; the folder holds %v", m.asked.Load(), got)
	}
}

// TestTogether: of several that want the files at once, one downloads them.
func TestTogether(t *testing.T) {
	alone(t)
	f := small(20, 10)
	m := serve(t, f.packed(), nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := loadMNIST(t.Context(), Options{Validation: 5}, f.source(m.URL)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if m.asked.Load() != 4 {
		t.Errorf("%d requests for four files", m.asked.Load())
	}
}

// TestUnusableCache: a fault of this machine is said at once, not taken for one of the mirrors.
func TestUnusableCache(t *testing.T) {
	f := small(20, 10)
	m := serve(t, f.packed(), nil)
	for name, prepare := range map[string]func(dir string) error{
		"a file for a folder": func(dir string) error {
			return errors.Join(os.MkdirAll(filepath.Dir(dir), 0o755), os.WriteFile(dir, nil, 0o644))
		},
		"a folder for the lock": func(dir string) error { return os.MkdirAll(dir+".lock", 0o755) },
		"a folder for a file": func(dir string) error {
			return os.MkdirAll(filepath.Join(dir, trainImages+".gz.part", "full"), 0o755)
		},
	} {
		t.Run(name, func(t *testing.T) {
			if err := prepare(alone(t)); err != nil {
				t.Fatal(err)
			}
			before := m.asked.Load()
			_, err := loadMNIST(t.Context(), Options{Validation: 5}, f.source(m.URL, m.URL))
			wantError(t, err, "cache folder", "MAESTRO_CACHE=DIR")
			if m.asked.Load() > before+1 {
				t.Error("another mirror was asked")
			}
		})
	}
}
