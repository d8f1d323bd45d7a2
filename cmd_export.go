package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/train"
)

type exportCommand struct {
	dataFlags
	Dir    string   `arg:"" name:"run" help:"The run folder."`
	Format []string `default:"onnx,safetensors" help:"What to write: onnx, safetensors." placeholder:"FORMAT,…"`
	Out    string   `help:"The folder to write into; RUN/export when it is not given." placeholder:"DIR"`
}

// exporters write a network in a format, by its name, which is also its files' ending.
func exporters() map[string]func(io.Writer, *lod.Network, export.Options) error {
	return map[string]func(io.Writer, *lod.Network, export.Options) error{"onnx": export.ONNX, "safetensors": export.Safetensors}
}

func (e *exportCommand) Run(ctx context.Context, c console) error {
	for _, format := range e.Format {
		if exporters()[format] == nil {
			return fmt.Errorf("no format %q; the formats are onnx, safetensors", format)
		}
	}
	config, err := train.ReadConfig(e.Dir)
	if err != nil {
		return err
	}
	t := newTerminal(c.err)
	defer t.clear()
	backend, splits, err := prepareTraining(ctx, c, t, config.Settings.Data, config.DataOptions(e.DataDir, nil), parallelFlags{})
	if err != nil {
		return err
	}
	defer backend.Finalize()
	run, err := train.Open(backend, e.Dir, splits, train.Options{Warn: func(text string) { fmt.Fprintln(c.err, "warning:", text) }})
	if err != nil {
		return err
	}
	defer run.Close()
	if err := run.Gather(); err != nil {
		return err
	}
	o, err := exportOptions(run, splits)
	if err != nil {
		return err
	}
	out := e.Out
	if out == "" {
		out = filepath.Join(e.Dir, "export")
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return fmt.Errorf("cannot make the output folder: %w", err)
	}
	formats := slices.Clone(e.Format)
	slices.Sort(formats)
	for _, format := range slices.Compact(formats) {
		path := filepath.Join(out, "model."+format)
		if err := writeWhole(path, func(w io.Writer) error { return exporters()[format](w, run.Network, o) }); err != nil {
			return err
		}
		fmt.Fprintln(c.out, path)
	}
	return nil
}

// exportOptions describe a run's data, and where the network comes from.
func exportOptions(run *train.Run, splits *data.Splits) (export.Options, error) {
	// By the keys of config.yaml.
	text, err := yaml.Marshal(run.Settings)
	if err != nil {
		return export.Options{}, err
	}
	var byKey map[string]any
	if err := yaml.Unmarshal(text, &byKey); err != nil {
		return export.Options{}, err
	}
	settings, err := json.Marshal(byKey)
	if err != nil {
		return export.Options{}, err
	}
	set := splits.Train
	return export.Options{
		Input: []int{set.Height, set.Width, set.Channels}, Mean: splits.Mean, Std: splits.Std,
		Metadata: map[string]string{"model": run.Settings.Model, "data": splits.Name, "epochs": fmt.Sprint(run.Epoch()), "settings": string(settings)},
	}, nil
}

// writeWhole writes a file that is put in place when it is whole.
func writeWhole(path string, fill func(io.Writer) error) error {
	part := path + ".part"
	f, err := os.Create(part)
	if err != nil {
		return fmt.Errorf("cannot write the export: %w", err)
	}
	if err := errors.Join(fill(f), f.Close()); err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return errors.Join(errors.New(line), os.Remove(part))
	}
	return os.Rename(part, path)
}
