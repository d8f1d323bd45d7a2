package local_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// TestBadInput: what is wrong with a study is one line that says what to do, an exit status, and nothing lost: the
// study is then what it was.
func TestBadInput(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "study")
	flags := sweeptest.Flags(1)
	run := slices.Concat([]string{"sweep", "run", dir, "--over", "lambda_gl=0,1e-3"}, flags)
	sweeptest.Run(t, run...)
	study, err := sweep.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "study.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "other")
	over := func(axis string) []string {
		return slices.Concat([]string{"sweep", "run", other, "--over", axis}, flags)
	}
	for what, c := range map[string]struct {
		args []string
		yaml string // of the study, where it is another
		say  string
	}{
		"an unknown setting": {over("lambda=1"), "", `there is no setting "lambda": use seed, `},
		"an unknown setting beside": {append(over("lambda_gl=0"), "--set", "lrr=1"), "",
			`there is no setting "lrr": use seed, `},
		"an empty space": {over("lambda_gl="), "",
			"lambda_gl has no values: name some, such as lambda_gl=0.1,0.2"},
		"an empty range":         {over("lambda_gl=log(1e-6..1e-3,0)"), "", "a range is log(FROM..TO,COUNT)"},
		"a value that cannot be": {over("batch=24,0"), "", "batch is 0: it must be at least 1"},
		"seeds that come twice": {append(over("lambda_gl=0"), "--seeds", "1,1"), "",
			"seeds names 1 twice: name each once"},
		"a contradictory resume": {append(slices.Clone(run), "--momentum", "0.5"), "",
			"and this one's is 0.5: name another folder, or vary it on an axis"},
		"a newer study, run": {run, "version: 99\n",
			"is of version 99, and this program reads 1 and older: use the program that wrote it, or a newer one"},
		"a newer study, status": {[]string{"sweep", "status", dir}, "version: 99\n",
			"is of version 99, and this program reads 1"},
		"a torn study": {[]string{"sweep", "status", dir}, string(text[:len(text)/2]) + "\n  [",
			"ask for the study again by `maestro sweep run`"},
		"no study": {[]string{"sweep", "status", t.TempDir()}, "",
			"is no study: it has no study.yaml"},
		"Slurm is not there": {append(over("lambda_gl=0"), "--slurm"), "",
			"the commands of Slurm are not there: run this on a login node of the cluster, or leave --slurm out"},
		"a cluster and this machine": {append(over("lambda_gl=0"), "--slurm", "--workers", "2"), "",
			"leave one of them out"},
		"a trial that is not there": {[]string{"sweep", "retry", dir, "x-seed1"}, "", "has no trial x-seed1"},
		"a table of an unknown format": {[]string{"sweep", "export", dir, "--out", other + ".xls"}, "",
			`the extension ".xls" is none of .csv, .parquet and .tex`},
		"more workers than devices hold": {append(over("lambda_gl=0"), "--on", "0", "--workers", "2"), "",
			"2 workers do not fit on 1 devices at 1 each: raise per_device, or lower workers"},
	} {
		if c.yaml != "" {
			if err := os.WriteFile(path, []byte(c.yaml), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var said bytes.Buffer
		cmd := sweeptest.Command(c.args...)
		cmd.Env = append(cmd.Env, "PATH="+t.TempDir())
		cmd.Stderr = &said
		err := cmd.Run()
		line := said.String()
		if err == nil || !strings.HasPrefix(line, "maestro: ") || strings.Count(line, "\n") != 1 ||
			!strings.Contains(line, c.say) {
			t.Errorf("%s: %v, want a line with %q:\n%s", what, err, c.say, line)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, one := range sweeptest.Look(t, study) {
		if one.State != sweep.Finished || one.Attempts != 1 {
			t.Errorf("%s is %s after %d attempts", one.Name(), one.State, one.Attempts)
		}
	}
	// A torn record is named, and no error: its run folder tells the same, and the next run sets it aside.
	record := filepath.Join(dir, "trials", sweeptest.Look(t, study)[1].Name(), "trial.json")
	whole, err := os.ReadFile(record)
	if err == nil {
		err = os.WriteFile(record, whole[:len(whole)/2], 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	if said := sweeptest.Run(t, "sweep", "status", dir); strings.Count(said,
		record+" cannot be read, and its run folder is asked in its place: remove it") != 1 ||
		!strings.Contains(said, "2 trials: 2 finished;") {
		t.Errorf("of a torn record it says\n%s", said)
	}
}
