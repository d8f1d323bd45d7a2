package plots_test

import (
	"bytes"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"

	"github.com/maestro-lod/notebook/plots"
)

func ExampleSingularValues() {
	p, err := plots.SingularValues(plots.Curves{
		Steps:  []int{0, 1000, 2000},
		Values: [][]float64{{0.5, 3.2, 3.7}, {0.4, 0.01, 0}},
		Exact:  []float64{3.7, 0},
	})
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "figures")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if err := plots.Save(p, plots.Size{}, filepath.Join(dir, "singular-values.pdf")); err != nil {
		log.Fatal(err)
	}
	fmt.Println(p.Y.Label.Text)
	// Output: singular value ‖uₖ‖·‖vₖ‖
}

// A figure of one's own in the look of all others: the accuracy of two methods over a
// logarithmic axis, one with the band that its seeds span.
func ExampleNew() {
	p := plots.New()
	p.X.Label.Text, p.Y.Label.Text = "λ_gl", "test accuracy (%)"
	p.X.Scale, p.X.Tick.Marker = plots.LogScale{}, plots.LogTicks{}

	lambda := []float64{1e-5, 1e-4, 1e-3}
	lines := []plots.Line{
		{Label: "Maestro", X: lambda, Y: []float64{98.9, 98.8, 97.1}},
		{Label: "SVD", X: lambda, Y: []float64{98.7, 97.2, 90.3}},
	}
	plots.StyleLines(lines)
	seeds := plots.Band{
		X: lambda, Low: []float64{98.7, 98.5, 96.4}, High: []float64{99, 98.9, 97.6},
		Color: plots.SeeThrough(lines[0].Style.Color),
	}

	p.Add(plots.NewGrid(), seeds, plots.Level{Y: 99, Color: plots.DarkGrey})
	for _, line := range lines {
		p.Add(line)
	}
	exact := plots.LegendEntry{Label: "full rank", Line: plots.DashedStyle(plots.DarkGrey)}
	p.Add(plots.NewLegend(lines[0].Entry(), lines[1].Entry(), exact))
	plots.Margin(p)

	svg, err := plots.Render(p, plots.Size{}, "svg")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(plots.Describe(p), bytes.HasSuffix(svg, []byte("</svg>\n")))
	// Output: Figure: test accuracy (%) against λ_gl true
}

func ExampleWriteCSV() {
	err := plots.WriteCSV(os.Stdout, plots.Curves{
		Steps:  []int{0, 100},
		Values: [][]float64{{0.5, 3.2}, {0.4, 1e-9}},
		Exact:  []float64{3.7, math.NaN()},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// step,rank,value,exact
	// 0,1,0.5,3.7
	// 0,2,0.4,
	// 100,1,3.2,3.7
	// 100,2,1e-09,
}
