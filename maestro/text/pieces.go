package text

import (
	"slices"
	"strings"
)

// The pieces that no text holds, before all others.
const (
	Pad     = iota // fills sentences up to one length
	Begin          // of a target
	End            // of a sentence
	Unknown        // stands for a character that the text which was learnt from does not have
	specials
)

// unknownMark is what Decode writes for Unknown.
const unknownMark = "\u2047"

// Pieces is a vocabulary: the special pieces, the characters of a text, and what byte-pair encoding merged from
// those. It may be used by several goroutines at once.
type Pieces struct {
	texts      []string         // of each piece; "" of special ones
	characters []rune           // rising, each a piece from specials on
	merges     []pair           // in the order in which they were learnt
	ids        map[rune]int32   // of characters
	ranks      map[pair]mergeTo // of merges
}

// pair is two pieces that follow each other.
type pair struct{ left, right int32 }

// mergeTo is a merge's place in their order, and the piece that it makes. Two merges may make the same one.
type mergeTo struct {
	rank int
	id   int32
}

// newPieces is the vocabulary of characters alone.
func newPieces(characters []rune) *Pieces {
	p := &Pieces{texts: make([]string, specials), characters: characters, ids: map[rune]int32{},
		ranks: map[pair]mergeTo{}}
	for _, c := range characters {
		p.ids[c] = int32(len(p.texts))
		p.texts = append(p.texts, string(c))
	}
	return p
}

// merge adds one, unless it is there, and returns what it makes. made has the ids of all pieces so far, by their texts.
func (p *Pieces) merge(of pair, made map[string]int32) int32 {
	// A pair may come anew after its merge, where another merge makes one of its halves.
	if m, there := p.ranks[of]; there {
		return m.id
	}
	text := p.texts[of.left] + p.texts[of.right]
	id, there := made[text]
	if !there {
		id = int32(len(p.texts))
		made[text] = id
		p.texts = append(p.texts, text)
	}
	p.ranks[of] = mergeTo{len(p.merges), id}
	p.merges = append(p.merges, of)
	return id
}

func (p *Pieces) byText() map[string]int32 {
	made := map[string]int32{}
	for id := specials; id < len(p.texts); id++ {
		made[p.texts[id]] = int32(id)
	}
	return made
}

// Size is the number of pieces, special ones too: ids are 0 to Size-1.
func (p *Pieces) Size() int { return len(p.texts) }

// Piece is the text of a piece; the space that begins a word is part of it. Special pieces have none.
func (p *Pieces) Piece(id int32) string { return p.texts[id] }

// Encode gives a sentence's pieces, without Begin and End, and says how many of them are Unknown.
func (p *Pieces) Encode(sentence string) (ids []int32, unknown int) {
	for _, word := range words(sentence) {
		start := len(ids)
		for _, r := range word {
			id, ok := p.ids[r]
			if !ok {
				id = Unknown
				unknown++
			}
			ids = append(ids, id)
		}
		ids = append(ids[:start], p.merged(ids[start:])...)
	}
	return ids, unknown
}

// merged applies the merges to a word, those learnt first before others.
func (p *Pieces) merged(word []int32) []int32 {
	for {
		best, of := mergeTo{rank: len(p.merges)}, pair{}
		for i := range len(word) - 1 {
			at := pair{word[i], word[i+1]}
			if m, ok := p.ranks[at]; ok && m.rank < best.rank {
				best, of = m, at
			}
		}
		if best.rank == len(p.merges) {
			return word
		}
		word = replace(word, of, best.id)
	}
}

// replace puts a piece in the place of a pair, from the left, within the word's own memory.
func replace(word []int32, of pair, id int32) []int32 {
	n := 0
	for i := 0; i < len(word); i++ {
		word[n] = word[i]
		if i+1 < len(word) && (pair{word[i], word[i+1]}) == of {
			word[n] = id
			i++
		}
		n++
	}
	return word[:n]
}

// Decode is the sentence of pieces up to the first End, its words one space apart. Pad and Begin have no text; an
// Unknown is written as two question marks in one character.
func (p *Pieces) Decode(ids []int32) string {
	var b strings.Builder
	for _, id := range ids {
		if id == End {
			break
		}
		if id == Unknown {
			b.WriteString(unknownMark)
			continue
		}
		b.WriteString(p.texts[id])
	}
	return strings.TrimPrefix(b.String(), " ")
}

// Equal says whether both have the same pieces of the same merges.
func (p *Pieces) Equal(q *Pieces) bool {
	return slices.Equal(p.characters, q.characters) && slices.Equal(p.merges, q.merges)
}
