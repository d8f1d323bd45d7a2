package kernel

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNewCellError: from what GoNB 0.11.4 said of failures of many kinds, recorded from run.py, comes the line of the
// cell and the one sentence a person needs. The commonest kinds are made anew on a real kernel by TestFailingCell.
func TestNewCellError(t *testing.T) {
	tests := map[string]struct {
		said string
		want string
	}{
		"a syntax error": {
			"\nCell[2]: Line 4 /tmp/maestro-kernel-1402486877/gonb_e8ccc004/main.go:5:6: expected operand, found " +
				"':=' (and 1 more errors)\n" +
				"parsing go files in TempDir \"/tmp/maestro-kernel-1402486877/gonb_e8ccc004\": " +
				"/tmp/maestro-kernel-1402486877/gonb_e8ccc004/main.go:5:6: expected operand, found ':=' (and 1 " +
				"more errors)",
			"x.ipynb: cell 2, line 4: expected operand, found ':=' (and 1 more errors)",
		},
		"two compile errors": {
			"\n# gonb_b5efe917\nCell[2]: Line 2 ./main.go:11:13: undefined: nowhere\nCell[2]: Line 3 " +
				"./main.go:12:15: cannot use 3 < 4 (untyped bool constant true) as []int value in variable " +
				"declaration\n\n" +
				"failed to run \"/usr/local/go/bin/go build -o " +
				"/tmp/maestro-kernel-1340706196/gonb_b5efe917/gonb_b5efe917\": exit status 1",
			"x.ipynb: cell 2, line 2: undefined: nowhere",
		},
		"a compile error in a test cell": {
			"\nCell[2]: Line 3 ./main_test.go:12:2: undefined: nowhere\nfailed to run \"go test -c\": exit status 1",
			"x.ipynb: cell 2, line 3: undefined: nowhere",
		},
		"a compile error in a package of the checkout": {
			"\n# github.com/maestro-lod/notebook/plots\n../../home/me/notebook/plots/show.go:17:2: undefined: " +
				"nowhere\n\n" +
				"failed to run \"/usr/local/go/bin/go build -o " +
				"/tmp/maestro-kernel-1340706196/gonb_b5efe917/gonb_b5efe917\": exit status 1",
			"x.ipynb: cell 2: ../../home/me/notebook/plots/show.go:17:2: undefined: nowhere",
		},
		"an error of several lines from must": {
			"2026/11/21 07:04:29 Must not error: svd study: rows is -1\nit must be at least 1\nPanicking " +
				"...\n\npanic: svd study: rows is -1\n\tit must be at least 1\n\ngoroutine 1 [running]:\n" +
				"main.main()\n\t /tmp/maestro-kernel-547959469/gonb_46fa203f/main.go:18 +0x1ff\nexit status " +
				"2\n\nCell[2]: Line 12 /tmp/maestro-kernel-547959469/gonb_46fa203f/main.go:18 +0x1ff\nexit status 2",
			"x.ipynb: cell 2, line 12: panic: svd study: rows is -1",
		},
		"a panic in a function of an earlier cell, called from another": {
			"panic: runtime error: integer divide by zero\n\ngoroutine 1 [running]:\nexit status 2\n\n" +
				"Cell[3]: Line 2 /tmp/m/gonb_1/main.go:9\nCell[1]: Line 7 /tmp/m/gonb_1/main.go:30\nCell[2]: Line 5 " +
				"/tmp/m/gonb_1/main.go:50 +0x95\nexit status 2",
			"x.ipynb: cell 2, line 5: panic: runtime error: integer divide by zero (in line 2 of cell 3)",
		},
		"a function of this cell, called from an earlier one": {
			"panic: boom\n\ngoroutine 1 [running]:\nexit status 2\n\n" +
				"Cell[2]: Line 3 /tmp/m/gonb_1/main.go:9\nCell[1]: Line 7 /tmp/m/gonb_1/main.go:30\nCell[2]: Line 9 " +
				"/tmp/m/gonb_1/main.go:50 +0x95\nexit status 2",
			"x.ipynb: cell 2, line 3: panic: boom",
		},
		"an earlier cell that no longer compiles": {
			"\n# gonb_1\nCell[1]: Line 7 ./main.go:11:13: undefined: gone\n\nfailed to run \"go build\": exit status 1",
			"x.ipynb: cell 2: undefined: gone (in line 7 of cell 1)",
		},
		"a panic in a package that calls no cell": {
			"panic: boom\n\ngoroutine 7 [running]:\nexample.com/p.F()\n\t/src/p/p.go:13 +0xbd\nexit status " +
				"2\n\n\nexit status 2",
			"x.ipynb: cell 2: panic: boom",
		},
		"a status and no word": {"exit status 3\n\n\nexit status 3", "x.ipynb: cell 2: exit status 3"},
		"a last word": {"one\n2026/11/21 07:04:25 no data in x.csv\nexit status 1\n\n\nexit status 1",
			"x.ipynb: cell 2: 2026/11/21 07:04:25 no data in x.csv (exit status 1)"},
		"killed": {"signal: killed\n\n\nsignal: killed", "x.ipynb: cell 2: signal: killed"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, newCellError("x.ipynb", 2, test.said).Error()); diff != "" {
				t.Errorf("the error (-want +got):\n%s", diff)
			}
		})
	}
}
