// Package captions is the task of translating Multi30k's captions from German to English by a Transformer, as
// Pufferfish's recipe has it: one vocabulary of pieces for both languages, one embedding for source, target and output.
package captions

import (
	"cmp"
	"context"
	"fmt"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/translation"
	"github.com/maestro-lod/notebook/maestro/text"
)

// The names that settings have for the model and the data.
const (
	Model = "transformer"
	Data  = "multi30k"
	Toy   = "captions-toy" // data.ToyCaptions
)

// The sizes where settings give none: Pufferfish's vocabulary, and a length that all but a few captions are within.
const (
	Pieces = 9521
	Length = 64
)

// Is says whether settings name this task's model or its data.
func Is(s runs.Settings) bool { return s.Model == Model || s.Data == Data || s.Data == Toy }

// Defaults are the settings where nothing is given: Pufferfish's recipe (Wang et al. 2021), but for its learning rate,
// which rises to 7e-4 over 4000 steps.
func Defaults() runs.Settings {
	s := runs.Defaults()
	s.Model, s.Data, s.Dropout, s.Smoothing, s.Epochs, s.Batch = Model, Data, 0.1, 0.1, 400, 256
	s.Optimizer, s.LR, s.Schedule, s.Warmup = "adamw", 7e-4, "inverse-sqrt", 4000
	s.AdamBeta2, s.AdamEpsilon, s.Momentum = 0.98, 1e-9, 0
	return s
}

// Shape is the Transformer that settings mean, of so many pieces and a greatest length.
func Shape(s runs.Settings, pieces, length int) models.TransformerShape {
	width := cmp.Or(s.Width, 512)
	layers := cmp.Or(s.Layers, 6)
	return models.TransformerShape{Vocabulary: pieces, Width: width, Heads: cmp.Or(s.Heads, 8),
		FeedForward: cmp.Or(s.FeedForward, 4*width), Encoder: layers, Decoder: layers, Longest: length,
		Dropout: s.Dropout, PreNorm: s.PreNorm, Shared: true}
}

// Check is an error that names the first of the settings that cannot be.
func Check(s runs.Settings) error {
	switch {
	case s.Model != Model:
		return fmt.Errorf("model is %s: data %s wants %s", s.Model, s.Data, Model)
	case s.Data != Data && s.Data != Toy:
		return fmt.Errorf("data is %s: model %s wants %s, or %s, which is part of the program", s.Data, Model, Data, Toy)
	case s.Augment != "":
		return fmt.Errorf("augment is %s: sentences have none", s.Augment)
	}
	return Shape(s, cmp.Or(s.Pieces, Pieces), cmp.Or(s.Length, Length)).Check()
}

// Corpus is the task with what sentences are turned into pieces by.
type Corpus struct {
	Task   *task.Task
	Text   *data.Parallel
	Pieces *text.Pieces
	Shape  models.TransformerShape
}

// Read loads the captions that settings name, and learns their pieces from all training sentences. Pairs that are longer
// than the network takes are left out, of which o.Warn is told, and what is left is cut as o says.
func Read(ctx context.Context, s runs.Settings, o data.Options) (*Corpus, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	all := o
	all.Validation, all.TrainExamples = 0, 0
	p, err := read(ctx, s.Data, all)
	if err != nil {
		return nil, err
	}
	pieces, err := text.Learn(data.Sentences(p.Train), cmp.Or(s.Pieces, Pieces))
	if err != nil {
		return nil, err
	}
	length := cmp.Or(s.Length, Length)
	count := func(sentence string) int {
		ids, _ := pieces.Encode(sentence)
		return len(ids)
	}
	for _, part := range []struct {
		name  string
		pairs *[]data.Pair
	}{{"training", &p.Train}, {"validation", &p.Validation}, {"test", &p.Test}} {
		within, longer := data.Within(*part.pairs, length-1, count)
		if longer > 0 && o.Warn != nil {
			o.Warn(fmt.Sprintf("%d of %d %s pairs are longer than %d pieces: they are left out", longer,
				len(*part.pairs), part.name, length-1))
		}
		if *part.pairs = within; len(within) == 0 {
			return nil, fmt.Errorf("length is %d: none of the %s pairs is as short", length, part.name)
		}
	}
	if err := p.Cut(o); err != nil {
		return nil, err
	}
	c := &Corpus{Text: p, Pieces: pieces, Shape: Shape(s, pieces.Size(), length)}
	corpus := translation.Corpus{Name: s.Data, Pieces: pieces.Size(), Train: c.encode(p.Train),
		Validation: c.encode(p.Validation), Test: c.encode(p.Test)}
	c.Task, err = translation.New(Model, models.Transformer(c.Shape), corpus,
		translation.Options{Length: length, Smoothing: s.Smoothing, Buckets: s.Buckets})
	if err != nil {
		return nil, err
	}
	c.Task.Data.Config.Folder, c.Task.Data.Config.Checksum = p.Dir, p.Checksum
	return c, nil
}

func read(ctx context.Context, name string, o data.Options) (*data.Parallel, error) {
	if name == Toy {
		return data.ToyCaptions(o)
	}
	return data.Multi30k(ctx, o)
}

// Load is Read's task.
func Load(ctx context.Context, s runs.Settings, o data.Options) (*task.Task, error) {
	c, err := Read(ctx, s, o)
	if err != nil {
		return nil, err
	}
	return c.Task, nil
}

// Net is the network of a run, without its data.
func Net(c runs.Config) (task.Net, error) {
	if c.Data.Classes == 0 || c.Data.Length == 0 {
		return task.Net{}, fmt.Errorf("%w: config.yaml does not tell the sentences' form", task.ErrNeedsData)
	}
	return task.Net{Name: Model, Model: models.Transformer(Shape(c.Settings, c.Data.Classes, c.Data.Length)),
		Inputs: translation.Inputs(c.Data.Length)}, nil
}

func (c *Corpus) encode(pairs []data.Pair) (all []translation.Pair) {
	for _, p := range pairs {
		source, _ := c.Pieces.Encode(p.Source)
		target, _ := c.Pieces.Encode(p.Target)
		all = append(all, translation.Pair{Source: source, Target: target})
	}
	return all
}

// Sources are sentences as the network takes them: their pieces and the end, those beyond its length cut off, and how
// many sentences were cut.
func (c *Corpus) Sources(sentences []string) (all [][]int32, cut int) {
	for _, sentence := range sentences {
		ids, _ := c.Pieces.Encode(sentence)
		if most := c.Shape.Longest - 1; len(ids) > most {
			ids, cut = ids[:most], cut+1
		}
		all = append(all, append(ids, task.EndPiece))
	}
	return all, cut
}
