package text

import (
	"fmt"
	"math"
	"regexp"
	"strings"
	"unicode"
)

// orders is the length of the longest runs of words that BLEU counts.
const orders = 4

// Score is BLEU (Papineni et al. 2002) of translations of a whole text, with what it is made of.
type Score struct {
	BLEU       float64         // 0 to 100
	Precisions [orders]float64 // in per cent, of runs of one to four words
	Brevity    float64         // the factor below 1 of translations shorter than their references
	Words      int             // of the translations
	References int             // words of the references, of each line's the one nearest in length
}

// BLEU compares translations with their references, line by line; each of references has as many lines. It equals
// sacreBLEU's corpus score with its default settings (Post 2018, arXiv:1804.08771): case counts, words are taken
// apart as mteval-v13a does, and an order of which nothing matches counts half of one match, the next a quarter, and
// so on.
func BLEU(translations []string, references ...[]string) (Score, error) {
	if len(translations) == 0 || len(references) == 0 {
		return Score{},
			fmt.Errorf("BLEU of %d translations by %d sets of references: there must be at least one of each",
				len(translations), len(references))
	}
	for i, r := range references {
		if len(r) != len(translations) {
			return Score{}, fmt.Errorf("BLEU: set %d of references has %d lines, but there are %d translations", i+1,
				len(r), len(translations))
		}
	}
	var s Score
	var correct, total [orders]int
	take := newTokenizer()
	for line, translation := range translations {
		words := take.apart(translation)
		allowed, nearest := map[string]int{}, 0
		for i, set := range references {
			reference := take.apart(set[line])
			for run, n := range runsOf(reference) {
				allowed[run] = max(allowed[run], n)
			}
			d, least := distance(len(words), len(reference)), distance(len(words), nearest)
			if i == 0 || d < least || d == least && len(reference) < nearest {
				nearest = len(reference)
			}
		}
		s.Words += len(words)
		s.References += nearest
		for run, n := range runsOf(words) {
			correct[strings.Count(run, " ")] += min(n, allowed[run])
		}
		for n := range orders {
			total[n] += max(0, len(words)-n)
		}
	}
	s.score(correct, total)
	return s, nil
}

func distance(a, b int) int { return max(a-b, b-a) }

// score puts the counts of each order together.
func (s *Score) score(correct, total [orders]int) {
	s.Brevity = 1
	if s.Words < s.References {
		s.Brevity = 0
		if s.Words > 0 {
			s.Brevity = math.Exp(1 - float64(s.References)/float64(s.Words))
		}
	}
	if correct == [orders]int{} {
		return
	}
	sum, half := 0.0, 1.0
	for n := range orders {
		if total[n] == 0 { // no line is so long
			return
		}
		matches := float64(correct[n])
		if matches == 0 {
			half /= 2
			matches = half
		}
		s.Precisions[n] = 100 * matches / float64(total[n])
		sum += math.Log(s.Precisions[n])
	}
	s.BLEU = s.Brevity * math.Exp(sum/orders)
}

// runsOf counts the runs of one to four words, each written with single spaces between its words.
func runsOf(words []string) map[string]int {
	counts := map[string]int{}
	for i := range words {
		for n := 1; n <= orders && i+n <= len(words); n++ {
			counts[strings.Join(words[i:i+n], " ")]++
		}
	}
	return counts
}

// tokenizer takes sentences apart as mteval-v13a does for Western languages.
type tokenizer struct {
	before, after, numbered *regexp.Regexp
}

func newTokenizer() tokenizer {
	return tokenizer{
		before:   regexp.MustCompile(`([^0-9])([.,])`),
		after:    regexp.MustCompile(`([.,])([^0-9])`),
		numbered: regexp.MustCompile(`([0-9])(-)`),
	}
}

func (t tokenizer) apart(sentence string) []string {
	s := strings.TrimRightFunc(sentence, isSpace)
	// One after another: what one makes the next may take.
	for _, of := range [][2]string{{"<skipped>", ""}, {"-\n", ""}, {"\n", " "}, {"&quot;", `"`}, {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}} {
		s = strings.ReplaceAll(s, of[0], of[1])
	}
	var b strings.Builder
	b.WriteByte(' ')
	for _, r := range s {
		if symbol(r) {
			b.WriteByte(' ')
			b.WriteRune(r)
			b.WriteByte(' ')
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte(' ')
	s = t.before.ReplaceAllString(b.String(), "$1 $2 ")
	s = t.after.ReplaceAllString(s, " $1 $2")
	s = t.numbered.ReplaceAllString(s, "$1 $2 ")
	return strings.FieldsFunc(s, isSpace)
}

// symbol says whether a character is a word by itself wherever it stands: all of ASCII's punctuation but these, which
// belong to words and numbers.
func symbol(r rune) bool {
	return r < unicode.MaxASCII && (unicode.IsPunct(r) || unicode.IsSymbol(r)) && !strings.ContainsRune("'-.,", r)
}

// isSpace is Python's idea of white space, which has four more characters than Go's.
func isSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }
