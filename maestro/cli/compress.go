package cli

import (
	"context"
	"fmt"
	"math"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/nanjson"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
)

type compressCommand struct {
	dataFlags
	deviceFlags
	Dir           string    `arg:"" name:"run" help:"The run folder."`
	TargetMACs    float64   `name:"target-macs" placeholder:"F" help:"Go down to this share of the non-factorised network's MACs."`
	TargetParams  float64   `name:"target-params" placeholder:"F" help:"Go down to this share of its parameters."`
	TargetLatency float64   `name:"target-latency" placeholder:"MS" help:"Go down to this time of a forward pass on this device; implies --by latency."`
	MaxLoss       float64   `name:"max-loss" placeholder:"F" help:"Stop before the loss on the search's batch is above this."`
	MaxDrop       float64   `name:"max-drop" placeholder:"POINTS" help:"Stop when validation accuracy has fallen by more than this; 10 where no bound is given."`
	MaxRise       float64   `name:"max-rise" placeholder:"F" help:"Stop when the validation loss has risen by more than this share of itself; 0.1 where no bound is given and the task has no accuracy."`
	By            string    `default:"macs" help:"What a removal is to save: macs, params or latency."`
	LatencyBatch  int       `name:"latency-batch" default:"1" placeholder:"N" help:"Batch size of the latency that is bounded or saved."`
	Examples      int       `placeholder:"N" help:"Training examples that removals are scored on; by default 2048, or all where there are fewer."`
	Shares        []float64 `default:"0.05,0.1,0.2,0.5" placeholder:"F,F…" help:"Of a layer's ranks that are tried to be removed."`
	Lazy          bool      `help:"Score a layer anew only when its last score makes it the best: far fewer evaluations, and almost the same ladder."`
	ValidateEvery int       `name:"validate-every" default:"1" placeholder:"N" help:"Measure the validation split at every so many steps."`
	TimeBatches   []int     `name:"time-batches" default:"1,8,64" placeholder:"N,N…" help:"Batch sizes that the models of the front are timed at."`
	TimeRounds    int       `name:"time-rounds" default:"12" placeholder:"N" help:"How often models and layers take turns in being timed: fewer are sooner done and less sure."`
	Models        int       `default:"12" placeholder:"N" help:"The most models of the ladder's front to keep as run folders, at least 2."`
	Reorder       bool      `help:"Put the ranks in the order of their singular values first, in place of the one that training gave them; the ladder is then that of RUN/reordered."`
	Anew          bool      `help:"Discard the ladder that is there, with its models, and search anew."`
	JSON          bool      `name:"json" help:"Print JSON for a program to read."`
}

// measured is what a model of the front was found to be worth.
func measured(m compress.Model) string {
	if math.IsNaN(m.Test.Accuracy) {
		return fmt.Sprintf("test loss %.4g", m.Test.Loss)
	}
	return fmt.Sprintf("validation %6.2f %%  test %6.2f %%", m.Validation, m.Test.Accuracy)
}

// job is what the flags ask for.
func (k *compressCommand) job() compress.Job {
	j := compress.DefaultJob()
	j.Bounds = compress.Bounds{MACs: k.TargetMACs, Params: k.TargetParams, LatencyMS: k.TargetLatency, Loss: k.MaxLoss,
		Drop: k.MaxDrop, Rise: k.MaxRise}
	j.Settings.By, j.Settings.LatencyBatch, j.Settings.Examples, j.Settings.Shares = compress.Metric(k.By),
		k.LatencyBatch, k.Examples, k.Shares
	if k.TargetLatency > 0 {
		j.Settings.By = compress.Latency
	}
	j.Latency.Batches, j.Latency.Rounds = k.TimeBatches, k.TimeRounds
	j.Settings.Lazy, j.Settings.ValidateEvery, j.Models = k.Lazy, k.ValidateEvery, k.Models
	j.Reorder, j.Anew = k.Reorder, k.Anew
	return j
}

func (k *compressCommand) Run(ctx context.Context, c console) error {
	config, err := runs.ReadConfig(k.Dir)
	if err != nil {
		return err
	}
	t := newTerminal(c.err)
	defer t.clear()
	backend, task, err := prepareTraining(ctx, c, t, config.Settings, images.DataOptions(config, k.DataDir, nil),
		parallelFlags{deviceFlags: k.deviceFlags})
	if err != nil {
		return err
	}
	defer backend.Finalize()
	result, unmet := compress.Run(ctx, backend, k.Dir, task, k.job(), compress.Options{
		Step: func(r compress.Rung) {
			t.report(fmt.Sprintf("searching: step %d, ranks of %s, loss %.4f, %s MACs", r.Step, r.Layer, r.Loss,
				short(r.MACs)), r.Step, 0)
		},
		Report: t.report,
		Own:    c.tasks.own(config.Settings),
		Warn:   func(text string) { t.clear(); fmt.Fprintln(c.err, "warning:", text) },
	})
	if result == nil {
		return unmet
	}
	t.clear()
	if k.JSON {
		if err := nanjson.Write(c.out, result); err != nil {
			return err
		}
		return unmet
	}
	fmt.Fprintf(c.out, "%s: a ladder of %d steps; on its front:\n", result.Dir, len(result.Rungs)-1)
	for _, m := range result.Models {
		fmt.Fprintf(c.out, "%s  %10d MACs  %10d parameters  %s", filepath.Join(result.Dir, m.Dir), m.MACs, m.Parameters,
			measured(m))
		for _, l := range result.Latency {
			if l.Step == m.Step {
				fmt.Fprintf(c.out, "  %.3f ms at batch %d", l.P50, l.Batch)
			}
		}
		fmt.Fprintln(c.out)
	}
	return unmet
}
