package train

import (
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

func dataConfig(s *data.Splits) runs.DataConfig {
	set := s.Train
	return runs.DataConfig{Folder: s.Dir, Checksum: s.Checksum, Train: set.Len(), Validation: s.Validation.Len(), Test: s.Test.Len(),
		Image: [3]int{set.Height, set.Width, set.Channels}, Classes: set.Classes, Mean: s.Mean, Std: s.Std}
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
