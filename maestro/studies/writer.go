package studies

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/decode"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/task/prose"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Writer is the language model of a run, ready to go on with a text. It is for one goroutine at a time.
type Writer struct {
	Corpus *prose.Corpus
	Run    *train.Run
	next   *decode.Writer
}

// NewWriter opens a run on a text, or a model of its ladder, with its data, from which its alphabet is.
func NewWriter(ctx context.Context, backend compute.Backend, dir string, o data.Options) (*Writer, error) {
	config, err := runs.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	if !prose.Is(config.Settings) {
		return nil, fmt.Errorf("%s is the run of a %s on %s, which does not write: name one of --model %s", dir,
			config.Settings.Model, config.Settings.Data, prose.Model)
	}
	from := images.DataOptions(config, o.Dir, o.Report)
	from.Warn = o.Warn
	corpus, err := prose.Read(ctx, config.Settings, from)
	if err != nil {
		return nil, err
	}
	run, err := train.Open(backend, dir, corpus.Task, train.Options{Warn: o.Warn})
	if err != nil {
		return nil, err
	}
	next, err := decode.NewWriter(backend, run.Network)
	if err != nil {
		run.Close()
		return nil, err
	}
	return &Writer{Corpus: corpus, Run: run, next: next}, nil
}

// Continue writes so many characters after a text, which the same seed writes again; decode.Sampling says what the
// temperature does. It says how many characters of the text the model does not know.
func (w *Writer) Continue(ctx context.Context, text string, count int, temperature float64, seed uint64) (
	continued string, unknown int, err error) {
	pieces := w.Corpus.Alphabet.Encode(text)
	for _, p := range pieces {
		if p == task.UnknownPiece {
			unknown++
		}
	}
	drawn, err := w.next.Continue(ctx, pieces, count, decode.Sampling{Temperature: temperature,
		Unwanted: []int32{task.PaddingPiece, task.BeginPiece, task.EndPiece, task.UnknownPiece}},
		rand.New(rand.NewPCG(seed, 0x7772697465))) // "write"
	return w.Corpus.Alphabet.Decode(drawn), unknown, err
}

// Close frees what it holds on the device.
func (w *Writer) Close() {
	w.next.Close()
	w.Run.Close()
}
