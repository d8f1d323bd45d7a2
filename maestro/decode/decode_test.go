package decode_test

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/maestro-lod/notebook/maestro/decode"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/text"
)

func TestMain(m *testing.M) { testkit.Main(m) }

const sourceLength, longest = 6, 7

func tiny() models.TransformerShape {
	return models.TransformerShape{Vocabulary: 13, Width: 16, Heads: 4, FeedForward: 24, Encoder: 2, Decoder: 2,
		Longest: 8, Dropout: 0.1}
}

// network draws a Transformer with larger weights than those to train from, so that its pieces differ in how likely
// they are.
func network(t *testing.T, backend compute.Backend, m models.TransformerShape, seed uint64) *lod.Network {
	t.Helper()
	in := []lod.Input{{Name: "source", Shape: []int{sourceLength}, DType: dtypes.Int32},
		{Name: "target", Shape: []int{longest}, DType: dtypes.Int32}}
	n, err := lod.NewNetworkOf(backend, models.Transformer(m), in, lod.Init{Kind: lod.InitRandom, Seed: seed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(n.Store().Finalize)
	rng := rand.New(rand.NewPCG(seed, 1))
	paths := []string{}
	for v := range n.Store().IterVariables() {
		paths = append(paths, v.Path())
	}
	slices.Sort(paths)
	for _, path := range paths {
		change(t, n, path, func(_ int, x float32) float32 { return 2*x + 0.3*float32(rng.NormFloat64()) })
	}
	return n
}

// change replaces each entry of a variable.
func change(t *testing.T, n *lod.Network, path string, f func(i int, x float32) float32) {
	t.Helper()
	v := n.Store().GetVariable(path)
	dims := v.Shape().Dimensions
	flat := tensors.MustCopyFlatData[float32](v.MustValue())
	for i, x := range flat {
		flat[i] = f(i, x)
	}
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(flat, dims...)); err != nil {
		t.Fatal(err)
	}
}

// whole gives the log-probabilities of the pieces that follow a beginning of a translation, from the model itself.
type whole struct {
	t    *testing.T
	exec *model.Exec
}

func newWhole(t *testing.T, backend compute.Backend, n *lod.Network) *whole {
	t.Helper()
	exec, err := model.NewExec(backend, n.Store(), func(_ *model.Scope, in []*graph.Node) []*graph.Node {
		return []*graph.Node{graph.LogSoftmax(n.Apply(n.Pass(nil).Eval().Unfused(), in...))}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(exec.Finalize)
	return &whole{t, exec}
}

func (w *whole) after(source, pieces []int32) []float64 {
	w.t.Helper()
	s, target := make([]int32, sourceLength), make([]int32, longest)
	copy(s, source)
	target[0] = text.Begin
	copy(target[1:], pieces)
	out, err := w.exec.Exec([][]int32{s}, [][]int32{target})
	if err != nil {
		w.t.Fatal(err)
	}
	flat := tensors.MustCopyFlatData[float32](out[0])
	vocabulary := len(flat) / longest
	row := make([]float64, vocabulary)
	for i := range row {
		row[i] = float64(flat[len(pieces)*vocabulary+i])
	}
	row[text.Pad], row[text.Begin] = math.Inf(-1), math.Inf(-1)
	return row
}

// greedy takes the likeliest piece each time, up to `most` of them.
func (w *whole) greedy(source []int32, most int) (pieces []int32, logP float64, ended bool) {
	for range most {
		row := w.after(source, pieces)
		best := slices.Index(row, slices.Max(row))
		if logP += row[best]; best == text.End {
			return pieces, logP, true
		}
		pieces = append(pieces, int32(best))
	}
	return pieces, logP, false
}

// logP is the log-probability of a translation.
func (w *whole) logP(source []int32, of decode.Translation) (logP float64) {
	w.t.Helper()
	for i, id := range of.Pieces {
		logP += w.after(source, of.Pieces[:i])[id]
	}
	if of.Ended {
		logP += w.after(source, of.Pieces)[text.End]
	}
	return logP
}

// sentences are drawn, of 1 to sourceLength pieces with their ends.
func sentences(count, vocabulary int) (all [][]int32) {
	rng := rand.New(rand.NewPCG(7, 7))
	for range count {
		var s []int32
		for range rng.IntN(sourceLength) {
			s = append(s, int32(4+rng.IntN(vocabulary-4)))
		}
		all = append(all, append(s, text.End))
	}
	return all
}

func decoder(t *testing.T, backend compute.Backend, n *lod.Network, m models.TransformerShape,
	s decode.Settings) *decode.Decoder {
	t.Helper()
	s.Source, s.Longest = sourceLength, longest
	d, err := decode.New(backend, n, m, s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.Close)
	return d
}

func translate(t *testing.T, d *decode.Decoder, sources [][]int32) []decode.Translation {
	t.Helper()
	all, err := d.Translate(t.Context(), sources)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != len(sources) {
		t.Fatalf("%d translations of %d sentences", len(all), len(sources))
	}
	return all
}

// TestGreedyEqualsTheWholeModel: with kept keys and values, sentence beside sentence, the pieces are those that the
// model finds likeliest when it is given all earlier ones each time; of every form of a Transformer, also cut.
func TestGreedyEqualsTheWholeModel(t *testing.T) {
	backend := testkit.Backend(t)
	for name, form := range map[string]func(m *models.TransformerShape){
		"norms after": func(*models.TransformerShape) {},
		"norms first": func(m *models.TransformerShape) { m.PreNorm = true },
		"shared":      func(m *models.TransformerShape) { m.Shared = true },
		"learnt":      func(m *models.TransformerShape) { m.Learnt, m.KeptFirst = true, 1 },
		"cut":         func(m *models.TransformerShape) { m.FactorOutput = true },
	} {
		t.Run(name, func(t *testing.T) {
			m := tiny()
			form(&m)
			different := map[int32]bool{}
			for seed := range uint64(3) {
				n := network(t, backend, m, seed)
				if name == "cut" {
					ranks := n.Ranks()
					for i := range ranks {
						ranks[i] = i % (ranks[i] + 1) // one has none
					}
					if err := n.Truncate(ranks); err != nil {
						t.Fatal(err)
					}
				}
				w, sources := newWhole(t, backend, n), sentences(7, m.Vocabulary)
				s := decode.Greedy()
				s.Batch = 3
				for i, got := range translate(t, decoder(t, backend, n, m, s), sources) {
					want, logP, ended := w.greedy(sources[i], longest)
					if !slices.Equal(got.Pieces, want) || got.Ended != ended || math.Abs(got.LogP-logP) > 1e-4 ||
						got.Score != got.LogP {
						t.Errorf("sentence %d: %+v, the model itself %d with %g, ended %t", i+1, got, want, logP, ended)
					}
					for _, id := range want {
						different[id] = true
					}
				}
			}
			if len(different) < 3 {
				t.Errorf("all translations are of the pieces %v: they tell little", different)
			}
		})
	}
}

// TestBeamFindsTheBest: a beam that is wide enough for all hypotheses finds the best of them, which are listed here
// one by one; a narrower one finds none better.
func TestBeamFindsTheBest(t *testing.T) {
	backend := testkit.Backend(t)
	m := tiny()
	m.Vocabulary = 7
	const most = 3
	for seed := range uint64(2) {
		n := network(t, backend, m, seed)
		w, sources := newWhole(t, backend, n), sentences(3, m.Vocabulary)
		for _, alpha := range []float64{0, 1} {
			at := func(beam int) []decode.Translation {
				d, err := decode.New(backend, n, m, decode.Settings{Batch: 2, Beam: beam, LengthPenalty: alpha,
					Source: sourceLength, Longest: most})
				if err != nil {
					t.Fatal(err)
				}
				defer d.Close()
				return translate(t, d, sources)
			}
			narrow := at(2)
			for i, got := range at(150) {
				var best decode.Translation
				best.Score = math.Inf(-1)
				var list func(pieces []int32, logP float64)
				list = func(pieces []int32, logP float64) {
					if len(pieces) == most {
						return
					}
					for id, p := range w.after(sources[i], pieces) {
						if id == text.End {
							score := (logP + p) / math.Pow(float64(5+len(pieces)+1)/6, alpha)
							if score > best.Score {
								best = decode.Translation{Pieces: slices.Clone(pieces), LogP: logP + p, Score: score,
									Ended: true}
							}
						} else if id > text.End {
							list(append(pieces[:len(pieces):len(pieces)], int32(id)), logP+p)
						}
					}
				}
				list(nil, 0)
				if !slices.Equal(got.Pieces, best.Pieces) || !got.Ended || math.Abs(got.Score-best.Score) > 1e-4 {
					t.Errorf("seed %d, α %g, sentence %d: %+v, the best of all is %+v", seed, alpha, i+1, got, best)
				}
				if narrow[i].Ended && narrow[i].Score > best.Score+1e-4 {
					t.Errorf("seed %d, α %g, sentence %d: a narrow beam has %+v, better than the best %+v", seed, alpha,
						i+1, narrow[i], best)
				}
			}
		}
	}
}

// TestBeamAndGreedy: a beam of one is greedy whatever the length penalty; wider ones find translations as likely, and
// some that are likelier, each with the probability that the model gives it.
func TestBeamAndGreedy(t *testing.T) {
	backend := testkit.Backend(t)
	m := tiny()
	n := network(t, backend, m, 5)
	w, sources := newWhole(t, backend, n), sentences(30, m.Vocabulary)
	greedy := translate(t, decoder(t, backend, n, m, decode.Settings{Batch: 8, Beam: 1}), sources)
	one := translate(t, decoder(t, backend, n, m, decode.Settings{Batch: 8, Beam: 1, LengthPenalty: 1}), sources)
	five := translate(t, decoder(t, backend, n, m, decode.Settings{Batch: 8, Beam: 5}), sources)
	better := 0
	for i := range sources {
		if !slices.Equal(one[i].Pieces, greedy[i].Pieces) || one[i].Ended != greedy[i].Ended {
			t.Errorf("sentence %d: %+v by a beam of one, %+v greedily", i+1, one[i], greedy[i])
		}
		// Without an end a hypothesis is compared with none that has one.
		if greedy[i].Ended && !(five[i].Score >= greedy[i].Score-1e-5) {
			t.Errorf("sentence %d: %+v by a beam of five, %+v greedily", i+1, five[i], greedy[i])
		}
		if five[i].Score > greedy[i].Score+1e-3 {
			better++
		}
		// The kept keys and values must be those of the hypothesis itself.
		if logP := w.logP(sources[i], five[i]); math.Abs(logP-five[i].LogP) > 1e-4 {
			t.Errorf("sentence %d: %+v, and the model itself gives it %g", i+1, five[i], logP)
		}
	}
	if better == 0 {
		t.Error("a beam of five finds nothing likelier than greedy search")
	}
}

// TestBatches: what is translated beside a sentence changes nothing, whatever the batch.
func TestBatches(t *testing.T) {
	backend := testkit.Backend(t)
	m := tiny()
	n := network(t, backend, m, 3)
	sources := sentences(9, m.Vocabulary)
	d := decoder(t, backend, n, m, decode.Settings{Batch: 4, Beam: 3, LengthPenalty: 0.6})
	all := translate(t, d, sources)
	for i, source := range sources {
		alone := translate(t, d, [][]int32{source})[0]
		if !slices.Equal(alone.Pieces, all[i].Pieces) || math.Abs(alone.Score-all[i].Score) > 1e-5 {
			t.Errorf("sentence %d: %+v alone, %+v beside others", i+1, alone, all[i])
		}
	}
	if none := translate(t, d, nil); len(none) != 0 {
		t.Errorf("%d translations of nothing", len(none))
	}
}

// TestEnd: where the end is likeliest a translation has no pieces, and where it never comes it has as many as there
// may be.
func TestEnd(t *testing.T) {
	backend := testkit.Backend(t)
	m := tiny()
	sources := sentences(3, m.Vocabulary)
	for _, beam := range []int{1, 3} {
		n := network(t, backend, m, 2)
		d := decoder(t, backend, n, m, decode.Settings{Batch: 3, Beam: beam, LengthPenalty: 0.6})
		for bias, pieces := range map[float32]int{1000: 0, -1000: longest} {
			change(t, n, "/model/output/bias", func(i int, x float32) float32 {
				if i == text.End {
					return bias
				}
				return x
			})
			for _, got := range translate(t, d, sources) {
				if len(got.Pieces) != pieces || got.Ended != (pieces == 0) || slices.Contains(got.Pieces, text.End) {
					t.Errorf("beam %d, the end's bias %g: %+v", beam, bias, got)
				}
			}
		}
		for i, id := range []int{text.Pad, text.Begin} { // as likely as anything, but not in a target
			change(t, n, "/model/output/bias", func(k int, x float32) float32 {
				if k == id {
					return float32(1000 * (i + 1))
				}
				return x
			})
		}
		for _, got := range translate(t, d, sources) {
			if slices.Contains(got.Pieces, text.Pad) || slices.Contains(got.Pieces, text.Begin) {
				t.Errorf("beam %d: %d", beam, got.Pieces)
			}
		}
	}
}

// TestRefuses: what cannot be decoded is one line that says why, before anything is computed.
func TestRefuses(t *testing.T) {
	backend := testkit.Backend(t)
	m := tiny()
	n := network(t, backend, m, 1)
	for say, spoil := range map[string]func(s *decode.Settings){
		"batch is 0":                        func(s *decode.Settings) { s.Batch = 0 },
		"beam is -1":                        func(s *decode.Settings) { s.Beam = -1 },
		"length penalty is NaN":             func(s *decode.Settings) { s.LengthPenalty = math.NaN() },
		"length penalty is -0.5":            func(s *decode.Settings) { s.LengthPenalty = -0.5 },
		"greatest length of a source is 9":  func(s *decode.Settings) { s.Source = 9 },
		"of a translation is 99: the model": func(s *decode.Settings) { s.Longest = 99 },
	} {
		s := decode.Defaults()
		spoil(&s)
		_, err := decode.New(backend, n, m, s)
		testkit.OneLine(t, say, err, say)
	}
	d := decoder(t, backend, n, m, decode.Greedy())
	for say, source := range map[string][]int32{
		"sentence 2 has no pieces":                 {},
		"sentence 2 has 7 pieces":                  {4, 4, 4, 4, 4, 4, 2},
		"sentence 2 has piece 13, and the model's": {4, 13},
		"sentence 2 has piece -1":                  {-1},
	} {
		_, err := d.Translate(t.Context(), [][]int32{{4, 2}, source})
		testkit.OneLine(t, say, err, say)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.Translate(ctx, sentences(1, m.Vocabulary)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	change(t, n, "/model/decoder1-self-query/u", func(i int, x float32) float32 { return float32(math.NaN()) })
	_, err := decode.New(backend, n, m, decode.Greedy())
	testkit.OneLine(t, "NaN", err, "layer decoder1-self-query has weights that are NaN")
	m.Encoder = 0
	one, err := lod.NewNetworkOf(backend, models.LanguageModel(m),
		[]lod.Input{{Name: "pieces", Shape: []int{5}, DType: dtypes.Int32}}, lod.Init{Kind: lod.InitRandom})
	if err != nil {
		t.Fatal(err)
	}
	defer one.Store().Finalize()
	_, err = decode.New(backend, one, m, decode.Greedy())
	testkit.OneLine(t, "a language model", err, "the model has 1 inputs")
}
