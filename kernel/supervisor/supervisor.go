package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Settings are what the supervisor is told by its caller.
type Settings struct {
	ConnectionFile string   // Jupyter's
	GoNB           string   // the program
	Args           []string // GoNB's, beside those that the supervisor gives it
	Environ        []string // of GoNB, and so of cells; the supervisor adds TMPDIR
}

// Run is one kernel's life: until GoNB ends, or Jupyter asks for it, or Jupyter has died. GoNB has a folder of its own
// for temporary files; at the end every process that came of a cell is ended and the folder removed. It returns GoNB's
// exit status.
func Run(s Settings) (int, error) {
	parent := os.Getppid()
	jupyter, err := readConnection(s.ConnectionFile)
	if err != nil {
		return 1, err
	}
	adoptOrphans()
	sweepStale(os.TempDir())
	private, err := newPrivateDir(os.TempDir())
	if err != nil {
		return 1, fmt.Errorf("making a folder for temporary files: %w", err)
	}
	defer private.remove()
	behind, err := jupyter.behind(private.path)
	if err != nil {
		return 1, err
	}
	// GoNB reads the kernel's name in Jupyter from the name of the file.
	file := filepath.Join(private.path, filepath.Base(s.ConnectionFile))
	if err := behind.write(file); err != nil {
		return 1, fmt.Errorf("writing GoNB's connection file: %w", err)
	}

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	cmd := s.gonb(private.path, file)
	p, err := newProxy(ctx, jupyter, func(ctx context.Context, began instant) { endCell(ctx, cmd.Process.Pid, began) })
	if err != nil {
		return 1, err
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	orphans := make(chan os.Signal, 1)
	signal.Notify(orphans, syscall.SIGCHLD)
	defer endDescendants(orphanGrace)
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("starting GoNB: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	go p.run(ctx, behind)

	var kill <-chan time.Time // once the kernel is to end
	endCells := func() {
		kill = time.After(gonbGrace)
		for _, p := range ofCell(processes(), os.Getpid(), cmd.Process.Pid, 0) {
			_ = syscall.Kill(p.pid, syscall.SIGTERM)
		}
	}
	stop := func() {
		if kill == nil { // GoNB does not survive being told twice
			_ = cmd.Process.Signal(syscall.SIGTERM)
			endCells()
		}
	}
	asked := p.shutdown
	watch := time.NewTicker(time.Second)
	defer watch.Stop()
	for {
		select {
		case sig := <-signals:
			if sig != syscall.SIGINT {
				stop()
				continue
			}
			select { // interrupts the cell, not the kernel
			case p.interrupts <- struct{}{}:
			default:
			}
		case <-asked: // and GoNB has been told
			asked = nil
			if kill == nil {
				endCells()
			}
		case <-watch.C:
			if os.Getppid() != parent { // Jupyter died without saying goodbye
				stop()
			}
		case <-orphans:
			reap(cmd.Process.Pid)
		case <-kill:
			_ = cmd.Process.Kill()
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) && kill == nil {
				return exit.ExitCode(), nil
			}
			return 0, nil
		}
	}
}

// gonb is the command that runs GoNB: in a process group of its own, so that a signal sent to ours does not reach it.
func (s Settings) gonb(tmp, connectionFile string) *exec.Cmd {
	cmd := exec.Command(s.GoNB, append([]string{"--kernel", connectionFile,
		// GoNB's log goes to a file in tmp; only errors reach Jupyter's own output.
		"-logtostderr=false", "-stderrthreshold=FATAL", "-log_dir", tmp}, s.Args...)...)
	cmd.Env = append(slices.DeleteFunc(slices.Clone(s.Environ), func(e string) bool { return strings.HasPrefix(e, "TMPDIR=") }), "TMPDIR="+tmp)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}
