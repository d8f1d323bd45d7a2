package train

import (
	"os"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/nanjson"
)

// testFile holds a run's measurement on the test split, so that it is made once.
const testFile = "test.json"

// TestOnce measures the test split, or reads what an earlier call measured, and leaves it in the run folder.
func (r *Run) TestOnce() (Measured, error) {
	if test, err := ReadTest(r.Dir); err == nil {
		return test, nil
	}
	test, err := r.Test()
	if err != nil {
		return test, err
	}
	text, err := nanjson.Marshal(test)
	if err != nil {
		return test, err
	}
	return test, atomicfile.Write(filepath.Join(r.Dir, testFile), text)
}

// ReadTest reads what TestOnce left in a run folder; where there is nothing, that is an error.
func ReadTest(dir string) (test Measured, err error) {
	text, err := os.ReadFile(filepath.Join(dir, testFile))
	if err != nil {
		return test, err
	}
	return test, nanjson.Unmarshal(text, &test)
}
