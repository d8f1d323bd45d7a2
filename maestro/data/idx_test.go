package data

import (
	"bytes"
	"path/filepath"
	"testing"
)

// TestMalformed: every way a file can be wrong is an error of one line that names the file and the fault.
func TestMalformed(t *testing.T) {
	alone(t)
	good := small(20, 10)
	packed := good.packed()
	images, labels := good[trainImages], good[trainLabels]
	blank := make([]byte, 28*28)
	flipped := func(b []byte, i int) []byte {
		c := bytes.Clone(b)
		c[(i+len(c))%len(c)] ^= 0x55
		return c
	}
	outOfRange := bytes.Clone(labels)
	outOfRange[8+13] = 11

	for _, c := range []struct {
		name  string
		files files
		words []string
	}{
		{"magic", good.with(trainImages, []byte("<!DOCTYPE html><html></html>")), []string{trainImages, "0x3c21444f",
			"0x00000803"}},
		{"magic of signed bytes", good.with(trainImages, idx(0x903, blank, 1, 28, 28)),
			[]string{trainImages, "0x00000903"}},
		{"labels for images", good.with(trainImages, labels), []string{trainImages, "0x00000801", "that of labels",
			"mixed up"}},
		{"images for labels", good.with(testLabels, images), []string{testLabels, "0x00000803", "that of images",
			"mixed up"}},
		{"empty", good.with(testImages, nil), []string{testImages, "cut short", "0 bytes"}},
		{"half a header", good.with(testImages, images[:9]), []string{testImages, "cut short", "9 bytes", "16"}},
		{"images cut short", good.with(trainImages, images[:16+17*28*28+5]), []string{trainImages, "17 whole images",
			"announces 20", "13333 of 15680 bytes"}},
		{"labels cut short", good.with(trainLabels, labels[:8+7]), []string{trainLabels, "7 whole labels",
			"announces 20"}},
		{"packed but cut short before", packed.with(trainImages+".gz", pack(images[:100])),
			[]string{trainImages + ".gz", "0 whole images", "announces 20"}},
		{"far too many announced", good.with(trainImages, idx(0x803, blank, 1<<32-1, 28, 28)),
			[]string{trainImages, "1 whole images", "announces 4294967295"}},
		{"trailing byte", good.with(trainImages, append(bytes.Clone(images), 0)),
			[]string{trainImages, "more bytes behind the 20 images"}},
		{"trailing label, packed", packed.with(testLabels+".gz", pack(append(bytes.Clone(good[testLabels]), 3))),
			[]string{testLabels + ".gz", "behind the 10 labels"}},
		{"numbers differ", good.with(trainLabels, idx(0x801, make([]byte, 19), 19)), []string{trainLabels, "19 labels",
			trainImages, "20 images"}},
		{"label out of range", good.with(trainLabels, outOfRange), []string{trainLabels, "index 13", "is 11",
			"0 to 9"}},
		{"size", good.with(trainImages, idx(0x803, make([]byte, 20*32*30), 20, 32, 30)),
			[]string{trainImages, "32×30", "28×28"}},
		{"size that overflows", good.with(trainImages, idx(0x803, nil, 1<<31, 1<<31, 1<<31)),
			[]string{trainImages, "2147483648×2147483648"}},
		{"no items", good.with(testLabels, idx(0x801, nil, 0)), []string{testLabels, "no labels"}},
		{"gzip cut short", packed.with(trainImages+".gz", packed[trainImages+".gz"][:60]),
			[]string{trainImages + ".gz", "cut short or damaged"}},
		{"gzip cut within its own header", packed.with(trainImages+".gz", packed[trainImages+".gz"][:5]),
			[]string{trainImages + ".gz", "cut short or damaged"}},
		{"gzip checksum", packed.with(trainImages+".gz", flipped(packed[trainImages+".gz"], -6)),
			[]string{trainImages + ".gz", "damaged", "checksum"}},
		{"gzip contents", packed.with(testLabels+".gz", flipped(packed[testLabels+".gz"], -12)),
			[]string{testLabels + ".gz", "damaged"}},
		{"behind the gzip data", packed.with(testLabels+".gz", append(bytes.Clone(packed[testLabels+".gz"]),
			"rubbish, and enough of it"...)), []string{testLabels + ".gz", "damaged"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.files.write(t, t.TempDir())
			_, err := MNIST(t.Context(), Options{Dir: dir, Validation: 5})
			wantError(t, err, append(c.words, dir+string(filepath.Separator))...)
		})
	}
}

// TestNameDoesNotMatter: whether a file is packed is seen from its bytes.
func TestNameDoesNotMatter(t *testing.T) {
	alone(t)
	good := small(20, 10)
	plain, err := MNIST(t.Context(), Options{Dir: good.write(t, t.TempDir()), Validation: 5})
	if err != nil {
		t.Fatal(err)
	}
	misnamed := good.packed().with(trainImages+".gz", good[trainImages])
	s, err := MNIST(t.Context(), Options{Dir: misnamed.write(t, t.TempDir()), Validation: 5})
	if err != nil {
		t.Fatal(err)
	}
	if s.Checksum != plain.Checksum {
		t.Errorf("checksum %s from packed files, %s from unpacked ones", s.Checksum, plain.Checksum)
	}
}
