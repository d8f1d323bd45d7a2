package cli

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/maestro/task/captions"
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
	backend, t, end, err := l.start(ctx, c)
	if err != nil {
		return err
	}
	defer end()
	o := data.Options{Dir: l.DataDir, Report: t.report, Warn: func(text string) {
		t.clear()
		fmt.Fprintln(c.err, "warning:", text)
	}}
	interpreter, err := studies.NewInterpreter(ctx, backend, l.Dir, o)
	if err != nil {
		return err
	}
	defer interpreter.Close()
	found, cut, err := interpreter.Translate(ctx, l.Beam, sentences...)
	if err != nil {
		return err
	}
	if cut > 0 {
		o.Warn(fmt.Sprintf("%d of %d sentences are longer than %d pieces: what is beyond is cut off", cut,
			len(sentences), interpreter.Corpus.Shape.Longest-1))
	}
	t.clear()
	for _, f := range found {
		fmt.Fprintln(c.out, f)
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
