package cli

import (
	"context"
	"os"

	"github.com/maestro-lod/notebook/maestro/bench"
	"github.com/maestro-lod/notebook/maestro/pyenv"
)

type benchSweepCommand struct {
	Trials int    `default:"400" help:"Cells of the grid, each a trial that squares a number." placeholder:"N"`
	Rounds int    `default:"3" help:"How often ours and the peer take turns; medians are printed." placeholder:"N"`
	Python string `help:"A Python with optuna installed; the locked version is installed in an environment of its own when it is not given." placeholder:"PATH"`
}

func (b *benchSweepCommand) Run(ctx context.Context, c console) error {
	if b.Python == "" {
		t := newTerminal(c.err)
		env, err := pyenv.EnsureOther(ctx, "bench-sweep", bench.SweepRequirements, t.report)
		t.clear()
		if err != nil {
			return err
		}
		b.Python = env.Python()
	}
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	result, err := bench.Sweep(ctx, bench.SweepOptions{Trials: b.Trials, Rounds: b.Rounds, Python: b.Python,
		Command: []string{executable, "bench", "worker"}})
	return printJSON(c, result, err)
}

type benchWorkerCommand struct {
	Store string `arg:""`
	Cells int    `arg:""`
	What  string `arg:""`
}

func (b *benchWorkerCommand) Run(c console) error {
	return bench.SweepWorker(b.Store, b.Cells, b.What, c.out)
}

type benchWorkersCommand struct {
	dataFlags
	Model   string `default:"lenet" help:"The network: lenet, resnet18, resnet34, resnet50 or vgg19."`
	Data    string `default:"mnist" help:"The data."`
	Epochs  int    `default:"1" help:"Epochs of a trial." placeholder:"N"`
	Trials  int    `default:"4" help:"Trials of a study." placeholder:"N"`
	Rounds  int    `default:"1" help:"How often the ways take turns; medians are printed." placeholder:"N"`
	Threads int    `default:"2" help:"Threads in all: of one trial at a time, or shared by as many trials of a thread each." placeholder:"N"`
}

func (b *benchWorkersCommand) Run(ctx context.Context, c console) error {
	executable, err := os.Executable()
	if err != nil {
		return err
	}
	flags := []string{"--model", b.Model, "--data", b.Data}
	if b.DataDir != "" {
		flags = append(flags, "--data-dir", b.DataDir)
	}
	result, err := bench.Workers(ctx, bench.WorkersOptions{Program: executable, Flags: flags, Epochs: b.Epochs,
		Trials: b.Trials,
		Rounds: b.Rounds, Threads: b.Threads})
	return printJSON(c, result, err)
}
