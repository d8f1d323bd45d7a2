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
	"strconv"
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
	Epoch              int     // from 1
	Step               int     // steps done
	Loss               float64 // mean of the training loss over the epoch
	ValidationLoss     float64
	ValidationAccuracy float64 // percent
	TotalRank          int     // Σ r_i after shrinking
	Weights            int64   // of the deployed network, biases left out
	MACs               int64   // of the deployed network
	StepMS             float64 // mean milliseconds a step took
	Seconds            float64 // the epoch took, measuring included
	TrainMACs          int64   // multiply-adds of a training step's forward passes for one example, dead columns included; 0 in old tables
}

var historyHeader = []string{"epoch", "step", "loss", "validation_loss", "validation_accuracy", "total_rank", "weights", "macs", "step_ms", "seconds", "train_macs"}

func (r Row) record() []string {
	f := func(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }
	return []string{strconv.Itoa(r.Epoch), strconv.Itoa(r.Step), f(r.Loss), f(r.ValidationLoss), f(r.ValidationAccuracy), strconv.Itoa(r.TotalRank),
		strconv.FormatInt(r.Weights, 10), strconv.FormatInt(r.MACs, 10), f(r.StepMS), f(r.Seconds), strconv.FormatInt(r.TrainMACs, 10)}
}

func parseRow(record []string) (r Row, err error) {
	if len(record) == len(historyHeader)-1 { // as it was before train_macs
		record = append(record[:len(record):len(record)], "0")
	}
	if len(record) != len(historyHeader) {
		return r, fmt.Errorf("%d columns, want %d", len(record), len(historyHeader))
	}
	var whole [6]int64
	for i, column := range []int{0, 1, 5, 6, 7, 10} {
		var e error
		whole[i], e = strconv.ParseInt(record[column], 10, 64)
		err = errors.Join(err, e)
	}
	var real [5]float64
	for i, column := range []int{2, 3, 4, 8, 9} {
		var e error
		real[i], e = strconv.ParseFloat(record[column], 64)
		err = errors.Join(err, e)
	}
	return Row{Epoch: int(whole[0]), Step: int(whole[1]), Loss: real[0], ValidationLoss: real[1], ValidationAccuracy: real[2],
		TotalRank: int(whole[2]), Weights: whole[3], MACs: whole[4], StepMS: real[3], Seconds: real[4], TrainMACs: whole[5]}, err
}

// LayerRank is one layer at the end of one epoch, a row of ranks.csv; epoch 0 is the start.
type LayerRank struct {
	Epoch int
	Layer string
	Full  int // the rank it started at
	Rank  int
}

var (
	ranksHeader      = []string{"epoch", "layer", "full", "rank"}
	importanceHeader = []string{"epoch", "layer", "rank", "importance"}
)

// tables are a run folder's, each with its header.
func tables() map[string][]string {
	return map[string][]string{"history.csv": historyHeader, "ranks.csv": ranksHeader, "importance.csv": importanceHeader}
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
func ReadHistory(run string) (rows []Row, err error) {
	err = csvfile.Read(filepath.Join(run, "history.csv"), -1, func(record []string) error {
		row, err := parseRow(record)
		rows = append(rows, row)
		return err
	})
	return rows, err
}

// ReadRanks reads a run's ranks.csv, also while the run goes on.
func ReadRanks(run string) (ranks []LayerRank, err error) {
	err = csvfile.Read(filepath.Join(run, "ranks.csv"), len(ranksHeader), func(record []string) error {
		var n [3]int
		for i, column := range []int{0, 2, 3} {
			var err error
			if n[i], err = strconv.Atoi(record[column]); err != nil {
				return err
			}
		}
		ranks = append(ranks, LayerRank{Epoch: n[0], Layer: record[1], Full: n[1], Rank: n[2]})
		return nil
	})
	return ranks, err
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
	err = csvfile.Read(filepath.Join(run, "importance.csv"), len(importanceHeader), func(record []string) error {
		if record[1] != layer {
			return nil
		}
		epoch, err := strconv.Atoi(record[0])
		if err != nil {
			return err
		}
		value, err := strconv.ParseFloat(record[3], 64)
		for len(importance) <= epoch {
			importance = append(importance, nil)
		}
		importance[epoch] = append(importance[epoch], value)
		return err
	})
	return importance, err
}

// truncateCSV keeps the rows of epochs up to the given one: those after it were written by a stretch that is done again.
func truncateCSV(path string, header []string, epoch int) error {
	var kept [][]string
	err := csvfile.Read(path, -1, func(record []string) error {
		at, err := strconv.Atoi(record[0])
		if at <= epoch {
			kept = append(kept, record)
		}
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return csvfile.Write(path, header, kept)
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

func importanceRecords(n *lod.Network, epoch int) (records [][]string, err error) {
	for i, l := range n.Layers {
		importance, err := n.Importance(i)
		if err != nil {
			return nil, err
		}
		for b, value := range importance {
			records = append(records, []string{strconv.Itoa(epoch), l.Name, strconv.Itoa(b + 1), strconv.FormatFloat(value, 'g', 6, 64)})
		}
	}
	return records, nil
}
