package translation

import (
	"fmt"

	"github.com/maestro-lod/notebook/maestro/task"
)

// SourceRow is a source as the model takes it: its pieces, the end, and padding up to the length. A longer one is an
// error.
func SourceRow(source []int32, length int) ([]int32, error) {
	if len(source) >= length {
		return nil, fmt.Errorf("a sequence has %d pieces, and the model takes %d beside its end", len(source), length-1)
	}
	row := make([]int32, length)
	row[copy(row, source)] = task.EndPiece
	return row, nil
}

// set is a split's examples: sources [pairs, Length] and, behind the begin piece, targets [pairs, 1 + Length]. Lengths
// are the pieces of each pair's longer side, with its end.
func (o Options) set(split string, pairs []Pair, pieces int) (s task.Set, lengths []int, err error) {
	var sources, targets []int32
	var empty, longer tally
	for i, p := range pairs {
		for side, sequence := range [][]int32{p.Source, p.Target} {
			if err := task.CheckPieces(sequence, pieces); err != nil {
				return nil, nil, fmt.Errorf("the %s of %s pair %d: %w", [2]string{"source", "target"}[side], split, i+1, err)
			}
		}
		longest := max(len(p.Source), len(p.Target))
		switch {
		case len(p.Source) == 0 || len(p.Target) == 0:
			empty.add(i, 0)
			continue
		case longest >= o.Length:
			longer.add(i, longest)
			continue
		}
		source, _ := SourceRow(p.Source, o.Length)
		target, _ := SourceRow(p.Target, o.Length)
		lengths = append(lengths, longest+1)
		sources = append(sources, source...)
		targets = append(append(targets, task.BeginPiece), target...)
	}
	for _, out := range []struct {
		tally
		what, mend string
	}{
		{empty, "with an empty side", "leave them out by Drop"},
		{longer, fmt.Sprintf("longer than %d pieces and the end, the longest of %d", o.Length-1, longer.most),
			"raise Length, or leave them out by Drop"},
	} {
		text := fmt.Sprintf("%d of %d %s pairs are %s", out.count, len(pairs), split, out.what)
		switch {
		case out.count > 0 && !o.Drop:
			return nil, nil, fmt.Errorf("%s, pair %d first: %s", text, out.first+1, out.mend)
		case out.count > 0 && o.Warn != nil:
			o.Warn(text + ": they are left out")
		}
	}
	if len(sources) == 0 {
		return nil, nil, fmt.Errorf("the %s split has no pairs, of %d that were given", split, len(pairs))
	}
	return task.Set{task.NewColumn(sources, o.Length), task.NewColumn(targets, 1+o.Length)}, lengths, nil
}

// tally counts pairs that cannot be taken.
type tally struct{ count, first, most int }

func (t *tally) add(pair, length int) {
	if t.count == 0 {
		t.first = pair
	}
	t.count, t.most = t.count+1, max(t.most, length)
}
