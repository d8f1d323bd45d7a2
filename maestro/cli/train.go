package cli

import (
	"cmp"
	"context"
	"fmt"

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
	Model       string  `default:"lenet" help:"The network: lenet, resnet18, resnet34, resnet50 or vgg19."`
	Width       int     `placeholder:"N" help:"Channels of the network's first stage; its published width when it is not given."`
	Whole       bool    `help:"Keep every layer as one matrix: the non-factorised network."`
	WholeFirst  int     `placeholder:"N" help:"Layers kept as one matrix, from the first on."`
	WholeLast   int     `placeholder:"N" help:"Layers kept as one matrix, from the last back."`
	Data        string  `default:"mnist" help:"The data set: mnist, cifar10, tinyimagenet, or mnist-small, which is part of the program and needs no files."`
	Examples    int     `name:"train-examples" placeholder:"N" help:"Train on this many examples, drawn evenly from the classes; all when it is not given."`
	LambdaGL    float64 `name:"lambda-gl" default:"0" help:"Weight of the group lasso." placeholder:"F"`
	EpsPS       float64 `name:"eps-ps" default:"1e-5" help:"Importance at which the columns of a tail are cut away." placeholder:"F"`
	Epochs      int     `default:"10" placeholder:"N" help:"Passes over the training split."`
	Batch       int     `default:"128" placeholder:"N" help:"Examples a step."`
	LR          float64 `name:"lr" default:"0.01" placeholder:"F" help:"Learning rate at the start."`
	Schedule    string  `default:"constant" help:"Of the learning rate: constant, multistep or cosine."`
	Optimizer   string  `default:"sgd" help:"sgd or adamw."`
	Momentum    float64 `default:"0.9" placeholder:"F" help:"Of SGD."`
	WeightDecay float64 `default:"0" placeholder:"F" help:"Weight decay."`
	Sampler     string  `default:"uniform" help:"uniform, independent, fraction or none."`
	Lasso       string  `default:"hierarchical" help:"hierarchical or plain."`
	Start       string  `default:"svd" help:"svd or random factors."`
	Augment     string  `placeholder:"NAME" help:"Change the training images at random: crop-flip pads by four pixels, crops and mirrors; nothing when it is not given."`
	FullPass    bool    `help:"Add the pass at the current ranks to the sampled one."`
	ShrinkAtEnd bool    `help:"Cut ranks away only after the last epoch, in place of after each."`
	Seed        uint64  `default:"1" placeholder:"N" help:"Of weights, sampled ranks, order of the data and its split."`
	Validation  int     `placeholder:"N" help:"Training examples held out for choices; the data set's own number when it is not given: 5000 of MNIST and CIFAR-10, a tenth of others."`
	Precision   string  `placeholder:"NAME" help:"What products and convolutions compute in: float32 or bfloat16; float32 when it is not given."`
	Run_        string  `name:"run" help:"The run folder; runs/MODEL-DATA-LAMBDA-SEED when it is not given." placeholder:"DIR"`
}

func (t *trainCommand) settings() runs.Settings {
	s := runs.Defaults()
	s.Model, s.Data, s.LambdaGL, s.EpsPS, s.Epochs, s.Batch = t.Model, t.Data, t.LambdaGL, t.EpsPS, t.Epochs, t.Batch
	s.LR, s.Schedule, s.Optimizer, s.Momentum, s.WeightDecay = t.LR, t.Schedule, t.Optimizer, t.Momentum, t.WeightDecay
	s.Sampler, s.Lasso, s.Start, s.FullPass = t.Sampler, t.Lasso, t.Start, t.FullPass
	s.Seed, s.Validation, s.TrainExamples = t.Seed, t.Validation, t.Examples
	s.ShrinkAtEnd = t.ShrinkAtEnd
	s.Augment = t.Augment
	s.Width, s.WholeFirst, s.WholeLast = t.Width, t.WholeFirst, t.WholeLast
	if t.Whole {
		s.WholeFirst = -1
	}
	if t.Precision != "float32" {
		s.Precision = t.Precision
	}
	return s
}

// checkSettings is an error that names the first setting that cannot be.
func checkSettings(s runs.Settings) error { return cmp.Or(images.Check(s), train.Check(s)) }

func (t *trainCommand) Run(ctx context.Context, c console) error {
	s := t.settings()
	if err := checkSettings(s); err != nil {
		return err
	}
	dir := t.Run_
	if dir == "" {
		dir = runs.DefaultDir(s)
	}
	return withRun(ctx, c, s, images.DataOptions(runs.Config{Settings: s}, t.DataDir, nil), t.parallelFlags, func(backend compute.Backend, task *task.Task, o train.Options) (*train.Run, error) {
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
	return withRun(ctx, c, config.Settings, images.DataOptions(config, r.DataDir, nil), r.parallelFlags, func(backend compute.Backend, task *task.Task, o train.Options) (*train.Run, error) {
		return train.Resume(backend, r.Dir, task, o)
	})
}

// withRun opens a run, trains what is left of it with a progress bar, and says where it ended.
func withRun(ctx context.Context, c console, s runs.Settings, from data.Options, d parallelFlags, open func(compute.Backend, *task.Task, train.Options) (*train.Run, error)) error {
	t := newTerminal(c.err)
	defer t.clear()
	backend, task, err := prepareTraining(ctx, c, t, s, from, d)
	if err != nil {
		return err
	}
	defer backend.Finalize()
	o := train.Options{Devices: d.Devices, Progress: t.training, Warn: func(text string) { t.clear(); fmt.Fprintln(c.err, "warning:", text) }}
	run, err := open(backend, task, o)
	if err != nil {
		return err
	}
	defer run.Close()
	if run.Done() {
		fmt.Fprintf(c.err, "all %d epochs of %s are trained; for more: %s\n", run.Settings.Epochs, run.Dir, train.TrainOn(run.Dir, run.Settings.Epochs))
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
		return fmt.Errorf("history.csv of %s has no row of epoch %d, its last: the row is lost, the weights are not, and `maestro eval %s` measures them", run.Dir, run.Epoch(), run.Dir)
	}
	last := rows[len(rows)-1]
	fmt.Fprintf(c.out, "%s: validation accuracy %.2f %%, total rank %d of %d, %d weights, %d MACs\n",
		run.Dir, last.ValidationAccuracy, last.TotalRank, fullRank(run.Network), last.Weights, last.MACs)
	return nil
}

func fullRank(n *lod.Network) (sum int) {
	for _, l := range n.Layers {
		sum += l.Full()
	}
	return sum
}

func prepareTraining(ctx context.Context, c console, t *terminal, s runs.Settings, from data.Options, d parallelFlags) (compute.Backend, *task.Task, error) {
	choice, err := d.choose(ctx, c, t, d.Devices)
	if err != nil {
		return nil, nil, err
	}
	from.Report, from.Warn = t.report, func(text string) { t.clear(); fmt.Fprintln(c.err, "warning:", text) }
	task, err := images.Load(ctx, s, from)
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
}

func (e *evalCommand) Run(ctx context.Context, c console) error {
	config, err := runs.ReadConfig(e.Dir)
	if err != nil {
		return err
	}
	t := newTerminal(c.err)
	defer t.clear()
	backend, task, err := prepareTraining(ctx, c, t, config.Settings, images.DataOptions(config, e.DataDir, nil), parallelFlags{deviceFlags: e.deviceFlags})
	if err != nil {
		return err
	}
	defer backend.Finalize()
	run, err := train.Open(backend, e.Dir, task, train.Options{Warn: func(text string) { fmt.Fprintln(c.err, "warning:", text) }})
	if err != nil {
		return err
	}
	defer run.Close()
	test, err := run.Test()
	if err != nil {
		return err
	}
	result := evaluation{Run: e.Dir, Epoch: run.Epoch(), Test: test, Ranks: run.Network.Ranks(), Cost: run.Network.Cost(), Whole: run.Network.Whole()}
	if e.JSON {
		return nanjson.Write(c.out, result)
	}
	fmt.Fprintf(c.out, "%s after %d epochs: test accuracy %.2f %% of %d examples, ranks %v, %d of %d weights, %d of %d MACs\n", result.Run, result.Epoch,
		test.Accuracy, test.Examples, result.Ranks, result.Cost.Weights, result.Whole.Weights, result.Cost.MACs, result.Whole.MACs)
	return nil
}
