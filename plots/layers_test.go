package plots

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
)

// lenetLayers are LeNet's ranks after 10 epochs at five λ_gl.
func lenetLayers() (layers []string, full []int, runs []LabelledRanks) {
	return []string{"conv1", "conv2", "fc1", "fc2", "fc3"}, []int{6, 16, 120, 84, 10}, []LabelledRanks{
		{"run 1e-4", []int{6, 16, 117, 82, 10}},
		{"run 3e-4", []int{6, 16, 49, 38, 10}},
		{"run 5e-4", []int{6, 16, 29, 22, 10}},
		{"run 1e-3", []int{6, 10, 14, 10, 9}},
		{"run 2e-3", []int{3, 6, 9, 7, 0}},
	}
}

// resnetLayers has as many layers as a ResNet-18, with names as long.
func resnetLayers() (layers []string, full []int, runs []LabelledRanks) {
	runs = []LabelledRanks{{Label: "run a"}, {Label: "run b"}}
	for i := range 21 {
		layers, full = append(layers, fmt.Sprintf("layer%d.0.shortcut", i+1)), append(full, 64<<(i/6))
		runs[0].Ranks, runs[1].Ranks = append(runs[0].Ranks, full[i]/2), append(runs[1].Ranks, full[i]/5)
	}
	return layers, full, runs
}

func TestRanksByLayer(t *testing.T) {
	for _, fixture := range []func() ([]string, []int, []LabelledRanks){lenetLayers, resnetLayers} {
		layers, full, runs := fixture()
		p, err := RanksByLayer(layers, full, runs)
		if err != nil {
			t.Fatal(err)
		}
		pg := drawn(t, p)
		if size := pg.data.Size(); size.X < 0.45*DefaultWidth || size.Y < 0.45*DefaultHeight {
			t.Errorf("the data area is only %g by %g points", size.X.Points(), size.Y.Points())
		}
		pg.besideData(t, "full")
		hollow := pg.filled(Grey(0xf4), false)
		if len(hollow) != len(layers) {
			t.Fatalf("%d bars of full ranks for %d layers", len(hollow), len(layers))
		}
		for k, r := range runs {
			pg.besideData(t, r.Label)
			col := Palette(len(runs))[k]
			if got := len(pg.filled(col, true)); got != 1 {
				t.Errorf("%s: %d samples in the legend", r.Label, got)
			}
			bars := pg.filled(col, false)
			if len(bars) != len(layers) {
				t.Fatalf("%s: %d bars for %d layers", r.Label, len(bars), len(layers))
			}
			for i, path := range bars {
				bar, group := extent(path), extent(hollow[i])
				if want := pg.data.Y(p.Y.Norm(float64(full[i]))); !near(group.Max.Y, want) {
					t.Errorf("%s: full rank's bar ends at %v, want %v", layers[i], group.Max.Y, want)
				}
				// The path's third corner is its top also where the axis covers it.
				if want := pg.data.Y(p.Y.Norm(float64(r.Ranks[i]))); !near(path[2].Pos.Y, want) {
					t.Errorf("%s, %s: bar ends at %v, want %v", r.Label, layers[i], path[2].Pos.Y, want)
				}
				if bar.Min.X < group.Min.X || bar.Max.X > group.Max.X ||
					math.Abs((bar.Min.Y-pg.data.Min.Y).Points()) > 1 {
					t.Errorf("%s, %s: bar %v is not in its group %v", r.Label, layers[i], bar, group)
				}
			}
		}
		for i := 1; i < len(hollow); i++ {
			if extent(hollow[i]).Min.X <= extent(hollow[i-1]).Max.X {
				t.Errorf("groups of layers %q and %q overlap", layers[i-1], layers[i])
			}
		}
	}
}

func TestLayerNames(t *testing.T) {
	short := must(RanksByLayer(lenetLayers()))(t)
	pg := drawn(t, short)
	layers, _, _ := lenetLayers()
	end := pg.canvas.Min.X
	for _, layer := range layers {
		at, ok := pg.texts[layer]
		if !ok || at.X < end || at.Y > pg.data.Min.Y {
			t.Errorf("%s is at %v, want it upright below the data and beyond %v", layer, at, end)
		}
		end = at.X + NewMathText().width(layer, sans(SmallSize))
	}
	long := must(RanksByLayer(resnetLayers()))(t)
	if long.X.Tick.Label.Rotation != math.Pi/2 {
		t.Error("long names are not turned")
	}
	// Turned names stand side by side.
	pg = drawn(t, long)
	if step := pg.data.Size().X / 21; step < SmallSize {
		t.Errorf("names are %g points apart, less than their height", step.Points())
	}
}

func must(p *plot.Plot, err error) func(*testing.T) *plot.Plot {
	return func(t *testing.T) *plot.Plot {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
}

func TestRanksByLayerErrors(t *testing.T) {
	type args struct {
		layers []string
		full   []int
		runs   []LabelledRanks
	}
	for want, spoil := range map[string]func(*args){
		"no layer":                         func(a *args) { a.layers = nil },
		"no run":                           func(a *args) { a.runs = nil },
		"1 full ranks for 5 layers":        func(a *args) { a.full = []int{6} },
		`layer "conv1" has full rank 0`:    func(a *args) { a.full[0] = 0 },
		"run 2 has no label":               func(a *args) { a.runs[1].Label = "" },
		`two runs have the label "run`:     func(a *args) { a.runs[1].Label = a.runs[0].Label },
		"has 1 ranks for 5 layers":         func(a *args) { a.runs[0].Ranks = []int{6} },
		`rank 7 in layer "conv1", want 0 `: func(a *args) { a.runs[0].Ranks[0] = 7 },
		"has rank -1 in layer":             func(a *args) { a.runs[4].Ranks[4] = -1 },
	} {
		var a args
		a.layers, a.full, a.runs = lenetLayers()
		spoil(&a)
		_, err := RanksByLayer(a.layers, a.full, a.runs)
		oneLine(t, "RanksByLayer", err, want)
		oneLine(t, "WriteLayerRanksCSV", WriteLayerRanksCSV(&strings.Builder{}, a.layers, a.full, a.runs), want)
	}
}

// TestNumberedNames: names that count the same things are cut to their numbers, which the axis explains, and a ResNet's
// bars keep most of the height; others stay as they are.
func TestNumberedNames(t *testing.T) {
	layers, full := []string{"stem"}, []int{16}
	for stage := 1; stage <= 4; stage++ {
		for block := 1; block <= 2; block++ {
			for _, part := range []string{"a", "b", "shortcut"} {
				if part != "shortcut" || stage > 1 && block == 1 {
					layers, full = append(layers, fmt.Sprintf("stage%d-block%d-%s", stage, block, part)),
						append(full, 16<<stage)
				}
			}
		}
	}
	layers, full = append(layers, "head"), append(full, 10)
	ranks := make([]int, len(layers))
	p := must(RanksByLayer(layers, full, []LabelledRanks{{"λ_gl = 0.0004", ranks}, {"λ_gl = 0.001", ranks}}))(t)
	if got, want := p.X.Label.Text, "layer (stage.block)"; got != want {
		t.Errorf("the axis is %q, want %q", got, want)
	}
	if got := drawn(t, p).data.Size().Y; got < 0.6*DefaultHeight {
		t.Errorf("the data area is %g points high, of %g", got.Points(), DefaultHeight.Points())
	}
	var names []string
	for _, tick := range p.X.Tick.Marker.Ticks(p.X.Min, p.X.Max) {
		names = append(names, strings.TrimSpace(tick.Label))
	}
	if names[0] != "stem" || names[1] != "1.1-a" || names[7] != "2.1-shortcut" || names[len(names)-1] != "head" {
		t.Errorf("names %q", names)
	}
	for _, names := range [][]string{
		{"conv1", "fc1"},                    // nothing to cut
		{"stage1-a", "block1-b"},            // numbers of different things
		{"stage1-a", "stage1-block2-a"},     // numbers of more things
		{"1-a", "stage1-a"},                 // the same when cut
		{"layer1.0.shortcut", "layer2.0.a"}, // numbered in another way
	} {
		if short, counted := numberedNames(names); counted != "" || fmt.Sprint(short) != fmt.Sprint(names) {
			t.Errorf("%q become %q by %q", names, short, counted)
		}
	}
}

func TestRanksByLayerAxis(t *testing.T) {
	p := must(RanksByLayer(lenetLayers()))(t)
	if got, want := Describe(p), "Figure: rank against layer"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
