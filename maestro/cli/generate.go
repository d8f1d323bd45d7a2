package cli

import (
	"context"
	"fmt"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/studies"
)

type generateCommand struct {
	dataFlags
	deviceFlags
	Dir         string  `arg:"" name:"run" help:"The run folder."`
	Text        string  `arg:"" optional:"" default:"The " help:"What to go on with."`
	Count       int     `default:"400" placeholder:"N" help:"Characters to write."`
	Temperature float64 `default:"0.7" placeholder:"T" help:"1 draws as the network predicts, less keeps closer to what it deems likely, 0 takes the likeliest."`
	Seed        uint64  `default:"1" placeholder:"N" help:"Of the draws."`
}

func (g *generateCommand) Run(ctx context.Context, c console) error {
	backend, t, end, err := g.start(ctx, c)
	if err != nil {
		return err
	}
	defer end()
	o := data.Options{Dir: g.DataDir, Report: t.report, Warn: func(text string) {
		t.clear()
		fmt.Fprintln(c.err, "warning:", text)
	}}
	writer, err := studies.NewWriter(ctx, backend, g.Dir, o)
	if err != nil {
		return err
	}
	defer writer.Close()
	continued, unknown, err := writer.Continue(ctx, g.Text, g.Count, g.Temperature, g.Seed)
	if err != nil {
		return err
	}
	if unknown > 0 {
		o.Warn(fmt.Sprintf("%d of the text's characters are none of what the model was trained on", unknown))
	}
	t.clear()
	fmt.Fprintln(c.out, g.Text+continued)
	return nil
}
