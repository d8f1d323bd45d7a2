package cell

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"reflect"

	"github.com/janpfeifer/gonb/gonbui/protocol"
)

// Shower is a value that knows how to show itself: as the last expression of a cell it does so below the cell.
type Shower interface{ Show() error }

// largest is how many rows and columns of a value are shown: half of them from its beginning, half from its end.
const largest = 20

// Value shows a value as the last expression of a cell is shown: a [Shower] by itself, an image as a picture, a
// matrix and a slice of structs as a table, as is a table of texts, everything else as fmt's %+v writes it. Nil, and
// what fmt writes as nothing, is not shown.
func Value(v any) error {
	switch v := v.(type) {
	case nil:
		return nil
	case Shower:
		return v.Show()
	case textual:
		return textTable(v).Show()
	case image.Image:
		return showImage(v)
	case matrix:
		return matrixTable(v).Show()
	case error:
		return showText(v.Error())
	}
	if table, ok := structTable(reflect.ValueOf(v)); ok {
		return table.Show()
	}
	return showText(fmt.Sprintf("%+v", v))
}

func showText(text string) error {
	if text == "" {
		return nil
	}
	return Show(protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMETextPlain: text}})
}

func showImage(v image.Image) error {
	var b bytes.Buffer
	if err := png.Encode(&b, v); err != nil {
		return fmt.Errorf("showing an image: %w", err)
	}
	size := v.Bounds().Size()
	return Show(protocol.DisplayData{Data: map[protocol.MIMEType]any{protocol.MIMEImagePNG: b.Bytes(),
		protocol.MIMETextPlain: fmt.Sprintf("image of %d×%d pixels", size.X, size.Y)}})
}

// textual is a table that was made for others than the page, of texts alone.
type textual interface {
	Texts() (caption string, header []string, rows [][]string)
}

func textTable(v textual) (t Table) {
	var rows [][]string
	t.Caption, t.Header, rows = v.Texts()
	for _, row := range rows {
		cells := make([]any, len(row))
		for i, text := range row {
			cells[i] = text
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// matrix is what a table is made of: gonum's matrices are such.
type matrix interface {
	Dims() (rows, columns int)
	At(row, column int) float64
}

func matrixTable(m matrix) Table {
	rows, columns := m.Dims()
	table := Table{Caption: fmt.Sprintf("%d×%d", rows, columns), Header: []string{""}}
	shown := part(columns)
	for _, j := range shown {
		table.Header = append(table.Header, place(j))
	}
	for _, i := range part(rows) {
		row := []any{place(i)}
		for _, j := range shown {
			if i < 0 || j < 0 {
				row = append(row, "…")
			} else {
				row = append(row, m.At(i, j))
			}
		}
		table.Rows = append(table.Rows, row)
	}
	return table
}

// part lists the indices of n things that are shown, with -1 for those left out.
func part(n int) (indices []int) {
	for i := range n {
		if n <= largest || i < largest/2 || i >= n-largest/2 {
			indices = append(indices, i)
		} else if i == largest/2 {
			indices = append(indices, -1)
		}
	}
	return indices
}

func place(i int) string {
	if i < 0 {
		return "…"
	}
	return fmt.Sprint(i)
}

// structTable makes a table of a slice or an array of structs, a row each; ok is false for other values.
func structTable(v reflect.Value) (t Table, ok bool) {
	if v.Kind() != reflect.Slice && v.Kind() != reflect.Array {
		return Table{}, false
	}
	of := v.Type().Elem()
	pointers := of.Kind() == reflect.Pointer
	if pointers {
		of = of.Elem()
	}
	if of.Kind() != reflect.Struct || of.NumField() == 0 || v.Len() == 0 {
		return Table{}, false
	}
	t.Header = []string{""}
	for i := range of.NumField() {
		t.Header = append(t.Header, of.Field(i).Name)
	}
	for _, i := range part(v.Len()) {
		row := []any{place(i)}
		for j := range of.NumField() {
			switch {
			case i < 0:
				row = append(row, "…")
			case pointers && v.Index(i).IsNil():
				row = append(row, "nil")
			default:
				row = append(row, fieldText(reflect.Indirect(v.Index(i)).Field(j)))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	if v.Len() > largest {
		t.Caption = fmt.Sprintf("%d rows", v.Len())
	}
	return t, true
}

// fieldText is a struct's field as a table has it: numbers and words as they are, and the beginning of longer values.
func fieldText(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Float32, reflect.Float64:
		return v.Float()
	}
	text := []rune(fmt.Sprintf("%+v", v))
	if len(text) > 60 {
		text = append(text[:59], '…')
	}
	return string(text)
}
