package text_test

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/text"
)

// TestBLEUEqualsSacreBLEU compares with testdata/sacrebleu.json, which testdata/sacrebleu.py made with the real one.
func TestBLEUEqualsSacreBLEU(t *testing.T) {
	content, err := os.ReadFile(filepath.Join("testdata", "sacrebleu.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Cases []struct {
			Name                  string
			Translations          []string
			References            [][]string
			BLEU, Brevity         float64
			Precisions            []float64
			Words, ReferenceWords int
		}
	}
	if err := json.Unmarshal(content, &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Cases) < 20 {
		t.Fatalf("%d cases", len(all.Cases))
	}
	for _, c := range all.Cases {
		got, err := text.BLEU(c.Translations, c.References...)
		if err != nil {
			t.Errorf("%s: %v", c.Name, err)
			continue
		}
		near := math.Abs(got.BLEU-c.BLEU) <= 1e-9 && math.Abs(got.Brevity-c.Brevity) <= 1e-9
		for n, p := range c.Precisions {
			near = near && math.Abs(got.Precisions[n]-p) <= 1e-9
		}
		if !near || got.Words != c.Words || got.References != c.ReferenceWords {
			t.Errorf("%s: %+v, sacreBLEU %+v", c.Name, got, c)
		}
	}
}

// TestBLEURefuses: what cannot be compared is one line.
func TestBLEURefuses(t *testing.T) {
	_, err := text.BLEU(nil, nil)
	testkit.OneLine(t, "no lines", err, "of 0 translations")
	_, err = text.BLEU([]string{"a"})
	testkit.OneLine(t, "no references", err, "by 0 sets of references")
	_, err = text.BLEU([]string{"a", "b"}, []string{"a", "b"}, []string{"a"})
	testkit.OneLine(t, "too few lines", err, "set 2 of references has 1 lines, but there are 2 translations")
}
