package data

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// smallCIFAR makes a data set of the form of CIFAR-10, with so many records in each of the six files. A record's
// number, counted through all files, is all of its red plane, its label the number's last digit; green and blue are
// the low and high byte of a pixel's place.
func smallCIFAR(each int) files {
	f := files{"batches.meta.txt": []byte("airplane\n")}
	for i, file := range cifarSource().files {
		var content []byte
		for k := i * each; k < (i+1)*each; k++ {
			content = append(content, byte(k%10))
			content = append(content, bytes.Repeat([]byte{byte(k)}, cifarPlane)...)
			for p := range cifarPlane {
				content = append(content, byte(p))
			}
			for p := range cifarPlane {
				content = append(content, byte(p>>8))
			}
		}
		f[file.name] = content
	}
	return f
}

// records reads back which records of smallCIFAR a set holds, and checks that each pixel is where it belongs.
func records(t *testing.T, s Set) (found []int) {
	t.Helper()
	for i := range s.Len() {
		image := s.Image(i)
		k := int(image[0])
		for p := range cifarPlane {
			if !bytes.Equal(image[3*p:3*p+3], []byte{byte(k), byte(p), byte(p >> 8)}) || s.Labels[i] != int32(k%10) {
				t.Fatalf("example %d, of record %d, has label %d and at place %d the pixel %v", i, k, s.Labels[i], p,
					image[3*p:3*p+3])
			}
		}
		found = append(found, k)
	}
	return found
}

// archive packs the files as their publisher does: in a folder, and in no order.
func (f files) archive(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	names := slices.Sorted(maps.Keys(f))
	slices.Reverse(names)
	if err := w.WriteHeader(&tar.Header{Name: "cifar-10-batches-bin/", Typeflag: tar.TypeDir,
		Mode: 0o755}); err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: "cifar-10-batches-bin/" + name, Typeflag: tar.TypeReg, Mode: 0o644,
			Size: int64(len(f[name]))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f[name]); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return pack(b.Bytes())
}

// cifarAt publishes an archive on the given mirrors.
func cifarAt(archive []byte, mirrors ...string) source {
	s := cifarSource()
	sum := sha256.Sum256(archive)
	s.archive.size, s.archive.sha256 = int64(len(archive)), hex.EncodeToString(sum[:])
	s.mirrors = mirrors
	return s
}

const cifarArchive = "cifar-10-binary.tar.gz"

// TestCIFAR10: wherever and however the files lie, the same examples come of them, each as it was.
func TestCIFAR10(t *testing.T) {
	alone(t)
	f := smallCIFAR(4)
	archive := f.archive(t)
	beside := t.TempDir()
	f.write(t, filepath.Join(beside, "cifar-10-batches-bin"))
	some := maps.Clone(f)
	delete(some, "data_batch_2.bin")
	inPart := t.TempDir()
	some.write(t, filepath.Join(inPart, "cifar-10-batches-bin"))
	files{cifarArchive: archive}.write(t, inPart)

	var first *Splits
	for _, c := range []struct{ name, dir string }{
		{"in the data folder", f.write(t, t.TempDir())},
		{"in their folder", beside},
		{"in an archive", files{cifarArchive: archive}.write(t, t.TempDir())},
		{"in an archive beside a folder with some", inPart},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := loadCIFAR10(t.Context(), Options{Dir: c.dir, Validation: 6, Seed: 1},
				cifarAt(archive, "https://example.org"))
			if err != nil {
				t.Fatal(err)
			}
			train, validation, test := records(t, s.Train), records(t, s.Validation), records(t, s.Test)
			if len(train) != 14 || len(validation) != 6 || !slices.Equal(test, []int{20, 21, 22, 23}) {
				t.Errorf("%d, %d examples and test %v, want 14, 6 and 20 to 23", len(train), len(validation), test)
			}
			all := slices.Sorted(slices.Values(slices.Concat(train, validation)))
			for i, k := range all {
				if i != k {
					t.Fatalf("record %d is there twice or not at all", i)
				}
			}
			if s.Name != "cifar10" || s.Train.Height != 32 || s.Train.Width != 32 || s.Train.Channels != 3 ||
				s.Train.Classes != 10 {
				t.Errorf("%s of %d×%d×%d, %d classes", s.Name, s.Train.Height, s.Train.Width, s.Train.Channels,
					s.Train.Classes)
			}
			// Blue has the values 0 to 3 equally often: mean 1.5, variance 1.25, of 255.
			if math.Abs(s.Mean[2]*255-1.5) > 1e-9 || math.Abs(s.Std[2]*255-math.Sqrt(1.25)) > 1e-9 {
				t.Errorf("files that are not the published ones are not normalised by what is measured, but by %v, %v",
					s.Mean, s.Std)
			}
			if first == nil {
				first = s
			}
			if s.Checksum != first.Checksum || !slices.Equal(records(t, first.Train), train) {
				t.Errorf("checksum %s and training records %v, want %s and %v", s.Checksum, train, first.Checksum,
					records(t, first.Train))
			}
		})
	}
}

// TestMalformedCIFAR10: every way a file can be wrong is an error of one line that names the file and the fault.
func TestMalformedCIFAR10(t *testing.T) {
	alone(t)
	good := smallCIFAR(4)
	archive := good.archive(t)
	label := bytes.Clone(good["data_batch_3.bin"])
	label[2*cifarRecord] = 10
	lacking := maps.Clone(good)
	delete(lacking, "data_batch_4.bin")
	damaged := bytes.Clone(archive)
	damaged[len(damaged)/2] ^= 0x55

	for _, c := range []struct {
		name  string
		files files
		words []string
	}{
		{"not whole records", good.with("data_batch_2.bin", good["data_batch_2.bin"][:7000]),
			[]string{"data_batch_2.bin", "cut short", "7000 bytes", "3073"}},
		{"short", good.with("data_batch_1.bin", good["data_batch_1.bin"][:3*cifarRecord]),
			[]string{"data_batch_1.bin", "cut short: 3 records", "data_batch_2.bin has 4"}},
		{"short test file", good.with("test_batch.bin", good["test_batch.bin"][:cifarRecord]),
			[]string{"test_batch.bin", "cut short: 1 records", "has 4"}},
		{"empty", good.with("data_batch_5.bin", nil), []string{"data_batch_5.bin", "empty"}},
		{"label", good.with("data_batch_3.bin", label), []string{"data_batch_3.bin", "record at index 2 is 10",
			"0 to 9"}},
		{"missing", lacking, []string{"data-dir is ", "lacks data_batch_4.bin", cifarArchive}},
		{"none", files{"readme.html": nil}, []string{"data-dir is ", "data_batch_1.bin", cifarArchive,
			"cifar-10-batches-bin"}},
		{"damaged archive", files{cifarArchive: damaged}, []string{cifarArchive, "not the published file",
			cifarAt(damaged).archive.sha256, cifarAt(archive).archive.sha256,
			"delete it", "https://example.org/" + cifarArchive}},
		{"half an archive", files{cifarArchive: archive[:len(archive)/2]},
			[]string{cifarArchive, "not the published file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.files.write(t, t.TempDir())
			_, err := loadCIFAR10(t.Context(), Options{Dir: dir, Validation: 5},
				cifarAt(archive, "https://example.org"))
			wantError(t, err, append(c.words, dir)...)
		})
	}

	// An archive with the right checksum and the wrong contents is none that is published, but must not be read.
	for _, c := range []struct {
		name    string
		content []byte
		words   []string
	}{
		{"file missing", lacking.archive(t), []string{"lacks data_batch_4.bin"}},
		{"label", good.with("data_batch_3.bin", label).archive(t),
			[]string{"data_batch_3.bin", "record at index 2 is 10"}},
		{"no tar file", pack([]byte("<html>")), []string{cifarArchive}},
		{"cut short", archive[:2*len(archive)/3], []string{"cut short or damaged"}},
	} {
		t.Run("archive, "+c.name, func(t *testing.T) {
			dir := files{cifarArchive: c.content}.write(t, t.TempDir())
			_, err := loadCIFAR10(t.Context(), Options{Dir: dir, Validation: 5},
				cifarAt(c.content, "https://example.org"))
			wantError(t, err, append(c.words, filepath.Join(dir, cifarArchive))...)
		})
	}
}

// TestDownloadCIFAR10: the archive is fetched once and unpacked, also where files had been lost, and nothing else is
// left; without a network the error says what to do.
func TestDownloadCIFAR10(t *testing.T) {
	downloads := filepath.Join(filepath.Dir(alone(t)), "cifar-10-batches-bin")
	f := smallCIFAR(4)
	archive := f.archive(t)
	o := Options{Validation: 6, Seed: 1}

	_, err := loadCIFAR10(t.Context(), Options{NoDownload: true}, cifarAt(archive, nobody(t)))
	wantError(t, err, "CIFAR-10 is not on this machine", "put "+cifarArchive, cifarAt(archive).archive.sha256,
		"into a folder", "--data-dir DIR")
	_, err = loadCIFAR10(t.Context(), o, cifarAt(archive, nobody(t)))
	wantError(t, err, "CIFAR-10 cannot be downloaded", "refused", "connect to the network", "put "+cifarArchive)
	wrong := serve(t, files{cifarArchive: smallCIFAR(3).archive(t)}, nil)
	_, err = loadCIFAR10(t.Context(), o, cifarAt(archive, wrong.URL))
	wantError(t, err, wrong.URL+"/"+cifarArchive, "not the published file", cifarAt(archive).archive.sha256)
	if left := names(t, downloads); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}

	m := serve(t, files{cifarArchive: archive}, nil)
	for i := range 3 {
		if i == 2 {
			if err := os.Remove(filepath.Join(downloads, "data_batch_3.bin")); err != nil {
				t.Fatal(err)
			}
		}
		s, err := loadCIFAR10(t.Context(), o, cifarAt(archive, m.URL))
		if err != nil {
			t.Fatal(err)
		}
		if got := records(t, s.Test); !slices.Equal(got, []int{20, 21, 22, 23}) {
			t.Errorf("test records %v", got)
		}
		if got, want := int(m.asked.Load()), []int{1, 1, 2}[i]; got != want {
			t.Errorf("%d requests after load %d, want %d", got, i+1, want)
		}
		delete(f, "batches.meta.txt")
		if got := names(t, downloads); !slices.Equal(got, f.all()) {
			t.Errorf("load %d: the folder holds %v", i+1, got)
		}
		if got := names(t, filepath.Dir(downloads)); !slices.Equal(got,
			[]string{"cifar-10-batches-bin", "cifar-10-batches-bin.lock"}) {
			t.Errorf("load %d: beside the folder lie %v", i+1, got)
		}
	}
}

// TestUnpackUnusableCache: a fault of this machine while unpacking is said as one.
func TestUnpackUnusableCache(t *testing.T) {
	downloads := filepath.Join(filepath.Dir(alone(t)), "cifar-10-batches-bin")
	if err := os.MkdirAll(filepath.Join(downloads, "data_batch_2.bin", "full"), 0o755); err != nil {
		t.Fatal(err)
	}
	archive := smallCIFAR(4).archive(t)
	_, err := loadCIFAR10(t.Context(), Options{Validation: 6},
		cifarAt(archive, serve(t, files{cifarArchive: archive}, nil).URL))
	wantError(t, err, "cache folder", "MAESTRO_CACHE=DIR")
}

// TestTogetherCIFAR10: of several that want the archive at once, one downloads it, and none reads it half unpacked.
func TestTogetherCIFAR10(t *testing.T) {
	alone(t)
	archive := smallCIFAR(4).archive(t)
	m := serve(t, files{cifarArchive: archive}, nil)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, err := loadCIFAR10(t.Context(), Options{Validation: 6}, cifarAt(archive, m.URL)); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if m.asked.Load() != 1 {
		t.Errorf("%d requests for one archive", m.asked.Load())
	}
}

// TestPublishedArchive: the pinned size and checksum are those of the published archive, and the files in it are those
// that are recognised.
func TestPublishedArchive(t *testing.T) {
	dir := os.Getenv("MAESTRO_DATA")
	if _, err := os.Stat(filepath.Join(dir, cifarArchive)); dir == "" || err != nil {
		t.Skip("there is no " + cifarArchive + " in MAESTRO_DATA, the data folder")
	}
	alone(t)
	from := cifarSource()
	from.mirrors = []string{serve(t, nil, http.FileServer(http.Dir(dir)).ServeHTTP).URL}
	s, err := loadCIFAR10(t.Context(), Options{}, from)
	if err != nil {
		t.Fatal(err)
	}
	if s.Checksum != cifarChecksum {
		t.Errorf("checksum %s, want %s", s.Checksum, cifarChecksum)
	}
}
