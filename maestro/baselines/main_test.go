package baselines_test

import (
	"testing"

	"github.com/maestro-lod/notebook/maestro/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
