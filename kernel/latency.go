package kernel

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/kernel/live"
	"github.com/maestro-lod/notebook/maestro/device"
)

//go:embed latency.py
var latency string

// CellTime is how long a kernel takes from a cell's being sent to its last word, in milliseconds, over the rounds,
// and the medians of the steps that a living cell is made of.
type CellTime struct {
	Median float64            `json:"median_ms"`
	P95    float64            `json:"p95_ms"`
	Steps  map[string]float64 `json:"steps_ms,omitempty"`
}

// CellTimes are those of each kernel ("ours"; "programs", which is ours with each cell a program; "gonb" as it
// installs itself) and of each kind of cell: "plot" draws again what is there, "function" declares a function and
// calls it, "train" trains on, and "small" prints a number in a kernel that has imported fmt alone. Where cells are
// programs, each does all that it needs.
type CellTimes struct {
	Rounds  int                            `json:"rounds"`
	Kernels map[string]map[string]CellTime `json:"kernels"`
}

// TimeCells times cells as a person runs them, in our kernel and, in turns with it, in others, all warm. The plain
// kernel has this checkout in its go.work, since it could not import GoMLX at these versions otherwise, and asks the
// network no more than ours, which would only slow it.
func (s Setup) TimeCells(ctx context.Context, rounds int) (CellTimes, error) {
	if rounds < 1 {
		return CellTimes{}, fmt.Errorf("rounds must be at least 1, not %d", rounds)
	}
	dir, err := os.MkdirTemp("", "maestro-latency-")
	if err != nil {
		return CellTimes{}, err
	}
	defer os.RemoveAll(dir)
	base := jupyterEnviron(s.layout, filepath.Dir(s.python.Python()))
	choice, ok, err := device.Find()
	if err != nil {
		return CellTimes{}, err
	}
	if ok {
		base = with(base, choice.Environ()...)
	}
	ours := cellEnviron(ctx, s.layout, base)
	theirs := with(base, "PATH="+get(ours, "PATH"), "GOPROXY=off", "GOWORK=", "TMPDIR="+dir, "JUPYTER_DATA_DIR="+dir)
	plain := filepath.Join(dir, "plain-gonb")
	if err := goBuild(ctx, "building plain GoNB", s.layout.root, os.Environ(), nil, "-o", plain,
		gonbModule); err != nil {
		return CellTimes{}, err
	}
	// gopls, which completes names and times no cell, may be missing.
	install := exec.CommandContext(ctx, plain, "--install", "--force_deps", "-go_work="+s.layout.root,
		"-logtostderr=false", "-stderrthreshold=FATAL")
	install.Env = theirs
	if out, err := install.CombinedOutput(); err != nil {
		return CellTimes{}, fmt.Errorf("installing plain GoNB: %w: %s", err, strings.TrimSpace(string(out)))
	}

	type side struct {
		Name  string            `json:"name"`
		Env   map[string]string `json:"env"`
		Lives bool              `json:"lives"`
	}
	kernels := map[string]side{
		"ours":     {Name, environMap(ours), live.Supported()},
		"programs": {Name, environMap(with(ours, EnvCells+"=gonb")), false},
		"gonb":     {"gonb", environMap(theirs), false},
	}
	settings, err := json.Marshal(map[string]any{"kernels": kernels, "rounds": rounds})
	if err != nil {
		return CellTimes{}, err
	}
	cmd := exec.CommandContext(ctx, s.python.Python(), "-c", latency)
	cmd.Env = with(base, "JUPYTER_DATA_DIR="+dir)
	cmd.Stdin = strings.NewReader(string(settings))
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) } // lets it shut its kernels down
	cmd.WaitDelay = 20 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return CellTimes{}, fmt.Errorf("interrupted")
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return CellTimes{}, fmt.Errorf("timing cells: %w: %s", err, lines[len(lines)-1])
	}
	times := CellTimes{Rounds: rounds}
	if err := json.Unmarshal(out, &times.Kernels); err != nil {
		return CellTimes{}, fmt.Errorf("timing cells: %w", err)
	}
	return times, nil
}

func environMap(env []string) map[string]string {
	all := map[string]string{}
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		all[name] = value
	}
	return all
}
