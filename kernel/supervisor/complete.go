package supervisor

import (
	"context"
	"strings"
	"unicode/utf8"
)

// answer is that of a request for completion or help.
type answer struct {
	request message
	content map[string]any
}

// completes answers requests for completion and for help from what living cells have made, also while one runs; false
// for other requests, and where no cell can live.
func (p *proxy) completes(ctx context.Context, m message) bool {
	kind := m.header().Type
	if kind != "complete_request" && kind != "inspect_request" || !p.live.ready() {
		return false
	}
	var content struct {
		Code   string `json:"code"`
		Cursor int    `json:"cursor_pos"`
	}
	if m.content(&content) != nil {
		return false
	}
	session, cursor := p.live.session, byteOffset(content.Code, content.Cursor)
	go func() {
		a := answer{m, map[string]any{"status": "ok", "matches": []string{}, "metadata": map[string]any{},
			"found": false, "data": map[string]any{},
			"cursor_start": content.Cursor, "cursor_end": content.Cursor}}
		if kind == "complete_request" {
			if c := session.Complete(ctx, content.Code, cursor); len(c.Matches) > 0 {
				a.content = map[string]any{"status": "ok", "matches": c.Matches, "metadata": map[string]any{},
					"cursor_start": utf8.RuneCountInString(content.Code[:c.Start]),
					"cursor_end":   utf8.RuneCountInString(content.Code[:c.End])}
			}
		} else if text := session.Help(ctx, content.Code, cursor); text != "" {
			a.content = map[string]any{"status": "ok", "found": true, "metadata": map[string]any{},
				"data": map[string]any{"text/plain": text, "text/markdown": "```go\n" + strings.Replace(text, "\n\n",
					"\n```\n\n", 1) + closing(text)}}
		}
		select {
		case p.answers <- a:
		case <-ctx.Done():
		}
	}()
	return true
}

// closing ends the block of code where no documentation follows it.
func closing(text string) string {
	if strings.Contains(text, "\n\n") {
		return ""
	}
	return "\n```"
}

// byteOffset is where a letter of a text begins.
func byteOffset(text string, letters int) int {
	for i := range text {
		if letters == 0 {
			return i
		}
		letters--
	}
	return len(text)
}

func (p *proxy) onAnswer(a answer) { p.reply(a.request, a.content) }
