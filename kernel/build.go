package kernel

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/maestro-lod/notebook/kernel/live"
	"github.com/maestro-lod/notebook/maestro/cache"
)

// downloadModules fetches every module that go.mod names, so that cells, which may not ask the network, can import any.
func downloadModules(ctx context.Context, l layout, report cache.Progress) error {
	report.Tell("downloading Go modules", 0, 0)
	cmd := exec.CommandContext(ctx, "go", "mod", "download")
	cmd.Dir = l.root
	if out, err := cmd.CombinedOutput(); err != nil {
		return goFailed(ctx, "downloading Go modules", strings.Split(strings.TrimSpace(string(out)), "\n"))
	}
	return nil
}

// buildPrograms builds the supervisor (maestro itself), GoNB and goimports at the versions go.mod
// names, and gopls, where it is needed, at the version that its own module names.
func buildPrograms(ctx context.Context, l layout, report cache.Progress) error {
	if err := os.MkdirAll(l.bin(), 0o755); err != nil {
		return err
	}
	ours, err := l.ours(ctx)
	if err != nil {
		return err
	}
	if err := l.buildMaestro(ctx, report); err != nil {
		return err
	}
	if err := buildGoNB(ctx, l, report); err != nil {
		return err
	}
	if err := goBuild(ctx, "building goimports", ours, os.Environ(), report, "-o", l.program("goimports"),
		"golang.org/x/tools/cmd/goimports"); err != nil {
		return err
	}
	if live.Supported() {
		return nil
	}
	// A workspace of the user's does not know this module.
	return goBuild(ctx, "building gopls", filepath.Join(ours, "kernel", "gopls"),
		with(os.Environ(), "GOWORK=off"), report,
		"-o", l.program("gopls"), "golang.org/x/tools/gopls")
}

// buildMaestro builds the program of the root: its kernel is the one that Jupyter starts.
func (l layout) buildMaestro(ctx context.Context, report cache.Progress) error {
	err := goBuild(ctx, "building maestro", l.root, os.Environ(), report, "-o", l.program("maestro"), ".")
	if err == nil && !isCheckout(l.root) {
		// A package that is no program is built into a file too, an archive.
		out, version := exec.CommandContext(ctx, l.program("maestro"), "kernel", "--help").CombinedOutput()
		if version != nil || !strings.Contains(string(out), "connection-file") {
			err = fmt.Errorf("%s has no program that is the kernel: its main function must call cli.Main", l.root)
		}
	}
	return err
}

// prepareCells compiles the libraries as cells import them and links the program that cells live in, so that the
// first cell does not wait the minute that compiling GoMLX takes.
func prepareCells(ctx context.Context, l layout, report cache.Progress) error {
	s := live.Settings{Root: l.root, Cache: l.cache, Environ: cellEnviron(ctx, l, os.Environ()), Report: report}
	tools, err := live.NewToolchain(ctx, s)
	if err != nil || !live.Supported() {
		return err
	}
	err = tools.Prepare(ctx)
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return nil // a session links its own where the cache cannot be written
	}
	return err
}

// isWarm has, for a set-up that is complete, what Go's build cache has lost since compiled: it forgets what was not
// used for five days. It reports nothing where there is nothing to do.
func (l layout) isWarm(ctx context.Context, report cache.Progress) bool {
	return prepareCells(ctx, l, report) == nil
}

// goBuild runs go build and reports each package as it is compiled; of how many is not known, since the go command does
// not say which ones its cache has.
func goBuild(ctx context.Context, what, dir string, env []string, report cache.Progress, args ...string) error {
	report.Tell(what, 0, 0)
	return goRun(ctx, what, dir, env, report, append([]string{"build", "-v"}, args...)...)
}

// goRun runs a go command that tells of each package on its standard error.
func goRun(ctx context.Context, what, dir string, env []string, report cache.Progress, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = dir, env
	out, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	var said []string
	lines := bufio.NewScanner(out)
	packages := 0
	for lines.Scan() {
		line := lines.Text()
		if strings.ContainsAny(line, " :") { // not the name of a package: an error, or a download
			said = append(said, line)
		} else {
			packages++
			line = fmt.Sprintf("%d packages so far, now %s", packages, line)
		}
		report.Tell(what+": "+line, 0, 0)
	}
	if err := cmd.Wait(); err != nil {
		return goFailed(ctx, what, said)
	}
	return nil
}

// goFailed says in one line why a go command failed.
func goFailed(ctx context.Context, what string, said []string) error {
	if ctx.Err() != nil {
		return fmt.Errorf("interrupted; the same command takes the set-up up again")
	}
	text := strings.Join(said[:min(len(said), 4)], " | ")
	if strings.Contains(text, "dial tcp") || strings.Contains(text, "module lookup disabled") {
		return fmt.Errorf("%s: Go modules are missing and cannot be downloaded; connect to the network and run the "+
			"same command again (%s)", what, text)
	}
	return fmt.Errorf("%s failed: %s", what, text)
}
