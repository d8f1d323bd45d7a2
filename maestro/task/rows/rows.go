package rows

import (
	"fmt"
	"math"
	"math/rand/v2"

	. "github.com/gomlx/gomlx/core/graph"
	"gonum.org/v1/gonum/stat"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/task"
)

// Options are how a table becomes examples.
type Options struct {
	Target string   // the column to learn
	Inputs []string // the columns to learn it from; nil for all others
	// Validation and Test are the shares of the rows that are held out; 0 is a tenth each.
	Validation, Test float64
	Seed             uint64 // of the draw of these rows
}

// Regress is the task of the target's number. The model, which config.yaml calls by a name, takes x [batch, columns]
// of mean 0 and deviation 1 and gives [batch, 1]; what it learns is scaled likewise, while its output and the root
// mean squared error are in the target's own unit.
func (t *Table) Regress(name string, m lod.Model, o Options) (*task.Task, error) {
	target, err := t.Numbers(o.Target)
	if err != nil {
		return nil, err
	}
	s, err := t.split(o)
	if err != nil {
		return nil, err
	}
	learnt := make([]float64, len(s.train))
	for i, row := range s.train {
		learnt[i] = target[row]
	}
	mean, deviation := moments(learnt)
	numbers := make([]float32, len(target))
	for i, y := range target {
		numbers[i] = float32(y)
	}
	it := s.task(name, func(p *lod.Pass, x *Node) *Node {
		return AddScalar(MulScalar(m(p, x), deviation), mean)
	}, func(rows []int) task.Column { return task.NewColumn(pick(numbers, rows)) })
	it.Loss, it.Metrics = task.SquaredError{Scale: deviation},
		[]task.Metric{task.RMSE(), task.R2(deviation * deviation)}
	return it, nil
}

// Classify is the task of the target's class. The model, which config.yaml calls by a name, takes x [batch, columns]
// of mean 0 and deviation 1 and gives the logits [batch, classes], in the order of Classes.
func (t *Table) Classify(name string, m lod.Model, o Options) (*task.Task, error) {
	classes, err := t.Classes(o.Target)
	if err != nil {
		return nil, err
	}
	s, err := t.split(o)
	if err != nil {
		return nil, err
	}
	number := map[string]int32{}
	for i, class := range classes {
		number[class] = int32(i)
	}
	at, _ := t.column(o.Target)
	labels := make([]int32, len(t.Rows))
	for i, row := range t.Rows {
		labels[i] = number[row[at]]
	}
	it := s.task(name, m, func(rows []int) task.Column { return task.NewColumn(pick(labels, rows)) })
	it.Data.Config.Classes = len(classes)
	it.Loss, it.Metrics = task.CrossEntropy{}, []task.Metric{task.ClassAccuracy()}
	return it, nil
}

// split is a table cut into three, by the numbers of its rows.
type split struct {
	name                    string
	inputs                  []float32 // [rows, columns]
	columns                 int
	mean, std               []float64 // of the training rows
	train, validation, test []int
}

func (t *Table) split(o Options) (s split, err error) {
	names := o.Inputs
	if names == nil {
		for _, name := range t.Header {
			if name != o.Target {
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		return s, fmt.Errorf("the table %q has no column beside %q to learn it from", t.Name, o.Target)
	}
	order := rand.New(rand.NewPCG(o.Seed, 0x726f7773)).Perm(len(t.Rows)) // "rows"
	held := func(share float64) (int, error) {
		if share == 0 {
			share = 0.1
		}
		n := int(math.Round(share * float64(len(order))))
		if !(share > 0) || n < 1 || n >= len(order) {
			return 0, fmt.Errorf("a share of %g of %d rows cannot be held out: it must leave some, and be some", share,
				len(order))
		}
		return n, nil
	}
	validation, err := held(o.Validation)
	if err != nil {
		return s, err
	}
	test, err := held(o.Test)
	if err != nil {
		return s, err
	}
	if validation+test >= len(order) {
		return s, fmt.Errorf("%d rows for validation and %d for test leave none of %d to train on", validation, test,
			len(order))
	}
	s = split{name: t.Name, columns: len(names), inputs: make([]float32, len(t.Rows)*len(names)),
		validation: order[:validation], test: order[validation : validation+test], train: order[validation+test:]}
	for c, name := range names {
		numbers, err := t.Numbers(name)
		if err != nil {
			return s, err
		}
		trained := pick(numbers, s.train)
		mean, std := moments(trained)
		s.mean, s.std = append(s.mean, mean), append(s.std, std)
		for i, x := range numbers {
			s.inputs[i*len(names)+c] = float32(x)
		}
	}
	return s, nil
}

// task is one of the rows and a target, without its loss.
func (s split) task(name string, m lod.Model, target func(rows []int) task.Column) *task.Task {
	set := func(rows []int) task.Set {
		var x []float32
		for _, row := range rows {
			x = append(x, s.inputs[row*s.columns:(row+1)*s.columns]...)
		}
		return task.Set{task.NewColumn(x, s.columns), target(rows)}
	}
	moments := make([]float32, 2*s.columns)
	for c := range s.columns {
		moments[c], moments[s.columns+c] = float32(s.mean[c]), float32(s.std[c])
	}
	return &task.Task{
		Net: task.Net{Name: name, Model: m, Inputs: []lod.Input{{Name: "x", Shape: []int{s.columns}, Mean: s.mean,
			Std: s.std}}},
		Data: &task.Data{Name: s.name, Train: set(s.train), Validation: set(s.validation), Test: set(s.test),
			Constants: []task.Column{task.NewConstant(moments, 2, s.columns)}},
		Batch: func(b task.Batch) task.Example {
			row := func(i int) *Node { return Slice(b.Constants[0], AxisRange(i, i+1)) } // [1, columns]
			return task.Example{Inputs: []*Node{Div(Sub(b.Rows(0), row(0)), row(1))}, Target: b.Rows(1)}
		},
	}
}

// moments are the mean and the standard deviation; of numbers that are all the same the deviation is 1, by which they
// can be divided.
func moments(numbers []float64) (mean, std float64) {
	mean, std = stat.PopMeanStdDev(numbers, nil)
	if std == 0 {
		std = 1
	}
	return mean, std
}

func pick[T any](from []T, rows []int) []T {
	picked := make([]T, len(rows))
	for i, row := range rows {
		picked[i] = from[row]
	}
	return picked
}
