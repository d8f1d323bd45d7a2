// Package rows is the tasks of tables: a number, or a class, from the other columns of a row.
package rows

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
)

// Table is rows of cells under names.
type Table struct {
	Name   string // what config.yaml calls the data
	Header []string
	Rows   [][]string
}

// ReadCSV reads a CSV file with a header, whose name is the table's. Its errors name the line.
func ReadCSV(path string) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	all, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(all) < 2 {
		return nil, fmt.Errorf("%s has no rows below a header", path)
	}
	name := path[strings.LastIndexByte(path, '/')+1:]
	return &Table{Name: strings.TrimSuffix(name, ".csv"), Header: all[0], Rows: all[1:]}, nil
}

// WriteCSV writes rows of numbers into a CSV file, under the names of the first columns; those beyond are x1, x2, ….
// A row that is longer or shorter than the first is an error that names it.
func WriteCSV(path string, names []string, rows [][]float64) error {
	if len(rows) == 0 || len(rows[0]) < len(names) {
		return fmt.Errorf("%s: there are %d names, and %d rows to write: a row must have a number for each name", path,
			len(names), len(rows))
	}
	header := slices.Clone(names)
	for i := range len(rows[0]) - len(names) {
		header = append(header, fmt.Sprintf("x%d", i+1))
	}
	all := make([][]string, len(rows))
	for i, row := range rows {
		if len(row) != len(header) {
			return fmt.Errorf("%s: row %d has %d numbers, and the first has %d", path, i+1, len(row), len(header))
		}
		for _, y := range row {
			all[i] = append(all[i], strconv.FormatFloat(y, 'g', -1, 64))
		}
	}
	return csvfile.Write(path, header, all)
}

// column is the place of a column, by its name.
func (t *Table) column(name string) (int, error) {
	i := slices.Index(t.Header, name)
	if i < 0 {
		return 0, fmt.Errorf("the table %q has no column %q: it has %s", t.Name, name, strings.Join(t.Header, ", "))
	}
	return i, nil
}

// Numbers are a column's.
func (t *Table) Numbers(name string) ([]float64, error) {
	i, err := t.column(name)
	if err != nil {
		return nil, err
	}
	numbers := make([]float64, len(t.Rows))
	for k, row := range t.Rows {
		if numbers[k], err = strconv.ParseFloat(strings.TrimSpace(row[i]), 64); err != nil {
			return nil, fmt.Errorf("the table %q, row %d, column %q: %q is no number", t.Name, k+1, name, row[i])
		}
	}
	return numbers, nil
}

// Classes are the different values of a column in their order: a class's number is its place.
func (t *Table) Classes(name string) ([]string, error) {
	i, err := t.column(name)
	if err != nil {
		return nil, err
	}
	var classes []string
	for _, row := range t.Rows {
		classes = append(classes, row[i])
	}
	slices.Sort(classes)
	return slices.Compact(classes), nil
}
