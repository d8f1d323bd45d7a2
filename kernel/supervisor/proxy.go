package supervisor

import (
	"context"
	"encoding/json"
	"time"

	"github.com/go-zeromq/zmq4"
)

// proxy stands between Jupyter and GoNB. It passes their messages on, and mends what GoNB does not do: it hands cells
// over one at a time, so that those behind a failing one can be called off; and it answers what arrives on the control
// channel itself, so that an interrupt reaches a cell whatever GoNB is at.
//
// All its state belongs to the goroutine of run.
type proxy struct {
	signer signer
	front  sockets // Jupyter's clients
	back   sockets // GoNB

	commands commands
	// ends the processes of the running cell, until the context ends
	end        func(ctx context.Context, began instant)
	interrupts chan struct{} // from outside Jupyter
	shutdown   chan struct{} // closed once Jupyter has asked the kernel to end
	stopping   bool

	info     json.RawMessage // GoNB's answer to kernel_info_request
	controls map[string]bool // requests on the control channel that GoNB is to answer
	requests <-chan message  // on the shell channel
	clocks   clocks          // of those who send them
	arrived  time.Time       // when the last cell came
	failed   time.Time       // when clients were told last of a failure that calls off cells
	running  *cell
	waiting  []*cell
	live     *liveCells  // nil where cells' values cannot live
	count    int         // of the cells that ran
	answers  chan answer // of completion and help, which are found in the background
}

func newProxy(ctx context.Context, c connection, commands commands,
	end func(ctx context.Context, began instant)) (*proxy, error) {
	front, err := listen(ctx, c)
	if err != nil {
		return nil, err
	}
	return &proxy{signer: signer(c.Key), front: front, commands: commands, end: end, interrupts: make(chan struct{}, 1),
		shutdown: make(chan struct{}), controls: map[string]bool{}, clocks: clocks{},
		answers: make(chan answer, 16)}, nil
}

// interrupt ends the running cell, if one runs.
func (p *proxy) interrupt() {
	select {
	case p.interrupts <- struct{}{}:
	default: // one is on its way
	}
}

// run connects to GoNB and passes messages on until the context ends.
func (p *proxy) run(ctx context.Context, gonb connection) error {
	var err error
	if p.back, err = dial(ctx, gonb); err != nil {
		return err
	}
	all := func(message) bool { return true }
	good := func(m message) bool { return p.signer.valid(m) && m.readable() }
	p.requests = receive(ctx, p.front.shell, good)
	control, stdin := receive(ctx, p.front.control, good), receive(ctx, p.front.stdin, good)
	replies, prompts, published := receive(ctx, p.back.shell, all), receive(ctx, p.back.stdin, all),
		receive(ctx, p.back.iopub, all)
	if !p.greet(ctx, replies, published) {
		return ctx.Err()
	}
	for {
		select {
		case m := <-p.requests:
			p.onShell(ctx, m)
		case m := <-control:
			p.onControl(ctx, m)
		case m := <-stdin:
			if m, wrong := p.signer.completed(m); wrong == "" && !p.onInput(m) {
				send(p.back.stdin, m)
			}
		case a := <-p.answers:
			p.onAnswer(a)
		case c := <-p.live.compilation():
			p.onCompiled(c)
		case e := <-p.live.events():
			p.onLive(e)
		case <-p.live.input():
			p.askForInput()
		case m := <-replies:
			p.onReply(ctx, m)
		case m := <-prompts:
			send(p.front.stdin, m)
		case m := <-published:
			p.onPublished(ctx, m)
		case <-p.interrupts:
			p.endCell(ctx, interrupted())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// greet asks GoNB who it is until it has answered and we have heard it on the iopub channel: what GoNB publishes before
// our subscription has reached it would be lost.
func (p *proxy) greet(ctx context.Context, replies, published <-chan message) bool {
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	ask := p.signer.answer(message{parts: [][]byte{[]byte("{}")}}, "kernel_info_request", struct{}{})
	send(p.back.shell, ask)
	for heard := false; !heard || p.info == nil; {
		select {
		case m := <-replies:
			p.info = m.parts[contentPart]
		case <-published:
			heard = true
		case <-again.C:
			send(p.back.shell, ask)
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// onShell deals with a request that waits its turn.
func (p *proxy) onShell(ctx context.Context, m message) {
	arrived := time.Now()
	sent := p.clocks.sent(m.header(), arrived)
	m, wrong := p.signer.completed(m)
	if wrong != "" {
		p.refuse(m, wrong)
		return
	}
	switch m.header().Type {
	case "execute_request":
		c := newCell(m)
		c.calledOff = sent.Before(p.failed)
		p.arrived, p.waiting = arrived, append(p.waiting, c)
		p.next()
	case "shutdown_request": // as clients of old send it
		p.onShutdown(m, p.front.shell)
	default: // GoNB has a queue of its own for what may not overtake a cell, and widgets' messages must
		if !p.forPanel(m) && !p.completes(ctx, m) && !p.answerItself(m) {
			send(p.back.shell, m)
		}
	}
}

// onControl deals with a request that may not wait for the running cell.
func (p *proxy) onControl(ctx context.Context, m message) {
	switch m.header().Type {
	case "interrupt_request":
		p.endCell(ctx, interrupted())
		send(p.front.control, p.signer.answer(m, "interrupt_reply", map[string]string{"status": "ok"}))
	case "shutdown_request":
		p.onShutdown(m, p.front.control)
	case "kernel_info_request": // GoNB would answer when the cell has ended
		send(p.front.control, p.signer.answer(m, "kernel_info_reply", p.info))
		if p.running == nil { // or clients would take the kernel for idle
			p.publishStatus(m, "busy")
			p.publishStatus(m, "idle")
		}
	default:
		if m, wrong := p.signer.completed(m); wrong == "" {
			p.controls[m.header().ID] = true
			send(p.back.control, m)
		}
	}
}

// onShutdown answers, and lets GoNB say its farewell to widgets; the supervisor sees to it that this takes no longer
// than it may.
func (p *proxy) onShutdown(m message, channel zmq4.Socket) {
	var content struct {
		Restart bool `json:"restart"`
	}
	_ = m.content(&content)
	send(channel, p.signer.answer(m, "shutdown_reply", map[string]any{"status": "ok", "restart": content.Restart}))
	if !p.stopping {
		p.stopping = true
		send(p.back.control, m)
		close(p.shutdown)
	}
}

// onReply passes on what GoNB answers.
func (p *proxy) onReply(ctx context.Context, m message) {
	if len(m.ids) == 0 {
		return // to our own greeting
	}
	request := m.parent().ID
	switch {
	case p.running != nil && p.running.id == request && m.header().Type == "execute_reply":
		p.checkCommands(ctx)
		if p.live != nil && p.live.now != nil {
			p.running.onReply(p.signer, m)
			p.commandsSettle()
			return
		}
		answer := p.running.onReply(p.signer, m)
		if p.running.callsOff() {
			p.doom()
		}
		send(p.front.shell, answer)
		p.settle()
	case p.stopping && m.header().Type == "shutdown_reply": // answered already
	case p.controls[request]:
		delete(p.controls, request)
		send(p.front.control, m)
	default:
		send(p.front.shell, m)
	}
}

// onPublished passes on what GoNB tells everyone.
func (p *proxy) onPublished(ctx context.Context, m message) {
	if len(m.ids) > 0 && string(m.ids[0]) == ourID {
		m.ids = m.ids[1:]
	}
	if len(m.ids) == 0 {
		return // about our own greeting
	}
	if p.running == nil || p.running.id != m.parent().ID {
		send(p.front.iopub, m)
		return
	}
	if saysFailed(m) {
		p.checkCommands(ctx)
	}
	if p.live != nil && p.live.now != nil {
		p.onCommandsSaid(m)
		return
	}
	for _, m := range p.running.onPublished(p.signer, m) {
		send(p.front.iopub, m)
	}
	p.settle()
}

func (p *proxy) publishStatus(request message, state string) {
	send(p.front.iopub, p.signer.answer(request, "status", map[string]string{"execution_state": state}))
}
