package train

import (
	"cmp"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// measureBatch is how many examples are measured at a time, at most, where the task does not say.
const measureBatch = 1000

// defaultNormExamples is how many examples the statistics of batch norms are averaged over.
const defaultNormExamples = 10_000

// recalibrate averages the statistics of the network's batch norms at its current ranks over the first training
// examples.
func (m *executor) recalibrate() (err error) {
	if m.recalibrated || !m.graph.network.HasBatchNorms() {
		return nil
	}
	if m.recalibration == nil {
		if m.recalibration, err = model.NewExec(m.backend, m.graph.network.Store(), m.graph.recalibrate); err != nil {
			return oneLine("building the averages of batch norms", err)
		}
	}
	batch, examples := m.graph.settings.Batch, cmp.Or(m.graph.settings.NormExamples, defaultNormExamples)
	batches := max(1, min(examples, m.graph.task.Data.Train.Len())/batch)
	alive := vector(ranks32(m.graph.network))
	defer free([]*tensors.Tensor{alive})
	indices := make([]int32, batch)
	for b := range batches {
		for i := range indices {
			indices[i] = int32(b*batch + i)
		}
		small := []*tensors.Tensor{vector(indices), tensors.FromScalar(float32(b + 1))}
		_, err := m.recalibration.Exec(m.training.with(small[0], alive, small[1])...)
		free(small)
		if err != nil {
			return oneLine("averaging batch norms", err)
		}
	}
	m.recalibrated = true
	return nil
}

// measure runs the network at its current ranks over a whole set.
func (m *executor) measure(s task.Set) (measured, error) {
	err := m.recalibrate()
	if err != nil {
		return measured{}, err
	}
	if m.measures == nil {
		if m.measures, err = model.NewExec(m.backend, m.graph.network.Store(), m.graph.measure); err != nil {
			return measured{}, oneLine("building the measurement", err)
		}
	}
	set := newDeviceSet(s, m.graph.task.Data.Constants)
	defer set.free()
	var sums []float64
	batch := min(cmp.Or(m.graph.task.MeasureBatch, measureBatch), s.Len())
	indices := make([]int32, batch) // each program is for one set as it is
	for first := 0; first < s.Len(); first += batch {
		n := min(batch, s.Len()-first)
		for i := range indices {
			indices[i] = int32(first + i%n)
		}
		small := []*tensors.Tensor{vector(indices), vector(ranks32(m.graph.network)), tensors.FromScalar(int32(n))}
		out, err := m.measures.Exec(set.with(small...)...)
		free(small)
		if err != nil {
			return measured{}, oneLine("the measurement", err)
		}
		if sums == nil {
			sums = make([]float64, len(out))
		}
		for i, t := range out {
			sums[i] += scalar(t)
		}
		free(out)
	}
	return finish(m.graph.task, sums, s.Len()), nil
}

// measured is a split's.
type measured struct {
	runs.Measured
	metrics []runs.Metric // without an epoch and a split
}

// rows are the metrics as those of a split at the end of an epoch.
func (m measured) rows(epoch int, split string) (rows []runs.Metric) {
	for _, metric := range m.metrics {
		metric.Epoch, metric.Split = epoch, split
		rows = append(rows, metric)
	}
	return rows
}

// finish makes the metrics of the sums that a measuring graph gave over all examples.
func finish(t *task.Task, sums []float64, examples int) (all measured) {
	all.Measured = runs.Measured{Loss: sums[0] / sums[1], Accuracy: math.NaN(), Examples: examples}
	next := 2
	for _, m := range t.Metrics {
		sum, weight := sums[0], sums[1]
		if m.Of != nil {
			sum, weight, next = sums[next], sums[next+1], next+2
		}
		if value := m.Final(sum, weight); m.Name == task.Accuracy {
			all.Accuracy = value
		} else {
			all.metrics = append(all.metrics, runs.Metric{Name: m.Name, Value: value})
		}
	}
	return all
}

// scalar is a number of either type that sums have.
func scalar(t *tensors.Tensor) float64 {
	if t.DType() == dtypes.Int32 {
		return float64(tensors.ToScalar[int32](t))
	}
	return float64(tensors.ToScalar[float32](t))
}
