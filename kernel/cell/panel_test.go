package cell

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// testPage stands for the page at the other end of a link.
type testPage struct {
	*link
	mu   sync.Mutex
	acks []ack
}

func newTestPage() *testPage {
	p := &testPage{}
	p.link = newLink(func(a ack) error {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.acks = append(p.acks, a)
		return nil
	})
	return p
}

// heard waits for an ack.
func (p *testPage) heard(t *testing.T, want ack) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		p.mu.Lock()
		all := fmt.Sprintf("%+v", p.acks)
		p.mu.Unlock()
		if strings.Contains(all, fmt.Sprintf("%+v", want)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the page never hears %+v, only %s", want, all)
		}
	}
}

func testPanel(t *testing.T) (Panel, *Slider, *Toggle) {
	t.Helper()
	s, run := &Slider{Label: "x", Min: 0, Max: 10, Step: 1}, &Toggle{}
	p := Panel{Controls: []Control{s, run}}
	for _, c := range p.Controls {
		if err := c.prepare(); err != nil {
			t.Fatal(err)
		}
	}
	return p, s, run
}

// TestPanelCoalesces: while a call runs, any number of moves make one call after it, with the latest values, also when
// they come in another order than they were sent.
func TestPanelCoalesces(t *testing.T) {
	panel, slider, _ := testPanel(t)
	page := newTestPage()
	var seen []float64
	begun, goOn := make(chan bool), make(chan bool)
	ended := make(chan error)
	go func() {
		ended <- panel.loop(t.Context(), page.link, time.Minute, func(ctx context.Context, changed Changed) error {
			seen = append(seen, slider.Value)
			if len(seen) == 1 && len(changed) != 2 || len(seen) > 1 && (len(changed) != 1 || !changed.Has(slider)) {
				t.Errorf("call %d is told of %d controls", len(seen), len(changed))
			}
			begun <- true
			<-goOn
			return nil
		})
	}()
	page.put(message{Page: "p"})
	page.heard(t, ack{Page: "p", State: welcome})
	<-begun
	page.heard(t, ack{Page: "p", State: received}) // as the call takes its time
	for _, n := range []int{1, 2, 4, 3} {
		page.put(message{Page: "p", Seq: n, Values: []int{n, 0}})
	}
	goOn <- true
	<-begun
	page.heard(t, ack{Page: "p", State: answered})
	page.put(message{Page: "p", Seq: 4, Values: []int{4, 0}}) // sent again: it is not answered twice
	page.heard(t, ack{Page: "p", Seq: 4, State: received})
	goOn <- true
	page.heard(t, ack{Page: "p", Seq: 4, State: answered})
	page.put(message{Page: "p", Seq: 5, Values: []int{9, 0}, Done: true})
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]float64{0, 4}, seen); diff != "" || slider.Value != 9 {
		t.Errorf("the calls saw (-want +got):\n%s; at the end the value is %g, want 9", diff, slider.Value)
	}
}

// TestPanelEndsCalls: switching a toggle off, Done, and the end of the panel's own context end the call that is
// running, and its error with it; a toggle that is switched off in good time is no end of the panel.
func TestPanelEndsCalls(t *testing.T) {
	ends := map[string]func(page *testPage, cancel func()){
		"done": func(page *testPage, cancel func()) {
			page.put(message{Page: "p", Seq: 2, Values: []int{1, 1}, Done: true})
		},
		"context": func(page *testPage, cancel func()) { cancel() },
		"toggle": func(page *testPage, cancel func()) {
			page.put(message{Page: "p", Seq: 2, Values: []int{1, 0}, Urgent: true})
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			panel, _, run := testPanel(t)
			page := newTestPage()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			running := make(chan bool)
			ended := make(chan error)
			go func() {
				ended <- panel.loop(ctx, page.link, time.Minute, func(ctx context.Context, changed Changed) error {
					if !run.Value {
						return nil
					}
					running <- true
					<-ctx.Done()
					return fmt.Errorf("training stopped: %w", ctx.Err())
				})
			}()
			page.put(message{Page: "p"})
			page.heard(t, ack{Page: "p", State: answered})
			page.put(message{Page: "p", Seq: 1, Values: []int{1, 1}, Urgent: false})
			<-running
			end(page, cancel)
			if name == "toggle" {
				page.heard(t, ack{Page: "p", Seq: 2, State: answered})
				cancel()
			}
			if err := <-ended; err != nil {
				t.Errorf("the panel ends with %v", err)
			}
		})
	}
}

// TestPanelSetsControls: what the function sets a control to is told to the page.
func TestPanelSetsControls(t *testing.T) {
	panel, slider, _ := testPanel(t)
	page := newTestPage()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() {
		ended <- panel.loop(ctx, page.link, time.Minute, func(ctx context.Context, changed Changed) error {
			if slider.Value > 5 {
				slider.Value = 5
			}
			return nil
		})
	}()
	page.put(message{Page: "p"})
	page.heard(t, ack{Page: "p", State: answered})
	page.put(message{Page: "p", Seq: 1, Values: []int{8, 0}})
	page.heard(t, ack{Page: "p", Seq: 1, State: answered, Values: []int{5, 0}})
	page.put(message{Page: "other"})
	page.heard(t, ack{Page: "other", State: taken})
	cancel()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// TestPanelFails: the function's error ends the panel, and so does a page that sends what cannot be.
func TestPanelFails(t *testing.T) {
	for want, values := range map[string][]int{
		"training diverged":                   {7, 0},
		"a position that the slider does not": {11, 0},
		"3 values for 2 controls":             {1, 0, 0},
	} {
		panel, slider, _ := testPanel(t)
		page := newTestPage()
		ended := make(chan error)
		go func() {
			ended <- panel.loop(t.Context(), page.link, time.Minute, func(ctx context.Context, changed Changed) error {
				if slider.Value == 7 {
					return errors.New("training diverged")
				}
				return nil
			})
		}()
		page.put(message{Page: "p"})
		page.heard(t, ack{Page: "p", State: answered})
		page.put(message{Page: "p", Seq: 1, Values: values})
		if err := <-ended; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the panel ends with %v, want %q", err, want)
		}
	}
}

// TestPanelWithoutPage: where no page answers, the function is called once with the values that are there.
func TestPanelWithoutPage(t *testing.T) {
	panel, slider, _ := testPanel(t)
	calls := 0
	err := panel.loop(t.Context(), newTestPage().link, 20*time.Millisecond,
		func(ctx context.Context, changed Changed) error {
			calls++
			if len(changed) != 2 || slider.Value != 0 {
				t.Errorf("%d controls changed, the value is %g", len(changed), slider.Value)
			}
			return errors.New("its own")
		})
	if calls != 1 || err == nil || err.Error() != "its own" {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

// TestPanelEvery: a panel whose figures change by themselves calls its function with nothing changed, tells the page of
// what that sets, and ends when it is done; with a page as without one.
func TestPanelEvery(t *testing.T) {
	for name, answers := range map[string]bool{"a page": true, "none": false} {
		panel, slider, _ := testPanel(t)
		panel.Every = time.Millisecond
		page, calls := newTestPage(), 0
		if answers {
			page.put(message{Page: "p"})
		}
		err := panel.loop(t.Context(), page.link, 20*time.Millisecond, func(_ context.Context, changed Changed) error {
			if calls++; (len(changed) == 0) != (calls > 1) {
				t.Errorf("%s: call %d has %d changed controls", name, calls, len(changed))
			}
			if slider.Value = float64(calls); calls == 4 {
				return ErrDone
			}
			return nil
		})
		if calls != 4 || !errors.Is(err, ErrDone) {
			t.Errorf("%s: %d calls, error %v", name, calls, err)
		}
		if answers {
			page.heard(t, ack{Page: "p", State: answered, Values: []int{3, 0}})
		}
	}
}

func TestPanelRefuses(t *testing.T) {
	box := &Checkbox{Label: "b"}
	for want, controls := range map[string][]Control{
		"no controls":                            nil,
		`control "b" is in it twice`:             {box, box},
		`select "s": it has no Options`:          {&Select{Label: "s"}},
		`its value "c" is none of a, b`:          {&Select{Options: []string{"a", "b"}, Value: "c"}},
		"the second must be larger":              {&Slider{Min: 1, Max: 1}},
		"a logarithmic scale begins above 0":     {&Slider{Min: 0, Max: 1, Log: true}},
		"neither within 1 to 2 nor one of Stops": {&Slider{Min: 1, Max: 2, Stops: []float64{3}}},
		"has PerDecade in place of Step":         {&Slider{Min: 1, Max: 2, Log: true, Step: 1}},
		"cannot be negative":                     {&Slider{Min: 0, Max: 2, Step: -1}},
		"Step of 1e-06 makes 1000000 positions":  {&Slider{Min: 0, Max: 1, Step: 1e-6}},
		"PerDecade of 9999 makes":                {&Slider{Min: 1, Max: 10, Value: 1, Log: true, PerDecade: 9999}},
	} {
		err := Panel{Controls: controls}.Run(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("the error is %v, want one line with %q", err, want)
		}
	}
}

// TestPanelHTML: labels belong to their controls, text is escaped, and the panel that stays has neither a script nor
// anything to press.
func TestPanelHTML(t *testing.T) {
	s := &Slider{Label: "λ <gl>", Min: 1e-7, Max: 1e-2, Log: true, Stops: []float64{0}, Value: 3.2e-5}
	sel := &Select{Label: "input", Options: []string{"<i>", "b"}, Value: "b"}
	run := &Toggle{Stop: "Halt", Value: true}
	p := Panel{Title: "A & B", Controls: []Control{s, sel, &Checkbox{Label: "full", Value: true},
		&Button{Label: "Go"}, run}}
	for _, c := range p.Controls {
		if err := c.prepare(); err != nil {
			t.Fatal(err)
		}
	}
	live, static := p.html("id", spec{Kernel: "k", Address: "/maestro/id", Acks: "a"}), p.html("", spec{})
	for _, want := range []string{
		`<label for="id-0">λ &lt;gl&gt;</label> <input type="range" id="id-0" min="0" max="101" step="1" value="51" aria-valuetext="3.2e-5"`,
		`<output for="id-0" style="min-width:6ch">3.2e-5</output>`,
		`<label for="id-1">input</label> <select id="id-1" disabled><option>&lt;i&gt;</option><option selected>b</option></select>`,
		`<label for="id-2">full</label> <input type="checkbox" id="id-2" checked disabled>`,
		`<button type="button" id="id-4" value="1" data-off="Run" data-on="Halt" disabled>Halt</button>`,
		`role="group" aria-label="A &amp; B"`, `getElementById('id')`, "Done",
	} {
		if !strings.Contains(live, want) {
			t.Errorf("the live panel has no %s", want)
		}
	}
	if strings.Contains(live, "<i>") || strings.Contains(live, "<gl>") {
		t.Error("text is not escaped")
	}
	if strings.Contains(static, "<script") || strings.Contains(static, "Done") ||
		strings.Contains(static, "/maestro/") || strings.Count(static, "disabled>") != 5 {
		t.Errorf("the panel that stays is not static: %s", static)
	}
	if diff := cmp.Diff("A & B\nλ <gl> = 3.2e-5\ninput = b\nfull = on\nRun = on", p.Text()); diff != "" {
		t.Errorf("the text (-want +got):\n%s", diff)
	}
}
