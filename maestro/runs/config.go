package runs

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.yaml.in/yaml/v3"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
)

// Config is a run's config.yaml: everything that is needed to repeat it.
type Config struct {
	Version  int      `yaml:"version"` // of the file's form; 0 as it was read where the file has none
	Settings Settings `yaml:"settings"`
	From     From     `yaml:"from,omitempty"`
	// Task is the fingerprint of the code of batch, model, loss and metrics; "" in runs of older versions.
	Task     string            `yaml:"task,omitempty"`
	Data     DataConfig        `yaml:"data"`
	Device   string            `yaml:"device"`
	Devices  int               `yaml:"devices,omitempty"` // that the steps were computed on, where more than one
	Versions map[string]string `yaml:"versions"`
}

// version is the form in which config.yaml is written.
const version = 2

// flatConfig is config.yaml as it was before it had a version.
type flatConfig struct {
	Settings    flat              `yaml:"settings"`
	From        string            `yaml:"from"`
	FromWeights string            `yaml:"from_weights"`
	Data        DataConfig        `yaml:"data"`
	Device      string            `yaml:"device"`
	Devices     int               `yaml:"devices"`
	Versions    map[string]string `yaml:"versions"`
}

func (f flatConfig) config() (Config, error) {
	from, err := parseFrom(f.From, f.FromWeights)
	return Config{Settings: f.Settings.settings(), From: from, Data: f.Data,
		Device: f.Device, Devices: f.Devices, Versions: f.Versions}, err
}

// DataConfig says which data a run saw.
type DataConfig struct {
	// Folder is where the files were read, and are looked for again; "" for data in the program.
	Folder     string `yaml:"folder,omitempty"`
	Checksum   string `yaml:"checksum"` // SHA-256 of the decoded files
	Train      int    `yaml:"train"`    // examples
	Validation int    `yaml:"validation"`
	Test       int    `yaml:"test"`
	// What a network of the data is made of, so that one can be built again without them; absent in old runs.
	Image   [3]int    `yaml:"image,flow,omitempty"` // height, width, channels
	Classes int       `yaml:"classes,omitempty"`
	Length  int       `yaml:"length,omitempty"`    // pieces of a sequence
	Mean    []float64 `yaml:"mean,flow,omitempty"` // one a channel, of pixels in 0–1
	Std     []float64 `yaml:"std,flow,omitempty"`
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
	if c, err = parseConfig(text); errors.Is(err, io.EOF) {
		return c, fmt.Errorf("%s is empty: put the run's settings back, or remove the run", path)
	} else if err != nil {
		return c, inFile(path, err)
	}
	if err := c.Settings.Check(); err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

func parseConfig(text []byte) (c Config, err error) {
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	var form struct {
		Version  int
		Settings yaml.Node
	}
	if err := yaml.Unmarshal(text, &form); err != nil {
		return c, err
	}
	switch form.Version {
	case 0:
		var f flatConfig
		if err := strict.Decode(&f); err != nil {
			return c, err
		}
		return f.config()
	case version:
		return c, cmp.Or(strict.Decode(&c), wholeNumbers(&form.Settings))
	}
	return c, fmt.Errorf("its version is %d, and this program reads %d and those without: "+
		"use the program that wrote it, or a newer one", form.Version, version)
}

// WriteConfig puts a run's config.yaml in place.
func WriteConfig(run string, c Config) error {
	c.Version = version
	text, err := yaml.Marshal(c)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(run, "config.yaml"), text)
}

// Remembered is the folder that the run in dir, or else another of the same data set beside it, read its data from;
// "" where none says so. A run that is not there yet has those beside it.
func Remembered(dir, dataSet string) string {
	runs := []string{dir}
	entries, _ := os.ReadDir(filepath.Dir(dir))
	for _, e := range entries {
		runs = append(runs, filepath.Join(filepath.Dir(dir), e.Name()))
	}
	for _, run := range runs {
		if config, err := ReadConfig(run); err == nil && config.Settings.Data == dataSet && config.Data.Folder != "" {
			return config.Data.Folder
		}
	}
	return ""
}
