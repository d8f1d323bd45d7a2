// Package language is the task of a language model: the next piece of a text from those before it.
package language

import (
	"cmp"
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Corpus is texts of pieces from task.UnknownPiece on, in three splits.
type Corpus struct {
	Name                    string // what config.yaml calls the data
	Pieces                  int    // how many there are, the four that are none of text with them
	Train, Validation, Test []int32
}

// New is the task of a corpus. The texts are cut into blocks of a length, each piece of which is to be told from
// those before it in the block; the model, which config.yaml calls by a name, takes pieces int32 [batch, length] and
// gives the logits of the next ones, float32 [batch, length, pieces], as models.LanguageModel does.
func New(name string, m lod.Model, c Corpus, length int) (*task.Task, error) {
	if length < 1 {
		return nil, fmt.Errorf("length is %d: it must be at least 1", length)
	}
	train, trainErr := blocks("training", c.Train, c.Pieces, length)
	validation, validationErr := blocks("validation", c.Validation, c.Pieces, length)
	test, testErr := blocks("test", c.Test, c.Pieces, length)
	if err := cmp.Or(trainErr, validationErr, testErr); err != nil {
		return nil, err
	}
	return &task.Task{
		Net: task.Net{Name: name, Model: m, Inputs: Inputs(length)},
		Data: &task.Data{Name: c.Name, Train: train, Validation: validation, Test: test,
			Config: runs.DataConfig{Classes: c.Pieces, Length: length}},
		Batch: func(b task.Batch) task.Example {
			rows := b.Rows(0) // [batch, 1 + length]
			return task.Example{Inputs: []*Node{Slice(rows, AxisRange(), AxisRange(0, length))},
				Target: Slice(rows, AxisRange(), AxisRange(1))}
		},
		Loss:    task.SequenceCrossEntropy{},
		Metrics: []task.Metric{task.SequencePerplexity()}, MeasureBatch: task.MeasuredSequences(length, c.Pieces),
	}, nil
}

// Inputs are those of the model.
func Inputs(length int) []lod.Input {
	return []lod.Input{{Name: "pieces", Shape: []int{length}, DType: dtypes.Int32}}
}

// blocks are a text's, [blocks, 1 + length]: each begins with the last piece of the one before, so that every piece
// but the text's first is told once. The last is padded.
func blocks(split string, text []int32, pieces, length int) (task.Set, error) {
	if err := task.CheckPieces(text, pieces); err != nil {
		return nil, fmt.Errorf("the %s text: %w", split, err)
	}
	if len(text) < 2 {
		return nil, fmt.Errorf("the %s text has %d pieces: it needs two, one to tell from the other", split, len(text))
	}
	var rows []int32
	for at := 0; at < len(text)-1; at += length {
		row := make([]int32, 1+length)
		copy(row, text[at:])
		rows = append(rows, row...)
	}
	return task.Set{task.NewColumn(rows, 1+length)}, nil
}
