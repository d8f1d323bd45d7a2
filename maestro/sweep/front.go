package sweep

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// Spread is a figure over the seeds of a point.
type Spread struct{ Mean, Deviation float64 }

func spreadOf(values []float64) Spread {
	if len(values) < 2 {
		return Spread{Mean: stat.Mean(values, nil)}
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return Spread{mean, deviation}
}

// Summary is a point over those of its seeds that are finished. The split is validation, since choices are made on it.
type Summary struct {
	Point                             Point
	Seeds, Planned                    int
	Accuracy                          Spread // percent; NaN of a task without
	Loss, MACs, Rank, Params, Settled Spread
	// accuracy on the test split, or the loss of a task without: to be told, not chosen by
	Test   Spread
	Front  bool // no other point has both a better mean score and no more MACs in the mean
	Failed map[State]int
}

// Summarise puts the seeds of each point together, in the order in which the points come first; Seeds is 0 where none
// of a point's is finished.
func Summarise(trials []Trial) (all []Summary) {
	place := map[runs.Settings]int{}
	var members [][]*Trial
	for i := range trials {
		t := &trials[i]
		at, ok := place[t.Point.Settings]
		if !ok {
			at = len(members)
			place[t.Point.Settings] = at
			members = append(members, nil)
		}
		members[at] = append(members[at], t)
	}
	for _, seeds := range members {
		all = append(all, summary(seeds))
	}
	markFront(all)
	return all
}

func summary(seeds []*Trial) Summary {
	s := Summary{Point: seeds[0].Point, Planned: len(seeds), Failed: map[State]int{}}
	var accuracy, loss, macs, rank, params, settled, test []float64
	for _, t := range seeds {
		o := t.Outcome
		if o == nil {
			switch t.State {
			case Diverged, Failed, Stopped, Lost:
				s.Failed[t.State]++
			}
			continue
		}
		accuracy, loss = append(accuracy, o.Accuracy), append(loss, o.Loss)
		macs, rank = append(macs, float64(o.MACs)), append(rank, float64(o.TotalRank))
		params, settled = append(params, float64(o.Parameters)), append(settled, float64(o.Settled))
		score := o.TestAccuracy
		if math.IsNaN(score) {
			score = o.TestLoss
		}
		test = append(test, score)
	}
	if s.Seeds = len(loss); s.Seeds > 0 {
		s.Accuracy, s.Loss, s.MACs, s.Rank = spreadOf(accuracy), spreadOf(loss), spreadOf(macs), spreadOf(rank)
		s.Params, s.Settled, s.Test = spreadOf(params), spreadOf(settled), spreadOf(test)
	}
	return s
}

// Score is larger for the better of two points: the accuracy, or where there is none the negative loss.
func (s Summary) Score() float64 {
	if math.IsNaN(s.Accuracy.Mean) {
		return -s.Loss.Mean
	}
	return s.Accuracy.Mean
}

// markFront marks the points that no other beats.
func markFront(all []Summary) {
	var finished []*Summary
	for i := range all {
		if all[i].Seeds > 0 {
			finished = append(finished, &all[i])
		}
	}
	for _, i := range front(len(finished), func(i int) (float64, float64) {
		return finished[i].MACs.Mean,
			finished[i].Score()
	}) {
		finished[i].Front = true
	}
}

// front are those of n candidates, by their place and in the order of their cost, of which no other has a better
// score at no more cost: one pass over them in the order of cost. A score that is no number is on no front.
func front(n int, of func(i int) (cost, score float64)) (best []int) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		costA, scoreA := of(a)
		costB, scoreB := of(b)
		return cmp.Or(cmp.Compare(costA, costB), cmp.Compare(scoreB, scoreA))
	})
	most := math.Inf(-1)
	for _, i := range order {
		if _, score := of(i); score > most {
			most = score
			best = append(best, i)
		}
	}
	return best
}

// Candidate is a network of the front over rungs: that of a trial at its end, or one that was compressed out of it.
type Candidate struct {
	Trial   *Trial
	Step    int // the ladder's step; 0 is the trained network
	Network Rung
	Front   bool
}

// Cost is what a candidate of the front is measured by beside its accuracy.
type Cost string

const (
	MACs    Cost = "macs"
	Params  Cost = "params"
	Latency Cost = "latency" // milliseconds at batch 1
)

// Of is a rung's cost; NaN where it was not measured.
func (c Cost) Of(r Rung) float64 {
	switch {
	case c == Params:
		return float64(r.Parameters)
	case c == Latency && r.LatencyMS == 0:
		return math.NaN()
	case c == Latency:
		return r.LatencyMS
	}
	return float64(r.MACs)
}

// Candidates are the networks of all finished trials and of their ladders, those marked that no other beats on the
// validation split.
func Candidates(trials []Trial, by Cost) (all []Candidate) {
	for i := range trials {
		t := &trials[i]
		if t.Outcome == nil {
			continue
		}
		o := t.Outcome
		networks := o.Rungs
		if len(networks) == 0 || networks[0].Step > 0 { // else the ladder begins with the trained network
			trained := Rung{Loss: o.Loss, Accuracy: o.Accuracy, TotalRank: o.TotalRank, MACs: o.MACs,
				Parameters:   o.Parameters,
				TestAccuracy: o.TestAccuracy}
			networks = append([]Rung{trained}, networks...)
		}
		for _, r := range networks {
			if !math.IsNaN(by.Of(r)) {
				all = append(all, Candidate{Trial: t, Step: r.Step, Network: r})
			}
		}
	}
	for _, i := range front(len(all), func(i int) (float64, float64) {
		return by.Of(all[i].Network),
			all[i].Network.score()
	}) {
		all[i].Front = true
	}
	return all
}

func (r Rung) score() float64 {
	if math.IsNaN(r.Accuracy) {
		return -r.Loss
	}
	return r.Accuracy
}

// Hypervolume is the area that candidates cover together in the plane of cost and score, down from a reference: no
// score is worth less than score, no cost more than cost. Those beyond it cover nothing.
func Hypervolume(costs, scores []float64, cost, score float64) (area float64) {
	least := score
	for _, i := range front(len(costs), func(i int) (float64, float64) { return costs[i], scores[i] }) {
		if costs[i] < cost && scores[i] > least {
			area += (cost - costs[i]) * (scores[i] - least)
			least = scores[i]
		}
	}
	return area
}

// Covered is the hypervolume of the means of points, as a share from 0 to 1 of all that could be: an accuracy of 100
// % at no MACs. Its reference is an accuracy of 0 and the MACs of the largest of the trials' networks with each layer
// as one matrix, so a point of that size adds nothing. NaN where no point is finished, the task has no accuracy, or
// the records are those of an older program, which did not keep these MACs.
func Covered(trials []Trial) float64 {
	var whole int64
	for _, t := range trials {
		if t.Outcome != nil {
			whole = max(whole, t.Outcome.WholeMACs)
		}
	}
	var macs, accuracies []float64
	for _, p := range Summarise(trials) {
		if !math.IsNaN(p.Accuracy.Mean) && p.Seeds > 0 {
			macs, accuracies = append(macs, p.MACs.Mean), append(accuracies, p.Accuracy.Mean)
		}
	}
	if whole == 0 || len(macs) == 0 {
		return math.NaN()
	}
	return Hypervolume(macs, accuracies, float64(whole), 0) / (100 * float64(whole))
}
