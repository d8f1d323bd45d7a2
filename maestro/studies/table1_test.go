package studies_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies"
	"github.com/maestro-lod/notebook/maestro/testmode"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

func tinyProtocol(t *testing.T, data string) studies.Protocol {
	p := studies.QuickProtocol()
	p.Runs, p.DataDir = filepath.Join(t.TempDir(), "runs"), data
	p.Settings.Data = "mnist" // of its form
	p.Settings.Epochs, p.Settings.Batch, p.Settings.Validation, p.Settings.TrainExamples = 3, 30, 60, 0
	p.Variants = p.Variants[:8] // every method
	return p
}

// TestTable1: a table that was interrupted in the middle of a run and made again is the one that nobody touched; made
// once more it opens its runs, without a device; and its rows tell what the methods are.
func TestTable1(t *testing.T) {
	data := testkit.SmallMNIST(t)
	p, cut := tinyProtocol(t, data), tinyProtocol(t, data)
	if !testmode.IsLong() {
		cut.Variants = cut.Variants[:5] // to the one that follows the interruption
	}
	whole, err := studies.Table1(t.Context(), testkit.Backend(t), p, train.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !testmode.IsLong() { // it opens the runs before that one
		for _, v := range p.Variants[:3] {
			for _, seed := range p.Seeds {
				run := fmt.Sprintf("%s-seed%d", v.Name, seed)
				if err := os.CopyFS(filepath.Join(cut.Runs, run), os.DirFS(filepath.Join(p.Runs, run))); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	current := ""
	_, err = studies.Table1(ctx, testkit.Backend(t), cut, train.Options{Progress: func(p train.Progress) {
		if current == "pufferfish-seed1" && p.Epoch == 3 {
			cancel()
		}
	}}, func(run string, _, _ int) { current = run })
	if err == nil || ctx.Err() == nil {
		t.Fatal("the table was not cut short in Pufferfish's last epoch: ", err)
	}
	resumed, err := studies.Table1(t.Context(), testkit.Backend(t), cut, train.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := studies.Table1(t.Context(), nil, p, train.Options{}, nil)
	if err != nil {
		t.Fatal("opening finished runs:", err)
	}
	text := func(rows []studies.Table1Row) string { return fmt.Sprint(studies.Table1Text(p, rows).Rows) }
	if diff := cmp.Diff(text(whole[:len(resumed)]), text(resumed)); diff != "" {
		t.Errorf("the table that was cut short (-untouched +cut):\n%s", diff)
	}
	if diff := cmp.Diff(whole, opened); diff != "" {
		t.Errorf("the table that was opened (-trained +opened):\n%s", diff)
	}

	by := map[studies.Method]studies.Table1Run{}
	for _, row := range whole {
		if row.Variant.Ratio == 0 {
			by[row.Variant.Method] = row.Runs[0]
		} else if before := by[row.Variant.Method]; row.Runs[0].MACs >= before.MACs ||
			row.Runs[0].Parameters >= before.Parameters {
			t.Errorf("%s is no smaller than with the protocol's ratio", row.Variant.Name)
		}
	}
	full := by[studies.NonFactorised]
	// LeNet: 44,190 weights, 6 + 16 + 120 + 84 + 10 biases, 281,640 MACs.
	if full.Parameters != 44190+236 || full.MACs != 281640 {
		t.Errorf("the non-factorised network has %d parameters and takes %d MACs", full.Parameters, full.MACs)
	}
	svd, tuned, puffer := by[studies.SVDTruncated], by[studies.SVDFineTuned], by[studies.Pufferfish]
	if !(svd.MACs < full.MACs && svd.Parameters < full.Parameters) || svd.MACs != tuned.MACs ||
		svd.MACs != puffer.MACs {
		t.Errorf("MACs: non-factorised %d, SVD %d, fine-tuned %d, Pufferfish %d", full.MACs, svd.MACs, tuned.MACs,
			puffer.MACs)
	}
	if svd.TrainingMACs != full.TrainingMACs || !(tuned.TrainingMACs > full.TrainingMACs) ||
		!(puffer.TrainingMACs < full.TrainingMACs) {
		t.Errorf("training MACs: non-factorised %g, SVD %g, fine-tuned %g, Pufferfish %g", full.TrainingMACs,
			svd.TrainingMACs, tuned.TrainingMACs, puffer.TrainingMACs)
	}

	for what, change := range map[string]func(*studies.Protocol){
		"ratio":                 func(p *studies.Protocol) { p.Ratio = 0.5 },
		"kept layers":           func(p *studies.Protocol) { p.Keep.First++ },
		"epsilon":               func(p *studies.Protocol) { p.Epsilon *= 2 },
		"epochs of warm-up":     func(p *studies.Protocol) { p.Warm++ },
		"epochs of fine-tuning": func(p *studies.Protocol) { p.FineTune++ },
		"its rate":              func(p *studies.Protocol) { p.TuneLR /= 2 },
	} {
		other := p
		change(&other)
		if _, err := studies.Table1(t.Context(), nil, other, train.Options{}, nil); err == nil ||
			!strings.Contains(err.Error(), "name another folder") {
			t.Errorf("runs of another %s: error is %v", what, err)
		}
	}
	p.Settings.LR /= 2
	if _, err := studies.Table1(t.Context(), nil, p, train.Options{}, nil); err == nil ||
		!strings.Contains(err.Error(), "holds a run with other settings") {
		t.Errorf("other settings: error is %v", err)
	}
}

func TestProtocolsAreSound(t *testing.T) {
	for _, p := range studies.Protocols() {
		if err := p.Check(); err != nil {
			t.Errorf("%s: %v", p.Name, err)
		}
	}
	if _, err := studies.NamedProtocol("fast"); err == nil ||
		err.Error() != `unknown protocol "fast": use paper, reduced, quick` {
		t.Error(err)
	}
}

// TestNamedOnce: a seed, a variant or a λ_gl that is named twice would be one run that counts as two: it is refused.
func TestNamedOnce(t *testing.T) {
	table := func(change func(*studies.Protocol)) error {
		p := studies.QuickProtocol()
		p.Runs = filepath.Join(t.TempDir(), "runs")
		change(&p)
		_, err := studies.Table1(t.Context(), nil, p, train.Options{}, nil)
		return err
	}
	ranks := func(change func(*studies.RankDynamicsSettings)) error {
		s := studies.DefaultRankDynamics()
		s.Runs = filepath.Join(t.TempDir(), "runs")
		change(&s)
		_, err := studies.RankDynamics(t.Context(), nil, s, train.Options{})
		return err
	}
	for say, err := range map[string]error{
		"seeds names 1 twice": table(func(p *studies.Protocol) { p.Seeds = []uint64{1, 2, 1} }),
		"variants names": table(func(p *studies.Protocol) {
			p.Variants = append(p.Variants,
				p.Variants[0])
		}),
		"rank dynamics: seeds names 3": ranks(func(s *studies.RankDynamicsSettings) { s.Seeds = []uint64{3, 3} }),
		"lambda_gl names 0.001 twice": ranks(func(s *studies.RankDynamicsSettings) {
			s.LambdaGL = []float64{0, 1e-3,
				1e-3}
		}),
		"each once; seeds names 2 twice": ranks(func(s *studies.RankDynamicsSettings) {
			s.LambdaGL, s.Seeds = []float64{
				0, 0}, []uint64{2, 2}
		}),
	} {
		if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error is %v, want one line with %q", err, say)
		}
	}
}

// TestOneTableAFolder: while one table's runs are being trained another one of the folder is refused, before it has
// loaded or trained anything.
func TestOneTableAFolder(t *testing.T) {
	p := studies.QuickProtocol()
	p.Runs, p.DataDir = t.TempDir(), "nowhere"
	release, err := train.Hold(p.Runs, "making Table 1", train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = studies.Table1(t.Context(), nil, p, train.Options{}, nil)
	if want := p.Runs + " is in use in this process already (making Table 1, since "; err == nil ||
		!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
		t.Errorf("error is %v, want one line with %q", err, want)
	}
	release()
	if _, err = studies.Table1(t.Context(), nil, p, train.Options{}, nil); err == nil ||
		strings.Contains(err.Error(), "in use") {
		t.Errorf("once it is free: error is %v", err)
	}
}

// slower is a method that no package knows: the non-factorised network at half the learning rate.
type slower struct{ baselines.Whole }

func (m slower) Settings(s runs.Settings) runs.Settings {
	s.LR /= 2
	return m.Whole.Settings(s)
}

func (m slower) Train(ctx context.Context, dir string, s runs.Settings, _ *train.Run, lab trial.Lab) (*train.Run,
	error) {
	return m.Sampling.Train(ctx, dir, m.Settings(s), nil, lab)
}

// TestMethodOfOnesOwn: a row of the table by a method of one's own is trained, measured and opened as the others are,
// and one that nobody gave is named.
func TestMethodOfOnesOwn(t *testing.T) {
	p := tinyProtocol(t, testkit.SmallMNIST(t))
	p.Settings.Epochs, p.Warm = 2, 1
	p.Variants = []studies.Variant{{Name: "non-factorised", Method: studies.NonFactorised},
		{Name: "slower", Title: "Slower", Method: studies.Own}}
	if _, err := studies.Table1(t.Context(), nil, p, train.Options{}, nil); err == nil ||
		!strings.Contains(err.Error(), `variant slower: unknown method "own"`) {
		t.Errorf("a method that nobody gave: %v", err)
	}
	p.Variants[1].By = slower{}
	rows, err := studies.Table1(t.Context(), testkit.Backend(t), p, train.Options{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := p.Read()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(rows, opened, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("opened (-trained +opened):\n%s", diff)
	}
	config, err := runs.ReadConfig(rows[1].Runs[0].Dir)
	if err != nil || config.Settings.LR != p.Settings.LR/2 || rows[1].Runs[0].MACs != rows[0].Runs[0].MACs ||
		rows[1].Runs[0].Test == rows[0].Runs[0].Test {
		t.Errorf("the row is %+v, of settings %+v (%v)", rows[1].Runs[0], config.Settings, err)
	}
	if text := fmt.Sprint(studies.Table1Text(p, rows).Rows); !strings.Contains(text, "Slower") {
		t.Errorf("the table: %s", text)
	}
}
