package decode

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/lod"
)

// Sampling is how pieces are drawn.
type Sampling struct {
	// Temperature divides the logits: 1 draws as the network predicts, less keeps closer to what it deems likely, 0 takes
	// the likeliest.
	Temperature float64
	// Unwanted pieces are never drawn.
	Unwanted []int32
}

// Writer is a language model compiled to go on with a text. It uses the network's weights as they are at each call; its
// ranks may not change. It is for one goroutine at a time.
type Writer struct {
	length int
	next   *model.Exec
}

// NewWriter compiles a network whose model is models.LanguageModel; one that was cut or deployed is as good.
func NewWriter(backend compute.Backend, n *lod.Network) (*Writer, error) {
	if len(n.Inputs) != 1 {
		return nil, fmt.Errorf("decode: the model has %d inputs, and a language model one", len(n.Inputs))
	}
	if err := n.CheckFinite(); err != nil {
		return nil, fmt.Errorf("decode: %w, as training that diverged leaves them", err)
	}
	next, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*Node) []*Node {
		pieces, at := in[0], in[1]
		logits := n.Apply(n.Pass(nil).Eval().Unfused(), pieces) // [1, length, pieces]
		return []*Node{Gather(Squeeze(logits, 0), Reshape(at, 1))}
	})
	if err != nil {
		return nil, firstLine("building the language model", err)
	}
	return &Writer{length: n.Inputs[0].Shape[0], next: next}, nil
}

// Close frees the program.
func (w *Writer) Close() { w.next.Finalize() }

// Continue draws so many pieces after a text of at least one. The network sees the last pieces of the text alone, as
// many as it takes; once they are so many, the first half of them is forgotten, and no piece costs more than another.
func (w *Writer) Continue(ctx context.Context, text []int32, count int, s Sampling, rng *rand.Rand) ([]int32, error) {
	switch {
	case len(text) == 0:
		return nil, fmt.Errorf("decode: there is no text to go on with: give at least one character")
	case !(s.Temperature >= 0) || math.IsInf(s.Temperature, 1):
		return nil, fmt.Errorf("decode: temperature is %g: it must be at least 0", s.Temperature)
	case count < 0:
		return nil, fmt.Errorf("decode: the count is %d: it cannot be negative", count)
	}
	window := make([]int32, 0, w.length)
	window = append(window, text[max(0, len(text)-w.length):]...)
	var drawn []int32
	for range count {
		if err := ctx.Err(); err != nil {
			return drawn, err
		}
		logits, err := w.logits(window)
		if err != nil {
			return drawn, err
		}
		piece := s.draw(logits, rng)
		drawn = append(drawn, piece)
		if len(window) == w.length {
			window = window[:copy(window, window[(w.length+1)/2:])]
		}
		window = append(window, piece)
	}
	return drawn, nil
}

// logits are those of the piece after a window; what is behind it in the program's shape is not seen.
func (w *Writer) logits(window []int32) ([]float32, error) {
	row := make([]int32, w.length)
	copy(row, window)
	in := []*tensors.Tensor{tensors.FromFlatDataAndDimensions(row, 1, w.length),
		tensors.FromScalar(int32(len(window) - 1))}
	defer func() {
		for _, t := range in {
			_ = t.FinalizeAll()
		}
	}()
	out, err := w.next.Exec(in[0], in[1])
	if err != nil {
		return nil, firstLine("the language model", err)
	}
	defer func() { _ = out[0].FinalizeAll() }()
	return tensors.CopyFlatData[float32](out[0])
}

// draw is a piece by the softmax of logits over the temperature.
func (s Sampling) draw(logits []float32, rng *rand.Rand) int32 {
	for _, p := range s.Unwanted {
		logits[p] = float32(math.Inf(-1))
	}
	best := 0
	for i, x := range logits {
		if x > logits[best] {
			best = i
		}
	}
	if s.Temperature == 0 {
		return int32(best)
	}
	weights, sum := make([]float64, len(logits)), 0.0
	for i, x := range logits {
		weights[i] = math.Exp(float64(x-logits[best]) / s.Temperature)
		sum += weights[i]
	}
	at := rng.Float64() * sum
	for i, weight := range weights {
		if at -= weight; at < 0 {
			return int32(i)
		}
	}
	return int32(best)
}
