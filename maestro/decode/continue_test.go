package decode_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/decode"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
)

// TestContinue: at temperature 0 each piece is the likeliest after those that the network sees, computed without the
// padding behind them; else pieces come as often as the softmax has it, and unwanted ones never.
func TestContinue(t *testing.T) {
	backend := testkit.Backend(t)
	const length, pieces = 6, 9
	m := models.TransformerShape{Vocabulary: pieces, Width: 16, Heads: 2, FeedForward: 24, Decoder: 2, Longest: length,
		Dropout: 0.2, Shared: true, PreNorm: true}
	n, err := lod.NewNetworkOf(backend, models.LanguageModel(m), []lod.Input{{Name: "pieces", Shape: []int{length},
		DType: dtypes.Int32}}, lod.Init{Kind: lod.InitRandom, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Store().Finalize()
	w, err := decode.NewWriter(backend, n)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	after := func(text []int32) (logits []float64) {
		exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) *graph.Node {
			return n.Apply(n.Pass(nil).Eval(), in[0])
		})
		if err != nil {
			t.Fatal(err)
		}
		defer exec.Finalize()
		out, err := exec.Call1(tensors.FromFlatDataAndDimensions(text, 1, len(text)))
		if err != nil {
			t.Fatal(err)
		}
		flat := tensors.MustCopyFlatData[float32](out)
		for _, x := range flat[len(flat)-pieces:] {
			logits = append(logits, float64(x))
		}
		return logits
	}
	unwanted := decode.Sampling{Unwanted: []int32{0, 1, 2, 3}}
	start := []int32{4, 8, 5}
	drawn, err := w.Continue(t.Context(), start, 10, unwanted, nil)
	if err != nil {
		t.Fatal(err)
	}
	seen := slices.Clone(start)
	for i, piece := range drawn {
		logits := after(seen)[4:]
		if want := int32(4 + slices.Index(logits, slices.Max(logits))); piece != want {
			t.Fatalf("piece %d of %v is %d, want %d", i, drawn, piece, want)
		}
		if len(seen) == length {
			seen = seen[length/2:]
		}
		seen = append(seen, piece)
	}
	const draws, temperature = 2000, 0.7
	unwanted.Temperature = temperature
	rng := rand.New(rand.NewPCG(1, 2))
	count := make([]float64, pieces)
	for range draws {
		one, err := w.Continue(t.Context(), start, 1, unwanted, rng)
		if err != nil {
			t.Fatal(err)
		}
		count[one[0]]++
	}
	p, sum := make([]float64, pieces), 0.0
	for i, x := range after(start)[4:] {
		p[4+i] = math.Exp(x / temperature)
		sum += p[4+i]
	}
	for i := range p {
		share := p[i] / sum
		if math.Abs(count[i]/draws-share) > 5*math.Sqrt(share*(1-share)/draws) {
			t.Errorf("piece %d comes in a share of %g, want %g", i, count[i]/draws, share)
		}
	}
	_, err = w.Continue(t.Context(), nil, 1, unwanted, rng)
	testkit.OneLine(t, "nothing to go on with", err, "there is no text to go on with")
	_, err = w.Continue(t.Context(), start, 1, decode.Sampling{Temperature: -1}, rng)
	testkit.OneLine(t, "a temperature below 0", err, "temperature is -1")
}
