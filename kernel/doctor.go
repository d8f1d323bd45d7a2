package kernel

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/kernel/live"
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/pyenv"
)

// Check is one thing that Examine looked at.
type Check struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Needed bool   `json:"needed"` // whether the notebooks need it
	Found  string `json:"found"`  // what is there, or what is wrong
	Mend   string `json:"mend,omitempty"`
}

const setUp = "go run . setup"

// Examine looks at everything the notebooks and figures need, and installs nothing.
func Examine(ctx context.Context, dir string) []Check {
	checks := []Check{goCommand(ctx)}
	root, err := FindRoot(dir)
	if err != nil {
		return append(checks, Check{Name: "checkout", Needed: true, Found: err.Error()})
	}
	checks = append(checks, Check{Name: "checkout", OK: true, Needed: true, Found: root})
	l, err := layoutOf(root)
	if err != nil {
		return append(checks, Check{Name: "cache folder", Needed: true, Found: err.Error()})
	}
	checks = append(checks, Check{Name: "cache folder", OK: true, Needed: true, Found: l.cache})
	checks = append(checks, pythonChecks(ctx)...)
	checks = append(checks, deviceCheck(), compileCacheCheck())
	checks = append(checks, acceleratorChecks()...)
	checks = append(checks, cellsCheck())
	for _, name := range programs() {
		checks = append(checks, fileCheck("program "+name, l.program(name)))
	}
	checks = append(checks, fileCheck("Jupyter kernelspec", l.spec()))
	return append(checks, userSpecCheck(l), browser())
}

// cellsCheck tells how cells run here.
func cellsCheck() Check {
	c := Check{Name: "cells", OK: true, Found: "their values live on, in one process"}
	switch {
	case os.Getenv(EnvCells) == "gonb":
		c.Found = "each is a program of its own, as " + EnvCells + " says"
	case !live.Supported():
		c.OK, c.Found, c.Mend = false,
			"each is a program of its own: there is no gcc, which links those whose values live",
			"install gcc (Debian: apt install gcc)"
	}
	return c
}

func goCommand(ctx context.Context) Check {
	out, err := exec.CommandContext(ctx, "go", "version").Output()
	if err != nil {
		return Check{Name: "Go", Needed: true, Found: "no go command on the PATH",
			Mend: "install Go 1.26 or newer from go.dev/dl"}
	}
	return Check{Name: "Go", OK: true, Needed: true, Found: strings.TrimSpace(string(out))}
}

func pythonChecks(ctx context.Context) []Check {
	python := Check{Name: "Python", OK: true, Needed: true}
	version, err := pyenv.Interpreter(ctx)
	python.Found = version
	if err != nil {
		python.OK, python.Found = false, err.Error()
	}
	env := Check{Name: "Python environment", Needed: true}
	found, complete, err := pyenv.Find()
	switch {
	case err != nil:
		env.Found = err.Error()
	case complete:
		env.OK, env.Found = true, found.Dir
	default:
		env.Found, env.Mend = "not set up, or only half", setUp
	}
	return []Check{python, env}
}

// deviceCheck opens the backend that would be used and computes with it.
func deviceCheck() Check {
	check := Check{Name: "device", Needed: true}
	choice, ok, err := device.Find()
	if err != nil {
		check.Found = err.Error()
		return check
	}
	if !ok {
		check.Found, check.Mend = "no XLA plugin is installed", setUp
		return check
	}
	backend, err := device.OpenChoice(choice)
	if err != nil {
		check.Found, check.Mend = err.Error(), fmt.Sprintf("unset %s, then: %s", device.EnvBackend, setUp)
		return check
	}
	defer backend.Finalize()
	two, err := graph.CallOnce(backend, func(x *graph.Node) *graph.Node { return graph.Add(x, x) }, float32(1))
	if err != nil || two.Value() != float32(2) {
		check.Found = fmt.Sprintf("%s computes wrongly or not at all (%v)", choice.Config, err)
		return check
	}
	check.OK = true
	check.Found = fmt.Sprintf("%s, %d device(s), %s, from %s", choice.Config, backend.NumDevices(),
		backend.DeviceDescription(0), choice.Origin)
	return check
}

// compileCacheCheck shows what the compiled programs of the device that would be used take and save.
func compileCacheCheck() Check {
	check := Check{Name: "compiled programs"}
	choice, ok, err := device.Find()
	if err != nil || !ok {
		check.Found = "no device, so none are kept"
		return check
	}
	check.Found, check.OK = choice.CompileCache()
	return check
}

func fileCheck(name, path string) Check {
	if _, err := os.Stat(path); err != nil {
		return Check{Name: name, Needed: true, Found: "not set up", Mend: setUp}
	}
	return Check{Name: name, OK: true, Needed: true, Found: path}
}

func browser() Check {
	if path := findChromium(); path != "" {
		return Check{Name: "Chromium", OK: true, Found: path}
	}
	return Check{Name: "Chromium", Found: "not installed; the tests of the Lab page are skipped without it",
		Mend: "apt install chromium (Debian)"}
}

// findChromium is the path of a Chromium, or "" for none.
func findChromium() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
