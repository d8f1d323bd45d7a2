package supervisor

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

// interruptGrace is how long a cell is given to end by itself once it is interrupted.
const interruptGrace = 400 * time.Millisecond

// endCell interrupts each process of the cell that GoNB has run since it began, the compiler's as well as the cell's
// own, and kills them after the grace time, until the context ends: while GoNB has not given the cell up, more may
// come.
func endCell(ctx context.Context, gonb, host int, began instant) {
	asked := map[process]bool{}
	deadline := time.Now().Add(interruptGrace)
	for ctx.Err() == nil {
		for _, p := range ofCell(processes(), os.Getpid(), gonb, host, began) {
			switch late := time.Now().After(deadline); {
			case late:
				_ = syscall.Kill(p.pid, syscall.SIGKILL)
			case !asked[p]: // once: a second interrupt means "at once" to many programs
				asked[p] = true
				_ = syscall.Kill(p.pid, syscall.SIGINT)
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
	}
}

// instant counts the system's steps of 10 ms, in which it says when a process began.
type instant int64

// process is one of the system's.
type process struct {
	pid, parent int
	name        string
	began       instant // zero where the system does not say
	zombie      bool    // ended, but its parent has not heard so
}

// below returns the processes that come of pid, nearest first, without those that leave refuses and what comes of them.
func below(all []process, pid int, leave func(process) bool) []process {
	children := map[int][]process{}
	for _, p := range all {
		children[p.parent] = append(children[p.parent], p)
	}
	var found []process
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		for _, p := range children[queue[0]] {
			if !leave(p) {
				found, queue = append(found, p), append(queue, p.pid)
			}
		}
	}
	return slices.DeleteFunc(found, func(p process) bool { return p.zombie })
}

// isGopls tells GoNB's language server, which serves all cells.
func isGopls(p process) bool { return filepath.Base(p.name) == "gopls" }

// ofCell returns the processes of the running cell: all that come of GoNB, gopls left aside, and the orphans that the
// supervisor has adopted since the cell began. Those of earlier cells were meant to stay.
// The host of living cells, and what comes of it, is left alone.
func ofCell(all []process, supervisor, gonb, host int, began instant) []process {
	found := below(all, supervisor, func(p process) bool {
		return isGopls(p) || p.pid == host || p.parent == supervisor && p.pid != gonb && p.began < began
	})
	return slices.DeleteFunc(found, func(p process) bool { return p.pid == gonb })
}
