package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/maestro-lod/notebook/kernel"
)

type notebookCommand struct {
	Run notebookRunCommand `cmd:"" help:"Execute notebooks and write them with their outputs, as .ipynb and HTML, and as PDF with --format."`
}

type notebookRunCommand struct {
	Files       []string      `arg:"" name:"file" help:"Notebooks to execute, each on a fresh kernel."`
	Out         string        `default:"notebooks-out" help:"The folder to write into." placeholder:"DIR"`
	Format      []string      `default:"ipynb,html" help:"File formats: ipynb, html, pdf (printed by a Chromium on the PATH)."`
	Parameters  []string      `short:"p" name:"parameter" sep:"none" help:"Another value for a constant or variable of the cell tagged parameters; repeatable." placeholder:"NAME=VALUE"`
	CellTimeout time.Duration `default:"10m" help:"The longest one cell may take; 0 for no limit." placeholder:"DURATION"`
}

// Run executes every notebook, also those after one that failed.
func (n *notebookRunCommand) Run(ctx context.Context, c console) error {
	o := kernel.RunOptions{Out: n.Out, Formats: n.Format, CellTimeout: n.CellTimeout, Parameters: n.Parameters}
	if err := o.Check(); err != nil {
		return err
	}
	if err := o.CheckFiles(n.Files); err != nil {
		return err
	}
	setup, err := prepare(ctx, c)
	if err != nil {
		return err
	}
	t := newTerminal(c.err)
	defer t.clear()
	o.Report = t.report
	o.Warn = func(what string) {
		t.clear()
		fmt.Fprintln(c.err, "maestro:", what)
	}
	failed := 0
	for _, file := range n.Files {
		written, err := setup.Run(ctx, file, o)
		t.clear()
		if err != nil && ctx.Err() != nil {
			return err
		}
		if err != nil {
			failed++
			fmt.Fprintln(c.err, "maestro:", err)
		}
		for _, path := range written {
			fmt.Fprintln(c.out, path)
		}
	}
	if failed > 0 {
		return exitStatus(1)
	}
	return nil
}
