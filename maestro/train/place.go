package train

import (
	"cmp"
	"os"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/cache"
	"github.com/maestro-lod/notebook/maestro/data"
)

// DataOptions are those that the run's data set is loaded with again: as Settings.DataOptions has them, from the folder that
// it was read from unless dir, or $MAESTRO_DATA, names another.
func (c Config) DataOptions(dir string, report cache.Progress) data.Options {
	o := c.Settings.DataOptions(dir, report)
	o.Remembered = c.Data.Folder
	return o
}

// Remembered is the folder that the run in dir, or else another of the same data set beside it, read its data from; "" where
// none says so. A run that is not there yet has those beside it.
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

// Same says whether s asks for what a run was trained with. A validation of 0 asks for the data set's default, which is what
// the run's is then taken to be.
func (s Settings) Same(run Settings) bool {
	return s.on(run.Validation) == run
}

// on are the settings with the number of validation examples that the data have, where they leave it to them.
func (s Settings) on(validation int) Settings {
	s.Validation = cmp.Or(s.Validation, validation)
	return s
}
