package text

import (
	"cmp"
	"container/heap"
	"fmt"
	"maps"
	"slices"
	"unicode/utf8"
)

// leastCount is how often a pair must follow each other to be merged: what comes once tells nothing of another text.
const leastCount = 2

// Learn makes a vocabulary of so many pieces from lines of text: the pair of pieces that follow each other most often
// becomes a piece, and so on. Of pairs as frequent as each other, the one of lower ids is taken, so the same lines,
// in any order, give the same pieces. Empty lines teach nothing. It is an error if a line is not UTF-8, and if the
// text has no such number of pieces.
func Learn(lines []string, size int) (*Pieces, error) {
	counts := map[string]int{}
	seen := map[rune]bool{' ': true}
	for i, line := range lines {
		if !utf8.ValidString(line) {
			return nil, fmt.Errorf("line %d is not UTF-8: convert the text first, such as with iconv -t UTF-8", i+1)
		}
		for _, word := range words(line) {
			counts[word]++
		}
	}
	for word := range counts {
		for _, r := range word {
			seen[r] = true
		}
	}
	if len(counts) == 0 {
		return nil, fmt.Errorf("there are no words to learn pieces from in %d lines", len(lines))
	}
	p := newPieces(slices.Sorted(maps.Keys(seen)))
	if size < p.Size() {
		return nil, fmt.Errorf("%d pieces are too few: the text's %d characters and %d special pieces need %d", size,
			len(p.characters), specials, p.Size())
	}
	l := newLearner(p, counts)
	made := p.byText()
	for p.Size() < size {
		best, ok := l.best()
		if !ok {
			return nil, fmt.Errorf("%d pieces are too many: the text gives %d at most", size, p.Size())
		}
		l.replace(best, p.merge(best, made))
	}
	return p, nil
}

// learner knows how often each pair comes, and in which words.
type learner struct {
	words  []learnt
	counts map[pair]int
	in     map[pair]map[int]bool
	queue  queue // has every pair with its count at some time, which is looked up again when its turn comes
}

type learnt struct {
	pieces []int32
	count  int
}

func newLearner(p *Pieces, counts map[string]int) *learner {
	l := &learner{counts: map[pair]int{}, in: map[pair]map[int]bool{}}
	for word, count := range counts {
		var ids []int32
		for _, r := range word {
			ids = append(ids, p.ids[r])
		}
		l.words = append(l.words, learnt{ids, count})
	}
	for i := range l.words {
		l.add(i, 1)
	}
	for of, count := range l.counts {
		l.queue = append(l.queue, counted{of, count})
	}
	heap.Init(&l.queue)
	return l
}

// add counts the pairs of a word, sign times.
func (l *learner) add(word, sign int) {
	w := l.words[word]
	for i := range len(w.pieces) - 1 {
		of := pair{w.pieces[i], w.pieces[i+1]}
		l.counts[of] += sign * w.count
		if sign < 0 {
			continue
		}
		if l.in[of] == nil {
			l.in[of] = map[int]bool{}
		}
		l.in[of][word] = true
	}
}

// best is the pair to merge next; there is none where all are too rare.
func (l *learner) best() (of pair, ok bool) {
	for len(l.queue) > 0 {
		top := heap.Pop(&l.queue).(counted)
		switch now := l.counts[top.of]; {
		case now == top.count && now >= leastCount:
			return top.of, true
		case now >= leastCount && now < top.count:
			heap.Push(&l.queue, counted{top.of, now})
		}
	}
	return pair{}, false
}

// replace puts a piece in the place of a pair in all words.
func (l *learner) replace(of pair, id int32) {
	more := map[pair]bool{}
	for word := range l.in[of] {
		l.add(word, -1)
		w := &l.words[word]
		w.pieces = replace(w.pieces, of, id)
		l.add(word, 1)
		for i := range len(w.pieces) - 1 {
			more[pair{w.pieces[i], w.pieces[i+1]}] = true
		}
	}
	delete(l.in, of)
	delete(l.counts, of)
	for p := range more {
		heap.Push(&l.queue, counted{p, l.counts[p]})
	}
}

// queue is a heap of pairs, the most frequent first.
type queue []counted

type counted struct {
	of    pair
	count int
}

func (q queue) Len() int      { return len(q) }
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(counted)) }
func (q queue) Less(i, j int) bool {
	a, b := q[i], q[j]
	return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.of.left, b.of.left),
		cmp.Compare(a.of.right, b.of.right)) < 0
}
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
