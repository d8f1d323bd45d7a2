package supervisor

import (
	"context"
	"time"
)

// next runs the next cell, live or by GoNB, if none runs; those that are called off are told so in their turn.
func (p *proxy) next() {
	for p.running == nil && len(p.waiting) > 0 {
		c := p.waiting[0]
		p.waiting = p.waiting[1:]
		if c.calledOff {
			p.publishStatus(c.request, "busy")
			send(p.front.shell, p.signer.answer(c.request, "execute_reply", map[string]string{"status": "aborted"}))
			p.publishStatus(c.request, "idle")
			continue
		}
		p.running = c
		c.began = now()
		p.commands.begin()
		if p.startLive(c) {
			return
		}
		p.number(c)
		send(p.back.shell, c.request)
	}
}

// Cells that are sent together leave their client one by one: after one the next is looked out for this long, and no
// longer than the limit if they do not end.
const (
	burst      = 100 * time.Millisecond
	burstLimit = 500 * time.Millisecond
)

// doom calls off the cells that wait, and those that were sent before it is done, whenever they arrive: their clients
// have not heard of the failure, and are told next. The wait is for a client that is still at sending cells, and for
// one whose headers have no date.
func (p *proxy) doom() {
	for limit := time.After(burstLimit); ; {
		select {
		case m := <-p.requests:
			p.onShell(context.Background(), m)
			continue
		case <-time.After(max(burst-time.Since(p.arrived), 2*time.Millisecond)):
		case <-limit:
		}
		for _, c := range p.waiting {
			c.calledOff = true
		}
		p.failed = time.Now()
		return
	}
}

// settle goes on to the next cell where the running one has ended.
func (p *proxy) settle() {
	c := p.running
	if !c.replied || !c.idle {
		return
	}
	c.ended()
	p.running = nil
	p.next()
}

// endCell ends the running cell, in whatever phase it is: its processes, as they come, until GoNB gives it up.
func (p *proxy) endCell(ctx context.Context, why *failure) {
	c := p.running
	if c == nil || c.replied || c.failure != nil {
		return
	}
	if n := p.live.current(); n != nil && !n.commands {
		p.interruptLive()
		return
	}
	c.failure = why
	p.commands.stop()
	ctx, c.ended = context.WithCancel(ctx)
	go p.end(ctx, c.began)
}

// checkCommands ends the running cell where one of its ! lines has failed.
func (p *proxy) checkCommands(ctx context.Context) {
	if status, failed := p.commands.status(); failed {
		p.endCell(ctx, commandFailed(status))
	}
}
