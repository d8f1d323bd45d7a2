package sweep

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
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
	Point            Point
	Seeds, Planned   int
	Accuracy         Spread // percent; NaN of a task without
	Loss, MACs, Rank Spread
	Front            bool // no other point has both a better mean score and fewer MACs in the mean
}

// Summarise puts the seeds of each point together, in the order of the points; points with no finished trial have no
// summary.
func Summarise(trials []Trial) (all []Summary) {
	for first := 0; first < len(trials); {
		n := first
		for n < len(trials) && trials[n].Point.Settings == trials[first].Point.Settings {
			n++
		}
		s := Summary{Point: trials[first].Point, Planned: n - first}
		var accuracy, loss, macs, rank []float64
		for _, t := range trials[first:n] {
			if t.State != Finished {
				continue
			}
			last := t.Run.Last()
			accuracy, loss = append(accuracy, last.ValidationAccuracy), append(loss, last.ValidationLoss)
			macs, rank = append(macs, float64(last.MACs)), append(rank, float64(last.TotalRank))
		}
		if s.Seeds = len(loss); s.Seeds > 0 {
			s.Accuracy, s.Loss, s.MACs, s.Rank = spreadOf(accuracy), spreadOf(loss), spreadOf(macs), spreadOf(rank)
			all = append(all, s)
		}
		first = n
	}
	markFront(all)
	return all
}

// score is larger for the better of two points.
func (s Summary) score() float64 {
	if math.IsNaN(s.Accuracy.Mean) {
		return -s.Loss.Mean
	}
	return s.Accuracy.Mean
}

// markFront marks the points that no other beats, by one pass over them in the order of their MACs.
func markFront(all []Summary) {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(all[a].MACs.Mean, all[b].MACs.Mean), cmp.Compare(all[b].score(), all[a].score()))
	})
	best := math.Inf(-1)
	for _, i := range order {
		if s := all[i].score(); s > best {
			best, all[i].Front = s, true
		}
	}
}
