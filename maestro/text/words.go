package text

import (
	"strings"
	"unicode"
)

// words takes a sentence apart into what pieces never cross: runs of letters, of digits, and of anything else. White
// space of any length is one space, which begins the word after it; the first word has one too, so that a word is the
// same wherever it stands.
func words(sentence string) (all []string) {
	for _, field := range strings.Fields(sentence) {
		text := " " + field
		start, last := 0, kindOf(' ')
		for i, r := range text {
			kind := kindOf(r)
			if i > 1 && kind != last {
				all = append(all, text[start:i])
				start = i
			}
			last = kind
		}
		all = append(all, text[start:])
	}
	return all
}

type kind int

const (
	letter kind = iota
	digit
	other
)

func kindOf(r rune) kind {
	switch {
	case unicode.IsLetter(r) || unicode.IsMark(r):
		return letter
	case unicode.IsDigit(r):
		return digit
	}
	return other
}
