package plots

import (
	"strings"
	"testing"
)

func TestShowOutsideNotebook(t *testing.T) {
	err := Show(figure(t))
	if err == nil || !strings.Contains(err.Error(), "notebook") || !strings.Contains(err.Error(), "Save") || strings.Contains(err.Error(), "\n") {
		t.Errorf("error %v, want one line that points to Save", err)
	}
}

func TestDescribe(t *testing.T) {
	p := figure(t)
	if got, want := describe(p), "Figure: singular value ‖uₖ‖·‖vₖ‖ against training step"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.Title.Text = "SVD"
	if got, want := describe(p), "Figure: SVD (singular value ‖uₖ‖·‖vₖ‖ against training step)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
