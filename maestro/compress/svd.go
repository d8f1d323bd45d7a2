package compress

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
)

// Factorised starts a run folder of a trained network with every layer in two factors of its full rank, which compute
// the same: the singular value decomposition of its matrix, so that its first ranks are the nearest matrix of that
// rank.
func Factorised(run *train.Run, dir string) (*train.Run, error) {
	s := run.Settings
	s.WholeFirst, s.WholeLast = 0, 0
	return train.Branch(run.Backend(), dir, run, train.Branching{Settings: s, Epoch: run.Epoch(),
		Note: "every layer factorised by its singular value decomposition",
		Change: func(n *lod.Network) error {
			for i, l := range n.Layers {
				if l.Kept {
					continue
				}
				if err := n.Factorise(i, l.Full()); err != nil {
					return err
				}
			}
			return nil
		}}, train.Options{Own: run.Own()})
}

const reorderedNote = "ranks in the order of their singular values"

// Reordered starts a run folder of a trained network whose layers in factors are those of the singular value
// decomposition of their product, at the same ranks: it computes the same, and its ranks stand in the order of their
// singular values, in place of the one that training gave them. Training orders them by what they do to the loss, but
// only in the steps that truncate the layer; a short training of many layers has few of these.
func Reordered(run *train.Run, dir string) (*train.Run, error) {
	return train.Branch(run.Backend(), dir, run, train.Branching{Settings: run.Settings, Epoch: run.Epoch(),
		Note: reorderedNote,
		Change: func(n *lod.Network) error {
			for i, l := range n.Layers {
				if l.Matrix || l.Rank == 0 {
					continue
				}
				if err := n.Factorise(i, l.Rank); err != nil {
					return err
				}
			}
			return nil
		}}, train.Options{Own: run.Own()})
}

// Truncated is a network with the same share of the ranks kept in every layer, not trained after that.
type Truncated struct {
	Share float64 `csv:"share"`
	runs.Result
}

// UniformRanks are the ranks of the layers with the largest share kept, the same in each and at least one rank, at
// which the network has at most so many MACs or Params. It is an error if one rank in every layer has more.
func UniformRanks(n *lod.Network, by Metric, most float64) (share float64, ranks []int, err error) {
	z := sizesOf(n)
	keep := func(share float64) ([]int, float64) {
		ranks := n.Ranks()
		for i, l := range n.Layers {
			if !l.Matrix {
				ranks[i] = min(l.Rank, max(1, int(math.Round(share*float64(l.Full())))))
			}
		}
		if size := z.at(ranks); by == Params {
			return ranks, float64(size.Parameters)
		} else {
			return ranks, float64(size.MACs)
		}
	}
	ranks, cost := keep(0)
	if cost > most {
		return 0, nil, fmt.Errorf("no network of %.0f %s: with one rank in every layer it has %.0f", most, by, cost)
	}
	low, high := 0.0, 1.0
	if all, cost := keep(1); cost <= most {
		return 1, all, nil
	}
	for range 40 {
		middle := (low + high) / 2
		if r, cost := keep(middle); cost <= most {
			low, ranks = middle, r
		} else {
			high = middle
		}
	}
	return low, ranks, nil
}

// Truncate measures a run's network truncated to UniformRanks for each of the sizes, with its batch norms
// recalibrated and no training, and writes svd.csv into its folder. What is there of the same sizes is read. The
// run's ranks are afterwards what they were.
func Truncate(ctx context.Context, run *train.Run, by Metric, sizes []float64) (all []Truncated, err error) {
	var wanted []Truncated
	for _, size := range sizes {
		share, ranks, err := UniformRanks(run.Network, by, size)
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, Truncated{Share: share, Result: runs.Result{Size: sizesOf(run.Network).at(ranks),
			Ranks: ranks}})
	}
	path := filepath.Join(run.Dir, "svd.csv")
	had := map[string]Truncated{}
	before, err := readTable[Truncated](path)
	if err != nil {
		return nil, err
	}
	for _, t := range before {
		had[list(t.Ranks)] = t
	}
	full := run.Network.Ranks()
	defer func() { err = errors.Join(err, run.SetRanks(full)) }()
	for _, t := range wanted {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if was, ok := had[list(t.Ranks)]; ok {
			t.Validation, t.Test = was.Validation, was.Test
		} else if err := t.measure(run); err != nil {
			return nil, err
		}
		all = append(all, t)
		if err := csvfile.WriteRows(path, all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (t *Truncated) measure(run *train.Run) error {
	if err := run.SetRanks(t.Ranks); err != nil {
		return err
	}
	validation, err := run.Validate()
	if err != nil {
		return err
	}
	t.Validation = validation.Accuracy
	t.Test, err = run.Test()
	t.Test.Examples = 0 // as svd.csv has it: so it is the same whether it was measured or read
	return err
}
