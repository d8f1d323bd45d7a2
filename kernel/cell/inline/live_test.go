package inline

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"
	"gonum.org/v1/plot"

	"github.com/maestro-lod/notebook/plots"
)

// liveOutput is where a live figure's states arrive. Sending one takes as long as the test says, by the figure's clock.
type liveOutput struct {
	mu   sync.Mutex
	at   time.Time
	cost time.Duration
	sent []protocol.DisplayData
	fail error
}

func (o *liveOutput) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func (o *liveOutput) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(d)
}

func (o *liveOutput) send(d protocol.DisplayData) error {
	o.pass(o.cost)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.sent = append(o.sent, d)
	return o.fail
}

// titles are those of the figures that were sent.
func (o *liveOutput) titles() (all []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, d := range o.sent {
		text := d.Data[protocol.MIMETextPlain].(string)
		title, _, _ := strings.Cut(strings.TrimPrefix(text, "Figure: "), " (")
		all = append(all, title)
	}
	return all
}

func newTestLive(cost time.Duration) (*Live, *liveOutput) {
	o := &liveOutput{at: time.Unix(1e9, 0), cost: cost}
	return newLive(plots.Size{}, o.send, o.now), o
}

func numbered(n int) *plot.Plot {
	p := plot.New()
	p.Title.Text = fmt.Sprint("figure ", n)
	return p
}

// TestLiveForms: while it changes a figure is an SVG within HTML, and at the end what Show would show.
func TestLiveForms(t *testing.T) {
	l, o := newTestLive(0)
	p := figure(t)
	if err := l.Draw(p); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if len(o.sent) != 2 {
		t.Fatalf("%d states, want a live and a last one", len(o.sent))
	}
	first, last := o.sent[0].Data, o.sent[1]
	html, _ := first[protocol.MIMETextHTML].(string)
	if len(first) != 2 || !strings.Contains(html, "</svg>") || first[protocol.MIMETextPlain] != plots.Describe(p) {
		t.Errorf("the live state is %v", first)
	}
	want, err := bundle(p, plots.Size{})
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(last) != fmt.Sprint(want) {
		t.Error("the last state is not what Show would show")
	}
	if err := l.Close(); err != nil || len(o.sent) != 2 {
		t.Errorf("a second Close: %v, %d states", err, len(o.sent))
	}
	if err := l.Draw(p); err == nil || !strings.Contains(err.Error(), "closed") {
		t.Errorf("Draw after Close: %v", err)
	}
}

// TestLiveCoalesces: of figures drawn faster than they can be shown the latest is shown, a little later, and none is
// queued.
func TestLiveCoalesces(t *testing.T) {
	l, o := newTestLive(0)
	begin := time.Now()
	for n := range 1000 {
		if err := l.Draw(numbered(n)); err != nil {
			t.Fatal(err)
		}
	}
	most := 2 + int(time.Since(begin)/liveEvery) // the first, one whenever it is time, and the last
	last := func() string { titles := o.titles(); return titles[len(titles)-1] }
	deadline := time.Now().Add(10 * time.Second)
	for last() != "figure 999" && time.Now().Before(deadline) { // by itself, without a further Draw
		time.Sleep(time.Millisecond)
	}
	time.Sleep(3 * liveEvery)
	if got := o.titles(); got[0] != "figure 0" || last() != "figure 999" || len(got) > most {
		t.Errorf("shown are %q, want the first, the last and %d in all at most", got, most)
	}
	if err := l.Draw(numbered(1000)); err != nil {
		t.Fatal(err)
	}
	if err := l.Draw(numbered(1001)); err != nil { // which waits
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	got := o.titles()
	if got[len(got)-1] != "figure 1001" || got[len(got)-2] == "figure 1001" {
		t.Errorf("closed, it shows %q", got)
	}
	count := len(got)
	time.Sleep(3 * liveEvery)
	if got := o.titles(); len(got) != count {
		t.Errorf("after Close it shows %q as well", got[count:])
	}
}

// TestLiveShare: a loop that draws all the time spends a fifth of it on drawing; a slider is not held up for its first
// half second of drawing.
func TestLiveShare(t *testing.T) {
	const cost = 10 * time.Millisecond
	l, o := newTestLive(cost)
	burst := 0
	for ; l.wait() <= 0 || l.wait() == liveEvery-cost; burst++ {
		o.pass(max(0, l.wait()))
		if err := l.Draw(numbered(burst)); err != nil {
			t.Fatal(err)
		}
	}
	// 10 ms are spent at every 16 ms, of which 3.2 come back: 500 ms last for about 73 figures.
	if burst < 65 || burst > 85 {
		t.Errorf("%d figures of 10 ms are drawn without a pause, want about 73", burst)
	}
	begin := o.now()
	for n := range 100 {
		o.pass(max(0, l.wait()))
		if err := l.Draw(numbered(n)); err != nil {
			t.Fatal(err)
		}
	}
	if share := 100 * float64(cost) / float64(o.now().Sub(begin)); share < 0.15 || share > 0.25 {
		t.Errorf("drawing takes %.2f of the time, want a fifth", share)
	}
}

// TestLiveNeverDrawn: nothing is shown where there is nothing.
func TestLiveNeverDrawn(t *testing.T) {
	l, o := newTestLive(0)
	if err := l.Close(); err != nil || len(o.sent) != 0 {
		t.Errorf("Close: %v, %d states", err, len(o.sent))
	}
}

// TestLiveErrors: the first error is kept and names its place in one line; a size that cannot be is one.
func TestLiveErrors(t *testing.T) {
	l, o := newTestLive(0)
	o.fail = errors.New("no kernel")
	for range 2 {
		if err := l.Draw(numbered(1)); err == nil || err.Error() != "live figure: no kernel" {
			t.Errorf("Draw: %v", err)
		}
		o.fail = errors.New("another")
	}
	if err := l.Close(); err == nil || err.Error() != "live figure: no kernel" {
		t.Errorf("Close: %v", err)
	}
	negative := newLive(plots.Size{Width: -1}, o.send, o.now)
	if err := negative.Draw(numbered(1)); err == nil || !strings.Contains(err.Error(), "negative") {
		t.Errorf("Draw at a negative size: %v", err)
	}
	_, err := NewLive(plots.Size{})
	pointsToSave(t, err)
}
