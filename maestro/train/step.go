package train

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// stepGraph builds the graph of training and of measuring. Of its settings the graph depends on kinds, on what is zero, and
// on nothing that hyper holds.
type stepGraph struct {
	settings runs.Settings
	network  *lod.Network
	image    [3]int // height, width, channels
}

// train is one optimiser step. Its inputs are
//   - what stays on the device: the whole set's images uint8 [n, height·width·channels], its labels int32 [n], and what
//     normalises pixels float32 [2, channels];
//   - the batch's indices int32 [batch], the sampled and the alive ranks int32 [layers], and the hyper-parameters float32
//     [6] of hyperTensor;
//   - with augmentation, moves int32 [batch, 3].
//
// It returns the loss. With a full pass, the sampled ranks must be the alive ones in the layers before `first`: what both
// passes have in common there is computed once.
func (s stepGraph) train(first int, in []*Node) []*Node {
	images, labels, pixels, indices, sampled, alive, h := in[0], in[1], in[2], in[3], in[4], in[5], hyperNodes(in[6])
	g := images.Graph()
	x, y := s.batch(images, labels, pixels, indices)
	if s.settings.Augment == CropFlip {
		x = normalise(cropFlip(images, indices, in[7], s.image), pixels)
	}
	target := OneHot(y, s.classes(), dtypes.Float32)
	var loss *Node
	if s.settings.FullPass {
		pass := s.pass(alive)
		full := s.logits(pass, x)
		soft := StopGradient(Softmax(full, -1))
		part := s.logits(s.network.PassFrom(first, pass, sampled), x)
		loss = Add(crossEntropy(full, target), crossEntropy(part, soft))
	} else {
		loss = crossEntropy(s.logits(s.pass(sampled), x), target)
	}
	if s.settings.LambdaGL > 0 {
		loss = Add(loss, Mul(h.lasso, s.network.Penalty(g, lod.Lasso(s.settings.Lasso))))
	}
	if s.settings.FrobeniusDecay > 0 {
		loss = Add(loss, Mul(h.frobenius, s.network.Frobenius(g)))
	}
	s.optimise(g, loss, h)
	return []*Node{loss}
}

// gather averages the statistics of batch norms over batches, this one being `number`, from 1. Inputs: images, labels,
// pixels, indices and alive ranks as in train, and number as a float32 scalar.
func (s stepGraph) gather(_ *model.Scope, in []*Node) {
	images, labels, pixels, indices, alive, number := in[0], in[1], in[2], in[3], in[4], in[5]
	x, _ := s.batch(images, labels, pixels, indices)
	s.logits(s.pass(alive).Gather(number), x)
}

// measure runs the network at the alive ranks on a batch and returns how many of the first `count` examples it gets right
// and the sum of their cross-entropies. Inputs: images, labels, pixels, indices as in train, alive ranks, and count int32.
func (s stepGraph) measure(_ *model.Scope, in []*Node) []*Node {
	images, labels, pixels, indices, alive, count := in[0], in[1], in[2], in[3], in[4], in[5]
	x, y := s.batch(images, labels, pixels, indices)
	logits := s.logits(s.pass(alive).Gathered(), x)
	counts := LessThan(Iota(images.Graph(), indices.Shape(), 0), count)
	right := And(counts, Equal(ArgMax(logits, -1, dtypes.Int32), y))
	each := Neg(ReduceSum(Mul(OneHot(y, s.classes(), dtypes.Float32), LogSoftmax(logits, -1)), -1))
	return []*Node{
		ReduceAllSum(ConvertDType(right, dtypes.Int32)),
		ReduceAllSum(Where(counts, each, ZerosLike(each))),
	}
}

func (s stepGraph) classes() int {
	last := s.network.Layers[len(s.network.Layers)-1]
	return last.Outputs
}

// batch gathers examples and normalises them: x [batch, height, width, channels] and labels [batch].
func (s stepGraph) batch(images, labels, pixels, indices *Node) (x, y *Node) {
	at := ExpandDims(indices, -1)
	x = Reshape(Gather(images, at), indices.Shape().Dim(0), s.image[0], s.image[1], s.image[2])
	return normalise(x, pixels), Gather(labels, at)
}

// normalise makes images, uint8 [batch, height, width, channels], numbers of the data set's mean 0 and deviation 1.
func normalise(images, pixels *Node) *Node {
	x := ConvertDType(images, dtypes.Float32)
	row := func(i int) *Node { return ExpandLeftToRank(Reshape(Slice(pixels, AxisElem(i)), x.Shape().Dim(3)), 4) }
	return Sub(Mul(x, row(0)), row(1))
}

// crossEntropy is the batch's mean of −Σ target·log softmax(logits).
func crossEntropy(logits, target *Node) *Node {
	return Neg(ReduceAllMean(ReduceSum(Mul(target, LogSoftmax(logits, -1)), -1)))
}
