package csvfile

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// A row is a struct. The tag csv:"name" makes a field a column; columns stand in the order of the fields. Fields
// are whole numbers, floats, strings, or slices of strings and of whole numbers, whose elements a cell has spaces
// between. A struct's columns are its own, with its tag before their names. After the name may come
//
//	omitzero  the cell of a zero is empty; a struct's cells all are where it is zero
//	optional  rows that end before the column are read with a zero there, as files that are older than it have them
//	%.6g      or another verb of package fmt, as which a float is written; without, in the fewest digits that read back
type column struct {
	name     string
	index    []int   // of the field, as reflect.Value.FieldByIndex takes it
	zero     [][]int // the fields that leave the cell empty when one of them is zero
	optional bool
	verb     string
}

// ReadRows reads a table of rows of type T. A last line without its end is left out. Errors name the file and the
// line.
func ReadRows[T any](path string) (rows []T, err error) {
	all := columnsOf[T]()
	least := len(all)
	for least > 0 && all[least-1].optional {
		least--
	}
	fields := len(all)
	if least < len(all) {
		fields = -1 // which is judged row by row
	}
	err = Read(path, fields, func(record []string) error {
		if len(record) < least || len(record) > len(all) {
			return fmt.Errorf("%d columns, want %d", len(record), len(all))
		}
		var row T
		var err error
		for i, cell := range record {
			if e := all[i].parse(cell, reflect.ValueOf(&row).Elem()); e != nil {
				err = errors.Join(err, fmt.Errorf("%s: %w", all[i].name, e))
			}
		}
		rows = append(rows, row)
		return err
	})
	return rows, err
}

// WriteRows replaces a table as a whole, or leaves it as it was.
func WriteRows[T any](path string, rows []T) error {
	return Write(path, Header[T](), records(rows))
}

// AppendRows adds rows to a table, with the header where the file is new.
func AppendRows[T any](path string, rows ...T) error {
	return Append(path, Header[T](), records(rows))
}

// Keep leaves only some rows in a table; where there is none, it does nothing.
func Keep[T any](path string, keep func(T) bool) error {
	rows, err := ReadRows[T](path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return WriteRows(path, slices.DeleteFunc(rows, func(row T) bool { return !keep(row) }))
}

// Header are the names of the columns of a table of rows of type T.
func Header[T any]() (names []string) {
	for _, c := range columnsOf[T]() {
		names = append(names, c.name)
	}
	return names
}

func records[T any](rows []T) (records [][]string) {
	all := columnsOf[T]()
	for _, row := range rows {
		record := make([]string, len(all))
		for i, c := range all {
			record[i] = c.cell(reflect.ValueOf(row))
		}
		records = append(records, record)
	}
	return records
}

func columnsOf[T any]() []column { return columnsIn(reflect.TypeFor[T](), "", nil, nil) }

func columnsIn(t reflect.Type, prefix string, index []int, zero [][]int) (all []column) {
	for _, f := range reflect.VisibleFields(t) {
		tag, tagged := f.Tag.Lookup("csv")
		if len(f.Index) > 1 || !tagged && !f.Anonymous {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		c := column{name: prefix + name, index: append(slices.Clone(index), f.Index...), zero: slices.Clone(zero)}
		for option := range strings.SplitSeq(options, ",") {
			switch {
			case option == "omitzero":
				c.zero = append(c.zero, c.index)
			case option == "optional":
				c.optional = true
			case strings.HasPrefix(option, "%"):
				c.verb = option
			}
		}
		if f.Type.Kind() == reflect.Struct {
			all = append(all, columnsIn(f.Type, c.name, c.index, c.zero)...)
		} else {
			all = append(all, c)
		}
	}
	return all
}

func (c column) cell(row reflect.Value) string {
	for _, index := range c.zero {
		if row.FieldByIndex(index).IsZero() {
			return ""
		}
	}
	switch v := row.FieldByIndex(c.index); {
	case v.CanInt():
		return strconv.FormatInt(v.Int(), 10)
	case v.CanFloat() && c.verb != "":
		return fmt.Sprintf(c.verb, v.Float())
	case v.CanFloat():
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case v.Kind() == reflect.Slice:
		return strings.Trim(fmt.Sprint(v.Interface()), "[]")
	default:
		return v.String()
	}
}

func (c column) parse(cell string, row reflect.Value) (err error) {
	if cell == "" && len(c.zero) > 0 {
		return nil
	}
	switch v := row.FieldByIndex(c.index).Addr().Interface().(type) {
	case *int:
		*v, err = strconv.Atoi(cell)
	case *int64:
		*v, err = strconv.ParseInt(cell, 10, 64)
	case *float64:
		*v, err = strconv.ParseFloat(cell, 64)
	case *string:
		*v = cell
	case *[]string:
		*v = strings.Fields(cell)
	case *[]int:
		for field := range strings.FieldsSeq(cell) {
			n, e := strconv.Atoi(field)
			*v, err = append(*v, n), errors.Join(err, e)
		}
	default:
		err = fmt.Errorf("a column cannot be a %T", v)
	}
	return err
}
