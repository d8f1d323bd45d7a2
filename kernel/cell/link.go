package cell

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"time"

	"github.com/janpfeifer/gonb/gonbui/comms"
)

// message is what the page sends: always all of its state, so that one that was lost or sent twice does no harm.
type message struct {
	Page   string `json:"page"` // a page's name for itself
	Seq    int    `json:"seq"`  // rises with every change; 0 only says that the page is there
	Values []int  `json:"values"`
	Done   bool   `json:"done"`
	Urgent bool   `json:"urgent"` // ends the call that is running
}

// ack is what the cell replies.
type ack struct {
	Page   string `json:"page"`
	Seq    int    `json:"seq"`
	State  string `json:"state"`
	Values []int  `json:"values,omitempty"` // that the controls are to be set to, where the cell decided so
}

const (
	welcome  = "welcome"  // to the page that says it is there
	taken    = "taken"    // to another one: JupyterLab shows what a cell does on the page that started it alone
	received = "received" // answering takes its time
	answered = "answered"
)

// receivedAfter is how long a call may take before the page is told that its message came through. A page that hears
// nothing for longer sends it again.
const receivedAfter = 100 * time.Millisecond

// link holds what came from the page last. Nothing is queued: a message takes the place of the one before.
type link struct {
	reply func(ack) error
	hello chan struct{} // closed when a page says that it is there
	wake  chan struct{} // holds one when there is a message that was not taken

	mu     sync.Mutex
	page   string
	last   message
	cancel context.CancelFunc // ends the call that is running, if one is
	failed error
}

func newLink(reply func(ack) error) *link {
	return &link{reply: reply, hello: make(chan struct{}), wake: make(chan struct{}, 1)}
}

// subscribe has messages to the address come in. They keep doing so until the program ends: gonb 0.11.4's Unsubscribe
// hangs the connection for good when a message comes in after it.
func (l *link) subscribe(address string) {
	comms.Subscribe(address, func(_ string, text string) {
		var m message
		if json.Unmarshal([]byte(text), &m) == nil && m.Page != "" {
			l.put(m)
		}
	})
}

// put takes a message in. Each comes on a goroutine of its own, so not always in the order they were sent.
func (l *link) put(m message) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.page == "" {
		l.page = m.Page
		close(l.hello)
	}
	switch {
	case m.Page != l.page:
		l.send(ack{Page: m.Page, State: taken})
		return
	case m.Seq == 0:
		l.send(ack{Page: m.Page, State: welcome})
		return
	case m.Seq < l.last.Seq:
		return
	case m.Seq == l.last.Seq && l.cancel != nil: // sent again since nothing was heard of it
		l.send(ack{Page: m.Page, Seq: m.Seq, State: received})
		return
	}
	l.last = m
	if l.cancel != nil && (m.Urgent || m.Done) {
		l.cancel()
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// send replies and keeps the error for the loop.
func (l *link) send(a ack) {
	if err := l.reply(a); err != nil && l.failed == nil {
		l.failed = err
	}
}

// latest is the message that came last.
func (l *link) latest() message {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// call runs the function for message m, and returns its error unless that comes of the call's early end.
func (l *link) call(ctx context.Context, m message, answer func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	l.mu.Lock()
	l.cancel = cancel
	if l.last.Seq > m.Seq && (l.last.Urgent || l.last.Done) { // it came in between
		cancel()
	}
	l.mu.Unlock()
	slow := time.AfterFunc(receivedAfter, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.cancel != nil {
			l.send(ack{Page: l.page, Seq: m.Seq, State: received})
		}
	})
	err := answer(ctx)
	slow.Stop()
	l.mu.Lock()
	l.cancel = nil
	l.mu.Unlock()
	return ignoreEnd(ctx, err)
}

// answered tells the page that message m is dealt with, and what the controls are set to where that is not what it
// sent.
func (l *link) answered(m message, values []int) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := ack{Page: l.page, Seq: m.Seq, State: answered}
	if !slices.Equal(values, m.Values) {
		a.Values = values
	}
	l.send(a)
	return l.failed
}
