package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// kernel is one that lives: GoNB, the proxy before it, and what may happen to them.
type kernel struct {
	jupyter int // the process that has started us
	gonb    *exec.Cmd
	proxy   *proxy
	signals <-chan os.Signal
	orphans <-chan os.Signal // SIGCHLD
	broken  <-chan error     // the proxy cannot go on

	kill <-chan time.Time // once the kernel is to end
}

// live returns GoNB's exit status when it has ended, by itself or because it was to.
func (k *kernel) live() (int, error) {
	ended := make(chan error, 1)
	go func() { ended <- k.gonb.Wait() }()
	shutdown := k.proxy.shutdown
	watch := time.NewTicker(time.Second)
	defer watch.Stop()
	zombies := map[process]bool{} // seen at the last look
	for {
		select {
		case sig := <-k.signals:
			if sig == syscall.SIGINT { // interrupts the cell, not the kernel
				k.proxy.interrupt()
			} else {
				k.stop()
			}
		case <-shutdown: // and GoNB knows
			shutdown = nil
			k.endCells()
		case <-watch.C:
			if os.Getppid() != k.jupyter { // it died without saying goodbye
				k.stop()
			}
			zombies = reap(zombies)
		case err := <-k.broken:
			fmt.Fprintln(os.Stderr, "the kernel ends:", err)
			k.stop()
		case <-k.orphans: // they are taken when next we look
		case <-k.kill:
			_ = k.gonb.Process.Kill()
		case err := <-ended:
			var exit *exec.ExitError
			if errors.As(err, &exit) && k.kill == nil {
				return exit.ExitCode(), nil
			}
			return 0, nil
		}
	}
}

// stop tells GoNB to end, once: being told twice is a crash to it.
func (k *kernel) stop() {
	if k.kill == nil {
		_ = k.gonb.Process.Signal(syscall.SIGTERM)
		k.endCells()
	}
}

// endCells tells all that cells have started to end, and sets GoNB a limit.
func (k *kernel) endCells() {
	if k.kill != nil {
		return
	}
	k.kill = time.After(gonbGrace)
	for _, p := range ofCell(processes(), os.Getpid(), k.gonb.Process.Pid, 0, 0) {
		_ = syscall.Kill(p.pid, syscall.SIGTERM)
	}
}
