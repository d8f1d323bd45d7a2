package supervisor

import (
	"encoding/json"
	"strings"
)

// defaults are what the protocol lets a client leave out of a request's content, and GoNB ends without
// (jupyter-client.readthedocs.io/en/stable/messaging.html).
var defaults = map[string]map[string]any{
	"execute_request": {"code": "", "silent": false, "store_history": true, "user_expressions": map[string]any{},
		"allow_stdin": true, "stop_on_error": true},
	"inspect_request":  {"code": "", "cursor_pos": 0.0, "detail_level": 0.0},
	"complete_request": {"code": "", "cursor_pos": 0.0},
	"input_reply":      {"value": ""},
	"shutdown_request": {"restart": false},
}

// readable tells whether GoNB can read the message: it ends at one that it cannot.
func (m message) readable() bool {
	var header struct {
		ID      string `json:"msg_id"`
		User    string `json:"username"`
		Session string `json:"session"`
		Date    string `json:"date"`
		Type    string `json:"msg_type"`
		Version string `json:"version"`
	}
	var metadata map[string]any
	return json.Unmarshal(m.parts[headerPart], &header) == nil && json.Unmarshal(m.parts[parentPart], &header) == nil &&
		json.Unmarshal(m.parts[metadataPart], &metadata) == nil && json.Valid(m.parts[contentPart])
}

// completed returns the request with the protocol's defaults in the place of what is left out or null; one that lacks
// nothing is left as it came. wrong names what is of a kind that the protocol does not know, and GoNB would end at.
func (s signer) completed(m message) (whole message, wrong string) {
	wanted, known := defaults[m.header().Type]
	if !known {
		return m, ""
	}
	var content map[string]any
	if m.content(&content) != nil {
		return m, "content"
	}
	changed := content == nil
	if changed {
		content = map[string]any{}
	}
	silent, _ := content["silent"].(bool)
	for name, value := range wanted {
		if name == "store_history" && silent {
			value = false // of a cell that is not to be heard of
		}
		switch given := content[name]; {
		case given == nil:
			content[name], changed = value, true
		case !sameKind(given, value):
			return m, name
		}
	}
	if !changed {
		return m, ""
	}
	return s.with(m, content), ""
}

func sameKind(a, b any) (same bool) {
	switch b.(type) {
	case bool:
		_, same = a.(bool)
	case string:
		_, same = a.(string)
	case float64:
		_, same = a.(float64)
	default:
		_, same = a.(map[string]any)
	}
	return same
}

// answerItself answers a request that GoNB leaves without an answer.
func (p *proxy) answerItself(m message) (answered bool) {
	var content map[string]any
	switch m.header().Type {
	case "is_complete_request": // what GoNB would make of the lines is not known; clients then take their own way
		content = map[string]any{"status": "unknown"}
	case "history_request": // none is kept
		content = map[string]any{"status": "ok", "history": []any{}}
	case "comm_info_request": // no comm of GoNB's can be joined by another page
		content = map[string]any{"status": "ok", "comms": map[string]any{}}
	default:
		return false
	}
	p.reply(m, content)
	return true
}

// refuse answers a request that GoNB cannot read.
func (p *proxy) refuse(m message, wrong string) {
	value := wrong + " is not of the kind that the protocol has for " + m.header().Type
	p.reply(m, map[string]any{"status": "error", "ename": "BadRequest", "evalue": value,
		"traceback": []string{"BadRequest: " + value}})
}

// reply answers a request on the shell channel without GoNB.
func (p *proxy) reply(m message, content map[string]any) {
	p.publishStatus(m, "busy")
	send(p.front.shell, p.signer.answer(m, strings.TrimSuffix(m.header().Type, "_request")+"_reply", content))
	p.publishStatus(m, "idle")
}
