package language_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/language"
	"github.com/maestro-lod/notebook/maestro/train"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestCharacters: a text comes back from its pieces, and a character that the training split lacks is unknown.
func TestCharacters(t *testing.T) {
	c, alphabet, err := language.Characters("abc", "abäaaacbé?")
	if err != nil {
		t.Fatal(err)
	}
	if c.Pieces != 8 || string(alphabet) != "abcä" || alphabet.Decode(c.Train) != "abäaaacb" ||
		alphabet.Decode(c.Test) != "�" {
		t.Errorf("corpus %+v of %q", c, string(alphabet))
	}
	_, _, err = language.Characters("torn", "good\nb\xffd")
	testkit.OneLine(t, "a text that is not UTF-8", err, `the text "torn", line 2: it is not UTF-8`)
}

// TestBlocks: every piece but a text's first is told once.
func TestBlocks(t *testing.T) {
	text := []int32{4, 5, 6, 7, 8, 9}
	c := language.Corpus{Name: "six", Pieces: 10, Train: text, Validation: text[:4], Test: text[:2]}
	m := models.LanguageModel(models.TransformerShape{Vocabulary: 10, Width: 8, Heads: 2, FeedForward: 8, Decoder: 1,
		Longest: 3})
	it, err := language.New("small", m, c, 3)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int32{4, 5, 6, 7, 7, 8, 9, 0},
		tensors.MustCopyFlatData[int32](it.Data.Train[0].Tensor())); diff != "" {
		t.Errorf("blocks (-want +got):\n%s", diff)
	}
	if v, last := it.Data.Validation.Len(), it.Data.Test.Len(); v != 1 || last != 1 {
		t.Errorf("%d and %d blocks", v, last)
	}
	c.Test = text[:1]
	_, err = language.New("small", m, c, 3)
	testkit.OneLine(t, "a text of one piece", err, "the test text has 1 pieces: it needs two")
	c.Train = []int32{4, 12}
	_, err = language.New("small", m, c, 3)
	testkit.OneLine(t, "a piece that there is not", err,
		"the training text: piece 2 is 12: those of text are from 3 to 9")
}

// TestLanguageModel: characters of a text that repeats itself are told from those before; ranks fall.
func TestLanguageModel(t *testing.T) {
	c, _, err := language.Characters("lines", strings.Repeat("the cat sat on the mat. a dog lay by the log. ", 150))
	if err != nil {
		t.Fatal(err)
	}
	const length = 16
	m := models.LanguageModel(models.TransformerShape{Vocabulary: c.Pieces, Width: 24, Heads: 2, FeedForward: 32,
		Decoder: 1, Longest: length,
		Dropout: 0.05, Shared: true, PreNorm: true})
	it, err := language.New("small", m, c, length)
	if err != nil {
		t.Fatal(err)
	}
	s := runs.Defaults()
	s.Epochs, s.Batch, s.Optimizer, s.LR, s.Schedule, s.Warmup, s.LambdaGL, s.EpsPS = 12, 16, "adamw", 0.01,
		"inverse-sqrt", 40, 1e-4, 1e-2
	r, err := train.New(testkit.Backend(t), filepath.Join(t.TempDir(), "run"), s, it, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	full := r.Network.Ranks()
	if err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	metrics, err := runs.ReadMetrics(r.Dir)
	if err != nil || len(metrics) == 0 {
		t.Fatal(err)
	}
	// 46 characters that repeat: nothing is uncertain but the first of each block.
	if last := metrics[len(metrics)-1]; last.Name != "perplexity" || !(last.Value < 1.8) {
		t.Errorf("the last of the metrics is %+v", last)
	}
	before, after := 0, 0
	for i, rank := range r.Network.Ranks() {
		before, after = before+full[i], after+rank
	}
	if after >= before {
		t.Errorf("the total rank is %d of %d", after, before)
	}
}
