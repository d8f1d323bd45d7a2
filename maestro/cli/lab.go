package cli

import (
	"context"
	"fmt"

	"github.com/maestro-lod/notebook/kernel"
	"github.com/maestro-lod/notebook/maestro/interrupt"
	"github.com/maestro-lod/notebook/maestro/pyenv"
)

type labCommand struct {
	Dir     string `arg:"" optional:"" help:"The folder of notebooks to open; the project's own, or notebooks in the module that we stand in, when it is not given."`
	IP      string `name:"ip" default:"127.0.0.1" help:"The address of this machine to listen on; 0.0.0.0 for all of them, which other machines reach." placeholder:"ADDRESS"`
	Port    int    `help:"Port on this machine; the first free one from 8888 on when it is not given." placeholder:"N"`
	Browser bool   `default:"true" negatable:"" help:"Open the page in your browser."`
}

func (l *labCommand) Run(ctx context.Context, c console) error {
	setup, err := prepare(ctx, c)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.err, "JupyterLab starts; its address, with the token, follows. Stop it with Ctrl-C.")
	interrupt.Own(ctx) // Ctrl-C is JupyterLab's from here on
	return setup.Lab(context.WithoutCancel(ctx), kernel.LabOptions{Dir: l.Dir, IP: l.IP, Port: l.Port,
		Browser: l.Browser, Out: c.err})
}

type setupCommand struct {
	Device string `help:"A device whose plugin to install too: cuda (with NVIDIA's libraries, 4 GB) or tpu." placeholder:"NAME"`
	User   bool   `help:"Have your other Jupyters know the kernel: JupyterLab, VS Code, papermill."`
}

func (s *setupCommand) Run(ctx context.Context, c console) error {
	if s.Device != "" && s.Device != "cpu" {
		if err := installDevice(ctx, c, s.Device); err != nil {
			return err
		}
	}
	setup, err := prepare(ctx, c)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.out, "set up for", setup.Root())
	if !s.User {
		return nil
	}
	dir, replaced, err := setup.InstallForUser()
	if err != nil {
		return err
	}
	fmt.Fprintf(c.out, "your Jupyters find the kernel in %s; `jupyter kernelspec remove %s` takes it away\n", dir,
		kernel.Name)
	if replaced != "" {
		fmt.Fprintf(c.out, "it was that of %s until now\n", replaced)
	}
	return nil
}

// installDevice installs a device's plugin, showing how far it is.
func installDevice(ctx context.Context, c console, name string) error {
	t := newTerminal(c.err)
	defer t.clear()
	env, err := pyenv.EnsureAccelerator(ctx, name, t.report)
	if err != nil {
		return err
	}
	t.clear()
	plugin, _ := env.Plugin(name)
	fmt.Fprintf(c.out, "the plugin for %s: %s\n", name, plugin)
	return nil
}

// prepare sets the notebooks of the checkout up that we stand in, or that MAESTRO_ROOT names, showing how far it is.
func prepare(ctx context.Context, c console) (kernel.Setup, error) {
	root, err := kernel.FindRoot(".")
	if err != nil {
		return kernel.Setup{}, err
	}
	t := newTerminal(c.err)
	defer t.clear()
	return kernel.Prepare(ctx, root, t.report)
}
