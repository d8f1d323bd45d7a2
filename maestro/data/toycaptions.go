package data

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
)

// ToyCaptions is a text in Multi30k's form that the program makes up, for a first try and for tests, where Multi30k is
// out of reach: who does what and where, word for word the same in both languages, 4000, 200 and 200 pairs, cut as o
// says. A translation of it says nothing of a network's worth.
func ToyCaptions(o Options) (*Parallel, error) {
	p := &Parallel{Name: "captions-toy", Source: "de", Target: "en"}
	rng, sum := rand.New(rand.NewPCG(1, 3)), sha256.New()
	for _, part := range []struct {
		to *[]Pair
		n  int
	}{{&p.Train, 4000}, {&p.Validation, 200}, {&p.Test, 200}} {
		for range part.n {
			pair := toyCaption(rng)
			sum.Write([]byte(pair.Source + "\n" + pair.Target + "\n"))
			*part.to = append(*part.to, pair)
		}
	}
	p.Checksum = hex.EncodeToString(sum.Sum(nil))
	return p, p.Cut(o)
}

func toyCaption(rng *rand.Rand) Pair {
	var source, target strings.Builder
	for i, slot := range [][][2]string{
		{{"Ein Mann", "A man"}, {"Eine Frau", "A woman"}, {"Ein Hund", "A dog"}, {"Ein Kind", "A child"},
			{"Zwei Männer", "Two men"}, {"Ein Mädchen", "A girl"}, {"Ein Junge", "A boy"}},
		{{"läuft", "walks"}, {"schläft", "sleeps"}, {"springt", "jumps"}, {"sitzt", "sits"}, {"wartet", "waits"},
			{"spielt", "plays"}, {"steht", "stands"}},
		{{"auf der Straße", "on the street"}, {"am Strand", "at the beach"}, {"im Schnee", "in the snow"},
			{"vor einem Haus", "in front of a house"}, {"im Park", "in the park"}, {"auf einer Bank", "on a bench"}},
		{{".", "."}, {" und lacht.", " and laughs."}, {", allein.", ", alone."}, {" in der Sonne.", " in the sun."}},
	} {
		if i == 1 || i == 2 {
			source.WriteByte(' ')
			target.WriteByte(' ')
		}
		drawn := slot[rng.IntN(len(slot))]
		source.WriteString(drawn[0])
		target.WriteString(drawn[1])
	}
	return Pair{source.String(), target.String()}
}
