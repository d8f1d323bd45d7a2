package cell

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/maestro-lod/notebook/kernel/live/rt"
)

// Panel is a group of controls under a cell, and a function that answers them.
type Panel struct {
	Title    string
	Controls []Control

	// Handshake is how long Run waits for a page to answer; 0 for 2 seconds. Where none does, such as in a headless
	// run, the controls stay at the values they have.
	Handshake time.Duration

	// Every has the function called again, with no control changed, so long after its last call has ended, for what
	// changes by itself; 0 leaves it alone. Where no page answers it is then called until it returns ErrDone.
	Every time.Duration
}

// ErrDone is what a panel's function returns to end the panel without an error.
var ErrDone = errors.New("the panel is done")

// EnvHeadless names the environment variable by which whoever starts a kernel says that no page will answer its panels.
const EnvHeadless = "MAESTRO_HEADLESS"

// Changed are the controls that changed since the panel's function was called before; all of them in the first call.
type Changed []Control

// Has says whether c changed.
func (c Changed) Has(control Control) bool { return slices.Contains(c, control) }

// Run shows the panel and calls the function: once at the start, and then whenever a control was moved, always with the
// latest values. Moves that come while the function runs make one call after it, never a queue. The context of a call
// ends when a [Toggle] is switched off, when Done is pressed and when the cell is interrupted; an error that comes of
// that is taken for none.
//
// Run returns when Done is pressed, when the cell is interrupted or ctx ends, or when the function returns ErrDone, all
// without an error, when the function fails, with its error, or, where no page answers, after the first call. It leaves the panel disabled, with the last
// values.
func (p Panel) Run(ctx context.Context, answer func(ctx context.Context, changed Changed) error) error {
	if len(p.Controls) == 0 {
		return errors.New("panel: no controls")
	}
	for i, c := range p.Controls {
		if err := c.prepare(); err != nil {
			return fmt.Errorf("panel: %w", err)
		}
		if slices.Contains(p.Controls[:i], c) {
			return fmt.Errorf("panel: control %q is in it twice", c.label())
		}
	}
	shown, err := NewOutput()
	if err != nil {
		return err
	}
	ctx, stop := rt.NotifyContext(ctx, os.Interrupt)
	defer stop()
	static := func() error { return shown.Set(page(p.html("", spec{}), p.Text())) }
	if os.Getenv(EnvHeadless) == "" {
		err = p.serve(ctx, shown, answer)
	} else if err = static(); err == nil { // at its place above what the function shows
		err = p.alone(ctx, answer)
	}
	if errors.Is(err, ErrDone) {
		err = nil
	}
	return errors.Join(err, static())
}

// alone is Run where no page answers.
func (p Panel) alone(ctx context.Context, answer func(context.Context, Changed) error) error {
	for changed := Changed(p.Controls); ; changed = nil {
		if err := answer(ctx, changed); err != nil || p.Every == 0 {
			return ignoreEnd(ctx, err)
		}
		select {
		case <-time.After(p.Every):
		case <-ctx.Done():
			return nil
		}
	}
}

// serve is Run from the moment the panel is on the page until it is to be disabled.
func (p Panel) serve(ctx context.Context, shown *Output, answer func(context.Context, Changed) error) error {
	acks, err := NewOutput()
	if err != nil {
		return err
	}
	id := newID()
	s := spec{Kernel: os.Getenv(protocol.GONB_JUPYTER_KERNEL_ID_ENV), Address: "/maestro/" + id, Acks: acks.id}
	if err := shown.Set(page(p.html(id, s), p.Text())); err != nil {
		return err
	}
	l := newLink(func(a ack) error {
		text, err := json.Marshal(a)
		if err != nil {
			return err
		}
		// Without a form to show, an output takes no room on the page.
		return acks.Set(protocol.DisplayData{Metadata: map[string]any{"maestro": string(text)}})
	})
	l.subscribe(s.Address)
	handshake := p.Handshake
	if handshake == 0 {
		handshake = 2 * time.Second
	}
	return p.loop(ctx, l, handshake, answer)
}

// loop answers what comes over the link until it is to end.
func (p Panel) loop(ctx context.Context, l *link, handshake time.Duration,
	answer func(context.Context, Changed) error) error {
	patience := time.NewTimer(handshake)
	defer patience.Stop()
	select {
	case <-l.hello:
	case <-patience.C:
		return p.alone(ctx, answer)
	case <-ctx.Done():
		return nil
	}
	m := message{Values: p.states()} // what is answered: at first, the values that the panel was given
	answered := false
	for changed := Changed(p.Controls); ; {
		if changed != nil {
			if err := l.call(ctx, m, func(ctx context.Context) error { return answer(ctx, changed) }); err != nil {
				return err
			}
		}
		if set := p.states(); !answered || !slices.Equal(set, m.Values) {
			if err := l.answered(m, set); err != nil {
				return err
			}
			answered, m.Values = true, set
		}
		var again <-chan time.Time
		if p.Every > 0 {
			again = time.After(p.Every)
		}
		select {
		case <-l.wake:
		case <-again:
			changed = Changed{}
			continue
		case <-ctx.Done():
			return nil
		}
		var err error
		m, answered = l.latest(), false
		if changed, err = p.take(m.Values); err != nil || m.Done {
			return err // what was moved just before Done is kept, though not answered
		}
	}
}

// ignoreEnd drops the error that a function returns because its context ended.
func ignoreEnd(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (p Panel) states() []int {
	var all []int
	for _, c := range p.Controls {
		all = append(all, c.state())
	}
	return all
}

// take sets the controls and returns which of them changed.
func (p Panel) take(values []int) (changed Changed, err error) {
	if len(values) != len(p.Controls) {
		return nil, fmt.Errorf("panel: the page sent %d values for %d controls", len(values), len(p.Controls))
	}
	for i, c := range p.Controls {
		if c.state() == values[i] {
			continue
		}
		if err := c.take(values[i]); err != nil {
			return nil, fmt.Errorf("panel: the page sent %w, %q", err, c.label())
		}
		changed = append(changed, c)
	}
	return changed, nil
}

// Text lists the controls' values, for where the panel cannot be seen.
func (p Panel) Text() string {
	var lines []string
	if p.Title != "" {
		lines = append(lines, p.Title)
	}
	for _, c := range p.Controls {
		if text := c.text(); text != "" {
			lines = append(lines, c.label()+" = "+text)
		}
	}
	return strings.Join(lines, "\n")
}

// spec is what the page's script is told of the panel.
type spec struct {
	Kernel  string `json:"kernel"`  // Jupyter's id of it
	Address string `json:"address"` // that the cell listens at
	Acks    string `json:"acks"`    // the display id whose updates answer the page
}

//go:embed panel.css
var panelStyle string

//go:embed panel.js
var panelScript string

// html is the panel: live with an id, for good disabled without.
func (p Panel) html(id string, s spec) string {
	var b strings.Builder
	text, _ := json.Marshal(s)
	live := id != ""
	if !live {
		id = newID()
	}
	title := p.Title
	if title == "" {
		title = "controls"
	}
	fmt.Fprintf(&b, `<div class="maestro-panel" id="%s" role="group" aria-label="%s" data-panel="%s">`,
		id, html.EscapeString(title), html.EscapeString(string(text)))
	// Where styles are not allowed, as in an untrusted notebook, their text is left, which nobody wants to read.
	fmt.Fprintf(&b, "<div hidden><style>\n%s</style></div>", panelStyle)
	if p.Title != "" {
		fmt.Fprintf(&b, `<div class="maestro-title">%s</div>`, html.EscapeString(p.Title))
	}
	var buttons strings.Builder
	for i, c := range p.Controls {
		element := c.html(fmt.Sprintf("%s-%d", id, i))
		switch c.(type) {
		case *Button, *Toggle:
			buttons.WriteString(element)
		default:
			fmt.Fprintf(&b, `<div class="maestro-row">%s</div>`, element)
		}
	}
	if live {
		buttons.WriteString(
			`<button type="button" class="maestro-done" disabled>Done</button><span class="maestro-state" role="status"></span>`)
	}
	if buttons.Len() > 0 {
		fmt.Fprintf(&b, `<div class="maestro-row maestro-buttons">%s</div>`, buttons.String())
	}
	if live {
		fmt.Fprintf(&b, "<script>\n%s</script>", strings.ReplaceAll(panelScript, "PANEL_ID", id))
	}
	b.WriteString("</div>")
	return b.String()
}
