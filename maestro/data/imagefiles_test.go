package data

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

// pngField is a PNG of one grey; alpha 255 is opaque.
func pngField(t *testing.T, shade, alpha uint8) []byte {
	t.Helper()
	picture := image.NewNRGBA(image.Rect(0, 0, 64, 64))
	for y := range 64 {
		for x := range 64 {
			picture.SetNRGBA(x, y, color.NRGBA{shade, shade, shade, alpha})
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestImageFiles: an image is one by what is in it; none is left out for its name, and what programs leave in folders
// is none.
func TestImageFiles(t *testing.T) {
	alone(t)
	good := smallTiny(t, 4)
	rename := func(from, to string) files { // of half the images of each class
		f := maps.Clone(good)
		for name := range good {
			if strings.HasPrefix(name, "train/") && (strings.HasSuffix(name, "_0"+from) ||
				strings.HasSuffix(name, "_2"+from)) {
				f = renamed(f, name, strings.TrimSuffix(name, from)+to)
			}
		}
		return f
	}
	beside := func(names ...string) files {
		f := maps.Clone(good)
		for _, name := range names {
			f[name] = []byte("\x00\x05\x16\x07 of a Mac, or a list")
		}
		return f
	}
	want, err := TinyImageNet(t.Context(), Options{Dir: good.plant(t, t.TempDir())})
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]files{
		"half named .jpg":     rename(".JPEG", ".jpg"),
		"half named .png":     rename(".JPEG", ".PNG"),
		"half without ending": rename(".JPEG", ""),
		"half as .bin":        rename(".JPEG", ".bin"),
		"folders among the classes": beside("train/.ipynb_checkpoints/n01_0-checkpoint.JPEG", "train/__MACOSX/._n01",
			"train/@eaDir/n01@SynoEAStream",
			"val/.ipynb_checkpoints/x", "val/@eaDir/x"),
		"files among the images": beside("train/n01/images/._n01_0.JPEG", "train/n01/images/Thumbs.db",
			"train/n02/images/.DS_Store",
			"val/images/._val_3.JPEG", "val/images/Thumbs.db", "train/n01/images/readme.txt",
			"train/n03/images/list.csv"),
		"folders among the images": beside("train/n01/images/.ipynb_checkpoints/n01_0-checkpoint.JPEG",
			"train/n01/images/@eaDir/n01_0.JPEG", "val/images/@eaDir/x"),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := TinyImageNet(t.Context(), Options{Dir: f.plant(t, t.TempDir())})
			if err != nil {
				t.Fatal(err)
			}
			if s.Checksum != want.Checksum || !bytes.Equal(s.Train.Images, want.Train.Images) ||
				!bytes.Equal(s.Test.Images, want.Test.Images) {
				t.Errorf("%d and %d training and validation images of other contents; want %d and %d", s.Train.Len(),
					s.Validation.Len(), want.Train.Len(), want.Validation.Len())
			}
		})
	}

	t.Run("PNG under both names", func(t *testing.T) {
		f := good.with("train/n01/images/n01_0.JPEG", pngField(t, 201, 255))
		f["train/n01/images/n01_7.png"] = pngField(t, 202, 255)
		tree, err := readTree(f.plant(t, t.TempDir()))
		if err != nil {
			t.Fatal(err)
		}
		set, _, err := decodeAll(t.Context(), tree.train, 64, nil)
		if err != nil {
			t.Fatal(err)
		}
		found := map[byte]bool{}
		for i := range set.Len() {
			found[set.Image(i)[0]] = true
		}
		if set.Len() != 13 || !found[201] || !found[202] { // PNG keeps every level
			t.Errorf("%d images, of which the two PNG files were read: %v", set.Len(), found)
		}
	})

	webp := []byte("RIFF\x24\x00\x00\x00WEBPVP8 ")
	for _, c := range []struct {
		name  string
		files files
		words []string
	}{
		{"WebP", good.with("train/n01/images/n01_1.JPEG", webp), []string{"n01_1.JPEG", "it is image/webp",
			"JPEG and PNG are read", "convert"}},
		{"GIF under its own name", good.with("train/n01/images/n01_9.gif", []byte("GIF89a\x01\x00")),
			[]string{"n01_9.gif", "it is image/gif"}},
		{"web page", good.with("val/images/val_4.JPEG", []byte("<!DOCTYPE html><html>404</html>")),
			[]string{"val_4.JPEG", "a web page", "get it again"}},
		{"PNG cut short", good.with("train/n01/images/n01_1.JPEG", pngField(t, 9, 255)[:60]),
			[]string{"n01_1.JPEG", "not a whole PNG"}},
		{"transparent PNG", good.with("train/n01/images/n01_1.JPEG", pngField(t, 9, 100)),
			[]string{"n01_1.JPEG", "transparent"}},
		{"a folder of more", good.with("train/n01/images/more/n01_9.JPEG", nil),
			[]string{filepath.Join("images", "more"), "is a folder among the images"}},
		{"images in two places", good.with("train/n01/n01_9.JPEG", good["train/n01/images/n01_1.JPEG"]),
			[]string{"n01_9.JPEG", "beside the folder images"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.files.plant(t, t.TempDir())
			_, err := TinyImageNet(t.Context(), Options{Dir: dir})
			wantError(t, err, append(c.words, dir)...)
		})
	}
}

// TestKindOf: a file that cannot be read is an error, not a file of another kind.
func TestKindOf(t *testing.T) {
	if _, err := kindOf(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("no error for a file that is not there")
	}
	for kind, content := range map[string][]byte{"image/png": pngField(t, 9, 255),
		"image/jpeg": field(t, 9, false, 64, 64)} {
		path := filepath.Join(files{"x": content}.write(t, t.TempDir()), "x")
		if got, err := kindOf(path); err != nil || got != kind {
			t.Error(fmt.Sprint("kind ", got, ", want ", kind, ": ", err))
		}
	}
}
