package task

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Pieces of text are numbers. The first four are none of text.
const (
	PaddingPiece int32 = iota // after the end of a sequence
	BeginPiece
	EndPiece
	UnknownPiece
	FirstPiece // of text
)

// SequenceCrossEntropy is that of sequences of pieces, output [batch, time, pieces] the logits. The target is
// integers [batch, time], PaddingPiece where nothing is learnt, or distributions [batch, time, pieces], all zero
// there. The mean is one over all pieces that are learnt, of whatever sequence.
type SequenceCrossEntropy struct {
	// Smoothing, ε, is the share of each integer target that all pieces have alike: its distribution is 1 − ε +
	// ε/pieces at the target and ε/pieces elsewhere (Szegedy et al. 2016, section 7).
	Smoothing float64
}

func (l SequenceCrossEntropy) Each(output, target *Node) (each, weight *Node) {
	logs := LogSoftmax(output, -1)
	var learnt *Node
	if target.DType().IsInt() {
		learnt = NotEqual(target, ZerosLike(target))
		each = Neg(ReduceSum(Mul(OneHot(target, output.Shape().Dim(-1), output.DType()), logs), -1))
		if l.Smoothing > 0 {
			each = Sub(MulScalar(each, 1-l.Smoothing), MulScalar(ReduceMean(logs, -1), l.Smoothing))
		}
	} else {
		total := ReduceSum(target, -1)
		learnt = GreaterThan(total, MulScalar(OnesLike(total), 0.5))
		each = Neg(ReduceSum(Mul(target, logs), -1))
	}
	each = Where(learnt, each, ZerosLike(each))
	return ReduceSum(each, -1), ReduceSum(ConvertDType(learnt, dtypes.Float32), -1)
}

// Soft is the output's distributions, zero where nothing is learnt.
func (SequenceCrossEntropy) Soft(output, target *Node) *Node {
	learnt := ConvertDType(NotEqual(target, ZerosLike(target)), output.DType())
	return Mul(Softmax(output, -1), ExpandDims(learnt, -1))
}

// SequencePerplexity is e to the mean cross-entropy of a piece, without smoothing.
func SequencePerplexity() Metric {
	return Metric{Name: "perplexity", Of: SequenceCrossEntropy{}.Each, Value: math.Exp}
}

// CheckPieces is an error where one of a sequence is not of text: from UnknownPiece on and below `pieces`.
func CheckPieces(sequence []int32, pieces int) error {
	for i, p := range sequence {
		if p < UnknownPiece || int(p) >= pieces {
			return fmt.Errorf("piece %d is %d: those of text are from %d to %d", i+1, p, UnknownPiece, pieces-1)
		}
	}
	return nil
}

// MeasuredSequences is a MeasureBatch for sequences of a length: as many as give 2²⁴ logits of so many pieces, at
// least one.
func MeasuredSequences(length, pieces int) int {
	return min(1000, max(1, 1<<24/(length*pieces)))
}
