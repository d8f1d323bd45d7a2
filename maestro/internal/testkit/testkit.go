// Package testkit is what tests of several packages share.
package testkit

import (
	"testing"

	"github.com/gomlx/compute"

	"github.com/maestro-lod/notebook/maestro/device"
)

// Backend opens the backend that a user would get, setting it up when it is missing.
func Backend(t testing.TB) compute.Backend { return Devices(t, 1) }

// Choice is that backend before it is opened.
func Choice(t testing.TB) device.Choice {
	t.Helper()
	choice, err := device.Ensure(t.Context(), func(what string, done, total int) {
		t.Logf("%s (%d of %d)", what, done,
			total)
	})
	if err != nil {
		t.Fatal(err)
	}
	return choice
}

// Devices opens it with at least n devices; it skips the test where there are none so many.
func Devices(t testing.TB, n int) compute.Backend {
	t.Helper()
	choice := Choice(t)
	choice.Devices = n
	if n > 1 && choice.Kind() == "" {
		t.Skipf("%s is one device", choice.Config)
	}
	return open(t, choice)
}

// PureGo opens GoMLX's pure-Go backend.
func PureGo(t testing.TB) compute.Backend {
	t.Helper()
	return open(t, device.Choice{Config: "go", Origin: "a test"})
}

func open(t testing.TB, choice device.Choice) compute.Backend {
	t.Helper()
	backend, err := device.OpenChoice(choice)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}
