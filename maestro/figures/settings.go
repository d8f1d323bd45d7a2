package figures

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// configure applies KEY=VALUE settings to the figure's defaults. A key the figure's study does not have is an error, as
// is a value of the wrong kind.
func (f Figure) configure(assignments []string) (any, error) {
	settings := f.defaults()
	for _, a := range assignments {
		key, value, ok := strings.Cut(a, "=")
		if !ok {
			return nil, fmt.Errorf("setting %q: write it as KEY=VALUE", a)
		}
		kind, ok := keys(settings)[key]
		if !ok {
			return nil, fmt.Errorf("figure %s has no setting %q; it has %s", f.Name, key,
				strings.Join(names(settings), ", "))
		}
		decoder := yaml.NewDecoder(bytes.NewBufferString(key + ": " + value))
		decoder.KnownFields(true)
		if err := decoder.Decode(settings); err != nil || value == "" {
			return nil, fmt.Errorf("setting %s: %q is not %s", key, value, describe(kind))
		}
	}
	return settings, nil
}

// names lists the settings as they are written, in the order they are declared.
func names(settings any) []string {
	t := reflect.TypeOf(settings).Elem()
	var out []string
	for i := range t.NumField() {
		out = append(out, t.Field(i).Tag.Get("yaml"))
	}
	return out
}

func keys(settings any) map[string]reflect.Type {
	t := reflect.TypeOf(settings).Elem()
	out := map[string]reflect.Type{}
	for i := range t.NumField() {
		out[t.Field(i).Tag.Get("yaml")] = t.Field(i).Type
	}
	return out
}

func describe(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "a whole number"
	case reflect.Uint64:
		return "a whole number from 0 on"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "rows of numbers, such as [[1, 0], [0, 2]]"
	}
	return "a valid value"
}

// fingerprint tells runs of one study apart by their settings.
func fingerprint(settings any) (string, error) {
	text, err := yaml.Marshal(settings)
	return string(text), err
}
