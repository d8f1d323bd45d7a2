package supervisor

import (
	"bytes"
	"context"
)

// cell is an execute_request on its way.
type cell struct {
	request     message
	id          string
	silent      bool
	stopOnError bool // whether a failure calls off the cells behind it

	began       instant // zero while it waits
	interrupted context.CancelFunc
	shown       bool // whether the error has been published
	failed      bool
	replied     bool // GoNB has answered
	idle        bool // and published all there was to say
}

func newCell(m message) *cell {
	content := struct {
		Silent      bool `json:"silent"`
		StopOnError bool `json:"stop_on_error"`
	}{StopOnError: true}
	_ = m.content(&content) // GoNB tells the client of a request that cannot be read
	return &cell{request: m, id: m.header().ID, silent: content.Silent, stopOnError: content.StopOnError}
}

// failure is the content of the error that an interrupted cell ends with, in the reply and for everyone.
type failure struct {
	Status    string   `json:"status,omitempty"`
	Count     int      `json:"execution_count,omitempty"`
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

func interruption() failure {
	return failure{Name: "Interrupted", Value: "the cell was interrupted", Traceback: []string{"Interrupted: the cell was interrupted"}}
}

// onReply returns what the client is to be told: GoNB calls an interrupted cell a failed build, or none at all.
func (c *cell) onReply(s signer, m message) message {
	var content struct {
		Status string `json:"status"`
		Count  int    `json:"execution_count"`
	}
	_ = m.content(&content)
	c.replied, c.failed = true, content.Status == "error"
	if c.interrupted == nil {
		return m
	}
	c.failed = true
	f := interruption()
	f.Status, f.Count = "error", content.Count
	return s.with(m, f)
}

// onPublished returns what everyone is to be told in place of m.
func (c *cell) onPublished(s signer, m message) []message {
	switch m.header().Type {
	case "status":
		var content struct {
			State string `json:"execution_state"`
		}
		_ = m.content(&content)
		if c.idle = content.State == "idle"; c.idle && c.interrupted != nil && !c.shown && !c.silent {
			return []message{s.answer(c.request, "error", interruption()), m}
		}
	case "error":
		c.shown = true
		if c.interrupted != nil {
			return []message{s.with(m, interruption())}
		}
	case "display_data":
		if c.interrupted != nil && bytes.Contains(m.parts[contentPart], []byte("gonb-err-context")) {
			return nil // GoNB's report of a build that we ended
		}
	}
	return []message{m}
}

// next hands the next cell to GoNB, if it is free.
func (p *proxy) next() {
	if p.running == nil && len(p.waiting) > 0 {
		p.running, p.waiting = p.waiting[0], p.waiting[1:]
		p.running.began = now()
		send(p.back.shell, p.running.request)
	}
}

// settle goes on to the next cell where the running one has ended; those that waited when it failed are called off.
func (p *proxy) settle() {
	c := p.running
	if !c.replied || !c.idle {
		return
	}
	if c.interrupted != nil {
		c.interrupted()
	}
	if c.failed && c.stopOnError && !c.silent {
		for _, behind := range p.waiting {
			p.publishStatus(behind.request, "busy")
			send(p.front.shell, p.signer.answer(behind.request, "execute_reply", map[string]string{"status": "aborted"}))
			p.publishStatus(behind.request, "idle")
		}
		p.waiting = nil
	}
	p.running = nil
	p.next()
}

// interruptCell ends the running cell, in whatever phase it is: its processes, as they come, until GoNB gives it up.
func (p *proxy) interruptCell(ctx context.Context) {
	if c := p.running; c != nil && !c.replied && c.interrupted == nil {
		ctx, c.interrupted = context.WithCancel(ctx)
		go p.end(ctx, c.began)
	}
}
