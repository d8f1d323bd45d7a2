package cli

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

	"github.com/gomlx/compute"
	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/export"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

type exportCommand struct {
	dataFlags
	Dir    string   `arg:"" name:"run" help:"The run folder."`
	Format []string `default:"onnx,safetensors" help:"What to write: onnx, safetensors." placeholder:"FORMAT,…"`
	Batch  int      `placeholder:"N" help:"The one batch size that the ONNX model takes, for runtimes that need to know it; any when it is not given."`
	Opset  int      `placeholder:"N" help:"The version of ONNX's operators, from 11 to 17; 13 when it is not given, which runtimes since 2021 read."`
	Out    string   `help:"The folder to write into; RUN/export when it is not given." placeholder:"DIR"`
}

// exporters write a network in a format, by its name, which is also its files' ending.
func exporters() map[string]func(io.Writer, *lod.Network, export.Options) error {
	return map[string]func(io.Writer, *lod.Network, export.Options) error{"onnx": export.ONNX,
		"safetensors": export.Safetensors}
}

func (e *exportCommand) Run(ctx context.Context, c console) error {
	for _, format := range e.Format {
		if exporters()[format] == nil {
			return fmt.Errorf("no format %q; the formats are onnx, safetensors", format)
		}
	}
	if _, err := runs.ReadConfig(e.Dir); err != nil { // before a device is opened
		return err
	}
	t := newTerminal(c.err)
	defer t.clear()
	backend, err := deviceFlags{}.open(ctx, c, t)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	run, end, err := e.open(ctx, c, t, backend)
	if err != nil {
		return err
	}
	defer end()
	o, err := exportOptions(run)
	if err != nil {
		return err
	}
	o.Batch, o.Opset = e.Batch, e.Opset
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
		if err := writeWhole(path, func(w io.Writer) error {
			return exporters()[format](w, run.Network,
				o)
		}); err != nil {
			return err
		}
		fmt.Fprintln(c.out, path)
	}
	return nil
}

// open reads a run's network, without the data where it can be had whole so; end frees it.
func (e *exportCommand) open(ctx context.Context, c console, t *terminal, backend compute.Backend) (_ *train.Alone,
	end func(), err error) {
	config, err := runs.ReadConfig(e.Dir)
	if err != nil {
		return nil, nil, err
	}
	o := train.Options{Own: c.tasks.own(config.Settings),
		Warn: func(text string) { fmt.Fprintln(c.err, "warning:", text) }}
	alone, why := train.OpenAlone(backend, e.Dir, c.tasks.net, o)
	if !errors.Is(why, task.ErrNeedsData) {
		if why != nil {
			return nil, nil, why
		}
		return alone, alone.Network.Store().Finalize, nil
	}
	from := images.DataOptions(config, e.DataDir, t.report)
	from.Warn = o.Warn
	task, err := c.tasks.load(ctx, config.Settings, from)
	if err != nil {
		return nil, nil, fmt.Errorf("%w; but %w", why, err)
	}
	run, err := train.Open(backend, e.Dir, task, o)
	if err != nil {
		return nil, nil, err
	}
	if alone, err = run.Alone(); err != nil {
		run.Close()
		return nil, nil, err
	}
	return alone, run.Close, nil
}

// exportOptions describe a run's data, and where the network comes from.
func exportOptions(run *train.Alone) (export.Options, error) {
	// By the keys of config.yaml.
	text, err := yaml.Marshal(run.Config.Settings)
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
	s := run.Config.Settings
	return export.Options{
		Metadata: map[string]string{"model": s.Model, "data": s.Data, "epochs": fmt.Sprint(run.Epoch),
			"settings": string(settings)},
	}, nil
}

// writeWhole writes an export whole, or says why not in one line.
func writeWhole(path string, fill func(io.Writer) error) error {
	if err := atomicfile.Create(path, fill); err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return fmt.Errorf("cannot write the export: %s", line)
	}
	return nil
}
