// Command testreport reads what `go test -json` prints and writes a line a package, the output of what failed, and at
// the end how many tests passed, failed and were skipped, and why those were: `go test` by itself hides that.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
)

func main() {
	if failed := report(os.Stdin, os.Stdout); failed {
		os.Exit(1)
	}
}

// event is what go test prints as JSON; `go doc cmd/test2json` describes it.
type event struct {
	Action, Package, Test, ImportPath, Output string
	Elapsed                                   float64
}

// place begins what a test says of itself: the file and line.
var place = regexp.MustCompile(`^\s*[\w.-]+\.go:\d+: `)

// report copies go test's events to out as text, and says whether something failed.
func report(in io.Reader, out io.Writer) (failed bool) {
	type test struct{ pkg, name string }
	output := map[test][]string{}
	count := map[string]int{}
	reasons := map[string]int{}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil { // what is no event is an error before the tests
			fmt.Fprintln(out, lines.Text())
			continue
		}
		t := test{e.Package, e.Test}
		switch e.Action {
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "build-fail":
			failed = true
		case "output":
			output[t] = append(output[t], e.Output)
		case "pass", "fail", "skip":
			if e.Test == "" {
				fmt.Fprintf(out, "%-4s %-70s %7.1f s\n", map[string]string{"pass": "ok", "fail": "FAIL",
					"skip": "-"}[e.Action], e.Package, e.Elapsed)
			} else {
				count[e.Action]++
			}
			if e.Action == "fail" {
				failed = true
				fmt.Fprint(out, strings.Join(output[t], ""))
			}
			if e.Action == "skip" && e.Test != "" {
				reasons[reason(output[t])]++
			}
			delete(output, t)
		}
	}
	fmt.Fprintf(out, "\n%d passed, %d failed, %d skipped\n", count["pass"], count["fail"], count["skip"])
	for _, why := range slices.SortedFunc(maps.Keys(reasons),
		func(a, b string) int { return reasons[b] - reasons[a] }) {
		fmt.Fprintf(out, "skipped %d: %s\n", reasons[why], why)
	}
	return failed || lines.Err() != nil
}

// reason is what a skipped test said last.
func reason(output []string) string {
	why := "no reason given"
	for _, line := range output {
		if at := place.FindStringIndex(line); at != nil {
			why = strings.TrimSpace(line[at[1]:])
		}
	}
	return why
}
