package supervisor

import "context"

// next hands the next cell to GoNB, if it is free.
func (p *proxy) next() {
	if p.running == nil && len(p.waiting) > 0 {
		p.running, p.waiting = p.waiting[0], p.waiting[1:]
		p.running.began = now()
		p.commands.begin()
		send(p.back.shell, p.running.request)
	}
}

// settle goes on to the next cell where the running one has ended; those that waited when it failed are called off.
func (p *proxy) settle() {
	c := p.running
	if !c.replied || !c.idle {
		return
	}
	c.ended()
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

// endCell ends the running cell, in whatever phase it is: its processes, as they come, until GoNB gives it up.
func (p *proxy) endCell(ctx context.Context, why *failure) {
	c := p.running
	if c == nil || c.replied || c.failure != nil {
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
