package kernel

import (
	"context"
	"fmt"
	"os"
	"os/exec"

	"github.com/maestro-lod/notebook/kernel/live"
	"github.com/maestro-lod/notebook/kernel/supervisor"
	"github.com/maestro-lod/notebook/maestro/device"
)

// Supervise is the process that Jupyter starts as the kernel of the checkout at root: GoNB under its supervisor, in
// the environment that cells need. goFolder is where the go command lies if the PATH does not lead to one. It returns
// GoNB's exit status.
func Supervise(root, goFolder, connectionFile string) (int, error) {
	if _, err := exec.LookPath("go"); err != nil {
		if err := os.Setenv("PATH", os.Getenv("PATH")+string(os.PathListSeparator)+goFolder); err != nil {
			return 1, err
		}
	}
	l, err := layoutOf(root)
	if err != nil {
		return 1, err
	}
	if _, err := os.Stat(l.program("gonb")); err != nil {
		return 1, fmt.Errorf("the kernel is not set up (%w): run `go run . lab` in %s", err, root)
	}
	env := cellEnviron(context.Background(), l, os.Environ())
	if !writable(l.goplsCache()) {
		env = with(env, "GOPLSCACHE=") // it has one of its own in the user's cache folder
	}
	// Cells open the same device without each looking for it.
	if choice, ok, err := device.Find(); ok && err == nil {
		env = with(env, choice.Environ()...)
	}
	return supervisor.Run(supervisor.Settings{
		ConnectionFile: connectionFile,
		GoNB:           l.program("gonb"),
		Args:           []string{"-go_work", l.root},
		Environ:        env,
		Cache:          liveCache(l),
		Root:           l.root,
	})
}

// EnvCells names the environment variable that chooses how cells run: "gonb" has each be a program of its own, as
// they are where Go has no plugins.
const EnvCells = "MAESTRO_CELLS"

// liveCache is the folder for the program that living cells run in; "" where there are none.
func liveCache(l layout) string {
	if os.Getenv(EnvCells) == "gonb" || !live.Supported() {
		return ""
	}
	return l.cache
}
