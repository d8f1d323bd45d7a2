package ops

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// BatchNormalise returns (x − mean)/√(variance + epsilon)·scale + offset of x [..., channels], each channel by itself
// over all axes but the last, with the mean and the (biased) variance, [channels] each, of which no gradient is
// taken.
//
// The gradients by x, scale and offset all come of two sums (Ioffe and Szegedy, section 3): of the gradient by y, and
// of its product with the normalised x. Those that GoMLX derives take four, and write what they sum to memory.
func BatchNormalise(x, scale, offset *Node, epsilon float64) (y, mean, variance *Node) {
	rows := float64(x.Shape().Size() / x.Shape().Dim(-1))
	average := func(x *Node) *Node { return MulScalar(SumChannels(x), 1/rows) }
	stopped, factor := StopGradient(x), StopGradient(scale)
	mean = average(stopped)
	centred := Sub(stopped, BroadcastChannels(mean, x))
	variance = average(Square(centred))
	inverse := InverseStd(variance, epsilon)
	normal := Mul(centred, BroadcastChannels(inverse, x))
	y = Add(Mul(normal, BroadcastChannels(factor, x)), BroadcastChannels(StopGradient(offset), x))
	y = WithVJP(y, []*Node{x, scale, offset}, func(g *Node) []*Node {
		sum, product := SumChannels(g), SumChannels(Mul(g, normal))
		mean, slope := BroadcastChannels(MulScalar(sum, 1/rows), x), BroadcastChannels(MulScalar(product, 1/rows), x)
		rest := Sub(Sub(g, mean), Mul(normal, slope))
		return []*Node{Mul(Mul(rest, BroadcastChannels(factor, x)), BroadcastChannels(inverse, x)), product, sum}
	})
	return y, mean, variance
}

// InverseStd is 1/√(variance + epsilon), in two steps because GoMLX's Rsqrt has no gradient.
func InverseStd(variance *Node, epsilon float64) *Node {
	return Inverse(Sqrt(AddScalar(variance, epsilon)))
}
