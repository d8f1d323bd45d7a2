package studies

import (
	"fmt"

	"github.com/maestro-lod/notebook/maestro/table"
)

// Text lists the networks that were timed and whose test accuracy is at least the lowest, in percent. MACs are in a
// unit, such as 1e6, which the heading calls by its name, "M".
func (r *DeploymentResult) Text(lowest, unit float64, name string) table.Table {
	t := table.Table{Header: []string{"network", "λ_gl", "MACs (" + name + ")", "test accuracy (%)"}, Numbers: 1}
	for _, batch := range r.Batches {
		t.Header = append(t.Header, fmt.Sprintf("p50 ms, batch %d", batch), fmt.Sprintf("p95 ms, batch %d", batch))
	}
	for _, m := range r.Models {
		if len(m.Times) == 0 || m.Test.Accuracy < lowest {
			continue
		}
		var lambda table.Cell
		if m.Trained && m.Label != "non-factorised" {
			lambda = table.Number(m.LambdaGL, -1)
		}
		row := []table.Cell{table.Text(m.Label), lambda, table.Number(float64(m.Size.MACs)/unit, 1),
			table.Number(m.Test.Accuracy, 2)}
		for _, time := range m.Times {
			row = append(row, table.Number(time.P50, 3), table.Number(time.P95, 3))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Text lists every fourth step of the ladder, and its last.
func (l DeploymentLadder) Text() table.Table {
	t := table.Table{Caption: l.Label, Numbers: 3, Header: []string{"step", "ranks of", "ranks left", "MACs (k)",
		"parameters (k)",
		"loss on the batch", "validation accuracy (%)", "candidates tried"}}
	for i, r := range l.Rungs {
		if i%4 == 0 || i == len(l.Rungs)-1 {
			t.Rows = append(t.Rows, []table.Cell{table.Text(fmt.Sprint(r.Step)), table.Text(r.Layer),
				table.Text(fmt.Sprint(r.Ranks)),
				table.Number(float64(r.MACs)/1e3, 1), table.Number(float64(r.Parameters)/1e3, 1),
				table.Number(r.Loss, 4),
				table.Number(r.Validation.Accuracy, 2), table.Number(float64(r.Evaluations), 0)})
		}
	}
	return t
}
