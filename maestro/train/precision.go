package train

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/maestro-lod/notebook/maestro/lod"
	"github.com/maestro-lod/notebook/maestro/runs"
	"github.com/maestro-lod/notebook/maestro/task"
)

// bfloat16 has the range of float32 and eight bits of precision.
const bfloat16 = "bfloat16"

func checkPrecision(s runs.Settings) error {
	if s.Precision != "" && s.Precision != bfloat16 {
		return fmt.Errorf("unknown precision %q: use %s, or leave it out for float32", s.Precision, bfloat16)
	}
	return nil
}

// pass starts a traversal of the network in the settings' precision.
func (s stepGraph) pass(ranks *Node) *lod.Pass {
	p := s.network.Pass(ranks)
	if s.settings.Precision == bfloat16 {
		p.In(dtypes.BFloat16)
	}
	return p
}

// output is the network's of an example, in float32 whatever the pass computes in: so is the loss.
func (s stepGraph) output(p *lod.Pass, e task.Example) *Node {
	return ConvertDType(s.network.Apply(p, e.Inputs...), dtypes.Float32)
}
