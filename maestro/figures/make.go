package figures

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/plots"
)

// Options sets how figures are made.
type Options struct {
	Out      string         // the folder to write into; made when missing
	Formats  []string       // of pdf, svg, png
	Set      []string       // KEY=VALUE settings, for every figure
	Progress cache.Progress // told of the figure being made and how far its study is
	// Written is told of each file; it may be nil.
	Written func(path string)
}

// Formats lists the file formats a figure can be written in.
func Formats() []string { return []string{"pdf", "svg", "png"} }

// job is one figure with its settings.
type job struct {
	figure   Figure
	settings any
	run      runKey
}

// runKey tells whether two figures can share a run of a study.
type runKey struct {
	study    any
	settings string
}

// Plan is a checked list of figures to make.
type Plan struct {
	jobs    []job
	options Options
}

// NewPlan checks names and options, so that a mistake shows before anything is computed.
func NewPlan(names []string, o Options) (*Plan, error) {
	chosen, err := Select(names)
	if err != nil {
		return nil, err
	}
	for _, format := range o.Formats {
		if !slices.Contains(Formats(), format) {
			return nil, fmt.Errorf("no format %q; the formats are %s", format, strings.Join(Formats(), ", "))
		}
	}
	p := &Plan{options: o}
	for _, f := range chosen {
		settings, err := f.configure(o.Set)
		if err != nil {
			return nil, err
		}
		text, err := fingerprint(settings)
		if err != nil {
			return nil, err
		}
		p.jobs = append(p.jobs, job{figure: f, settings: settings, run: runKey{f.study, text}})
	}
	if err := writable(o.Out); err != nil {
		return nil, err
	}
	return p, nil
}

// writable makes the output folder and tries it.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the output folder: %w", err)
	}
	probe, err := os.CreateTemp(dir, ".probe-*")
	if err != nil {
		return fmt.Errorf("cannot write into the output folder %s: %w", dir, err)
	}
	_ = probe.Close()
	return os.Remove(probe.Name())
}

// Make measures and writes every figure of the plan: NAME.pdf and its like, and NAME.csv with the numbers in it.
func (p *Plan) Make(ctx context.Context, backend compute.Backend) error {
	results := map[runKey]any{}
	for _, j := range p.jobs {
		result, ok := results[j.run]
		if !ok {
			progress := func(what string, step, steps int) {
				p.options.Progress.Tell(j.figure.Name+": "+what, step,
					steps)
			}
			var err error
			if result, err = j.figure.run(ctx, backend, j.settings, progress); err != nil {
				return fmt.Errorf("figure %s: %w", j.figure.Name, err)
			}
			results[j.run] = result
		}
		if err := p.write(j.figure, result); err != nil {
			return fmt.Errorf("figure %s: %w", j.figure.Name, err)
		}
	}
	return nil
}

func (p *Plan) write(f Figure, result any) error {
	curves, picture, err := f.draw(result)
	if err != nil {
		return err
	}
	stem := filepath.Join(p.options.Out, f.Name)
	for _, format := range p.options.Formats {
		if err := plots.Save(picture, plots.Size{}, stem+"."+format); err != nil {
			return err
		}
		p.wrote(stem + "." + format)
	}
	var table bytes.Buffer
	if err := plots.WriteCSV(&table, curves); err != nil {
		return err
	}
	if err := atomicfile.Write(stem+".csv", table.Bytes()); err != nil {
		return err
	}
	p.wrote(stem + ".csv")
	return nil
}

func (p *Plan) wrote(path string) {
	if p.options.Written != nil {
		p.options.Written(path)
	}
}
