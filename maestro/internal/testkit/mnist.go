package testkit

import (
	"os"
	"testing"

	"github.com/maestro-lod/notebook/maestro/data"
)

// MNIST returns a folder with MNIST's published files, looked for and fetched as a run's are: they come by a Go
// module where no other host can be reached. Where they are out of reach it skips the test, with the reason. Tests
// that can do with less take data.MNISTSmall.
func MNIST(t testing.TB) string {
	t.Helper()
	s, err := data.MNIST(t.Context(), data.Options{})
	switch {
	case err != nil && os.Getenv("MAESTRO_DATA") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip("MNIST is out of reach: ", err)
	}
	return s.Dir
}
