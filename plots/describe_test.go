package plots

import "testing"

func TestDescribe(t *testing.T) {
	p := figure(t)
	if got, want := Describe(p), "Figure: singular value ‖uₖ‖·‖vₖ‖ against training step"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.Title.Text = "SVD"
	if got, want := Describe(p), "Figure: SVD (singular value ‖uₖ‖·‖vₖ‖ against training step)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
