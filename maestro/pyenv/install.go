package pyenv

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/maestro-lod/notebook/maestro/cache"
)

// install makes the virtual environment from nothing. What was left of an earlier try is thrown away: pip keeps what it
// has downloaded in a cache of its own, so little is fetched twice, and no half-written package survives.
func (p packages) install(ctx context.Context, python string, env Env, report cache.Progress) error {
	logPath := env.Dir + ".log"
	log, err := os.Create(logPath)
	if err != nil {
		return fmt.Errorf("cannot write into the cache folder: %w", err)
	}
	defer log.Close()

	report.Tell("making the Python environment", 0, 0)
	if err := os.RemoveAll(env.Dir); err != nil {
		return fmt.Errorf("cannot remove the unfinished Python environment: %w", err)
	}
	venv := exec.CommandContext(ctx, python, "-m", "venv", env.Dir)
	venv.Stdout, venv.Stderr = log, log
	if err := venv.Run(); err != nil {
		return p.failed(ctx, "making the Python environment failed", logPath, err)
	}
	locked := filepath.Join(env.Dir, "requirements.txt")
	if err := os.WriteFile(locked, []byte(p.pinned), 0o644); err != nil {
		return fmt.Errorf("cannot write into the cache folder: %w", err)
	}

	pip := exec.CommandContext(ctx, env.Python(), "-m", "pip", "install",
		"--requirement", locked, "--require-hashes", "--no-deps", "--only-binary=:all:",
		"--progress-bar=off", "--no-input", "--disable-pip-version-check", "--retries=2")
	out, err := pip.StdoutPipe()
	if err != nil {
		return err
	}
	pip.Stderr = log
	if err := pip.Start(); err != nil {
		return p.failed(ctx, "pip does not start", logPath, err)
	}
	p.follow(io.TeeReader(out, log), report)
	if err := pip.Wait(); err != nil {
		return p.failed(ctx, "installing "+p.what+" failed", logPath, err)
	}
	return nil
}

var pinned = regexp.MustCompile(`(?m)^[a-z0-9-]+==`)

var pipLine = regexp.MustCompile(`^(Collecting|Ignoring|Installing collected packages:) ?([A-Za-z0-9_.-]*)`)

// follow turns pip's output into progress: it names each package as it fetches it, then writes them all out at once.
func (p packages) follow(out io.Reader, report cache.Progress) {
	total, done := len(pinned.FindAllString(p.pinned, -1)), 0
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		switch m := pipLine.FindStringSubmatch(lines.Text()); {
		case m == nil:
		case m[1] == "Ignoring": // not for this platform or Python
			total--
		case m[1] == "Collecting":
			done++
			report.Tell("downloading "+m[2], done, total)
		default:
			report.Tell("writing the packages to disk", done, total)
		}
	}
}

var noNetwork = regexp.MustCompile(
	`(?i)failed to establish a new connection|name resolution|name or service not known|network is unreachable|no route to host|connection (refused|timed out|reset)|max retries exceeded|proxyerror|read timed out`)

// ErrUnreachable is the error, wrapped, of a machine without a network.
var ErrUnreachable = errors.New("the Python package index cannot be reached")

var errInterrupted = errors.New("interrupted; the same command takes the set-up up again")

// failed says in one line what went wrong and what to do, reading pip's own words for the two common causes.
func (p packages) failed(ctx context.Context, what, logPath string, err error) error {
	if ctx.Err() != nil {
		return errInterrupted
	}
	said, _ := os.ReadFile(logPath)
	switch {
	case noNetwork.Match(said):
		return fmt.Errorf("%s: %w; connect to the network (or set PIP_INDEX_URL to a mirror) and run the same "+
			"command again (pip's output: %s)", what, ErrUnreachable, logPath)
	case strings.Contains(string(said), "No space left on device"):
		return fmt.Errorf("%s: the disk is full; free about %s, or name another folder with MAESTRO_CACHE=DIR, and "+
			"run the same command again", what, p.size)
	case strings.Contains(string(said), "DO NOT MATCH THE HASHES"):
		return fmt.Errorf("%s: a downloaded package is not the pinned one, so nothing was kept; check the package "+
			"index in use (pip's output: %s)", what, logPath)
	}
	return fmt.Errorf("%s: %v (pip's output: %s)", what, err, logPath)
}
