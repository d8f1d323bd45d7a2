package translation_test

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/translation"
	"github.com/maestro-lod/notebook/maestro/testmode"
	"github.com/maestro-lod/notebook/maestro/train"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const symbols = 8

// reversed is a corpus of sequences of two to six symbols, to be told from the last to the first.
func reversed(train, held int) translation.Corpus {
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func(n int) (pairs []translation.Pair) {
		for range n {
			source := make([]int32, 2+rng.IntN(5))
			for i := range source {
				source[i] = task.FirstPiece + rng.Int32N(symbols)
			}
			target := slices.Clone(source)
			slices.Reverse(target)
			pairs = append(pairs, translation.Pair{Source: source, Target: target})
		}
		return pairs
	}
	return translation.Corpus{Name: "reversed", Pieces: int(task.FirstPiece) + symbols, Train: draw(train),
		Validation: draw(held), Test: draw(held)}
}

// small is a Transformer for them.
func small(dropout float64) models.TransformerShape {
	return models.TransformerShape{Vocabulary: int(task.FirstPiece) + symbols, Width: 32, Heads: 2, FeedForward: 48,
		Encoder: 1, Decoder: 1,
		Longest: 12, Dropout: dropout, Shared: true, PreNorm: true}
}

func reversing(t *testing.T, c translation.Corpus, dropout float64, o translation.Options) *task.Task {
	t.Helper()
	it, err := translation.New("small", models.Transformer(small(dropout)), c, o)
	if err != nil {
		t.Fatal(err)
	}
	return it
}

// short are the settings of a run of it.
func short() runs.Settings {
	s := runs.Defaults()
	s.Epochs, s.Batch, s.Optimizer, s.LR, s.Schedule, s.Warmup, s.AdamBeta2 = 12, 64, "adamw", 0.01, "inverse-sqrt",
		60, 0.98
	s.LambdaGL, s.EpsPS, s.RecompileSteps = 1e-4, 1e-2, 100
	return s
}

// TestReverses: a Transformer with dropout, label smoothing and a warm-up learns to reverse sequences, while ranks
// shrink in attention and in feed-forwards.
func TestReverses(t *testing.T) {
	testmode.Long(t, "a Transformer trained until it translates")
	r, err := train.New(testkit.Backend(t), filepath.Join(t.TempDir(), "run"), short(),
		reversing(t, reversed(2048, 256), 0.05, translation.Options{Length: 8, Smoothing: 0.1}), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	metrics, err := runs.ReadMetrics(r.Dir)
	if err != nil || len(metrics) != r.Settings.Epochs {
		t.Fatalf("metrics %v (%v)", metrics, err)
	}
	// One who knows nothing but the symbols has a perplexity of 8.
	if last := metrics[len(metrics)-1]; last.Name != "perplexity" || !(last.Value < 1.6) {
		t.Errorf("the last of the metrics is %+v", last)
	}
	for _, layer := range []string{"self-query", "self-value", "cross-key", "cross-output", "feed-1", "feed-2"} {
		for _, l := range r.Network.Layers {
			if strings.HasSuffix(l.Name, layer) && l.Rank >= l.Full() {
				t.Errorf("the rank of %s is %d of %d", l.Name, l.Rank, l.Full())
			}
		}
	}
}

// brief are the settings of a run that takes a few seconds.
func brief() runs.Settings {
	s := short()
	s.Epochs, s.Batch, s.Warmup, s.EpsPS = 3, 32, 8, 0.1
	return s
}

func briefTask(t *testing.T) *task.Task {
	return reversing(t, reversed(256, 32), 0.1, translation.Options{Length: 8, Smoothing: 0.1, Buckets: 2})
}

// TestKilledEndsAlike: a run whose process is killed, and that another goes on with, ends bit for bit as one that
// nobody touched.
func TestKilledEndsAlike(t *testing.T) {
	backend, dir := testkit.Backend(t), t.TempDir()
	whole, err := train.New(backend, filepath.Join(dir, "whole"), brief(), briefTask(t), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	end := func(r *train.Run) string {
		t.Helper()
		defer r.Close()
		if err := r.Train(t.Context()); err != nil {
			t.Fatal(err)
		}
		sum, err := r.Checksum()
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	want := end(whole)
	killed := filepath.Join(dir, "killed")
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestChild$")
	child.Env = append(os.Environ(), "TRANSLATION_CHILD="+killed)
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	for { // until it is within the second epoch: it saves every step
		found, _ := filepath.Glob(filepath.Join(killed, "checkpoint", "epoch-0001-step-*"))
		if rows, _ := runs.ReadHistory(killed); len(found) > 0 || len(rows) > 1 {
			break
		}
		if t.Context().Err() != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	_ = child.Process.Kill()
	_ = child.Wait()
	again, err := train.Resume(backend, killed, briefTask(t), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if again.Done() {
		t.Error("the run was at its end before it was killed")
	}
	if got := end(again); got != want {
		t.Error("the weights differ from those of the run that nobody touched")
	}
}

// TestChild is the training process of TestKilledEndsAlike.
func TestChild(t *testing.T) {
	dir := os.Getenv("TRANSLATION_CHILD")
	if dir == "" {
		t.Skip("it is started by TestKilledEndsAlike")
	}
	r, err := train.New(testkit.Backend(t), dir, brief(), briefTask(t), train.Options{CheckpointEvery: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	_ = r.Train(t.Context())
}
