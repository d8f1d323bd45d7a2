package kernel

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/maestro/pyenv"
)

//go:embed run.py
var runner string

// RunOptions sets a headless run.
type RunOptions struct {
	Out         string        // the folder for the executed .ipynb and the HTML page
	CellTimeout time.Duration // the longest one cell may take; 0 for no limit
	Report      pyenv.Report  // told of each cell as it starts
}

// Run executes a notebook on a fresh kernel, with no front end, and writes NAME.ipynb with its outputs and NAME.html into
// the output folder; also when a cell fails, in which case the error is a *CellError and the cells after it did not run.
func (s Setup) Run(ctx context.Context, notebook string, o RunOptions) error {
	if info, err := os.Stat(notebook); err != nil {
		return fmt.Errorf("no notebook %s", notebook)
	} else if info.IsDir() {
		return fmt.Errorf("%s is a folder: name the notebooks in it", notebook)
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return fmt.Errorf("cannot write into %s: %w", o.Out, err)
	}
	if sameFolder(o.Out, filepath.Dir(notebook)) {
		return fmt.Errorf("%s would be overwritten by its executed self: name another output folder", notebook)
	}
	stem := filepath.Join(o.Out, strings.TrimSuffix(filepath.Base(notebook), ".ipynb"))
	cmd := exec.CommandContext(ctx, s.python.Python(), "-c", runner, notebook, stem+".ipynb", stem+".html", Name,
		strconv.FormatFloat(o.CellTimeout.Seconds(), 'f', -1, 64))
	cmd.Env = jupyterEnviron(s.layout, filepath.Dir(s.python.Python()))
	// An interrupt lets the runner shut its kernel down and keep what ran.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("%s: interrupted", notebook)
		}
		return fmt.Errorf("starting the notebook runner: %w", err)
	}
	failure := follow(out, notebook, o.Report)
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil && failure != nil: // the runner tells of it once both files are written
		return fmt.Errorf("%s: interrupted; what ran is in %s.ipynb", notebook, stem)
	case ctx.Err() != nil:
		return fmt.Errorf("%s: interrupted", notebook)
	case failure != nil:
		return failure
	case err != nil:
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		return fmt.Errorf("%s: %s", notebook, lines[len(lines)-1])
	}
	return nil
}

func sameFolder(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// follow reads the runner's events until it ends, and returns the failure it told of, if any.
func follow(out io.Reader, notebook string, report pyenv.Report) error {
	var failure error
	cells := 0
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e struct {
			Event, Line, Name, Text string
			Cells, Cell             int
		}
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue
		}
		switch e.Event {
		case "start":
			cells = e.Cells
		case "cell":
			if report != nil {
				report(fmt.Sprintf("%s: cell %d: %s", filepath.Base(notebook), e.Cell, e.Line), e.Cell-1, cells)
			}
		case "error":
			failure = newCellError(notebook, e.Cell, e.Text)
		}
	}
	return failure
}
