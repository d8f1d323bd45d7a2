package captions

import (
	"cmp"
	"math/rand/v2"

	"github.com/maestro-lod/notebook/maestro/models"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
	"github.com/maestro-lod/notebook/maestro/task/translation"
)

// Synthetic is the task of the Transformer that settings mean on random pieces, of the greatest length each, to measure
// how long things take.
func Synthetic(s runs.Settings) (*task.Task, error) {
	if err := Check(s); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(1, 1))
	shape := Shape(s, cmp.Or(s.Pieces, Pieces), cmp.Or(s.Length, Length))
	draw := func() []int32 {
		pieces := make([]int32, shape.Longest-1) // beside the end
		for i := range pieces {
			pieces[i] = task.FirstPiece + rng.Int32N(int32(shape.Vocabulary)-task.FirstPiece)
		}
		return pieces
	}
	pairs := make([]translation.Pair, 1024)
	for i := range pairs {
		pairs[i] = translation.Pair{Source: draw(), Target: draw()}
	}
	return translation.New(Model, models.Transformer(shape), translation.Corpus{Name: "random",
		Pieces: shape.Vocabulary, Train: pairs, Validation: pairs[:64], Test: pairs[:64]},
		translation.Options{Length: shape.Longest, Smoothing: s.Smoothing})
}
