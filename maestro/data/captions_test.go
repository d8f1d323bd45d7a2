package data_test

import (
	"strings"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

// TestSmallMulti30k: the test data of others are of the form that is read.
func TestSmallMulti30k(t *testing.T) {
	p, err := data.Multi30k(t.Context(), data.Options{Dir: testkit.SmallMulti30k(t, 200)})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Train) != 200 || len(p.Validation) != 60 || len(p.Test) != 40 ||
		!strings.HasSuffix(p.Test[0].Target, ".") {
		t.Errorf("%d, %d and %d pairs, %q", len(p.Train), len(p.Validation), len(p.Test), p.Test[0])
	}
}
