package train_test

import (
	"math"
	"path/filepath"
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/testmode"
	"github.com/maestro-lod/notebook/maestro/train"
)

// TestWarmup: with a warm-up the rate is the definition of Vaswani et al. 2017, equation 3, for an lr that is its
// peak; of other schedules the first steps alone are lower.
func TestWarmup(t *testing.T) {
	const width, warmup = 512., 40
	schedule := train.Warmup{Steps: warmup, Then: train.InverseSqrt{Warmup: warmup}}
	peak := 1 / math.Sqrt(width*warmup)
	for step := range 200 {
		n := float64(step + 1)
		want := math.Pow(width, -0.5) * min(math.Pow(n, -0.5), n*math.Pow(warmup, -1.5))
		if got := schedule.Rate(peak, step, 200); !(math.Abs(got-want) <= 1e-12) {
			t.Errorf("step %d: %g, want %g", step, got, want)
		}
		got := train.Warmup{Steps: warmup, Then: train.Cosine{}}.Rate(1, step, 200) / train.Cosine{}.Rate(1, step, 200)
		if want := min(1, n/warmup); !(math.Abs(got-want) <= 1e-12) {
			t.Errorf("step %d: %g of the cosine's rate, want %g", step, got, want)
		}
	}
}

// TestWarmupOfRun: a run's warm-up and its Adam's numbers come from its settings, and a resumed run keeps them.
func TestWarmupOfRun(t *testing.T) {
	t.Parallel()
	backend, s := testkit.Backend(t), plain()
	s.Optimizer, s.LR, s.Epochs, s.Schedule, s.Warmup = "adamw", 0.01, 3, "inverse-sqrt", 20
	s.AdamBeta1, s.AdamBeta2, s.AdamEpsilon = 0.8, 0.98, 1e-9
	start := func(change func(*runs.Settings)) *train.Run {
		t.Helper()
		changed := s
		change(&changed)
		r, err := train.New(backend, filepath.Join(t.TempDir(), "run"), changed, regression(t), train.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	want := finish(t, start(func(*runs.Settings) {}))
	for name, change := range map[string]func(*runs.Settings){
		"another warm-up": func(s *runs.Settings) { s.Warmup = 21 }, "no warm-up": func(s *runs.Settings) {
			s.Warmup,
				s.Schedule = 0, "constant"
		},
		"another β₁": func(s *runs.Settings) { s.AdamBeta1 = 0 },
		"another β₂": func(s *runs.Settings) { s.AdamBeta2 = 0 },
		"another ε":  func(s *runs.Settings) { s.AdamEpsilon = 1e-3 },
	} {
		if !testmode.IsLong() && name != "another warm-up" && name != "another β₂" {
			continue
		}
		if got := finish(t, start(change)); got["model/fc1/bias"].Data[0] == want["model/fc1/bias"].Data[0] {
			t.Errorf("%s changes nothing", name)
		}
	}
	cut := start(func(*runs.Settings) {})
	if err := cut.TrainTo(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	cut.Close()
	again, err := train.Resume(backend, cut.Dir, regression(t), train.Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, want, finish(t, again))

	// The defaults are 0.9, 0.999 and 1e-8, spelt out or not.
	a := finish(t, start(func(s *runs.Settings) { s.AdamBeta1, s.AdamBeta2, s.AdamEpsilon = 0, 0, 0 }))
	same(t, a, finish(t, start(func(s *runs.Settings) { s.AdamBeta1, s.AdamBeta2, s.AdamEpsilon = 0.9, 0.999, 1e-8 })))

	for say, change := range map[string]func(*runs.Settings){
		"schedule is inverse-sqrt, which falls once": func(s *runs.Settings) { s.Warmup = 0 },
		"warmup is -1: it must be above 0":           func(s *runs.Settings) { s.Warmup = -1 },
		"adam_beta_2 is 1: it must be from 0 to":     func(s *runs.Settings) { s.AdamBeta2 = 1 },
	} {
		wrong := s
		change(&wrong)
		testkit.OneLine(t, "settings", train.Check(wrong), say)
	}
}
