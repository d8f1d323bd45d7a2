package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/maestro/table"
	"github.com/maestro-lod/notebook/maestro/train"
)

type tableCommand struct {
	Table string `arg:"" optional:"" default:"table1" enum:"table1,multi30k" help:"table1, of networks on images, or multi30k, of Transformers."`
	dataFlags
	deviceFlags
	Protocol string   `default:"reduced" help:"How the variants are trained: paper, reduced or quick; --list says what each costs." placeholder:"NAME"`
	Variants []string `help:"The rows to make; all of the protocol's when it is not given." placeholder:"NAME,…"`
	Seeds    []uint64 `help:"The seeds; the protocol's when it is not given." placeholder:"N,…"`
	Runs     string   `help:"The folder of the run folders; the protocol's when it is not given." placeholder:"DIR"`
	Out      string   `help:"Write the table to files of this name, with .md, .csv and .tex; of a folder, to the table's name in it; else it is printed as Markdown." placeholder:"PATH"`
	Format   []string `default:"md,csv,tex" help:"The files to write: md, csv, tex."`
	List     bool     `help:"List the protocols and their variants, and stop."`
}

func (t *tableCommand) Run(ctx context.Context, c console) error {
	if t.Table == "multi30k" {
		return t.multi30k(ctx, c)
	}
	if t.List {
		for _, p := range studies.Protocols() {
			fmt.Fprintf(c.out, "%s: %s Runs in %s.\n", p.Name, p.About, p.Runs)
			for _, v := range p.Variants {
				fmt.Fprintf(c.out, "  %-18s %s\n", v.Name, v.Title)
			}
		}
		return nil
	}
	p, err := t.plan()
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
		fmt.Fprintln(c.err, "warning:",
			text)
	}}
	rows, err := studies.Table1(ctx, backend, p, o, func(run string, done, runs int) {
		bar.clear()
		fmt.Fprintf(c.err, "%s (%d of %d)\n", run, done+1, runs)
	})
	if err != nil {
		return err
	}
	bar.clear()
	return t.write(c, studies.Table1Text(p, rows))
}

// plan is the protocol with what the flags change.
func (t *tableCommand) plan() (studies.Protocol, error) {
	p, err := studies.NamedProtocol(t.Protocol)
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
		i := slices.IndexFunc(all, func(v studies.Variant) bool { return v.Name == name })
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

func (t *tableCommand) write(c console, text table.Table) error {
	if t.Out == "" {
		return text.Write(c.out, "md")
	}
	name := t.files()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return err
	}
	for _, format := range t.Format {
		path := name + "." + format
		var b strings.Builder
		if err := text.Write(&b, format); err != nil {
			return err
		}
		if err := atomicfile.Write(path, []byte(b.String())); err != nil {
			return err
		}
		fmt.Fprintln(c.out, path)
	}
	return nil
}

// files is the name of the files without their endings.
func (t *tableCommand) files() string {
	info, err := os.Stat(t.Out)
	if strings.HasSuffix(t.Out, "/") || strings.HasSuffix(t.Out, string(filepath.Separator)) || err == nil &&
		info.IsDir() {
		return filepath.Join(t.Out, t.Table)
	}
	for _, ending := range []string{".md", ".csv", ".tex"} {
		if name, ok := strings.CutSuffix(t.Out, ending); ok && filepath.Base(t.Out) != ending {
			return name
		}
	}
	return t.Out
}
