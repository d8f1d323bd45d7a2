package studies_test

import (
	"context"
	"fmt"
	"math"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/maestro/task/captions"
	"github.com/maestro-lod/notebook/maestro/testmode"
	"github.com/maestro-lod/notebook/maestro/train"
)

// toyTable is a table that takes seconds, of a toy language that a small Transformer learns.
func toyTable(t *testing.T) studies.Multi30k {
	p := studies.QuickMulti30k()
	p.DataDir, p.Runs = testkit.SmallMulti30k(t, 1200), filepath.Join(t.TempDir(), "runs")
	s := &p.Settings
	s.Data = captions.Data
	s.TrainExamples, s.Validation, s.Pieces, s.Length = 0, 0, 150, 24
	s.Width, s.FeedForward, s.Epochs, s.Batch, s.LR, s.Warmup, s.EpsPS = 32, 64, 10, 40, 0.01, 60, 0.05
	p.Warm = 2
	whole, pufferfish, ladder, lasso := p.Variants[1], p.Variants[3], p.Variants[5], p.Variants[6]
	p.Variants = []studies.Translator{whole, pufferfish, ladder, lasso}
	return p
}

// TestMulti30kTable: Transformers learn to translate, the lasso takes ranks from attention and feed-forwards, a table
// that was cut short is made to the same end, and one that is made is opened without a device.
func TestMulti30kTable(t *testing.T) {
	testmode.Long(t, "trains Transformers until they translate")
	p := toyTable(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	begun := 0
	if _, err := p.Train(ctx, testkit.Backend(t), train.Options{}, func(string, int, int) {
		if begun++; begun == 2 {
			cancel()
		}
	}); err == nil {
		t.Fatal("it was not cut short")
	}
	rows, err := p.Train(t.Context(), testkit.Backend(t), train.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.Train(t.Context(), nil, train.Options{}, nil)
	if err != nil {
		t.Fatal("opening finished runs:", err)
	}
	if diff := cmp.Diff(rows, again, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("opened (-made +opened):\n%s", diff)
	}
	c, err := captions.Read(t.Context(), p.Settings, data.Options{Dir: p.DataDir})
	if err != nil {
		t.Fatal(err)
	}
	unigram := studies.UnigramPerplexity(c)
	for _, row := range rows {
		r := row.Runs[0]
		t.Logf("%s: perplexity %.2f (best %.2f), BLEU %.1f, rank %d, %d MACs, %.1f ms", row.Translator.Name,
			r.Perplexity, r.Best, r.BLEU, r.TotalRank(), r.MACs, r.MS)
		if !(r.Best < unigram/4) || r.Best > r.Perplexity || r.BLEU < 20 || r.Sentences != 40 || math.IsNaN(r.MS) {
			t.Errorf("%s: %+v, where a unigram model's perplexity is %.2f", row.Translator.Name, r, unigram)
		}
	}
	full, last := rows[0].Runs[0], rows[len(rows)-1].Runs[0]
	if last.TotalRank() >= full.TotalRank() || last.MACs > full.MACs {
		t.Errorf("the lasso leaves rank %d of %d, and %d of %d MACs", last.TotalRank(), full.TotalRank(), last.MACs,
			full.MACs)
	}
	if text := fmt.Sprint(studies.Multi30kText(p, rows).Rows); text == "" {
		t.Error("no table")
	}
}
