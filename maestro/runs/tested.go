package runs

import (
	"math"
	"os"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/nanjson"
)

// Measured is a network on one split.
type Measured struct {
	Loss     float64 `json:"loss" csv:"loss"`         // the task's, in the mean; of images the cross-entropy
	Accuracy float64 `json:"accuracy" csv:"accuracy"` // percent; NaN of a task without
	Examples int     `json:"examples"`
}

// Score is larger for the better of two networks: the accuracy, or where the task has none the negative loss.
func (m Measured) Score() float64 {
	if math.IsNaN(m.Accuracy) {
		return -m.Loss
	}
	return m.Accuracy
}

// testFile holds a run's measurement on the test split, so that it is made once.
const testFile = "test.json"

// ReadTest reads the measurement on the test split that a run folder holds; where there is nothing, that is an error.
func ReadTest(dir string) (test Measured, err error) {
	text, err := os.ReadFile(filepath.Join(dir, testFile))
	if err != nil {
		return test, err
	}
	return test, nanjson.Unmarshal(text, &test)
}

// WriteTest leaves a measurement on the test split in a run folder.
func WriteTest(dir string, test Measured) error {
	text, err := nanjson.Marshal(test)
	if err != nil {
		return err
	}
	return atomicfile.Write(filepath.Join(dir, testFile), text)
}
