package bench

import (
	"flag"
	"os"
	"strconv"
	"testing"
)

// envSweepWorker has TestSweepWorkerProcess be a worker.
const envSweepWorker = "BENCH_SWEEP_WORKER"

// TestSweepWorkerProcess is the worker of TestSweep.
func TestSweepWorkerProcess(t *testing.T) {
	if os.Getenv(envSweepWorker) == "" {
		t.Skip("it is run by TestSweep")
	}
	cells, err := strconv.Atoi(flag.Arg(1))
	if err == nil {
		err = SweepWorker(flag.Arg(0), cells, flag.Arg(2), os.Stdout)
	}
	if err != nil {
		t.Fatal(err)
	}
	os.Exit(0)
}

// TestSweep: ours runs every cell once, with two processes and after one is killed, and rates are told.
func TestSweep(t *testing.T) {
	t.Setenv(envSweepWorker, "1")
	all, err := Sweep(t.Context(), SweepOptions{Trials: 6, Rounds: 1,
		Command: []string{os.Args[0], "-test.run=^TestSweepWorkerProcess$"}})
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v (%v)", all, err)
	}
	r := all[0]
	if !(r.OneRate > 0 && r.TwoRate > 0) || r.TwoAgain != 0 || r.Left.Again != 0 || r.Left.Cells != 6 ||
		r.Left.States["finished"] != 6 {
		t.Errorf("%+v", r)
	}
	if _, err := Sweep(t.Context(), SweepOptions{Trials: 1, Rounds: 1}); err == nil {
		t.Error("a grid of one cell is taken")
	}
}
