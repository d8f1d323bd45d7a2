package data

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The four files' names, unpacked.
const (
	trainImages = "train-images-idx3-ubyte"
	trainLabels = "train-labels-idx1-ubyte"
	testImages  = "t10k-images-idx3-ubyte"
	testLabels  = "t10k-labels-idx1-ubyte"
)

// files are the contents of a small data set by name.
type files map[string][]byte

// small makes a data set of the form of MNIST. The first two pixels of an image are its index, the first of them its
// high byte, and its label is the index's last digit; the test images count on from the training images.
func small(train, test int) files {
	f := files{}
	for _, part := range []struct {
		images, labels string
		first, n       int
	}{{trainImages, trainLabels, 0, train}, {testImages, testLabels, train, test}} {
		var pixels, labels []byte
		for i := part.first; i < part.first+part.n; i++ {
			image := bytes.Repeat([]byte{byte(i * 7)}, 28*28)
			image[0], image[1] = byte(i>>8), byte(i)
			pixels, labels = append(pixels, image...), append(labels, byte(i%10))
		}
		f[part.images] = idx(0x803, pixels, part.n, 28, 28)
		f[part.labels] = idx(0x801, labels, part.n)
	}
	return f
}

// idx is a file of the format, with whatever header is asked for.
func idx(magic uint32, body []byte, dims ...int) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, body...)
}

// index reads back which image of small this is.
func index(image []byte) int { return int(image[0])<<8 | int(image[1]) }

func pack(b []byte) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	w.Write(b)
	w.Close()
	return packed.Bytes()
}

// packed are the same files gzipped, with names that say so.
func (f files) packed() files {
	p := files{}
	for name, content := range f {
		p[name+".gz"] = pack(content)
	}
	return p
}

// with are the same files but one.
func (f files) with(name string, content []byte) files {
	changed := maps.Clone(f)
	changed[name] = content
	return changed
}

// write lays the files out in a folder, making it, and returns the folder.
func (f files) write(t *testing.T, dir string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range f {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// source publishes the files, gzipped, on the given mirrors.
func (f files) source(mirrors ...string) source {
	s := mnistSource()
	packed := f.packed()
	for i := range s.files {
		content := packed[s.files[i].name]
		sum := sha256.Sum256(content)
		s.files[i].size, s.files[i].sha256 = int64(len(content)), hex.EncodeToString(sum[:])
	}
	s.mirrors, s.module = mirrors, goModule{}
	return s
}

// alone keeps the data and cache folders of whoever runs the tests out of them. It returns the folder that downloads
// go to.
func alone(t *testing.T) string {
	t.Helper()
	cache := t.TempDir()
	t.Setenv("MAESTRO_CACHE", cache)
	t.Setenv("MAESTRO_DATA", "")
	return filepath.Join(cache, "data", "mnist")
}

// wantError checks that an error is one line and holds all of the words.
func wantError(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", words)
	}
	t.Log(err)
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("error of several lines: %v", err)
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the error lacks %q: %v", w, err)
		}
	}
}

// names lists what lies in a folder.
func names(t *testing.T, dir string) (found []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		found = append(found, e.Name())
	}
	return found
}
