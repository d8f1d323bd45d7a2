package baselines

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"gonum.org/v1/gonum/mat"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/train"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// Cuttlefish trains the network whole until the stable ranks of its layers stop moving, then puts every layer but the
// first few and the last into two factors of its scaled stable rank, and trains on along the same schedule with
// Frobenius decay on the factors (Wang et al., MLSys 2023). What it leaves out: the paper finds the number of first
// layers to keep whole by timing, here it is a setting, and it may put a batch norm between the factors.
type Cuttlefish struct {
	Keep Keep
	// the largest change of a stable rank in an epoch at which they count as still; 0.1 in the paper
	Epsilon       float64
	MaxWarmEpochs int // the epoch of the switch at the latest
}

// Check returns an error that names the first setting that cannot be.
func (c Cuttlefish) Check(s runs.Settings) error {
	switch {
	case c.MaxWarmEpochs < 1 || c.MaxWarmEpochs >= s.Epochs:
		return fmt.Errorf("cuttlefish: most_warm is %d: it must be at least 1 and less than the %d epochs",
			c.MaxWarmEpochs, s.Epochs)
	case !(c.Epsilon >= 0):
		return fmt.Errorf("cuttlefish: epsilon is %g: it cannot be negative", c.Epsilon)
	}
	return errors.Join(c.Keep.check("cuttlefish"), train.Check(s))
}

// Train trains in a run folder, or goes on with what is there, and returns the run at its end. The network as it was
// trained whole stays in the folder's warm/, with stable_ranks.csv, a row for every layer and epoch.
func (c Cuttlefish) Train(ctx context.Context, dir string, s runs.Settings, _ *train.Run, lab trial.Lab) (*train.Run,
	error) {
	if err := c.Check(s); err != nil {
		return nil, err
	}
	return trainWarm(ctx, dir, c.Settings(s), c.note(), lab,
		func(ctx context.Context, warm *train.Run) (train.Branching, error) {
			series, err := c.warmUp(ctx, warm)
			if err != nil {
				return train.Branching{}, err
			}
			start, now := series[0], series[len(series)-1]
			return train.Branching{
				Change: func(n *lod.Network) error {
					return factorise(n, c.Keep, func(i int) int { return scaledRank(n.Layers[i], start[i], now[i]) })
				},
			}, nil
		})
}

// Settings are those of the run, which begins whole. The weight decay becomes the Frobenius decay of the factors.
func (Cuttlefish) Settings(s runs.Settings) runs.Settings {
	s.FrobeniusDecay = s.WeightDecay
	return whole(s)
}

func (c Cuttlefish) note() string {
	return fmt.Sprintf("factorised at the scaled stable ranks, still within %g an epoch or after %d epochs (%v)",
		c.Epsilon, c.MaxWarmEpochs, c.Keep)
}

// Made returns an error unless the run in a folder was made by this method with these settings beside train's.
func (c Cuttlefish) Made(dir string) error { return made(dir, c.note()) }

// scaledRank is the rank of a layer whose stable rank was start when its rank was full, and is now `now`.
func scaledRank(l lod.Layer, start, now float64) int {
	return min(l.Full(), max(1, int(math.Round(now*float64(l.Full())/start))))
}

// warmUp trains until the stable ranks are still, and returns them, [epoch][layer], epoch 0 the start.
func (c Cuttlefish) warmUp(ctx context.Context, warm *train.Run) (series [][]float64, err error) {
	path := filepath.Join(warm.Dir, "stable_ranks.csv")
	if series, err = readStableRanks(path, warm); err != nil {
		return nil, err
	}
	if warm.Epoch() > c.MaxWarmEpochs || len(series) < warm.Epoch() { // their ranks on the way are not known
		return nil, tooWarm(warm, c.MaxWarmEpochs)
	}
	for {
		if len(series) <= warm.Epoch() { // not written yet, or cut off before it was
			now, err := stableRanks(warm.Network)
			if err != nil {
				return nil, err
			}
			series = append(series, now)
			if err := writeStableRanks(path, warm.Network, series); err != nil {
				return nil, err
			}
		}
		if warm.Epoch() >= c.MaxWarmEpochs || c.still(warm.Network.Layers, series) {
			return series, nil
		}
		if err := warm.TrainTo(ctx, warm.Epoch()+1); err != nil {
			return nil, err
		}
	}
}

// still says whether the stable rank of no layer that is to be factorised moved by more than epsilon in the last epoch.
func (c Cuttlefish) still(layers []lod.Layer, series [][]float64) bool {
	if len(series) < 2 {
		return false
	}
	now, before := series[len(series)-1], series[len(series)-2]
	for i := range now {
		if !c.Keep.keeps(layers, i) && math.Abs(now[i]-before[i]) > c.Epsilon {
			return false
		}
	}
	return true
}

func stableRanks(n *lod.Network) ([]float64, error) {
	if err := n.CheckFinite(); err != nil {
		return nil, err
	}
	ranks := make([]float64, len(n.Layers))
	for i := range n.Layers {
		w, err := n.Weight(i)
		if err != nil {
			return nil, err
		}
		ranks[i] = StableRank(w)
	}
	return ranks, nil
}

// StableRank is Σσ²/σ₁² of a matrix's singular values; 0 of one that is all zero.
func StableRank(w *mat.Dense) float64 {
	rows, columns := w.Dims()
	gram := mat.NewSymDense(min(rows, columns), nil)
	if rows <= columns {
		gram.SymOuterK(1, w)
	} else {
		gram.SymOuterK(1, w.T())
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, false) {
		return math.NaN()
	}
	squares := eigen.Values(nil)
	if largest := squares[len(squares)-1]; largest > 0 {
		return mat.Trace(gram) / largest
	}
	return 0
}

// stableRank is a row of Cuttlefish's table: a layer at the end of an epoch.
type stableRank struct {
	Epoch int     `csv:"epoch"`
	Layer string  `csv:"layer"`
	Value float64 `csv:"stable_rank"`
}

func writeStableRanks(path string, n *lod.Network, series [][]float64) error {
	var rows []stableRank
	for epoch, ranks := range series {
		for i, r := range ranks {
			rows = append(rows, stableRank{Epoch: epoch, Layer: n.Layers[i].Name, Value: r})
		}
	}
	return csvfile.WriteRows(path, rows)
}

// readStableRanks reads the epochs up to the run's; a file that does not exist has none.
func readStableRanks(path string, run *train.Run) (series [][]float64, err error) {
	rows, err := csvfile.ReadRows[stableRank](path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	layers := len(run.Network.Layers)
	for i := 0; i+layers <= len(rows) && len(series) <= run.Epoch(); i += layers {
		var ranks []float64
		for _, row := range rows[i : i+layers] {
			ranks = append(ranks, row.Value)
		}
		series = append(series, ranks)
	}
	return series, nil
}
