package kernel

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/maestro-lod/notebook/maestro/testmode"
)

// outputs is what the cells of the page's notebook show, a text each, figures as [figure].
const outputs = `[...panel.content.model.cells].map(cell => cell.outputs.toJSON().map(o => {
	const text = x => Array.isArray(x) ? x.join('') : x ?? '';
	switch (o.output_type) {
	case 'stream': return text(o.text);
	case 'error': return o.traceback.map(line => line + '\n').join('');
	}
	return (o.data['image/png'] ? '[figure]' : text(o.data['text/plain'])) + '\n';
}).join(''))`

// TestSessionInLab: the session of TestSession, typed into JupyterLab in a browser, cell by cell, with its interrupts
// by the page's own command, leaves on the page what its transcript has.
func TestSessionInLab(t *testing.T) {
	testmode.Long(t, "TestSession has the same by Jupyter's client")
	t.Parallel()
	cells := sessionCells(t)
	p := openNotebook(t, cells...)
	for i, code := range cells {
		ask[bool](p, fmt.Sprintf(`(panel.content.activeCellIndex = %d, panel.content.deselectAll(),
			window.ran = jupyterapp.commands.execute('notebook:run-cell').then(() => true, () => true), true)`, i))
		if endless.MatchString(code) {
			time.Sleep(2 * time.Second)
			ask[bool](p, `jupyterapp.commands.execute('notebook:interrupt-kernel').then(() => true)`)
		}
		ask[bool](p, `window.ran`)
		if i == len(cells)/2 {
			p.shoot("session")
		}
	}
	seen := ask[[]string](p, outputs)
	if diff := cmp.Diff(read(t, filepath.Join("testdata", "session", "transcript.txt")),
		transcript(cells, seen)); diff != "" {
		t.Errorf("the transcript (-want +got):\n%s", diff)
	}
}
