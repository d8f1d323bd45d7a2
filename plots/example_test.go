package plots_test

import (
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
