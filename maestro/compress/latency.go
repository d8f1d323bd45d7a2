package compress

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gonum.org/v1/gonum/stat"
)

// LatencySettings say how times are taken.
type LatencySettings struct {
	Batches []int // batch sizes
	// Rounds is how often all programs take turns, in an order of its own each time, so that what else the machine
	// does hits all of them alike.
	Rounds int
	// RoundTime is how long a program runs in a round, after one call that is not counted; at least three calls are.
	RoundTime time.Duration
}

// DefaultLatency are the batch sizes 1, 8 and 64.
func DefaultLatency() LatencySettings {
	return LatencySettings{Batches: []int{1, 8, 64}, Rounds: 12, RoundTime: 25 * time.Millisecond}
}

// Check returns an error that names the first setting that cannot be.
func (s LatencySettings) Check() error {
	for _, batch := range s.Batches {
		if batch < 1 {
			return fmt.Errorf("batches has %d: each must be at least 1", batch)
		}
	}
	if s.Rounds < 1 || s.RoundTime <= 0 {
		return fmt.Errorf("rounds is %d and round_time %v: both must be above 0", s.Rounds, s.RoundTime)
	}
	return nil
}

// Time is how long calls of a program took, in milliseconds.
type Time struct {
	P50 float64 `csv:"p50_ms"`
	P95 float64 `csv:"p95_ms"`
	// P10 is the tenth percentile. What else a machine does can only add to a time, so this is the one to compare
	// forms of a network by.
	P10   float64 `csv:"p10_ms"`
	Calls int     `csv:"calls"`
}

// Measure times programs that are compiled and warm, in turns.
func Measure(ctx context.Context, programs []*Program, s LatencySettings) ([]Time, error) {
	rng := rand.New(rand.NewPCG(1, 2))
	taken := make([][]float64, len(programs))
	for range s.Rounds {
		for _, i := range rng.Perm(len(programs)) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if _, err := programs[i].Run(); err != nil {
				return nil, err
			}
			for begin, calls := time.Now(), 0; calls < 3 || time.Since(begin) < s.RoundTime; calls++ {
				one := time.Now()
				if _, err := programs[i].Run(); err != nil {
					return nil, err
				}
				taken[i] = append(taken[i], 1e3*time.Since(one).Seconds())
			}
		}
	}
	times := make([]Time, len(programs))
	for i, ms := range taken {
		slices.Sort(ms)
		at := func(p float64) float64 { return stat.Quantile(p, stat.Empirical, ms, nil) }
		times[i] = Time{P50: at(0.5), P95: at(0.95), P10: at(0.1), Calls: len(ms)}
	}
	return times, nil
}
