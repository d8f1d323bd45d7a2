package kernel

import (
	"testing"
	"time"
)

// TestTimedOutCellEnds: of a cell that takes too long and ignores all requests to end, nothing is left after the run.
func TestTimedOutCellEnds(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	where := isolate(t)
	book := writeNotebook(t, "stubborn.ipynb", stubborn)
	_, err := setup.Run(t.Context(), book, RunOptions{Out: t.TempDir(), CellTimeout: 6500 * time.Millisecond,
		environ: where.settings()})
	if want := book + ": cell 1: it ran longer than the 6.5 s a cell may take"; err == nil || err.Error() != want {
		t.Errorf("Run: %v\nwant %s", err, want)
	}
	where.expectEmpty(t, "after the run")
}
