package language

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/maestro-lod/notebook/maestro/task"
)

// Alphabet is characters in their order: the first is task.FirstPiece.
type Alphabet []rune

// Pieces is how many pieces it has, the four that are none of text with them.
func (a Alphabet) Pieces() int { return int(task.FirstPiece) + len(a) }

// Encode gives the pieces of a text; task.UnknownPiece is a character that the alphabet does not have.
func (a Alphabet) Encode(text string) (pieces []int32) {
	for _, c := range text {
		at, known := slices.BinarySearch(a, c)
		if known {
			pieces = append(pieces, task.FirstPiece+int32(at))
		} else {
			pieces = append(pieces, task.UnknownPiece)
		}
	}
	return pieces
}

// Decode is the inverse of Encode; a piece without a character is �.
func (a Alphabet) Decode(pieces []int32) string {
	var b strings.Builder
	for _, p := range pieces {
		if at := int(p - task.FirstPiece); at >= 0 && at < len(a) {
			b.WriteRune(a[at])
		} else {
			b.WriteRune(utf8.RuneError)
		}
	}
	return b.String()
}

// Characters is a text of UTF-8 as a corpus: the first eight tenths of its characters to train on, one to validate
// and one to test. The alphabet is that of the training split.
func Characters(name, text string) (Corpus, Alphabet, error) {
	for i, line := range strings.Split(text, "\n") {
		if !utf8.ValidString(line) {
			return Corpus{}, nil, fmt.Errorf("the text %q, line %d: it is not UTF-8", name, i+1)
		}
	}
	all := []rune(text)
	first, second := len(all)*8/10, len(all)*9/10
	alphabet := Alphabet(slices.Clone(all[:first]))
	slices.Sort(alphabet)
	alphabet = slices.Compact(alphabet)
	return Corpus{Name: name, Pieces: alphabet.Pieces(), Train: alphabet.Encode(string(all[:first])),
			Validation: alphabet.Encode(string(all[first:second])), Test: alphabet.Encode(string(all[second:]))},
		alphabet, nil
}
