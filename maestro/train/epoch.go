package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/maestro-lod/notebook/maestro/interrupt"
	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// Train goes through the epochs that are left. After each the ranks are shrunk, the validation split is measured, the
// run folder's tables grow by a row and a checkpoint is put in place. Cancelling the context ends it with an error,
// after a checkpoint within the epoch; one that is killed loses what came after its last, ten minutes at most.
func (r *Run) Train(ctx context.Context) error { return r.TrainTo(ctx, r.Settings.Epochs) }

// TrainTo is Train up to the end of an epoch, the run's last one at most.
func (r *Run) TrainTo(ctx context.Context, epoch int) error {
	for !r.Done() && r.state.Epoch < epoch {
		if err := r.epoch(ctx); err != nil {
			return err
		}
	}
	if r.Done() {
		r.release()
	}
	return nil
}

func (r *Run) epoch(ctx context.Context) error {
	begin, before := time.Now(), r.state.MidEpoch.Seconds
	elapsed := func() float64 { return before + time.Since(begin).Seconds() }
	trainMACs := r.stepMACs()
	if err := r.steps(ctx, elapsed); err != nil {
		return err
	}
	if err := r.Network.CheckFinite(); err != nil {
		return r.diverged(err.Error())
	}
	if err := r.shrink(); err != nil {
		return err
	}
	validation, err := r.executor.measure(r.task.Data.Validation)
	if err != nil {
		return err
	}
	if !(validation.Loss < absurdLoss) { // the last step's work, of which no later one tells
		return r.diverged(fmt.Sprintf("the loss of the validation split is %g", validation.Loss))
	}
	steps, done := r.stepsPerEpoch(), r.state.MidEpoch
	r.state.Epoch, r.state.Step, r.state.MidEpoch = r.state.Epoch+1, r.state.Step+steps, runs.MidEpoch{}
	cost := r.Network.Cost()
	row := runs.Row{Epoch: r.state.Epoch, Step: r.state.Step, Loss: done.Loss, ValidationLoss: validation.Loss,
		ValidationAccuracy: validation.Accuracy,
		TotalRank:          totalRank(r.Network), Weights: cost.Weights, MACs: cost.MACs,
		StepMS:  1e3 * done.StepSeconds / float64(steps),
		Seconds: elapsed(), TrainMACs: trainMACs}
	if err := r.record(row, validation.rows(r.state.Epoch, "validation")); err != nil {
		return fmt.Errorf("writing into the run folder: %w; the run is whole up to epoch %d and can be resumed", err,
			r.state.Epoch-1)
	}
	if r.options.Progress != nil {
		r.options.Progress(Progress{Epoch: r.state.Epoch, Epochs: r.Settings.Epochs, Step: r.state.Step,
			Steps: steps * r.Settings.Epochs, Loss: row.Loss, Last: row,
			Metrics: validation.rows(r.state.Epoch, "validation")})
	}
	return nil
}

// steps takes the optimizer steps that are left of the epoch that is going on.
func (r *Run) steps(ctx context.Context, elapsed func() float64) error {
	per, total := r.stepsPerEpoch(), r.stepsPerEpoch()*r.Settings.Epochs
	batches := epochBatches(r.Examples(), r.Settings.Batch, r.task.Buckets, r.Settings.Seed, r.state.Epoch)
	alive := ranks32(r.Network)
	last, metrics := r.lastRow()
	at := &r.state.MidEpoch
	told, saved := time.Now(), time.Now()
	work := interrupt.WorkOf(ctx)
	defer work.Release()
	for {
		stop := ctx.Err() != nil
		due := time.Since(saved) > r.options.checkpointEvery() || at.Steps == per &&
			time.Since(saved) > saveBeforeMeasuring
		if at.Steps > 0 && (stop || due) {
			at.Seconds = elapsed()
			if err := r.Network.CheckFinite(); err != nil {
				return r.diverged(err.Error())
			}
			work.Hold()
			if err := r.checkpoint(); err != nil {
				return fmt.Errorf("writing a checkpoint: %w; the run is whole up to epoch %d and can be resumed", err,
					r.state.Epoch)
			}
			saved = time.Now()
		}
		if stop {
			return fmt.Errorf("interrupted after %d of %d steps of epoch %d; %s goes on from there", at.Steps, per,
				r.state.Epoch+1, commandLine("resume", r.Dir))
		}
		if at.Steps == per {
			return nil
		}
		draw := r.sampler.Draw()
		if r.options.Own.Sampler != nil {
			if err := draw.Check(r.Network.Layers); err != nil {
				return err
			}
		}
		step := r.state.Step + at.Steps
		begin := time.Now()
		if at.Steps > 0 && r.executor.compiled(batches[at.Steps], draw) {
			work.Hold()
		} else { // compiling takes long
			work.Release()
		}
		one, err := r.executor.step(batches[at.Steps], draw, alive, stepAt{number: step + 1,
			optimizerStart: r.state.OptimizerStart,
			rate:           r.schedule.Rate(r.Settings.LR, step, total)})
		if err != nil {
			return err
		}
		if !(one < absurdLoss) { // also NaN
			at.Steps++
			return r.diverged(fmt.Sprintf("the loss is %g", one))
		}
		at.Steps, at.Loss, at.StepSeconds = at.Steps+1, at.Loss+one/float64(per),
			at.StepSeconds+time.Since(begin).Seconds()
		if r.options.Progress != nil && time.Since(told) > 100*time.Millisecond {
			told = time.Now()
			r.options.Progress(Progress{Epoch: r.state.Epoch + 1, Epochs: r.Settings.Epochs, Step: step + 1,
				Steps: total, Loss: one, Last: last, Metrics: metrics})
		}
	}
}

// saveBeforeMeasuring is how long an epoch's steps may go unsaved into the measuring that ends it, which an
// interruption does not wait for.
const saveBeforeMeasuring = 20 * time.Second

// stepMACs is what the forward passes of a training step compute for one example, on average where these are of several
// lengths, with the ranks as they are compiled.
func (r *Run) stepMACs() int64 {
	macs := r.Network.StoredMACs()
	if r.Settings.FullPass {
		macs *= 2
	}
	return int64(math.Round(float64(macs) * r.task.Buckets.Share()))
}

// shrink lowers the ranks, and cuts what they freed out of the weights, the optimizer and the compiled step once that
// pays back, or when the run ends.
func (r *Run) shrink() error {
	if learner, ok := r.sampler.(lod.Learner); ok {
		norms, err := r.Network.ColumnNorms()
		if err != nil {
			return err
		}
		if err := learner.Learn(norms); err != nil {
			return err
		}
	}
	if r.Settings.ShrinkAtEnd && r.state.Epoch+1 < r.Settings.Epochs {
		return nil
	}
	store, before := r.Network.Store(), r.Network.Ranks()
	fell, err := r.Network.Shrink(r.Settings.EpsPS, optimizerState(store))
	if err != nil {
		return err
	}
	if fell {
		if err := r.sampler.Resize(r.Network.Layers); err != nil {
			return err
		}
		r.warnOfNoRank(before)
	}
	stored, alive := r.Network.StoredMACs(), r.Network.AliveMACs()
	left := (r.Settings.Epochs - r.state.Epoch - 1) * r.stepsPerEpoch()
	saved := float64(left) * (1 - float64(alive)/float64(stored)) // in steps of today's length
	if stored > alive && (left == 0 || saved > float64(r.Settings.RecompileSteps)) {
		r.executor.discard()
		return r.Network.Cut(optimizerState(store))
	}
	return nil
}

// record appends to the tables and then saves the checkpoint that makes the rows count.
func (r *Run) record(row runs.Row, metrics []runs.Metric) error {
	if err := r.follow(); err != nil {
		return err
	}
	if err := errors.Join(runs.AppendRow(r.Dir, row), runs.AppendMetrics(r.Dir, metrics)); err != nil {
		return err
	}
	if err := r.recordRanks(); err != nil {
		return err
	}
	return r.checkpoint()
}

func (r *Run) recordRanks() error {
	var ranks []runs.LayerRank
	for _, l := range r.Network.Layers {
		ranks = append(ranks, runs.LayerRank{Epoch: r.state.Epoch, Layer: l.Name, Full: l.Full(), Rank: l.Rank})
	}
	importance, err := importanceRows(r.Network, r.state.Epoch)
	if err != nil {
		return err
	}
	return runs.AppendRanks(r.Dir, ranks, importance)
}

// lastRow is what the tables have of the last epoch; zero where there is none.
func (r *Run) lastRow() (last runs.Row, metrics []runs.Metric) {
	rows, err := runs.ReadHistory(r.Dir)
	if err != nil || len(rows) == 0 {
		return last, nil
	}
	last = rows[len(rows)-1]
	all, _ := runs.ReadMetrics(r.Dir)
	for _, m := range all {
		if m.Epoch == last.Epoch && m.Split == "validation" {
			metrics = append(metrics, m)
		}
	}
	return last, metrics
}

func totalRank(n *lod.Network) (sum int) {
	for _, r := range n.Ranks() {
		sum += r
	}
	return sum
}

func ranks32(n *lod.Network) []int32 {
	out := make([]int32, len(n.Layers))
	for i, l := range n.Layers {
		out[i] = int32(l.Rank)
	}
	return out
}
