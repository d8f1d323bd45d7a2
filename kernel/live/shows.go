package live

import "go/types"

// Packages whose functions show values.
const (
	cellPath   = module + "kernel/cell"
	inlinePath = module + "kernel/cell/inline"
)

// showFor finds how the last expression of a cell shows itself, by its type.
func showFor(t types.Type) show {
	s := show{imports: map[string]string{}}
	tuple, ok := t.(*types.Tuple)
	if !ok {
		if st, empty := t.(*types.Struct); t == nil || isError(t) || empty && st.NumFields() == 0 { // nothing to see
			return show{}
		}
		s.formats = []string{s.format(t)}
		return s
	}
	if tuple.Len() == 0 || writes(tuple) {
		return show{}
	}
	n := tuple.Len()
	if s.fails = isError(tuple.At(n - 1).Type()); s.fails {
		n--
	}
	for i := range n {
		s.formats = append(s.formats, s.format(tuple.At(i).Type()))
	}
	return s
}

func (s *show) format(t types.Type) string {
	if b, ok := types.Default(types.Unalias(t)).(*types.Basic); ok && b.Kind() != types.UnsafePointer &&
		b.Kind() != types.UntypedNil {
		return runtimeName + ".ShowText(%s)"
	}
	if p, ok := t.(*types.Pointer); ok {
		if named, ok := types.Unalias(p.Elem()).(*types.Named); ok && named.Obj().Pkg() != nil &&
			named.Obj().Pkg().Path() == "gonum.org/v1/plot" && named.Obj().Name() == "Plot" {
			s.imports[inner+"inline"] = inlinePath
			return runtimeName + ".Must(" + inner + "inline.Show(%s))"
		}
	}
	s.imports[inner+"cell"] = cellPath
	return runtimeName + ".Must(" + inner + "cell.Value(%s))"
}
