package studies

import (
	"cmp"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/captions"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Multi30k is a way of comparing Transformers that translate Multi30k: full ones with dropout swept, the SVD of one,
// Pufferfish, and Maestro at several λ_gl and cut by its ladder.
type Multi30k struct {
	Name, About string
	Settings    runs.Settings  // of every variant, but for what makes it that variant, and the seed
	Keep        baselines.Keep // layers that Pufferfish leaves as one matrix
	Ratio       float64        // rank over full rank of Pufferfish and the SVD
	Warm        int            // epochs that it trains whole

	Variants []Translator
	Seeds    []uint64
	Runs     string // the folder of the run folders
	DataDir  string // the data folder; "" as data.Options has it
}

// Translator is a row of the table.
type Translator struct {
	Name, Title string
	Method      Method // NonFactorised, Pufferfish, SVDTruncated, Maestro or Laddered
	Dropout     float64
	LambdaGL    float64     // Maestro's
	MACs        float64     // share of the whole network's that Laddered cuts to
	Of          *Translator // whose network SVDTruncated and Laddered cut
}

// Laddered is a trained network cut by its ladder.
const Laddered Method = "laddered"

// Multi30kProtocols are the named ways.
func Multi30kProtocols() []Multi30k {
	return []Multi30k{PaperMulti30k(), ReducedMulti30k(), QuickMulti30k()}
}

// NamedMulti30k is one by its name; an unknown one is an error that lists the known ones.
func NamedMulti30k(name string) (Multi30k, error) {
	var known []string
	for _, p := range Multi30kProtocols() {
		if p.Name == name {
			return p, nil
		}
		known = append(known, p.Name)
	}
	return Multi30k{}, fmt.Errorf("unknown protocol %q: use %s", name, strings.Join(known, ", "))
}

// PaperMulti30k is Pufferfish's recipe, with the learning rate that its schedule peaks at. Made for a GPU; not run to
// its end. Published, second-hand: perplexity 9.85 of the full network, 7.34 of Pufferfish, 6.90 of Maestro.
func PaperMulti30k() Multi30k {
	return Multi30k{Name: "paper", About: "six layers of width 512, 400 epochs; made for a GPU, not run to its end.",
		Settings: captions.Defaults(), Keep: baselines.Keep{First: 0}, Ratio: 0.25, Warm: 10,
		Variants: translators([]float64{0, 0.1, 0.3}, 0.1, 0.7, 3e-6, 12e-6, 48e-6), Seeds: []uint64{1, 2, 3},
		Runs: filepath.Join("runs", "multi30k-paper")}
}

// ReducedMulti30k takes two CPU cores about a minute a run.
func ReducedMulti30k() Multi30k {
	s := captions.Defaults()
	s.TrainExamples, s.Pieces, s.Length = 5000, 2000, 24
	s.Width, s.Heads, s.Layers, s.FeedForward = 64, 4, 2, 128
	s.Epochs, s.Batch, s.LR, s.Warmup, s.EpsPS = 12, 64, 3e-3, 200, 0.05
	return Multi30k{Name: "reduced",
		About: "two layers of width 64, 2000 pieces, 5000 training pairs of at most 23 pieces, 12 epochs; about a " +
			"minute a run on two CPU cores.",
		Settings: s, Ratio: 0.25, Warm: 3,
		Variants: translators([]float64{0, 0.1, 0.3}, 0.1, 0.7, 3e-5, 1e-4, 3e-4), Seeds: []uint64{1, 2, 3},
		Runs: filepath.Join("runs", "multi30k-reduced")}
}

// QuickMulti30k shows that every variant works, and nothing else.
func QuickMulti30k() Multi30k {
	p := ReducedMulti30k()
	p.Name, p.About = "quick", "one layer of width 32, four epochs of 1200 pairs of captions-toy, which is part of "+
		"the program: shows that every variant works, and nothing else."
	s := &p.Settings
	s.Data, s.TrainExamples, s.Pieces = captions.Toy, 1200, 150
	s.Width, s.Heads, s.Layers, s.FeedForward, s.Epochs, s.Batch, s.LR, s.Warmup = 32, 4, 1, 64, 4, 40, 0.01, 30
	p.Warm = 1
	p.Variants, p.Seeds = translators([]float64{0, 0.1}, 0.1, 0.8, 3e-4), []uint64{1}
	p.Runs = filepath.Join("runs", "multi30k-quick")
	return p
}

// translators are full networks at each dropout, then at one dropout the SVD of the full one, Pufferfish, and Maestro
// without the lasso, that network's ladder down to a share of the MACs, and Maestro with the lasso.
func translators(dropouts []float64, dropout, share float64, lambdas ...float64) (all []Translator) {
	full := func(d float64) Translator {
		return Translator{Name: fmt.Sprintf("full-dropout-%g", d), Title: fmt.Sprintf("Full, dropout %g", d),
			Method: NonFactorised, Dropout: d}
	}
	maestro := func(lambda float64) Translator {
		return Translator{Name: "maestro-" + scientific(lambda), Title: "Maestro, λ_gl = " + scientific(lambda),
			Method: Maestro, Dropout: dropout, LambdaGL: lambda}
	}
	for _, d := range dropouts {
		all = append(all, full(d))
	}
	whole, unshrunk := full(dropout), maestro(0)
	all = append(all,
		Translator{Name: "svd", Title: fmt.Sprintf("SVD of full, dropout %g", dropout), Method: SVDTruncated,
			Dropout: dropout, Of: &whole},
		Translator{Name: "pufferfish", Title: "Pufferfish", Method: Pufferfish, Dropout: dropout}, unshrunk,
		Translator{Name: fmt.Sprintf("ladder-%g", share),
			Title: fmt.Sprintf("Ladder of λ_gl = 0, %.0f %% of MACs", 100*share), Method: Laddered, Dropout: dropout, MACs: share, Of: &unshrunk})
	for _, lambda := range lambdas {
		all = append(all, maestro(lambda))
	}
	return all
}

// Check returns an error that names the first setting that cannot be.
func (p Multi30k) Check() error {
	if len(p.Variants) == 0 || len(p.Seeds) == 0 {
		return errors.New("multi30k: name at least one variant and one seed")
	}
	var names []string
	for _, v := range p.Variants {
		names = append(names, v.Name)
	}
	return cmp.Or(captions.Check(p.Settings), train.Check(p.Settings), once("seeds", p.Seeds), once("variants", names))
}

// Trials are the protocol's, seed by seed; in each the variants in order.
func (p Multi30k) Trials() (trials []trial.Trial) {
	for _, seed := range p.Seeds {
		for _, v := range p.Variants {
			trials = append(trials, p.trial(v, seed))
		}
	}
	return trials
}

func (p Multi30k) trial(v Translator, seed uint64) trial.Trial {
	s := p.Settings
	s.Seed, s.Dropout = seed, v.Dropout
	t := trial.Trial{Dir: filepath.Join(p.Runs, runs.Seeded(v.Name, seed)), Settings: s}
	if v.Of != nil {
		from := p.trial(*v.Of, seed)
		t.From = &from
		if t.Settings = from.Settings; from.Method != nil {
			t.Settings = from.Method.Settings(t.Settings)
		}
	}
	switch v.Method {
	case NonFactorised:
		t.Method = baselines.Whole{}
	case SVDTruncated:
		t.Method = baselines.SVD{Keep: p.Keep, Ratio: p.Ratio}
	case Laddered:
		t.Method = Rung{MACs: v.MACs, Examples: scored(p.Settings)}
	case Pufferfish:
		t.Method = baselines.Pufferfish{Keep: p.Keep, Warm: p.Warm, Ratio: p.Ratio}
	default:
		t.Settings.LambdaGL = v.LambdaGL
	}
	return t
}

// scored is on how many training pairs a ladder scores its removals.
func scored(s runs.Settings) int {
	if s.TrainExamples > 0 {
		return min(512, s.TrainExamples)
	}
	return 512
}
