package supervisor

import (
	"context"
	"time"
)

// next runs the next cell, live or by GoNB, if none runs.
func (p *proxy) next() {
	if p.running == nil && len(p.waiting) > 0 {
		p.running, p.waiting = p.waiting[0], p.waiting[1:]
		p.running.began = now()
		p.commands.begin()
		if p.startLive(p.running) {
			return
		}
		p.number(p.running)
		send(p.back.shell, p.running.request)
	}
}

// Cells that are sent together arrive one by one: after one the next is looked out for this long, and no longer than the
// limit if they do not end.
const (
	burst      = 100 * time.Millisecond
	burstLimit = 500 * time.Millisecond
)

// doom marks the cells that wait as those to call off, with those that are on their way. What a client sends once it has
// heard of the failure is not among them.
func (p *proxy) doom() {
	for limit := time.After(burstLimit); ; {
		select {
		case m := <-p.requests:
			p.onShell(context.Background(), m)
			continue
		case <-time.After(max(burst-time.Since(p.arrived), 2*time.Millisecond)):
		case <-limit:
		}
		p.doomed = len(p.waiting)
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
	for _, behind := range p.waiting[:p.doomed] {
		p.publishStatus(behind.request, "busy")
		send(p.front.shell, p.signer.answer(behind.request, "execute_reply", map[string]string{"status": "aborted"}))
		p.publishStatus(behind.request, "idle")
	}
	p.running, p.waiting, p.doomed = nil, p.waiting[p.doomed:], 0
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
