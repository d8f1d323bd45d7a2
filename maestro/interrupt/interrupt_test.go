package interrupt_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/maestro-lod/notebook/maestro/interrupt"
)

// envDoes has this program be one that is interrupted, and says what it does meanwhile.
const envDoes = "MAESTRO_INTERRUPT_TEST_DOES"

func TestMain(m *testing.M) {
	does := os.Getenv(envDoes)
	if does == "" {
		os.Exit(m.Run())
	}
	ctx, stop := interrupt.Notify(context.Background(), os.Stdout)
	defer stop()
	work := interrupt.WorkOf(ctx)
	switch does {
	case "holds":
		work.Hold()
		work.Hold() // is holding once
	case "owns":
		interrupt.Own(ctx)
	}
	fmt.Println("ready")
	switch does {
	case "looks":
		<-ctx.Done()
	case "holds", "owns":
		time.Sleep(2500 * time.Millisecond)
		fmt.Println("saved")
		work.Release()
		if does == "holds" {
			time.Sleep(time.Minute)
		}
	default:
		time.Sleep(time.Minute)
	}
	os.Exit(7)
}

// interrupted starts a program, sends it signals, and says how it ended, what it said, and how long that took.
func interrupted(t *testing.T, does string, signals ...os.Signal) (status int, said string, took time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), envDoes+"="+does)
	out, err := cmd.StdoutPipe()
	if err = errors.Join(err, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan() // ready
	begin := time.Now()
	for i, s := range signals {
		if i > 0 {
			time.Sleep(100 * time.Millisecond)
		}
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
	}
	for lines.Scan() {
		said += lines.Text() + "\n"
	}
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode(), said, time.Since(begin)
}

func TestInterruptedProgramsEnd(t *testing.T) {
	for name, test := range map[string]struct {
		does    string
		signals []os.Signal
		status  int
		says    string
		after   time.Duration // at least
	}{
		"one that looks at its context": {"looks", []os.Signal{os.Interrupt}, 7, "", 0},
		"one that hangs, by Ctrl-C": {"hangs", []os.Signal{os.Interrupt}, interrupt.ExitStatus,
			"interrupted", time.Second},
		"one that hangs, by SIGTERM": {"hangs", []os.Signal{syscall.SIGTERM}, interrupt.ExitStatus,
			"interrupted", time.Second},
		"one that saves, then hangs": {"holds", []os.Signal{os.Interrupt}, interrupt.ExitStatus, "saved",
			2400 * time.Millisecond},
		"one that saves, by two": {"holds", []os.Signal{os.Interrupt, os.Interrupt}, interrupt.ExitStatus,
			"twice", 0},
		"one that sees to its signals, by two": {"owns", []os.Signal{os.Interrupt, os.Interrupt}, 7, "saved",
			2400 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, said, took := interrupted(t, test.does, test.signals...)
			if status != test.status || !strings.Contains(said, test.says) || took < test.after {
				t.Errorf("status %d, %q, after %v; want %d, %q, after %v at least", status, said, took, test.status,
					test.says, test.after)
			}
			if strings.Contains(test.says, "twice") && strings.Contains(said, "saved") {
				t.Error("the second signal did not end it at once")
			}
		})
	}
}
