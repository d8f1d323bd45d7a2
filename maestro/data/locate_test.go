package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFolders: which of two data sets is read tells which folder was.
func TestFolders(t *testing.T) {
	ours, theirs := small(20, 10), small(30, 10)
	for _, c := range []struct {
		name string
		at   func(t *testing.T, dir string) Options // lays the files out, and sets what names them
		want int                                    // training examples
	}{
		{"dir", func(t *testing.T, dir string) Options {
			return Options{Dir: ours.write(t, dir)}
		}, 20},
		{"dir/mnist", func(t *testing.T, dir string) Options {
			ours.packed().write(t, filepath.Join(dir, "mnist"))
			return Options{Dir: dir}
		}, 20},
		{"dir/mnist before dir", func(t *testing.T, dir string) Options {
			ours.packed().write(t, filepath.Join(dir, "mnist"))
			return Options{Dir: theirs.write(t, dir)}
		}, 20},
		{"dir where dir/mnist lacks some", func(t *testing.T, dir string) Options {
			files{testLabels: theirs[testLabels]}.write(t, filepath.Join(dir, "mnist"))
			return Options{Dir: ours.write(t, dir)}
		}, 20},
		{"dir before MAESTRO_DATA", func(t *testing.T, dir string) Options {
			t.Setenv("MAESTRO_DATA", theirs.write(t, filepath.Join(dir, "theirs")))
			return Options{Dir: ours.write(t, filepath.Join(dir, "ours"))}
		}, 20},
		{"MAESTRO_DATA/mnist", func(t *testing.T, dir string) Options {
			ours.write(t, filepath.Join(dir, "mnist"))
			t.Setenv("MAESTRO_DATA", dir)
			return Options{}
		}, 20},
		{"MAESTRO_DATA before the cache", func(t *testing.T, dir string) Options {
			t.Setenv("MAESTRO_DATA", ours.write(t, filepath.Join(dir, "ours")))
			t.Setenv("MAESTRO_CACHE", dir)
			theirs.packed().write(t, filepath.Join(dir, "data", "mnist"))
			return Options{}
		}, 20},
		{"the cache, MAESTRO_DATA holding other things", func(t *testing.T, dir string) Options {
			t.Setenv("MAESTRO_DATA", t.TempDir())
			t.Setenv("MAESTRO_CACHE", dir)
			ours.write(t, filepath.Join(dir, "data", "mnist"))
			return Options{NoDownload: true}
		}, 20},
		{"some packed, some not", func(t *testing.T, dir string) Options {
			some := ours.packed()
			delete(some, trainImages+".gz")
			some[trainImages] = ours[trainImages]
			return Options{Dir: some.write(t, dir)}
		}, 20},
		{"torchvision's root", func(t *testing.T, dir string) Options {
			ours.with(trainImages+".gz", pack(ours[trainImages])).write(t, filepath.Join(dir, "MNIST", "raw"))
			return Options{Dir: dir}
		}, 20},
		{"torchvision's root as MAESTRO_DATA", func(t *testing.T, dir string) Options {
			ours.write(t, filepath.Join(dir, "MNIST", "raw"))
			t.Setenv("MAESTRO_DATA", dir)
			return Options{NoDownload: true}
		}, 20},
		{"the folder MNIST of torchvision's root", func(t *testing.T, dir string) Options {
			ours.write(t, filepath.Join(dir, "MNIST", "raw"))
			return Options{Dir: filepath.Join(dir, "MNIST")}
		}, 20},
		{"dots in the names", func(t *testing.T, dir string) Options {
			return Options{Dir: ours.dotted().write(t, dir)}
		}, 20},
		{"dots in the names of packed files", func(t *testing.T, dir string) Options {
			return Options{Dir: ours.packed().dotted().write(t, dir)}
		}, 20},
		{"dots in some of the names", func(t *testing.T, dir string) Options {
			some := ours.dotted().with(testLabels, ours[testLabels])
			delete(some, "t10k-labels.idx1-ubyte")
			return Options{Dir: some.write(t, dir)}
		}, 20},
		{"where it was", func(t *testing.T, dir string) Options {
			t.Setenv("MAESTRO_CACHE", dir)
			theirs.packed().write(t, filepath.Join(dir, "data", "mnist"))
			return Options{Remembered: ours.write(t, filepath.Join(dir, "ours"))}
		}, 20},
		{"dir before where it was", func(t *testing.T, dir string) Options {
			return Options{Dir: ours.write(t, filepath.Join(dir, "ours")),
				Remembered: theirs.write(t, filepath.Join(dir, "theirs"))}
		}, 20},
		{"MAESTRO_DATA before where it was", func(t *testing.T, dir string) Options {
			t.Setenv("MAESTRO_DATA", ours.write(t, filepath.Join(dir, "ours")))
			return Options{Remembered: theirs.write(t, filepath.Join(dir, "theirs"))}
		}, 20},
		{"a folder of a file's name", func(t *testing.T, dir string) Options {
			if err := os.MkdirAll(filepath.Join(dir, trainImages+".gz"), 0o755); err != nil {
				t.Fatal(err)
			}
			return Options{Dir: ours.write(t, dir)}
		}, 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			alone(t)
			o := c.at(t, t.TempDir())
			o.Validation = 5
			if got := loadSmall(t, o).Train.Len() + 5; got != c.want {
				t.Errorf("%d training examples, want %d: the wrong folder was read", got, c.want)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	some := small(20, 10).packed()
	delete(some, testLabels+".gz")

	t.Run("given folder without them", func(t *testing.T) {
		downloads := alone(t)
		dir := t.TempDir()
		_, err := MNIST(t.Context(), Options{Dir: dir})
		wantError(t, err, "data-dir is "+dir, trainImages+".gz", "unpacked")
		if _, err := os.Stat(downloads); err == nil {
			t.Error("it was looked for in the cache folder")
		}
	})
	t.Run("given folder with some", func(t *testing.T) {
		alone(t)
		dir := t.TempDir()
		some.write(t, filepath.Join(dir, "mnist"))
		_, err := MNIST(t.Context(), Options{Dir: dir})
		wantError(t, err, "data-dir is "+dir, filepath.Join(dir, "mnist")+" lacks", testLabels+".gz")
	})
	t.Run("no such folder", func(t *testing.T) {
		alone(t)
		dir := filepath.Join(t.TempDir(), "absent")
		_, err := MNIST(t.Context(), Options{Dir: dir})
		wantError(t, err, "data-dir is "+dir, "no such folder")
		t.Setenv("MAESTRO_DATA", dir)
		_, err = MNIST(t.Context(), Options{})
		wantError(t, err, "MAESTRO_DATA is "+dir, "no such folder")
	})
	t.Run("MAESTRO_DATA with some", func(t *testing.T) {
		alone(t)
		t.Setenv("MAESTRO_DATA", some.write(t, t.TempDir()))
		_, err := MNIST(t.Context(), Options{})
		wantError(t, err, "MAESTRO_DATA is ", "lacks "+testLabels+".gz")
	})
	t.Run("nowhere, and no download", func(t *testing.T) {
		alone(t)
		_, err := MNIST(t.Context(), Options{NoDownload: true})
		wantError(t, err, trainImages+".gz", "440fcabf73cc", "--data-dir", "MAESTRO_DATA")
	})
}

// dotted are the same files under the names that some programs unpack them to.
func (f files) dotted() files {
	d := files{}
	for name, content := range f {
		d[strings.Replace(name, "-idx", ".idx", 1)] = content
	}
	return d
}

// TestRemembered: the folder that data were read from is told, absolute, and serves the next time; where it no longer
// has them, whether it is gone or lost one of them, that is said in a line and they are looked for as ever.
func TestRemembered(t *testing.T) {
	cached := alone(t)
	ours := small(20, 10)
	root := t.TempDir()
	t.Chdir(root)
	ours.write(t, filepath.Join(root, "data", "mnist"))
	first, err := MNIST(t.Context(), Options{Dir: "data", Validation: 5})
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(root, "data", "mnist"); first.Dir != want {
		t.Fatalf("read from %s, want %s", first.Dir, want)
	}
	t.Chdir(t.TempDir())
	var warned []string
	again := Options{Remembered: first.Dir, Validation: 5, NoDownload: true,
		Warn: func(text string) { warned = append(warned, text) }}
	if s, err := MNIST(t.Context(), again); err != nil || s.Checksum != first.Checksum || s.Dir != first.Dir ||
		len(warned) > 0 {
		t.Fatalf("from where it was: %v; warned %q", err, warned)
	}
	if err := os.Remove(filepath.Join(first.Dir, testLabels)); err != nil {
		t.Fatal(err)
	}
	ours.packed().write(t, cached)
	if s, err := MNIST(t.Context(), again); err != nil || s.Dir != cached || len(warned) != 1 ||
		!strings.Contains(warned[0], "MNIST is no longer in "+first.Dir) {
		t.Errorf("one file is gone: %v; warned %q", err, warned)
	}
	if err := os.RemoveAll(first.Dir); err != nil {
		t.Fatal(err)
	}
	if s, err := MNIST(t.Context(), again); err != nil || s.Dir != cached || len(warned) != 2 ||
		strings.Contains(warned[1], "\n") {
		t.Errorf("the folder is gone: %v; warned %q", err, warned)
	}
}
