package launch_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/internal/sweeptest"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
	"github.com/maestro-lod/notebook/maestro/interrupt"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/sweep"
	"github.com/maestro-lod/notebook/maestro/sweep/launch"
	"github.com/maestro-lod/notebook/maestro/task"
)

// envProgram has the test program be one of somebody's own, with a network that the library does not know.
const envProgram = "LAUNCHTEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(envProgram) != "" {
		program()
		os.Exit(0)
	}
	testkit.Main(m)
}

// program is such a program: its arguments are the study's folder, the number of workers, and the number of epochs.
func program() {
	ctx, stop := interrupt.Notify(context.Background(), os.Stderr)
	defer stop()
	workers, _ := strconv.Atoi(os.Args[2])
	epochs, _ := strconv.Atoi(os.Args[3])
	fmt.Print("no line's end") // as a worker too
	other := study(os.Args[1]+"-other", 1)
	other.Axes, other.Seeds = nil, []uint64{1}
	begun := 0
	events := func(e sweep.Event) {
		if e.State == sweep.Running && e.Attempt > 0 {
			begun++
		}
	}
	for _, s := range []sweep.Study{other, study(os.Args[1], epochs)} {
		if err := launch.Run(ctx, s, launch.Options{Load: circle, Workers: workers, Events: events}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	fmt.Println(" begun:", begun)
}

func circle(ctx context.Context, s runs.Settings) (*task.Task, error) {
	return sweeptest.Circle(ctx, "", s)
}

func study(dir string, epochs int) sweep.Study {
	return sweep.Study{Dir: dir, Settings: sweeptest.Settings(epochs), Axes: []string{"lambda_gl=0,1e-4,1e-2"},
		Seeds: []uint64{1}}
}

// started starts the program.
func started(t *testing.T, dir string, workers, epochs int) (cmd *exec.Cmd, out, said *bytes.Buffer) {
	t.Helper()
	cmd = exec.Command(os.Args[0], dir, fmt.Sprint(workers), fmt.Sprint(epochs))
	cmd.Env = append(os.Environ(), envProgram+"=1")
	out, said = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = out, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, out, said
}

// TestProgramKilled: the study of a program with a network of its own, whose process is killed in the middle of a
// trial, by itself and with its workers, goes on with the same statement, and finds what it finds undisturbed, to the
// last digit. The same statement again begins nothing.
func TestProgramKilled(t *testing.T) {
	const epochs = 60
	for name, workers := range map[string]int{"in the program's process": 0, "in two processes": 2} {
		t.Run(name, func(t *testing.T) {
			s := study(t.TempDir()+"/study", epochs)
			want := sweeptest.Undisturbed(t, s)
			cmd, _, said := started(t, s.Dir, workers, epochs)
			for deadline := time.Now().Add(2 * time.Minute); !midway(t, s); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					_ = cmd.Process.Kill()
					_ = cmd.Wait()
					t.Fatalf("no trial was seen midway: %v\n%s", sweep.Count(sweeptest.Look(t, s)), said)
				}
			}
			_ = cmd.Process.Signal(syscall.SIGKILL)
			_ = cmd.Wait()
			for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
				count := sweep.Count(sweeptest.Look(t, s))
				if count[sweep.Running] == 0 {
					if count[sweep.Finished] == len(want) {
						t.Fatal("it was killed too late")
					}
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("workers go on without their program")
				}
			}
			for again, begins := range []bool{true, false} {
				cmd, out, said := started(t, s.Dir, workers, epochs)
				if err := cmd.Wait(); err != nil {
					t.Fatalf("call %d: %v\n%s", again+2, err, said)
				}
				if begun := !strings.HasSuffix(out.String(), " begun: 0\n"); begun != begins ||
					!strings.Contains(out.String(), "begun") {
					t.Errorf("call %d says %q", again+2, out)
				}
			}
			trials := sweeptest.Look(t, s)
			sweeptest.Same(t, want, trials)
			attempts := 0
			for _, one := range trials {
				attempts += one.Attempts
			}
			if attempts <= len(trials) || attempts > len(trials)+2 {
				t.Errorf("%d trials took %d attempts, after one kill", len(trials), attempts)
			}
		})
	}
}

// midway is whether a trial is finished, and another has trained an epoch or two.
func midway(t *testing.T, s sweep.Study) bool {
	trials := sweeptest.Look(t, s)
	if sweep.Count(trials)[sweep.Finished] == 0 {
		return false
	}
	for _, one := range trials {
		if one.State == sweep.Running {
			if rows, err := runs.ReadHistory(one.Dir); err == nil && len(rows) > 1 {
				return true
			}
		}
	}
	return false
}

// TestBackground: a study in the background tells how far it is, is stopped and goes on, and one that is called off
// from elsewhere has ended as if it were stopped.
func TestBackground(t *testing.T) {
	s := study(t.TempDir()+"/study", 2000)
	s.Axes, s.Seeds = nil, []uint64{1}
	told := make(chan sweep.Event, 10000)
	b, err := launch.InBackground(s, launch.Options{Load: circle, Backend: testkit.Backend(t),
		Events: func(e sweep.Event) { told <- e }})
	if err != nil {
		t.Fatal(err)
	}
	if e := <-told; e.State != sweep.Running || e.Attempt != 1 {
		t.Fatalf("the first event is %+v", e)
	}
	if done, total, words := b.Status(); done != 0 || total != 1 || !strings.HasPrefix(words, "1 running") {
		t.Errorf("%d of %d: %q", done, total, words)
	}
	b.Stop()
	if err := b.Err(); !errors.Is(err, context.Canceled) ||
		!strings.HasSuffix(b.String(), "0 of 1 trials, 1 interrupted (stopped)") {
		t.Errorf("stopped: %v, %q", err, b)
	}
	if err := b.GoOn(); err != nil {
		t.Fatal(err)
	}
	for e := range told {
		if e.Attempt == 2 {
			break
		}
	}
	if err := s.Cancel(); err != nil {
		t.Fatal(err)
	}
	if err := b.Wait(); !errors.Is(err, context.Canceled) || sweeptest.Look(t, s)[0].State != sweep.Interrupted {
		t.Errorf("called off: %v", err)
	}
}

// TestRefused: what cannot be is said in one line before anything begins.
func TestRefused(t *testing.T) {
	for say, change := range map[string]func(s *sweep.Study, o *launch.Options){
		"model":         func(_ *sweep.Study, o *launch.Options) { o.Load = nil },
		"Workers":       func(_ *sweep.Study, o *launch.Options) { o.Threads = 2 },
		"workers is -1": func(_ *sweep.Study, o *launch.Options) { o.Workers = -1 },
		"lamda_gl":      func(s *sweep.Study, _ *launch.Options) { s.Axes = []string{"lamda_gl=0"} },
		"needs a seed":  func(s *sweep.Study, _ *launch.Options) { s.Seeds = nil },
		"optimizer":     func(s *sweep.Study, _ *launch.Options) { s.Settings.Optimizer = "none" },
	} {
		s, o := study(t.TempDir()+"/study", 1), launch.Options{Load: circle}
		change(&s, &o)
		testkit.OneLine(t, say, launch.Run(t.Context(), s, o), say)
		if _, err := os.Stat(s.Dir); err == nil {
			t.Errorf("%s: the study's folder was made", say)
		}
	}
}

// TestFailed: a study whose trials fail is an error with the reason of the first, and the same statement does not try
// them again unless that is asked for.
func TestFailed(t *testing.T) {
	s := study(t.TempDir()+"/study", 1)
	s.Axes = nil
	o := launch.Options{Backend: testkit.Backend(t), Load: func(context.Context, runs.Settings) (*task.Task, error) {
		return nil, errors.New("no disk")
	}}
	for range 2 {
		testkit.OneLine(t, "a study that fails", launch.Run(t.Context(), s, o),
			"1 of 1 trials of "+s.Dir+" failed or were lost, the first")
	}
	if got := sweeptest.Look(t, s)[0]; got.Attempts != 1 {
		t.Errorf("%d attempts", got.Attempts)
	}
	o.Load, o.Retry.States = circle, []sweep.State{sweep.Failed}
	if err := launch.Run(t.Context(), s, o); err != nil {
		t.Error(err)
	}
}
