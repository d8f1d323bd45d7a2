package runs

import "testing"

// TestNames: folders are called as those that are on disks already, which studies would else train anew.
func TestNames(t *testing.T) {
	s := Defaults()
	s.LambdaGL, s.Seed = 1e-4, 3
	for want, got := range map[string]string{
		"runs/lenet-mnist-lambda0.0001-seed3": DefaultDir(s),
		"lambda0.0012-seed1":                  Seeded(Lambda(1.2e-3), 1),
		"maestro-seed2":                       Seeded("maestro", 2),
		"runs/full-seed1-svd":                 Beside("runs/full-seed1", Factors),
		"a-finetuned":                         Beside("a/", FineTuned),
		"a/warm":                              Inside("a", Warm),
		"a/reordered":                         Inside("a", Reordered),
		"a/ladder/007":                        Inside(Inside("a", Ladder), RungName(7)),
	} {
		if got != want {
			t.Errorf("the folder is %s, want %s", got, want)
		}
	}
}

// TestOwnFile: what training writes is its own, also where it was killed at that.
func TestOwnFile(t *testing.T) {
	for name, want := range map[string]bool{
		"config.yaml": true, "history.csv": true, "checkpoint": true, "test.json": true, ".config.yaml8213": true,
		"history.csv.part": true, "notes.txt": false, ".nfs000123": false, "ladder.csv": false,
	} {
		if OwnFile(name) != want {
			t.Errorf("OwnFile(%q) = %v", name, !want)
		}
	}
}
