package baselines_test

import (
	"context"
	"fmt"
	"log"
	"path/filepath"

	"github.com/maestro-lod/notebook/maestro/baselines"
	"github.com/maestro-lod/notebook/maestro/device"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/trial"
)

// LeNet is trained whole and cut to half of its MACs by what goes into its layers, with three seeds. The same again
// opens what is there.
func ExampleActivation() {
	ctx := context.Background()
	backend, err := device.Open(ctx)
	if err != nil {
		log.Fatal(err)
	}
	var trials []trial.Trial
	for _, seed := range []uint64{1, 2, 3} {
		s := runs.Defaults()
		s.Data, s.Seed, s.Epochs, s.LR, s.Schedule = "mnist", seed, 10, 0.02, "cosine"
		whole := trial.Trial{Dir: filepath.Join("runs", runs.Seeded("whole", seed)), Settings: s,
			Method: baselines.Whole{}}
		trials = append(trials, trial.Trial{Dir: filepath.Join("runs", runs.Seeded("half", seed)),
			Settings: baselines.Whole{}.Settings(s), Method: baselines.Activation{MACs: 0.5}, From: &whole})
	}
	if err := (trial.Here{Backend: backend}).Run(ctx, trials); err != nil {
		log.Fatal(err)
	}
	for _, t := range trials {
		test, err := runs.ReadTest(t.Dir)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %.2f %%\n", runs.Name(t.Dir), test.Accuracy)
	}
}
