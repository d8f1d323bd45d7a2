package data

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// captions is a data set of Multi30k's form: pair i of a part is "PART i ä" and "PART i e".
func captions(train, validation, test int) files {
	f := files{}
	for part, n := range map[string]int{"train": train, "val": validation, "test_2016_flickr": test} {
		var de, en bytes.Buffer
		for i := range n {
			fmt.Fprintf(&de, "%s %d ä\n", part, i)
			fmt.Fprintf(&en, "%s %d e\n", part, i)
		}
		f[part+".de"], f[part+".en"] = de.Bytes(), en.Bytes()
	}
	return f
}

// multi30k publishes the files, gzipped, on the given mirrors.
func (f files) multi30k(mirrors ...string) source {
	s := multi30kSource()
	packed := f.packed()
	for i := range s.files {
		content := packed[s.files[i].name]
		sum := sha256.Sum256(content)
		s.files[i].size, s.files[i].sha256 = int64(len(content)), hex.EncodeToString(sum[:])
	}
	s.mirrors = mirrors
	return s
}

// TestMulti30k: each part has its pairs in their order, packed or not, in the named folder or in the one of the set's
// name, and the other direction the same ones.
func TestMulti30k(t *testing.T) {
	alone(t)
	f := captions(30, 6, 5)
	dir := f.packed().write(t, filepath.Join(t.TempDir(), "multi30k"))
	for _, o := range []Options{{Dir: dir}, {Dir: filepath.Dir(dir)}, {Dir: f.write(t, t.TempDir())},
		{Remembered: dir}} {
		p, err := Multi30k(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		for part, pairs := range map[string][]Pair{"train": p.Train, "val": p.Validation, "test_2016_flickr": p.Test} {
			if len(pairs) != bytes.Count(f[part+".de"], []byte("\n")) {
				t.Errorf("%s has %d pairs", part, len(pairs))
			}
			for i, pair := range pairs {
				if want := (Pair{fmt.Sprintf("%s %d ä", part, i), fmt.Sprintf("%s %d e", part, i)}); pair != want {
					t.Fatalf("pair %d of %s is %q", i, part, pair)
				}
			}
		}
		if p.Name != "multi30k" || p.Source != "de" || p.Target != "en" || !filepath.IsAbs(p.Dir) {
			t.Errorf("%s from %s to %s, of %s", p.Name, p.Source, p.Target, p.Dir)
		}
		var all []byte
		for _, file := range multi30kSource().files {
			all = append(all, f[strings.TrimSuffix(file.name, ".gz")]...)
		}
		if sum := sha256.Sum256(all); p.Checksum != hex.EncodeToString(sum[:]) {
			t.Errorf("checksum %s", p.Checksum)
		}
		turned := p.Turned()
		if turned.Source != "en" || turned.Target != "de" ||
			turned.Test[4] != (Pair{"test_2016_flickr 4 e", "test_2016_flickr 4 ä"}) ||
			turned.Train[29].Target != p.Train[29].Source || p.Train[29].Source != "train 29 ä" {
			t.Errorf("turned: %s to %s, %q", turned.Source, turned.Target, turned.Test[4])
		}
		if sentences := Sentences(p.Test[:2]); !slices.Equal(sentences,
			[]string{"test_2016_flickr 0 ä", "test_2016_flickr 0 e", "test_2016_flickr 1 ä", "test_2016_flickr 1 e"}) {
			t.Errorf("sentences %q", sentences)
		}
	}
}

// TestMulti30kCut: fewer training pairs are drawn by the seed, and more of them add to fewer; validation has its first.
func TestMulti30kCut(t *testing.T) {
	alone(t)
	o := Options{Dir: captions(30, 6, 5).write(t, t.TempDir()), TrainExamples: 10, Validation: 4, Seed: 1}
	load := func(o Options) *Parallel {
		t.Helper()
		p, err := Multi30k(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	few := load(o)
	if len(few.Train) != 10 || len(few.Validation) != 4 || few.Validation[3].Target != "val 3 e" || len(few.Test) != 5 {
		t.Errorf("%d, %d and %d pairs", len(few.Train), len(few.Validation), len(few.Test))
	}
	if !slices.Equal(load(o).Train, few.Train) {
		t.Error("the same seed draws others")
	}
	o.TrainExamples = 20
	more := load(o).Train
	for _, pair := range few.Train {
		if !slices.Contains(more, pair) {
			t.Errorf("%q is not among more pairs", pair.Source)
		}
	}
	o.TrainExamples, o.Seed = 10, 2
	if slices.Equal(load(o).Train, few.Train) {
		t.Error("another seed draws the same")
	}
	for say, wrong := range map[string]Options{
		"train_examples is 31": {Dir: o.Dir, TrainExamples: 31}, "validation is 7": {Dir: o.Dir, Validation: 7},
		"train_examples is -1": {Dir: o.Dir, TrainExamples: -1},
	} {
		_, err := Multi30k(t.Context(), wrong)
		wantError(t, err, say, "at most")
	}
}

// TestMalformedMulti30k: what is wrong with a file is one line that names it.
func TestMalformedMulti30k(t *testing.T) {
	alone(t)
	f := captions(30, 6, 5)
	cut := pack(f["train.de"])
	for name, c := range map[string]struct {
		files files
		words []string
	}{
		"unequal length": {f.with("val.en", f["val.en"][:len(f["val.en"])/2]),
			[]string{"val.de has 6 lines", "val.en has 3"}},
		"Latin-1": {f.with("train.de", append([]byte("gut\n"), bytes.ReplaceAll(f["train.de"], []byte("ä"),
			[]byte("\xe4"))...)), []string{"train.de: line 2 is not UTF-8"}},
		"no lines": {f.with("test_2016_flickr.de", nil).with("test_2016_flickr.en", nil),
			[]string{"test_2016_flickr.en hold no sentences"}},
		"cut short": {f.with("train.de", cut[:len(cut)-10]), []string{"train.de"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Multi30k(t.Context(), Options{Dir: c.files.write(t, t.TempDir())})
			wantError(t, err, c.words...)
		})
	}
}

// TestEmptyLines: a pair of which a line is empty is left out, the ones after it stay beside each other, and a line
// says how many are.
func TestEmptyLines(t *testing.T) {
	alone(t)
	f := captions(30, 6, 5).with("val.de", []byte("a\n\nc\n \ne\nf\n"))
	var said []string
	p, err := Multi30k(t.Context(), Options{Dir: f.write(t, t.TempDir()),
		Warn: func(line string) { said = append(said, line) }})
	if err != nil {
		t.Fatal(err)
	}
	want := []Pair{{"a", "val 0 e"}, {"c", "val 2 e"}, {"e", "val 4 e"}, {"f", "val 5 e"}}
	if !slices.Equal(p.Validation, want) {
		t.Errorf("pairs %q", p.Validation)
	}
	if len(said) != 1 || !strings.Contains(said[0], "2 of 6 pairs are left out") {
		t.Errorf("said %q", said)
	}
}

func TestWithin(t *testing.T) {
	words := func(s string) int { return len(strings.Fields(s)) }
	within, longer := Within([]Pair{{"a b", "a"}, {"a b c", "a"}, {"a", "a b c"}, {"a", "b"}}, 2, words)
	if longer != 2 || !slices.Equal(within, []Pair{{"a b", "a"}, {"a", "b"}}) {
		t.Errorf("%q, %d longer", within, longer)
	}
}

// TestMissingMulti30k: files that are not there are downloaded, or a line says which to put where.
func TestMissingMulti30k(t *testing.T) {
	cache := alone(t)
	_, err := Multi30k(t.Context(), Options{NoDownload: true})
	wantError(t, err, "Multi30k is not on this machine", "train.de.gz", "and the others, 6 files in all",
		"MAESTRO_DATA")
	_, err = Multi30k(t.Context(), Options{Dir: t.TempDir()})
	wantError(t, err, "train.de.gz (or unpacked, train.de)", "multi30k")
	f := captions(30, 6, 5)
	p, err := loadMulti30k(t.Context(), Options{}, f.multi30k(serve(t, f.packed(), nil).URL))
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Train) != 30 || p.Dir != filepath.Join(filepath.Dir(cache), "multi30k") {
		t.Errorf("%d pairs of %s", len(p.Train), p.Dir)
	}
}

// TestPublishedMulti30k: the publisher's files, where MAESTRO_DATA has them.
func TestPublishedMulti30k(t *testing.T) {
	dir := os.Getenv("MAESTRO_DATA")
	if found, _ := filepath.Glob(filepath.Join(dir, "multi30k", "train.de*")); dir == "" || found == nil {
		t.Skip("there is no Multi30k in MAESTRO_DATA, the data folder")
	}
	p, err := Multi30k(t.Context(), Options{Dir: dir, Warn: func(line string) { t.Error(line) }})
	if err != nil {
		t.Fatal(err)
	}
	if p.Checksum != multi30kChecksum || len(p.Train) != 29000 || len(p.Validation) != 1014 || len(p.Test) != 1000 {
		t.Errorf("%d, %d and %d pairs with checksum %s", len(p.Train), len(p.Validation), len(p.Test), p.Checksum)
	}
}
