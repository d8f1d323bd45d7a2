package runs

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strings"
	"unicode"

	"go.yaml.in/yaml/v3"
)

// Field is one of the settings.
type Field struct {
	Key   string // with its section, as in config.yaml: optim.lr
	Name  string // without: lr; the model's and the data's are model and data
	Go    string // the field's name: LR
	Help  string
	Value reflect.Value // to be read and set

	index []int // where it is in Settings
}

// Fields are all settings, in the order of config.yaml.
func (s *Settings) Fields() []Field {
	all, v := slices.Clone(layout), reflect.ValueOf(s).Elem()
	for i := range all {
		all[i].Value = v.FieldByIndex(all[i].index)
	}
	return all
}

// layout is that of Settings, which does not change.
var layout = layoutOf(reflect.TypeFor[Settings](), "", nil)

func layoutOf(t reflect.Type, section string, at []int) (all []Field) {
	for i := range t.NumField() {
		f, index := t.Field(i), append(slices.Clone(at), i)
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if f.Anonymous {
			all = append(all, layoutOf(f.Type, key+".", index)...)
			continue
		}
		all = append(all, Field{Key: section + key, Name: snake(f.Name), Go: f.Name, Help: f.Tag.Get("help"),
			index: index})
	}
	return all
}

// whole is true of a setting that is a whole number.
func (f Field) whole() bool { return f.Value.CanInt() || f.Value.CanUint() }

// wholeNumbers is an error where sections of settings give one that is a whole number a fraction, which package yaml
// would cut off.
func wholeNumbers(sections *yaml.Node) error {
	if sections.Kind == yaml.DocumentNode && len(sections.Content) > 0 {
		sections = sections.Content[0]
	}
	var s Settings
	for _, f := range s.Fields() {
		node := sections
		for key := range strings.SplitSeq(f.Key, ".") {
			var next *yaml.Node
			for i := 0; node != nil && i+1 < len(node.Content); i += 2 {
				if node.Content[i].Value == key {
					next = node.Content[i+1]
				}
			}
			node = next
		}
		if node != nil && f.whole() && node.Tag == "!!float" {
			return fmt.Errorf("line %d: %s is %s: it must be a whole number", node.Line, f.Key, node.Value)
		}
	}
	return nil
}

// snake writes LambdaGL as lambda_gl, and Beta1 as beta_1, as package kong names flags.
func snake(name string) string {
	var b strings.Builder
	letters := []rune(name)
	for i, c := range letters {
		if i > 0 && (unicode.IsUpper(c) || unicode.IsDigit(c)) && unicode.IsLower(letters[i-1]) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(c))
	}
	return b.String()
}

// Set sets one of the settings by its Key or its Name. Its error names the known ones, or the value that cannot be.
func (s *Settings) Set(name, value string) error {
	var names []string
	for _, f := range s.Fields() {
		names = append(names, f.Name)
		if name != f.Key && name != f.Name {
			continue
		}
		if f.Value.Kind() == reflect.String {
			f.Value.SetString(value)
			return nil
		}
		err := yaml.Unmarshal([]byte(value), f.Value.Addr().Interface())
		if f.whole() && strings.Contains(value, ".") || err != nil || strings.TrimSpace(value) == "" {
			return fmt.Errorf("%s is %q: it must be %s", name, value, kinds()[f.Value.Kind()])
		}
		return nil
	}
	return fmt.Errorf("there is no setting %q: use %s", name, strings.Join(names, ", "))
}

func kinds() map[reflect.Kind]string {
	return map[reflect.Kind]string{reflect.Bool: "true or false", reflect.Int: "a whole number",
		reflect.Uint64:  "a whole number from 0 on",
		reflect.Float64: "a number"}
}

// Overlay reads settings from a file over those that s has: some of the sections of config.yaml, or the whole
// config.yaml of a run. Unknown keys are errors.
func (s *Settings) Overlay(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var form struct{ Settings *yaml.Node }
	if yaml.Unmarshal(text, &form) == nil && form.Settings != nil {
		c, err := parseConfig(text)
		*s = c.Settings
		return inFile(path, err)
	}
	strict := yaml.NewDecoder(bytes.NewReader(text))
	strict.KnownFields(true)
	if err := strict.Decode(s); err != nil && !errors.Is(err, io.EOF) {
		return inFile(path, err)
	}
	var sections yaml.Node
	if err := yaml.Unmarshal(text, &sections); err != nil {
		return inFile(path, err)
	}
	return inFile(path, wholeNumbers(&sections))
}

// inFile is an error in one line, with the file's name.
func inFile(path string, err error) error {
	if err == nil {
		return nil
	}
	line := strings.ReplaceAll(err.Error(), "yaml: unmarshal errors:", "")
	return fmt.Errorf("%s: %s", path, strings.Join(strings.Fields(line), " "))
}
