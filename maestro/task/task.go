// Package task says what is learnt, and from what: a task joins a model, the examples, how a batch is made of them,
// the loss and the metrics. Training takes one as a value. Those of images and of rows of numbers are in packages
// below; a program, or a cell of a notebook, writes its own.
package task

import (
	"errors"
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Task is what a run learns.
type Task struct {
	Net
	Data *Data
	// Batch makes the network's inputs and the target of a batch, in a graph; nil takes the set's last column for the
	// target and those before it for the inputs.
	Batch func(Batch) Example
	// Augment changes training examples at random; the zero value leaves them as they are.
	Augment Augment
	// Buckets are the shapes of training batches; the zero value is one, of the columns. Task.Batch must cut what it
	// makes to the batch's Length.
	Buckets Buckets
	Loss    Loss
	Metrics []Metric // one named Accuracy is the accuracy of the run's tables
	// MeasureBatch is how many examples are measured at a time, at most; 0 is 1000. What gives much for each takes
	// fewer.
	MeasureBatch int
}

// Net is a network before it has weights, and what it takes.
type Net struct {
	// Name is what config.yaml calls the model.
	Name   string
	Model  lod.Model
	Inputs []lod.Input
}

// ErrNeedsData is that of a run whose network cannot be had whole without the data it was trained on.
var ErrNeedsData = errors.New("the data are needed")

// Batch is what a step's graph has of its examples.
type Batch struct {
	Columns   []*Node // of the set, [examples, …], as they lie on the device
	Constants []*Node // of the data
	Indices   *Node   // of the batch's examples in the set, int32 [batch]
	// Drawn are the numbers of Augment.Draw, int32 [batch, Augment.Width]; nil where examples are measured.
	Drawn *Node
	// Length is what the columns' second axis is to be cut to, of Task.Buckets; 0 leaves it whole.
	Length int
}

// Rows are the batch's examples of a column, [batch, …].
func (b Batch) Rows(column int) *Node { return Gather(b.Columns[column], ExpandDims(b.Indices, -1)) }

// Example is a batch as the network and the loss take it.
type Example struct {
	Inputs []*Node // [batch, …] each
	Target *Node   // as the loss has it
}

// Augment draws the random numbers by which Task.Batch changes training examples.
type Augment struct {
	Width int // numbers an example
	// Draw gives Width numbers for each of n examples. They depend on the seed and the step alone, so that a run that
	// goes on draws what one that was not interrupted would.
	Draw func(n int, seed uint64, step int) []int32
}

// Make is Batch, or what stands for it.
func (t *Task) Make(b Batch) Example {
	if t.Batch != nil {
		return t.Batch(b)
	}
	var e Example
	last := len(b.Columns) - 1
	for c := range last {
		e.Inputs = append(e.Inputs, b.Rows(c))
	}
	e.Target = b.Rows(last)
	return e
}

// Check is an error that names the first part that is missing or does not fit the others.
func (t *Task) Check() error {
	if t == nil {
		return errors.New("there is no task to train on")
	}
	missing := ""
	switch {
	case t.Name == "":
		missing = "Net.Name, what config.yaml calls the model"
	case t.Model == nil:
		missing = "Net.Model"
	case len(t.Inputs) == 0:
		missing = "Net.Inputs, the shape of what the model takes"
	case t.Data == nil:
		missing = "Data"
	case t.Loss == nil:
		missing = "Loss"
	}
	if missing != "" {
		return fmt.Errorf("the task %q has no %s", t.Name, missing)
	}
	for i, m := range t.Metrics {
		for _, other := range t.Metrics[:i] {
			if m.Name == other.Name {
				return fmt.Errorf("the task %q has two metrics named %q", t.Name, m.Name)
			}
		}
	}
	if err := t.Data.check(); err != nil {
		return fmt.Errorf("the data %q: %w", t.Data.Name, err)
	}
	return t.Buckets.check(t.Data.Train.Len())
}

// MeanLoss is the loss of a batch: the sum over its examples by the sum of their weights, a scalar.
func MeanLoss(l Loss, output, target *Node) *Node {
	each, weight := l.Each(output, target)
	if weight == nil {
		return ReduceAllMean(each)
	}
	return Div(ReduceAllSum(each), ReduceAllSum(weight))
}

// Accuracy is the name of the metric that fills the accuracy of a run's tables, in percent.
const Accuracy = "accuracy"

// Metric is measured on validation and test.
type Metric struct {
	Name string
	// Of is the metric of each example [batch], a number or a yes or no, and what it weighs in the mean, [batch] or
	// nil for one each. Where Of is nil the metric is one of the mean loss.
	Of func(output, target *Node) (each, weight *Node)
	// Percent is true of a share that is told in percent.
	Percent bool
	// Value is made of the mean over all examples; nil is the mean itself.
	Value func(mean float64) float64
}

// Final is the metric of all examples, whose values and weights have these sums.
func (m Metric) Final(sum, weight float64) float64 {
	if m.Percent {
		sum *= 100
	}
	if m.Value == nil {
		return sum / weight
	}
	return m.Value(sum / weight)
}

// HasAccuracy is true where one of the metrics is the accuracy.
func (t *Task) HasAccuracy() bool {
	for _, m := range t.Metrics {
		if m.Name == Accuracy {
			return true
		}
	}
	return false
}
