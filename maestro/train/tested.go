package train

import "github.com/maestro-lod/notebook/maestro/runs"

// TestOnce measures the test split, or reads what an earlier call measured, and leaves it in the run folder: the loss
// and the accuracy in test.json, other metrics in metrics.csv.
func (r *Run) TestOnce() (runs.Measured, error) {
	if test, err := runs.ReadTest(r.Dir); err == nil {
		return test, nil
	}
	test, err := r.executor.measure(r.task.Data.Test)
	if err != nil {
		return test.Measured, err
	}
	if err := runs.AppendMetrics(r.Dir, test.rows(r.state.Epoch, "test")); err != nil {
		return test.Measured, err
	}
	return test.Measured, runs.WriteTest(r.Dir, test.Measured)
}

// RecordValidation measures the validation split and appends its metrics to the run's table, as a network needs that
// was cut after its last epoch: the rows before are those of its training.
func (r *Run) RecordValidation() error {
	m, err := r.executor.measure(r.task.Data.Validation)
	if err != nil {
		return err
	}
	return runs.AppendMetrics(r.Dir, m.rows(r.state.Epoch, "validation"))
}
