package kernel

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/maestro-lod/notebook/maestro/cache"
)

//go:embed run.py
var runner string

// RunOptions sets a headless run.
type RunOptions struct {
	Out         string         // the folder to write into
	Formats     []string       // of those that Formats lists; ipynb and html where it is empty
	CellTimeout time.Duration  // the longest one cell may take; 0 for no limit
	Parameters  []string       // "name=value": what takes the place of values of the notebook's cell tagged parameters
	Report      cache.Progress // told of each cell as it starts
	Warn        func(string)   // told in one line what the page lacks, such as a picture that is not there; may be nil

	environ []string // settings of the kernel's environment, for tests
}

// Formats are the forms that an executed notebook is written in. The page and its print show figures and formulas
// without the network.
func Formats() []string { return []string{"ipynb", "html", "pdf"} }

// Check says what is wrong with the formats, before anything is set up or run.
func (o RunOptions) Check() error {
	for _, format := range o.Formats {
		if !slices.Contains(Formats(), format) {
			return fmt.Errorf("no format %q; the formats are %s", format, strings.Join(Formats(), ", "))
		}
	}
	if o.wants("pdf") && findChromium() == "" {
		return fmt.Errorf("no Chromium on the PATH, which prints PDF: install it (Debian: apt install chromium), or " +
			"leave pdf out of the formats")
	}
	return nil
}

func (o RunOptions) wants(format string) bool {
	if len(o.Formats) == 0 {
		return format != "pdf"
	}
	return slices.Contains(o.Formats, format)
}

// Run executes a notebook on a fresh kernel, with no front end, and writes NAME.ipynb with its outputs, NAME.html and
// NAME.pdf, or those of them that are wanted, into the output folder, and returns their paths; also when a cell
// fails, in which case the error is a *CellError and the cells after it did not run.
func (s Setup) Run(ctx context.Context, notebook string, o RunOptions) (written []string, err error) {
	if err := o.Check(); err != nil {
		return nil, err
	}
	book, err := readNotebook(notebook)
	if err != nil {
		return nil, err
	}
	injected, err := book.inject(o.Parameters)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Out, 0o755); err != nil {
		return nil, fmt.Errorf("cannot write into %s: %w", o.Out, err)
	}
	if sameFolder(o.Out, filepath.Dir(notebook)) {
		return nil, fmt.Errorf("%s would be overwritten by its executed self: name another output folder", notebook)
	}
	stem := o.stem(notebook)
	paths := map[string]string{} // "" for a format that is not wanted
	for _, format := range Formats() {
		if o.wants(format) {
			paths[format] = stem + "." + format
			written = append(written, paths[format])
		}
	}
	page, printed := paths["html"], paths["pdf"]
	if printed != "" && page == "" { // what is printed is the page
		dir, err := os.MkdirTemp("", "maestro-page-")
		if err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
		page = filepath.Join(dir, filepath.Base(stem)+".html")
	}
	failure, err := s.execute(ctx, job{Notebook: notebook, Book: paths["ipynb"], Page: page, Kernel: Name,
		Seconds: o.CellTimeout.Seconds(), Inject: injected}, o)
	switch {
	case ctx.Err() != nil && failure != nil: // the runner tells of it once its files are written
		return nil, fmt.Errorf("%s: interrupted; what ran is in %s", notebook, o.Out)
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%s: interrupted", notebook)
	case failure == nil && err != nil:
		return nil, fmt.Errorf("%s: %w", notebook, err)
	}
	if printed != "" {
		if err := printPDF(ctx, findChromium(), page, printed); err != nil {
			if failure == nil {
				return nil, fmt.Errorf("%s: %w", notebook, err)
			}
			written = written[:len(written)-1] // the cell's failure is what a person needs to hear of
		}
	}
	return written, failure
}

// job is what the runner is told.
type job struct {
	Notebook string     `json:"notebook"`
	Book     string     `json:"book"` // where the executed notebook goes; "" for nowhere
	Page     string     `json:"page"` // where the HTML goes; "" for nowhere
	Kernel   string     `json:"kernel"`
	Seconds  float64    `json:"seconds"` // that a cell may take; 0 for no limit
	Inject   *injection `json:"inject"`
}

// execute runs the notebook and writes it and its page where they have a path. It returns the failure that the runner
// told of, and otherwise why there was no runner to tell of any.
func (s Setup) execute(ctx context.Context, j job, o RunOptions) (failure, err error) {
	settings, err := json.Marshal(j)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, s.python.Python(), "-c", runner, string(settings))
	cmd.Env = with(jupyterEnviron(s.layout, filepath.Dir(s.python.Python())), o.environ...)
	// An interrupt lets the runner shut its kernel down and keep what ran.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGINT) }
	cmd.WaitDelay = 20 * time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("starting the notebook runner: %w", err)
	}
	failure = follow(out, j.Notebook, o)
	if err = cmd.Wait(); err != nil {
		lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
		err = errors.New(lines[len(lines)-1])
	}
	return failure, err
}

func sameFolder(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// follow reads the runner's events until it ends, and returns the failure it told of, if any.
func follow(out io.Reader, notebook string, o RunOptions) error {
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
			if o.Report != nil {
				o.Report(fmt.Sprintf("%s: cell %d: %s", filepath.Base(notebook), e.Cell, e.Line), e.Cell-1, cells)
			}
		case "lacks":
			if o.Warn != nil {
				o.Warn(notebook + ": " + e.Text)
			}
		case "error":
			failure = newCellError(notebook, e.Cell, e.Text)
		}
	}
	return failure
}
