package sweep

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/maestro-lod/notebook/maestro/atomicfile"
	"github.com/maestro-lod/notebook/maestro/nanjson"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// State is where a trial, or one attempt at it, is.
type State string

const (
	Missing     State = "missing"     // it has no attempt
	Running     State = "running"     // an attempt goes on
	Interrupted State = "interrupted" // somebody stopped it; its run goes on where it is tried again
	Finished    State = "finished"
	Diverged    State = "diverged"  // its loss became no number, or absurd
	Failed      State = "failed"    // it ended with another error
	Lost        State = "lost"      // its process ended without a word: killed, out of memory, the machine gone
	Preempted   State = "preempted" // the cluster took its node back
	Stopped     State = "stopped"   // it ran out of time, or could not reach the front any more
)

// States are all of them, in the order in which they are told.
func States() []State {
	return []State{Finished, Running, Interrupted, Missing, Preempted, Lost, Stopped, Diverged, Failed}
}

// Attempt is one process at work on a trial.
type Attempt struct {
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Birth   uint64 `json:"birth,omitempty"`   // of the process, as /proc has it: numbers of processes come again
	Job     string `json:"job,omitempty"`     // the cluster's, which it ran in
	Program string `json:"program,omitempty"` // SHA-256 of the executable, where it is a copy in the study

	Began  time.Time `json:"began"`
	Ended  time.Time `json:"ended,omitzero"`
	State  State     `json:"state,omitempty"` // "" until it has ended
	Reason string    `json:"reason,omitempty"`
}

// Outcome is what a finished trial is worth. Accuracies are in percent and NaN of a task without; the split is
// validation where no other is named, since choices are made on it.
type Outcome struct {
	Epochs   int     `json:"epochs"`
	Loss     float64 `json:"loss"`
	Accuracy float64 `json:"accuracy"`
	Best     float64 `json:"best_accuracy"` // over the epochs
	BestRank int     `json:"best_rank"`     // the total rank at that epoch

	TotalRank  int   `json:"total_rank"`
	FullRank   int   `json:"full_rank"`
	Weights    int64 `json:"weights"`
	MACs       int64 `json:"macs"`
	Parameters int64 `json:"parameters"`
	Settled    int   `json:"settled"` // the epoch from whose end on the total rank stays; 0 is the start
	// WholeMACs are those of the network with each layer as one matrix, and TrainingMACs those of the forward passes
	// of all training steps; 0 in records of older programs.
	WholeMACs    int64   `json:"whole_macs,omitempty"`
	TrainingMACs float64 `json:"training_macs,omitempty"`

	TestLoss     float64 `json:"test_loss"`
	TestAccuracy float64 `json:"test_accuracy"`
	Seconds      float64 `json:"seconds"` // of all epochs
	Data         string  `json:"data"`    // the checksum of the data
	Rungs        []Rung  `json:"rungs,omitempty"`
}

// Rung is a network that was compressed out of a trial's, without training.
type Rung struct {
	Step       int     `json:"step"`
	Loss       float64 `json:"loss"`
	Accuracy   float64 `json:"accuracy"`
	TotalRank  int     `json:"total_rank"`
	MACs       int64   `json:"macs"`
	Parameters int64   `json:"parameters"`

	TestAccuracy float64 `json:"test_accuracy"`
	LatencyMS    float64 `json:"latency_ms,omitempty"` // measured, at batch 1
}

// Record is trial.json: what has become of a trial. The one who holds the trial writes it, and nobody else.
type Record struct {
	Version  int       `json:"version"`
	Attempts []Attempt `json:"attempts"`
	// Again is how many of the attempts do not count any more, since somebody asked for the trial to be tried again.
	Again   int      `json:"again,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"`
}

const recordVersion = 1

// folder is the folder of a trial's record and logs.
func (t Trial) folder() string {
	return filepath.Join(filepath.Dir(filepath.Dir(t.Dir)), "trials", t.Name())
}

func (t Trial) recordFile() string { return filepath.Join(t.folder(), "trial.json") }

// Log is the file with what an attempt, by its number from 1, wrote.
func (t Trial) Log(attempt int) string {
	return filepath.Join(t.folder(), fmt.Sprintf("attempt-%03d.log", attempt))
}

// errRecord is that of a record that cannot be read.
var errRecord = errors.New("cannot be read")

// record reads a trial's; a trial that nobody has attempted has an empty one.
func (t Trial) record() (r Record, err error) {
	text, err := os.ReadFile(t.recordFile())
	if errors.Is(err, fs.ErrNotExist) {
		return r, nil
	}
	if err != nil {
		return r, err
	}
	if err := nanjson.Unmarshal(text, &r); err != nil {
		return Record{}, fmt.Errorf("%s %w, and its run folder is asked in its place: remove it", t.recordFile(),
			errRecord)
	}
	if r.Version > recordVersion {
		return r,
			fmt.Errorf("%s is of version %d, and this program reads %d and older: use the program that wrote it, "+
				"or a newer one", t.recordFile(), r.Version, recordVersion)
	}
	return r, nil
}

func (t Trial) writeRecord(r Record) error {
	r.Version = recordVersion
	text, err := nanjson.Marshal(r)
	if err != nil {
		return err
	}
	return atomicfile.Write(t.recordFile(), append(text, '\n'))
}

// OutcomeOf is what a run is worth that is trained to its end and measured on the test split.
func OutcomeOf(run *runs.Run) (*Outcome, error) {
	last := run.Last()
	test, err := runs.ReadTest(run.Dir)
	if err != nil {
		return nil, err
	}
	o := &Outcome{Epochs: last.Epoch, Loss: last.ValidationLoss, Accuracy: last.ValidationAccuracy,
		TotalRank: last.TotalRank,
		Weights:   last.Weights, MACs: last.MACs, TestLoss: test.Loss, TestAccuracy: test.Accuracy,
		Data: run.Config.Data.Checksum}
	if o.Parameters, err = run.Parameters(); err != nil {
		return nil, err
	}
	layers, err := run.Layers()
	if err != nil {
		return nil, err
	}
	for _, l := range layers {
		o.WholeMACs += l.Whole().MACs
	}
	o.TrainingMACs = run.TrainingMACs()
	_, full, _ := run.LayerRanks()
	for _, rank := range full {
		o.FullRank += rank
	}
	rank := o.FullRank
	for i, row := range run.History {
		o.Seconds += row.Seconds
		if i == 0 || row.ValidationAccuracy > o.Best {
			o.Best, o.BestRank = row.ValidationAccuracy, row.TotalRank
		}
		if row.TotalRank != rank {
			rank, o.Settled = row.TotalRank, row.Epoch
		}
	}
	return o, nil
}

// trainingMACs are a finished trial's, from its run where its record is of an older program.
func (t Trial) trainingMACs() (float64, error) {
	if t.Outcome.TrainingMACs > 0 || !runs.Exists(t.Dir) {
		return t.Outcome.TrainingMACs, nil
	}
	run, err := runs.Read(t.Dir)
	if err != nil {
		return 0, err
	}
	return run.TrainingMACs(), nil
}

// History are the attempts at a trial, the first first; none where its record cannot be read.
func (t Trial) History() []Attempt {
	r, err := t.record()
	if err != nil {
		return nil
	}
	return r.Attempts
}
