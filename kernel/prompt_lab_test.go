package kernel

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// TestPromptInLab: in JupyterLab a cell that reads its standard input shows a field to write a line into, and goes on
// with it; an interrupt ends one that nobody answers, and the kernel runs the next cell.
func TestPromptInLab(t *testing.T) {
	t.Parallel()
	testmode.Long(t, "TestEveryChannel has the same by Jupyter's client")
	p := openNotebook(t, "import \"fmt\"\n\n%%\nvar n int\n_, err := fmt.Scanln(&n)\nfmt.Println(\"got\", 2*n, err)",
		"!read line")
	p.start()
	const field = `.jp-Stdin-input`
	p.wait(`document.querySelector('` + field + `')`)
	p.shoot("prompt")
	ask[any](p, `document.querySelector('`+field+`').focus()`)
	p.do(chromedp.KeyEvent("21"), chromedp.KeyEvent(kb.Enter))
	p.wait(`panel.node.innerText.includes('got 42 <nil>')`)
	p.wait(`document.querySelector('` + field + `')`) // the second cell's
	ask[bool](p, `panel.context.sessionContext.session.kernel.interrupt().then(() => true)`)
	p.wait(`panel.node.innerText.includes('Interrupted')`)
	if got := ask[string](p,
		`panel.context.sessionContext.session.kernel.requestExecute({code: '!true'}).done.then(r => r.content.status)`); got != "ok" {
		t.Errorf("the next cell ended with %q", got)
	}
}
