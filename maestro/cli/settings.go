package cli

import (
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/maestro-lod/notebook/maestro/runs"
)

// settingsFlags say the settings of a run: a flag for each, by their own names and tags, all of them by --set, or a
// file.
type settingsFlags struct {
	kong.Plugins
	Config string        `placeholder:"FILE" help:"Begin with the settings of a file: sections as in a run's config.yaml, or that itself; flags and --set come over them."`
	Set    []string      `sep:"none" placeholder:"KEY=VALUE" help:"A setting by its name in config.yaml, such as optim.lr=0.02 or lr=0.02; may be repeated."`
	flags  reflect.Value // pointers to what was given, by the settings' order
}

// newSettingsFlags has the flags say what defaults are taken where none is given. choices are listed in the help of a
// setting in place of nothing.
func newSettingsFlags(defaults runs.Settings, choices map[string]string) (s settingsFlags) {
	var fields []reflect.StructField
	for _, f := range defaults.Fields() {
		help := f.Help
		if list := choices[f.Name]; list != "" {
			help = strings.TrimSuffix(help, ".") + ": " + list + "."
		}
		placeholder := fmt.Sprint(f.Value)
		if f.Value.IsZero() && f.Value.Kind() != reflect.Float64 {
			placeholder = map[reflect.Kind]string{reflect.String: "NAME"}[f.Value.Kind()]
			placeholder = cmp.Or(placeholder, "N")
		}
		tag := fmt.Sprintf(`placeholder:%q help:%q`, placeholder, help)
		if f.Value.Kind() == reflect.Bool {
			tag = fmt.Sprintf(`negatable:"" help:%q`, help)
		}
		fields = append(fields, reflect.StructField{Name: f.Go, Type: reflect.PointerTo(f.Value.Type()),
			Tag: reflect.StructTag(tag)})
	}
	s.flags = reflect.New(reflect.StructOf(fields))
	s.Plugins = kong.Plugins{s.flags.Interface()}
	return s
}

// settings are the defaults of the task that the flags name, with what the file, --set and the flags say, the later
// over the earlier.
func (f settingsFlags) settings(own tasks) (runs.Settings, error) {
	s := own.begin(f.given("Model"), f.given("Data"))
	if f.Config != "" {
		if err := s.Overlay(f.Config); err != nil {
			return s, err
		}
	}
	if err := setAll(&s, f.Set); err != nil {
		return s, err
	}
	for i, field := range s.Fields() {
		if given := f.flags.Elem().Field(i); !given.IsNil() {
			field.Value.Set(given.Elem())
		}
	}
	if s.Precision == "float32" { // which config.yaml leaves out
		s.Precision = ""
	}
	return s, nil
}

// setAll sets what --set says.
func setAll(s *runs.Settings, all []string) error {
	for _, set := range all {
		name, value, ok := strings.Cut(set, "=")
		if !ok {
			return fmt.Errorf("--set %s: it must be a name and a value, such as lr=0.02", set)
		}
		if err := s.Set(strings.TrimSpace(name), value); err != nil {
			return err
		}
	}
	return nil
}

// given is the text of a flag, "" where it is not given.
func (f settingsFlags) given(name string) string {
	if text, _ := f.flags.Elem().FieldByName(name).Interface().(*string); text != nil {
		return *text
	}
	return ""
}
