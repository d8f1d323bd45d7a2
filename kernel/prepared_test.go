package kernel

import (
	"context"
	"sync"
	"testing"
)

var prepareOnce = sync.OnceValues(func() (Setup, error) {
	root, err := FindRoot("..")
	if err != nil {
		return Setup{}, err
	}
	return Prepare(context.Background(), root, nil)
})

// prepared sets this checkout's notebooks up, once for all tests.
func prepared(t testing.TB) Setup {
	t.Helper()
	setup, err := prepareOnce()
	if err != nil {
		t.Fatal(err)
	}
	return setup
}
