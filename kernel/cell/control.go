package cell

import (
	"errors"
	"fmt"
	"html"
	"slices"
	"strings"
)

// Control is what a [Panel] is made of: a pointer to a [Slider], [Select], [Checkbox], [Button] or [Toggle]. Its value
// changes only between two calls of the panel's function, which may read it freely.
type Control interface {
	label() string
	prepare() error        // checks it
	state() int            // its value as the page sends it
	take(state int) error  // sets its value to what the page sent
	text() string          // its value for people; "" for none
	html(id string) string // its element, disabled: the page's script enables it once the cell answers
}

// Select chooses one of several words.
type Select struct {
	Label   string
	Options []string
	Value   string // at the start, "" for the first of Options, and then what is chosen
}

func (s *Select) label() string { return s.Label }

func (s *Select) prepare() error {
	if len(s.Options) == 0 {
		return fmt.Errorf("select %q: it has no Options", s.Label)
	}
	if s.Value == "" && !slices.Contains(s.Options, "") {
		s.Value = s.Options[0]
	}
	if !slices.Contains(s.Options, s.Value) {
		return fmt.Errorf("select %q: its value %q is none of %s", s.Label, s.Value, strings.Join(s.Options, ", "))
	}
	return nil
}

func (s *Select) state() int { return slices.Index(s.Options, s.Value) }

func (s *Select) take(state int) error {
	if state < 0 || state >= len(s.Options) {
		return errors.New("an option that the select does not have")
	}
	s.Value = s.Options[state]
	return nil
}

func (s *Select) text() string { return s.Value }

func (s *Select) html(id string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<label for="%[1]s">%[2]s</label> <select id="%[1]s" disabled>`, id, html.EscapeString(s.Label))
	for _, option := range s.Options {
		chosen := ""
		if option == s.Value {
			chosen = " selected"
		}
		fmt.Fprintf(&b, `<option%s>%s</option>`, chosen, html.EscapeString(option))
	}
	b.WriteString(`</select>`)
	return b.String()
}

// Checkbox is on or off.
type Checkbox struct {
	Label string
	Value bool
}

func (c *Checkbox) label() string        { return c.Label }
func (c *Checkbox) prepare() error       { return nil }
func (c *Checkbox) state() int           { return number(c.Value) }
func (c *Checkbox) take(state int) error { c.Value = state != 0; return nil }
func (c *Checkbox) text() string         { return onOff(c.Value) }

func (c *Checkbox) html(id string) string {
	checked := ""
	if c.Value {
		checked = " checked"
	}
	return fmt.Sprintf(`<label for="%[1]s">%[2]s</label> <input type="checkbox" id="%[1]s"%[3]s disabled>`, id,
		html.EscapeString(c.Label), checked)
}

// Button asks for something once. That it was pressed is told by [Changed.Has].
type Button struct {
	Label  string
	Clicks int // how often it was pressed
}

func (b *Button) label() string        { return b.Label }
func (b *Button) prepare() error       { return nil }
func (b *Button) state() int           { return b.Clicks }
func (b *Button) take(state int) error { b.Clicks = state; return nil }
func (b *Button) text() string         { return "" }

func (b *Button) html(id string) string {
	return fmt.Sprintf(`<button type="button" id="%s" value="%d" disabled>%s</button>`, id, b.Clicks,
		html.EscapeString(b.Label))
}

// Toggle starts and stops. When it is switched off while the panel's function runs, that call's context ends at once.
type Toggle struct {
	Label string // while it is off, such as "Run"; "" for that
	Stop  string // while it is on; "" for "Stop"
	Value bool
}

func (t *Toggle) label() string { return t.Label }

func (t *Toggle) prepare() error {
	if t.Label == "" {
		t.Label = "Run"
	}
	if t.Stop == "" {
		t.Stop = "Stop"
	}
	return nil
}

func (t *Toggle) state() int           { return number(t.Value) }
func (t *Toggle) take(state int) error { t.Value = state != 0; return nil }
func (t *Toggle) text() string         { return onOff(t.Value) }

func (t *Toggle) html(id string) string {
	now := t.Label
	if t.Value {
		now = t.Stop
	}
	return fmt.Sprintf(`<button type="button" id="%s" value="%d" data-off="%s" data-on="%s" disabled>%s</button>`,
		id, t.state(), html.EscapeString(t.Label), html.EscapeString(t.Stop), html.EscapeString(now))
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}

func number(on bool) int {
	if on {
		return 1
	}
	return 0
}
