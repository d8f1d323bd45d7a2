package studies

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/decode"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/captions"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/text"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Translated is a trained network at the test split's sentences, translated greedily.
type Translated struct {
	BLEU      float64 `json:"bleu"`      // of sacreBLEU, percent
	Sentences int     `json:"sentences"` // that were translated
	Cut       int     `json:"cut"`       // of them whose end was cut off, as longer than the network takes
	MS        float64 `json:"ms"`        // median milliseconds of a sentence by itself, on this device
}

// TranslatorRun is one run of a translator, as its folder tells.
type TranslatorRun struct {
	Dir  string
	Seed uint64
	runs.Result
	// Perplexity is that on the validation split, of a piece, without smoothing: after the last epoch, and after the
	// best one, where training would have stopped early.
	Perplexity, Best float64
	BestEpoch        int
	Translated
}

// TranslatorRow is one translator over its seeds.
type TranslatorRow struct {
	Translator Translator
	Runs       []TranslatorRun
}

// Train makes the protocol's runs that are missing, goes on with those that were interrupted, translates with each
// once, and returns a row for every variant.
func (p Multi30k) Train(ctx context.Context, backend compute.Backend, o train.Options,
	progress cache.Progress) ([]TranslatorRow, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	here := trial.Here{Backend: backend, Options: o, DataDir: p.DataDir, Hold: p.Runs, Doing: "making its table",
		Progress: progress}
	trials := p.Trials()
	if err := here.Run(ctx, trials); err != nil {
		return nil, fmt.Errorf("multi30k, %w", err)
	}
	var corpus *captions.Corpus
	var of runs.Settings
	for _, t := range trials {
		if _, err := readTranslated(t.Dir); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		if of.Seed != t.Settings.Seed { // the seed draws the training sentences, and the pieces are learnt from them
			from := images.DataOptions(runs.Config{Settings: t.Settings}, p.DataDir, nil)
			from.Remembered = runs.Remembered(t.Dir, t.Settings.Data)
			var err error
			if corpus, err = captions.Read(ctx, t.Settings, from); err != nil {
				return nil, err
			}
			of = t.Settings
		}
		if err := translateRun(ctx, backend, t, corpus); err != nil {
			return nil, fmt.Errorf("multi30k, %s: %w", runs.Name(t.Dir), err)
		}
	}
	return p.Read()
}

func translatedFile(dir string) string { return filepath.Join(dir, "translated.json") }

func readTranslated(dir string) (t Translated, err error) {
	text, err := os.ReadFile(translatedFile(dir))
	if err != nil {
		return t, err
	}
	return t, json.Unmarshal(text, &t)
}

// translateRun translates the test split with a trial's network, and leaves what that gives in its folder.
func translateRun(ctx context.Context, backend compute.Backend, of trial.Trial, c *captions.Corpus) error {
	run, err := train.Open(backend, of.Dir, c.Task, train.Options{})
	if err != nil {
		return err
	}
	defer run.Close()
	if of.From != nil { // cut, after the training that its tables tell of
		if err := run.RecordValidation(); err != nil {
			return err
		}
	}
	found, err := Translate(ctx, backend, run.Network, c.Shape, c, c.Text.Test)
	if err != nil {
		return err
	}
	text, err := json.Marshal(found)
	if err != nil {
		return err
	}
	return atomicfile.Write(translatedFile(of.Dir), text)
}

// Translate has a network translate the sources of pairs greedily, compares with their targets, and times sentences
// one by one.
func Translate(ctx context.Context, backend compute.Backend, n *lod.Network, shape models.TransformerShape,
	c *captions.Corpus, pairs []data.Pair) (t Translated, err error) {
	const timed = 30 // sentences, after one that warms up
	var sources, targets []string
	for _, p := range pairs {
		sources, targets = append(sources, p.Source), append(targets, p.Target)
	}
	pieces, cut := c.Sources(sources)
	t.Sentences, t.Cut = len(pieces), cut
	many := decode.Greedy()
	many.Batch = 50
	all, err := decode.New(backend, n, shape, many)
	if err != nil {
		return t, err
	}
	defer all.Close()
	found, err := all.Translate(ctx, pieces)
	if err != nil {
		return t, err
	}
	var said []string
	for _, f := range found {
		said = append(said, c.Pieces.Decode(f.Pieces))
	}
	score, err := text.BLEU(said, targets)
	if err != nil {
		return t, err
	}
	t.BLEU = score.BLEU
	one := decode.Greedy()
	one.Batch = 1
	single, err := decode.New(backend, n, shape, one)
	if err != nil {
		return t, err
	}
	defer single.Close()
	var took []float64
	for i, p := range pieces[:min(len(pieces), timed+1)] {
		began := time.Now()
		if _, err := single.Translate(ctx, [][]int32{p}); err != nil {
			return t, err
		}
		if i > 0 || len(pieces) == 1 {
			took = append(took, time.Since(began).Seconds()*1000)
		}
	}
	slices.Sort(took)
	t.MS = took[len(took)/2]
	return t, nil
}

// Read opens the protocol's runs, which must be finished and have translated: a row for every variant.
func (p Multi30k) Read() ([]TranslatorRow, error) {
	rows := make([]TranslatorRow, len(p.Variants))
	for i, t := range p.Trials() {
		row := &rows[i%len(p.Variants)]
		row.Translator = p.Variants[i%len(p.Variants)]
		run, err := readTranslatorRun(t)
		if err != nil {
			return nil, fmt.Errorf("multi30k, %s, seed %d: %w", row.Translator.Name, t.Settings.Seed, err)
		}
		row.Runs = append(row.Runs, run)
	}
	return rows, nil
}

func readTranslatorRun(t trial.Trial) (r TranslatorRun, err error) {
	r.Dir, r.Seed = t.Dir, t.Settings.Seed
	record, err := t.Read()
	if err != nil {
		return r, err
	}
	if r.Result, err = record.Result(); err != nil {
		return r, err
	}
	metrics, err := runs.ReadMetrics(t.Dir)
	if err != nil {
		return r, err
	}
	r.Best = math.Inf(1)
	for _, m := range metrics {
		if m.Name == "perplexity" && m.Split == "validation" {
			if r.Perplexity = m.Value; m.Value < r.Best {
				r.Best, r.BestEpoch = m.Value, m.Epoch
			}
		}
	}
	if t.From != nil {
		r.Best, r.BestEpoch = r.Perplexity, t.Settings.Epochs
	}
	r.Translated, err = readTranslated(t.Dir)
	return r, err
}

// UnigramPerplexity is that of a model that knows how often each piece occurs in the training sentences, one time more
// than counted, at the pieces of the validation split and their ends: what any Transformer must be well below.
func UnigramPerplexity(c *captions.Corpus) float64 {
	counts, total := make([]float64, c.Pieces.Size()), 0.0
	each := func(pairs []data.Pair, do func(id int32)) {
		for _, p := range pairs {
			ids, _ := c.Pieces.Encode(p.Target)
			if len(ids) < c.Shape.Longest {
				for _, id := range append(ids, task.EndPiece) {
					do(id)
				}
			}
		}
	}
	each(c.Text.Train, func(id int32) { counts[id]++; total++ })
	entropy, n := 0.0, 0.0
	each(c.Text.Validation, func(id int32) {
		entropy -= math.Log((counts[id] + 1) / (total + float64(len(counts))))
		n++
	})
	return math.Exp(entropy / n)
}
