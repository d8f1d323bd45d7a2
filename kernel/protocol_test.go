package kernel

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEveryChannel: what the supervisor passes on arrives: rich and large outputs, large cells, questions to the user
// and their answers, widgets' messages while a cell runs, and requests on the control channel.
func TestEveryChannel(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	j := startJupyter(t, setup, isolate(t))
	j.do(order{Do: "start"})

	const large = 8_000_000
	a := j.do(order{Do: "run",
		Code: fmt.Sprintf(
			"import (\n\t\"strings\"\n\n\t\"github.com/janpfeifer/gonb/gonbui\"\n)\n\n%%%%\ngonbui.DisplayHTML(strings.Repeat(\"x\", %d))\ngonbui.Sync()", large)})
	if a.Status != "ok" || len(a.Shown) != 1 || a.Shown[0] != large {
		t.Errorf("a rich output of %d bytes: %+v", large, a.said)
	}
	if a = j.do(order{Do: "run", Code: fmt.Sprintf("!head -c %d /dev/zero | tr '\\0' x", large)}); len(
		a.Said) != large {
		t.Errorf("of a text of %d bytes %d arrived", large, len(a.Said))
	}
	if a = j.do(order{Do: "run", Code: "%%writefile " + filepath.Join(t.TempDir(), "large") + "\n" + strings.Repeat("x",
		large)}); a.Status != "ok" {
		t.Errorf("a cell of %d bytes ended with %q", large, a.Status)
	}

	j.do(order{Do: "run", Code: "!echo begun\n%with_inputs\n!read answer; echo you said $answer", Until: "begun"})
	j.do(order{Do: "input", Code: "something"})
	if a = j.do(order{Do: "wait"}); a.Said != "begun\nyou said something\n" {
		t.Errorf("a cell that asks said %q", a.Said)
	}

	// A program that reads its input asks the person, each time; one that does not is not asked for.
	for _, asks := range []string{
		"import \"fmt\"\n\n%%\nvar a, b int\nfmt.Println(\"begun\")\nfmt.Scanln(&a)\nfmt.Scanln(&b)\nfmt.Println(a * b)",
		"!echo begun; sleep 0.3; read a; read b; echo $((a * b))",
		"!echo begun; (read a; echo $a >&2) 2>&1 | cat >/dev/null; read b; echo 42",
	} {
		j.do(order{Do: "run", Code: asks, Until: "begun"})
		j.do(order{Do: "input", Code: "6"})
		j.do(order{Do: "input", Code: "7"})
		if a = j.do(order{Do: "wait"}); a.Said != "begun\n42\n" {
			t.Errorf("%q said %q", asks, a.Said)
		}
	}

	// Requests as other clients send them.
	for kind, content := range map[string]map[string]any{
		"execute_request":     {"code": "!true", "silent": nil},
		"is_complete_request": {"code": "func f() {"},
		"history_request":     {"hist_access_type": "tail", "n": 10},
		"comm_info_request":   {},
		"inspect_request":     {"code": "x"},
		"complete_request":    {"code": "x"},
	} {
		want := "ok"
		if kind == "is_complete_request" {
			want = "unknown"
		}
		if a = j.do(order{Do: "request", Kind: kind, Content: content}); a.Status != want {
			t.Errorf("to a %s of %v came %q, want %q", kind, content, a.Status, want)
		}
	}

	j.do(order{Do: "run", Code: "!echo begun; sleep 1000", Until: "begun"})
	if a = j.do(order{Do: "widget"}); a.Said != "#comm_open_ack" {
		t.Errorf("a widget's greeting was answered with %q", a.Said)
	}
	if a = j.do(order{Do: "ask"}); a.Status != "ok" {
		t.Errorf("on the control channel the kernel said %q", a.Status)
	}
	j.do(order{Do: "interrupt"})
	j.do(order{Do: "wait"})
	j.do(order{Do: "shutdown"})
}

// TestRoundTrip says how much the supervisor adds to a round trip between Jupyter and GoNB.
func TestRoundTrip(t *testing.T) {
	setup := prepared(t)
	ours := t.TempDir() // a kernelspec of the same name that starts GoNB itself
	spec, err := json.Marshal(map[string]any{"display_name": "GoNB", "language": "go",
		"argv": []string{setup.layout.program("gonb"), "--kernel", "{connection_file}"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(ours, "kernels", Name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(ours, "kernels", Name, "kernel.json"), spec, 0o644); err != nil {
		t.Fatal(err)
	}
	took := map[string]float64{}
	for name, settings := range map[string][]string{"supervised": nil, "bare": {"JUPYTER_PATH=" + ours}} {
		where := isolate(t)
		j := startJupyter(t, setup, where, settings...)
		j.do(order{Do: "start"})
		took[name] = j.do(order{Do: "round trip"}).Milliseconds
		j.do(order{Do: "shutdown"})
		j.kill()
		where.end()
	}
	t.Logf("a round trip: %.2f ms, with GoNB alone %.2f ms", took["supervised"], took["bare"])
	if took["supervised"] > took["bare"]+20 {
		t.Errorf("a round trip takes %.1f ms, with GoNB alone %.1f ms", took["supervised"], took["bare"])
	}
}
