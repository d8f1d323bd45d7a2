package images_test

import (
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task/images"
)

// TestImagesThatDoNotFit: a model that does not take images of the data's size is refused.
func TestImagesThatDoNotFit(t *testing.T) {
	s := runs.Defaults()
	s.Model, s.Width, s.Data = "vgg19", 2, "mnist-small"
	_, err := images.Load(t.Context(), s, data.Options{})
	for _, word := range []string{"model vgg19", "28×28", "use lenet"} {
		if err == nil || !strings.Contains(err.Error(), word) || strings.Contains(err.Error(), "\n") {
			t.Errorf("error %v, want one line with %q", err, word)
		}
	}
}
