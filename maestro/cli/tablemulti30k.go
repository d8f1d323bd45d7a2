package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/maestro/table"
	"github.com/maestro-lod/notebook/maestro/train"
)

// multi30k makes the table of Transformers.
func (t *tableCommand) multi30k(ctx context.Context, c console) error {
	if t.List {
		for _, p := range studies.Multi30kProtocols() {
			fmt.Fprintf(c.out, "%s: %s Runs in %s.\n", p.Name, p.About, p.Runs)
			for _, v := range p.Variants {
				fmt.Fprintf(c.out, "  %-18s %s\n", v.Name, v.Title)
			}
		}
		return nil
	}
	p, err := t.planMulti30k()
	if err != nil {
		return err
	}
	backend, bar, end, err := t.start(ctx, c)
	if err != nil {
		return err
	}
	defer end()
	o := train.Options{Progress: bar.training, Warn: func(text string) {
		bar.clear()
		fmt.Fprintln(c.err, "warning:", text)
	}}
	rows, err := p.Train(ctx, backend, o, func(run string, done, runs int) {
		bar.clear()
		fmt.Fprintf(c.err, "%s (%d of %d)\n", run, done+1, runs)
	})
	if err != nil {
		return err
	}
	bar.clear()
	return t.write(c, studies.Multi30kText(p, rows))
}

// planMulti30k is the protocol with what the flags change.
func (t *tableCommand) planMulti30k() (studies.Multi30k, error) {
	p, err := studies.NamedMulti30k(t.Protocol)
	if err != nil {
		return p, err
	}
	for _, f := range t.Format {
		if err := table.CheckFormat(f); err != nil {
			return p, err
		}
	}
	p.DataDir = t.DataDir
	if t.Runs != "" {
		p.Runs = t.Runs
	}
	if len(t.Seeds) > 0 {
		p.Seeds = t.Seeds
	}
	if len(t.Variants) == 0 {
		return p, nil
	}
	all := p.Variants
	p.Variants = nil
	for _, name := range t.Variants {
		i := slices.IndexFunc(all, func(v studies.Translator) bool { return v.Name == name })
		if i < 0 {
			var known []string
			for _, v := range all {
				known = append(known, v.Name)
			}
			return p, fmt.Errorf("protocol %s has no variant %q: use %s", p.Name, name, strings.Join(known, ", "))
		}
		p.Variants = append(p.Variants, all[i])
	}
	return p, nil
}
