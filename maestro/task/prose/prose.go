// Package prose is the task of telling the next character of a text by a small language model: where one who comes for
// language models can start.
package prose

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/language"
)

// The names that settings have for the model and the data.
const (
	Model   = "language-model"
	Opticks = "opticks" // data.Opticks
	Own     = "text"    // data.OwnText
)

// Length is how many characters the model sees, where settings do not say.
const Length = 64

// Is says whether settings name this task's model or its data.
func Is(s runs.Settings) bool { return s.Model == Model || s.Data == Opticks || s.Data == Own }

// Defaults are the settings where nothing is given: a Transformer of two layers that two CPU cores train in minutes.
func Defaults() runs.Settings {
	s := runs.Defaults()
	s.Model, s.Data = Model, Opticks
	s.Width, s.Heads, s.Layers, s.Length, s.PreNorm, s.Dropout = 96, 4, 2, Length, true, 0.1
	s.Epochs, s.Batch, s.Optimizer, s.LR, s.Schedule, s.Warmup = 10, 32, "adamw", 3e-3, "cosine", 100
	s.Momentum, s.LambdaGL, s.EpsPS = 0, 1e-5, 0.05
	return s
}

// Shape is the model that settings mean, of so many pieces and a length.
func Shape(s runs.Settings, pieces, length int) models.TransformerShape {
	width := cmp.Or(s.Width, 96)
	return models.TransformerShape{Vocabulary: pieces, Width: width, Heads: cmp.Or(s.Heads, 4),
		FeedForward: cmp.Or(s.FeedForward, 4*width), Decoder: cmp.Or(s.Layers, 2), Longest: length, Dropout: s.Dropout,
		PreNorm: s.PreNorm, Shared: true}
}

// Check is an error that names the first of the settings that cannot be.
func Check(s runs.Settings) error {
	switch {
	case s.Model != Model:
		return fmt.Errorf("model is %s: data %s wants %s", s.Model, s.Data, Model)
	case s.Data != Opticks && s.Data != Own:
		return fmt.Errorf("data is %s: model %s wants %s, which is part of the program, or %s, a file text.txt of your "+
			"own", s.Data, Model, Opticks, Own)
	case s.Augment != "":
		return fmt.Errorf("augment is %s: a text has none", s.Augment)
	case s.Pieces != 0:
		return fmt.Errorf("pieces is %d: a %s reads characters, as many as its text has: leave it away", s.Pieces, Model)
	case s.Buckets > 1:
		return fmt.Errorf("buckets is %d: a %s's examples are all of one length: leave it away", s.Buckets, Model)
	case s.Smoothing != 0:
		return fmt.Errorf("smoothing is %g: a %s has none: leave it away", s.Smoothing, Model)
	}
	return Shape(s, int(task.FirstPiece)+1, cmp.Or(s.Length, Length)).Check()
}

// Corpus is the task with what characters are turned into pieces by.
type Corpus struct {
	Task     *task.Task
	Alphabet language.Alphabet
	Shape    models.TransformerShape
}

// Read loads the text that settings name. Its first eight tenths are to train on, one tenth to validate and one to
// test, in blocks of the model's length, of which o cuts the first so many.
func Read(ctx context.Context, s runs.Settings, o data.Options) (*Corpus, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	text, err := read(ctx, s.Data, o)
	if err != nil {
		return nil, err
	}
	c, alphabet, err := language.Characters(s.Data, text.Text)
	if err != nil {
		return nil, err
	}
	length := cmp.Or(s.Length, Length)
	for _, part := range []struct {
		setting string
		blocks  int
		text    *[]int32
	}{{"train_examples", o.TrainExamples, &c.Train}, {"validation", o.Validation, &c.Validation}} {
		most := (len(*part.text) + length - 2) / length
		switch {
		case part.blocks < 0 || part.blocks > most:
			return nil, fmt.Errorf("%s is %d: it must be at least 1 and at most %d, the blocks of %d characters that "+
				"there are, or 0 for all of these", part.setting, part.blocks, most, length)
		case part.blocks > 0:
			*part.text = (*part.text)[:min(len(*part.text), part.blocks*length+1)]
		}
	}
	corpus := &Corpus{Alphabet: alphabet, Shape: Shape(s, c.Pieces, length)}
	if corpus.Task, err = language.New(Model, models.LanguageModel(corpus.Shape), c, length); err != nil {
		return nil, err
	}
	corpus.Task.Data.Config.Folder, corpus.Task.Data.Config.Checksum = text.Dir, text.Checksum
	return corpus, nil
}

func read(ctx context.Context, name string, o data.Options) (*data.Text, error) {
	if name == Opticks {
		return data.Opticks(o)
	}
	return data.OwnText(ctx, o)
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
		return task.Net{}, fmt.Errorf("%w: config.yaml does not tell the text's form", task.ErrNeedsData)
	}
	return task.Net{Name: Model, Model: models.LanguageModel(Shape(c.Settings, c.Data.Classes, c.Data.Length)),
		Inputs: language.Inputs(c.Data.Length)}, nil
}

// Synthetic is the task of the model that settings mean on random characters, as many as Opticks has, to measure how
// long things take.
func Synthetic(s runs.Settings) (*task.Task, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	letters := []rune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,;:?!()-&'*+/[]_|\\{}=")
	var text strings.Builder
	length := cmp.Or(s.Length, Length)
	for range 1024 * length {
		text.WriteRune(letters[rng.IntN(len(letters))])
	}
	c, _, err := language.Characters("random", text.String())
	if err != nil {
		return nil, err
	}
	return language.New(Model, models.LanguageModel(Shape(s, c.Pieces, length)), c, length)
}
