package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Grace is how long GoNB and what it started are given to end by themselves before they are killed.
const grace = 2 * time.Second

// Settings are what the supervisor is told by its caller.
type Settings struct {
	ConnectionFile string   // Jupyter's
	GoNB           string   // the program
	Args           []string // GoNB's, beside those that the supervisor gives it
	Environ        []string // of GoNB, and so of cells; the supervisor adds TMPDIR
}

// Run supervises one kernel until GoNB ends, or Jupyter does. GoNB has a folder of its own for temporary files; at the
// end every process that came of a cell is ended and the folder removed. It returns GoNB's exit status.
func Run(s Settings) (int, error) {
	parent := os.Getppid()
	adoptOrphans()
	sweepStale(os.TempDir())
	private, err := newPrivateDir(os.TempDir())
	if err != nil {
		return 1, fmt.Errorf("making a folder for temporary files: %w", err)
	}
	defer private.remove()
	defer endDescendants(grace)

	cmd := s.gonb(private.path)
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("starting GoNB: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()

	var kill <-chan time.Time
	stop := func(sig os.Signal) {
		_ = cmd.Process.Signal(sig)
		if kill == nil {
			kill = time.After(grace)
		}
	}
	watch := time.NewTicker(time.Second)
	defer watch.Stop()
	for {
		select {
		case sig := <-signals:
			if sig == syscall.SIGINT { // interrupts the cell, not the kernel
				_ = cmd.Process.Signal(sig)
				continue
			}
			stop(sig)
		case <-watch.C:
			if os.Getppid() != parent { // Jupyter died without saying goodbye
				stop(syscall.SIGTERM)
			}
		case <-kill:
			_ = cmd.Process.Kill()
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return exit.ExitCode(), nil
			}
			return 0, err
		}
	}
}

// gonb is the command that runs GoNB: in a process group of its own, so that a signal sent to ours reaches it once.
func (s Settings) gonb(tmp string) *exec.Cmd {
	cmd := exec.Command(s.GoNB, append([]string{"--kernel", s.ConnectionFile,
		// GoNB's log goes to a file in tmp; only errors reach Jupyter's own output.
		"-logtostderr=false", "-stderrthreshold=FATAL", "-log_dir", tmp}, s.Args...)...)
	cmd.Env = append(slices.DeleteFunc(slices.Clone(s.Environ), func(e string) bool { return strings.HasPrefix(e, "TMPDIR=") }), "TMPDIR="+tmp)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}
