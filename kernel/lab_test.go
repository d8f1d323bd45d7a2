package kernel

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestLabInBrowser opens JupyterLab in a real browser as a person would: our kernel is in the launcher, Run All on the
// first notebook ends without an error, and its figure is on the page, drawn and not blank.
func TestLabInBrowser(t *testing.T) {
	t.Parallel()
	chromium := findChromium()
	if chromium == "" {
		t.Skip("no Chromium: install Debian's chromium package to test the Lab page")
	}
	setup := prepared(t)
	address := startLab(t, setup)

	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.WindowSize(1400, 1400),
		chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	defer cancel()
	browser, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if _, err := chromedp.Run(browser, chromedp.Navigate("about:blank")); err != nil { // starts the browser for good
		t.Fatal("starting Chromium:", err)
	}
	page, cancel := context.WithTimeout(browser, 4*time.Minute)
	defer cancel()
	defer func() {
		if t.Failed() || os.Getenv("MAESTRO_SCREENSHOTS") != "" {
			saveScreenshot(t, browser)
		}
	}()

	cards, err := chromedp.Run(page, after(chromedp.Evaluate[string](
		`[...document.querySelectorAll('.jp-LauncherCard[data-category="Notebook"]')].map(c => c.title + c.textContent).join()`),
		chromedp.Navigate(address.at("/lab")),
		chromedp.WaitVisible(`.jp-LauncherCard[data-category="Notebook"]`)))
	if err != nil {
		t.Fatal("opening the launcher:", err)
	}
	if !strings.Contains(cards, "Go (Maestro)") {
		t.Errorf("the launcher offers %q, not our kernel", cards)
	}

	state, err := chromedp.Run(page, after(chromedp.Evaluate[labState](labStateScript),
		chromedp.Navigate(address.at("/lab/tree/01-svd-recovery.ipynb")),
		chromedp.Evaluate[chromedp.Void](clearOutputs, chromedp.EvalAwaitPromise),
		chromedp.Evaluate[chromedp.Void](runAll, chromedp.EvalAwaitPromise)))
	if err != nil {
		t.Fatal("running the notebook:", err)
	}
	if state.Errors > 0 || state.Executed == 0 {
		t.Errorf("after Run All: %d cells executed, %d failed: %s", state.Executed, state.Errors, state.Text)
	}
	if state.Figures == 0 || state.Width < 200 || state.Height < 100 {
		t.Errorf("figures on the page: %+v, want at least one of a readable size", state)
	}
	if !strings.Contains(state.Text, "rank 1:") {
		t.Errorf("the cells' text is not on the page: %q", state.Text)
	}
	if state.Ink < 0.01 {
		t.Errorf("the figure is blank: %.4f of it is not white", state.Ink)
	}
}

// labState is what the page shows after the run.
type labState struct {
	Executed, Errors, Figures int
	Width, Height             float64 // of the first figure, in CSS pixels
	Ink                       float64 // share of its pixels that are not white
	Text                      string
}

// after runs the steps and then the action.
func after[T any](action chromedp.Action[T], steps ...chromedp.Action[chromedp.Void]) chromedp.Action[T] {
	return func(ctx context.Context, target *chromedp.Target) (T, error) {
		for _, step := range steps {
			if _, err := step(ctx, target); err != nil {
				var none T
				return none, err
			}
		}
		return action(ctx, target)
	}
}

// The scripts drive JupyterLab through its own commands, the ones behind its menus. `jupyterapp` is there because the
// server is started with expose_app_in_browser.
const (
	clearOutputs = `(async () => {
		const app = window.jupyterapp;
		const panel = () => [...app.shell.widgets('main')].find(w => w.context?.isReady && w.context.path.endsWith('.ipynb'));
		while (!app?.shell || !panel()) await new Promise(r => setTimeout(r, 100));
		app.shell.activateById(panel().id);
		window.panel = panel();
		await window.panel.context.sessionContext.ready;
		await app.commands.execute('notebook:clear-all-cell-outputs');
	})()`
	runAll = `window.jupyterapp.commands.execute('notebook:run-all-cells').then(() => new Promise(r => setTimeout(r, 500)))`

	labStateScript = `(() => {
		const cells = window.panel.content.widgets.filter(c => c.model.type === 'code');
		const outputs = cells.flatMap(c => c.model.outputs.toJSON());
		const nodes = [...document.querySelectorAll('.jp-OutputArea img, .jp-OutputArea svg')];
		const box = nodes[0]?.getBoundingClientRect() ?? {width: 0, height: 0};
		let ink = 0;
		if (nodes[0]?.tagName === 'IMG') {
			const c = document.createElement('canvas');
			c.width = nodes[0].naturalWidth; c.height = nodes[0].naturalHeight;
			const g = c.getContext('2d');
			g.fillStyle = 'white'; g.fillRect(0, 0, c.width, c.height); g.drawImage(nodes[0], 0, 0);
			const p = g.getImageData(0, 0, c.width, c.height).data;
			for (let i = 0; i < p.length; i += 4) if (p[i] + p[i+1] + p[i+2] < 700) ink++;
			ink /= p.length / 4;
		} else if (nodes[0]) {
			ink = nodes[0].querySelectorAll('path').length > 20 ? 1 : 0;
		}
		return {
			Executed: cells.filter(c => c.model.executionCount).length,
			Errors: outputs.filter(o => o.output_type === 'error').length,
			Figures: nodes.length, Width: box.width, Height: box.height, Ink: ink,
			Text: outputs.filter(o => o.output_type === 'stream' || o.output_type === 'error').map(o => o.text ?? o.evalue).join('').slice(0, 400),
		};
	})()`
)

// labAddress is a running server.
type labAddress struct{ base, token string }

func (a labAddress) at(path string) string { return a.base + path + "?token=" + a.token }

// startLab runs `maestro lab` as a user does and reads the address from what it prints.
func startLab(t *testing.T, s Setup) labAddress {
	t.Helper()
	notebooks := t.TempDir() // Lab saves what it has open: not into the checkout
	if err := os.CopyFS(notebooks, os.DirFS(filepath.Join(s.layout.root, "notebooks"))); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(s.layout.program("maestro"), "lab", "--no-browser", notebooks)
	cmd.Dir = s.layout.root
	cmd.Env = with(os.Environ(), "JUPYTER_CONFIG_DIR="+exposeApp(t))
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Error("maestro lab ended badly:", err)
		}
	})
	said := make(chan string)
	go func() {
		defer close(said)
		buffer := make([]byte, 4096)
		all := ""
		for {
			n, err := out.Read(buffer)
			if all += string(buffer[:n]); err != nil {
				return
			}
			select {
			case said <- all:
			default:
			}
		}
	}()
	address := regexp.MustCompile(`(http://127\.0\.0\.1:\d+)/\S*\?token=(\w+)`)
	for all := range said {
		if m := address.FindStringSubmatch(all); m != nil {
			go func() { // keep reading, or the server blocks when the pipe is full
				for range said {
				}
			}()
			return labAddress{m[1], m[2]}
		}
	}
	t.Fatal("maestro lab ended without printing an address")
	return labAddress{}
}

// exposeApp is a Jupyter configuration that lets the test reach Lab's commands.
func exposeApp(t *testing.T) string {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jupyter_lab_config.json"),
		[]byte(`{"LabApp": {"expose_app_in_browser": true}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestLabIsPrivate: the server listens on this machine's own address alone and turns a visitor without the token away.
func TestLabIsPrivate(t *testing.T) {
	t.Parallel()
	address := startLab(t, prepared(t))
	deadline := time.Now().Add(time.Minute)
	for {
		response, err := http.Get(address.base + "/api/contents")
		if err != nil {
			if time.Now().After(deadline) {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond)
			continue
		}
		body, _ := io.ReadAll(response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Errorf("without the token: %s: %s", response.Status, body)
		}
		break
	}
	port := address.base[strings.LastIndexByte(address.base, ':')+1:]
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addresses {
		ip := a.(*net.IPNet).IP
		if ip.IsLoopback() || ip.To4() == nil {
			continue
		}
		if conn, err := net.DialTimeout("tcp", net.JoinHostPort(ip.String(), port), 2*time.Second); err == nil {
			conn.Close()
			t.Errorf("the server answers on %s, an address other machines reach", ip)
		}
	}
}

// saveScreenshot writes what the page looks like into $MAESTRO_SCREENSHOTS, or a temporary file.
func saveScreenshot(t *testing.T, page context.Context) {
	png, err := chromedp.Run(page, chromedp.CaptureScreenshot())
	if err != nil {
		t.Log("no screenshot:", err)
		return
	}
	dir := os.Getenv("MAESTRO_SCREENSHOTS")
	if dir == "" {
		dir = os.TempDir()
	}
	path := filepath.Join(dir, fmt.Sprintf("%s.png", t.Name()))
	if err := os.WriteFile(path, png, 0o644); err != nil {
		t.Log("no screenshot:", err)
		return
	}
	t.Log("screenshot:", path)
}
