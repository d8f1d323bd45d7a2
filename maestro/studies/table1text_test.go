package studies_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/lod/layer"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/studies"
)

// TestTable1Files: a program reads every column of the CSV as numbers under a name of its own, and the LaTeX groups
// ours and the paper's and says nothing of how long it took.
func TestTable1Files(t *testing.T) {
	p := studies.ReducedProtocol()
	variants := studies.Table1Variants(4e-4, 1e-3, 0.125)
	run := func(accuracy, macs float64) studies.Table1Run {
		return studies.Table1Run{TrainingMACs: macs, Result: runs.Result{Test: runs.Measured{Accuracy: accuracy},
			Ranks: []int{40, 60},
			Size:  runs.Size{Cost: layer.Cost{MACs: int64(macs)}, Parameters: 7e5}}}
	}
	rows := []studies.Table1Row{
		{Variant: variants[0], Runs: []studies.Table1Run{run(45, 35e6), run(47, 35e6)}},
		{Variant: variants[1], Runs: []studies.Table1Run{run(44, 14e6), run(44, 14e6)}},
		// second-hand figures
		{Variant: variants[len(variants)-1], Runs: []studies.Table1Run{run(44, 14e6), run(44, 14e6)}},
	}
	p.Seeds = []uint64{1, 2}
	write := func(format string) string {
		var b strings.Builder
		if err := studies.Table1Text(p, rows).Write(&b, format); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	records, err := csv.NewReader(strings.NewReader(write("csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	cell := map[string]string{}
	for i, name := range records[0] {
		if _, twice := cell[name]; twice {
			t.Errorf("two columns are named %q", name)
		}
		cell[name] = records[1][i]
		for _, record := range records[1:] {
			if text := record[i]; i > 0 && strings.Trim(text, "0123456789.") != "" {
				t.Errorf("column %q holds %q, want a bare number or nothing", name, text)
			}
		}
	}
	for name, want := range map[string]string{
		"variant": "Non-factorised", "accuracy (%)": "46.00", "accuracy (%) deviation": "1.41", "GMACs": "0.0350",
		"training (×)":       "1.00",
		"paper accuracy (%)": "93.86", "paper accuracy (%) deviation": "0.20", "paper GMACs": "0.56",
		"paper training (×)": "1",
	} {
		if cell[name] != want {
			t.Errorf("%s is %q, want %q", name, cell[name], want)
		}
	}
	tex := write("tex")
	for _, want := range []string{`\multicolumn{5}{c}{ours} & \multicolumn{4}{c}{paper}`,
		`\cmidrule(lr){2-6} \cmidrule(lr){7-10}`, `\label{tab:maestro-reduced}`, `94.05\textsuperscript{\textdagger}`,
		`ResNet-18 (16 channels in its first stage) on 2000 images of CIFAR-10, 24 epochs, 2 seeds`} {
		if !strings.Contains(tex, want) {
			t.Errorf("no %s in\n%s", want, tex)
		}
	}
	if strings.Contains(tex, "minutes") || strings.Contains(tex, "Expected") {
		t.Errorf("the paper's table says how long it took:\n%s", tex)
	}
}
