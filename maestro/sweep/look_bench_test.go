package sweep

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/nanjson"
	"github.com/maestro-lod/notebook/maestro/runs"
)

// BenchmarkLook opens a study of 10,000 finished trials and finds its points and their front.
func BenchmarkLook(b *testing.B) {
	s := Study{Dir: b.TempDir(), Settings: runs.Defaults(), Axes: []string{"lambda_gl=log(1e-6..1e-2,2000)"}, Seeds: []uint64{1, 2, 3, 4, 5}}
	trials, err := s.Trials()
	if err != nil {
		b.Fatal(err)
	}
	for i, t := range trials {
		r := Record{Version: recordVersion, Attempts: []Attempt{{Host: "n1", PID: 1, Began: time.Now(), Ended: time.Now(), State: Finished}},
			Outcome: &Outcome{Epochs: 100, Accuracy: 90 + float64(i%700)/100, TotalRank: 236 - i%200, FullRank: 236, MACs: int64(281640 - i%9999)}}
		text, err := nanjson.Marshal(r)
		if err != nil {
			b.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(t.recordFile()), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(t.recordFile(), text, 0o644); err != nil {
			b.Fatal(err)
		}
	}
	b.ResetTimer()
	for b.Loop() {
		trials, err := s.Look()
		if err != nil {
			b.Fatal(err)
		}
		if points := Summarise(trials); len(points) != 2000 || points[0].Seeds != 5 {
			b.Fatal(fmt.Sprint(len(points)))
		}
	}
}
