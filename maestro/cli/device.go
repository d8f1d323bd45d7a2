package cli

import (
	"context"
	"fmt"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/device"
)

// deviceFlags say which device computes.
type deviceFlags struct {
	Device string `help:"The device that computes: cpu, cuda, tpu, or the path of a PJRT plugin; the best one that is found when it is not given." placeholder:"NAME"`
}

// choose finds the backend with as many devices as asked for, installing a CPU's where it is missing, and warns of a
// slow one.
func (d deviceFlags) choose(ctx context.Context, c console, t *terminal, devices int) (device.Choice, error) {
	choice, err := device.Choose(ctx, d.Device, t.report)
	if err != nil {
		return choice, err
	}
	t.clear()
	if choice.Slow != "" {
		fmt.Fprintln(c.err, "warning:", choice.Slow)
	}
	choice.Devices = devices
	return choice, nil
}

// open starts the backend that computes, on one device.
func (d deviceFlags) open(ctx context.Context, c console, t *terminal) (compute.Backend, error) {
	choice, err := d.choose(ctx, c, t, 1)
	if err != nil {
		return nil, err
	}
	return device.OpenChoice(choice)
}

// start opens the backend that computes, beside a line on the terminal that tells how that goes; end closes both.
func (d deviceFlags) start(ctx context.Context, c console) (backend compute.Backend, t *terminal, end func(),
	err error) {
	t = newTerminal(c.err)
	if backend, err = d.open(ctx, c, t); err != nil {
		t.clear()
		return nil, nil, nil, err
	}
	return backend, t, func() { backend.Finalize(); t.clear() }, nil
}

// parallelFlags say which device trains, and on how many of its kind.
type parallelFlags struct {
	deviceFlags
	Devices int `help:"Train on this many devices of the machine, each with its share of every batch; one, or as many as the run was started with, when it is not given." placeholder:"N"`
}
