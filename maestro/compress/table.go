package compress

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/maestro-lod/notebook/maestro/internal/csvfile"
	"github.com/maestro-lod/notebook/maestro/train"
)

// rungHeader are the columns of ladder.csv, one row a step. Cells of what was not measured are empty.
var rungHeader = []string{"step", "layer", "macs", "weights", "parameters", "latency_ms", "loss", "validation_loss", "validation_accuracy", "evaluations", "seconds", "ranks"}

func number(x float64) string { return strconv.FormatFloat(x, 'g', -1, 64) }

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// known is a number of a measurement, or nothing if there was none.
func known(x float64, measured bool) string {
	if !measured {
		return ""
	}
	return number(x)
}

func (r Rung) record() []string {
	measured := r.Validation != (train.Measured{})
	return []string{strconv.Itoa(r.Step), r.Layer, whole(r.MACs), whole(r.Weights), whole(r.Parameters), known(r.LatencyMS, r.LatencyMS > 0),
		number(r.Loss), known(r.Validation.Loss, measured), known(r.Validation.Accuracy, measured), strconv.Itoa(r.Evaluations), number(r.Seconds), list(r.Ranks)}
}

// list writes whole numbers with spaces between.
func list(numbers []int) string {
	return strings.Trim(fmt.Sprint(numbers), "[]")
}

func parseList(text string) (numbers []int, err error) {
	for _, field := range strings.Fields(text) {
		n, e := strconv.Atoi(field)
		numbers, err = append(numbers, n), errors.Join(err, e)
	}
	return numbers, err
}

// fields reads numbers out of a row and keeps the first mistake.
type fields struct {
	row []string
	err error
}

func (f *fields) float(column int) (x float64) {
	if f.row[column] == "" {
		return 0
	}
	x, err := strconv.ParseFloat(f.row[column], 64)
	f.err = errors.Join(f.err, err)
	return x
}

func (f *fields) int(column int) int64 {
	n, err := strconv.ParseInt(f.row[column], 10, 64)
	f.err = errors.Join(f.err, err)
	return n
}

func parseRung(row []string) (r Rung, err error) {
	f := fields{row: row}
	r.Step, r.Layer = int(f.int(0)), row[1]
	r.MACs, r.Weights, r.Parameters, r.LatencyMS = f.int(2), f.int(3), f.int(4), f.float(5)
	r.Loss, r.Validation.Loss, r.Validation.Accuracy = f.float(6), f.float(7), f.float(8)
	r.Evaluations, r.Seconds = int(f.int(9)), f.float(10)
	ranks, err := parseList(row[11])
	r.Ranks = ranks
	return r, errors.Join(f.err, err)
}

// readTable gives every row of a table; a file that is not there has none.
func readTable(path string, header []string, row func([]string) error) error {
	if err := csvfile.Read(path, len(header), row); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}
