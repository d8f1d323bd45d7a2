package compress_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/compress"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/images"
	"github.com/maestro-lod/notebook/maestro/testmode"
	"github.com/maestro-lod/notebook/maestro/train"
)

// trained is the folder of a LeNet trained on the small set, its task, and a function that opens it.
func trained(t *testing.T, change func(*runs.Settings)) (dir string, learnt *task.Task, open func() *train.Run) {
	t.Helper()
	s := runs.Defaults()
	s.Epochs, s.Batch, s.Validation, s.LR, s.Sampler = 3, 30, 60, 0.02, string(lod.SampleUniform)
	change(&s)
	backend := testkit.Backend(t)
	learnt, err := images.Load(t.Context(), s, images.DataOptions(runs.Config{Settings: s}, testkit.SmallMNIST(t), nil))
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "run")
	run, err := train.New(backend, dir, s, learnt, train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	if err := run.Train(t.Context()); err != nil {
		t.Fatal(err)
	}
	return dir, learnt, func() *train.Run {
		t.Helper()
		run, err := train.Open(backend, dir, learnt, train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(run.Close)
		return run
	}
}

// small is a search with few evaluations that cuts its network for real on the way.
func small() compress.Settings {
	s := compress.Defaults()
	s.Examples, s.Shares, s.Prefixes, s.RecompileEvaluations = 200, []float64{0.1, 0.3}, 2, 3
	return s
}

// naive is one step of the search as docs/method.md, Ladder, says it: every candidate is evaluated by itself with
// nothing shared, and the one that hurts the loss least per MAC saved is taken.
func naive(t *testing.T, probe *train.Probe, layers []lod.Layer, ranks []int, loss float64,
	shares []float64) (next []int, nextLoss float64) {
	t.Helper()
	macs := func(ranks []int) (sum float64) {
		for i, l := range layers {
			sum += float64(l.Positions) * math.Min(float64(l.Outputs*l.Inputs), float64(ranks[i]*(l.Outputs+l.Inputs)))
		}
		return sum
	}
	bestFree, best := false, math.Inf(1)
	for i, l := range layers {
		for _, share := range shares {
			if ranks[i] == 0 {
				continue
			}
			lowered := slices.Clone(ranks)
			lowered[i] -= max(1, int(math.Round(share*float64(ranks[i]))))
			for macs(lowered) >= float64(l.Positions*l.Outputs*l.Inputs)+macsWithout(macs, lowered, i) {
				lowered[i]-- // where factors are as large as the matrix nothing is saved yet
			}
			losses, err := probe.Losses(0, [][]int{lowered})
			if err != nil {
				t.Fatal(err)
			}
			increase, saved := losses[0]-loss, macs(ranks)-macs(lowered)
			score, free := increase/saved, increase <= 0
			if free {
				score = -saved
			}
			if free && !bestFree || free == bestFree && score < best {
				bestFree, best, next, nextLoss = free, score, lowered, losses[0]
			}
		}
	}
	return next, nextLoss
}

func macsWithout(macs func([]int) float64, ranks []int, layer int) float64 {
	without := slices.Clone(ranks)
	without[layer] = 0
	return macs(without)
}

// TestGreedyIsExhaustive: each step of the search, with shared prefixes, columns cut for real on the way and an
// interruption, is the one that trying every candidate by itself gives; and the ladder only goes down.
func TestGreedyIsExhaustive(t *testing.T) {
	_, _, open := trained(t, func(*runs.Settings) {})
	s, b := small(), compress.Bounds{MACs: 0.7}
	ctx, stop := context.WithCancel(t.Context())
	steps := 0
	_, err := compress.Ladder(ctx, open(), s, b, compress.DefaultLatency(), compress.Options{Step: func(compress.Rung) {
		if steps++; steps == 4 {
			stop()
		}
	}})
	if err == nil || !strings.Contains(err.Error(), "interrupted; the same command goes on") {
		t.Fatalf("an interrupted search: %v", err)
	}
	searched := open()
	rungs, err := compress.Ladder(t.Context(), searched, s, b, compress.DefaultLatency(), compress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if stored, now := searched.Network.StoredMACs(), open().Network.StoredMACs(); stored >= now {
		t.Errorf("nothing was cut for real: %d MACs stored of %d", stored, now)
	}
	read, err := compress.ReadLadder(searched.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rungs, read, cmpopts.IgnoreFields(runs.Measured{}, "Examples")); diff != "" {
		t.Errorf("the ladder as read differs:\n%s", diff)
	}
	whole := open()
	probe, err := whole.NewProbe(s.Examples, s.Seed)
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	for i, r := range rungs[1:] {
		before := rungs[i]
		if r.MACs >= before.MACs || r.Parameters >= before.Parameters {
			t.Errorf("step %d goes from %d to %d MACs", r.Step, before.MACs, r.MACs)
		}
		want, loss := naive(t, probe, whole.Network.Layers, before.Ranks, before.Loss, s.Shares)
		if !slices.Equal(want, r.Ranks) || math.Abs(loss-r.Loss) > 1e-4*(1+loss) {
			t.Errorf("step %d takes ranks %v at loss %g, trying every candidate %v at %g", r.Step, r.Ranks, r.Loss,
				want, loss)
		}
	}
	if last := rungs[len(rungs)-1]; float64(last.MACs) > 0.7*float64(whole.Network.Whole().MACs) || len(rungs) < 6 {
		t.Errorf("%d steps end at %d MACs", len(rungs)-1, last.MACs)
	}
	s.Lazy = true
	dir := filepath.Join(t.TempDir(), "lazy")
	if err := errors.Join(os.CopyFS(dir, os.DirFS(whole.Dir)), os.Remove(filepath.Join(dir, "ladder.yaml")),
		os.Remove(filepath.Join(dir, "ladder.csv"))); err != nil {
		t.Fatal(err)
	}
	again, err := whole.Sibling(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	lazy, err := compress.Ladder(t.Context(), again, s, b, compress.DefaultLatency(), compress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	count := func(rungs []compress.Rung) (n int) {
		for _, r := range rungs {
			n += r.Evaluations
		}
		return n
	}
	if a, b := count(lazy), count(rungs); a >= b {
		t.Errorf("the lazy search made %d evaluations, the other %d", a, b)
	}
}

// TestMaskedIsCut: the loss of a network with batch norms at ranks that are masked is that of the network cut to
// them, and so are those of candidates that share the layers before them.
func TestMaskedIsCut(t *testing.T) {
	testmode.Long(t, "compiles a ResNet and two that are cut")
	_, _, open := trained(t, func(s *runs.Settings) {
		s.Model, s.Width, s.Epochs, s.TrainExamples = "resnet18", 2,
			1, 150
	})
	run := open()
	probe, err := run.NewProbe(100, 3)
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	lowered := func(change map[int]int) []int {
		ranks := run.Network.Ranks()
		for layer, rank := range change {
			ranks[layer] = rank
		}
		return ranks
	}
	tries := [][]int{lowered(map[int]int{9: 3, 12: 1}), lowered(map[int]int{9: 3, 14: 5, 20: 0})}
	masked, err := probe.Losses(10, tries)
	if err != nil {
		t.Fatal(err)
	}
	for i, ranks := range tries {
		// from its first epoch on: nothing is recalibrated
		cut, err := train.Branch(run.Backend(), filepath.Join(t.TempDir(), "cut"), run,
			train.Branching{Settings: run.Settings,
				Change: func(n *lod.Network) error { return n.Truncate(ranks) }}, train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer cut.Close()
		its, err := cut.NewProbe(100, 3)
		if err != nil {
			t.Fatal(err)
		}
		defer its.Close()
		want, err := its.Losses(0, [][]int{ranks})
		if err != nil {
			t.Fatal(err)
		}
		if !(math.Abs(want[0]-masked[i]) <= 1e-4*want[0]) {
			t.Errorf("masked %g, cut %g", masked[i], want[0])
		}
	}
	if !(math.Abs(masked[0]-masked[1]) >= 1e-4*masked[0]) {
		t.Errorf("both have the loss %g: nothing was tested", masked[0])
	}
}

// TestModels: every model of the front is a run that measures as its step did, with nothing left to merge, smaller ones
// have fewer MACs and less accuracy, and a second call finds all done.
func TestModels(t *testing.T) {
	dir, learnt, open := trained(t, func(s *runs.Settings) { s.Epochs = 6 })
	j := compress.DefaultJob()
	j.Settings, j.Bounds, j.Models = small(), compress.Bounds{MACs: 0.6}, 3
	j.Settings.RecompileEvaluations = compress.Defaults().RecompileEvaluations // other tests cut the network on the way
	j.Latency = compress.LatencySettings{Batches: []int{2}, Rounds: 2, RoundTime: time.Millisecond}
	result, err := compress.Run(t.Context(), testkit.Backend(t), dir, learnt, j, compress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(result.Models); n < 2 || n > 3 || len(result.Latency) != n {
		t.Fatalf("%d models and %d times", n, len(result.Latency))
	}
	run := open()
	for i, m := range result.Models {
		made, err := run.Sibling(filepath.Join(dir, m.Dir))
		if err != nil {
			t.Fatal(err)
		}
		defer made.Close()
		if cost := made.Network.Cost(); cost != m.Cost || cost.MACs != made.Network.StoredMACs() {
			t.Errorf("%s takes %v deployed and computes %d MACs, its step %v", m.Dir, cost,
				made.Network.StoredMACs(), m.Cost)
		}
		validation, err := made.Validate()
		if err != nil {
			t.Fatal(err)
		}
		rung := result.Rungs[m.Step]
		if math.Abs(validation.Loss-rung.Validation.Loss) > 1e-4*(1+validation.Loss) ||
			validation.Accuracy != m.Validation {
			t.Errorf("%s measures %+v, its step %+v", m.Dir, validation, rung.Validation)
		}
		if test, err := made.Test(); err != nil || test.Accuracy != m.Test.Accuracy || test.Loss != m.Test.Loss {
			t.Errorf("%s measures %+v on the test split (%v), recorded is %+v", m.Dir, test, err, m.Test)
		}
		if i > 0 && (m.MACs >= result.Models[i-1].MACs || i > 1 && m.Validation >= result.Models[i-1].Validation) {
			t.Errorf("model %d of the front is beaten by the one before", i+1)
		}
	}
	again, err := compress.Run(t.Context(), testkit.Backend(t), dir, learnt, j,
		compress.Options{Step: func(r compress.Rung) { t.Errorf("step %d is taken again", r.Step) }})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(result, again, cmpopts.IgnoreFields(runs.Measured{}, "Examples"),
		cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a second call differs:\n%s", diff)
	}
}

// TestTruncated: a non-factorised run in full factors measures as it does itself, and truncated to sizes is within
// them.
func TestTruncated(t *testing.T) {
	_, _, open := trained(t, func(s *runs.Settings) { s.WholeFirst, s.Sampler = -1, string(lod.SampleNone) })
	full := open()
	run, err := compress.Factorised(full, filepath.Join(t.TempDir(), "svd"))
	if err != nil {
		t.Fatal(err)
	}
	defer run.Close()
	want, err := full.Test()
	if err != nil {
		t.Fatal(err)
	}
	whole := full.Network.Whole()
	sizes := []float64{float64(whole.MACs), 0.6 * float64(whole.MACs), 0.3 * float64(whole.MACs)}
	got, err := compress.Truncate(t.Context(), run, compress.MACs, sizes)
	if err != nil {
		t.Fatal(err)
	}
	if got[0].Share != 1 || got[0].Test.Accuracy != want.Accuracy {
		t.Errorf("all ranks kept: %+v, and as it was %+v", got[0], want)
	}
	if after, err := run.Test(); err != nil || after.Loss != got[0].Test.Loss {
		t.Errorf("the run measures %+v afterwards (%v), and %+v before", after, err, got[0].Test)
	}
	for i, tr := range got {
		if float64(tr.MACs) > sizes[i] || i > 0 && tr.MACs >= got[i-1].MACs {
			t.Errorf("%d MACs for a size of %g", tr.MACs, sizes[i])
		}
	}
	if _, err := compress.Truncate(t.Context(), run, compress.MACs, []float64{10}); err == nil ||
		!strings.Contains(err.Error(), "no network of 10 macs: with one rank in every layer it has") {
		t.Errorf("a size that cannot be: %v", err)
	}
}

// TestReordered: a run whose ranks are reordered computes what it did, its factors' columns are orthogonal and fall,
// and it is compressed in a folder of its own.
func TestReordered(t *testing.T) {
	dir, learnt, open := trained(t, func(*runs.Settings) {})
	run := open()
	want, err := run.Test()
	if err != nil {
		t.Fatal(err)
	}
	job := compress.DefaultJob()
	job.Reorder, job.Settings, job.Bounds, job.Latency.Batches = true, small(), compress.Bounds{MACs: 0.8}, nil
	result, err := compress.Run(t.Context(), testkit.Backend(t), dir, learnt, job, compress.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if result.Dir != filepath.Join(dir, "reordered") || len(result.Rungs) < 2 ||
		!slices.Equal(result.Rungs[0].Ranks, run.Network.Ranks()) {
		t.Errorf("%s, %d rungs from %v", result.Dir, len(result.Rungs), result.Rungs[0].Ranks)
	}
	if _, err := os.Stat(filepath.Join(dir, "ladder.csv")); err == nil {
		t.Error("the run itself has a ladder")
	}
	reordered, err := run.Sibling(result.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reordered.Close()
	got, err := reordered.Test()
	if err != nil || !(math.Abs(got.Loss-want.Loss) <= 1e-4*want.Loss) {
		t.Errorf("reordered %+v, as trained %+v (%v)", got, want, err)
	}
	for i, l := range reordered.Network.Layers {
		before, err := run.Network.Weight(i)
		if err != nil {
			t.Fatal(err)
		}
		ranks := reordered.Network.Ranks()
		last := math.Inf(1)
		for rank := 1; rank <= l.Rank; rank++ { // the distance to the product falls by one singular value a rank
			ranks[i] = rank
			if err := reordered.SetRanks(ranks); err != nil {
				t.Fatal(err)
			}
			cut, err := reordered.Network.Weight(i)
			if err != nil {
				t.Fatal(err)
			}
			var rest mat.Dense
			rest.Sub(before, cut)
			var svd mat.SVD
			if !svd.Factorize(before, mat.SVDNone) {
				t.Fatal("the SVD did not converge")
			}
			exact := 0.0
			for _, sigma := range svd.Values(nil)[rank:] {
				exact += sigma * sigma
			}
			distance := mat.Norm(&rest, 2)
			if exact = math.Sqrt(exact); !(math.Abs(distance-exact) <= 1e-4*mat.Norm(before, 2)) || distance > last {
				t.Fatalf("%s at rank %d is %g from the product, the nearest matrix %g", l.Name, rank, distance, exact)
			}
			last = distance
		}
	}
	if again, err := compress.Run(t.Context(), testkit.Backend(t), dir, learnt, job,
		compress.Options{Step: func(compress.Rung) { t.Error("a step is taken again") }}); err != nil ||
		len(again.Rungs) != len(result.Rungs) {
		t.Errorf("again: %v", err)
	}
}

// TestCompressMistakes: each gets one line that says what is wrong and what to do.
func TestCompressMistakes(t *testing.T) {
	dir, learnt, open := trained(t, func(s *runs.Settings) { s.Epochs, s.WholeLast = 1, 3 })
	ladder := func(change func(*compress.Settings), b compress.Bounds) error {
		s := small()
		change(&s)
		_, err := compress.Ladder(t.Context(), open(), s, b, compress.DefaultLatency(), compress.Options{})
		return err
	}
	same := func(*compress.Settings) {}
	noFactors := func() error {
		run := open()
		for i := range run.Network.Layers {
			if err := run.Network.Merge(i); err != nil {
				return err
			}
		}
		_, err := compress.Ladder(t.Context(), run, small(), compress.Bounds{}, compress.DefaultLatency(),
			compress.Options{})
		return err
	}()
	none := filepath.Join(t.TempDir(), "none")
	if err := errors.Join(os.CopyFS(none, os.DirFS(dir)), os.RemoveAll(filepath.Join(none, "checkpoint"))); err != nil {
		t.Fatal(err)
	}
	_, noLadder := compress.ReadLadder(none)
	_, noCheckpoint := compress.Run(t.Context(), testkit.Backend(t), none, learnt, compress.DefaultJob(),
		compress.Options{})
	unmet := ladder(same, compress.Bounds{MACs: 0.01})
	job := compress.DefaultJob()
	job.Models = 1
	_, few := compress.Run(t.Context(), testkit.Backend(t), dir, learnt, job, compress.Options{})

	path := filepath.Join(dir, "ladder.csv")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	spoilt := bytes.ReplaceAll(text, []byte(","), []byte(";")) // as a spreadsheet may save it
	if err := os.WriteFile(path, spoilt, 0o644); err != nil {
		t.Fatal(err)
	}
	damaged := ladder(same, compress.Bounds{MACs: 0.01})
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, spoilt) {
		t.Errorf("a ladder.csv that could not be read was changed (%v)", err)
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		say string
		err error
	}{
		{"the target is not met: the nearest is step", unmet},
		{"has no ladder: make it by `maestro compress", noLadder},
		{"has no checkpoint yet", noCheckpoint},
		{"has no rank to remove, since every layer is one matrix: its ladder would be empty", noFactors},
		{fmt.Sprintf("holds a ladder of examples %d, not 100: use that again, or make the ladder anew (--anew)", small().Examples), ladder(func(s *compress.Settings) { s.Examples = 100 }, compress.Bounds{})},
		{"max_drop, which is the bound where there is no other, needs validation", ladder(
			func(s *compress.Settings) { s.ValidateEvery = 0 }, compress.Bounds{})},
		{"models is 1: it must be at least 2", few},
		{"ladder.csv, line 1: record on line 1: wrong number of fields: mend that line, or make the ladder anew " +
			"(--anew)", damaged},
		{`unknown metric "flops": use macs, params or latency`, ladder(func(s *compress.Settings) { s.By = "flops" },
			compress.Bounds{})},
		{"shares has 1.5", ladder(func(s *compress.Settings) { s.Shares = []float64{1.5} }, compress.Bounds{})},
		{"examples is -1", ladder(func(s *compress.Settings) { s.Examples = -1 }, compress.Bounds{})},
		{"target_macs is 40: it must be above 0 and at most 1", ladder(same, compress.Bounds{MACs: 40})},
		{"target_latency needs a search by latency", ladder(same, compress.Bounds{LatencyMS: 1})},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.say) || strings.Contains(c.err.Error(), "\n") {
			t.Errorf("error is %v, want one line that says %q", c.err, c.say)
		}
	}
	if !errors.Is(unmet, compress.ErrUnmet) {
		t.Errorf("%v is no ErrUnmet", unmet)
	}
}
