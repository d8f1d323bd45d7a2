package sweep

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/testmode"
)

// envCrowd is the study that a writer of a crowd works at.
const envCrowd = "SWEEP_CROWD"

// TestCrowdWriter is a process of a crowd: it attempts the trials that are due, none of which takes any time.
func TestCrowdWriter(t *testing.T) {
	dir := os.Getenv(envCrowd)
	if dir == "" {
		t.Skip("it is a process of TestCrowd")
	}
	s, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	trials, err := s.Trials()
	if err != nil {
		t.Fatal(err)
	}
	for i := range trials {
		c, err := Take(&trials[i], nil)
		if errors.Is(err, ErrHeld) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if (Retry{States: DefaultRetry()}).Due(trials[i]) {
			if _, err := c.Begin("", ""); err != nil {
				t.Fatal(err)
			}
			if err := c.End(Finished, "", &Outcome{Epochs: 1, Accuracy: float64(i), MACs: 1}); err != nil {
				t.Fatal(err)
			}
		}
		c.Release()
	}
}

// TestCrowd: of eight processes that write at one study, to which seeds are added meanwhile, and of three that look
// at it all the while, none meets an error or reads half of a record, and every trial is attempted once.
func TestCrowd(t *testing.T) {
	testmode.Long(t, "eight processes write at a study for twenty seconds")
	end := time.Now().Add(20 * time.Second)
	crowd(t, func() bool { return time.Now().Before(end) })
}

// BenchmarkCrowd is TestCrowd for as long as -benchtime says, such as 5m.
func BenchmarkCrowd(b *testing.B) {
	last, err := time.ParseDuration(flag.Lookup("test.benchtime").Value.String())
	if err != nil {
		b.Fatal(err)
	}
	end := time.Now().Add(last) // b.Loop takes rounds to be of one length, and these grow
	attempts, looks := crowd(b, func() bool { return time.Now().Before(end) })
	b.ReportMetric(float64(attempts)/b.Elapsed().Seconds(), "trials/s")
	b.ReportMetric(float64(looks), "looks")
}

func crowd(t testing.TB, more func() bool) (attempts, looks int) {
	s := Study{Dir: filepath.Join(t.TempDir(), "study"), Settings: runs.Defaults(),
		Axes: []string{"lambda_gl=0,log(1e-6..1e-2,49)"}}
	var viewers sync.WaitGroup
	over, seen := make(chan struct{}), make([]int, 3)
	for more() {
		s.Seeds = append(s.Seeds, uint64(len(s.Seeds)+1))
		if err := s.Save(); err != nil {
			t.Fatal(err)
		}
		if len(s.Seeds) == 1 {
			for n := range seen {
				viewers.Go(func() { seen[n] = view(t, s.Dir, over) })
			}
		}
		var writers sync.WaitGroup
		for range 8 {
			writers.Go(func() {
				cmd := exec.Command(os.Args[0], "-test.run=^TestCrowdWriter$")
				cmd.Env = append(os.Environ(), envCrowd+"="+s.Dir)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("a writer: %v: %s", err, out)
				}
			})
		}
		writers.Wait()
	}
	close(over)
	viewers.Wait()
	trials, err := s.Look()
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range trials {
		if h := one.History(); one.State != Finished || len(h) != 1 {
			t.Errorf("%s is %s after the attempts %+v", one.Name(), one.State, h)
		}
	}
	for n, count := range seen {
		if count == 0 {
			t.Errorf("viewer %d saw nothing", n)
		}
		looks += count
	}
	t.Logf("%d trials, %d looks", len(trials), looks)
	return len(trials), looks
}

// view looks at a study until it is over, as sweep status does, and fails the test where what it sees cannot be.
func view(t testing.TB, dir string, over chan struct{}) (looks int) {
	finished := map[string]bool{}
	for {
		select {
		case <-over:
			return looks
		default:
		}
		s, err := Read(dir)
		if err != nil {
			t.Errorf("a viewer: %v", err)
			return looks
		}
		trials, err := s.LookAll()
		if err != nil {
			t.Errorf("a viewer: %v", err)
			return looks
		}
		looks++
		var wrong []string
		for _, one := range trials {
			if one.Reason != "" || one.State != Finished && (finished[one.Name()] || one.State != Missing &&
				one.State != Running) {
				wrong = append(wrong, fmt.Sprintf("%s is %s: %s", one.Name(), one.State, one.Reason))
			}
			finished[one.Name()] = finished[one.Name()] || one.State == Finished
		}
		Summarise(trials)
		if len(wrong) > 0 {
			t.Errorf("a viewer saw that %s", strings.Join(wrong, "; "))
			return looks
		}
	}
}
