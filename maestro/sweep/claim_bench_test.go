package sweep

import (
	"fmt"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// BenchmarkClaims is what a study costs a trial beside the training: to claim it, to write down that an attempt began
// and how it ended. It tells the milliseconds of one of the first hundred trials and of one of the last hundred of
// 5,000.
func BenchmarkClaims(b *testing.B) {
	for b.Loop() {
		s := Study{Dir: b.TempDir(), Settings: runs.Defaults(), Axes: []string{"lambda_gl=log(1e-6..1e-2,5000)"},
			Seeds: []uint64{1}}
		trials, err := s.Trials()
		if err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		for i := range trials {
			if i == 100 || i == len(trials)-100 {
				began = time.Now()
			}
			c, err := Take(&trials[i], nil)
			if err != nil {
				b.Fatal(err)
			}
			if !(Retry{}).Due(trials[i]) {
				b.Fatal("not due")
			}
			if _, err := c.Begin("", ""); err != nil {
				b.Fatal(err)
			}
			if err := c.End(Finished, "", &Outcome{Epochs: 1}); err != nil {
				b.Fatal(err)
			}
			c.Release()
			if i == 99 || i == len(trials)-1 {
				b.ReportMetric(time.Since(began).Seconds()*1e3/100, fmt.Sprintf("ms/trial-%d", i+1))
			}
		}
	}
}
