package slurm_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/slurmtest"
	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestHalving: a search runs on a cluster as it does on one machine. The process that hands in is killed between sbatch
// and the note of the job's number; the same command goes on with the jobs that are there, asks for the λ_gl that
// their trials ask for, and ends where an undisturbed search does.
func TestHalving(t *testing.T) {
	testmode.Long(t, "a search on a cluster")
	const epochs = 150
	cluster := newSite(t, slurmtest.Options{Nodes: 2})
	study := sweeptest.Study(t, epochs, nil, 1, 2)
	start := func() (*exec.Cmd, *bytes.Buffer) {
		cmd := sweeptest.Command(append([]string{"sweep", "run", study.Dir, "--slurm", "--poll", "300ms", "--absence",
			"3s", "--attempts", "100", "--halve", "0.025", "--max-drop", "5", "--seeds", "1,2"},
			sweeptest.Flags(epochs)...)...)
		cmd.Env = append(append(cmd.Env, cluster.Env()...), "PATH="+cluster.bin+":"+os.Getenv("PATH"))
		said := &bytes.Buffer{}
		cmd.Stdout, cmd.Stderr = said, said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd, said
	}
	cluster.misbehave("sbatch.kill")
	killed, said := start()
	if err := killed.Wait(); err == nil {
		t.Fatalf("it lived on: %s", said)
	}
	cmd, said := start()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, said)
	}
	s, search := sweeptest.Search(t, study.Dir)
	found, ok := search.Found()
	if !ok || len(search.Tried) < 2 || !strings.Contains(said.String(), "found: "+found.Point.String()) {
		t.Fatalf("found %v after %d values of λ_gl:\n%s", ok, len(search.Tried), said)
	}
	asked, err := s.Asked()
	if err != nil {
		t.Fatal(err)
	}
	check(t, asked, sweeptest.Undisturbed(t, asked))
}
