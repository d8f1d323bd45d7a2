package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The classes of smallTiny, in the order of its wnids.txt, which is not the alphabet's.
var tinyClasses = []string{"n03", "n01", "n02"}

// shade is the grey, or where it has a colour the green, of an image of smallTiny. JPEG keeps an even field to within a
// level or two, so no two are alike.
func shade(class, k int) uint8 { return uint8(40 + 50*class + 8*k) }

// smallTiny makes a data set of the form of Tiny ImageNet, with its paths for names: so many training images a class,
// the first of each in grey, the others green, and two validation images a class, whose names are not in the order of
// classes.
func smallTiny(t *testing.T, each int) files {
	t.Helper()
	f := files{"wnids.txt": []byte(strings.Join(tinyClasses, "\n") + "\n"), "words.txt": []byte("n03\tbee\n")}
	var lines []string
	for c, class := range tinyClasses {
		for k := range each {
			f[fmt.Sprintf("train/%s/images/%s_%d.JPEG", class, class, k)] = field(t, shade(c, k), k > 0, 64, 64)
		}
		f["train/"+class+"/"+class+"_boxes.txt"] = []byte("0\n")
		for k := range 2 {
			name := fmt.Sprintf("val_%d.JPEG", 10*k+5-c)
			f["val/images/"+name] = field(t, shade(c, k), false, 64, 64)
			lines = append(lines, name+"\t"+class+"\t0\t32\t44\t62")
		}
	}
	slices.Sort(lines)
	f["val/val_annotations.txt"] = []byte(strings.Join(lines, "\n") + "\n")
	return f
}

// field is a JPEG of one colour.
func field(t *testing.T, shade uint8, green bool, width, height int) []byte {
	t.Helper()
	grey := image.NewGray(image.Rect(0, 0, width, height))
	for i := range grey.Pix {
		grey.Pix[i] = shade
	}
	var picture image.Image = grey
	if green {
		rgba := image.NewRGBA(grey.Rect)
		for y := range height {
			for x := range width {
				rgba.SetRGBA(x, y, color.RGBA{0, shade, 0, 255})
			}
		}
		picture = rgba
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, &jpeg.Options{Quality: 100}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plant lays out files whose names are paths.
func (f files) plant(t *testing.T, root string) string {
	t.Helper()
	for name, content := range f {
		files{filepath.Base(name): content}.write(t, filepath.Join(root, filepath.Dir(name)))
	}
	return root
}

// moved are the same files, the validation images in a folder each class.
func (f files) moved(inner string) files {
	m := files{}
	for name, content := range f {
		if !strings.HasPrefix(name, "val/") {
			m[name] = content
		}
	}
	for line := range strings.Lines(string(f["val/val_annotations.txt"])) {
		fields := strings.Fields(line)
		m["val/"+fields[1]+inner+"/"+fields[0]] = f["val/images/"+fields[0]]
	}
	return m
}

// wantFields checks that a set holds whole images of one colour in the given shades, to within two levels of JPEG.
func wantFields(t *testing.T, what string, s Set, green bool, shades []uint8) {
	t.Helper()
	if s.Len() != len(shades) {
		t.Fatalf("%s: %d images, want %d", what, s.Len(), len(shades))
	}
	for i, shade := range shades {
		want := [3]int{int(shade), int(shade), int(shade)}
		if green {
			want[0], want[2] = 0, 0
		}
		for k, v := range s.Image(i) {
			if d := int(v) - want[k%3]; d > 2 || d < -2 {
				t.Fatalf("%s: image %d has %d at byte %d, want %v", what, i, v, k, want)
			}
		}
	}
}

// TestTinyImageNet: each image is found with its class, and the two forms of val are the same to whoever reads them.
func TestTinyImageNet(t *testing.T) {
	alone(t)
	f := smallTiny(t, 1)
	first, err := TinyImageNet(t.Context(), Options{Dir: f.plant(t, t.TempDir()), Validation: 1, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	// val_15 is before val_5
	wantFields(t, "test", first.Test, false, []uint8{shade(0, 1), shade(0, 0), shade(1, 1), shade(1, 0), shade(2, 1),
		shade(2, 0)})
	if want := []int32{0, 0, 1, 1, 2, 2}; !slices.Equal(first.Test.Labels, want) {
		t.Errorf("test labels %v, want %v", first.Test.Labels, want)
	}
	for _, s := range []Set{first.Train, first.Validation} {
		for i, label := range s.Labels {
			wantFields(t, "training file", s.Subset([]int{i}), false, []uint8{shade(int(label), 0)})
		}
	}
	if s := first.Train; s.Len() != 2 || first.Validation.Len() != 1 || s.Height != 64 || s.Width != 64 ||
		s.Channels != 3 || s.Classes != 3 || first.Name != "tinyimagenet" {
		t.Errorf("%s: %d and %d examples of %d×%d×%d, %d classes", first.Name, s.Len(), first.Validation.Len(),
			s.Height, s.Width, s.Channels, s.Classes)
	}

	in := t.TempDir()
	f.plant(t, filepath.Join(in, "tiny-imagenet-200"))
	withLeftOvers := f.moved("")
	withLeftOvers["val/val_annotations.txt"] = f["val/val_annotations.txt"]
	withLeftOvers["val/images/Thumbs.db"] = nil
	for name, dir := range map[string]string{
		"its folder":                    in,
		"class folders":                 f.moved("").plant(t, t.TempDir()),
		"class folders with images":     f.moved("/images").plant(t, t.TempDir()),
		"class folders beside what was": withLeftOvers.plant(t, t.TempDir()),
		"lines that end as Windows' do": f.with("wnids.txt", []byte("n03\r\nn01\r\n\r\nn02")).plant(t, t.TempDir()),
		"names in capitals or small": renamed(f, "train/n01/images/n01_0.JPEG",
			"train/n01/images/n01_0.jpeg").plant(t, t.TempDir()),
		"hidden files beside the images":    f.with("train/n01/images/.DS_Store", nil).plant(t, t.TempDir()),
		"a note beside the class's folders": f.with("train/readme.txt", nil).plant(t, t.TempDir()),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := TinyImageNet(t.Context(), Options{Dir: dir, Validation: 1, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if s.Checksum != first.Checksum || !bytes.Equal(s.Test.Images, first.Test.Images) ||
				!slices.Equal(s.Train.Labels, first.Train.Labels) {
				t.Errorf("the same images were read as others; checksum %s, want %s", s.Checksum, first.Checksum)
			}
		})
	}

	// Whatever a run could depend on changes the checksum.
	for name, other := range map[string]files{
		"order of classes": f.with("wnids.txt", []byte("n01\nn03\nn02\n")),
		"an image":         f.with("val/images/val_4.JPEG", field(t, 99, false, 64, 64)),
		"a label": f.with("val/val_annotations.txt", bytes.ReplaceAll(f["val/val_annotations.txt"],
			[]byte("val_4.JPEG\tn01"), []byte("val_4.JPEG\tn02"))),
		"one more image": f.with("train/n01/images/n01_9.JPEG", field(t, 99, false, 64, 64)),
	} {
		s, err := TinyImageNet(t.Context(), Options{Dir: other.plant(t, t.TempDir()), Validation: 1, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if s.Checksum == first.Checksum {
			t.Errorf("%s: the checksum did not change", name)
		}
	}
}

func renamed(f files, from, to string) files {
	r := maps.Clone(f)
	r[to] = r[from]
	delete(r, from)
	return r
}

// TestGreyAndGreen: grey and coloured files lie side by side, and a tenth of all is validation.
func TestGreyAndGreen(t *testing.T) {
	root := smallTiny(t, 4).plant(t, t.TempDir())
	tree, err := readTree(root)
	if err != nil {
		t.Fatal(err)
	}
	var reports []int
	set, _, err := decodeAll(t.Context(), tree.train, 64, func(what string, done, total int) {
		if what != "reading images" || total != 12 {
			t.Errorf("report %q, %d of %d", what, done, total)
		}
		reports = append(reports, done)
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, label := range set.Labels {
		wantFields(t, fmt.Sprint("image ", i), set.Subset([]int{i}), i%4 > 0, []uint8{shade(int(label), i%4)})
	}
	if !slices.Equal(reports, []int{12}) {
		t.Errorf("reports %v, want that of the last image", reports)
	}
	s, err := TinyImageNet(t.Context(), Options{Dir: root})
	if err != nil {
		t.Fatal(err)
	}
	if slices.IsSorted(s.Train.Labels) {
		t.Errorf("training labels %v: classes are not mixed", s.Train.Labels)
	}
	if s.Validation.Len() != 1 || s.Train.Len() != 11 {
		t.Errorf("%d and %d examples, want 1 and 11", s.Validation.Len(), s.Train.Len())
	}
	mean, std := moments(set)
	if !slices.Equal(s.Mean, mean) || !slices.Equal(s.Std, std) || mean[1] < mean[0]+0.1 {
		t.Errorf("normalisation %v, %v, want %v, %v", s.Mean, s.Std, mean, std)
	}
}

// TestMalformedTinyImageNet: every way the folder can be wrong is an error of one line that names the file and the
// fault.
func TestMalformedTinyImageNet(t *testing.T) {
	alone(t)
	good := smallTiny(t, 3)
	image := good["train/n01/images/n01_1.JPEG"]
	annotations := good["val/val_annotations.txt"]
	without := func(f files, prefix string) files {
		w := maps.Clone(f)
		maps.DeleteFunc(w, func(name string, _ []byte) bool { return strings.HasPrefix(name, prefix) })
		return w
	}
	for _, c := range []struct {
		name  string
		files files
		words []string
	}{
		{"class without folder", good.with("wnids.txt", []byte("n03\nn01\nn09\nn02\nn08\n")),
			[]string{filepath.Join("train", "n09"), "is missing", "wnids.txt"}},
		{"class without test folder", without(good.moved(""), "val/n02"), []string{filepath.Join("val", "n02"),
			"is missing"}},
		{"class without images", without(good, "train/n01/images"), []string{filepath.Join("train", "n01"),
			"no .JPEG"}},
		{"class that is not in the list", good.with("wnids.txt", []byte("n03\nn02\n")),
			[]string{filepath.Join("train", "n01"), "not a class that wnids.txt names"}},
		{"class twice", good.with("wnids.txt", []byte("n03\nn01\nn03\n")), []string{"wnids.txt", "n03 twice"}},
		{"no classes", good.with("wnids.txt", []byte("\n")), []string{"wnids.txt", "no classes"}},
		{"no list", without(good, "wnids.txt"), []string{"data-dir is ", "tiny-imagenet-200", "wnids.txt"}},
		{"no training files", without(good, "train"), []string{"train"}},
		{"no validation files", without(good, "val"), []string{"val", "neither val_annotations.txt"}},
		{"too small", good.with("train/n01/images/n01_1.JPEG", field(t, 9, true, 32, 30)),
			[]string{"n01_1.JPEG", "32×30", "64×64"}},
		{"too wide", good.with("val/images/val_4.JPEG", field(t, 9, false, 65, 64)),
			[]string{"val_4.JPEG", "65×64", "64×64"}},
		{"cut short", good.with("train/n01/images/n01_1.JPEG", image[:len(image)/2]),
			[]string{"n01_1.JPEG", "not a whole JPEG"}},
		{"another format", good.with("train/n01/images/n01_1.JPEG", []byte("\x89PNG\r\n")),
			[]string{"n01_1.JPEG", "not a whole JPEG"}},
		{"two wrong: the one that is read first", good.with("train/n02/images/n02_1.JPEG",
			nil).with("train/n03/images/n03_2.JPEG", nil), []string{"n02_1.JPEG"}},
		{"annotation without file", without(good, "val/images/val_4.JPEG"),
			[]string{"val_4.JPEG is missing", "val_annotations.txt"}},
		{"file without annotation", good.with("val/images/val_99.JPEG", image),
			[]string{"val_99.JPEG", "does not say its class"}},
		{"annotation of another class", good.with("val/val_annotations.txt", append(bytes.Clone(annotations),
			"val_7.JPEG\tn07\n"...)), []string{"val_annotations.txt", "line 7", "n07"}},
		{"annotation twice", good.with("val/val_annotations.txt",
			append(bytes.Clone(annotations), "val_4.JPEG\tn01\n"...)), []string{"line 7", "val_4.JPEG", "twice"}},
		{"annotation cut short", good.with("val/val_annotations.txt", append(bytes.Clone(annotations), "val_7.J"...)),
			[]string{"line 7", `"val_7.J"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := c.files.plant(t, t.TempDir())
			_, err := TinyImageNet(t.Context(), Options{Dir: dir, Validation: 1})
			wantError(t, err, append(c.words, dir)...)
		})
	}
	t.Run("nowhere", func(t *testing.T) {
		_, err := TinyImageNet(t.Context(), Options{})
		wantError(t, err, "Tiny ImageNet is not on this machine", "tiny-imagenet-200.zip", "--data-dir DIR",
			"MAESTRO_DATA=DIR")
	})
	t.Run("validation", func(t *testing.T) {
		_, err := TinyImageNet(t.Context(), Options{Dir: good.plant(t, t.TempDir()), Validation: 9})
		wantError(t, err, "validation is 9")
	})
	t.Run("interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := TinyImageNet(ctx, Options{Dir: good.plant(t, t.TempDir())}); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	})
	t.Run("image not readable", func(t *testing.T) {
		dir := good.plant(t, t.TempDir())
		path := filepath.Join(dir, "train", "n01", "images", "n01_7.JPEG")
		if err := os.Symlink("nowhere", path); err != nil {
			t.Skip(err)
		}
		_, err := TinyImageNet(t.Context(), Options{Dir: dir})
		wantError(t, err, path)
	})
}
