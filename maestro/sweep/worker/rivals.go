package worker

import (
	"math"
	"time"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
)

// rivals are the finished points of a study, looked at anew from time to time.
type rivals struct {
	points []sweep.Summary
	at     time.Time
}

// refresh is how long what was seen of the other points is good for.
const refresh = 30 * time.Second

// beaten says whether a finished point beats where a trial is now, in accuracy and in MACs, each by more than two
// standard deviations of the point's seeds. What the trial was before does not count: that accuracy falls comes late.
func (r *rivals) beaten(study sweep.Study, t *sweep.Trial, now runs.Row) (by string, ok bool) {
	if r.at.IsZero() || time.Since(r.at) > refresh {
		trials, err := study.Look()
		if err != nil {
			return "", false
		}
		r.points, r.at = sweep.Summarise(trials), time.Now()
	}
	for _, p := range r.points {
		if beats(p, t, now) {
			return p.Point.String(), true
		}
	}
	return "", false
}

// beats is true only of a point with a spread, of two seeds or more.
func beats(p sweep.Summary, t *sweep.Trial, now runs.Row) bool {
	return p.Seeds >= 2 && p.Point.Settings != t.Point.Settings && !math.IsNaN(now.ValidationAccuracy) &&
		now.ValidationAccuracy < p.Accuracy.Mean-2*p.Accuracy.Deviation &&
		float64(now.MACs) > p.MACs.Mean+2*p.MACs.Deviation
}

// stillness is since when a training has neither changed its ranks nor found a better accuracy.
type stillness struct {
	since, rank int
	best        float64
}

func newStillness() stillness { return stillness{rank: -1, best: math.Inf(-1)} }

// after is for how many epochs it has been still at the end of one.
func (s *stillness) after(now runs.Row) (epochs int) {
	if now.TotalRank != s.rank || now.ValidationAccuracy > s.best {
		s.since, s.rank, s.best = now.Epoch, now.TotalRank, max(s.best, now.ValidationAccuracy)
	}
	return now.Epoch - s.since
}
