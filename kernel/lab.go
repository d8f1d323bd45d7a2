package kernel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// LabOptions sets how JupyterLab is started.
type LabOptions struct {
	Dir     string // the folder of notebooks to open; "" for notebooks in the root, or else the root
	IP      string // the address of this machine to listen on; "" for 127.0.0.1, which no other machine reaches
	Port    int    // 0 for the first free one from 8888 on
	Browser bool   // open the page in the user's browser
	Out     io.Writer
}

// firstPort is where the search for a free port begins, as Jupyter's does.
const (
	firstPort = 8888
	ports     = 50 // that are tried
)

// Lab runs JupyterLab on a folder of notebooks until it is stopped. It asks for a token, and listens on this machine
// alone unless o.IP says more; it does not start where other machines would reach it without a token or a password.
func (s Setup) Lab(ctx context.Context, o LabOptions) error {
	dir := o.Dir
	if dir == "" {
		dir = filepath.Join(s.layout.root, "notebooks")
		if _, err := os.Stat(dir); err != nil && !isCheckout(s.layout.root) {
			dir = s.layout.root
		}
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return fmt.Errorf("%s is not a folder of notebooks", dir)
	}
	o.IP = cmp.Or(o.IP, "127.0.0.1")
	if err := checkAddress(o.IP); err != nil {
		return err
	}
	if o.Port != 0 {
		if err := listensOn(o.IP, o.Port); err != nil {
			return fmt.Errorf("cannot listen on port %d (%w): name another with --port, or none, and a free one is "+
				"taken", o.Port, err)
		}
		return s.labAt(ctx, dir, o.Port, o)
	}
	for port := firstPort; port < firstPort+ports; port++ {
		if listensOn(o.IP, port) != nil {
			continue
		}
		err := s.labAt(ctx, dir, port, o)
		// Jupyter binds the port seconds after it was found free; another server that starts now may have been faster.
		if err == nil || listensOn(o.IP, port) == nil {
			return err
		}
		fmt.Fprintf(o.Out, "port %d was taken meanwhile; trying the next\n", port)
	}
	return fmt.Errorf("the ports %d to %d are all in use: name another with --port", firstPort, firstPort+ports-1)
}

// checkAddress says why no server of this machine can listen on the address, whatever the port.
func checkAddress(ip string) error {
	if _, err := netip.ParseAddr(ip); err != nil {
		return fmt.Errorf("--ip %s is no address: use one of this machine's, or 0.0.0.0 for all of them", ip)
	}
	if err := listensOn(ip, 0); err != nil {
		return fmt.Errorf("cannot listen on %s (%w): use one of this machine's addresses, or 0.0.0.0 for all of them",
			ip, err)
	}
	return nil
}

// listensOn says why a server of this machine could not listen on the port now.
func listensOn(ip string, port int) error {
	l, err := net.Listen("tcp", net.JoinHostPort(ip, strconv.Itoa(port)))
	if err == nil {
		return l.Close()
	}
	var number syscall.Errno
	if errors.As(err, &number) {
		return number
	}
	return err
}

// labGrace is how long JupyterLab may take to end its kernels and itself.
const labGrace = 8 * time.Second

// labAt runs JupyterLab on the port.
func (s Setup) labAt(ctx context.Context, dir string, port int, o LabOptions) error {
	args := []string{
		"--ServerApp.ip=" + o.IP,
		"--ServerApp.port=" + strconv.Itoa(port), "--ServerApp.port_retries=0",
		"--ServerApp.root_dir=" + dir,
		"--MultiKernelManager.default_kernel_name=" + Name,
		"--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
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
	var kill <-chan time.Time // once it was asked to end
	for {
		select {
		case sig := <-signals:
			if sig == syscall.SIGTERM {
				_ = cmd.Process.Signal(sig)
				kill = time.After(labGrace)
			}
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM)
			kill = time.After(labGrace)
			ctx = context.WithoutCancel(ctx)
		case <-kill: // its kernels end by themselves
			_ = cmd.Process.Kill()
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) && exit.ExitCode() > 0 {
				return fmt.Errorf("JupyterLab ended with status %d; what it said is above", exit.ExitCode())
			}
			return nil
		}
	}
}
