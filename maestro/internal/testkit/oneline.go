package testkit

import (
	"strings"
	"testing"
)

// OneLine fails unless err is one line with the text.
func OneLine(t testing.TB, what string, err error, say string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), say) || strings.Contains(err.Error(), "\n") {
		t.Errorf("%s: error is %v, want one line with %q", what, err, say)
	}
}
