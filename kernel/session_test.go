package kernel

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the transcript of the session anew")

// TestSession: a session of some sixty cells as a researcher types them, with mistakes, interrupts, background work,
// types and functions that change, and a crash, shows what testdata/session/transcript.txt has: what a person sees,
// cell by cell.
func TestSession(t *testing.T) {
	t.Parallel()
	setup := prepared(t)
	j := startJupyter(t, setup, isolate(t))
	j.do(order{Do: "start"})
	cells := sessionCells(t)
	for _, code := range cells {
		if endless.MatchString(code) {
			j.do(order{Do: "begin", Code: code})
			time.Sleep(2 * time.Second)
			j.do(order{Do: "interrupt"})
			j.do(order{Do: "wait"})
		} else {
			j.do(order{Do: "run", Code: code})
		}
	}
	var seen []string
	for _, cell := range j.do(order{Do: "history"}).Cells {
		seen = append(seen, strings.Join(cell.Seen, ""))
	}
	j.do(order{Do: "shutdown"})
	path := filepath.Join("testdata", "session", "transcript.txt")
	if *update {
		if err := os.WriteFile(path, []byte(transcript(cells, seen)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(read(t, path), transcript(cells, seen)); diff != "" {
		t.Errorf("the transcript (-want +got):\n%s", diff)
	}
}

// sessionCells are the cells that are typed.
func sessionCells(t *testing.T) []string {
	t.Helper()
	return strings.Split(strings.TrimSuffix(read(t, filepath.Join("testdata", "session", "cells.txt")), "\n"),
		"\n=====\n")
}

// transcript is the session as a person sees it.
func transcript(cells, seen []string) string {
	var b strings.Builder
	for i, text := range seen {
		fmt.Fprintf(&b, "In [%d]:\n%s\n", i+1, indent(cells[i], "    "))
		if text != "" {
			fmt.Fprintf(&b, "Out:\n%s\n", indent(strings.TrimSuffix(plain(text), "\n"), "  | "))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// endless tells the cells that only an interrupt ends.
var endless = regexp.MustCompile(`^(?:total := 0|select \{\}|time\.Sleep\(time\.Hour\))`)

// plain takes what differs from run to run out of what a cell shows.
func plain(text string) string {
	for _, change := range []struct{ is, put string }{
		{`/\S*/own-run`, "TMP/own-run"},
		{`\d{4}/\d\d/\d\d \d\d:\d\d:\d\d`, "DATE"},
		{`in \d+(?:\.\d+)? s\b|in \d+:\d\d`, "in TIME"},
		{`loss \d+\.\d+, validation accuracy \d+\.\d+`, "loss L, validation accuracy A"},
		{`total rank \d+`, "total rank R"},
	} {
		text = regexp.MustCompile(change.is).ReplaceAllString(text, change.put)
	}
	return text
}

func indent(text, by string) string { return by + strings.ReplaceAll(text, "\n", "\n"+by) }
