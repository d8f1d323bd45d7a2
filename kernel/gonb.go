package kernel

import (
	"context"
	"embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/maestro-lod/notebook/maestro/cache"
)

const gonbModule = "github.com/janpfeifer/gonb"

// gonbChanges are made to GoNB's source, at go.mod's version, before it is built. None of them can be set from outside.
var gonbChanges = []struct{ file, old, new string }{
	// Completion that is asked for before gopls is connected, which GoNB tries 12 seconds after its start, waits
	// those 12 seconds, and cells wait behind it. gopls answers at once, so it is connected when it is needed.
	{
		file: "internal/goexec/goplsclient/exec.go",
		old:  "\t\t<-time.After(ConnectTimeout)\n\t\tc.mu.Lock()\n",
		new:  "\t\tif c.Connect(ctx) != nil {\n\t\t\ttime.Sleep(20 * time.Millisecond)\n\t\t}\n\t\tc.mu.Lock()\n",
	},
	// Before each compilation GoNB runs `go get`, which cannot get anything here, since cells do without the network.
	{
		file: "internal/goexec/goexec.go",
		old:  "AutoGet:         true,",
		new:  "AutoGet:         false,",
	},
	// For a cell that listens to the page GoNB has the page run a script, waits 3 seconds for it where there is none,
	// with the cell's outputs held back, and leaves the script in the notebook. Panels of package cell bring a script
	// of their own.
	{
		file: "internal/comms/namedpipes.go",
		old:  "\ts.AddressSubscriptions.Insert(address)\n",
		new: "\ts.AddressSubscriptions.Insert(address)\n\tif len(address) > 9 && address[:9] == \"/maestro/\" " +
			"{\n\t\treturn\n\t}\n",
	},
	// The column of a compile error is what stands before the message. GoNB takes the third part between colons,
	// which in a log's line is of the time of day: no number, column 0, and a panic that ends the kernel.
	{
		file: "internal/goexec/gonberror.go",
		old: "\tsplit := strings.Split(e.Location, \":\")\n\tif len(split) >= 3 && split[0] != \"\" {\n\t\tcol, _ " +
			":= strconv.Atoi(split[2])\n\t\treturn col\n\t}\n\treturn -1\n",
		new: "\tif m := reColumn.FindStringSubmatch(e.Location); m != nil {\n\t\tif col, err := " +
			"strconv.Atoi(m[1]); err == nil && col > 0 {\n\t\t\treturn col\n\t\t}\n\t}\n\treturn -1\n",
	},
	{
		file: "internal/goexec/gonberror.go",
		old:  "var reFileLinePrefix = ",
		new:  "var reColumn = regexp.MustCompile(`\\.go:\\d+:(\\d+): $`)\nvar reFileLinePrefix = ",
	},
	// What a cell that failed wrote to its standard error is searched for places in its code: a stack's lines, and a
	// test's, begin with blanks. Others that name a place, such as a log's, are no part of the failure.
	{
		file: "internal/goexec/execcode.go",
		old:  "func (w *jupyterStackTraceMapperWriter) processLine(lineStr string) {\n",
		new: "func (w *jupyterStackTraceMapperWriter) processLine(lineStr string) {\n\tif " +
			"!strings.HasPrefix(lineStr, \"\\t\") && !strings.HasPrefix(lineStr, \"    \") {\n\t\treturn\n\t}\n",
	},
	// Output is sent in pieces of at most 32 KiB, which may end within a letter.
	{
		file: "internal/jpyexec/jpyexec.go",
		old:  "io.Copy(exec.stdoutWriter, exec.cmdStdout)",
		new:  "io.Copy(exec.stdoutWriter, &wholeLetters{r: exec.cmdStdout})",
	},
	{
		file: "internal/jpyexec/jpyexec.go",
		old:  "io.Copy(exec.stderrWriter, exec.cmdStderr)",
		new:  "io.Copy(exec.stderrWriter, &wholeLetters{r: exec.cmdStderr})",
	},
	// A program that reads its standard input waits for ever, as nobody closes it or is asked what to put in.
	{
		file: "internal/jpyexec/jpyexec.go",
		old:  "\texec.cmdStdin, err = cmd.StdinPipe()\n\tif err != nil {\n",
		new: "\tvar stdin *os.File\n\tstdin, exec.cmdStdin, err = os.Pipe()\n\tdefer stdin.Close()\n\tcmd.Stdin = " +
			"stdin\n\tif err != nil {\n",
	},
	{
		file: "internal/jpyexec/jpyexec.go",
		old:  "\t\texec.handleStaticInput()\n\t}\n",
		new: "\t\texec.handleStaticInput()\n\t} else if exec.millisecondsToInput <= 0 " +
			"{\n\t\texec.answerReads(stdin)\n\t}\n\t_ = stdin.Close()\n",
	},
}

// gonbFiles are put beside GoNB's own, for the changes above: they are not compiled here, since they are of GoNB's
// packages.
//
//go:embed gonb/*.go.txt
var gonbFiles embed.FS

// addFiles writes gonbFiles into the package that they are of.
func addFiles(source string) error {
	entries, err := gonbFiles.ReadDir("gonb")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		text, err := gonbFiles.ReadFile("gonb/" + entry.Name())
		if err != nil {
			return err
		}
		name := "maestro_" + strings.TrimSuffix(entry.Name(), ".txt")
		if err := os.WriteFile(filepath.Join(source, "internal", "jpyexec", name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// buildGoNB builds GoNB with our changes, from a copy of its module that a workspace puts in the module's place.
func buildGoNB(ctx context.Context, l layout, report cache.Progress) error {
	ours, err := l.ours(ctx)
	if err != nil {
		return err
	}
	module, err := moduleDir(ctx, ours, gonbModule)
	if err != nil {
		return err
	}
	source := filepath.Join(l.gonb(), "source")
	if err := copySource(source, module); err != nil {
		return fmt.Errorf("copying GoNB's source: %w", err)
	}
	for _, c := range gonbChanges {
		if err := changeFile(filepath.Join(source, c.file), c.old, c.new); err != nil {
			return err
		}
	}
	if err := addFiles(source); err != nil {
		return fmt.Errorf("adding to GoNB's source: %w", err)
	}
	work := filepath.Join(l.gonb(), "go.work")
	if err := os.Remove(work); err != nil && !os.IsNotExist(err) {
		return err
	}
	for _, args := range [][]string{{"init", ours}, {"edit", "-replace=" + gonbModule + "=./source"}} {
		cmd := exec.CommandContext(ctx, "go", append([]string{"work"}, args...)...)
		cmd.Dir, cmd.Env = l.gonb(), with(os.Environ(), "GOWORK="+work)
		if out, err := cmd.CombinedOutput(); err != nil {
			return goFailed(ctx, "making GoNB's workspace", strings.Split(strings.TrimSpace(string(out)), "\n"))
		}
	}
	return goBuild(ctx, "building GoNB", ours, with(os.Environ(), "GOWORK="+work), report, "-o", l.program("gonb"),
		gonbModule)
}

// copySource makes dst a copy of a module's folder, which in the module cache cannot be written to, but for its films
// and pictures.
func copySource(dst, module string) error {
	if err := os.RemoveAll(dst); err != nil {
		return err
	}
	return filepath.WalkDir(module, func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		inside, err := filepath.Rel(module, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, inside)
		if inside == "docs" {
			return filepath.SkipDir
		}
		if entry.IsDir() {
			return os.MkdirAll(to, 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(to, text, 0o644)
	})
}

// changeFile puts new in the place of old, which must be there once.
func changeFile(path, old, new string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if n := strings.Count(string(text), old); n != 1 {
		return fmt.Errorf("%s has changed: the place to change is there %d times; see kernel/gonb.go", path, n)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644)
}
