package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/safetensors"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/translation"
)

// TestBucketsComputeTheSame: a step on short sentences learns the same cut to their length as it does with all their
// padding; an epoch runs in buckets, and counts what its passes compute.
func TestBucketsComputeTheSame(t *testing.T) {
	t.Parallel()
	const length, pieces, short = 16, 12, 6
	rng := rand.New(rand.NewPCG(1, 2))
	pairs := make([]translation.Pair, 64)
	for i := range pairs {
		n := short - 1
		if i%4 == 3 {
			n = length - 1
		}
		for range n {
			pairs[i].Source = append(pairs[i].Source, task.FirstPiece+rng.Int32N(pieces-task.FirstPiece))
			pairs[i].Target = append(pairs[i].Target, task.FirstPiece+rng.Int32N(pieces-task.FirstPiece))
		}
	}
	it, err := translation.New("small", models.Transformer(models.TransformerShape{Vocabulary: pieces, Width: 8, Heads: 2,
		FeedForward: 12, Encoder: 1, Decoder: 1, Longest: length, Shared: true}), translation.Corpus{Name: "pairs",
		Pieces: pieces, Train: pairs, Validation: pairs[:8], Test: pairs[:8]},
		translation.Options{Length: length, Smoothing: 0.1, Buckets: 2})
	if err != nil {
		t.Fatal(err)
	}
	s := runs.Defaults()
	s.Batch, s.Epochs, s.Optimizer, s.LR, s.LambdaGL = 16, 1, "adamw", 1e-3, 1e-4
	learn := func(length int) (weights safetensors.File, losses []float64) {
		r, err := InMemory(testkit.Backend(t), s, it)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		var examples []int32
		for i := range int32(64) {
			if i%4 != 3 && len(examples) < s.Batch {
				examples = append(examples, i)
			}
		}
		alive := ranks32(r.Network)
		for i := range 3 {
			loss, err := r.executor.step(batch{examples, length}, lod.Draw{Ranks: alive}, alive,
				stepAt{number: i + 1, rate: s.LR})
			if err != nil {
				t.Fatal(err)
			}
			losses = append(losses, loss)
		}
		if weights, err = copied(r.Network.Store().IterVariables()); err != nil {
			t.Fatal(err)
		}
		return weights, losses
	}
	cut, cutLosses := learn(short)
	whole, wholeLosses := learn(0)
	for i := range wholeLosses {
		if math.Abs(cutLosses[i]-wholeLosses[i]) > 1e-5*wholeLosses[i] {
			t.Errorf("losses %v in the bucket, %v with all the padding", cutLosses, wholeLosses)
		}
	}
	if wholeLosses[2] >= wholeLosses[0] {
		t.Errorf("losses %v: nothing was learnt", wholeLosses)
	}
	for name, tensor := range whole.Tensors {
		for i, w := range tensor.Data {
			if v := cut.Tensors[name].Data[i]; math.Abs(float64(v-w)) > 1e-4 {
				t.Fatalf("%s is %g at %d in the bucket, %g with all the padding", name, v, i, w)
			}
		}
	}
	r, err := New(testkit.Backend(t), t.TempDir()+"/run", s, it, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	full := r.Network.StoredMACs()
	if err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	rows, err := runs.ReadHistory(r.Dir)
	if err != nil || len(rows) != 1 || rows[0].Step != 4 {
		t.Fatalf("history %v (%v)", rows, err)
	}
	if want := full * (48*short + 16*length) / (64 * length); rows[0].TrainMACs != want {
		t.Errorf("an example took %d multiply-adds, want %d", rows[0].TrainMACs, want)
	}
}
