package decode

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/maestro-lod/notebook/maestro/text"
)

// Translation is the best hypothesis of a sentence.
type Translation struct {
	Pieces []int32 // without begin and end
	// LogP is the logarithm of the probability of the pieces, and of the end where there is one.
	LogP float64
	// Score is LogP by the length penalty.
	Score float64
	// Ended is false where none of the hypotheses came to an end within the greatest length.
	Ended bool
}

// Translate gives the translation of each source, its pieces as the network was trained on them. Hypotheses that end
// leave their place in the beam empty; the search for a sentence is over once none that is left could become better
// than the best that ended. Sources may be any number; it is an error that names the first, from 1 on, that is empty,
// too long, or not of the vocabulary.
func (d *Decoder) Translate(ctx context.Context, sources [][]int32) ([]Translation, error) {
	for i, source := range sources {
		if err := d.checkSource(source); err != nil {
			return nil, fmt.Errorf("decode: sentence %d %w", i+1, err)
		}
	}
	var all []Translation
	for batch := range slices.Chunk(sources, d.settings.Batch) {
		found, err := d.batch(ctx, batch)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

func (d *Decoder) checkSource(source []int32) error {
	switch {
	case len(source) == 0:
		return fmt.Errorf("has no pieces")
	case len(source) > d.settings.Source:
		return fmt.Errorf("has %d pieces, and the decoder takes %d at most", len(source), d.settings.Source)
	}
	for _, id := range source {
		if id < 0 || int(id) >= d.vocabulary {
			return fmt.Errorf("has piece %d, and the model's vocabulary has 0 to %d", id, d.vocabulary-1)
		}
	}
	return nil
}

// batch translates as many sentences as fit.
func (d *Decoder) batch(ctx context.Context, sources [][]int32) ([]Translation, error) {
	s := d.settings
	flat := make([]int32, s.Batch*s.Source) // padded
	for i, source := range sources {
		copy(flat[i*s.Source:], source)
	}
	kept, err := d.begin(flat)
	if err != nil {
		return nil, err
	}
	defer kept.close()
	beams := make([]beam, len(sources))
	for i := range beams {
		beams[i] = newBeam(s, i*s.Beam)
	}
	pieces, parents := make([]int32, s.Batch*s.Beam), make([]int32, s.Batch*s.Beam)
	for at := range s.Longest {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		busy := false
		for row := range parents { // those of no hypothesis go on with what they have
			pieces[row], parents[row] = text.Pad, int32(row)
		}
		for i := range beams {
			for k, h := range beams[i].live {
				pieces[beams[i].row+k], parents[beams[i].row+k] = h.last(), int32(h.row)
				busy = true
			}
		}
		if !busy {
			break
		}
		next, err := d.next(kept, pieces, at, parents)
		if err != nil {
			return nil, err
		}
		for i := range beams {
			beams[i].step(next)
		}
	}
	found := make([]Translation, len(beams))
	for i := range beams {
		found[i] = beams[i].best()
	}
	return found, nil
}

// beam is the search for one sentence's translation.
type beam struct {
	Settings
	row   int          // the first of its rows
	live  []hypothesis // in its rows, from the first on
	ended []Translation
}

// hypothesis is a beginning of a translation.
type hypothesis struct {
	pieces []int32
	logP   float64
	row    int // that it had in the step before
}

func newBeam(s Settings, row int) beam {
	return beam{Settings: s, row: row, live: []hypothesis{{row: row}}}
}

func (h hypothesis) last() int32 {
	if len(h.pieces) == 0 {
		return text.Begin
	}
	return h.pieces[len(h.pieces)-1]
}

// step puts in the place of the hypotheses the likeliest that continue one of them.
func (b *beam) step(next scored) {
	type choice struct {
		from  int // of the live
		piece int32
		logP  float64
	}
	var choices []choice
	for i, h := range b.live {
		for k := range next.k {
			at := (b.row+i)*next.k + k
			choices = append(choices, choice{i, next.ids[at], h.logP + float64(next.values[at])})
		}
	}
	slices.SortStableFunc(choices, func(x, y choice) int { return cmp.Compare(y.logP, x.logP) })
	var live []hypothesis
	for _, c := range choices[:min(len(choices), b.Beam-len(b.ended))] {
		h := b.live[c.from]
		if c.piece == text.End {
			b.ended = append(b.ended, b.translation(h.pieces, c.logP, true))
			continue
		}
		pieces := append(h.pieces[:len(h.pieces):len(h.pieces)], c.piece)
		live = append(live, hypothesis{pieces, c.logP, b.row + c.from})
	}
	b.live = live
	if len(b.ended) > 0 && !b.canImprove() {
		b.live = nil
	}
}

// canImprove says whether a live hypothesis could still become better than all that ended: if all pieces from here on
// were certain, and as many as can be.
func (b *beam) canImprove() bool {
	best := b.best().Score
	return slices.ContainsFunc(b.live, func(h hypothesis) bool { return b.score(h.logP, b.Longest) > best })
}

func (b *beam) score(logP float64, pieces int) float64 {
	return logP / math.Pow(float64(5+pieces)/6, b.LengthPenalty)
}

func (b *beam) translation(pieces []int32, logP float64, ended bool) Translation {
	n := len(pieces)
	if ended {
		n++
	}
	return Translation{Pieces: pieces, LogP: logP, Score: b.score(logP, n), Ended: ended}
}

// best is the best hypothesis that ended, or where none did the best of the others.
func (b *beam) best() Translation {
	all := b.ended
	if len(all) == 0 {
		for _, h := range b.live {
			all = append(all, b.translation(h.pieces, h.logP, false))
		}
	}
	return slices.MaxFunc(all, func(x, y Translation) int { return cmp.Compare(x.Score, y.Score) })
}
