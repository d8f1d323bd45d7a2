package kernel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/maestro/device"
)

// Grace is how long GoNB and what it started are given to end by themselves before they are killed.
const grace = 2 * time.Second

// Supervise is the process that Jupyter starts as the kernel of the checkout at root. It runs GoNB in the environment
// that cells need, with a folder of its own for temporary files, and when GoNB ends, or Jupyter does, it leaves nothing
// behind: every process that came of a cell is ended and the folder removed. It returns GoNB's exit status.
func Supervise(root, connectionFile string) (int, error) {
	l, err := layoutOf(root)
	if err != nil {
		return 1, err
	}
	if _, err := os.Stat(l.program("gonb")); err != nil {
		return 1, fmt.Errorf("the kernel is not set up (%w): run `go run . lab` in %s", err, root)
	}
	parent := os.Getppid()
	adoptOrphans()
	sweepStale(os.TempDir())
	private, err := newPrivateDir(os.TempDir())
	if err != nil {
		return 1, fmt.Errorf("making a folder for temporary files: %w", err)
	}
	defer private.remove()
	defer endDescendants(grace)

	cmd := gonb(l, private.path, connectionFile)
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
func gonb(l layout, tmp, connectionFile string) *exec.Cmd {
	args := []string{"--kernel", connectionFile, "-go_work", l.root,
		// GoNB's log goes to a file in tmp; only errors reach Jupyter's own output.
		"-logtostderr=false", "-stderrthreshold=FATAL", "-log_dir", tmp}
	cmd := exec.Command(l.program("gonb"), args...)
	env := cellEnviron(context.Background(), l, os.Environ())
	env = with(env, "TMPDIR="+tmp)
	// Cells open the same device without each looking for it.
	if choice, ok, err := device.Find(); ok && err == nil {
		env = with(env, choice.Environ()...)
	}
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

const privatePrefix = "maestro-kernel-"

// privateDir is a kernel's folder for temporary files. A lock on a file in it, which the system drops when the kernel
// dies however it dies, tells a folder in use from one left behind.
type privateDir struct {
	path string
	lock *os.File
}

func newPrivateDir(parent string) (privateDir, error) {
	path, err := os.MkdirTemp(parent, privatePrefix)
	if err != nil {
		return privateDir{}, err
	}
	lock, err := os.OpenFile(filepath.Join(path, "in-use"), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	}
	return privateDir{path: path, lock: lock}, err
}

func (d privateDir) remove() {
	_ = os.RemoveAll(d.path)
	_ = d.lock.Close()
}

// sweepStale removes the folders of kernels that were killed before they could do it themselves, and ends what runs in
// them still: GoNB would keep the ports that the next kernel is told to use.
func sweepStale(parent string) {
	dirs, _ := filepath.Glob(filepath.Join(parent, privatePrefix+"*"))
	for _, dir := range dirs {
		lock, err := os.OpenFile(filepath.Join(dir, "in-use"), os.O_RDWR, 0)
		if err != nil {
			// One without the file may be about to get it; an old one never will.
			if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
				_ = os.RemoveAll(dir)
			}
			continue
		}
		if syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			endStrays(dir)
			_ = os.RemoveAll(dir)
		}
		_ = lock.Close()
	}
}
