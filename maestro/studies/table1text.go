package studies

import (
	"fmt"

	"github.com/maestro-lod/notebook/maestro/table"
)

// Table1Text is the table as it is printed: means over the seeds with their standard deviations, training cost over the
// non-factorised network's where that is among the rows, and what the paper prints for ResNet-18 on CIFAR-10 beside it.
func Table1Text(p Protocol, rows []Table1Row) table.Table {
	seeds := "One seed"
	if n := len(p.Seeds); n > 1 {
		seeds = fmt.Sprintf("%d seeds, mean ± standard deviation", n)
	}
	t := table.Table{
		Caption: fmt.Sprintf("Table 1, %s protocol: %s %s. Training: multiply-adds of all training steps, over the non-factorised network's. "+
			"Paper: ResNet-18 on CIFAR-10 at full size.", p.Name, p.About, seeds),
		Header:  []string{"variant", "accuracy (%)", "GMACs", "parameters (M)", "ranks", "training", "paper: accuracy (%)", "GMACs", "parameters (M)", "training"},
		Numbers: 1,
	}
	whole := 0.0
	for _, row := range rows {
		if row.Variant.Method == NonFactorised {
			whole, _ = row.column(func(r Table1Run) float64 { return r.TrainingMACs })
		}
	}
	for _, row := range rows {
		accuracy, accuracyDev := row.column(func(r Table1Run) float64 { return r.Test.Accuracy })
		macs, macsDev := row.column(func(r Table1Run) float64 { return r.MACs / 1e9 })
		parameters, parametersDev := row.column(func(r Table1Run) float64 { return r.Parameters / 1e6 })
		rank, rankDev := row.column(func(r Table1Run) float64 { return float64(r.TotalRank) })
		cost, _ := row.column(func(r Table1Run) float64 { return r.TrainingMACs / whole })
		spread := func(format string, mean, deviation float64) string {
			if len(row.Runs) == 1 {
				return fmt.Sprintf(format, mean)
			}
			return fmt.Sprintf(format+" ± "+format, mean, deviation)
		}
		small := "%.2f" // as many digits as tell the variants apart
		if largest := rows[0].largest(func(r Table1Run) float64 { return r.MACs / 1e9 }); largest < 0.1 {
			small = "%.4f"
		}
		size := "%.3f"
		if largest := rows[0].largest(func(r Table1Run) float64 { return r.Parameters / 1e6 }); largest < 1 {
			size = "%.4f"
		}
		training := "–"
		if whole > 0 {
			training = fmt.Sprintf("%.2f×", cost)
		}
		pub := row.Variant.Published
		t.Rows = append(t.Rows, []string{
			row.Variant.Title, spread("%.2f", accuracy, accuracyDev), spread(small, macs, macsDev), spread(size, parameters, parametersDev), spread("%.0f", rank, rankDev), training,
			published(pub.Accuracy, pub.AccuracyDev), published(pub.GMACs, 0), published(pub.Parameters, 0), published(pub.TrainingCost, 0),
		})
	}
	return t
}

func published(value, deviation float64) string {
	switch {
	case value == 0:
		return "–"
	case deviation == 0:
		return fmt.Sprintf("%g", value)
	}
	return fmt.Sprintf("%g ± %.2f", value, deviation)
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
