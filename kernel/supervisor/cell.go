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

	began   instant  // zero while it waits
	failure *failure // why we ended it; nil if we did not
	ended   context.CancelFunc
	shown   bool // whether the error has been published
	failed  bool
	replied bool // GoNB has answered
	idle    bool // and published all there was to say
}

func newCell(m message) *cell {
	content := struct {
		Silent      bool `json:"silent"`
		StopOnError bool `json:"stop_on_error"`
	}{StopOnError: true}
	_ = m.content(&content)
	return &cell{request: m, id: m.header().ID, silent: content.Silent, stopOnError: content.StopOnError, ended: func() {}}
}

// failure is the content of the error that ends a cell which we have ended, in the reply and for everyone: GoNB calls
// it a failed build, or none at all.
type failure struct {
	Status    string   `json:"status,omitempty"`
	Count     int      `json:"execution_count,omitempty"`
	Name      string   `json:"ename"`
	Value     string   `json:"evalue"`
	Traceback []string `json:"traceback"`
}

func newFailure(name, value string) *failure {
	return &failure{Name: name, Value: value, Traceback: []string{name + ": " + value}}
}

func interrupted() *failure { return newFailure("Interrupted", "the cell was interrupted") }

func commandFailed(status string) *failure {
	return newFailure("CommandFailed", "a command of the cell ended with exit status "+status)
}

// onReply returns what the client is to be told in place of GoNB's reply.
func (c *cell) onReply(s signer, m message) message {
	var content struct {
		Status string `json:"status"`
		Count  int    `json:"execution_count"`
	}
	_ = m.content(&content)
	c.replied, c.failed = true, content.Status == "error"
	if c.failure == nil {
		return m
	}
	c.failed = true
	f := *c.failure
	f.Status, f.Count = "error", content.Count
	return s.with(m, f)
}

// callsOff tells whether the cells behind this one are not to run.
func (c *cell) callsOff() bool { return c.failed && c.stopOnError && !c.silent }

// onPublished returns what everyone is to be told in place of m.
func (c *cell) onPublished(s signer, m message) []message {
	switch m.header().Type {
	case "status":
		var content struct {
			State string `json:"execution_state"`
		}
		_ = m.content(&content)
		if c.idle = content.State == "idle"; c.idle && c.failure != nil && !c.shown && !c.silent {
			return []message{s.answer(c.request, "error", c.failure), m}
		}
	case "error":
		c.shown = true
		if c.failure != nil {
			return []message{s.with(m, c.failure)}
		}
	case "display_data":
		if c.failure != nil && bytes.Contains(m.parts[contentPart], []byte("gonb-err-context")) {
			return nil // GoNB's report of a build that we ended
		}
	}
	return []message{m}
}

// saysFailed tells whether m may be what GoNB writes when a command has failed.
func saysFailed(m message) bool {
	return m.header().Type == "stream" && bytes.Contains(m.parts[contentPart], []byte(`"exit status `))
}
