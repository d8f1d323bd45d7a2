package task_test

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/task"
)

// TestSequenceLoss holds the cross-entropy of sequences against its definition in float64: smoothed and not, of
// integers and of distributions; and logits where nothing is learnt neither count nor have a gradient.
func TestSequenceLoss(t *testing.T) {
	backend := testkit.Backend(t)
	output := [][][]float32{{{1, -2, 0.5, 3}, {0, 2, 1, -1}, {5, 5, -5, 1}},
		{{-1, 0, 0, 4}, {9, 1, 3, 2}, {1, 2, 3, 4}}}
	labels := [][]int32{{2, 3, 1}, {1, 0, 0}}
	softmax := func(row []float32) (p []float64) {
		sum := 0.0
		for _, x := range row {
			sum += math.Exp(float64(x))
		}
		for _, x := range row {
			p = append(p, math.Exp(float64(x))/sum)
		}
		return p
	}
	other := [][][]float32{{{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 1, 1, 1}}, {{2, 0, 1, 0}, {4, 4, 4, 4}, {7, 0, 0, 0}}}
	for _, smoothing := range []float64{0, 0.1} {
		loss := task.SequenceCrossEntropy{Smoothing: smoothing}
		want, soft := make([]float64, 2), make([]float64, 2)
		for i, row := range labels {
			for k, label := range row {
				if label == 0 {
					continue
				}
				p, q := softmax(output[i][k]), softmax(other[i][k])
				for v := range p {
					share := smoothing / 4
					if v == int(label) {
						share += 1 - smoothing
					}
					want[i] -= share * math.Log(p[v])
					soft[i] -= q[v] * math.Log(p[v])
				}
			}
		}
		exec := MustNewExec(backend, func(output, labels, other *Node) []*Node {
			each, weight := loss.Each(output, labels)
			soft, softWeight := loss.Each(output, loss.Soft(other, labels))
			mean := Add(task.MeanLoss(loss, output, labels),
				task.MeanLoss(loss, output, StopGradient(loss.Soft(other, labels))))
			return []*Node{each, weight, soft, softWeight, Gradient(mean, output)[0]}
		})
		run := func() (all [][]float32) {
			out, err := exec.Call(tensors.FromValue(output), tensors.FromValue(labels), tensors.FromValue(other))
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range out {
				all = append(all, tensors.MustCopyFlatData[float32](o))
			}
			return all
		}
		got := run()
		for i := range 2 {
			for what, pair := range map[string][2]float64{
				"of integers": {float64(got[0][i]), want[i]}, "of distributions": {float64(got[2][i]), soft[i]},
				"its weight":                  {float64(got[1][i]), []float64{3, 1}[i]},
				"the weight of distributions": {float64(got[3][i]), []float64{3, 1}[i]},
			} {
				if !(math.Abs(pair[0]-pair[1]) < 1e-5*(1+pair[1])) {
					t.Errorf("smoothing %g, example %d, the loss %s is %g, want %g", smoothing, i, what, pair[0],
						pair[1])
				}
			}
		}
		for i, x := range got[4][16:] { // where the second example is padded
			if x != 0 {
				t.Errorf("the gradient of padding's logit %d is %g", i, x)
			}
		}
		was := output[1][2][0]
		output[1][1][3], output[1][2][0] = -40, 17
		for i, again := range run()[:4] {
			if again[0] != got[i][0] || again[1] != got[i][1] {
				t.Errorf("smoothing %g: a logit of padding changes result %d from %v to %v", smoothing, i,
					got[i], again)
			}
		}
		output[1][1][3], output[1][2][0] = 2, was
	}
}
