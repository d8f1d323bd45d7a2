// Package translation is the task of one sequence of pieces from another: sentences in two languages, or any parallel
// sequences.
package translation

import (
	"cmp"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Pair is a sequence and what it becomes, of pieces from task.UnknownPiece on, without begin and end.
type Pair struct{ Source, Target []int32 }

// Corpus is pairs in three splits.
type Corpus struct {
	Name string // what config.yaml calls the data
	// how many there are, of source and target alike, the four that are none of text with them
	Pieces                  int
	Train, Validation, Test []Pair
}

// Options are how pairs become examples.
type Options struct {
	// Length is how many pieces the network takes and gives, of every pair. A sequence has at most one fewer, beside
	// its end.
	Length int
	// Smoothing is that of the loss's targets, from 0 for none to below 1.
	Smoothing float64
	// Buckets is into how many shapes training batches are put, each of pairs about as long; 0 and 1 are one, of
	// Length. Each shape is compiled by itself.
	Buckets int
	// Drop leaves out pairs that are longer, or have an empty side, which are else an error. Warn is told how many,
	// in a line for each split.
	Drop bool
	Warn func(string)
}

// New is the task of a corpus. The model, which config.yaml calls by a name, takes source pieces int32 [batch,
// Length] and target pieces int32 [batch, Length], each moved one place on behind task.BeginPiece, and gives the
// logits of the targets, float32 [batch, Length, pieces], as models.Transformer does.
func New(name string, m lod.Model, c Corpus, o Options) (*task.Task, error) {
	switch {
	case o.Length < 2:
		return nil, fmt.Errorf("length is %d: it must be at least 2, for a piece and the end", o.Length)
	case !(o.Smoothing >= 0 && o.Smoothing < 1):
		return nil, fmt.Errorf("smoothing is %g: it must be from 0 to below 1", o.Smoothing)
	case o.Buckets < 0:
		return nil, fmt.Errorf("buckets is %d: it cannot be negative", o.Buckets)
	}
	train, lengths, trainErr := o.set("training", c.Train, c.Pieces)
	validation, _, validationErr := o.set("validation", c.Validation, c.Pieces)
	test, _, testErr := o.set("test", c.Test, c.Pieces)
	if err := cmp.Or(trainErr, validationErr, testErr); err != nil {
		return nil, err
	}
	var buckets task.Buckets
	if o.Buckets > 1 {
		buckets = task.NewBuckets(lengths, o.Length, o.Buckets)
	}
	return &task.Task{
		Buckets: buckets,
		Net:     task.Net{Name: name, Model: m, Inputs: Inputs(o.Length)},
		Data: &task.Data{Name: c.Name, Train: train, Validation: validation, Test: test,
			Config: runs.DataConfig{Classes: c.Pieces, Length: o.Length}},
		Batch: func(b task.Batch) task.Example {
			length := cmp.Or(b.Length, o.Length)
			part := func(column, from int) *Node { return Slice(b.Rows(column), AxisRange(), AxisRange(from, from+length)) }
			return task.Example{Inputs: []*Node{part(0, 0), part(1, 0)}, Target: part(1, 1)}
		},
		Loss:    task.SequenceCrossEntropy{Smoothing: o.Smoothing},
		Metrics: []task.Metric{task.SequencePerplexity()}, MeasureBatch: task.MeasuredSequences(o.Length, c.Pieces),
	}, nil
}

// Inputs are those of the model.
func Inputs(length int) []lod.Input {
	return []lod.Input{{Name: "source", Shape: []int{length}, DType: dtypes.Int32},
		{Name: "target", Shape: []int{length}, DType: dtypes.Int32}}
}
