package cli

import (
	"cmp"
	"context"
	"fmt"
	"math"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/nanjson"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/train"
)

// dataFlags say where the data lies.
type dataFlags struct {
	DataDir string `help:"The folder with the data; $$MAESTRO_DATA, where the run read them before, or a download into the cache folder, when it is not given." placeholder:"DIR"`
}

type trainCommand struct {
	dataFlags
	parallelFlags
	settingsFlags
	Whole bool   `help:"Keep every layer as one matrix: the non-factorised network."`
	Run_  string `name:"run" help:"The run folder; runs/MODEL-DATA-LAMBDA-SEED when it is not given." placeholder:"DIR"`
}

func (t *trainCommand) Run(ctx context.Context, c console) error {
	s, err := t.settings(c.tasks)
	if err != nil {
		return err
	}
	if t.Whole {
		s.WholeFirst = -1
	}
	if err := c.tasks.check(s); err != nil {
		return err
	}
	dir := t.Run_
	if dir == "" {
		dir = runs.DefaultDir(s)
	}
	return withRun(ctx, c, s, images.DataOptions(runs.Config{Settings: s}, t.DataDir, nil), t.parallelFlags,
		func(backend compute.Backend, task *task.Task, o train.Options) (*train.Run, error) {
			return train.New(backend, dir, s, task, o)
		})
}

type resumeCommand struct {
	dataFlags
	parallelFlags
	Dir string `arg:"" name:"run" help:"The run folder."`
}

func (r *resumeCommand) Run(ctx context.Context, c console) error {
	config, err := runs.ReadConfig(r.Dir)
	if err != nil {
		return err
	}
	r.Devices = cmp.Or(r.Devices, config.Devices)
	return withRun(ctx, c, config.Settings, images.DataOptions(config, r.DataDir, nil), r.parallelFlags,
		func(backend compute.Backend, task *task.Task, o train.Options) (*train.Run, error) {
			return train.Resume(backend, r.Dir, task, o)
		})
}

// withRun opens a run, trains what is left of it with a progress bar, and says where it ended.
func withRun(ctx context.Context, c console, s runs.Settings, from data.Options, d parallelFlags,
	open func(compute.Backend, *task.Task, train.Options) (*train.Run, error)) error {
	t := newTerminal(c.err)
	defer t.clear()
	backend, task, err := prepareTraining(ctx, c, t, s, from, d)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	o := train.Options{Devices: d.Devices, Own: c.tasks.own(s), Progress: t.training,
		Warn: func(text string) { t.clear(); fmt.Fprintln(c.err, "warning:", text) }}
	run, err := open(backend, task, o)
	if err != nil {
		return err
	}
	defer run.Close()
	if run.Done() {
		fmt.Fprintf(c.err, "all %d epochs of %s are trained; for more: %s\n", run.Settings.Epochs, run.Dir,
			train.TrainOn(run.Dir, run.Settings.Epochs))
	}
	if err := run.Train(ctx); err != nil {
		return err
	}
	t.clear()
	rows, err := runs.ReadHistory(run.Dir)
	if err != nil {
		return err
	}
	if len(rows) == 0 || rows[len(rows)-1].Epoch != run.Epoch() {
		return fmt.Errorf("history.csv of %s has no row of epoch %d, its last: the row is lost, the weights are "+
			"not, and `maestro eval %s` measures them", run.Dir, run.Epoch(), run.Dir)
	}
	last := rows[len(rows)-1]
	fmt.Fprintf(c.out, "%s: validation %s, total rank %d of %d, %d weights, %d MACs\n",
		run.Dir, quality(last.ValidationAccuracy, last.ValidationLoss), last.TotalRank, fullRank(run.Network),
		last.Weights, last.MACs)
	return nil
}

// quality is the accuracy, or where the task has none the loss, in words.
func quality(accuracy, loss float64) string {
	if math.IsNaN(accuracy) {
		return fmt.Sprintf("loss %.4g", loss)
	}
	return fmt.Sprintf("accuracy %.2f %%", accuracy)
}

func fullRank(n *lod.Network) (sum int) {
	for _, l := range n.Layers {
		sum += l.Full()
	}
	return sum
}

func prepareTraining(ctx context.Context, c console, t *terminal, s runs.Settings, from data.Options,
	d parallelFlags) (compute.Backend, *task.Task, error) {
	choice, err := d.choose(ctx, c, t, d.Devices)
	if err != nil {
		return nil, nil, err
	}
	from.Report, from.Warn = t.report, func(text string) { t.clear(); fmt.Fprintln(c.err, "warning:", text) }
	task, err := c.tasks.load(ctx, s, from)
	if err != nil {
		return nil, nil, err
	}
	backend, err := device.OpenChoice(choice)
	return backend, task, err
}

type evalCommand struct {
	dataFlags
	deviceFlags
	Dir  string `arg:"" name:"run" help:"The run folder."`
	JSON bool   `name:"json" help:"Print JSON for a program to read."`
}

// evaluation is what eval says of a run.
type evaluation struct {
	Run   string        `json:"run"`
	Epoch int           `json:"epoch"`
	Test  runs.Measured `json:"test"`
	Ranks []int         `json:"ranks"`
	Cost  lod.Cost      `json:"cost"`
	Whole lod.Cost      `json:"non_factorised"`
	// Metrics are the task's, beside loss and accuracy, by their names.
	Metrics map[string]float64 `json:"metrics,omitempty"`
}

func (e *evalCommand) Run(ctx context.Context, c console) error {
	config, err := runs.ReadConfig(e.Dir)
	if err != nil {
		return err
	}
	t := newTerminal(c.err)
	defer t.clear()
	backend, task, err := prepareTraining(ctx, c, t, config.Settings, images.DataOptions(config, e.DataDir, nil),
		parallelFlags{deviceFlags: e.deviceFlags})
	if err != nil {
		return err
	}
	defer backend.Finalize()
	run, err := train.Open(backend, e.Dir, task, train.Options{Own: c.tasks.own(config.Settings),
		Warn: func(text string) { fmt.Fprintln(c.err, "warning:", text) }})
	if err != nil {
		return err
	}
	defer run.Close()
	test, metrics, err := run.TestMetrics()
	if err != nil {
		return err
	}
	result := evaluation{Run: e.Dir, Epoch: run.Epoch(), Test: test, Ranks: run.Network.Ranks(),
		Cost: run.Network.Cost(), Whole: run.Network.Whole()}
	others := ""
	for _, m := range metrics {
		if result.Metrics == nil {
			result.Metrics = map[string]float64{}
		}
		result.Metrics[m.Name] = m.Value
		others += fmt.Sprintf(", %s %.4g", m.Name, m.Value)
	}
	if e.JSON {
		return nanjson.Write(c.out, result)
	}
	fmt.Fprintf(c.out, "%s after %d epochs: test %s%s of %d examples, ranks %v, %d of %d weights, %d of %d MACs\n",
		result.Run, result.Epoch,
		quality(test.Accuracy, test.Loss), others, test.Examples, result.Ranks, result.Cost.Weights, result.Whole.Weights,
		result.Cost.MACs, result.Whole.MACs)
	return nil
}
