package data

import (
	"path/filepath"
	"strings"
	"testing"
)

// TestForeign: what lies in a folder that the user named, under other names or in another form, is said, with what to
// do, and nothing is downloaded in its place; by --data-dir and by MAESTRO_DATA alike.
func TestForeign(t *testing.T) {
	digits := small(20, 10)
	plain := func(name string, f files) func(*testing.T, string) { // files in a folder of the data folder
		return func(t *testing.T, dir string) { f.write(t, filepath.Join(dir, name)) }
	}
	for _, c := range []struct {
		name, data string
		lay        func(t *testing.T, dir string)
		words      []string
	}{
		{"other names", "mnist", plain("", files{"train_images.gz": pack(digits[trainImages]),
			"train_labels.gz": pack(digits[trainLabels])}),
			[]string{"train_images.gz holds 20 images", "call it " + trainImages + " or " + testImages}},
		{"other names in the folder", "mnist",
			plain("mnist", files{"test-labels": idx(0x801, make([]byte, 10_000), 10_000)}),
			[]string{filepath.Join("mnist", "test-labels") + " holds 10000 labels", "call it " + testLabels + ","}},
		{"one under another name", "mnist", plain("", renamed(digits, testImages, "test-images")),
			[]string{"lacks " + testImages, "test-images holds 10 images"}},
		{"a folder of another name", "mnist", plain("digits", digits.packed()),
			[]string{"digits has the files of MNIST", "call it mnist"}},
		{"Keras's file", "mnist", plain("", files{"mnist.npz": []byte("PK")}), []string{"mnist.npz is Keras's form",
			trainImages}},
		{"Python version", "cifar10", plain("cifar-10-batches-py", files{"data_batch_1": []byte("\x80\x02}"),
			"batches.meta": nil}),
			[]string{"is the Python version", "the binary one is " + cifarArchive}},
		{"Python version, its folder named", "cifar10",
			plain("", files{"data_batch_1": []byte("\x80\x02}"), "test_batch": nil}),
			[]string{"is the Python version", cifarArchive}},
		{"Python version, packed", "cifar10", plain("", files{"cifar-10-python.tar.gz": nil}),
			[]string{"is the Python version", cifarArchive, "https://"}},
		{"Matlab version", "cifar10", plain("cifar-10-batches-mat", files{"data_batch_1.mat": nil}),
			[]string{"is the Matlab version", cifarArchive}},
		{"CIFAR-100", "cifar10", plain("", files{"cifar-100-binary.tar.gz": nil}), []string{"is CIFAR-100"}},
		{"batches under other names", "cifar10", plain("", files{"train1.bin": make([]byte, 4*cifarRecord)}),
			[]string{"train1.bin is of the form", "data_batch_1.bin"}},
		{"archive", "tinyimagenet", plain("", files{"tiny-imagenet-200.zip": nil}),
			[]string{"tiny-imagenet-200.zip is not unpacked"}},
		{"a folder of another name, with classes", "tinyimagenet", plain("tiny", files{"wnids.txt": nil}),
			[]string{"tiny has the files of Tiny ImageNet"}},
	} {
		t.Run(c.data+", "+c.name, func(t *testing.T) {
			downloads := alone(t)
			dir := t.TempDir()
			c.lay(t, dir)
			_, err := Load(t.Context(), c.data, Options{Dir: dir})
			wantError(t, err, append(c.words, "data-dir is "+dir)...)
			t.Setenv("MAESTRO_DATA", dir)
			_, err = Load(t.Context(), c.data, Options{})
			wantError(t, err, append(c.words, "MAESTRO_DATA is "+dir)...)
			if isFolder(filepath.Dir(downloads)) {
				t.Error("it was downloaded")
			}
		})
	}
}

// TestLookedInVain: where MAESTRO_DATA has nothing of a data set, a download says so, and so does what it fails with.
func TestLookedInVain(t *testing.T) {
	alone(t)
	f := small(20, 10)
	dir := files{"notes.txt": []byte("other things"), "weights.gz": pack(make([]byte, 100))}.write(t, t.TempDir())
	t.Setenv("MAESTRO_DATA", dir)
	_, err := loadMNIST(t.Context(), Options{Validation: 5}, f.source(nobody(t)))
	wantError(t, err, "MAESTRO_DATA is "+dir+", and MNIST is not there", "cannot be downloaded")
	_, err = TinyImageNet(t.Context(), Options{})
	wantError(t, err, "MAESTRO_DATA is "+dir+", and Tiny ImageNet is not there", "unpack")
	var warned []string
	o := Options{Validation: 5, Warn: func(text string) { warned = append(warned, text) }}
	for range 2 { // the second time nothing is downloaded
		if _, err := loadMNIST(t.Context(), o, f.source(serve(t, f.packed(), nil).URL)); err != nil {
			t.Fatal(err)
		}
	}
	if len(warned) != 1 || !strings.Contains(warned[0], "MAESTRO_DATA is "+dir) {
		t.Errorf("warned %q, want once", warned)
	}
}
