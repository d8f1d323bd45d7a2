package train

import (
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

func dataConfig(d *task.Data) runs.DataConfig {
	c := d.Config
	c.Checksum, c.Train, c.Validation, c.Test = d.Checksum(), d.Train.Len(), d.Validation.Len(), d.Test.Len()
	return c
}

// deviceName is what a backend calls itself, without the folders of its plugin, which differ from machine to
// machine, and without the number of devices, which is written beside it.
func deviceName(backend compute.Backend) string {
	name, _, _ := strings.Cut(backend.Description(), " [")
	return regexp.MustCompile(`/\S*/`).ReplaceAllString(name, "")
}

// versions of what computes.
func versions() map[string]string {
	v := map[string]string{"go": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			switch dep.Path {
			case "github.com/gomlx/gomlx", "github.com/gomlx/go-xla", "github.com/gomlx/compute":
				v[filepath.Base(dep.Path)] = dep.Version
			}
		}
	}
	return v
}

func importanceRows(n *lod.Network, epoch int) (rows []runs.Importance, err error) {
	for i, l := range n.Layers {
		values, err := n.Importance(i)
		if err != nil {
			return nil, err
		}
		for b, value := range values {
			rows = append(rows, runs.Importance{Epoch: epoch, Layer: l.Name, Rank: b + 1, Value: value})
		}
	}
	return rows, nil
}
