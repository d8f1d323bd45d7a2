// Package sweeptest has test programs be the command too, with a task that trains in a fraction of a second: so that
// tests of sweeps start real processes of it.
package sweeptest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/maestro-lod/notebook/maestro/cli"
	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/worker"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/rows"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// envCommand has the test program be the command.
const envCommand = "SWEEPTEST_COMMAND"

// Main is a TestMain's.
func Main(m *testing.M) {
	if os.Getenv(envCommand) != "" {
		cli.Main(cli.With(cli.Task{Model: "net", Data: "circle",
			Load: func(ctx context.Context, s runs.Settings, _ data.Options) (*task.Task, error) {
				return Circle(ctx, "", s)
			}}))
	}
	testkit.Main(m)
}

// Environ is what the command has in its environment.
func Environ() []string { return append(os.Environ(), envCommand+"=1") }

// Command is the command with some arguments, in a process group of its own.
func Command(args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = Environ()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd
}

// Run runs the command and returns what it printed; it fails the test where that fails.
func Run(t testing.TB, args ...string) string {
	t.Helper()
	var out, said bytes.Buffer
	cmd := Command(args...)
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out.String(), said.String())
	}
	return out.String()
}

// Circle is a task of points of the plane: whether they are in a circle.
func Circle(context.Context, string, runs.Settings) (*task.Task, error) {
	table := &rows.Table{Name: "circle", Header: []string{"x", "y", "inside"}}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 300 {
		x, y := 2*rng.Float64()-1, 2*rng.Float64()-1
		table.Rows = append(table.Rows, []string{fmt.Sprint(x), fmt.Sprint(y), fmt.Sprint(x*x+y*y < 0.5)})
	}
	return table.Classify("net", models.MLP(2, 8), rows.Options{Target: "inside", Seed: 1})
}

// Settings of trials of so many epochs, at which the circle is learnt in milliseconds each.
func Settings(epochs int) runs.Settings {
	s := runs.Defaults()
	s.Model, s.Data, s.Epochs, s.Batch, s.LR, s.Validation = "net", "circle", epochs, 24, 0.1, 30
	return s
}

// Flags are those of Settings for the command.
func Flags(epochs int) []string {
	return []string{"--model", "net", "--data", "circle", "--epochs", fmt.Sprint(epochs), "--batch", "24",
		"--lr", "0.1",
		"--validation", "30"}
}

// Study is a study of some axes in a folder of the test's.
func Study(t testing.TB, epochs int, axes []string, seeds ...uint64) sweep.Study {
	return sweep.Study{Dir: filepath.Join(t.TempDir(), "study"), Settings: Settings(epochs), Axes: axes, Seeds: seeds}
}

// Look is where a study's trials are.
func Look(t testing.TB, s sweep.Study) []sweep.Trial {
	t.Helper()
	trials, err := s.Look()
	if err != nil {
		t.Fatal(err)
	}
	return trials
}

// Search is the study in a folder, and where its search stands.
func Search(t testing.TB, dir string) (sweep.Study, *sweep.Search) {
	t.Helper()
	s, err := sweep.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	search, err := s.Search()
	if err != nil {
		t.Fatal(err)
	}
	return s, search
}

// Undisturbed runs a study's twin in this process, and returns its trials.
func Undisturbed(t testing.TB, s sweep.Study) []sweep.Trial {
	t.Helper()
	s.Dir = t.TempDir()
	err := worker.Run(t.Context(), s, Look(t, s), worker.Options{Open: Open(t)})
	if err != nil {
		t.Fatal(err)
	}
	return Look(t, s)
}

// Open is what a worker of this process has for its trials.
func Open(t testing.TB) func(context.Context) (trial.Here, func(), error) {
	return func(context.Context) (trial.Here, func(), error) {
		return trial.Here{Backend: testkit.Backend(t), Load: Circle}, nil, nil
	}
}

// Same fails the test unless two studies of the same trials found the same, to the last digit.
func Same(t testing.TB, want, got []sweep.Trial) {
	t.Helper()
	a, b := sweep.TableOf(want), sweep.TableOf(got)
	if len(a.Rows) != len(b.Rows) {
		t.Fatalf("%d trials, want %d", len(b.Rows), len(a.Rows))
	}
	for i := range a.Rows {
		for k, column := range a.Columns {
			switch column.Name {
			case "attempts", "seconds", "reason":
				continue
			}
			if a.Rows[i][k] != b.Rows[i][k] {
				t.Errorf("%s, seed %d: %s is %v, want %v", got[i].Point, got[i].Settings.Seed, column.Name,
					b.Rows[i][k], a.Rows[i][k])
			}
		}
	}
}
