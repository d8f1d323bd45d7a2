package kernel

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// labPage is a page of JupyterLab in a browser, with one notebook open.
type labPage struct {
	ctx     context.Context
	address labAddress
	t       *testing.T
}

// openNotebook starts JupyterLab and a browser and opens a notebook of the given cells.
func openNotebook(t *testing.T, cells ...string) labPage {
	t.Helper()
	chromium := findChromium()
	if chromium == "" {
		t.Skip("no Chromium: install Debian's chromium package to test the Lab page")
	}
	p := labPage{address: startLab(t, prepared(t)), t: t}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(1200, 1000),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	// The test's own context ends before the screenshot of a failure is taken.
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	browser, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if _, err := chromedp.Run(browser, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal("starting Chromium:", err)
	}
	p.ctx, cancel = context.WithTimeout(browser, 4*time.Minute)
	t.Cleanup(cancel)
	t.Cleanup(func() {
		if t.Failed() {
			saveScreenshot(t, browser)
		}
	})
	p.put("living.ipynb", cells...)
	p.do(chromedp.Navigate(p.address.at("/lab/tree/living.ipynb")))
	p.wait(
		`(window.panel = [...window.jupyterapp?.shell?.widgets('main') ?? []].find(w => w.context?.path === 'living.ipynb'))?.context.isReady`)
	ask[bool](p, `(jupyterapp.shell.activateById(panel.id), panel.context.sessionContext.ready.then(() => true))`)
	return p
}

// put places a notebook in the folder that Lab shows.
func (p labPage) put(name string, cells ...string) {
	p.t.Helper()
	p.upload(name, []byte(read(p.t, writeNotebook(p.t, name, cells...))))
}

// upload places a file in the folder that Lab shows.
func (p labPage) upload(name string, text []byte) {
	p.t.Helper()
	body, err := json.Marshal(map[string]any{"type": "notebook", "format": "json", "content": json.RawMessage(text)})
	if err != nil {
		p.t.Fatal(err)
	}
	eventually(p.t, 30*time.Second, func() error { // the address is printed before the server listens there
		request, err := http.NewRequest(http.MethodPut, p.address.at("/api/contents/"+name), bytes.NewReader(body))
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		response.Body.Close()
		if response.StatusCode/100 != 2 {
			return fmt.Errorf("writing the notebook into Lab's folder: %s", response.Status)
		}
		return nil
	})
}

func (p labPage) do(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	if _, err := chromedp.Run(p.ctx, chromedp.Steps(steps...)); err != nil {
		p.t.Fatal(err)
	}
}

// ask evaluates an expression on the page.
func ask[T any](p labPage, expression string) T {
	p.t.Helper()
	answer, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return answer
}

// wait waits until an expression holds on the page.
func (p labPage) wait(expression string) {
	p.t.Helper()
	for deadline := time.Now().Add(time.Minute); !ask[bool](p, "Boolean("+expression+")"); time.Sleep(20 *
		time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("after a minute it still does not hold that %s; the page says: %s", expression,
				ask[string](p, `document.querySelector('.jp-Notebook')?.innerText.slice(-600) ?? ''`))
		}
	}
}

// start runs all cells and does not wait for their end.
func (p labPage) start() {
	p.t.Helper()
	ask[bool](p, `(window.jupyterapp.commands.execute('notebook:run-all-cells'), true)`)
}

// shoot saves what the page looks like, where the person who runs the test asks for it.
func (p labPage) shoot(name string) {
	dir := os.Getenv("MAESTRO_SCREENSHOTS")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644)
	}
	if err != nil {
		p.t.Error(err)
	}
}

// record has the page write down when the slider of a notebook is moved and when a figure that shows its value
// appears. The figure has the value in its title, after "value".
func (p labPage) record(notebook string) {
	p.t.Helper()
	ask[any](p, strings.Replace(record, "NOTEBOOK", notebook, 1))
}

const record = `(() => {
	const widget = [...jupyterapp.shell.widgets('main')].find(w => w.context?.path === 'NOTEBOOK');
	window.slider = widget.node.querySelector('.maestro-panel input[type=range]');
	const texts = slider.dataset.texts.split(' ');
	window.moves = []; window.redraws = [];
	slider.addEventListener('input', e => moves.push({at: e.timeStamp, value: Number(slider.value)}), true);
	const area = slider.closest('.jp-OutputArea');
	new MutationObserver(() => {
		const now = performance.now();
		const title = [...area.querySelectorAll('svg text')].map(t => t.textContent).find(t => t.startsWith('value '));
		const value = texts.indexOf(title?.slice(6));
		if (value >= 0 && redraws.at(-1)?.value !== value) redraws.push({at: now, value});
	}).observe(area, {childList: true, subtree: true});
})()`

type event struct {
	At    float64 // milliseconds
	Value int
}

// drag pulls the slider's thumb from one share of its length to another and back, with a real mouse.
func (p labPage) drag(name string, from, to float64, steps int) (moves, redraws []event) {
	p.t.Helper()
	ask[bool](p, `(slider.scrollIntoView({block: 'center'}), moves.length = redraws.length = 0, true)`)
	box := ask[struct{ X, Y, Width, Height float64 }](p, `slider.getBoundingClientRect().toJSON()`)
	y := box.Y + box.Height/2
	x := func(share float64) float64 { return box.X + 8 + share*(box.Width-16) }
	p.do(chromedp.MouseEvent("mouseMoved", x(from), y), chromedp.MouseEvent("mousePressed", x(from), y,
		chromedp.ButtonLeft, chromedp.ClickCount(1)))
	tick := time.NewTicker(16 * time.Millisecond)
	defer tick.Stop()
	for i := 1; i <= steps; i++ {
		<-tick.C
		share := from + (to-from)*float64(i)/float64(steps)
		p.do(chromedp.MouseEvent("mouseMoved", x(share), y, chromedp.ButtonLeft))
		if i == steps*3/4 {
			p.shoot(name)
		}
	}
	released := ask[float64](p, `performance.now()`)
	p.do(chromedp.MouseEvent("mouseReleased", x(to), y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	p.wait(`moves.length && redraws.at(-1)?.value === moves.at(-1).value`)
	moves, redraws = ask[[]event](p, "moves"), ask[[]event](p, "redraws")

	during := 0
	for _, r := range redraws {
		if r.At < released {
			during++
		}
	}
	if during < 5 {
		p.t.Errorf("%s: the figure was redrawn %d times while the slider was dragged through %d places", name, during,
			len(moves))
	}
	took := latencies(moves, redraws)
	p.t.Logf("%s: %d moves, %d redraws (%d of them during the drag); from a move to a figure at least as new: "+
		"median %.0f ms, 95th percentile %.0f ms",
		name, len(moves), len(redraws), during, quantile(took, 0.5), quantile(took, 0.95))
	return moves, redraws
}

// latencies are, for each move, how long it took until the page showed a figure of it, or of a move after it.
func latencies(moves, redraws []event) (took []float64) {
	for i, m := range moves {
		later := moves[i:]
		for _, r := range redraws {
			if r.At >= m.At && slices.ContainsFunc(later, func(l event) bool {
				return l.Value == r.Value &&
					l.At <= r.At
			}) {
				took = append(took, r.At-m.At)
				break
			}
		}
	}
	slices.Sort(took)
	return took
}

func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[int(q*float64(len(sorted)-1)+0.5)]
}

const titled = `
// titled puts the slider's value into the figure, where the test reads it.
func titled(p *plot.Plot, s string) *plot.Plot {
	p.Title.Text = "value " + s
	return p
}
`

// TestPanelInLab: in JupyterLab the figure follows a slider while it is dragged and when it is moved by keys, the
// controls say what they are, and Done leaves all of it static. The times are for people to read.
func TestPanelInLab(t *testing.T) {
	t.Parallel()
	imports := strings.Replace(controlsImports, "import (", "import (\n\t\"gonum.org/v1/plot\"\n\t\"strings\"", 1)
	imports = strings.Replace(imports, "%%\n", titled+"\nvar _ = strings.TrimSpace\n%%\n", 1)
	p := openNotebook(t, imports, `%%
lambda := &cell.Slider{Label: "λ_gl", Min: 1e-7, Max: 1e-2, Log: true, Stops: []float64{0}, Value: 3.2e-5}
input := &cell.Select{Label: "input", Options: []string{"identity", "ball"}}
full := &cell.Checkbox{Label: "full pass", Value: true}
again, run := &cell.Button{Label: "Again"}, &cell.Toggle{}
live := must.M1(inline.NewLive(plots.Size{}))
defer live.Close()
panel := cell.Panel{Title: "SVD recovery", Controls: []cell.Control{lambda, input, full, again, run}}
must.M(panel.Run(context.Background(), func(ctx context.Context, changed cell.Changed) error {
	if changed.Has(again) && again.Clicks > 0 {
		lambda.Value = 1e-4
	}
	if changed.Has(run) && run.Value {
		<-ctx.Done() // until it is switched off
	}
	text := strings.TrimPrefix(strings.Split(panel.Text(), "\n")[1], "λ_gl = ")
	return live.Draw(titled(must.M1(plots.RankDistance(decay(0.01 * math.Log10(1e9*lambda.Value + 10)))), text))
}))
fmt.Println("went on with", lambda.Value, input.Value, full.Value, again.Clicks, run.Value)
`)
	p.start()
	p.wait(
		`document.querySelector('.maestro-panel input:enabled') && document.querySelector('.jp-OutputArea svg text')`)
	p.record("living.ipynb")
	p.shoot("panel-light")
	p.drag("drag", 0.2, 0.8, 150)

	shown := func() string { return ask[string](p, `document.querySelector('.maestro-panel output').value`) }
	figure := func(text string) string {
		return fmt.Sprintf(
			`[...document.querySelectorAll('.jp-OutputArea svg text')].some(t => t.textContent === 'value %s') && slider.getAttribute('aria-valuetext') === '%[1]s'`, text)
	}
	p.do(chromedp.Focus(".maestro-panel input[type=range]"))
	for _, press := range []struct{ key, want string }{
		{kb.Home, "0"}, {kb.ArrowRight, "1e-7"}, {kb.ArrowUp, "1.1e-7"}, {kb.ArrowLeft, "1e-7"}, {kb.PageUp, "1e-6"},
		{kb.PageUp, "1e-5"},
		{kb.PageDown, "1e-6"}, {kb.End, "0.01"}, {kb.ArrowDown, "0.0089"},
	} {
		p.do(chromedp.KeyEvent(press.key))
		p.wait(figure(press.want))
		if got := shown(); got != press.want {
			t.Errorf("the readout says %s, want %s", got, press.want)
		}
	}
	p.shoot("panel-focus")
	if got := ask[string](p,
		`document.querySelector('.maestro-panel label').control === slider && slider.labels[0].textContent`); got != "λ_gl" {
		t.Errorf("the slider's label is %q", got)
	}
	// The function sets a value, and the page shows it.
	p.do(chromedp.Click(`.maestro-panel .maestro-buttons button:nth-child(1)`))
	p.wait(figure("1e-4"))
	// A call that goes on until it is stopped.
	p.do(chromedp.Click(`.maestro-panel .maestro-buttons button:nth-child(2)`))
	p.wait(`document.querySelector('.maestro-state').textContent === 'computing…'`)
	p.shoot("panel-running")
	p.do(chromedp.Click(`.maestro-panel .maestro-buttons button:nth-child(2)`))
	p.wait(`document.querySelector('.maestro-state').textContent === ''`)

	p.do(chromedp.Click(`.maestro-panel .maestro-done`))
	p.wait(`document.querySelector('.jp-Notebook').innerText.includes('went on with 0.0001 identity true 1 false')`)
	p.wait(
		`document.querySelector('.maestro-panel input[type=range]:disabled') && !document.querySelector('.maestro-done')`)
	p.shoot("panel-done")
	ask[any](p, `window.jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Dark'})`)
	time.Sleep(500 * time.Millisecond)
	p.shoot("panel-done-dark")
}

// TestStudyFollowsSlider: the study of notebook 01, trained anew at each value of the slider, is redrawn while it is
// dragged.
func TestStudyFollowsSlider(t *testing.T) {
	t.Parallel()
	testmode.Long(t, "the panel by itself is tested always")
	p := openNotebook(t, `import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/janpfeifer/must"
	"gonum.org/v1/plot"

	"`+Module+`/kernel/cell"
	"`+Module+`/kernel/cell/inline"
	"`+Module+`/maestro/device"
	"`+Module+`/maestro/studies/linear"
	"`+Module+`/plots"
)
`+titled+`
%%
runner := linear.NewRunner(must.M1(device.Open(context.Background())))
defer runner.Close()
lambda := &cell.Slider{Label: "λ_gl", Min: 1e-7, Max: 1e-2, Log: true, Stops: []float64{0}}
live := must.M1(inline.NewLive(plots.Size{}))
defer live.Close()
panel := cell.Panel{Title: "SVD recovery", Controls: []cell.Control{lambda}}
var trained, compiled, calls time.Duration
must.M(panel.Run(context.Background(), func(ctx context.Context, changed cell.Changed) error {
	settings := linear.DefaultSVD()
	settings.LambdaGL = lambda.Value
	result, err := runner.SVD(ctx, settings, nil)
	if err != nil {
		return err
	}
	trained, compiled, calls = trained+result.Timing.Train, compiled+result.Timing.Compile, calls+1
	_, text, _ := strings.Cut(panel.Text(), "λ_gl = ")
	return live.Draw(titled(must.M1(plots.SingularValues(result.Values)), text))
}))
fmt.Println("calls:", int(calls), "compiling:", compiled, "training a call:", trained/calls)
`)
	p.start()
	p.wait(
		`document.querySelector('.maestro-panel input:enabled') && document.querySelector('.jp-OutputArea svg text')`)
	p.record("living.ipynb")
	p.drag("study", 0.2, 0.9, 150)
	p.do(chromedp.Click(`.maestro-panel .maestro-done`))
	p.wait(`/calls: \d/.test(document.querySelector('.jp-Notebook').innerText)`)
	t.Log(ask[string](p, `document.querySelector('.jp-Notebook').innerText.match(/calls: \d.*/)[0]`))
}

// TestPanelsSideBySide: two notebooks of one page each have a live panel, and the one that started first goes on
// following its slider. An interrupt leaves a panel static, with the cell's deferred calls made, and its kernel runs
// the next cell; a page that is loaded anew while a panel is live says that it is not its page.
func TestPanelsSideBySide(t *testing.T) {
	t.Parallel()
	imports := strings.Replace(controlsImports, "import (", "import (\n\t\"gonum.org/v1/plot\"\n\t\"strings\"", 1)
	imports = strings.Replace(imports, "%%\n", titled+"%%\n", 1)
	const panel = `%%
rate := &cell.Slider{Label: "rate", Min: 0, Max: 1, Value: 0.3}
live := must.M1(inline.NewLive(plots.Size{}))
defer live.Close()
panel := cell.Panel{Controls: []cell.Control{rate}}
must.M(panel.Run(context.Background(), func(ctx context.Context, changed cell.Changed) error {
	return live.Draw(titled(must.M1(plots.RankDistance(decay(rate.Value))), strings.TrimPrefix(panel.Text(), "rate = ")))
}))
fmt.Println("went on at", rate.Value)
`
	p := openNotebook(t, imports, panel, "%%\nfmt.Println(6*7)")
	p.put("second.ipynb", imports, panel)
	ask[any](p, `jupyterapp.commands.execute('application:toggle-left-area')`)
	p.start()
	p.wait(`document.querySelector('.maestro-panel input:enabled')`)
	ask[bool](p, `jupyterapp.commands.execute('docmanager:open', {path: 'second.ipynb', options: {mode: 'split-right'}})
		.then(w => (window.second = w, w.context.ready)).then(() => second.context.sessionContext.ready).then(() => true)`)
	ask[bool](p,
		`(jupyterapp.shell.activateById(second.id), jupyterapp.commands.execute('notebook:run-all-cells'), true)`)
	p.wait(`second.node.querySelector('.maestro-panel input:enabled')`)
	p.record("second.ipynb")
	p.drag("second", 0.3, 0.9, 40)
	p.record("living.ipynb")
	p.drag("first-beside-second", 0.3, 0.7, 40)
	p.shoot("side-by-side")

	value := ask[string](p, `slider.getAttribute('aria-valuetext')`)
	ask[bool](p,
		`(jupyterapp.shell.activateById(panel.id), panel.context.sessionContext.session.kernel.interrupt().then(() => true))`)
	p.wait(`panel.node.innerText.includes('went on at ` + strings.TrimRight(value, "0") +
		`') && panel.node.querySelector('.maestro-panel input:disabled') && !panel.node.querySelector('.maestro-done')`)
	p.wait(`panel.node.querySelector('.jp-RenderedSVG img')`) // the figure in all its forms
	// The reply to the interrupted cell comes after its output, and has Lab drop the cells that wait: also those of a
	// new run.
	p.wait(`![...panel.node.querySelectorAll('.jp-InputPrompt')].some(e => e.textContent.includes('*'))`)
	p.start()
	p.wait(`panel.node.querySelector('.maestro-panel input:enabled')`) // it runs anew

	ask[bool](p, `panel.context.save().then(() => second.context.save()).then(() => true)`)
	// A figure that is drawn after the notebook was saved would have Lab ask whether to leave the page.
	ask[bool](p, `(window.addEventListener('beforeunload', e => e.stopImmediatePropagation(), {capture: true}), true)`)
	p.do(chromedp.Reload())
	p.wait(
		`window.jupyterapp?.shell && [...document.querySelectorAll('.maestro-state')].filter(s => s.textContent === 'not on this page: run the cell again').length === 2`)
	p.shoot("reloaded")
	if n := ask[int](p, `document.querySelectorAll('.maestro-panel :enabled').length`); n != 0 {
		t.Errorf("%d controls can be used on a page that the cells do not know", n)
	}
}

// TestShownInLab: the table, the progress bar and the figure are on the page while cells run and stay there, in both
// themes; in a notebook that is not trusted they are still read. What it looks like is for people to see.
func TestShownInLab(t *testing.T) {
	t.Parallel()
	cells := append([]string{livingCells[0], livingCells[4], livingCells[2]}, `%%
ctx, stop := cell.Context()
defer stop()
bar := must.M1(cell.NewProgress("LeNet"))
defer bar.Close()
bar.Set(100, 1407, "")
for i := 0; ctx.Err() == nil; i++ {
	bar.Set(437 + i % 2, 1407, "epoch 1/3 loss 0.412 acc 97.20 % rank 120 241k MACs")
	<-time.After(20 * time.Millisecond)
}
`)
	// the panel, which has its own tests, is static
	cells[0] = "%env MAESTRO_HEADLESS 1\n" + strings.Replace(cells[0], "import (", "import (\n\t\"time\"\n", 1)
	cells[0] = strings.Replace(cells[0], "var (", "var (\n\t_ = time.Now\n", 1)
	p := openNotebook(t, cells...)
	ask[any](p, `jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab Light'})`)
	p.start()
	p.wait(`document.querySelector('.jp-OutputArea [role=progressbar]')`)
	for _, theme := range []string{"Light", "Dark"} {
		ask[any](p, `jupyterapp.commands.execute('apputils:change-theme', {theme: 'JupyterLab `+theme+`'})`)
		p.wait(
			`document.querySelector('.jp-OutputArea [role=progressbar]').closest('.jp-OutputArea').scrollIntoView({block: 'end'}) || document.body.dataset.jpThemeName === 'JupyterLab ` + theme + `'`)
		time.Sleep(300 * time.Millisecond)
		p.shoot("shown-" + strings.ToLower(theme))
	}
	if got := ask[string](p,
		`document.querySelector('.jp-OutputArea [role=progressbar]').parentElement.innerText`); !strings.Contains(got,
		"31 %") || !strings.Contains(got, "epoch 1/3") || !strings.Contains(got, " left") {
		t.Errorf("the bar says %q", got)
	}
	ask[bool](p, `panel.context.sessionContext.session.kernel.interrupt().then(() => true)`)
	p.wait(`document.querySelector('.jp-Notebook').innerText.includes('stopped at 31 %')`)

	// The same outputs in a file that was not signed: scripts, styles and SVG are taken away.
	text, err := json.Marshal(ask[any](p,
		`(() => { const n = panel.content.model.toJSON(); n.cells.forEach(c => delete c.metadata.trusted); n.metadata.stranger = true; return n; })()`))
	if err != nil {
		t.Fatal(err)
	}
	p.upload("untrusted.ipynb", text)
	ask[bool](p, `panel.context.save().then(() => true)`)
	// a page without the first one's styles
	p.do(chromedp.Navigate(p.address.at("/lab/workspaces/other/tree/untrusted.ipynb")))
	p.wait(
		`(window.panel = [...window.jupyterapp?.shell?.widgets('main') ?? []].find(w => w.context?.path === 'untrusted.ipynb'))?.context.isReady`)
	p.wait(
		`panel.content.scrollToItem(1) && [...panel.node.querySelectorAll('.jp-OutputArea img')].some(i => i.src.startsWith('data:image/png') && i.naturalWidth > 500)`)
	if got := ask[string](p, `panel.node.querySelector('.maestro-panel').innerText`); !strings.Contains(got, "λ_gl") ||
		!strings.Contains(got, "3.2e-5") || strings.Contains(got, "{") {
		t.Errorf("the panel says %q", got)
	}
	p.shoot("untrusted")
	p.wait(
		`panel.content.scrollToItem(3) && panel.node.querySelector('.jp-OutputArea table') && panel.node.innerText.includes('stopped at 31 %')`)
}
