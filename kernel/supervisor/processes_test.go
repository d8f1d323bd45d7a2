package supervisor

import (
	"os"
	"os/exec"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOfCell: what a cell has started is found below GoNB and, if it has begun since, among the orphans; the language
// server and what it started are no part of it, and neither is GoNB.
func TestOfCell(t *testing.T) {
	all := []process{
		{pid: 1, name: "init"},
		{pid: 10, parent: 1, name: "maestro"},
		{pid: 20, parent: 10, name: "gonb", began: 5},
		{pid: 30, parent: 20, name: "/usr/local/bin/gopls"},
		{pid: 31, parent: 30, name: "go"},
		{pid: 40, parent: 20, name: "go", began: 101},
		{pid: 41, parent: 40, name: "compile"},
		{pid: 42, parent: 40, name: "link", zombie: true},
		{pid: 50, parent: 10, name: "sleep", began: 99},  // of an earlier cell
		{pid: 51, parent: 50, name: "sleep", began: 101}, // and what that started
		{pid: 60, parent: 10, name: "sleep", began: 100},
		{pid: 61, parent: 60, name: "sleep", began: 102},
		{pid: 70, parent: 10, name: "gopls", began: 101},
		{pid: 75, parent: 10, name: "host", began: 101}, // of living cells
		{pid: 76, parent: 75, name: "sleep", began: 102},
		{pid: 80, parent: 1, name: "sleep", began: 101},
	}
	var got []int
	for _, p := range ofCell(all, 10, 20, 75, 100) {
		got = append(got, p.pid)
	}
	slices.Sort(got)
	if diff := cmp.Diff([]int{40, 41, 60, 61}, got); diff != "" {
		t.Errorf("the processes of the cell (-want +got):\n%s", diff)
	}
}

// TestProcesses: a child is found with its name and its parent, begun no earlier than we looked at the clock.
func TestProcesses(t *testing.T) {
	before := now()
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = child.Process.Kill()
		_ = child.Wait()
	}()
	waitFor(t, func() bool { // until it has become sleep
		return slices.ContainsFunc(processes(), func(p process) bool {
			return p.pid == child.Process.Pid && p.parent == os.Getpid() && p.name == "sleep" && p.began >= before &&
				p.began <= now() && !p.zombie
		})
	})
}
