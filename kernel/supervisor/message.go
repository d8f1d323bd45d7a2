package supervisor

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/go-zeromq/zmq4"
)

// message is one of Jupyter's messages as it lies on the wire
// (jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol). What is passed on stays as it came, byte
// for byte: GoNB signs with Jupyter's own key.
type message struct {
	ids       [][]byte // whom it is from or for
	signature []byte
	parts     [][]byte // header, parent header, metadata, content; buffers, if any
}

const delimiter = "<IDS|MSG>"

const (
	headerPart = iota
	parentPart
	metadataPart
	contentPart
	signedParts // how many there are
)

// parse takes a message apart; ok is false for what is none.
func parse(frames [][]byte) (m message, ok bool) {
	for i, frame := range frames {
		if string(frame) == delimiter {
			if len(frames) < i+2+signedParts {
				return message{}, false
			}
			return message{ids: frames[:i], signature: frames[i+1], parts: frames[i+2:]}, true
		}
	}
	return message{}, false
}

// wire puts the message together as ZeroMQ sends it.
func (m message) wire() zmq4.Msg {
	frames := make([][]byte, 0, len(m.ids)+2+len(m.parts))
	frames = append(frames, m.ids...)
	frames = append(frames, []byte(delimiter), m.signature)
	return zmq4.NewMsgFrom(append(frames, m.parts...)...)
}

// header is what we read of a message's header.
type header struct {
	ID      string `json:"msg_id"`
	Type    string `json:"msg_type"`
	Session string `json:"session"`
	Date    string `json:"date"`
}

func (m message) header() header { return headerOf(m.parts[headerPart]) }

// parent is the header of the request that this message answers, or was caused by.
func (m message) parent() header { return headerOf(m.parts[parentPart]) }

func headerOf(text []byte) (h header) {
	_ = json.Unmarshal(text, &h) // one that cannot be read has no type, and so is passed on untouched
	return h
}

// content reads the message's content into the value that to points to.
func (m message) content(to any) error { return json.Unmarshal(m.parts[contentPart], to) }

// signer is the key that Jupyter and its kernel share; an empty one signs nothing.
type signer []byte

func (s signer) sign(parts [][]byte) []byte {
	if len(s) == 0 {
		return nil
	}
	mac := hmac.New(sha256.New, s)
	for _, part := range parts[:signedParts] {
		mac.Write(part)
	}
	return hex.AppendEncode(nil, mac.Sum(nil))
}

// valid tells whether the message comes of one who knows the key.
func (s signer) valid(m message) bool {
	return len(s) == 0 || hmac.Equal(bytes.ToLower(m.signature), s.sign(m.parts))
}

// with is the message with another content.
func (s signer) with(m message, content any) message {
	parts := append([][]byte(nil), m.parts...)
	parts[contentPart] = encode(content)
	return message{ids: m.ids, signature: s.sign(parts), parts: parts}
}

// answer is a new message of the given type that is caused by a request and goes back to whom it came from.
func (s signer) answer(request message, kind string, content any) message {
	h := encode(map[string]string{
		"msg_id":   rand.Text(),
		"msg_type": kind,
		"session":  request.header().Session,
		"username": "kernel",
		"date":     time.Now().UTC().Format("2006-01-02T15:04:05.000000Z"),
		"version":  "5.4",
	})
	parts := [][]byte{h, request.parts[headerPart], []byte("{}"), encode(content)}
	return message{ids: request.ids, signature: s.sign(parts), parts: parts}
}

func encode(value any) []byte {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err) // only maps and structs of strings, numbers and their like are ever passed
	}
	return text
}
