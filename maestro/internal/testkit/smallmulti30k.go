package testkit

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// SmallMulti30k writes a text in Multi30k's form whose translation is quick to learn: captions of who does what and
// where, word for word the same in both languages, train, 60 and 40 pairs. It returns the folder.
func SmallMulti30k(t testing.TB, train int) string {
	t.Helper()
	dir := t.TempDir()
	rng := rand.New(rand.NewPCG(1, 3))
	slots := [][][2]string{
		{{"Ein Mann", "A man"}, {"Eine Frau", "A woman"}, {"Ein Hund", "A dog"}, {"Ein Kind", "A child"},
			{"Zwei Männer", "Two men"}},
		{{"läuft", "walks"}, {"schläft", "sleeps"}, {"springt", "jumps"}, {"sitzt", "sits"}, {"wartet", "waits"}},
		{{"auf der Straße", "on the street"}, {"am Strand", "at the beach"}, {"im Schnee", "in the snow"},
			{"vor einem Haus", "in front of a house"}},
		{{".", "."}, {" und lacht.", " and laughs."}, {", allein.", ", alone."}},
	}
	for _, part := range []struct {
		name string
		n    int
	}{{"train", train}, {"val", 60}, {"test_2016_flickr", 40}} {
		var sides [2]strings.Builder
		for range part.n {
			for i, slot := range slots {
				drawn := slot[rng.IntN(len(slot))]
				for side := range sides {
					if i == 1 || i == 2 {
						sides[side].WriteByte(' ')
					}
					sides[side].WriteString(drawn[side])
				}
			}
			fmt.Fprintln(&sides[0])
			fmt.Fprintln(&sides[1])
		}
		for side, language := range []string{"de", "en"} {
			if err := os.WriteFile(filepath.Join(dir, part.name+"."+language), []byte(sides[side].String()),
				0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}
