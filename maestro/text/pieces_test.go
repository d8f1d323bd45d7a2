package text_test

import (
	"bytes"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/text"
)

// corpus is 400 lines of words drawn from a small number of syllables, with punctuation, digits and letters that take
// more than one byte.
func corpus(seed uint64) (lines []string) {
	rng := rand.New(rand.NewPCG(seed, 1))
	syllables := []string{"ma", "es", "tro", "grü", "ße", "lo", "d", "ra", "nk", "ing", "aa", "aaa", "é"}
	var all []string
	for range 60 {
		var word strings.Builder
		for range 1 + rng.IntN(4) {
			word.WriteString(syllables[rng.IntN(len(syllables))])
		}
		all = append(all, word.String())
	}
	all = append(all, "2024", "17", "1,5", "don't", "(x)", "…")
	for range 400 {
		var line []string
		for range 1 + rng.IntN(9) {
			line = append(line, all[min(rng.IntN(len(all)), rng.IntN(len(all)))])
		}
		lines = append(lines, strings.Join(line, " ")+[]string{".", "!", " ?", ""}[rng.IntN(4)])
	}
	return lines
}

func learn(t *testing.T, lines []string, size int) *text.Pieces {
	t.Helper()
	p, err := text.Learn(lines, size)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRoundTrip: whatever is written in the text's characters comes back, its white space made one space, from every
// size of vocabulary; a larger one has no longer sentences.
func TestRoundTrip(t *testing.T) {
	lines := corpus(1)
	letters := []rune(strings.Join(lines, ""))
	rng := rand.New(rand.NewPCG(2, 2))
	sentences := append(slices.Clone(lines), "", " ", "  ma\tes \u00a0tro  ", "maestro.", ". maestro", "2024maestro",
		"...", "a", "aaaaaaa")
	for range 500 { // none that the text has
		var s strings.Builder
		for range rng.IntN(30) {
			s.WriteRune(letters[rng.IntN(len(letters))])
		}
		sentences = append(sentences, s.String())
	}
	before := 0
	for _, size := range []int{60, 100, 150} {
		p, total := learn(t, lines, size), 0
		if p.Size() != size {
			t.Errorf("%d pieces, want %d", p.Size(), size)
		}
		for _, s := range sentences {
			ids, unknown := p.Encode(s)
			if want := strings.Join(strings.Fields(s), " "); p.Decode(ids) != want || unknown != 0 {
				t.Fatalf("%q comes back as %q, with %d unknown characters", s, p.Decode(ids), unknown)
			}
			for _, id := range ids {
				if id <= text.Unknown || int(id) >= size {
					t.Fatalf("piece %d of %d", id, size)
				}
			}
			total += len(ids)
		}
		if before > 0 && total >= before {
			t.Errorf("with %d pieces the sentences have %d, with fewer %d", size, total, before)
		}
		before = total
	}
}

// TestLearnsTheMostFrequent: by hand. Of "ab ab ab cb cb" the pair a, b comes three times, as does the space before
// a; the lower ids are the space's.
func TestLearnsTheMostFrequent(t *testing.T) {
	p := learn(t, []string{"ab ab ab", "cb cb"}, 4+4+4)
	var got []string
	for id := range p.Size() {
		got = append(got, p.Piece(int32(id)))
	}
	if want := []string{"", "", "", "", " ", "a", "b", "c", " a", " ab", " c", " cb"}; !slices.Equal(got, want) {
		t.Errorf("the pieces are %q, want %q", got, want)
	}
	ids, _ := p.Encode("ab cab")
	if want := []int32{9, 10, 5, 6}; !slices.Equal(ids, want) {
		t.Errorf("pieces %d, want %d", ids, want)
	}
}

// TestLearnsTheSame: the same text, its lines in any order, gives the same pieces; another text gives others; a text's
// smaller vocabulary begins its larger one.
func TestLearnsTheSame(t *testing.T) {
	lines := corpus(1)
	p := learn(t, lines, 140)
	for range 5 {
		if !learn(t, lines, 140).Equal(p) {
			t.Fatal("the same text gives other pieces")
		}
	}
	turned := slices.Clone(lines)
	slices.Reverse(turned)
	if !learn(t, turned, 140).Equal(p) {
		t.Error("the lines' order changes the pieces")
	}
	if learn(t, corpus(2), 140).Equal(p) {
		t.Error("another text gives the same pieces")
	}
	small := learn(t, lines, 90)
	for id := range small.Size() {
		if small.Piece(int32(id)) != p.Piece(int32(id)) {
			t.Fatalf("piece %d is %q, and %q of the smaller vocabulary", id, p.Piece(int32(id)), small.Piece(int32(id)))
		}
	}
}

// TestUnknown: each character that the text has not is one unknown piece, and the rest comes back.
func TestUnknown(t *testing.T) {
	p := learn(t, corpus(1), 100)
	ids, unknown := p.Encode("maestro 火山 lo")
	if unknown != 2 || p.Decode(ids) != "maestro \u2047\u2047 lo" {
		t.Errorf("%d unknown: %q", unknown, p.Decode(ids))
	}
	if n := slices.Index(ids, text.Unknown); n < 0 || ids[n+1] != text.Unknown {
		t.Errorf("pieces %d", ids)
	}
	ids, _ = p.Encode("maestro")
	ids = append(append([]int32{text.Begin}, ids...), text.End, text.Pad, ids[0])
	if p.Decode(ids) != "maestro" {
		t.Errorf("with the special pieces: %q", p.Decode(ids))
	}
}

// TestFile: what is saved is read back as it was, and encodes the same; what is damaged is one line.
func TestFile(t *testing.T) {
	lines := corpus(1)
	p := learn(t, lines, 140)
	path := filepath.Join(t.TempDir(), "pieces.json")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	q, err := text.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	if !p.Equal(q) || p.Size() != q.Size() {
		t.Error("other pieces come back")
	}
	for _, line := range lines {
		a, _ := p.Encode(line)
		b, _ := q.Encode(line)
		if !slices.Equal(a, b) {
			t.Fatalf("%q is %d, and %d of those read back", line, a, b)
		}
	}
	var file bytes.Buffer
	if err := p.Write(&file); err != nil {
		t.Fatal(err)
	}
	for say, content := range map[string]string{
		"no file of pieces":      file.String()[:file.Len()/2],
		`reads "maestro pie`:     `{"format": "maestro pieces 2"}`,
		"not in order":           `{"format": "maestro pieces 1", "characters": " ba"}`,
		"lack the space":         `{"format": "maestro pieces 1", "characters": "ab"}`,
		"merge 1 is of piece 7":  `{"format": "maestro pieces 1", "characters": " ab", "merges": [[4, 7]]}`,
		"merge 1 is of piece 3":  `{"format": "maestro pieces 1", "characters": " ab", "merges": [[3, 4]]}`,
		"merge 2 is there twice": `{"format": "maestro pieces 1", "characters": " ab", "merges": [[4, 5], [4, 5]]}`,
	} {
		_, err := text.Read(strings.NewReader(content))
		testkit.OneLine(t, say, err, say)
	}
}

// TestLearnRefuses: what cannot be learnt is one line that says why.
func TestLearnRefuses(t *testing.T) {
	for say, given := range map[string]struct {
		lines []string
		size  int
	}{
		"line 3 is not UTF-8":                {[]string{"ab", "", "a\xffb"}, 10},
		"no words to learn pieces from in 2": {[]string{"", " "}, 10},
		"7 pieces are too few":               {[]string{"ab abc"}, 7},
		"the text gives 10 at most":          {[]string{"ab abc"}, 11},
	} {
		_, err := text.Learn(given.lines, given.size)
		testkit.OneLine(t, say, err, say)
	}
}

func TestLines(t *testing.T) {
	lines, err := text.Lines("f", []byte("\ufeffone\r\n\nthree\n"))
	if err != nil || !slices.Equal(lines, []string{"one", "", "three"}) {
		t.Errorf("%q, %v", lines, err)
	}
	if lines, err := text.Lines("f", nil); len(lines) != 0 || err != nil {
		t.Errorf("of nothing: %q, %v", lines, err)
	}
	_, err = text.Lines("train.de", []byte("gut\nna\xefv\n"))
	testkit.OneLine(t, "Latin-1", err, "train.de: line 2 is not UTF-8")
}
