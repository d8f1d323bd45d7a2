package sweep

import (
	"context"
	"slices"
)

// Rounds has a study's trials attempted that are due: once, or for a search as often as their records ask for another
// λ_gl. run attempts those that it is given, until its context ends, as it does once somebody calls the study off; it
// is not called where nothing is due.
func (s Study) Rounds(ctx context.Context, retry Retry, run func(ctx context.Context, asked Study,
	trials []Trial) error) error {
	for before := 0; ; {
		asked, err := s.Asked()
		if err != nil {
			return err
		}
		trials, err := asked.Look()
		if err != nil {
			return err
		}
		due := slices.ContainsFunc(trials, func(t Trial) bool { return retry.Due(t) || t.State == Running })
		if !due || len(trials) == before {
			return nil
		}
		if err := s.round(ctx, asked, trials, run); err != nil {
			return err
		}
		before = len(trials)
	}
}

func (s Study) round(ctx context.Context, asked Study, trials []Trial,
	run func(context.Context, Study, []Trial) error) error {
	if err := s.Uncancel(); err != nil {
		return err
	}
	ctx, stop := s.Cancelled(ctx)
	defer stop()
	return run(ctx, asked, trials)
}
