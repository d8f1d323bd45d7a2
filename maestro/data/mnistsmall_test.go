package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var writeMNISTSmall = flag.Bool("write-mnist-small", false, "make the files of mnist-small from MNIST's")

// TestMNISTSmallIsTheStartOfMNIST makes the four files anew from the published ones and compares their contents.
func TestMNISTSmallIsTheStartOfMNIST(t *testing.T) {
	from := mnistSource()
	paths, err := from.locateOrFetch(t)
	if err != nil {
		t.Skip("MNIST's own files are not in reach: ", err)
	}
	real, err := from.open(paths)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range from.files {
		kind, keep := idxImages, mnistSmallTrain
		if i%2 == 1 {
			kind = idxLabels
		}
		if i >= 2 {
			keep = mnistSmallTest
		}
		whole, err := readIDX(real[i], kind)
		if err != nil {
			t.Fatal(err)
		}
		want := start(whole, keep)
		path := filepath.Join("mnist-small", f.name)
		if *writeMNISTSmall {
			var packed bytes.Buffer
			w, _ := gzip.NewWriterLevel(&packed, gzip.BestCompression)
			w.Write(want)
			w.Close()
			if err := os.WriteFile(path, packed.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		got, err := kind.read(bytes.NewReader(content))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if !bytes.Equal(got.whole, want) {
			t.Errorf("%s is not the first %d of MNIST's %d %s: go generate makes it anew", path, keep, whole.items,
				kind.what)
		}
	}
}

// start is an idx file of the first n items of another.
func start(f idxFile, n int) []byte {
	head := len(f.whole) - len(f.data)
	file := bytes.Clone(f.whole[:head+n*len(f.data)/f.items])
	binary.BigEndian.PutUint32(file[4:], uint32(n))
	return file
}

// locateOrFetch finds the files in MAESTRO_DATA, or copies them out of the Go module; a test asks no web host.
func (s source) locateOrFetch(t *testing.T) ([]string, error) {
	if given := os.Getenv("MAESTRO_DATA"); given != "" {
		if paths, ok, err := s.given("MAESTRO_DATA", given); ok || err != nil {
			return paths, err
		}
	}
	dir := t.TempDir()
	if err := s.module.fetch(t.Context(), dir, s.files, nil); err != nil {
		return nil, err
	}
	paths, _, err := s.in(dir)
	return paths, err
}

// TestMNISTSmall: it loads with no folder, no network and no go command, always as the same data, and takes the room
// in the repository that it may.
func TestMNISTSmall(t *testing.T) {
	alone(t)
	t.Setenv("PATH", "")
	t.Setenv("MAESTRO_DATA", small(20, 10).write(t, t.TempDir())) // which is another data set's
	s, err := MNISTSmall(t.Context(), Options{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if s.Name != "mnist-small" || s.Dir != "" || s.Train.Len() != 4500 || s.Validation.Len() != 500 ||
		s.Test.Len() != 1000 {
		t.Errorf("%s in %q: %d, %d, %d examples, want 4500, 500, 1000 and no folder", s.Name, s.Dir, s.Train.Len(),
			s.Validation.Len(), s.Test.Len())
	}
	if s.Checksum != mnistSmallChecksum {
		t.Errorf("checksum %s: runs on mnist-small have %s in their config.yaml", s.Checksum, mnistSmallChecksum)
	}
	// As MNIST is normalised, and about what is measured.
	mean, std := moments(s.Train)
	if !slices.Equal(s.Mean, []float64{0.1307}) || !slices.Equal(s.Std, []float64{0.3081}) || mean[0] < 0.12 ||
		mean[0] > 0.14 || std[0] < 0.3 || std[0] > 0.32 {
		t.Errorf("normalisation %v, %v; measured %v, %v", s.Mean, s.Std, mean, std)
	}
	counts := make([]int, s.Train.Classes)
	for _, label := range slices.Concat(s.Train.Labels, s.Validation.Labels) {
		counts[label]++
	}
	if len(counts) != 10 || slices.Min(counts) < 400 {
		t.Errorf("%v training examples a class: of 5000 each digit has about 500", counts)
	}

	size := 0
	entries, err := mnistSmall.ReadDir("mnist-small")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		size += int(info.Size())
	}
	if len(entries) != 4 || size > 1<<20 {
		t.Errorf("%d files of %d bytes, want 4 of at most 1 MiB", len(entries), size)
	}

	_, err = MNISTSmall(t.Context(), Options{Dir: t.TempDir()})
	wantError(t, err, "data-dir is ", "mnist-small is part of the program")
	_, err = MNISTSmall(t.Context(), Options{Validation: 5000})
	wantError(t, err, "validation is 5000", "less than the number of training examples, 5000")
}
