package task_test

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/task"
)

// TestLossOf: the square of an absolute error, as a function, is the squared error of one number an example; the
// absolute error of several numbers is their mean.
func TestLossOf(t *testing.T) {
	backend := testkit.PureGo(t)
	square := task.LossOf(func(output, target *Node) *Node { return Square(task.AbsoluteError(output, target)) })
	both := MustNewExec(backend, func(output, target *Node) (ours, theirs *Node) {
		ours, weight := square.Each(output, target)
		if weight != nil || square.Soft(output, target) != output {
			t.Error("an example has a weight of its own, or a full pass's output is not what is learnt from it")
		}
		theirs, _ = task.SquaredError{}.Each(output, target)
		return ours, theirs
	}).MustCall([][]float32{{1}, {-2}, {0.5}}, []float32{3, 1, 0.5})
	ours, theirs := both[0].Value().([]float32), both[1].Value().([]float32)
	for i, want := range []float32{4, 9, 0} {
		if ours[i] != want || theirs[i] != want {
			t.Errorf("example %d: %g and %g, want %g", i, ours[i], theirs[i], want)
		}
	}
	mean := MustNewExec(backend, task.AbsoluteError).MustCall([][]float32{{1, 2}},
		[][]float32{{0, 5}})[0].Value().([]float32)
	if len(mean) != 1 || mean[0] != 2 {
		t.Errorf("the mean of 1 and 3 is %v", mean)
	}
}
