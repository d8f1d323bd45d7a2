package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/maestro-lod/notebook/kernel"
)

type notebookCommand struct {
	Run notebookRunCommand `cmd:"" help:"Execute notebooks and write them with their outputs, as .ipynb and HTML."`
}

type notebookRunCommand struct {
	Files       []string      `arg:"" name:"file" help:"Notebooks to execute, each on a fresh kernel."`
	Out         string        `default:"notebooks-out" help:"The folder to write into." placeholder:"DIR"`
	CellTimeout time.Duration `default:"10m" help:"The longest one cell may take; 0 for no limit." placeholder:"DURATION"`
}

func (n *notebookRunCommand) Run(ctx context.Context, c console) error {
	setup, err := prepare(ctx, c)
	if err != nil {
		return err
	}
	t := newTerminal(c.err)
	defer t.clear()
	for _, file := range n.Files {
		if err := setup.Run(ctx, file, kernel.RunOptions{Out: n.Out, CellTimeout: n.CellTimeout, Report: t.report}); err != nil {
			return err
		}
		t.clear()
		fmt.Fprintln(c.out, filepath.Join(n.Out, filepath.Base(file)))
	}
	return nil
}
