package studies

import (
	"context"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/decode"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/captions"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Interpreter is the Transformer of a run, ready to translate sentences. It is for one goroutine at a time.
type Interpreter struct {
	Corpus  *captions.Corpus
	Run     *train.Run
	backend compute.Backend
	found   *decode.Decoder // for a beam
	beam    int
}

// NewInterpreter opens a run on captions, or a model of its ladder, with its data, from which its pieces are learnt.
func NewInterpreter(ctx context.Context, backend compute.Backend, dir string, o data.Options) (*Interpreter, error) {
	config, err := runs.ReadConfig(dir)
	if err != nil {
		return nil, err
	}
	from := images.DataOptions(config, o.Dir, o.Report)
	from.Warn = o.Warn
	corpus, err := captions.Read(ctx, config.Settings, from)
	if err != nil {
		return nil, err
	}
	run, err := train.Open(backend, dir, corpus.Task, train.Options{Warn: o.Warn})
	if err != nil {
		return nil, err
	}
	return &Interpreter{Corpus: corpus, Run: run, backend: backend}, nil
}

// Translate translates sentences, following so many hypotheses of each; 1 takes the likeliest piece each time. It says
// how many sentences were longer than the network takes, and cut.
func (i *Interpreter) Translate(ctx context.Context, beam int, sentences ...string) (translations []string, cut int,
	err error) {
	sources, cut := i.Corpus.Sources(sentences)
	if i.found == nil || i.beam != beam {
		s := decode.Defaults()
		s.Beam, s.Batch = beam, max(1, min(len(sources), s.Batch))
		d, err := decode.New(i.backend, i.Run.Network, i.Corpus.Shape, s)
		if err != nil {
			return nil, cut, err
		}
		if i.found != nil {
			i.found.Close()
		}
		i.found, i.beam = d, beam
	}
	found, err := i.found.Translate(ctx, sources)
	if err != nil {
		return nil, cut, err
	}
	for _, f := range found {
		translations = append(translations, i.Corpus.Pieces.Decode(f.Pieces))
	}
	return translations, cut, nil
}

// Close frees what it holds on the device.
func (i *Interpreter) Close() {
	if i.found != nil {
		i.found.Close()
	}
	i.Run.Close()
}
