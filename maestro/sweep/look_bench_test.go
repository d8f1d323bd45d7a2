package sweep

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/nanjson"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/plots"
)

// finishedStudy writes the records of a study of 10,000 finished trials of 100 epochs; those of the first seeds make
// a front of dozens of points.
func finishedStudy(b *testing.B, seeds ...uint64) Study {
	dir := os.Getenv("SWEEP_BENCH_STUDY") // that is kept, for `sweep status` to be timed on
	if dir == "" {
		dir = b.TempDir()
	}
	s := Study{Dir: dir, Settings: runs.Defaults(),
		Axes: []string{fmt.Sprintf("lambda_gl=log(1e-6..1e-2,%d)", 10000/len(seeds))}, Seeds: seeds}
	s.Settings.Epochs = 100
	if err := s.Save(); err != nil {
		b.Fatal(err)
	}
	trials, err := s.Trials()
	if err != nil {
		b.Fatal(err)
	}
	for i, t := range trials {
		r := Record{Version: recordVersion,
			Attempts: []Attempt{{Host: "n1", PID: 1, Began: time.Now(), Ended: time.Now(), State: Finished}}}
		point, seed := float64(i/len(seeds))/float64(len(trials)/len(seeds)), float64(i%7)
		r.Outcome = &Outcome{Epochs: 100, Loss: 0.1, TotalRank: 236 - i%200, FullRank: 236, Seconds: 60,
			MACs:     int64(281640*math.Pow(0.01, point) + 900*seed + float64(i%997)),
			Accuracy: 99 - 5*point*point + 0.1*seed - 0.001*float64(i%1013), Best: 99}
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
	return s
}

// BenchmarkLook opens a study of 10,000 finished trials, finds its points and their front, and draws them: of five
// seeds each, and of one. It tells the milliseconds of the two parts.
func BenchmarkLook(b *testing.B) {
	for _, seeds := range [][]uint64{{1, 2, 3, 4, 5}, {1}} {
		b.Run(fmt.Sprintf("seeds=%d", len(seeds)), func(b *testing.B) {
			s := finishedStudy(b, seeds...)
			png := filepath.Join(b.TempDir(), "front.png")
			var looking, drawing time.Duration
			for b.Loop() {
				began := time.Now()
				study, err := Read(s.Dir)
				if err != nil {
					b.Fatal(err)
				}
				trials, err := study.LookAll()
				if err != nil {
					b.Fatal(err)
				}
				points := Summarise(trials)
				if len(points) != 10000/len(seeds) || points[0].Seeds != len(seeds) {
					b.Fatal(len(points))
				}
				looking += time.Since(began)
				began = time.Now()
				draw(b, points, png)
				drawing += time.Since(began)
			}
			b.ReportMetric(looking.Seconds()*1e3/float64(b.N), "ms-look")
			b.ReportMetric(drawing.Seconds()*1e3/float64(b.N), "ms-draw")
		})
	}
}

func draw(b *testing.B, points []Summary, path string) {
	sweep := plots.Sweep{Setting: "λ_gl"}
	for _, p := range points {
		sweep.Points = append(sweep.Points, plots.SweepPoint{Label: strings.Join(p.Point.Values, " "),
			Cost:          p.MACs.Mean,
			CostDeviation: p.MACs.Deviation, Score: p.Accuracy.Mean, ScoreDeviation: p.Accuracy.Deviation,
			Front: p.Front})
	}
	p, err := plots.SweepFront(sweep, plots.CostAxis{Label: "MACs", Log: true, Split: "validation"}, plots.ValueAxis{})
	if err != nil {
		b.Fatal(err)
	}
	if err := plots.Save(p, plots.Size{}, path); err != nil {
		b.Fatal(err)
	}
}
