package launch

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/maestro-lod/notebook/maestro/interrupt"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/local"
	"github.com/maestro-lod/notebook/maestro/sweep/worker"
)

// marker stands, in the arguments of a process that is a worker, between those of the program and its own.
const marker = "maestro-sweep-worker"

// inCell is whether this is the process that a notebook's living cells share, which is no program to start once more.
func inCell() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && strings.HasSuffix(info.Path, "/kernel/live/host")
}

// processes are the executor of worker processes.
func (o Options) processes(study sweep.Study) (sweep.Executor, error) {
	program, err := os.Executable()
	if inCell() {
		program, err = exec.LookPath("maestro") // the kernel's own comes first in a cell's PATH
	}
	if err != nil {
		return nil, err
	}
	copied, sum, err := study.CopyProgram(program)
	if err != nil {
		return nil, err
	}
	command := sweep.Command{Program: copied, Args: append(slices.Clone(os.Args[1:]), marker),
		Flags: []string{"--program=" + sum}}
	if inCell() {
		command.Args, command.Flags = []string{"sweep", "work"}, append(command.Flags, o.commandFlags()...)
	}
	return local.Processes{Command: command, Workers: o.Workers, Threads: o.Threads, Devices: o.Devices,
		PerDevice: o.PerDevice,
		Retry:     o.retry(), Events: o.Events}, nil
}

// commandFlags say to the command what a program's own workers know by themselves.
func (o Options) commandFlags() []string {
	retry := o.retry()
	flags := []string{"--tethered", fmt.Sprintf("--trial-limit=%v", o.Limit),
		fmt.Sprintf("--safe-stop=%d", o.StopEpochs)}
	if retry.Most > 0 {
		flags = append(flags, fmt.Sprintf("--attempts=%d", retry.Most))
	}
	for _, state := range retry.States {
		flags = append(flags, "--retry="+string(state))
	}
	if len(retry.States) == 0 {
		flags = append(flags, "--retry=none")
	}
	if o.DataDir != "" {
		if dir, err := filepath.Abs(o.DataDir); err == nil {
			flags = append(flags, "--data-dir="+dir)
		}
	}
	return flags
}

// part is what a worker process was started for.
type part struct {
	dir, spec, program string
	share              float64
}

// partOf reads what a worker's arguments say; ok is false for a process that is none.
func partOf(args []string) (p part, ok bool, err error) {
	at := len(args) - 1
	for at >= 0 && args[at] != marker {
		at--
	}
	if at < 0 || at+1 == len(args) {
		return p, at >= 0, errIfMarked(at)
	}
	p.dir = args[at+1]
	flags := flag.NewFlagSet(marker, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&p.spec, "spec", "", "")
	flags.StringVar(&p.program, "program", "", "")
	flags.Float64Var(&p.share, "memory-share", 0, "")
	return p, true, flags.Parse(args[at+2:])
}

func errIfMarked(at int) error {
	if at < 0 {
		return nil
	}
	return errors.New("the worker's arguments name no study")
}

// work is a worker's process, in place of the statement that started it: it ends the program. events is its standard
// output.
func (p part) work(o Options, hold io.Reader, events io.Writer) error {
	study, err := sweep.ReadSpec(p.dir, p.spec)
	if err != nil {
		return err
	}
	trials, err := study.Trials()
	if err != nil {
		return err
	}
	ctx, stop := interrupt.Notify(context.Background(), os.Stderr)
	defer stop()
	fmt.Fprintln(events) // ends what the program printed before: a line that is no event is passed over
	w := o.worker(p.share)
	w.Program, w.Process = p.program, true
	if w.Events, err = worker.Teller(events); err != nil {
		return err
	}
	return worker.Run(worker.Tethered(ctx, hold), study, trials, w)
}
