package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// parsed are the settings that a command line asks for.
func parsed(t *testing.T, own tasks, args ...string) (runs.Settings, error) {
	t.Helper()
	cli := struct{ settingsFlags }{newSettingsFlags(runs.Defaults(), own.choices())}
	parser, err := kong.New(&cli)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(args); err != nil {
		return runs.Settings{}, err
	}
	return cli.settings(own)
}

// TestEverySettingCanBeSaid: each by a flag, by --set with its section and without, and by a file; all four mean the
// same, and none changes another.
func TestEverySettingCanBeSaid(t *testing.T) {
	defaults := runs.Defaults()
	for i, field := range defaults.Fields() {
		var value string
		switch field.Value.Kind() {
		case reflect.String:
			value = "other"
		case reflect.Bool:
			value = "true"
		default:
			value = "7"
		}
		want := runs.Defaults()
		if err := want.Set(field.Key, value); err != nil {
			t.Fatal(err)
		}
		changed := 0
		for k, f := range want.Fields() {
			if !reflect.DeepEqual(f.Value.Interface(), defaults.Fields()[k].Value.Interface()) {
				changed++
				if k != i {
					t.Errorf("%s changes %s", field.Key, f.Key)
				}
			}
		}
		if changed != 1 || field.Help == "" {
			t.Errorf("%s changes %d settings, and its help is %q", field.Key, changed, field.Help)
		}
		file := filepath.Join(t.TempDir(), "settings.yaml")
		section, key, ok := strings.Cut(field.Key, ".")
		text := fmt.Sprintf("%s: %s\n", section, value)
		if ok {
			text = fmt.Sprintf("%s:\n  %s: %s\n", section, key, value)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		flag := "--" + strings.ReplaceAll(field.Name, "_", "-") + "=" + value
		if field.Value.Kind() == reflect.Bool {
			flag, _, _ = strings.Cut(flag, "=")
		}
		for _, args := range [][]string{{flag}, {"--set", field.Key + "=" + value}, {"--set", field.Name + "=" + value},
			{"--config", file}} {
			if got, err := parsed(t, nil, args...); err != nil || got != want {
				t.Errorf("%v: %+v (%v), want %+v", args, got, err, want)
			}
		}
	}
}

// TestSettingsOverEachOther: a flag is over --set, which is over the file, which is over the defaults of the task.
func TestSettingsOverEachOther(t *testing.T) {
	own := tasks{{Model: "mine", Data: "ours", Defaults: func(s *runs.Settings) {
		s.Epochs, s.Batch, s.LR,
			s.Momentum = 1, 1, 1, 0.25
	}}}
	dir := t.TempDir()
	config := runs.Config{Settings: runs.Defaults()}
	config.Settings.Epochs, config.Settings.Batch, config.Settings.LR, config.Settings.Model, config.Settings.Data = 2,
		2, 2, "mine", "ours"
	if err := runs.WriteConfig(dir, config); err != nil {
		t.Fatal(err)
	}
	some := filepath.Join(dir, "some.yaml")
	if err := os.WriteFile(some, []byte("optim: {epochs: 2, batch: 2, lr: 2}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{some, filepath.Join(dir, "config.yaml")} {
		got, err := parsed(t, own, "--model", "mine", "--config", file, "--set", "epochs=3", "--set", "optim.batch=3",
			"--epochs", "4")
		if err != nil || got.Epochs != 4 || got.Batch != 3 || got.LR != 2 || got.Model != "mine" || got.Data != "ours" {
			t.Errorf("%s: %+v (%v)", file, got, err)
		}
		if momentum := map[bool]float64{true: 0.25, false: 0.9}[file == some]; got.Momentum != momentum {
			t.Errorf("%s: momentum %g, want %g", file, got.Momentum, momentum)
		}
	}
	for wrong, say := range map[string]string{
		"--set=epochs":     "--set epochs: it must be a name and a value",
		"--set=optim.lr=x": `optim.lr is "x": it must be a number`,
		"--set=epochs=1.5": `epochs is "1.5": it must be a whole number`,
		"--set=rate=1":     `there is no setting "rate": use seed, model, width`,
		"--config=" + filepath.Join(dir, "none.yaml"): "no such file",
	} {
		if _, err := parsed(t, own, wrong); err == nil || !strings.Contains(err.Error(), say) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", wrong, err, say)
		}
	}
	for text, say := range map[string]string{
		"optim: {epochs: 2, rate: 2}\n": "some.yaml: line 1: field rate not found",
		"optim:\n  epochs: 2.5\n": "some.yaml: line 2: optim.epochs is 2.5: it must " +
			"be a whole number",
		"version: 2\nsettings:\n  optim:\n    epochs: 2.5\n": "some.yaml: line 4: optim.epochs is 2.5: it must " +
			"be a whole number",
		"version: 2\nsettings:\n  optim:\n    epochs: [2, 3]\n": "some.yaml: line 4: cannot unmarshal",
	} {
		if err := os.WriteFile(some, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := parsed(t, own, "--config", some); err == nil || !strings.Contains(err.Error(), say) ||
			strings.Contains(err.Error(), "\n") {
			t.Errorf("a file that says %q: %v", text, err)
		}
	}
}

// TestEveryCommandHasHelp: the help of every command says what it and each of its flags do.
func TestEveryCommandHasHelp(t *testing.T) {
	cli := newCommands(nil)
	parser, err := kong.New(cli, kong.Name("maestro"))
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	err = kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch node := node.(type) {
		case *kong.Node:
			if node.Type == kong.CommandNode && !node.Hidden {
				commands++
				var out bytes.Buffer
				args := append(strings.Fields(node.Path()), "--help")
				if code := Run(t.Context(), args, &out, &out); code != 0 || node.Help == "" ||
					!strings.Contains(strings.Join(strings.Fields(out.String()), " "), node.Help) {
					t.Errorf("maestro %v: status %d, help %q", args, code, out.String())
				}
			}
		case *kong.Flag:
			if node.Help == "" && !node.Hidden {
				t.Errorf("the flag --%s says nothing", node.Name)
			}
		}
		return next(nil)
	})
	if err != nil || commands < 18 {
		t.Errorf("%d commands were seen (%v)", commands, err)
	}
}
