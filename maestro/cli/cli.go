// Package cli is the command: its verbs, their flags, and what a terminal shows. It is the one place where names
// stand for models, data and the like.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/alecthomas/kong"
	"k8s.io/klog/v2"

	"github.com/maestro-lod/notebook/kernel"
	// so that a module of one's own requires what its cells import
	_ "github.com/maestro-lod/notebook/kernel/cell/inline"
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/interrupt"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// commands is the command line; each field's Run does the work.
type commands struct {
	Lab       labCommand       `cmd:"" help:"Set up what is missing and start JupyterLab on the notebooks."`
	Figures   figuresCommand   `cmd:"" help:"Make the figures of the linear studies, each with the numbers behind it."`
	Notebook  notebookCommand  `cmd:"" help:"Work with notebooks without a browser."`
	Bench     benchCommand     `cmd:"" help:"Time our training steps beside what you would use instead."`
	Train     trainCommand     `cmd:"" help:"Train a network by double sampling into a run folder."`
	Resume    resumeCommand    `cmd:"" help:"Go on with a run that was interrupted."`
	Eval      evalCommand      `cmd:"" help:"Measure a run on the test split."`
	Compress  compressCommand  `cmd:"" help:"Search a ladder of smaller networks in a trained run, without training."`
	Finetune  finetuneCommand  `cmd:"" help:"Train a network on that was cut, from the weights of a run."`
	Table     tableCommand     `cmd:"" help:"Make Table 1: every variant trained and measured, beside the published figures."`
	Sweep     sweepCommand     `cmd:"" help:"Train a grid of settings and seeds, each trial once."`
	Translate translateCommand `cmd:"" help:"Translate sentences with a run's Transformer."`
	Generate  generateCommand  `cmd:"" help:"Go on with a text by a run's language model."`
	Export    exportCommand    `cmd:"" help:"Write a run's network for others to use: ONNX and safetensors."`
	Setup     setupCommand     `cmd:"" help:"Set up what is missing and stop."`
	Doctor    doctorCommand    `cmd:"" help:"Say what is installed, which device computes, and what mends what is missing."`
	Kernel    kernelCommand    `cmd:"" hidden:"" help:"What Jupyter starts as the kernel."`
}

// newCommands are the commands of a program that has tasks of its own.
func newCommands(own tasks) *commands {
	var cli commands
	cli.Train.settingsFlags = newSettingsFlags(runs.Defaults(), own.choices())
	cli.Sweep.Run.settingsFlags = newSettingsFlags(runs.Defaults(), own.choices())
	return &cli
}

// console is where commands write: results to out, progress and warnings to err.
type console struct {
	out, err io.Writer
	tasks    tasks
}

// Main is the whole program. It ends the process.
func Main(options ...Option) {
	device.UseLargePages()
	// GoMLX's libraries log beside returning their errors; the error is what the user is told.
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	ctx, stop := interrupt.Notify(context.Background(), os.Stderr)
	code := Run(ctx, os.Args[1:], os.Stdout, os.Stderr, options...)
	stop()
	os.Exit(code)
}

// exitStatus ends the command with a status of its own and no message.
type exitStatus int

func (e exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// Run is the whole program but for the process around it: results go to out, progress and warnings to err. It returns
// the exit status: 1 for a failure, 2 for a command line that cannot be understood.
func Run(ctx context.Context, args []string, out, err io.Writer, options ...Option) int {
	c := console{out: out, err: err}
	for _, option := range options {
		option(&c.tasks)
	}
	return run(ctx, args, c)
}

func run(ctx context.Context, args []string, c console) int {
	exited := -1
	parser, err := kong.New(newCommands(c.tasks),
		kong.Name("maestro"),
		kong.Description("A research notebook for trainable low-rank networks (Maestro, ICML 2024)."),
		kong.Writers(c.out, c.err),
		kong.Exit(func(code int) { exited = code }), // --help
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(c),
	)
	if err != nil {
		fmt.Fprintln(c.err, "maestro:", err)
		return 1
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	parsed, err := parser.Parse(args)
	if exited >= 0 {
		return exited
	}
	if err != nil {
		fmt.Fprintf(c.err, "maestro: %v (see maestro --help)\n", err)
		return 2
	}
	err = parsed.Run()
	var status exitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &status):
		return int(status)
	}
	fmt.Fprintln(c.err, "maestro:", err)
	return 1
}

// kernelCommand is started by Jupyter, never by hand.
type kernelCommand struct {
	Root           string `required:"" help:"The checkout whose packages cells import."`
	Go             string `help:"Where the go command lies if the PATH leads to none."`
	ConnectionFile string `arg:"" help:"Jupyter's connection file."`
}

// Run ends with the kernel's status, which tells Jupyter's clients whether to start it again.
func (k *kernelCommand) Run(c console) error {
	code, err := kernel.Supervise(k.Root, k.Go, k.ConnectionFile)
	if err != nil {
		fmt.Fprintln(c.err, "maestro:", err)
	}
	if code != 0 {
		return exitStatus(code)
	}
	return nil
}
