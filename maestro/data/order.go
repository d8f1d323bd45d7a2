package data

import "math/rand/v2"

// The random streams of one seed: the second word of the generator's state. The names keep them apart from each other,
// and from the small numbers that other packages use.
const (
	cutStream  = 0x637574         // "cut"
	drawStream = 0x64726177       // "draw"
	mixStream  = 0x6d6978         // "mix"
	moveStream = 0x6d6f7665 << 24 // "move", to which the step is added
)

// Moves are the random changes of a step's n images: three numbers each, the row and the column, from 0 to 2·padding,
// of the padded image at which the crop begins, and 1 if the image is mirrored first, else 0. They depend on the seed
// and the step alone.
func Moves(n, padding int, seed uint64, step int) []int32 {
	rng := rand.New(rand.NewPCG(seed, moveStream+uint64(step)))
	moves := make([]int32, 0, 3*n)
	for range n {
		moves = append(moves, rng.Int32N(int32(2*padding+1)), rng.Int32N(int32(2*padding+1)), rng.Int32N(2))
	}
	return moves
}
