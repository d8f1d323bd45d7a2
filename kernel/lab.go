package kernel

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
)

// LabOptions sets how JupyterLab is started.
type LabOptions struct {
	Dir     string // the folder of notebooks to open; "" for the checkout's own
	Port    int    // 0 for the first free one from 8888 on
	Browser bool   // open the page in the user's browser
	Out     io.Writer
}

// Lab runs JupyterLab on a folder of notebooks until it is stopped. It listens on this machine alone and asks for a
// token.
func (s Setup) Lab(ctx context.Context, o LabOptions) error {
	dir := o.Dir
	if dir == "" {
		dir = filepath.Join(s.layout.root, "notebooks")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a folder of notebooks", dir)
	}
	args := []string{
		"--ServerApp.ip=127.0.0.1",
		"--ServerApp.root_dir=" + dir,
		"--MultiKernelManager.default_kernel_name=" + Name,
		"--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
	}
	if o.Port != 0 {
		args = append(args, "--ServerApp.port="+strconv.Itoa(o.Port), "--ServerApp.port_retries=0")
	}
	if !o.Browser {
		args = append(args, "--no-browser")
	}
	if os.Geteuid() == 0 {
		args = append(args, "--allow-root")
	}
	cmd := exec.Command(s.python.Bin("jupyter-lab"), args...)
	cmd.Dir = s.layout.root
	cmd.Env = jupyterEnviron(s.layout, filepath.Dir(s.python.Python()))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, o.Out, o.Out

	// Ctrl-C reaches Jupyter from the terminal by itself; it asks, then stops, and we wait for that.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting JupyterLab: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case sig := <-signals:
			if sig == syscall.SIGTERM {
				_ = cmd.Process.Signal(sig)
			}
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM)
			ctx = context.WithoutCancel(ctx)
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() > 0 {
				return fmt.Errorf("JupyterLab ended with status %d; what it said is above", exit.ExitCode())
			}
			return nil
		}
	}
}
