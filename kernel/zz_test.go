package kernel
import ("testing";"github.com/chromedp/chromedp/kb";"github.com/chromedp/chromedp")
func TestZZ(t *testing.T) {
	p := openNotebook(t, controlsImports, `%%
lambda := &cell.Slider{Label: "λ_gl", Min: 1e-7, Max: 1e-2, Log: true, Stops: []float64{0}, Value: 3.2e-5}
must.M(cell.Panel{Title: "SVD recovery", Controls: []cell.Control{lambda}}.Run(context.Background(), func(ctx context.Context, changed cell.Changed) error {
	return nil
}))
`)
	p.start()
	p.wait(`document.querySelector('.maestro-panel input:enabled')`)
	ask[any](p, `(() => { window.slider=document.querySelector('.maestro-panel input'); window.seen=[];
	 for (const n of ['keydown','keyup','input','blur','focus']) document.addEventListener(n, e => seen.push(n+':'+(e.key||'')+':'+e.target.tagName+':'+e.defaultPrevented), true);
	 document.addEventListener('keydown', e => seen.push('bubble:'+e.defaultPrevented)); return 1})()`)
	p.do(chromedp.Focus(".maestro-panel input[type=range]"))
	for _, k := range []string{kb.Home, kb.ArrowRight, kb.ArrowUp, kb.PageUp, kb.End} {
		p.do(chromedp.KeyEvent(k))
		t.Log(ask[any](p, `[seen.splice(0).join(' '), slider.value, document.activeElement.outerHTML.slice(0,100)].join('   ')`))
	}
	t.Log(ask[any](p, `document.querySelector('.jp-OutputArea:has(.maestro-panel)').innerHTML.replace(/data-texts="[^"]*"/,'').replace(/<style>[^]*<\/style>|<script>[^]*<\/script>/g,'')`))
	t.Log(ask[any](p, `JSON.stringify([...document.querySelectorAll('.jp-OutputArea-child')].map(c => [c.className, c.getBoundingClientRect().height, c.outerHTML.slice(0,300)]))`))
}
