package cli

import (
	"context"
	"fmt"

	"github.com/maestro-lod/notebook/maestro/figures"
)

type figuresCommand struct {
	deviceFlags
	Names  []string `arg:"" optional:"" name:"name" help:"The figures to make; all of them when none is named."`
	Out    string   `default:"figures-out" help:"The folder to write into." placeholder:"DIR"`
	Format []string `default:"pdf,svg,png" help:"File formats: pdf, svg, png."`
	Seed   *uint64  `help:"Seed of the study: its problem, start and sampled ranks." placeholder:"N"`
	Set    []string `sep:"none" help:"A setting of the figures' study, such as steps=20000; may be repeated." placeholder:"KEY=VALUE"`
	List   bool     `help:"List the figures and stop."`
}

func (f *figuresCommand) Run(ctx context.Context, c console) error {
	if f.List {
		for _, figure := range figures.All() {
			fmt.Fprintf(c.out, "%-22s %s\n", figure.Name, figure.About)
		}
		return nil
	}
	t := newTerminal(c.err)
	defer t.clear()
	o := figures.Options{
		Out: f.Out, Formats: f.Format, Set: f.Set,
		Progress: t.report,
		Written:  func(path string) { t.clear(); fmt.Fprintln(c.out, path) },
	}
	if f.Seed != nil {
		o.Set = append(o.Set, fmt.Sprintf("seed=%d", *f.Seed))
	}
	plan, err := figures.NewPlan(f.Names, o)
	if err != nil {
		return err
	}
	backend, err := f.open(ctx, c, t)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	return plan.Make(ctx, backend)
}
