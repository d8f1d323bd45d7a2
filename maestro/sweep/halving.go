package sweep

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Halving is the paper's own search for λ_gl (docs/method.md, Shrinking): it starts large, and is halved until a
// bound of the validation accuracy is met, on the mean over the seeds.
type Halving struct {
	From float64 `yaml:"from"` // the first λ_gl
	// MinAccuracy is the bound, in percent. Where MaxDrop is above 0 it is so many points below the mean accuracy at
	// λ_gl = 0 in its place, which is then trained as well.
	MinAccuracy float64 `yaml:"min_accuracy,omitempty"`
	MaxDrop     float64 `yaml:"max_drop,omitempty"`
	Most        int     `yaml:"most"` // halvings
}

// Check is an error that names the first setting that cannot be.
func (h Halving) Check() error {
	switch {
	case !(h.From > 0) || math.IsInf(h.From, 0):
		return fmt.Errorf("the search begins with lambda_gl %g: it must be above 0", h.From)
	case h.MaxDrop < 0 || math.IsNaN(h.MaxDrop):
		return fmt.Errorf("max_drop is %g points: it cannot be below 0", h.MaxDrop)
	case (h.MaxDrop > 0) == (h.MinAccuracy != 0):
		return errors.New("a search needs one bound: name the least accuracy, or by how many points it may drop")
	case !(h.MinAccuracy >= 0 && h.MinAccuracy <= 100):
		return fmt.Errorf("min_accuracy is %g: it is in percent, from 0 to 100", h.MinAccuracy)
	case h.Most < 0:
		return fmt.Errorf("halvings is %d: it cannot be below 0", h.Most)
	}
	return nil
}

// lambda is the value after so many halvings, exactly: a power of two changes no digit of a floating-point number.
func (h Halving) lambda(halvings int) string {
	return strconv.FormatFloat(math.Ldexp(h.From, -halvings), 'g', -1, 64)
}

// Verdict is what a search makes of a λ_gl.
type Verdict string

const (
	Open  Verdict = "open"  // seeds are still to be finished
	Below Verdict = "below" // the mean accuracy is below the bound, or a seed diverged
	Met   Verdict = "met"
)

// Tried is a λ_gl of a search.
type Tried struct {
	Summary
	Verdict Verdict
}

// Search is where a halving stands. It follows from the records alone: whoever looks sees the same, and who goes on
// with it asks for the same λ_gl.
type Search struct {
	Halving
	Bound     float64  // percent; NaN before the accuracy at λ_gl = 0 is known
	Reference *Summary // at λ_gl = 0; nil where the bound does not come from there
	Tried     []Tried  // from the largest λ_gl down
	// Trainings is how many were run to their end, and Cost their multiply-adds, forward passes of all steps, over
	// those of one at the λ_gl that was found, or tried last; NaN before one has ended there.
	Trainings int
	Cost      float64
	Seconds   float64 // of all epochs of all these trainings
}

// Found is the first λ_gl that met the bound.
func (s Search) Found() (t Tried, ok bool) {
	if n := len(s.Tried); n > 0 && s.Tried[n-1].Verdict == Met {
		return s.Tried[n-1], true
	}
	return t, false
}

// Over says whether no other λ_gl will be asked for: the bound is met, or as many halvings made as may be.
func (s Search) Over() bool {
	last := s.Tried[len(s.Tried)-1]
	return last.Verdict == Met || last.Verdict == Below && len(s.Tried) > s.Most
}

// checkSearch is an error where a study's other settings do not go with a search.
func (s Study) checkSearch() error {
	switch {
	case len(s.Axes) > 0:
		return errors.New("a search for lambda_gl has no axes: leave them out, or give each choice a study of its own")
	case s.Random > 0 || s.PathEpochs > 0:
		return errors.New("a search for lambda_gl trains each value by itself, as it comes: leave random points and " +
			"paths out")
	}
	return s.Halving.Check()
}

// Asked is, of a search, the plain study of the λ_gl that it asks for so far, which executors run; another study is
// itself.
func (s Study) Asked() (Study, error) {
	asked, _, err := s.search()
	return asked, err
}

// Search says where a halving stands; nil of a study that is none.
func (s Study) Search() (*Search, error) {
	if s.Halving == nil {
		return nil, nil
	}
	_, search, err := s.search()
	return search, err
}

// search walks down from the first λ_gl, as far as the records decide.
func (s Study) search() (asked Study, search *Search, err error) {
	if s.Halving == nil {
		return s, nil, nil
	}
	if err := s.checkSearch(); err != nil {
		return s, nil, err
	}
	search = &Search{Halving: *s.Halving, Bound: s.Halving.MinAccuracy}
	asked = s
	asked.Halving = nil
	var values []string
	if s.Halving.MaxDrop > 0 {
		values = append(values, "0")
	}
	for {
		values = append(values, s.Halving.lambda(len(search.Tried)))
		asked.Axes = []string{"lambda_gl=" + strings.Join(values, ",")}
		trials, err := asked.Look()
		if err != nil {
			return asked, nil, err
		}
		search.judge(trials)
		last := search.Tried[len(search.Tried)-1]
		if search.Over() || last.Verdict == Open {
			return asked, search, search.spent(trials)
		}
	}
}

// judge says of each λ_gl what it is, by the trials of them all.
func (s *Search) judge(trials []Trial) {
	points := Summarise(trials)
	if s.MaxDrop > 0 {
		s.Reference, s.Bound, points = &points[0], math.NaN(), points[1:]
		if s.Reference.Seeds == s.Reference.Planned {
			s.Bound = s.Reference.Accuracy.Mean - s.MaxDrop
		}
	}
	s.Tried = nil
	for _, p := range points {
		s.Tried = append(s.Tried, Tried{p, s.verdict(p)})
	}
}

// verdict waits for all seeds: the mean of some would have another λ_gl asked for than that of all.
func (s *Search) verdict(p Summary) Verdict {
	switch diverged := p.Failed[Diverged]; {
	case p.Seeds+diverged < p.Planned, math.IsNaN(s.Bound), diverged == 0 && math.IsNaN(p.Accuracy.Mean):
		return Open
	case diverged == 0 && p.Accuracy.Mean >= s.Bound:
		return Met
	}
	return Below
}

// spent sums up what the trainings took.
func (s *Search) spent(trials []Trial) error {
	s.Cost = math.NaN()
	last, n := s.Tried[len(s.Tried)-1], 0
	all, one := 0.0, 0.0
	for _, t := range trials {
		if t.Outcome == nil {
			continue
		}
		s.Trainings++
		s.Seconds += t.Outcome.Seconds
		macs, err := t.trainingMACs()
		if err != nil {
			return err
		}
		all += macs
		if t.Point.Settings == last.Point.Settings {
			n, one = n+1, one+macs
		}
	}
	if one > 0 {
		s.Cost = all / (one / float64(n))
	}
	return nil
}

// Text is where the search stands, in words, a line each.
func (s Search) Text() (lines []string) {
	bound := fmt.Sprintf("at least %.2f %%", s.Bound)
	if s.MaxDrop > 0 {
		bound = fmt.Sprintf("at most %g points below that at lambda_gl=0", s.MaxDrop)
		if !math.IsNaN(s.Bound) {
			bound += fmt.Sprintf(" (%.2f %%): at least %.2f %%", s.Reference.Accuracy.Mean, s.Bound)
		}
	}
	lines = append(lines, fmt.Sprintf("search: lambda_gl is halved from %g until the mean validation accuracy is %s",
		s.From, bound))
	for _, t := range s.Tried {
		line := "  " + t.Point.String() + ": "
		switch t.Verdict {
		case Open:
			line += fmt.Sprintf("%d of %d seeds are finished", t.Seeds, t.Planned)
			if n := t.Failed[Failed] + t.Failed[Lost] + t.Failed[Stopped]; n > 0 {
				line += fmt.Sprintf(", and the search waits for %d that failed, were lost or stopped", n)
			} else if t.Seeds == t.Planned && math.IsNaN(t.Accuracy.Mean) {
				line += ", but the task has no accuracy, by which the search goes"
			}
		case Below:
			line += fmt.Sprintf("%.2f ± %.2f %%, below", t.Accuracy.Mean, t.Accuracy.Deviation)
			if n := t.Failed[Diverged]; n > 0 {
				line = fmt.Sprintf("  %s: %d of %d seeds diverged", t.Point, n, t.Planned)
			}
		case Met:
			line += fmt.Sprintf("%.2f ± %.2f %%, met", t.Accuracy.Mean, t.Accuracy.Deviation)
		}
		lines = append(lines, line)
	}
	halvings := len(s.Tried) - 1
	cost := ""
	if !math.IsNaN(s.Cost) {
		cost = fmt.Sprintf("; %d trainings, which took %.1f times the multiply-adds of one there (%.1f for each "+
			"seed), %.0f s of training",
			s.Trainings, s.Cost, s.Cost/float64(s.Tried[0].Planned), s.Seconds)
	}
	switch found, ok := s.Found(); {
	case ok:
		lines = append(lines, fmt.Sprintf("found: %s, after %d halvings%s", found.Point, halvings, cost))
	case s.Over():
		lines = append(lines,
			fmt.Sprintf("not found: the bound is not met after %d halvings, which is as many as may be%s: "+
				"allow more, or lower the bound", halvings, cost))
	default:
		lines = append(lines, fmt.Sprintf("the search goes on: %d halvings so far, of at most %d%s", halvings,
			s.Most, cost))
	}
	return lines
}
