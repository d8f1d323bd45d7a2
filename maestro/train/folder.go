package train

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/gomlx/compute"
	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/lod"
)

// Config is a run's config.yaml: everything that is needed to repeat it.
type Config struct {
	Settings Settings `yaml:"settings"`
	From     string   `yaml:"from,omitempty"` // of a run that went on from another's weights: which, and how they were changed
	// FromWeights is the SHA-256 of the trainable weights that such a run started from.
	FromWeights string            `yaml:"from_weights,omitempty"`
	Data        DataConfig        `yaml:"data"`
	Device      string            `yaml:"device"`
	Devices     int               `yaml:"devices,omitempty"` // on how many the steps were computed, where it was more than one
	Versions    map[string]string `yaml:"versions"`
}

// DataConfig says which data a run saw.
type DataConfig struct {
	Folder     string `yaml:"folder,omitempty"` // that the files were read from, where they are looked for again; none for data in the program
	Checksum   string `yaml:"checksum"`         // SHA-256 of the decoded files
	Train      int    `yaml:"train"`            // examples
	Validation int    `yaml:"validation"`
	Test       int    `yaml:"test"`
	// What a network of the data is made of, so that one can be built again without them; absent in old runs.
	Image   [3]int    `yaml:"image,flow,omitempty"` // height, width, channels
	Classes int       `yaml:"classes,omitempty"`
	Mean    []float64 `yaml:"mean,flow,omitempty"` // one a channel, of pixels in 0–1
	Std     []float64 `yaml:"std,flow,omitempty"`
}

func dataConfig(s *data.Splits) DataConfig {
	set := s.Train
	return DataConfig{Folder: s.Dir, Checksum: s.Checksum, Train: set.Len(), Validation: s.Validation.Len(), Test: s.Test.Len(),
		Image: [3]int{set.Height, set.Width, set.Channels}, Classes: set.Classes, Mean: s.Mean, Std: s.Std}
}

// Row is one epoch of history.csv.
type Row struct {
	Epoch              int     `csv:"epoch"` // from 1
	Step               int     `csv:"step"`  // steps done
	Loss               float64 `csv:"loss"`  // mean of the training loss over the epoch
	ValidationLoss     float64 `csv:"validation_loss"`
	ValidationAccuracy float64 `csv:"validation_accuracy"` // percent
	TotalRank          int     `csv:"total_rank"`          // Σ r_i after shrinking
	Weights            int64   `csv:"weights"`             // of the deployed network, biases left out
	MACs               int64   `csv:"macs"`                // of the deployed network
	StepMS             float64 `csv:"step_ms"`             // mean milliseconds a step took
	Seconds            float64 `csv:"seconds"`             // the epoch took, measuring included
	// TrainMACs are the multiply-adds of a training step's forward passes for one example, dead columns included; 0 in old
	// tables.
	TrainMACs int64 `csv:"train_macs,optional"`
}

// LayerRank is one layer at the end of one epoch, a row of ranks.csv; epoch 0 is the start.
type LayerRank struct {
	Epoch int    `csv:"epoch"`
	Layer string `csv:"layer"`
	Full  int    `csv:"full"` // the rank it started at
	Rank  int    `csv:"rank"`
}

// Importance is ‖U_{b:}‖‖V_{b:}‖ of one alive rank b of a layer at the end of an epoch, a row of importance.csv.
type Importance struct {
	Epoch int     `csv:"epoch"`
	Layer string  `csv:"layer"`
	Rank  int     `csv:"rank"` // from 1
	Value float64 `csv:"importance,%.6g"`
}

// table is one that training writes a row, or some, of every epoch to.
type table struct {
	name   string
	header []string
	// truncate keeps the rows of epochs up to the given one: those after it were written by a stretch that is done again.
	truncate func(path string, epoch int) error
}

func tables() []table {
	return []table{
		tableOf("history.csv", func(r Row) int { return r.Epoch }),
		tableOf("ranks.csv", func(r LayerRank) int { return r.Epoch }),
		tableOf("importance.csv", func(r Importance) int { return r.Epoch }),
	}
}

func tableOf[T any](name string, epoch func(T) int) table {
	return table{name: name, header: csvfile.Header[T](), truncate: func(path string, last int) error {
		return csvfile.Keep(path, func(row T) bool { return epoch(row) <= last })
	}}
}

// Exists says whether a folder holds a run: a start writes config.yaml last.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "config.yaml"))
	return err == nil
}

// ReadConfig reads a run's config.yaml; unknown keys are errors.
func ReadConfig(run string) (c Config, err error) {
	path := filepath.Join(run, "config.yaml")
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return c, fmt.Errorf("%s is no run folder: it has no config.yaml", run)
	}
	if err != nil {
		return c, err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&c); errors.Is(err, io.EOF) {
		return c, fmt.Errorf("%s is empty: put the run's settings back, or remove the run", path)
	} else if err != nil {
		return c, fmt.Errorf("%s: %s", path, strings.Join(strings.Fields(strings.ReplaceAll(err.Error(), "yaml: unmarshal errors:", "")), " "))
	}
	if err := c.Settings.Check(); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ReadHistory reads a run's history.csv, also while the run goes on.
func ReadHistory(run string) ([]Row, error) {
	return csvfile.ReadRows[Row](filepath.Join(run, "history.csv"))
}

// ReadRanks reads a run's ranks.csv, also while the run goes on.
func ReadRanks(run string) ([]LayerRank, error) {
	return csvfile.ReadRows[LayerRank](filepath.Join(run, "ranks.csv"))
}

// ReadImportance reads ‖U_{b:}‖‖V_{b:}‖ of a layer's alive ranks at the end of every epoch, [epoch][rank]; epoch 0 is the
// start. Epochs at whose end no rank was left have none, also the last ones.
func ReadImportance(run, layer string) (importance [][]float64, err error) {
	ranks, err := ReadRanks(run)
	for _, r := range ranks {
		if r.Layer == layer {
			importance = append(importance, make([][]float64, max(0, r.Epoch+1-len(importance)))...)
		}
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	rows, err := csvfile.ReadRows[Importance](filepath.Join(run, "importance.csv"))
	for _, r := range rows {
		if r.Layer == layer {
			importance = append(importance, make([][]float64, max(0, r.Epoch+1-len(importance)))...)
			importance[r.Epoch] = append(importance[r.Epoch], r.Value)
		}
	}
	return importance, err
}

// fingerprint tells whether settings are the ones a checkpoint was made with. It is that of their text, so a setting that is
// added needs omitempty and a zero that stands for what was before it, or no older run opens again.
func (s Settings) fingerprint() (string, error) {
	text, err := yaml.Marshal(s)
	return fmt.Sprintf("%x", sha256.Sum256(text)), err
}

// deviceName is what a backend calls itself, without the folders of its plugin, which differ from machine to machine, and
// without the number of devices, which is written beside it.
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

func importanceRows(n *lod.Network, epoch int) (rows []Importance, err error) {
	for i, l := range n.Layers {
		values, err := n.Importance(i)
		if err != nil {
			return nil, err
		}
		for b, value := range values {
			rows = append(rows, Importance{Epoch: epoch, Layer: l.Name, Rank: b + 1, Value: value})
		}
	}
	return rows, nil
}
