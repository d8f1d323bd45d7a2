package cli

import (
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"github.com/maestro-lod/notebook/maestro/train"
)

// terminal shows how long steps go: a bar that redraws in place for a person at a terminal, a line a stage (and one
// every so often within a long one) in a log.
type terminal struct {
	out   io.Writer
	live  bool
	bar   *progressbar.ProgressBar
	total int
	stage string
	next  time.Time
}

// logEvery is the time between two lines of one stage in a log.
const logEvery = 15 * time.Second

func newTerminal(out io.Writer) *terminal {
	f, ok := out.(*os.File)
	return &terminal{out: out, live: ok && term.IsTerminal(int(f.Fd()))}
}

// report is a cache.Progress. The part of `what` before a colon names the stage.
func (t *terminal) report(what string, done, total int) {
	if !t.live {
		stage, _, _ := strings.Cut(what, ":")
		if total > 0 {
			what = fmt.Sprintf("%s (%d of %d)", what, done, total)
		}
		if now := time.Now(); stage != t.stage && !sameWord(stage, t.stage) || now.After(t.next) {
			fmt.Fprintln(t.out, what)
			t.stage, t.next = stage, now.Add(logEvery)
		}
		return
	}
	if t.bar == nil || total != t.total {
		t.clear()
		size := total
		if size == 0 {
			size = -1 // a spinner
		}
		t.total = total
		t.bar = progressbar.NewOptions(size,
			progressbar.OptionSetWriter(t.out), progressbar.OptionClearOnFinish(), progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(80*time.Millisecond), progressbar.OptionSetElapsedTime(true),
			progressbar.OptionSetPredictTime(true), progressbar.OptionShowCount(), progressbar.OptionSpinnerType(14))
	}
	t.bar.Describe(shorten(what, 64))
	_ = t.bar.Set(done)
	if total == 0 {
		_ = t.bar.Add(0)
	}
}

// training shows a run's progress: a bar over all of its steps at a terminal, a line an epoch in a log.
func (t *terminal) training(p train.Progress) {
	state := fmt.Sprintf("epoch %d/%d loss %.3f", p.Epoch, p.Epochs, p.Loss)
	if p.Last.Epoch > 0 {
		if accuracy := p.Last.ValidationAccuracy; !math.IsNaN(accuracy) {
			state += fmt.Sprintf(" acc %.2f%%", accuracy)
		} else {
			state += fmt.Sprintf(" validation loss %.4g", p.Last.ValidationLoss)
		}
		for _, m := range p.Metrics {
			state += fmt.Sprintf(" %s %.4g", m.Name, m.Value)
		}
		state += fmt.Sprintf(" rank %d %s MACs", p.Last.TotalRank, short(p.Last.MACs))
	}
	if t.live {
		t.report(state, p.Step, p.Steps)
	} else if p.Last.Epoch == p.Epoch { // an epoch has ended
		fmt.Fprintf(t.out, "%s in %.1f s\n", state, p.Last.Seconds)
	}
}

// short writes a count with the prefix of its size.
func short(n int64) string {
	switch {
	case n >= 1e9:
		return fmt.Sprintf("%.2fG", float64(n)/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.2fM", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0fk", float64(n)/1e3)
}

// clear takes the bar off the screen, before anything else is written there.
func (t *terminal) clear() {
	if t.bar != nil {
		_ = t.bar.Clear()
		t.bar = nil
	}
}

// sameWord says whether two stages differ only in what they work on: "downloading a", "downloading b".
func sameWord(a, b string) bool {
	wordA, _, _ := strings.Cut(a, " ")
	wordB, _, _ := strings.Cut(b, " ")
	return wordA == wordB && wordA == "downloading"
}

func shorten(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return s
}
