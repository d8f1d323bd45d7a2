package supervisor

import (
	"bytes"
	"context"
)

// cell is an execute_request on its way.
type cell struct {
	request     message
	id          string
	code        string
	allowStdin  bool
	history     bool
	count       int  // its number, once it runs
	reset       bool // it has ended the process of living cells, and goes on when that has gone
	silent      bool
	stopOnError bool // whether a failure calls off the cells behind it
	calledOff   bool // it is not to run

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
		Code        string `json:"code"`
		Silent      bool   `json:"silent"`
		AllowStdin  bool   `json:"allow_stdin"`
		StopOnError bool   `json:"stop_on_error"`
		History     bool   `json:"store_history"`
	}{StopOnError: true, History: true}
	_ = m.content(&content)
	return &cell{request: m, id: m.header().ID, code: content.Code, allowStdin: content.AllowStdin,
		history: content.History, silent: content.Silent, stopOnError: content.StopOnError, ended: func() {}}
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
		return s.counted(m, c.count)
	}
	c.failed = true
	f := *c.failure
	f.Status = "error"
	if content.Count > 0 {
		f.Count = c.count
	}
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
	return []message{s.counted(m, c.count)}
}

// counted is the message with the number that the cell has in the notebook: GoNB counts those that it runs.
func (s signer) counted(m message, count int) message {
	var content map[string]any
	if !bytes.Contains(m.parts[contentPart], []byte(`"execution_count"`)) || m.content(&content) != nil {
		return m
	}
	if _, ok := content["execution_count"]; !ok {
		return m
	}
	content["execution_count"] = count
	return s.with(m, content)
}

// saysFailed tells whether m may be what GoNB writes when a command has failed.
func saysFailed(m message) bool {
	return m.header().Type == "stream" && bytes.Contains(m.parts[contentPart], []byte(`"exit status `))
}
