package kernel

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// cellFlags make the link of a cell that is a program of its own quick: no symbol table, and Go's own linker in place
// of the system's (docs/measurements.md).
const cellFlags = "'-ldflags=-s -linkmode=internal'"

// cellEnviron is the environment that cells are compiled and run in: imports come from the checkout and from the
// module cache at go.mod's versions and never from the network, which could change them under a running notebook. The
// user's own GOPROXY is in MAESTRO_GOPROXY, for what a cell downloads that is no import: data that a module carries.
func cellEnviron(ctx context.Context, l layout, base []string) []string {
	path := l.bin() + string(os.PathListSeparator) + get(base, "PATH")
	flags := cellFlags
	if old := goSetting(ctx, "GOFLAGS"); old != "" {
		flags = old + " " + flags
	}
	// the former where a cell starts another kernel
	proxy := cmp.Or(get(base, "MAESTRO_GOPROXY"), goSetting(ctx, "GOPROXY"))
	return with(base, "GOPROXY=off", "MAESTRO_GOPROXY="+proxy, "GOWORK=", "GOFLAGS="+flags, "PATH="+path,
		"GOPLSCACHE="+l.goplsCache())
}

// writable tells whether files can be made in a folder, which is made if it is missing.
func writable(dir string) bool {
	if os.MkdirAll(dir, 0o755) != nil {
		return false
	}
	file, err := os.CreateTemp(dir, "try-")
	if err != nil {
		return false
	}
	_ = file.Close()
	return os.Remove(file.Name()) == nil
}

// goSetting reads a setting as the go command sees it, from the environment or from go's own settings file.
func goSetting(ctx context.Context, name string) string {
	out, err := exec.CommandContext(ctx, "go", "env", name).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// with returns env with the given settings in place of those of the same names; "NAME=" takes one away.
func with(env []string, settings ...string) []string {
	env = slices.Clone(env)
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		env = slices.DeleteFunc(env, func(e string) bool { return strings.HasPrefix(e, name+"=") })
		if value != "" {
			env = append(env, s)
		}
	}
	return env
}

func get(env []string, name string) string {
	for _, e := range slices.Backward(env) {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// jupyterEnviron is the environment of Jupyter's own programs.
func jupyterEnviron(l layout, pythonBin string) []string {
	env := os.Environ()
	before := func(name, dir string) string {
		if old := get(env, name); old != "" {
			dir += string(os.PathListSeparator) + old
		}
		return name + "=" + dir
	}
	return with(env, before("JUPYTER_PATH", l.jupyter()), before("JUPYTER_CONFIG_PATH", l.jupyterConfig()),
		before("PATH", filepath.Clean(pythonBin)), "PYTHONUNBUFFERED=1")
}
