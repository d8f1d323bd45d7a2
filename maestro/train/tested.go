package train

import "github.com/maestro-lod/notebook/maestro/runs"

// TestOnce measures the test split, or reads what an earlier call measured, and leaves it in the run folder.
func (r *Run) TestOnce() (runs.Measured, error) {
	if test, err := runs.ReadTest(r.Dir); err == nil {
		return test, nil
	}
	test, err := r.Test()
	if err != nil {
		return test, err
	}
	return test, runs.WriteTest(r.Dir, test)
}
