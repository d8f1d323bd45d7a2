package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/maestro-lod/notebook/maestro/decode"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/captions"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

type translateCommand struct {
	dataFlags
	deviceFlags
	Dir       string   `arg:"" name:"run" help:"The run folder."`
	Sentences []string `arg:"" optional:"" help:"What to translate; the lines of the standard input when nothing is given."`
	Beam      int      `default:"1" help:"Hypotheses that are followed; 1 takes the likeliest piece each time."`
}

func (l *translateCommand) Run(ctx context.Context, c console) error {
	config, err := runs.ReadConfig(l.Dir)
	if err != nil {
		return err
	}
	if !captions.Is(config.Settings) {
		return fmt.Errorf("%s is the run of a %s on %s, which does not translate: name one of --model %s", l.Dir,
			config.Settings.Model, config.Settings.Data, captions.Model)
	}
	sentences, err := l.sentences()
	if err != nil {
		return err
	}
	t := newTerminal(c.err)
	defer t.clear()
	from := images.DataOptions(config, l.DataDir, t.report)
	corpus, err := captions.Read(ctx, config.Settings, from)
	if err != nil {
		return err
	}
	backend, err := l.open(ctx, c, t)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	run, err := train.Open(backend, l.Dir, corpus.Task, train.Options{
		Warn: func(text string) { fmt.Fprintln(c.err, "warning:", text) }})
	if err != nil {
		return err
	}
	defer run.Close()
	sources, cut := corpus.Sources(sentences)
	if cut > 0 {
		t.clear()
		fmt.Fprintf(c.err, "warning: %d of %d sentences are longer than %d pieces: what is beyond is cut off\n", cut,
			len(sentences), corpus.Shape.Longest-1)
	}
	s := decode.Defaults()
	s.Beam, s.Batch = l.Beam, min(len(sources), 16)
	d, err := decode.New(backend, run.Network, corpus.Shape, s)
	if err != nil {
		return err
	}
	defer d.Close()
	found, err := d.Translate(ctx, sources)
	if err != nil {
		return err
	}
	t.clear()
	for _, f := range found {
		fmt.Fprintln(c.out, corpus.Pieces.Decode(f.Pieces))
	}
	return nil
}

// sentences are those of the command, or the lines of the standard input.
func (l *translateCommand) sentences() (all []string, err error) {
	all = l.Sentences
	if len(all) == 0 {
		lines := bufio.NewScanner(os.Stdin)
		for lines.Scan() {
			all = append(all, lines.Text())
		}
		if err := lines.Err(); err != nil {
			return nil, fmt.Errorf("reading the standard input: %w", err)
		}
	}
	for i, s := range all {
		if strings.TrimSpace(s) == "" {
			return nil, fmt.Errorf("sentence %d is empty", i+1)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("there is nothing to translate: name sentences, or pipe lines in")
	}
	return all, nil
}
