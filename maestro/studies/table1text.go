package studies

import (
	"fmt"
	"math"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/table"
)

// Table1Text is the table as it is printed: means over the seeds with their standard deviations, training cost over the
// non-factorised network's where that is among the rows, and what the paper prints for ResNet-18 on CIFAR-10 beside it.
func Table1Text(p Protocol, rows []Table1Row) table.Table {
	seeds := "one seed"
	if n := len(p.Seeds); n > 1 {
		seeds = fmt.Sprintf("%d seeds, mean ± standard deviation", n)
	}
	t := table.Table{
		Caption: fmt.Sprintf("Ours: %s, %s. Training: multiply-adds of all training steps, over the non-factorised "+
			"network's. "+
			"Paper: ResNet-18 on CIFAR-10 at full size; †: read in another's account of it, not checked.",
			p.describe(), seeds),
		Note:  fmt.Sprintf("Protocol %s: %s", p.Name, p.About),
		Label: "tab:maestro-" + p.Name,
		Header: []string{"variant", "accuracy (%)", "GMACs", "parameters (M)", "ranks", "training (×)",
			"paper accuracy (%)", "paper GMACs", "paper parameters (M)", "paper training (×)"},
		Groups:  []table.Group{{Name: "ours", First: 1, Columns: 5}, {Name: "paper", First: 6, Columns: 4}},
		Numbers: 1,
	}
	whole := 0.0
	for _, row := range rows {
		if row.Variant.Method == NonFactorised {
			whole, _ = row.column(func(r Table1Run) float64 { return r.TrainingMACs })
		}
	}
	small, size := 2, 3 // as many decimals as tell the variants apart
	for _, row := range rows[:min(1, len(rows))] {
		if row.largest(func(r Table1Run) float64 { return float64(r.MACs) / 1e9 }) < 0.1 {
			small = 4
		}
		if row.largest(func(r Table1Run) float64 { return float64(r.Parameters) / 1e6 }) < 1 {
			size = 4
		}
	}
	for _, row := range rows {
		measured := func(decimals int, figure func(Table1Run) float64) table.Cell {
			mean, deviation := row.column(figure)
			if len(row.Runs) == 1 {
				deviation = math.NaN()
			}
			return table.Spread(mean, deviation, decimals)
		}
		var training table.Cell
		if whole > 0 {
			cost, _ := row.column(func(r Table1Run) float64 { return r.TrainingMACs / whole })
			training = table.Number(cost, 2)
		}
		pub := row.Variant.Published
		accuracy := published(pub.Accuracy)
		if pub.AccuracyDev > 0 {
			accuracy = table.Spread(pub.Accuracy, pub.AccuracyDev, 2)
		}
		mark := func(c table.Cell) table.Cell {
			if pub.SecondHand {
				return c.Marked("†")
			}
			return c
		}
		t.Rows = append(t.Rows, []table.Cell{
			table.Text(row.Variant.Title),
			measured(2, func(r Table1Run) float64 { return r.Test.Accuracy }),
			measured(small, func(r Table1Run) float64 { return float64(r.MACs) / 1e9 }),
			measured(size, func(r Table1Run) float64 { return float64(r.Parameters) / 1e6 }),
			measured(0, func(r Table1Run) float64 { return float64(r.TotalRank()) }),
			training,
			mark(accuracy), published(pub.GMACs), published(pub.Parameters), mark(published(pub.TrainingCost)),
		})
	}
	return t
}

// published is a figure with the digits that were printed; 0 is one that was not.
func published(value float64) table.Cell {
	if value == 0 {
		return table.Cell{}
	}
	return table.Number(value, -1)
}

// describe is what was trained, on what and for how long, in a caption's words.
func (p Protocol) describe() string {
	title := func(name string, titles map[string]string) string {
		if t, ok := titles[name]; ok {
			return t
		}
		return name
	}
	s := p.Settings
	text := title(s.Model, map[string]string{"lenet": "LeNet", "resnet18": "ResNet-18", "resnet34": "ResNet-34",
		"resnet50": "ResNet-50", "vgg19": "VGG-19"})
	if s.Width > 0 {
		text += fmt.Sprintf(" (%d channels in its first stage)", s.Width)
	}
	text += " on "
	if s.TrainExamples > 0 {
		text += fmt.Sprintf("%d images of ", s.TrainExamples)
	}
	text += data.Title(s.Data)
	return fmt.Sprintf("%s, %d epochs", text, s.Epochs)
}

// column is the mean and standard deviation of a figure over the seeds.
func (r Table1Row) column(figure func(Table1Run) float64) (mean, deviation float64) {
	values := make([]float64, len(r.Runs))
	for i, run := range r.Runs {
		values[i] = figure(run)
	}
	return meanDeviation(values)
}

func (r Table1Row) largest(figure func(Table1Run) float64) (most float64) {
	for _, run := range r.Runs {
		most = max(most, figure(run))
	}
	return most
}
